"""The Connection API of 2.16 and later, and POST /tokens as it became then.

Documentation (2.32): REST API, The Connection object and its operations.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ovbot.sandbox.openvidu.messages import Call, Refusal, Reply, json_reply
from ovbot.sandbox.openvidu.rest import describe, java
from ovbot.sandbox.openvidu.rest import params as read
from ovbot.sandbox.openvidu.rest.cameras import is_rtsp
from ovbot.sandbox.openvidu.rest.modern_objects import connections, pending_object, token_object
from ovbot.sandbox.openvidu.rest.sessions import kurento_options, session_for_token
from ovbot.sandbox.openvidu.state.model import Camera, Session, Unfit
from ovbot.sandbox.openvidu.state.people import ROLES
from ovbot.sandbox.openvidu.state.world import World

SCHEMES = ("file", "rtsp", "rtsps", "http", "https")


@dataclass
class _Asked:
    """What a new connection is to be."""

    kind: str
    data: str
    record: bool = True
    role: str = "PUBLISHER"
    kurento_options: dict[str, Any] | None = None
    ice_servers: list[dict[str, Any]] = field(default_factory=list)
    camera: Camera | None = None


async def create_connection(world: World, call: Call) -> Reply:
    """POST /sessions/<SESSION_ID>/connection: a token to come, or an IP camera at once."""
    session_id = call.variables[0]
    strict = world.profile.strict_parameters
    params = read.optional_body(world, call) if strict else read.required_body(world, call)
    session = world.sessions.get(session_id)
    if session is None:
        return world.bodies.empty(404)
    literal = f"/sessions/{session_id}/connection"
    asked = _asked(world, params, literal)
    if asked.camera is None:
        return json_reply(pending_object(world.profile, session, _token(world, session, asked)))
    try:
        camera = world.people.add_camera(
            session, asked.camera, data=asked.data, record=asked.record
        )
    except Unfit as error:
        return world.bodies.told(500, str(error), literal)
    return json_reply(describe.connection(world, session, camera))


async def create_token(world: World, call: Call) -> Reply:
    """POST /tokens: deprecated, still served."""
    params = dict(read.required_body(world, call))
    session_id = params.get("session")
    if session_id is not None and not isinstance(session_id, str):
        raise Refusal(world.bodies.told(400, "Type error in some parameter", "/tokens"))
    session = session_for_token(world, session_id, "/tokens")
    params.pop("record", None)
    asked = _asked(world, params, f"/sessions/{session.id}/connection")
    return json_reply(token_object(session, _token(world, session, asked)))


async def get_connection(world: World, call: Call) -> Reply:
    """GET …/connection/<CONNECTION_ID>: 400 for an unknown session, 404 for a connection."""
    session = world.sessions.get(call.variables[0])
    if session is None:
        return world.bodies.empty(400)
    found = _described(world, session, call.variables[1])
    return world.bodies.empty(404) if found is None else json_reply(found)


async def list_connections(world: World, call: Call) -> Reply:
    """GET …/connection: unused tokens too, unless ``pendingConnections`` is false."""
    pending = read.boolean_query(world, call, "pendingConnections", default=True)
    stats = read.boolean_query(world, call, "webRtcStats", default=False)
    session = world.sessions.get(call.variables[0])
    if session is None:
        return world.bodies.empty(404)
    content = connections(world.profile, session, pending=pending, stats=stats)
    return json_reply({"numberOfElements": len(content), "content": content})


async def patch_connection(world: World, call: Call) -> Reply:
    """PATCH …/connection/<CONNECTION_ID> (Pro): role and record; anything else is ignored."""
    session_id, connection_id = call.variables
    params = read.optional_body(world, call)
    session = world.sessions.get(session_id)
    if session is None:
        return world.bodies.empty(404)
    try:
        role = java.cast(params.get("role"), str, prefix="Type error in parameter 'role': ")
        if role is not None and role not in ROLES:
            raise java.Illegal(f"Parameter role {role} is not defined")  # noqa: TRY301
        record = java.cast(params.get("record"), bool, prefix="Type error in parameter 'record': ")
    except java.Illegal as error:
        literal = f"/sessions/{session_id}/connection/{connection_id}"
        return world.bodies.told(400, str(error), literal)
    participant = session.participants.get(connection_id)
    token = participant.token if participant is not None else session.tokens.get(connection_id)
    if token is None:
        return world.bodies.empty(404)
    token.role = token.role if role is None else role
    token.record = token.record if record is None else record
    return json_reply(_described(world, session, connection_id))


def _described(world: World, session: Session, connection_id: str) -> dict[str, Any] | None:
    if (participant := session.participants.get(connection_id)) is not None:
        return describe.connection(world, session, participant)
    token = session.tokens.get(connection_id)
    return None if token is None else pending_object(world.profile, session, token)


def _token(world: World, session: Session, asked: _Asked) -> Any:
    return world.sessions.new_token(
        session,
        role=asked.role,
        data=asked.data,
        record=asked.record,
        kurento_options=asked.kurento_options,
        ice_servers=asked.ice_servers,
    )


def _asked(world: World, params: dict[str, Any], literal: str) -> _Asked:
    try:
        return _read(world, params)
    except java.Illegal as error:
        raise Refusal(world.bodies.told(400, str(error), literal)) from None


def _read(world: World, params: dict[str, Any]) -> _Asked:
    """In the server's order: type, data, then what the type needs, then record."""
    kind = java.cast(params.get("type"), str)
    data = java.cast(params.get("data"), str)
    if kind not in (None, "WEBRTC", "IPCAM"):
        raise java.Illegal(f"Parameter 'type' {kind} is not defined")
    asked = _Asked(kind=kind or "WEBRTC", data=data or "")
    if asked.kind == "WEBRTC":
        _read_webrtc(world, params, asked)
    else:
        asked.camera = _read_camera(world, params)
    if world.profile.strict_parameters:  # before, only Pro looked at it
        prefix = "Type error in parameter 'record': "
        asked.record = java.cast(params.get("record"), bool, prefix=prefix) is not False
    return asked


def _read_webrtc(world: World, params: dict[str, Any], asked: _Asked) -> None:
    role = java.cast(params.get("role"), str, prefix="Type error in parameter 'role': ")
    if role is not None and role not in ROLES:
        raise java.Illegal(f"Parameter role {role} is not defined")
    asked.role = role or "PUBLISHER"
    options = params.get("kurentoOptions")
    if options is not None and not isinstance(options, dict):
        what = "It is not a valid JSON object"
        raise java.Illegal(f"Error in parameter 'kurentoOptions'. {what}")
    if options is not None:
        try:
            asked.kurento_options = kurento_options(options)
        except read.TypeMismatch as error:
            message = f"Type error in some parameter of 'kurentoOptions': {error}"
            raise java.Illegal(message) from None
    if not world.profile.ice_servers:
        return
    servers = params.get("customIceServers")
    if servers is not None and not isinstance(servers, list):
        what = "It is not a valid JSON object"
        raise java.Illegal(f"Error in parameter 'customIceServersJson'. {what}")
    asked.ice_servers = [_ice_server(each) for each in servers or []]


def _ice_server(found: Any) -> dict[str, Any]:
    names = ("url", "username", "credential", "staticAuthSecret")
    if not isinstance(found, dict) or not isinstance(found.get("url"), str):
        why = (
            'Cannot invoke "com.google.gson.JsonElement.getAsString()" because the return value '
            'of "com.google.gson.JsonObject.get(String)" is null'
        )
        raise java.Illegal(f"Type error in some parameter of 'customIceServers': {why}")
    return {name: str(found[name]) for name in names if name in found}


def _read_camera(world: World, params: dict[str, Any]) -> Camera:
    address = java.cast(params.get("rtspUri"), str)
    adaptative = java.cast(params.get("adaptativeBitrate"), bool)
    only_play = java.cast(params.get("onlyPlayWithSubscribers"), bool)
    strict = world.profile.strict_parameters
    cache = (java.number if strict else java.whole)(params.get("networkCache"))
    _check_address(world, address)
    return Camera(
        rtsp_uri=address,
        adaptative_bitrate=adaptative is not False,
        only_play_with_subscribers=only_play is not False,
        network_cache=2000 if cache is None else cache,
    )


def _check_address(world: World, address: str | None) -> None:
    if not world.profile.strict_parameters:
        if not is_rtsp(address or ""):
            raise java.Illegal('"rtspUri" parameter is not a valid rtsp uri')
        return
    if address is None:
        why = 'Cannot invoke "String.length()" because "this.input" is null'
        raise java.Illegal(f"Type error in some parameter: {why}")
    try:
        java.uri(address)
        if urlsplit(address).scheme not in SCHEMES:
            known = f"[{', '.join(SCHEMES)}]"
            raise java.Illegal(f"RTSP URI does not contain a valid protocol {known}")  # noqa: TRY301
    except java.Illegal as error:
        raise java.Illegal(f"Error in parameter 'rtspUri': {error}") from None
