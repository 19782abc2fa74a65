"""IP cameras over REST: all that POST …/connection could do before 2.16.

Documentation: REST API, POST /sessions/<SESSION_ID>/connection.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ovbot.sandbox.openvidu.messages import Call, Refusal, Reply, json_reply
from ovbot.sandbox.openvidu.rest import describe
from ovbot.sandbox.openvidu.rest import params as read
from ovbot.sandbox.openvidu.rest.sessions import TYPE_ERROR
from ovbot.sandbox.openvidu.state.model import Camera, Unfit
from ovbot.sandbox.openvidu.state.world import World

_SCHEME = re.compile(r"(file|rtsp)://")
_URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")


async def add_camera(world: World, call: Call) -> Reply:
    """POST /sessions/<SESSION_ID>/connection; ``type`` is not looked at."""
    session_id = call.variables[0]
    literal = f"/sessions/{session_id}/connection"
    params = read.required_body(world, call)
    session = world.sessions.get(session_id)
    if session is None:
        return world.bodies.empty(404)
    try:
        _, rtsp_uri, data = read.text(params, "type", "rtspUri", "data")
        adaptative = read.flag(params, "adaptativeBitrate")
        only_play = read.flag(params, "onlyPlayWithSubscribers")
        cache = read.whole(params, "networkCache") if world.profile.network_cache else None
    except read.TypeMismatch:
        raise Refusal(world.bodies.told(400, TYPE_ERROR, literal)) from None
    if rtsp_uri is None:
        raise Refusal(world.bodies.told(400, '"rtspUri" parameter is mandatory', literal))
    if not is_rtsp(rtsp_uri):
        raise Refusal(
            world.bodies.told(400, '"rtspUri" parameter is not a valid rtsp uri', literal)
        )
    camera = Camera(
        rtsp_uri=rtsp_uri,
        adaptative_bitrate=adaptative is not False,
        only_play_with_subscribers=only_play is not False,
        network_cache=2000 if cache is None else cache,
    )
    try:
        participant = world.people.add_camera(session, camera, data=data or "")
    except Unfit as error:
        return world.bodies.told(500, str(error), literal)
    return json_reply(describe.connection(world, session, participant))


def is_rtsp(address: str) -> bool:
    """Whether the server would try to connect to it."""
    if _SCHEME.match(address) is None or _URI.fullmatch(address) is None:
        return False
    try:
        port = urlsplit(address).port
    except ValueError:
        return False
    return port is None or port > 0
