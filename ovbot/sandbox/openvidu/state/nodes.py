"""The media nodes of a Pro cluster: launched, filled with sessions, drained, gone.

Documentation: OpenVidu Pro, Scalability (Media Node statuses); CDR, mediaNodeStatusChanged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ovbot.sandbox.openvidu.state.model import Session, Unfit

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

LAUNCHING = "launching"
CANCELED = "canceled"
FAILED = "failed"
RUNNING = "running"
DRAINING = "waiting-idle-to-terminate"
TERMINATING = "terminating"
TERMINATED = "terminated"
STATUSES = (LAUNCHING, CANCELED, FAILED, RUNNING, DRAINING, TERMINATING, TERMINATED)

REQUESTABLE = {
    CANCELED: (LAUNCHING,),
    LAUNCHING: (CANCELED,),
    DRAINING: (RUNNING,),
    RUNNING: (DRAINING,),
    TERMINATING: (RUNNING, DRAINING),
}
"""What a client may ask for, and the statuses it may be asked from."""

_FOLLOWS: dict[str | None, tuple[str, ...]] = {
    None: (LAUNCHING,),
    LAUNCHING: (RUNNING, FAILED, CANCELED),
    CANCELED: (LAUNCHING, TERMINATING, FAILED),
    RUNNING: (DRAINING, TERMINATING),
    DRAINING: (RUNNING, TERMINATING),
    TERMINATING: (TERMINATED,),
    FAILED: (),
    TERMINATED: (),
}
"""The whole state machine."""

IDLE_LOAD = 0.5
LOAD_PER_CONNECTION = 0.8


@dataclass
class Node:
    """One media node; what is not known before it runs is None until then."""

    id: str
    launching_time: int
    status: str | None = None
    environment_id: str | None = None
    ip: str | None = None
    uri: str | None = None
    connected: bool = False
    connection_time: int | None = None
    disconnection_time: int | None = None
    given_load: float | None = None
    """What a test wants its load to be, instead of what its connections make."""


class Nodes:
    """The cluster. Nothing is in it on CE."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = 1
        self.all: dict[str, Node] = {}
        """Every node there ever was, terminated ones too."""
        self.planted: list[str] = []
        """Addresses of running nodes that only autodiscovery would find."""
        self.changed: list[Callable[[], None]] = []
        """Called after every change of a status."""
        if world.config.edition == "pro":
            for _ in range(world.settings.media_nodes):
                node = self._new()
                node.status = RUNNING
                self._connect(node, None)

    def listed(self) -> list[Node]:
        """What the API tells of: all but the terminated."""
        return [each for each in self.all.values() if each.status != TERMINATED]

    def get(self, node_id: str) -> Node | None:
        node = self.all.get(node_id)
        return None if node is None or node.status == TERMINATED else node

    def launch(self) -> Node:
        """A new instance, running after a while."""
        node = self._new()
        node.environment_id = self._world.ids.hexadecimal(27)
        self._move(node, LAUNCHING)
        self._await_launch(node)
        return node

    def register(self, uri: str, environment_id: str | None = None) -> Node:
        """A node that somebody launched by hand; ``Unfit`` if it is in the cluster already."""
        if any(each.uri == uri for each in self.listed()):
            raise Unfit(f"Media Node with uri {uri} is already registered")
        node = self._new()
        node.environment_id = environment_id
        self._move(node, LAUNCHING)
        self.run(node, uri)
        return node

    def run(self, node: Node, uri: str | None = None) -> None:
        """The launch has succeeded; a canceled one goes on to terminate."""
        self._connect(node, uri)
        if node.status == CANCELED:
            self.terminate(node)
        else:
            self._move(node, RUNNING)

    def fail(self, node: Node) -> None:
        """The launch has not succeeded."""
        self._move(node, FAILED)

    def request(self, node: Node, status: str) -> None:
        """What PATCH does; ``Unfit`` if this status cannot be asked for now."""
        if node.status not in REQUESTABLE.get(status, ()):
            raise Unfit(f"Media Node {node.id} cannot transition from {node.status} to {status}")
        if status == TERMINATING:
            self.terminate(node)
            return
        self._move(node, status)
        if status == LAUNCHING:
            self._await_launch(node)
        elif status == DRAINING:
            self._terminate_if_idle(node)

    def terminate(self, node: Node, reason: str = "mediaServerDisconnect") -> None:
        """Close its sessions and shut it down, which takes a while."""
        for session in self.sessions(node):
            self._world.sessions.close(session, reason)
        if node.status == TERMINATING:
            return  # a draining node went down with the last of them
        self._move(node, TERMINATING)

        def gone() -> None:
            node.connected = False
            self._move(node, TERMINATED)

        self._world.clock.call_later(self._world.config.terminate_seconds, gone)

    def forget(self, node: Node) -> None:
        """Remove a node whose launch failed."""
        del self.all[node.id]

    def crash(self, node: Node) -> None:
        """The server loses its connection to the node, and the sessions with it."""
        if not node.connected:
            raise Unfit(f"Media Node {node.id} is not connected")
        world = self._world
        node.connected = False
        node.disconnection_time = world.clock.millis()
        sessions = self.sessions(node)
        recordings = [
            each.id
            for session in sessions
            if (each := world.recordings.of_session(session.id)) is not None
        ]
        if "nodeCrashed" in world.profile.node_events:
            lost = {
                "sessionIds": [each.id for each in sessions],
                "recordingIds": recordings,
                "broadcasts": [],
            }
            since = {"timeOfDisconnection": node.disconnection_time}
            world.events.cluster("nodeCrashed", self._crash_event(node, lost) | since)
        reason = "nodeCrashed" if world.profile.unique_ids else "mediaServerDisconnect"
        for session in sessions:
            world.sessions.close(session, reason)

    def recover(self, node: Node) -> None:
        """The connection is back; the sessions are not."""
        if node.connected or node.disconnection_time is None:
            raise Unfit(f"Media Node {node.id} has not crashed")
        node.connected = True
        node.disconnection_time = None
        node.connection_time = self._world.clock.millis()
        if "nodeRecovered" in self._world.profile.node_events:
            self._world.events.cluster("nodeRecovered", self._crash_event(node, {}))

    def place(self, session: Session) -> None:
        """Give a session that starts its node: the least loaded one that runs."""
        if self._world.config.edition == "ce":
            return
        able = [each for each in self.all.values() if each.status == RUNNING and each.connected]
        if not able:
            raise Unfit("There is no available Media Node where to initialize session")
        wanted = [each for each in able if each.id == session.properties.media_node]
        able = wanted or able
        session.node_id = able[0].id if len(able) == 1 else min(able, key=self.load).id

    def can_record(self, session: Session, asked: str | None) -> bool:
        """Whether the node that was asked for, or the session's own, takes recordings now."""
        if self._world.config.edition == "ce":
            return True
        node = self.all.get(asked or session.node_id or "")
        own = node is not None and node.id == session.node_id
        able = (RUNNING, DRAINING) if own else (RUNNING,)
        return node is not None and node.connected and node.status in able

    def session_closed(self, session: Session) -> None:
        """A draining node goes with its last session."""
        node = self.all.get(session.node_id or "")
        if node is not None and node.status == DRAINING:
            self._terminate_if_idle(node)

    def sessions(self, node: Node) -> list[Session]:
        return [each for each in self._world.sessions.all() if each.node_id == node.id]

    def load(self, node: Node) -> float:
        """CPU load, 0.00 to 100.00."""
        if node.status not in (RUNNING, DRAINING) or not node.connected:
            return 0.0
        if node.given_load is not None:
            return node.given_load
        people = sum(len(each.participants) for each in self.sessions(node))
        return round(min(100.0, IDLE_LOAD + LOAD_PER_CONNECTION * people), 2)

    def _new(self) -> Node:
        node_id = self._world.ids.node(self._world.profile.node_prefix)
        node = Node(node_id, self._world.clock.millis())
        self.all[node_id] = node
        return node

    def _connect(self, node: Node, uri: str | None) -> None:
        self._numbers += 1
        node.ip = f"172.17.0.{self._numbers}"
        if uri is not None:
            node.ip = uri.partition("://")[2].partition("/")[0].partition(":")[0]
        node.uri = uri or f"ws://{node.ip}:8888/kurento"
        node.environment_id = node.environment_id or self._world.ids.hexadecimal(27)
        node.connected = True
        node.connection_time = self._world.clock.millis()

    def _await_launch(self, node: Node) -> None:
        """Canceling does not stop a launch, and asking again does not start a second one."""
        began = node.launching_time

        def launched() -> None:
            if node.launching_time == began and node.status in (LAUNCHING, CANCELED):
                self.run(node)

        passed = (self._world.clock.millis() - began) / 1000
        self._world.clock.call_later(self._world.config.launch_seconds - passed, launched)

    def _terminate_if_idle(self, node: Node) -> None:
        if node.status == DRAINING and not self.sessions(node):
            self.terminate(node)

    def _move(self, node: Node, status: str) -> None:
        if status not in _FOLLOWS[node.status]:
            raise Unfit(f"Media Node {node.id} is {node.status} and cannot become {status}")
        old, node.status = node.status, status
        body = {
            "timestamp": self._world.clock.millis(),
            "id": node.id,
            "environmentId": node.environment_id,
            "ip": node.ip,
            "uri": node.uri,
            "newStatus": status,
            "oldStatus": None if status == LAUNCHING else old,
            "clusterId": self._world.settings.cluster_id,
        }
        self._world.events.cluster("mediaNodeStatusChanged", body)
        for hear in self.changed:
            hear()

    def _crash_event(self, node: Node, lost: dict[str, Any]) -> dict[str, Any]:
        found = {
            "timestamp": self._world.clock.millis(),
            "id": node.id,
            "environmentId": node.environment_id,
            "ip": node.ip,
            "uri": node.uri,
            "nodeRole": "medianode",
        }
        return found | lost | {"clusterId": self._world.settings.cluster_id}
