"""What dead processes left open is closed, while what living ones are doing is left alone."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from ovbot.delivery.recovery import AGAIN, LOOK, NAMELESS, Recovery
from ovbot.domain.actor import Actor
from ovbot.domain.audit import Outcome, Phase
from ovbot.engine.admission import Entered
from ovbot.engine.invocation import Invocation
from ovbot.engine.recover import recover
from ovbot.store import audit
from ovbot.store.database import Database
from ovbot.store.failures import StoreError
from ovbot.store.peers import Peers
from tests.delivery.fake import Time
from tests.desk import ANA, MODERATION, TEAM, Desk, open_desk


class Process:
    """One process's door, and its recovery."""

    def __init__(self, desk: Desk, url: str, time: Time) -> None:
        self.database = Database(url)
        self.peers = Peers(self.database, "default")
        self.door = dataclasses.replace(
            desk.door,
            powers=dataclasses.replace(desk.door.powers, store=self.database, clock=time),
            process=self.peers.process,
        )
        self.recovery = Recovery(self.door, TEAM, self.peers, pause=time.pause)

    async def start(self) -> None:
        await self.database.open()
        await self.peers.open()

    async def die(self) -> None:
        """As a process dies: nothing is finished, and its connections end."""
        await self.peers.close()
        await self.database.close()

    async def begin(self, command: str) -> Entered:
        """Somebody gives a command; it is acknowledged and not carried out yet."""
        entered = await self.door.enter(
            Invocation(
                actor=Actor(TEAM, ANA),
                channel=MODERATION,
                text=command,
                interaction=f"{self.peers.process} {command}",
            )
        )
        assert entered.work is not None
        return entered

    async def outcome(self, ref: str) -> Outcome | None:
        async with self.database.read() as tx:
            return (await audit.of_ref(tx, ref))[-1].outcome

    async def phases(self, ref: str) -> list[Phase]:
        async with self.database.read() as tx:
            return [entry.phase for entry in await audit.of_ref(tx, ref)]


async def carry_out(entered: Entered) -> None:
    assert entered.work is not None
    await entered.work()


class House:
    """Processes on one database, started as a test needs them."""

    def __init__(self, desk: Desk, url: str, time: Time, stack: AsyncExitStack) -> None:
        self.desk, self.url, self.time = desk, url, time
        self._stack = stack

    async def process(self) -> Process:
        started = Process(self.desk, self.url, self.time)
        await started.start()
        self._stack.push_async_callback(started.die)
        return started


@pytest.fixture
async def house(url: str, tmp_path: Path, time: Time) -> AsyncIterator[House]:
    async for opened in _house(url, tmp_path, time):
        yield opened


@pytest.fixture
async def shared(postgres_url: str, tmp_path: Path, time: Time) -> AsyncIterator[House]:
    async for opened in _house(postgres_url, tmp_path, time):
        yield opened


async def _house(url: str, folder: Path, time: Time) -> AsyncIterator[House]:
    async with open_desk(folder) as desk, AsyncExitStack() as stack:
        desk.simulator.join("demo", client_data="Ben")
        yield House(desk, url, time, stack)


async def test_what_an_earlier_process_left_is_closed_after_a_restart(house: House) -> None:
    killed = await house.process()
    entered = await killed.begin("kick --session demo Ben")
    await killed.die()
    again = await house.process()
    closed = [await again.recovery.step() for _ in range(2)]
    assert sum(closed) == 1
    assert await again.outcome(entered.ref) is Outcome.FAILED
    assert len((await house.desk.openvidu.session("demo")).connections) == 1


async def test_a_process_does_not_close_what_it_is_doing(house: House) -> None:
    only = await house.process()
    entered = await only.begin("kick --session demo Ben")
    for _ in range(3):
        assert await only.recovery.step() == 0
        house.time.advance(AGAIN / 1000)
    await carry_out(entered)
    assert await only.outcome(entered.ref) is Outcome.DONE


async def test_one_that_cannot_be_looked_at_keeps_no_other_open(house: House) -> None:
    killed = await house.process()
    strange, plain = await killed.begin("bind demo"), await killed.begin("bind other")
    async with killed.database.begin() as tx:
        (intent,) = await audit.of_ref(tx, strange.ref)
        newer = {"phase": Phase.ATTEMPT, "interaction": None, "command": "of a newer ovbot"}
        await audit.append(tx, msgspec.structs.replace(intent, **newer))
    await killed.die()
    again = await house.process()
    assert sum([await again.recovery.step() for _ in range(2)]) == 1
    assert await again.outcome(plain.ref) is Outcome.FAILED
    assert await again.outcome(strange.ref) is None


@pytest.mark.postgres
async def test_what_another_living_process_does_is_left_to_it(shared: House) -> None:
    working, looking = await shared.process(), await shared.process()
    entered = await working.begin("kick --session demo Ben")
    for _ in range(3):
        assert await looking.recovery.step() == 0
        shared.time.advance(AGAIN / 1000)
    await carry_out(entered)
    assert await working.outcome(entered.ref) is Outcome.DONE


@pytest.mark.postgres
async def test_when_another_process_dies_its_intents_are_closed_soon(shared: House) -> None:
    looking, dying = await shared.process(), await shared.process()
    entered = await dying.begin("kick --session demo Ben")
    assert [await looking.recovery.step() for _ in range(2)] == [0, 0]
    await dying.die()
    assert await looking.recovery.step() == 0, "its connection may only be lost for a moment"
    assert await looking.recovery.step() == 1, "and no time had to pass"
    assert await looking.outcome(entered.ref) is Outcome.FAILED


@pytest.mark.postgres
async def test_a_process_taken_for_dead_does_not_act_any_more(shared: House) -> None:
    frozen, looking = await shared.process(), await shared.process()
    entered = await frozen.begin("kick --session demo Ben")
    await recover(looking.door, TEAM, alive={looking.peers.process})
    await carry_out(entered)
    assert await frozen.phases(entered.ref) == [Phase.INTENT, Phase.OUTCOME]
    assert len((await shared.desk.openvidu.session("demo")).connections) == 1


@pytest.mark.postgres
async def test_an_intent_without_a_process_is_closed_when_it_is_old(shared: House) -> None:
    older, looking = await shared.process(), await shared.process()
    older.door = dataclasses.replace(older.door, process="")
    entered = await older.begin("bind demo")
    assert [await looking.recovery.step() for _ in range(3)] == [0, 0, 0]
    shared.time.advance(NAMELESS / 1000 + 1)
    assert await looking.recovery.step() == 1
    assert await looking.outcome(entered.ref) is Outcome.FAILED


async def test_it_goes_on_while_the_database_is_away(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    only, looks = await house.process(), 0

    async def away() -> frozenset[str]:
        nonlocal looks
        looks += 1
        raise StoreError("away")

    monkeypatch.setattr(only.peers, "alive", away)
    running = asyncio.create_task(only.recovery.run())
    for _ in range(3):
        for _ in range(5):
            await asyncio.sleep(0)
        house.time.advance(LOOK)
    assert looks == 3
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
