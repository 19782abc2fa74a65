"""Events in any order, late, several times or never: what a channel was told is true in the end."""

import json
import random
import re
from collections.abc import Iterator

import httpx
import pytest

from ovbot.delivery.arrivals.process import Processor
from ovbot.delivery.arrivals.sweep import Sweeper
from ovbot.openvidu import OpenVidu
from tests.delivery import traced
from tests.delivery.fake import START
from tests.delivery.stage import SERVER, Stage
from tests.delivery.traced import Api, Event, Truth

VERSIONS = {
    "2.15": "2.15.0",
    "seed": "2.15.1",
    "2.20": "2.20.0",
    "2.31": "2.31.0",
    "2.32": "2.32.1",
}
BEGUN = START + 1_000
SAID = re.compile(
    r"Session `(?P<session>[^`]+)` (?P<what>was created|ended|has not ended after all)"
    r"|\*(?P<who>con_\w+)\* (?P<move>joined|left) session"
    r"|The recording [^`]*`(?P<recording>[^`]+)`.* "
    r"(?P<fate>is ready|failed|is empty|is still not ready)"
)


def mixed(events: list[Event], luck: random.Random, window: int, lost: float) -> list[int]:
    """The order in which events arrive, by number: within a window, up to five times, or never."""
    places: list[tuple[float, int]] = []
    for number in range(len(events)):
        if luck.random() < lost:
            continue
        times = luck.choice((1, 1, 1, 2, 5))
        places += [(number + luck.random() * window, number) for _ in range(times)]
    return [number for _place, number in sorted(places)]


class Line:
    """A server that told something, the stage on which it arrives, and what came of it."""

    def __init__(self, stage: Stage, version: str) -> None:
        self.stage, self.told = stage, traced.truth(version, BEGUN)
        self.api = Api(self.told, VERSIONS[version])
        self.openvidu = OpenVidu(
            "http://openvidu:4443",
            "secret",
            transport=httpx.MockTransport(self.api.answer),
            dialect="mixed",
            clock=lambda: stage.time.now_ms() / 1000,
        )
        self.processor = Processor(stage.database, SERVER, self.openvidu, stage.time)
        self.sweeper = Sweeper(stage.database, SERVER, self.openvidu, stage.time, every=60)

    def move_on(self, at: int) -> None:
        """It is this late now (ms), for ovbot and for OpenVidu."""
        self.stage.time.advance(max(0, at - self.stage.time.now_ms()) / 1000)
        self.api.now = max(self.api.now, at)

    async def process(self) -> None:
        while await self.processor.step() == 0:
            pass

    async def settle(self) -> None:
        """Everything that is put off is dealt with, and the sweep has looked several times."""
        for _ in range(6):
            self.stage.time.advance(60)
            await self.process()
            await self.sweeper.sweep()
        await self.stage.deliver(each=1)

    def said(self) -> Iterator[re.Match[str]]:
        for text in self.stage.chat.texts("C1"):
            match = SAID.match(text)
            assert match is not None, text
            yield match


@pytest.mark.parametrize(
    ("version", "window", "lost"),
    [
        ("2.15", 1, 0.0),
        ("2.15", 40, 0.1),
        ("seed", 60, 0.5),
        ("2.20", 4, 0.0),
        ("2.31", 8, 0.2),
        ("2.32", 40, 0.0),
    ],
)
async def test_whatever_comes_however_what_was_told_is_true_in_the_end(
    stage: Stage, version: str, window: int, lost: float
) -> None:
    luck = random.Random(f"{version} {window}")
    await stage.bind("C1")
    line = Line(stage, version)
    order = mixed(line.told.events, luck, window, lost)
    for place, number in enumerate(order):
        line.move_on(line.told.events[number]["timestamp"])
        await stage.arrive(json.dumps(line.told.events[number]).encode())
        if luck.random() < 0.03 or place == len(order) - 1:
            await line.process()
        if luck.random() < 0.01:
            await line.sweeper.sweep()
    line.move_on(BEGUN + traced.STEP * len(line.told.events))
    await line.settle()
    check(line, {line.told.events[number]["timestamp"] for number in order}, lost=lost)


def check(line: Line, arrived: set[int], *, lost: float) -> None:
    said = list(line.said())
    check_sessions(line.told, said)
    check_people(line.told, said, arrived)
    for one in line.told.recordings:
        fates = [match["fate"] for match in said if match["recording"] == one.id]
        last = one.states[-1][1]
        same = [each for each in line.told.recordings if each.id == one.id]
        if len(same) == 1 and last["status"] in {"ready", "failed"}:
            empty = last["status"] == "ready" and not last["duration"]
            true = (
                "is empty" if empty else {"ready": "is ready", "failed": "failed"}[last["status"]]
            )
            assert fates, one
            assert fates[-1] == true, one
            assert len(fates) == len(set(fates)), "nothing twice"
        elif len(same) == 1:
            assert set(fates) <= {"is still not ready"}, one
            assert len(fates) <= 1, "nothing twice"
    if not lost:
        assert {match["who"] for match in said if match["move"] == "left"} == set(line.told.left)


def check_sessions(told: Truth, said: list[re.Match[str]]) -> None:
    for name in {one.name for one in told.sessions}:
        instances = [one for one in told.sessions if one.name == name]
        words = [match["what"] for match in said if match["session"] == name]
        assert words.count("was created") <= len(instances)
        ended = sum(one.ended_at is not None for one in instances)
        net = words.count("ended") - words.count("has not ended after all")
        assert net <= ended
        if words and len(instances) == 1:
            assert words[-1] == ("ended" if ended else "was created"), (name, words)


def check_people(told: Truth, said: list[re.Match[str]], arrived: set[int]) -> None:
    unique = any("uniqueSessionId" in event for event in told.events)
    for who, session in told.people.items():
        moves = [number for number, match in enumerate(said) if match["who"] == who]
        names = [said[number]["move"] for number in moves]
        assert names in ([], ["joined"], ["left"], ["joined", "left"])
        if not names or names[-1] != "joined":
            continue
        unheard = who in told.left and told.left[who] not in arrived
        if session.ended_at is None:
            assert who not in told.left or unheard, f"{who} has left"
        elif unique or {session.created_at, session.ended_at} & arrived:
            ends = [
                number
                for number, match in enumerate(said)
                if match["session"] == session.name and match["what"] == "ended"
            ]
            assert any(end > moves[-1] for end in ends), f"{who} is in no session any more"
