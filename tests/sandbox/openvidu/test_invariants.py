"""Whatever is done to a simulator, in whatever order, it stays a possible OpenVidu.

Hypothesis plays operators, people, cameras, tests and time on a Pro server with two nodes; after
every step the API's own answers must agree with each other and with the state.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ovbot.sandbox.openvidu import Simulator, SimulatorConfig
from ovbot.sandbox.openvidu.state.nodes import DRAINING, STATUSES
from ovbot.sandbox.openvidu.state.snapshot import snapshot
from tests.sandbox.openvidu.bench import NOW, PROFILE_NAMES, PUBLIC, SECRET

Json = dict[str, Any]

SESSION_IDS = st.sampled_from(["a", "b-1"])
ORDER = {"starting": 0, "started": 1, "stopped": 2, "ready": 3, "failed": 3}
NODE_MOVES = {
    None: {"launching"},
    "launching": {"running", "failed", "canceled"},
    "canceled": {"launching", "terminating", "failed"},
    "running": {"waiting-idle-to-terminate", "terminating"},
    "waiting-idle-to-terminate": {"running", "terminating"},
    "terminating": {"terminated"},
}
KNOWN = {200, 202, 204, 400, 404, 405, 406, 409, 422, 500, 502, 503}


class Machine(RuleBasedStateMachine):
    """One server and everybody around it."""

    @initialize(profile=st.sampled_from(PROFILE_NAMES), autoscaling=st.booleans())
    def begin(self, profile: str, autoscaling: bool) -> None:
        config = SimulatorConfig(
            secret=SECRET,
            profile=profile,  # type: ignore[arg-type]
            edition="pro",
            media_nodes=2,
            autoscaling=autoscaling,
            autostop=30,
            gc_interval=60,
            gc_threshold=90,
            webhook="http://bot.example.com/",
            public_url=PUBLIC,
            time_source=lambda: float(NOW),
            random_seed=1,
        )
        self.loop = asyncio.new_event_loop()
        self.simulator = Simulator(config)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.simulator.app),
            base_url=PUBLIC,
            auth=("OPENVIDUAPP", SECRET),
        )
        self.here = self.simulator.world.profile
        self.seen_connections: dict[str, str] = {}
        self.recording_status: dict[tuple[str, int, int], str] = {}
        self.node_status: dict[str, str] = {}
        self.heard = 0
        # Most of what can go wrong needs some people to begin with.
        for session, publish in (("a", "camera"), ("a", "screen"), ("a", None), ("b-1", "camera")):
            body = {"publish": publish}
            assert self.call("POST", f"/_control/sessions/{session}/join", json=body).is_success

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.loop.run_until_complete(self.client.aclose())
            self.loop.close()

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        found = self.loop.run_until_complete(self.client.request(method, path, **options))
        if not path.startswith("/_control"):
            assert found.status_code in KNOWN, found.text
        return found

    def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.call(method, f"{self.here.api}{path}", **options)

    def state(self) -> Json:
        return snapshot(self.simulator.world)

    @rule(session=SESSION_IDS, always=st.booleans(), routed=st.sampled_from([True, True, False]))
    def create(self, session: str, always: bool, routed: bool) -> None:
        body = {
            "customSessionId": session,
            "recordingMode": "ALWAYS" if always else "MANUAL",
            "mediaMode": "ROUTED" if routed else "RELAYED",
        }
        existed = any(each["id"] == session for each in self.state()["sessions"])
        assert self.api("POST", "/sessions", json=body).status_code == (409 if existed else 200)

    @rule(
        session=SESSION_IDS,
        role=st.sampled_from(["PUBLISHER", "MODERATOR", "SUBSCRIBER"]),
        publish=st.sampled_from(["camera", "screen", None]),
    )
    def join(self, session: str, role: str, publish: str | None) -> None:
        body = {"role": role, "publish": publish, "clientData": "x"}
        self.call("POST", f"/_control/sessions/{session}/join", json=body)

    @rule(which=st.integers(0, 1))
    def token_and_join(self, which: int) -> None:
        session = self.a_session(which)
        made = self.api("POST", "/tokens", json={"session": session})
        if made.status_code == 200:
            body = {"token": made.json()["token"]}
            path = f"/_control/sessions/{session}/join"
            first = self.call("POST", path, json=body).status_code
            assert first in (200, 400)
            if first == 200:
                assert self.call("POST", path, json=body).status_code == 401

    def a_session(self, which: int) -> str:
        """One that exists, or the name of one that could."""
        found = [each["id"] for each in self.state()["sessions"]] or ["a"]
        picked: str = found[which % len(found)]
        return picked

    def somebody(self, which: int, *, publishing: bool | None = None) -> tuple[str, Json] | None:
        """One of the people who are there, with the session they are in."""
        found = [
            (session["id"], person)
            for session in self.state()["sessions"]
            for person in session["participants"]
            if publishing is None or bool(person["streamId"]) is publishing
        ]
        return found[which % len(found)] if found else None

    @rule(which=st.integers(0, 9), by_the_server=st.booleans())
    def goes(self, which: int, by_the_server: bool) -> None:
        if (found := self.somebody(which)) is None:
            return
        session, person = found
        connection = person["connectionId"]
        if by_the_server:
            path = f"/sessions/{session}/connection/{connection}"
            assert self.api("DELETE", path).status_code == 204
            assert self.api("DELETE", path).status_code in (400, 404)
        else:
            body = {"connectionId": connection}
            path = f"/_control/sessions/{session}/leave"
            assert self.call("POST", path, json=body).status_code == 200

    @rule(which=st.integers(0, 9), by_the_server=st.booleans())
    def unpublishes(self, which: int, by_the_server: bool) -> None:
        if (found := self.somebody(which, publishing=True)) is None:
            return
        session, person = found
        if by_the_server:
            path = f"/sessions/{session}/stream/{person['streamId']}"
            expected = 405 if person["camera"] else 204
            assert self.api("DELETE", path).status_code == expected
        else:
            body = {"connectionId": person["connectionId"]}
            path = f"/_control/sessions/{session}/unpublish"
            expected = 400 if person["camera"] else 200
            assert self.call("POST", path, json=body).status_code == expected

    @rule(which=st.integers(0, 9), kind=st.sampled_from(["camera", "screen"]))
    def publishes(self, which: int, kind: str) -> None:
        if (found := self.somebody(which, publishing=False)) is None:
            return
        session, person = found
        body = {"connectionId": person["connectionId"], "publish": kind}
        expected = 400 if person["role"] == "SUBSCRIBER" else 200
        path = f"/_control/sessions/{session}/publish"
        assert self.call("POST", path, json=body).status_code == expected

    @rule(which=st.integers(0, 9), how=st.sampled_from(["reset", "silence"]))
    def loses_the_network(self, which: int, how: str) -> None:
        if (found := self.somebody(which)) is None:
            return
        session, person = found
        body = {"connectionId": person["connectionId"], "how": how}
        expected = 400 if person["camera"] else 200
        path = f"/_control/sessions/{session}/cut"
        assert self.call("POST", path, json=body).status_code == expected

    @rule(which=st.integers(0, 9))
    def is_back(self, which: int) -> None:
        if (found := self.somebody(which)) is None:
            return
        session, person = found
        body = {"connectionId": person["connectionId"]}
        expected = 200 if person["cut"] else 400
        path = f"/_control/sessions/{session}/reconnect"
        assert self.call("POST", path, json=body).status_code == expected

    @rule(which=st.integers(0, 1))
    def says_something(self, which: int) -> None:
        """From 2.31 on that puts out whoever it does not reach, and not one of the others."""
        session = self.a_session(which)
        before = {each["id"]: each["participants"] for each in self.state()["sessions"]}
        answer = self.api("POST", "/signal", json={"session": session, "data": "x"})
        after = {each["id"]: each["participants"] for each in self.state()["sessions"]}
        if answer.status_code == 200 and self.here.evicts_ghosts:
            there = [each for each in before[session] if not each["cut"]]
            assert [each["connectionId"] for each in after.get(session, [])] == [
                each["connectionId"] for each in there
            ]

    @rule(which=st.integers(0, 1))
    def camera(self, which: int) -> None:
        session = self.a_session(which)
        body = {"type": "IPCAM", "rtspUri": "rtsp://10.0.0.1/x"}
        self.api("POST", f"/sessions/{session}/connection", json=body)

    @rule(session=SESSION_IDS, luck=st.integers(0, 1))
    def close(self, session: str, luck: int) -> None:
        if luck:
            return
        existed = any(each["id"] == session for each in self.state()["sessions"])
        expected = 204 if existed else 404
        assert self.api("DELETE", f"/sessions/{session}").status_code == expected
        assert self.api("GET", f"/sessions/{session}").status_code == 404

    @rule(which=st.integers(0, 1), mode=st.sampled_from(["COMPOSED", "INDIVIDUAL"]))
    def record(self, which: int, mode: str) -> None:
        session = self.a_session(which)
        self.api("POST", "/recordings/start", json={"session": session, "outputMode": mode})

    @precondition(lambda self: self.recording_status)
    @rule(data=st.data(), act=st.sampled_from(["stop", "delete", "failed", "ready", "stopped"]))
    def recording(self, data: st.DataObject, act: str) -> None:
        listed = self.api("GET", "/recordings").json()["items"]
        if not listed:
            return
        found = data.draw(st.sampled_from(sorted(each["id"] for each in listed)))
        if act == "stop":
            self.api("POST", f"/recordings/stop/{found}")
        elif act == "delete":
            self.api("DELETE", f"/recordings/{found}")
        else:
            self.call("POST", f"/_control/recordings/{found}", json={"status": act})

    @rule(seconds=st.sampled_from([0.5, 1, 15, 30, 60, 120]))
    def wait(self, seconds: float) -> None:
        self.call("POST", "/_control/clock", json={"advance": seconds})

    def node(self, which: int) -> str:
        """A node, the busy ones first."""
        nodes = sorted(self.state()["nodes"], key=lambda each: -len(each["sessions"]))
        found: str = nodes[which % len(nodes)]["id"]
        return found

    @rule()
    def launch(self) -> None:
        if len(self.state()["nodes"]) < 4:
            self.call("POST", f"{self.here.pro}/media-nodes", json={})

    @rule(
        which=st.integers(0, 3),
        status=st.sampled_from([DRAINING, "running", "canceled", "launching"]),
        strategy=st.sampled_from([None, "if-no-sessions", "when-no-sessions"]),
    )
    def change_node(self, which: int, status: str, strategy: str | None) -> None:
        node = self.node(which)
        path = f"{self.here.pro}/media-nodes/{node}"
        spare = sum(1 for each in self.state()["nodes"] if each["status"] == "running") > 1
        if strategy is None or not spare:
            self.call("PATCH", path, json={"status": status})
        else:
            self.call("DELETE", f"{path}?deletion-strategy={strategy}")

    @rule(
        which=st.integers(0, 3),
        act=st.sampled_from(["run", "fail", "recover", "load"]),
        load=st.sampled_from([0, 50, 95]),
    )
    def influence_node(self, which: int, act: str, load: int) -> None:
        node = self.node(which)
        self.call("POST", f"/_control/nodes/{node}", json={"action": act, "load": load})

    @rule(
        which=st.integers(0, 3),
        what=st.sampled_from(["crash", "restart", "now", "terminating"]),
        luck=st.integers(0, 2),
    )
    def disaster(self, which: int, what: str, luck: int) -> None:
        """Rare, or there would never be much to break."""
        if luck:
            return
        node = self.node(which)
        path = f"{self.here.pro}/media-nodes/{node}"
        if what == "crash":
            self.call("POST", f"/_control/nodes/{node}", json={"action": "crash"})
        elif what == "now":
            self.call("DELETE", f"{path}?deletion-strategy=now")
        elif what == "terminating":
            self.call("PATCH", path, json={"status": "terminating"})
        else:
            assert self.call("POST", f"{self.here.pro}/restart", json={}).status_code == 200
            self.call("POST", "/_control/clock", json={"advance": 3})
            assert self.state()["sessions"] == []

    @invariant()
    def the_api_agrees_with_the_state(self) -> None:
        if not hasattr(self, "loop"):
            return
        state = self.state()
        listed = self.api("GET", "/sessions").json()
        assert listed["numberOfElements"] == len(listed["content"]) == len(state["sessions"])
        by_id = {each["sessionId"]: each for each in listed["content"]}
        recorded = {
            each["sessionId"]
            for each in state["recordings"]
            if each["status"] in ("starting", "started")
        }
        for session in state["sessions"]:
            told = by_id[session["id"]]
            assert self.api("GET", f"/sessions/{session['id']}").json() == told
            connections = told["connections"]
            assert connections["numberOfElements"] == len(connections["content"])
            assert [each["connectionId"] for each in connections["content"]] == [
                each["connectionId"] for each in session["participants"]
            ]
            assert told["recording"] is (session["recordingId"] is not None)
            assert told["recording"] is (session["id"] in recorded)
            assert session["active"] or not session["participants"]
            # Nobody is left in an active session only while it is being recorded.
            assert session["participants"] or not session["active"] or told["recording"]

    @invariant()
    def streams_and_subscriptions_fit(self) -> None:
        if not hasattr(self, "loop"):
            return
        for session in self.state()["sessions"]:
            people = session["participants"]
            live = {each["streamId"] for each in people if each["streamId"]}
            assert len(live) == sum(1 for each in people if each["streamId"])
            for person in people:
                expected = set() if person["camera"] else live - {person["streamId"]}
                watched = set(person["subscribedTo"])
                # Whose network is cut asks for nothing that is new.
                assert watched <= expected if person["cut"] else watched == expected
                assert person["role"] != "SUBSCRIBER" or person["streamId"] is None
                home = self.seen_connections.setdefault(person["connectionId"], session["id"])
                assert home == session["id"]

    @invariant()
    def recordings_only_go_forward(self) -> None:
        if not hasattr(self, "loop"):
            return
        state = self.state()
        present = {}
        of_session: dict[str, int] = {}
        for recording in state["recordings"]:
            identity = id(self.simulator.world.recordings.items[recording["id"]])
            key = (recording["id"], recording["createdAt"], identity)
            present[key] = recording["status"]
            before = self.recording_status.get(key)
            assert before is None or ORDER[before] <= ORDER[recording["status"]]
            assert before not in ("ready", "failed") or before == recording["status"]
            if recording["status"] in ("starting", "started"):
                of_session[recording["sessionId"]] = of_session.get(recording["sessionId"], 0) + 1
            assert bool(recording["files"]) is (recording["status"] == "ready")
        assert all(count == 1 for count in of_session.values())
        told = self.api("GET", "/recordings").json()
        assert told["count"] == len(told["items"]) == len(state["recordings"])
        self.recording_status = present

    @invariant()
    def nodes_follow_their_states(self) -> None:
        if not hasattr(self, "loop"):
            return
        state = self.state()
        able = {
            each["id"]
            for each in state["nodes"]
            if each["status"] in ("running", "waiting-idle-to-terminate") and each["connected"]
        }
        for session in state["sessions"]:
            assert session["nodeId"] in able if session["active"] else session["nodeId"] is None
        for node in state["nodes"]:
            assert node["status"] in STATUSES
            assert 0 <= node["load"] <= 100
            assert node["status"] != "waiting-idle-to-terminate" or node["sessions"]

    @invariant()
    def events_tell_of_possible_things_only(self) -> None:
        if not hasattr(self, "loop"):
            return
        log = list(self.simulator.webhooks.log)
        for sent in log[self.heard :]:
            event = sent.event
            assert list(event)[-1] == "event"
            assert isinstance(event["timestamp"], int)
            if event["event"] == "mediaNodeStatusChanged":
                before = self.node_status.get(event["id"])
                if before is None and event["oldStatus"] == "running":
                    before = "running"  # one of the two that ran from the beginning
                assert event["newStatus"] in NODE_MOVES[before]
                self.node_status[event["id"]] = event["newStatus"]
        self.heard = len(log)


Machine.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=50,
    suppress_health_check=list(HealthCheck),
)
TestMachine = Machine.TestCase
