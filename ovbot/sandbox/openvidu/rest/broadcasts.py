"""Broadcasts to an ingestion service over REST: OpenVidu Pro since 2.26.

Documentation (2.32): REST API, POST /openvidu/api/broadcast/start and …/stop; "Broadcast to
YouTube/Twitch". Its properties are those of a composed recording, read by the same code. Which
statuses there are is documented; in which order it looks is not, and is played as a recording's
start does it.
"""

from __future__ import annotations

import re

from ovbot.sandbox.openvidu.messages import Call, Refusal, Reply
from ovbot.sandbox.openvidu.rest import java
from ovbot.sandbox.openvidu.rest import params as read
from ovbot.sandbox.openvidu.rest.modern_sessions import recording_properties
from ovbot.sandbox.openvidu.state.model import Broadcast, Session
from ovbot.sandbox.openvidu.state.world import World

_START, _STOP = "/broadcast/start", "/broadcast/stop"
_URL = re.compile(r"rtmps?://[^/\s]+/\S+")


async def start(world: World, call: Call) -> Reply:
    """POST /broadcast/start: 200 with nothing in it."""
    params = read.required_body(world, call)
    session = _session(world, params, _START)
    url = params.get("broadcastUrl")
    if not isinstance(url, str):
        raise Refusal(world.bodies.told(400, '"broadcastUrl" parameter is mandatory', _START))
    if _URL.fullmatch(url) is None:
        raise Refusal(world.bodies.told(400, f"Invalid broadcast URL {url}", _START))
    if session.properties.media_mode != "ROUTED" or session.broadcast is not None:
        raise Refusal(world.bodies.empty(409))
    if not session.active or not session.participants:
        raise Refusal(world.bodies.empty(406))
    try:
        properties = recording_properties(world, params, session.properties.recording)
    except java.IllegalValue as error:
        raise Refusal(world.bodies.told(422, str(error), _START)) from None
    except java.Illegal as error:
        raise Refusal(world.bodies.told(400, str(error), _START)) from None
    if not world.nodes.can_record(session, properties.media_node):
        message = f"Media Node {properties.media_node} is not available for broadcasting"
        raise Refusal(world.bodies.told(400, message, _START))
    node = properties.media_node or session.node_id
    session.broadcast = Broadcast(url, world.clock.millis(), properties, node)
    world.events.broadcast_started(session, session.broadcast)
    return world.bodies.empty(200)


async def stop(world: World, call: Call) -> Reply:
    """POST /broadcast/stop: 409 where nothing is broadcast."""
    session = _session(world, read.required_body(world, call), _STOP)
    if session.broadcast is None:
        raise Refusal(world.bodies.empty(409))
    world.sessions.end_broadcast(session, "broadcastStoppedByServer")
    return world.bodies.empty(200)


def _session(world: World, params: read.Params, literal: str) -> Session:
    id_ = params.get("session")
    if not isinstance(id_, str):
        raise Refusal(world.bodies.told(400, '"session" parameter is mandatory', literal))
    session = world.sessions.get(id_)
    if session is None:
        raise Refusal(world.bodies.empty(404))
    return session
