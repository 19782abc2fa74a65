"""Media nodes launch, fail, crash and get busy; and a server gets very full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.control.body import Json, Mistake, number, one_of, text, whole
from ovbot.sandbox.openvidu.state.nodes import CANCELED, LAUNCHING, Nodes
from ovbot.sandbox.openvidu.state.populate import populate as fill

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.simulator import Simulator

ACTIONS = ("run", "fail", "crash", "recover", "load")


async def plant_node(simulator: Simulator, body: Json, _: str) -> Json:
    """A node runs at ``uri`` that the cluster does not know until it looks for it (PUT)."""
    nodes = _nodes(simulator)
    uri = text(body, "uri") or f"ws://10.0.0.{len(nodes.planted) + 1}:8888/kurento"
    nodes.planted.append(uri)
    return {"uri": uri}


async def act_on_node(simulator: Simulator, body: Json, node_id: str) -> Json:
    """``run`` or ``fail`` a launch, ``crash``, ``recover``, or give a node its ``load``."""
    nodes = _nodes(simulator)
    node = nodes.all.get(node_id)
    if node is None:
        raise Mistake(f"there is no media node {node_id}")
    action = one_of(body, "action", ACTIONS)
    if action == "run":
        if node.status not in (LAUNCHING, CANCELED):
            raise Mistake(f"media node {node_id} is {node.status} and not launching")
        nodes.run(node)
    elif action == "fail":
        nodes.fail(node)
    elif action == "crash":
        nodes.crash(node)
    elif action == "recover":
        nodes.recover(node)
    else:
        node.given_load = number(body, "load", 100)
        simulator.world.autoscaling.look()
    return {"status": node.status, "connected": node.connected}


async def populate(simulator: Simulator, body: Json, _: str) -> Json:
    """Many sessions with many people at once; no webhook tells of them."""
    sessions = whole(body, "sessions", 1)
    connections = whole(body, "connections", 0)
    if sessions is None or connections is None:
        raise Mistake("sessions and connections are both needed: how many, and how many in each")
    ids = fill(simulator.world, sessions, connections)
    return {"sessions": ids}


def _nodes(simulator: Simulator) -> Nodes:
    if simulator.config.edition == "ce":
        raise Mistake("there are no media nodes on CE; start the simulator as Pro")
    return simulator.world.nodes
