"""What real servers told (tests/traces), with times and ids, and an OpenVidu that agrees with it.

The truth moves on with the events: at each moment the API answers what a server would that has
sent just so many of them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

Event = dict[str, Any]
TRACES = Path(__file__).parents[1] / "traces"
STEP = 1_000
"""Milliseconds between two events."""
_NUMBER = re.compile(r"<(connection|camera)(\d+)>")


@dataclass
class Session:
    """One session, from when to when; ``ended`` None: to the end."""

    name: str
    created_at: int
    ended_at: int | None = None


@dataclass
class Recorded:
    """One recording: what it has become, and when."""

    id: str
    session: str
    created_at: int
    states: list[tuple[int, Event]] = field(default_factory=list)


@dataclass
class Truth:
    """Everything that one server went through."""

    events: list[Event] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    recordings: list[Recorded] = field(default_factory=list)
    people: dict[str, Session] = field(default_factory=dict)
    """By name, which is a connection's."""
    left: dict[str, int] = field(default_factory=dict)

    def of(self, name: str, at: int) -> Session | None:
        """The session of this id that was live at the moment."""
        for one in self.sessions:
            ends = one.ended_at
            if one.name == name and one.created_at <= at and (ends is None or at < ends):
                return one
        return None


def truth(version: str, begun_at: int) -> Truth:
    """What the server of one version told in all its scenarios, one after another."""
    told = Truth()
    for file in sorted((TRACES / version).glob("*.json")):
        for event in _events(file):
            _tell(told, event, begun_at + STEP * len(told.events))
    return told


def _events(file: Path) -> Iterator[Event]:
    for step in json.loads(file.read_text()):
        for event in step.get("events", ()):
            text = _NUMBER.sub(rf"con_{file.stem}_\1\2", json.dumps(event))
            named: Event = json.loads(text)
            if named.get("sessionId"):
                named["sessionId"] = re.sub(r"[<>]", "", f"{file.stem}_{named['sessionId']}")
            if named.get("id"):
                named["id"] = re.sub(r"[<>]", "", f"{file.stem}_{named['id']}")
            yield named


def _tell(told: Truth, event: Event, at: int) -> None:
    kind, name = event["event"], event.get("sessionId", "")
    event["timestamp"] = at
    live = told.of(name, at)
    unique = event.pop("uniqueSessionId", None)
    if kind == "sessionCreated":
        if live is not None:  # its end was never told
            live.ended_at = at
        told.sessions.append(Session(name, at))
    elif kind == "sessionDestroyed":
        if live is None:
            return
        event |= {"startTime": live.created_at, "duration": 1}
        live.ended_at = at
    elif kind in {"participantJoined", "participantLeft"}:
        _come_and_go(told, event, live, at)
    elif kind == "recordingStatusChanged":
        _record(told, event, at)
    if unique and (live := live or told.of(name, at)):
        event["uniqueSessionId"] = f"{name}_{live.created_at}"
    told.events.append(event)


def _come_and_go(told: Truth, event: Event, live: Session | None, at: int) -> None:
    who = event.get("connectionId") or event["participantId"]
    event["clientData"], event["serverData"] = who, ""
    if event["event"] == "participantJoined":
        assert live is not None
        told.people[who] = live
    else:
        event |= {"startTime": at - STEP, "duration": 1}
        told.left[who] = at


def _record(told: Truth, event: Event, at: int) -> None:
    known = [one for one in told.recordings if one.id == event["id"]]
    if not known or event["status"] == "started":
        known.append(Recorded(event["id"], event["sessionId"], at))
        told.recordings.append(known[-1])
    one = known[-1]
    event["startTime"] = one.created_at
    whole = (event.get("size"), event.get("duration")) == ("<size>", "<duration>")
    done = event["status"] == "ready" and whole
    event |= {"size": 4096, "duration": 9.0} if done else {"size": 0, "duration": 0.0}
    one.states.append((at, event))


class Api:
    """The REST API of a server that has sent everything up to ``now`` (ms)."""

    def __init__(self, told: Truth, version: str) -> None:
        self.told, self.version, self.now = told, version, 0
        self.blind = False
        """It lists nothing, as some do that have just been started."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.partition("/api/")[2]
        head, _, which = path.partition("/")
        if path == "config":
            return httpx.Response(200, json={"VERSION": self.version, "OPENVIDU_WEBHOOK": True})
        listed = self._sessions() if head == "sessions" else self._recordings()
        if not which:
            return httpx.Response(200, json={"numberOfElements": len(listed), key(head): listed})
        found = [one for one in listed if one["id"] == which]
        return httpx.Response(200, json=found[-1]) if found else httpx.Response(404)

    def _sessions(self) -> list[Event]:
        live = [] if self.blind else self.told.sessions
        return [
            {
                "id": one.name,
                "sessionId": one.name,
                "createdAt": one.created_at,
                "recording": False,
                "connections": {"numberOfElements": 0, "content": []},
            }
            for one in live
            if one.created_at <= self.now and (one.ended_at is None or self.now < one.ended_at)
        ]

    def _recordings(self) -> list[Event]:
        found = []
        for one in self.told.recordings:
            if states := [event for at, event in one.states if at <= self.now]:
                last = states[-1]
                found.append(
                    {
                        "id": one.id,
                        "sessionId": one.session,
                        "name": one.id,
                        "createdAt": one.created_at,
                        "status": last["status"],
                        "size": last["size"],
                        "duration": last["duration"],
                        "hasAudio": True,
                        "hasVideo": True,
                        "outputMode": "COMPOSED",
                        "url": None,
                    }
                )
        return found


def key(head: str) -> str:
    """Where a listing has its entries."""
    return "content" if head == "sessions" else "items"
