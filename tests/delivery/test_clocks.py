"""OpenVidu's clock may be minutes off: what is told, and when, does not depend on it."""

import re
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from ovbot.domain.binding import Topic
from ovbot.openvidu.events import parse_event
from ovbot.sandbox.openvidu.faults import Fault
from ovbot.store import audit, bans, later
from tests.delivery.fake import START, RecordingChat, Time, WatchedDatabase
from tests.delivery.stage import SERVER, Stage
from tests.store.test_bans import BAN

SKEWS = [-600, -45, 0, 45, 600]
CREATED = "Session `demo` was created."


async def told(stage: Stage) -> list[str]:
    await stage.process()
    await stage.deliver(each=1)
    return stage.chat.texts("C1")


def times(stage: Stage) -> Sequence[int]:
    """The moments (seconds) that the notes under what was told name."""
    notes = [note for message in stage.chat.messages for note in message.notes]
    return [int(at) for note in notes for at in re.findall(r"<!date\^(\d+)\^", note)]


@pytest.fixture(params=SKEWS, ids=lambda seconds: f"{seconds:+} s")
async def skewed(
    database: WatchedDatabase, time: Time, chat: RecordingChat, request: pytest.FixtureRequest
) -> AsyncIterator[Stage]:
    async with Stage(database, time, chat, ahead=request.param) as stage:
        yield stage


async def test_the_sweep_leaves_the_webhook_its_time_and_no_more(skewed: Stage) -> None:
    await skewed.bind("C1", topics=(Topic.SESSION,), at=START - 2_000)
    skewed.simulator.join("demo")
    skewed.time.advance(20)
    await skewed.sweeper.sweep()
    assert await told(skewed) == []
    skewed.time.advance(20)
    await skewed.sweeper.sweep()
    assert await told(skewed) == [CREATED]
    assert abs(times(skewed)[0] - START // 1000) <= 2, "when it was, by the clock that people have"


async def test_nobody_is_told_of_history(skewed: Stage) -> None:
    await skewed.record()
    await skewed.bind("C1", at=skewed.time.now_ms() - 30_000)
    skewed.simulator.join("late")
    for _ in range(3):
        skewed.time.advance(60)
        await skewed.sweeper.sweep()
    texts = await told(skewed)
    assert sorted(text.split("`")[1] for text in texts) == ["demo", "late"]
    assert " is ready: 12 min 3 s" in "".join(texts), "it ended after the channel was bound"
    assert "Session `demo`" not in "".join(texts), "it began before"


@pytest.mark.parametrize("ahead", SKEWS)
async def test_what_comes_behind_a_binding_is_no_history_whatever_its_time(
    database: WatchedDatabase, time: Time, chat: RecordingChat, ahead: int
) -> None:
    async with Stage(database, time, chat, ahead=ahead, dated=False) as stage:
        await stage.sweeper.sweep()
        time.advance(1)
        await stage.bind("C1", topics=(Topic.SESSION,), at=time.now_ms())
        time.advance(1)
        stage.simulator.join("demo")
        for _ in range(3):
            time.advance(20)
            await stage.sweeper.sweep()
        assert await told(stage) == [CREATED]


async def test_what_happened_is_told_with_our_time_and_its_own_length(skewed: Stage) -> None:
    await skewed.bind("C1", topics=(Topic.SESSION, Topic.PARTICIPANTS))
    ana = skewed.simulator.join("demo", client_data="Ana")
    skewed.time.advance(65)
    skewed.simulator.leave("demo", ana.connection_id)
    await skewed.arrive(*skewed.sent())
    assert [text.partition(":")[0] for text in await told(skewed)] == [
        CREATED,
        "*Ana* joined session `demo`.",
        "*Ana* left session `demo` after 1 min 5 s",
        "Session `demo` ended after 1 min 5 s",
    ]
    begun = START // 1000
    assert [round((at - begun) / 65) for at in times(skewed)] == [0, 0, 1, 1]


@pytest.mark.parametrize("heard", [True, False])
async def test_whoever_is_banned_goes_when_they_come_and_not_before(
    skewed: Stage, heard: bool
) -> None:
    skewed.simulator.join("demo", client_data="Ana")
    first = skewed.simulator.join("demo", client_data="Bob")
    skewed.time.advance(1)
    there = await skewed.openvidu.session("demo")
    since = max(one.created_at for one in there.connections)
    async with skewed.database.begin() as tx:
        await bans.add(tx, msgspec.structs.replace(BAN, since=since, until=None))
    second = skewed.simulator.join("demo", client_data="Bob")
    if heard:
        await skewed.arrive(*skewed.sent())
        await skewed.process()
    await skewed.sweeper.sweep()
    async with skewed.database.read() as tx:
        plans = await later.waiting(tx, BAN.team, SERVER, "ban")
    assert [plan.about for plan in plans] == [second.connection_id] != [first.connection_id]
    assert plans[0].due_at == skewed.time.now_ms()


async def test_a_recording_is_stuck_no_sooner_and_no_later(skewed: Stage) -> None:
    await skewed.bind("C1", topics=(Topic.RECORDINGS,))
    skewed.simulator.join("demo", client_data="Ana", publish="camera")
    await skewed.simulator.start_recording("demo")
    await skewed.arrive(*skewed.sent())
    await skewed.process()
    begun = (await skewed.openvidu.session("demo")).created_at
    empty = '{"numberOfElements":0,"content":[]}'
    faults = skewed.simulator.faults
    faults.add(Fault("listSessions", "status", times=99, status=200, body=empty))
    await skewed.tell("sessionDestroyed", sessionId="demo", timestamp=begun + 9, startTime=begun)
    await skewed.process()
    for minutes, stuck in ((4, 0), (2, 1)):
        skewed.time.advance(60 * minutes)
        await skewed.sweeper.sweep()
        texts = [text for text in await told(skewed) if "although its session has ended" in text]
        assert len(texts) == stuck


async def test_what_does_not_say_when_it_was_happened_when_it_came(skewed: Stage) -> None:
    await skewed.bind("C1", topics=(Topic.PARTICIPANTS,))
    event = parse_event(b'{"event":"participantJoined","sessionId":"d","connectionId":"con_A"}')
    await skewed.inbox.accept([event])
    assert await told(skewed) == ["*con_A* joined session `d`."]
    assert times(skewed) == [START // 1000]
    async with skewed.database.read() as tx:
        assert await audit.latest(tx, "T1") == ()
