"""Whoever may only ask keeps nobody from acting, and nobody from asking."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.actor import Actor
from ovbot.engine.budget import MOST, PER_SECOND, Budget
from ovbot.sandbox.openvidu.faults import Fault
from tests.desk import BEN, GENERAL, TEAM, Desk, open_desk, words


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        for number in range(8):
            opened.simulator.join("demo", client_data=f"P{number}")
        await opened.type("bind demo", channel=GENERAL)
        await opened.told()
        yield opened


def slow(desk: Desk, operation: str, seconds: float) -> None:
    fault = Fault(operation=operation, fault="delay", seconds=seconds, times=5000)
    desk.simulator.faults.add(fault)


class TestBudget:
    def test_it_is_spent_and_comes_back_with_time(self) -> None:
        now = 0.0
        budget, who = Budget(lambda: now), Actor(TEAM, "U1")
        assert [budget.take(who) for _ in range(int(MOST))] == [0.0] * int(MOST)
        assert budget.take(who) == pytest.approx(1 / PER_SECOND)
        assert budget.take(Actor(TEAM, "U2")) == 0.0
        now = 1 / PER_SECOND
        assert budget.take(who) == 0.0
        assert budget.take(who) > 0.0
        now = 10_000.0
        assert [budget.take(who) for _ in range(int(MOST) + 1)][-1] > 0.0

    def test_a_million_people_are_not_remembered(self) -> None:
        budget = Budget()
        for number in range(30_000):
            budget.take(Actor(TEAM, f"U{number}"))
        assert len(budget._left) <= 10_000


async def test_who_asks_on_and_on_is_told_to_wait_and_others_are_not(desk: Desk) -> None:
    said = [words(await desk.type("list", user=BEN, channel=GENERAL)) for _ in range(30)]
    refused = [text for text in said if "asked a lot in a short time" in text]
    assert 8 <= len(refused) <= 10
    assert "Try again in about" in refused[0]
    for _ in range(30):
        assert "asked a lot" not in words(await desk.type("list", channel=GENERAL))


async def test_who_needs_help_is_not_kept_waiting(desk: Desk) -> None:
    for _ in range(100):
        assert "asked a lot" not in words(await desk.type("help", user=BEN, channel=GENERAL))


async def test_what_is_shared_counts_more(desk: Desk) -> None:
    for _ in range(10):
        await desk.type("list --share", user=BEN, channel=GENERAL)
    assert len(await desk.told()) == 2


@pytest.mark.parametrize(
    ("slowed", "question"), [("getSession", "show demo"), ("listSessions", "list")]
)
async def test_an_action_takes_as_long_as_on_an_idle_system(
    desk: Desk, slowed: str, question: str
) -> None:
    """Thirty viewers ask ten times a second, where each answer takes half a second."""
    slow(desk, slowed, 0.5)
    slow(desk, "getSession", 0.5)

    async def kick(name: str) -> float:
        began = time.monotonic()
        await desk.type(f"kick --session demo {name}")
        assert "removed" in " ".join(told.text for told in await desk.told())
        return time.monotonic() - began

    idle = await kick("P1")

    async def viewer(number: int) -> None:
        while True:
            await desk.type(question, user=f"U0VIEWER{number}", channel=GENERAL)
            await asyncio.sleep(0.1)

    # Each has a budget of their own, so it is the connections that are spent here.
    viewers = [asyncio.create_task(viewer(number)) for number in range(30)]
    await asyncio.sleep(0.7)
    busy = await kick("P2")
    for one in viewers:
        one.cancel()
    await asyncio.gather(*viewers, return_exceptions=True)
    print(f"\nkick: {idle:.2f} s on an idle system, {busy:.2f} s beside 30 who ask on and on")
    assert busy <= 1.5 * idle + 0.1


@pytest.mark.parametrize(
    "text",
    [
        "list --match " + "[" * 3900,
        "list --match " + "*?" * 1900,
        "show demo --find " + "x" * 3900,
        "recordings --session " + "[" * 3900,
        "bind " + "[" * 3900,
        "kick --match " + "[" * 3900,
        "signal demo " + "x" * 100_000,
        "'" * 12_000,
    ],
)
async def test_nothing_long_takes_long(desk: Desk, text: str) -> None:
    for user in (BEN, "U01ANA"):
        began = time.thread_time()
        reply = await desk.type(text, user=user, channel=GENERAL)
        assert (
            time.thread_time() - began < 1.0
        )  # on a slow machine, with all that is imported first
        assert reply is not None
    assert await desk.told() == []
