"""Whatever happens on a server, the client sees it as it is, and its errors tell the truth."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ovbot.openvidu import ListedSession, OpenVidu, Session
from ovbot.openvidu import errors as e
from ovbot.openvidu.errors import OpenViduError
from ovbot.openvidu.nodes import TRANSITIONS, DeletionStrategy, NodeStatus
from ovbot.openvidu.recording_settings import RecordingSettings
from ovbot.sandbox.openvidu import Simulator, SimulatorConfig, Unfit
from ovbot.sandbox.openvidu.config import Edition, ProfileName
from ovbot.sandbox.openvidu.state.snapshot import snapshot
from tests.openvidu.harness import SECRET, URL

T = TypeVar("T")
NAMES = st.sampled_from(["daily", "weekly", "retro"])
PICK = st.integers(0, 5)
TEXT = st.text(max_size=20)


class Server(RuleBasedStateMachine):
    """A server where people come and go, seen through the client."""

    profile: ProfileName = "seed"
    edition: Edition = "ce"

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.now = 1_600_000_000.0
        config = SimulatorConfig(
            profile=self.profile,
            edition=self.edition,
            secret=SECRET,
            random_seed=1,
            media_nodes=2,
            launch_seconds=60.0,
            time_source=lambda: self.now,
        )
        self.simulator = Simulator(config)
        self.client = OpenVidu(URL, SECRET, transport=httpx.ASGITransport(app=self.simulator.app))

    def teardown(self) -> None:
        self.run(self.client.aclose())
        self.runner.close()

    def run(self, call: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await call

        return self.runner.run(awaited())

    def outcome(self, call: Awaitable[Any]) -> type[OpenViduError] | None:
        """The class of the error that a call ends in, or None."""
        try:
            self.run(call)
        except OpenViduError as problem:
            return type(problem)
        return None

    @property
    def truth(self) -> Any:
        return snapshot(self.simulator.world)

    def session(self, session_id: str) -> Any:
        return next((s for s in self.truth["sessions"] if s["id"] == session_id), None)

    def somebody(self, session_id: str, pick: int) -> Any:
        """A participant of the session, or None if it has none or does not exist."""
        people = (self.session(session_id) or {"participants": []})["participants"]
        return people[pick % len(people)] if people else None

    @initialize()
    def find_the_server(self) -> None:
        assert self.run(self.client.probe()).edition == self.edition

    # ---- what people do ------------------------------------------------------------------------

    @rule(session=NAMES, name=TEXT, publish=st.sampled_from(["camera", "screen", None]))
    def somebody_joins(self, session: str, name: str, publish: str | None) -> None:
        try:
            self.simulator.join(session, client_data=name, server_data=name[:3], publish=publish)
        except Unfit as problem:
            assert "no available Media Node" in str(problem)  # noqa: PT017  it is what is allowed

    @rule(session=NAMES, pick=PICK)
    def somebody_leaves(self, session: str, pick: int) -> None:
        if (person := self.somebody(session, pick)) is not None and not person["camera"]:
            self.simulator.leave(session, person["connectionId"])

    @rule(session=NAMES, pick=PICK)
    def somebody_starts_or_stops_publishing(self, session: str, pick: int) -> None:
        person = self.somebody(session, pick)
        if person is None or person["camera"]:
            return
        if person["streamId"]:
            self.simulator.unpublish(session, person["connectionId"])
        else:
            self.simulator.publish(session, person["connectionId"])

    @rule(seconds=st.sampled_from([1, 61, 130]))
    def time_passes(self, seconds: int) -> None:
        self.simulator.clock.advance(seconds)

    # ---- what the client does ------------------------------------------------------------------

    @rule(session=NAMES)
    def create_a_session(self, session: str) -> None:
        known = self.session(session) is not None
        found = self.outcome(self.client.create_session(custom_session_id=session))
        assert found is (e.SessionExists if known else None)

    @rule(session=NAMES)
    def make_a_token(self, session: str) -> None:
        known = self.session(session) is not None
        found = self.outcome(self.client.create_token(session))
        assert found is (None if known else e.SessionNotFound)

    @rule(session=NAMES, pick=PICK)
    def kick(self, session: str, pick: int) -> None:
        person = self.somebody(session, pick)
        connection = person["connectionId"] if person else "con_gone"
        found = self.outcome(self.client.disconnect(session, connection))
        if self.session(session) is None and person is None:
            assert found is e.SessionGone
        else:
            assert found is (None if person else e.ConnectionGone)

    @rule(session=NAMES, pick=PICK)
    def unpublish(self, session: str, pick: int) -> None:
        person = self.somebody(session, pick)
        stream = person["streamId"] if person and person["streamId"] else "str_gone"
        found = self.outcome(self.client.unpublish(session, stream))
        if self.session(session) is None:
            assert found is e.SessionGone
        elif stream == "str_gone":
            assert found is e.StreamGone
        else:
            assert found is (e.CameraStream if person["camera"] else None)

    @rule(session=NAMES)
    def close(self, session: str) -> None:
        known = self.session(session) is not None
        assert self.outcome(self.client.close_session(session)) is (
            None if known else e.SessionGone
        )

    @rule(session=NAMES, text=TEXT)
    def signal(self, session: str, text: str) -> None:
        truth = self.session(session)
        found = self.outcome(self.client.signal(session, text))
        if truth is None:
            assert found is e.SessionNotFound
        else:
            assert found is (None if truth["active"] else e.NobodyConnected)

    @rule(session=NAMES)
    def add_a_camera(self, session: str) -> None:
        known = self.session(session) is not None
        found = self.outcome(self.client.add_camera(session, "rtsp://u:p@cam/1", data="Door"))
        allowed = (None, e.CameraFailed) if self.edition == "pro" else (None,)
        assert found in (allowed if known else (e.SessionNotFound,))

    @rule(session=NAMES, individual=st.booleans())
    def start_a_recording(self, session: str, individual: bool) -> None:
        truth = self.session(session)
        mode: Any = "INDIVIDUAL" if individual else None
        found = self.outcome(
            self.client.start_recording(session, RecordingSettings(output_mode=mode))
        )
        if truth is None:
            assert found is e.SessionNotFound
        elif truth["recordingId"]:
            assert found is e.AlreadyRecording
        elif not truth["participants"]:
            assert found is e.NobodyConnected
        else:
            allowed = (None, e.NodeCannotRecord) if self.edition == "pro" else (None,)
            assert found in allowed

    @precondition(lambda self: self.truth["recordings"])
    @rule(pick=PICK, delete=st.booleans())
    def stop_or_delete_a_recording(self, pick: int, delete: bool) -> None:
        recordings = self.truth["recordings"]
        recording = recordings[pick % len(recordings)]
        running = recording["status"] == "started"
        if delete:
            found = self.outcome(self.client.delete_recording(recording["id"]))
            assert found is (e.RecordingRunning if running else None)
        else:
            found = self.outcome(self.client.stop_recording(recording["id"]))
            assert found is (None if running else e.RecordingGone)

    # ---- what must hold ------------------------------------------------------------------------

    @invariant()
    def the_client_sees_the_sessions_as_they_are(self) -> None:
        seen = {s.session_id: s for s in self.run(self.client.sessions())}
        truth = {s["id"]: s for s in self.truth["sessions"]}
        assert seen.keys() == truth.keys()
        for session_id, session in seen.items():
            told = truth[session_id]
            cameras = [p["camera"] for p in told["participants"]]
            assert session == ListedSession(
                session_id=session_id,
                created_at=told["createdAt"],
                recording=told["recordingId"] is not None,
                connected=len(cameras),
                cameras=sum(cameras),
            )
            alone = self.run(self.client.session(session_id))
            assert alone.session_id == session_id
            assert alone.created_at == session.created_at
            assert alone.recording == session.recording
            assert _people(alone) == {
                p["connectionId"]: (
                    p["joinedAt"],
                    p["role"],
                    p["clientData"],
                    p["serverData"],
                    "IPCAM" if p["camera"] else "WEBRTC",
                    [p["streamId"]] if p["streamId"] else [],
                    [p["video"]] if p["streamId"] else [],
                    sorted(p["subscribedTo"]),
                )
                for p in told["participants"]
            }

    @invariant()
    def the_client_sees_the_recordings_as_they_are(self) -> None:
        seen = {
            r.id: (r.session_id, r.status, r.output_mode, r.created_at)
            for r in self.run(self.client.recordings())
        }
        assert seen == {
            r["id"]: (r["sessionId"], r["status"], r["outputMode"], r["createdAt"])
            for r in self.truth["recordings"]
        }


def _people(session: Session) -> dict[str, Any]:
    return {
        c.connection_id: (
            c.created_at,
            c.role,
            c.client_data,
            c.server_data,
            c.kind,
            [p.stream_id for p in c.publishers],
            [p.type_of_video for p in c.publishers],
            sorted(s.stream_id for s in c.subscribers),
        )
        for c in session.connections
    }


class Cluster(Server):
    """The same on a Pro cluster whose media nodes come and go."""

    edition: Edition = "pro"

    def node(self, pick: int) -> Any:
        nodes = self.simulator.world.nodes.listed()
        return nodes[pick % len(nodes)] if nodes else None

    @rule()
    def add_a_node(self) -> None:
        assert self.run(self.client.add_media_node()).status == "launching"

    @rule(pick=PICK, strategy=st.sampled_from(["now", "if-no-sessions", "when-no-sessions"]))
    def remove_a_node(self, pick: int, strategy: DeletionStrategy) -> None:
        node = self.node(pick)
        if node is None:
            return
        busy = bool(self.simulator.world.nodes.sessions(node))
        call = self.client.remove_media_node(node.id, deletion_strategy=strategy)
        if busy and strategy == "if-no-sessions":
            assert self.outcome(call) is e.NodeBusy
        else:
            removal = self.run(call)
            assert (removal == "draining") == (busy and strategy == "when-no-sessions")

    @rule(pick=PICK, status=st.sampled_from([*TRANSITIONS, "terminating", "failed"]))
    def change_a_node(self, pick: int, status: NodeStatus) -> None:
        node = self.node(pick)
        if node is None:
            return
        before = node.status
        found = self.outcome(self.client.modify_media_node(node.id, status))
        legal = status == before or status in TRANSITIONS.get(before, ())
        assert found is (None if legal else e.BadTransition)

    @invariant()
    def the_client_sees_the_nodes_as_they_are(self) -> None:
        seen = {
            n.id: (n.status, n.connected, {s.session_id for s in n.sessions})
            for n in self.run(self.client.media_nodes(sessions=True))
        }
        nodes = self.simulator.world.nodes
        assert seen == {
            n.id: (n.status, n.connected, {s.id for s in nodes.sessions(n)}) for n in nodes.listed()
        }


class Server215(Server):
    profile: ProfileName = "2.15"


class Server232(Server):
    profile: ProfileName = "2.32"


class Cluster215(Cluster):
    profile: ProfileName = "2.15"


class Cluster232(Cluster):
    profile: ProfileName = "2.32"


TestServer = Server.TestCase
TestServer215 = Server215.TestCase
TestServer232 = Server232.TestCase
TestCluster = Cluster.TestCase
TestCluster215 = Cluster215.TestCase
TestCluster232 = Cluster232.TestCase
for _case in (
    TestServer,
    TestServer215,
    TestServer232,
    TestCluster,
    TestCluster215,
    TestCluster232,
):
    _case.settings = settings(max_examples=15, stateful_step_count=20)
del _case  # or it would be collected once more
