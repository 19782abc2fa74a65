"""Sessions, tokens and signals over REST, up to 2.15 and in the documentation's snapshot.

Documentation: REST API, POST /sessions to DELETE …/stream/<STREAM_ID>.
"""

from __future__ import annotations

import json
from typing import Any

from ovbot.sandbox.openvidu.messages import Call, Refusal, Reply, json_reply
from ovbot.sandbox.openvidu.rest import describe
from ovbot.sandbox.openvidu.rest import params as read
from ovbot.sandbox.openvidu.state import closing
from ovbot.sandbox.openvidu.state.model import (
    COMPOSED_MODES,
    RecordingProperties,
    Session,
    SessionProperties,
    Unfit,
)
from ovbot.sandbox.openvidu.state.people import ROLES
from ovbot.sandbox.openvidu.state.sessions import CUSTOM_ID
from ovbot.sandbox.openvidu.state.world import World

RECORDING_MODES = ("ALWAYS", "MANUAL")
OUTPUT_MODES = (*COMPOSED_MODES, "INDIVIDUAL")
LAYOUTS = (
    "BEST_FIT",
    "PICTURE_IN_PICTURE",
    "VERTICAL_PRESENTATION",
    "HORIZONTAL_PRESENTATION",
    "CUSTOM",
)
MEDIA_MODES = ("RELAYED", "ROUTED")
TYPE_ERROR = "Type error in some parameter"
_BANDWIDTHS = tuple(
    f"video{limit}{way}Bandwidth" for way in ("Recv", "Send") for limit in ("Max", "Min")
)


async def create_session(world: World, call: Call) -> Reply:
    """POST /sessions."""
    properties = _session_properties(world, read.optional_body(world, call))
    try:
        session = world.sessions.create(properties)
    except Unfit:
        raise Refusal(world.bodies.empty(409)) from None
    return json_reply({"id": session.id, "createdAt": session.created_at})


async def get_session(world: World, call: Call) -> Reply:
    """GET /sessions/<SESSION_ID>."""
    pending, stats = _wanted(world, call)
    session = world.sessions.get(call.variables[0])
    if session is None:
        return world.bodies.empty(404)
    return json_reply(describe.session(world, session, pending=pending, stats=stats))


async def list_sessions(world: World, call: Call) -> Reply:
    """GET /sessions: initialized ones too."""
    pending, stats = _wanted(world, call)
    content = [
        describe.session(world, each, pending=pending, stats=stats) for each in world.sessions.all()
    ]
    return json_reply({"numberOfElements": len(content), "content": content})


async def close_session(world: World, call: Call) -> Reply:
    """DELETE /sessions/<SESSION_ID>."""
    session = world.sessions.get(call.variables[0])
    if session is None:
        return world.bodies.empty(404)
    if world.troubles.meet("close", "timeout") is not None:
        literal = "/sessions"
        asked = f"DELETE {world.profile.api}{literal}"
        lock = f"Timeout waiting for Session {session.id} closing lock to be available for closing"
        return world.bodies.told(400, f"{lock} from {asked}", literal)
    closing.close(world, session)
    return world.bodies.empty(204)


async def disconnect(world: World, call: Call) -> Reply:
    """DELETE /sessions/<SESSION_ID>/connection/<CONNECTION_ID>."""
    session_id, connection_id = call.variables
    session = world.sessions.get(session_id)
    if session is not None and (somebody := session.participants.get(connection_id)) is not None:
        await world.clock.sleep(somebody.publishing_until - world.clock.now())
        session = world.sessions.get(session_id)
    if session is None:
        return world.bodies.empty(400)
    participant = session.participants.get(connection_id)
    if participant is not None:
        world.people.leave(session, participant, "forceDisconnectByServer")
    elif not world.profile.modern or session.tokens.pop(connection_id, None) is None:
        return world.bodies.empty(404)
    return world.bodies.empty(204)


async def unpublish(world: World, call: Call) -> Reply:
    """DELETE /sessions/<SESSION_ID>/stream/<STREAM_ID>."""
    session_id, stream_id = call.variables
    session = world.sessions.get(session_id)
    if session is None:
        return world.bodies.empty(400)
    for participant in session.publishers():
        if participant.stream is not None and participant.stream.id == stream_id:
            if participant.camera is not None:
                return world.bodies.empty(405)
            world.people.unpublish(session, participant, "forceUnpublishByServer")
            return world.bodies.empty(204)
    return world.bodies.empty(404)


async def create_token(world: World, call: Call) -> Reply:
    """POST /tokens."""
    literal = "/tokens"
    params = read.required_body(world, call)
    try:
        session_id, role, data = read.text(params, "session", "role", "data")
        record = read.flag(params, "record") if world.profile.token_details else None
    except read.TypeMismatch:
        raise Refusal(world.bodies.told(400, TYPE_ERROR, literal)) from None
    session = session_for_token(world, session_id, literal)
    options = params.get("kurentoOptions")
    if options is not None and not isinstance(options, dict):
        message = "Error in parameter 'kurentoOptions'. It is not a valid JSON object"
        raise Refusal(world.bodies.told(400, message, literal))
    if role is not None and role not in ROLES:
        raise Refusal(world.bodies.told(400, f"Parameter role {role} is not defined", literal))
    kept = None
    if options is not None:
        try:
            kept = kurento_options(options)
        except read.TypeMismatch:
            message = "Type error in some parameter of 'kurentoOptions'"
            raise Refusal(world.bodies.told(400, message, literal)) from None
    token = world.sessions.new_token(
        session,
        role=role or "PUBLISHER",
        data=data or "",
        record=record is not False,
        kurento_options=kept,
    )
    found: dict[str, Any] = {"id": token.value}
    if world.profile.token_details:
        found["connectionId"] = token.connection_id
    found |= {"session": session.id, "role": token.role, "data": token.data}
    if world.profile.token_details:
        found["record"] = token.record
    found["token"] = token.value
    return json_reply(found if kept is None else found | {"kurentoOptions": kept})


def session_for_token(world: World, session_id: str | None, literal: str) -> Session:
    """One of the few 404s that have a body."""
    if session_id is None:
        raise Refusal(world.bodies.told(400, '"session" parameter is mandatory', literal))
    session = world.sessions.get(session_id)
    if session is None:
        raise Refusal(world.bodies.told(404, f"Session {session_id} not found", literal))
    return session


async def signal(world: World, call: Call) -> Reply:
    """POST /signal."""
    literal = "/signal"
    params = read.required_body(world, call)
    to = params.get("to")
    try:
        session_id, type_, data = read.text(params, "session", "type", "data")
    except read.TypeMismatch:
        raise Refusal(world.bodies.told(400, TYPE_ERROR, literal)) from None
    strings_only = world.profile.strict_routes
    if (to is not None and not isinstance(to, list)) or (
        strings_only and any(not isinstance(each, str | None) for each in to or ())
    ):
        raise Refusal(world.bodies.told(400, TYPE_ERROR, literal))
    if session_id is None:
        raise Refusal(world.bodies.told(400, '"session" parameter is mandatory', literal))
    session = world.sessions.get(session_id)
    if session is None or not session.active:
        return world.bodies.empty(404 if session is None else 406)
    connected = set(session.participants)
    if world.recordings.has_recorder(session):
        connected.add("RECORDER")
    if any(each not in connected for each in map(str, to or ())):
        message = '"to" array has no valid connection identifiers'
        raise Refusal(world.bodies.told(406, message, literal))
    heard = list(map(str, to or session.participants))
    world.people.signal(session, type_, data, to=heard)
    return world.bodies.empty(200)


def kurento_options(options: dict[str, Any]) -> dict[str, Any]:
    """The bandwidths that were given, and the filters if there are any."""
    kept: dict[str, Any] = {}
    for name in _BANDWIDTHS:
        if name in options:
            value = read.bandwidth(options[name])
            if value is None:
                raise read.TypeMismatch("not a number")
            kept[name] = value
    filters = options.get("allowedFilters", [])
    if not isinstance(filters, list) or any(not isinstance(each, str) for each in filters):
        raise read.TypeMismatch(f"Not a JSON Array: {json.dumps(filters)}")
    return kept | {"allowedFilters": filters} if filters else kept


def _wanted(world: World, call: Call) -> tuple[bool, bool]:
    """Unused tokens too (2.16+), and statistics?"""
    pending = world.profile.modern and read.boolean_query(
        world, call, "pendingConnections", default=False
    )
    return pending, read.boolean_query(world, call, "webRtcStats", default=False)


def _session_properties(world: World, params: read.Params) -> SessionProperties:
    """Types, then values in the server's order, then the custom id."""
    literal = "/sessions"
    enums = ("recordingMode", "defaultOutputMode", "defaultRecordingLayout", "mediaMode")
    try:
        recording_mode, output, layout, media = read.text(params, *enums)
        custom_layout, custom_id = read.text(params, "defaultCustomLayout", "customSessionId")
    except read.TypeMismatch:
        raise Refusal(world.bodies.told(400, TYPE_ERROR, literal)) from None
    for value, known in (
        (recording_mode, RECORDING_MODES),
        (output, OUTPUT_MODES),
        (layout, LAYOUTS),
        (media, MEDIA_MODES),
    ):
        if value is not None and value not in known:
            shown = ["null" if params.get(name) is None else params[name] for name in enums]
            message = (
                f"RecordingMode {shown[0]} | Default OutputMode {shown[1]} | "
                f"Default RecordingLayout {shown[2]} | MediaMode {shown[3]}. "
                "Some parameter is not defined"
            )
            raise Refusal(world.bodies.told(400, message, literal))
    if custom_id and CUSTOM_ID.fullmatch(custom_id) is None:
        quote = world.profile.quotes
        allowed = " [a-zA-Z0-9_-]" if world.profile.names_checked else ""
        message = (
            f"Parameter {quote}customSessionId{quote} is wrong. Must be an alphanumeric string"
        )
        raise Refusal(world.bodies.told(400, message + allowed, literal))
    default = RecordingProperties(
        output_mode=output or "COMPOSED",
        layout=layout or "BEST_FIT",
        custom_layout=custom_layout or "",
        resolution=world.profile.default_resolution,
    )
    return SessionProperties(
        media_mode=media or "ROUTED",
        recording_mode=recording_mode or "MANUAL",
        custom_session_id=custom_id or "",
        recording=default,
    )
