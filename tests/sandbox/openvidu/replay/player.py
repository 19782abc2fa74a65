"""One scenario of one version against a simulator of its own, step by step."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from ovbot.sandbox.openvidu.config import ProfileName, SimulatorConfig
from ovbot.sandbox.openvidu.profile import PROFILES
from ovbot.sandbox.openvidu.simulator import Simulator
from tests.sandbox.openvidu.replay import acts, events
from tests.sandbox.openvidu.replay.roles import Roles
from tests.sandbox.openvidu.replay.wire import SECRET, Answer, Hook, ask, credentials

Json = dict[str, Any]
NOW = 1_795_816_143.0
BETWEEN_STEPS = 0.1
LONGEST = 120.0
SETTINGS: dict[str, Json] = {
    "autostop": {"autostop": 4},
    "garbage": {"gc_interval": 2, "gc_threshold": 3},
    "no_recording": {"recording": False},
}
PORTS = {"2.31": 4532, "2.32": 4532}
_HEADERS = ("allow", "location", "www-authenticate", "content-range", "accept-ranges")


@dataclass(frozen=True)
class Judged:
    """A step, and in what it was not the trace's."""

    step: int
    unlike: str | None


class Player:
    """Plays a trace; its clock stands still but for what the steps take."""

    def __init__(self, version: ProfileName, scenario: str) -> None:
        self.scenario = scenario
        self.watched: dict[str, str] = {}
        self._hook = Hook(PROFILES[version].charset)
        config = SimulatorConfig(
            port=PORTS.get(version, 4443),
            profile=version,
            secret=SECRET,
            deprecated_api=True,
            webhook="http://receiver.test/hook",
            webhook_headers=("Authorization: Bearer abc",),
            cdr=True,
            flawed=True,
            time_source=lambda: NOW,
            **next((SETTINGS[each] for each in SETTINGS if scenario.startswith(each)), {}),
        )
        self._simulator = Simulator(config, webhook_transport=self._hook)
        self._roles = Roles()
        self._sessions: dict[str, str] = {}

    async def play(self, steps: list[Json], before: list[list[Json]]) -> list[Judged]:
        """Play a scenario, on what others have left behind."""
        await self._simulator.start()
        try:
            for scenario in before:
                for each in scenario:
                    await self._step(each)
                await self._everybody_goes()
                self._roles = Roles()
            return [Judged(each["step"], await self._step(each)) for each in steps]
        finally:
            await self._simulator.stop()

    async def _everybody_goes(self) -> None:
        """Between two scenarios: what still ran the real server tried to stop, and could not."""
        for recording in self._simulator.world.recordings.items.values():
            if recording.status == "started":
                await self.control(f"recordings/{recording.id}", {"status": "stuck"})
        await self._simulator.idle()
        self._hook.take()

    async def _step(self, step: Json) -> str | None:
        do = self._roles.fill_all(step["do"])
        try:
            if "method" in do:
                unlike = self._compare(step["answer"], await self._request(do))
            elif "trouble" in do:
                await acts.trouble(self, do["trouble"])
                unlike = None
            else:
                unlike = self._given(step.get("answer"), await self._act(do))
        except acts.Unplayable as unplayable:
            unlike = f"cannot be played: {unplayable}"
        await self.pass_time(BETWEEN_STEPS)
        told = self._hook.take()
        unlike_events = events.difference(self._roles, step.get("events", []), told)
        return unlike or unlike_events

    async def _act(self, do: Json) -> Json | None:
        given = await acts.play(self, do)
        if given is not None and "is" in given and "session" in do:
            self._sessions[given["is"]] = do["session"]
        return given

    def _given(self, expected: Json | None, given: Json | None) -> str | None:
        if expected is not None and given is not None and expected.keys() != given.keys():
            return f"act: {expected} expected, {given} found"
        return self._roles.difference(expected, given, "act")

    async def _request(self, do: Json) -> Answer:
        secrets = {"none": None, "wrong": "wrong"}
        secret = secrets.get(do.get("auth", ""), SECRET)
        headers = {} if secret is None else {"Authorization": credentials(secret)}
        body = b""
        if "raw" in do:
            body = do["raw"].encode()
        elif "body" in do:
            body = json.dumps(do["body"], ensure_ascii=False).encode("utf-8", "surrogatepass")
        if body:
            headers["Content-Type"] = "application/json"
        headers |= do.get("headers", {})
        return await self._in_time(
            ask(self._simulator.app, do["method"], _tidied(do["path"]), headers=headers, body=body)
        )

    async def _in_time(self, answer: Awaitable[Answer]) -> Answer:
        """Await an answer, and let the time pass that it waits for."""
        asked = asyncio.ensure_future(answer)
        passed = 0.0
        while not asked.done():
            for _ in range(20):
                await asyncio.sleep(0)
            if not asked.done() and passed < LONGEST:
                self._simulator.clock.advance(BETWEEN_STEPS)
                passed += BETWEEN_STEPS
        return await asked

    def _compare(self, expected: Json, answer: Answer) -> str | None:
        if answer.status != expected["status"]:
            return f"status: {expected['status']} expected, {answer.status} found"
        kind, boundary = _boundary(expected["type"] or "")
        found, other = _boundary(answer.content_type or "")
        if found != kind:
            return f"type: {kind!r} expected, {found!r} found"
        for name in _HEADERS:
            if _loose(name, expected.get(name)) != _loose(name, answer.headers.get(name)):
                return f"{name}: {expected.get(name)} expected, {answer.headers.get(name)} found"
        body = expected["body"]
        if isinstance(body, str):
            text = answer.body.decode("utf-8", "replace")
            return self._roles.difference(_part(body, boundary), _part(text, other), "body")
        return self._roles.difference(body, _read(answer.body), "body")

    async def control(self, path: str, body: Json) -> Json:
        answer = await ask(
            self._simulator.app, "POST", f"/_control/{path}", body=json.dumps(body).encode()
        )
        given: Json = json.loads(answer.body)
        return given

    async def pass_time(self, seconds: float) -> None:
        self._simulator.clock.advance(seconds)
        await self._simulator.idle()

    def session_of(self, connection_id: str) -> str:
        return self._sessions.get(connection_id, "nobody-joined")


def _tidied(path: str) -> str:
    """Without ``..``, as the client that the traces were made with sent it."""
    return re.sub(r"/[^/?]+/\.\.(?=/)", "", path)


def _read(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _boundary(kind: str) -> tuple[str, str]:
    """A content type without what it calls the border of its parts."""
    found, _, boundary = kind.partition(";boundary=")
    return found, boundary


def _part(text: str, boundary: str) -> str:
    if boundary:
        text = re.sub(re.escape(boundary), "border", text, flags=re.IGNORECASE)
    text = re.sub(r'(?<="duration":)[\d.]+', "n", text)
    text = re.sub(r"_\d{13}(?=\")", "_n", text)
    return re.sub(r"(bytes \d+-\d+)/\d+", r"\1/n", text)


def _loose(name: str, value: str | None) -> object:
    """A header without what is arbitrary: Allow's order, and how big a file is."""
    if value is None:
        return None
    if name == "allow":
        return frozenset(each.strip() for each in value.split(","))
    return re.sub(r"\d+", "n", value) if name == "content-range" else value
