"""Media nodes and the cluster's health over REST (Pro).

Documentation: REST API Pro, media-nodes; for 2.32 REST API, The Media Node object.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any
from urllib.parse import urlsplit

from ovbot.sandbox.openvidu.messages import Call, Refusal, Reply, json_reply
from ovbot.sandbox.openvidu.rest import describe
from ovbot.sandbox.openvidu.rest import params as read
from ovbot.sandbox.openvidu.state.model import Unfit
from ovbot.sandbox.openvidu.state.nodes import (
    CANCELED,
    DRAINING,
    FAILED,
    LAUNCHING,
    RUNNING,
    STATUSES,
    TERMINATED,
    Node,
)
from ovbot.sandbox.openvidu.state.world import World

STRATEGIES = ("now", "if-no-sessions", "when-no-sessions")
_LITERAL = "/media-nodes"
# Addresses that are never anybody's (RFC 5737, RFC 2606) stand for nodes out of reach.
_OUT_OF_REACH = re.compile(r"192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|.*\.invalid$")


async def list_nodes(world: World, call: Call) -> Reply:
    """GET media-nodes."""
    wanted = _wanted(world, call)
    content = [_described(world, each, *wanted) for each in world.nodes.listed()]
    return json_reply({"numberOfElements": len(content), "content": content})


async def get_node(world: World, call: Call) -> Reply:
    """GET media-nodes/<MEDIA_NODE_ID>."""
    wanted = _wanted(world, call)
    node = world.nodes.get(call.variables[0])
    if node is None:
        return world.bodies.empty(404)
    return json_reply(_described(world, node, *wanted))


async def add_node(world: World, call: Call) -> Reply:
    """POST media-nodes: launch one, or take in one that was launched by hand."""
    wait = read.boolean_query(world, call, "wait", default=False)
    params = read.optional_body(world, call)
    if world.config.environment == "on_premise":
        return json_reply(_described(world, _by_hand(world, params)))
    _check_launch(world, params)
    node = world.nodes.launch()
    if not wait:
        return json_reply(_described(world, node))
    await _until(world, node, RUNNING, FAILED, TERMINATED)
    if node.status != RUNNING:
        return world.bodies.told(502, "The launching process of the Media Node failed", _LITERAL)
    return json_reply(_described(world, node))


async def remove_node(world: World, call: Call) -> Reply:
    """DELETE media-nodes/<MEDIA_NODE_ID>."""
    wait = read.boolean_query(world, call, "wait", default=False)
    strategy = call.parameter("deletion-strategy") or "if-no-sessions"
    node = world.nodes.get(call.variables[0])
    if node is None:
        return world.bodies.empty(404)
    if strategy not in STRATEGIES:
        message = f"Wrong 'deletion-strategy' parameter: {strategy}"
        return world.bodies.told(400, message, f"{_LITERAL}/{node.id}")
    if strategy != "now" and world.nodes.sessions(node):
        if strategy == "if-no-sessions":
            return world.bodies.empty(409)
        if node.status == RUNNING:
            world.nodes.request(node, DRAINING)
        return world.bodies.empty(202)
    _remove(world, node)
    if wait:
        await _until(world, node, TERMINATED, FAILED)
    # From 2.26 on 204 says that it is gone, and 200 that it is going.
    going = world.profile.modern and node.status not in (TERMINATED, FAILED)
    return world.bodies.empty(200 if going else 204)


async def set_node(world: World, call: Call) -> Reply:
    """PATCH media-nodes/<MEDIA_NODE_ID>."""
    node = world.nodes.get(call.variables[0])
    if node is None:
        return world.bodies.empty(404)
    literal = f"{_LITERAL}/{node.id}"
    status = read.required_body(world, call).get("status")
    if status not in STATUSES:
        message = f"Wrong 'status' parameter: {status}"
        return world.bodies.told(400, message, literal)
    if status == node.status:
        return world.bodies.empty(204)
    try:
        world.nodes.request(node, status)
    except Unfit as error:
        return world.bodies.told(400, str(error), literal)
    return json_reply(_described(world, node))


async def discover_nodes(world: World, call: Call) -> Reply:
    """PUT media-nodes: take in what runs nearby and is not known yet."""
    if world.config.environment == "on_premise":
        return world.bodies.empty(405)
    found = []
    while world.nodes.planted:
        found.append(world.nodes.register(world.nodes.planted.pop(0)))
    content = [_described(world, each) for each in found]
    return json_reply({"numberOfElements": len(content), "content": content})


async def health(world: World, call: Call) -> Reply:
    """GET health: up while one running node is connected, 409 where another one is lost."""
    nodes = [each for each in world.nodes.listed() if each.connection_time is not None]
    lost = [each.id for each in nodes if not each.connected]
    up = any(each.status == RUNNING and each.connected for each in nodes)
    status = "DOWN" if not up else "UNSTABLE" if lost else "UP"
    code = {"UP": 200, "UNSTABLE": 409, "DOWN": 503}[status]
    return json_reply({"status": status, "disconnectedMediaNodes": lost}, code)


async def compatible_health(world: World, call: Call) -> Reply:
    """GET health of OpenVidu 3: there are no media nodes to tell of."""
    return json_reply({"status": "UP"})


def _wanted(world: World, call: Call) -> tuple[bool, bool, bool]:
    names = ("sessions", "recordings", "extra-info")
    sessions, recordings, extra = (
        read.boolean_query(world, call, each, default=False) for each in names
    )
    return sessions, recordings, extra


def _by_hand(world: World, params: dict[str, Any]) -> Node:
    try:
        uri, environment_id = read.text(params, "uri", "environmentId")
    except read.TypeMismatch:
        message = "Type error in some parameter"
        raise Refusal(world.bodies.told(400, message, _LITERAL)) from None
    if uri is None:
        raise Refusal(world.bodies.empty(501))
    address = urlsplit(uri)
    if address.scheme not in ("ws", "wss") or not address.hostname:
        message = f"Wrong 'uri' parameter: {uri}"
        raise Refusal(world.bodies.told(400, message, _LITERAL))
    if any(each.uri == uri for each in world.nodes.listed()):
        raise Refusal(world.bodies.empty(409))
    if _OUT_OF_REACH.match(address.hostname):
        raise Refusal(world.bodies.empty(404))
    return world.nodes.register(uri, environment_id)


def _check_launch(world: World, params: dict[str, Any]) -> None:
    """AWS: which instance to launch, on how large a volume."""
    try:
        read.text(params, "instanceType")
        read.whole(params, "volumeSize")
    except read.TypeMismatch:
        message = "Type error in some parameter"
        raise Refusal(world.bodies.told(400, message, _LITERAL)) from None


def _remove(world: World, node: Node) -> None:
    if node.status == FAILED:
        world.nodes.forget(node)
    elif node.status == LAUNCHING:
        world.nodes.request(node, CANCELED)
    elif node.status in (RUNNING, DRAINING):
        world.nodes.terminate(node)


async def _until(world: World, node: Node, *statuses: str) -> None:
    """Wait for the node to reach one of these."""
    changed = asyncio.Event()
    world.nodes.changed.append(changed.set)
    try:
        while node.status not in statuses:
            changed.clear()
            await changed.wait()
    finally:
        world.nodes.changed.remove(changed.set)


def _described(
    world: World,
    node: Node,
    sessions: bool = False,
    recordings: bool = False,
    extra: bool = False,
) -> dict[str, Any]:
    found: dict[str, Any] = {"id": node.id}
    if world.profile.modern:
        found["object"] = "mediaNode"
    found |= {"environmentId": node.environment_id, "ip": node.ip, "uri": node.uri}
    if world.profile.launching_time:
        found["launchingTime"] = node.launching_time
    found["connected"] = node.connected
    found["connectionTime"] = node.connection_time
    if not node.connected and node.disconnection_time is not None:
        found["disconnectionTime"] = node.disconnection_time
    found |= {"load": world.nodes.load(node), "status": node.status}
    if sessions:
        found["sessions"] = [describe.session(world, each) for each in world.nodes.sessions(node)]
    if recordings and world.profile.modern:
        found["recordingIds"] = [each.id for each in world.recordings.on_node(node.id)]
        if world.profile.broadcasts:
            found["broadcasts"] = world.sessions.broadcast_on(node.id)
    if extra:
        found["kurentoInfo"] = _kurento_info(world)
    return found


def _kurento_info(world: World) -> dict[str, Any]:
    module = {
        "name": "core",
        "version": "6.18.0",
        "generationTime": "Jun  2 2022 12:00:00",
        "factories": ["WebRtcEndpoint", "RecorderEndpoint", "PlayerEndpoint"],
    }
    return {
        "memory": 65_536,
        "version": "6.18.0",
        "capabilities": ["transactions"],
        "modules": [module],
    }
