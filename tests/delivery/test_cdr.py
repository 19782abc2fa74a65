"""What happened while ovbot was away is told from the CDR: once, in order, with its own time."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from ovbot.domain.binding import Topic
from ovbot.domain.reply import from_json
from ovbot.sandbox.openvidu.faults import Fault
from ovbot.store import events, outbox
from ovbot.store.cdr import places
from ovbot.store.deliveries import Status
from tests.delivery.stage import SERVER, Stage

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def kept(stage: Stage) -> None:
    """The server keeps a CDR."""
    stage.simulator.world.settings.cdr = True


async def sweep(stage: Stage) -> None:
    stage.time.advance(60)
    await stage.sweeper.sweep()


async def told(stage: Stage) -> list[str]:
    """All that the channel is told, each by itself; delivery may put several into one message."""
    await stage.process()
    async with stage.database.read() as tx:
        waiting = await outbox.listed(tx, "T1", Status.PENDING, limit=1000)
    return [str(from_json(one.delivery.reply).text) for one in waiting]


async def meet(stage: Stage, session: str = "demo") -> None:
    """Ana and Ben meet, are recorded, and go; nobody hears of it."""
    ana = stage.simulator.join(session, client_data="Ana", publish="camera")
    stage.time.advance(10)
    ben = stage.simulator.join(session, client_data="Zoe")
    recording = await stage.simulator.start_recording(session)
    stage.time.advance(65)
    await stage.simulator.stop_recording(recording)
    stage.simulator.leave(session, ana.connection_id)
    stage.time.advance(5)
    stage.simulator.leave(session, ben.connection_id, reason="networkDisconnect")


STORY = [
    "Session `{}` was created.",
    "*Ana* joined session `{}`.",
    "*Zoe* joined session `{}`.",
    "*Ana* left session `{}`",
    "*Zoe* left session `{}`",
    "Session `{}` ended",
]


def lines(texts: list[str], session: str = "demo") -> list[str]:
    """Which parts of the story were told, in order; anything else stays as it is."""
    parts = {part.format(session) for part in STORY}
    return [next((part for part in parts if text.startswith(part)), text) for text in texts]


def story(session: str = "demo") -> list[str]:
    return [part.format(session) for part in STORY]


async def test_all_that_was_missed_is_told_once_in_order(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION, Topic.PARTICIPANTS))
    await sweep(stage)
    await meet(stage)
    await sweep(stage)
    found = await told(stage)
    assert lines(found) == story()
    assert "after 1 min" in found[-1]
    assert found[-1].endswith(": the last participant left.")
    sent = stage.sent()
    await stage.arrive(*sent, times=2)
    await sweep(stage)
    assert await told(stage) == found, "a webhook that comes after its line says nothing"


async def test_each_is_told_with_its_own_time(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    await sweep(stage)
    stage.simulator.join("demo", client_data="Ana")
    joined_at = stage.time.now_ms()
    stage.time.advance(3600)
    await sweep(stage)
    await told(stage)
    await stage.deliver()
    (message,) = [m for m in stage.chat.messages if m.channel == "C1"]
    assert str(joined_at // 1000) in "".join(message.notes)


async def test_what_webhooks_brought_already_is_not_told_again(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION, Topic.PARTICIPANTS))
    await sweep(stage)
    await meet(stage)
    sent = stage.sent()
    await stage.arrive(*sent[: len(sent) // 2])
    first = await told(stage)
    assert 0 < len(first) < len(STORY)
    await sweep(stage)
    assert lines(await told(stage)) == story()


async def test_webhooks_that_are_faster_than_what_was_missed_wait_for_it(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION, Topic.PARTICIPANTS))
    await sweep(stage)
    await meet(stage)
    await stage.arrive(*stage.sent()[-2:])
    await sweep(stage)
    assert lines(await told(stage)) == story()


async def test_what_is_before_the_first_look_is_history(stage: Stage) -> None:
    await stage.bind("C1")
    await meet(stage, "old")
    stage.sent()
    async with stage.database.begin() as tx:
        assert await events.unprocessed(tx, SERVER, 1, now=stage.time.now_ms()) == ()
    await stage.sweeper.sweep()
    async with stage.database.read() as tx:
        assert await events.unprocessed(tx, SERVER, 1, now=stage.time.now_ms()) == ()


async def test_days_and_restarts_are_read_in_order(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION, Topic.PARTICIPANTS))
    await sweep(stage)
    sessions = [f"day-{number}" for number in range(4)]
    for number, session in enumerate(sessions):
        if number % 2:
            stage.simulator.world.cdr.begin(stage.time.now_ms() / 1000)
        await meet(stage, session)
        stage.time.advance(17 * 3600)
    stage.sent()
    assert len(stage.simulator.world.cdr.files) > 3
    await sweep(stage)
    found = await told(stage)
    assert [line for line in found if "was created" in line] == [
        f"Session `{session}` was created." for session in sessions
    ]
    assert len(found) == len(STORY) * len(sessions)


async def test_files_that_get_no_more_are_not_asked_for(stage: Stage) -> None:
    await sweep(stage)
    for _ in range(3):
        stage.time.advance(30 * 3600)
        stage.simulator.join("demo", client_data="Ana")
        await sweep(stage)
    stage.simulator.app.requests.clear()
    await sweep(stage)
    asked = [r for r in stage.simulator.app.asked() if r["operation"] == "getCdr"]
    assert 1 <= len(asked) <= 2


async def test_a_file_that_is_gone_is_forgotten(stage: Stage) -> None:
    await sweep(stage)
    await meet(stage)
    await sweep(stage)
    stage.simulator.world.cdr.files.clear()
    await sweep(stage)
    async with stage.database.read() as tx:
        assert await places(tx, SERVER) == {}
    stage.simulator.join("demo", client_data="Ana")
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    await sweep(stage)
    assert (await told(stage))[-1] == "*Ana* joined session `demo`."


async def test_lines_that_cannot_be_read_cost_no_other(
    stage: Stage, logs: list[MutableMapping[str, Any]]
) -> None:
    await stage.bind("C1", topics=(Topic.SESSION, Topic.PARTICIPANTS))
    await sweep(stage)
    (file,) = stage.simulator.world.cdr.files.values()
    file += b'\xff\xfe\n{}\n{"x":1}\nnull\n\n'
    await meet(stage)
    await sweep(stage)
    assert lines(await told(stage)) == story()
    (logged,) = [entry for entry in logs if entry["event"] == "cdr.unreadable"]
    assert logged["lines"] == 5


async def test_a_cdr_that_cannot_be_read_holds_up_nothing(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION,))
    stage.simulator.faults.add(Fault("listCdr", "status", status=404, times=50))
    stage.simulator.join("demo")
    stage.time.advance(60)
    await stage.sweeper.sweep()
    await asyncio.wait_for(stage.sweeper.caught_up(), 5)
    assert await told(stage) == ["Session `demo` was created."]


async def test_without_a_cdr_none_is_asked_for(stage: Stage) -> None:
    stage.simulator.world.settings.cdr = False
    await sweep(stage)
    await asyncio.wait_for(stage.sweeper.caught_up(), 5)
    assert not [r for r in stage.simulator.app.asked() if "Cdr" in (r["operation"] or "")]


async def test_a_name_has_all_its_letters_though_its_webhook_has_lost_them(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    await sweep(stage)
    ana = stage.simulator.join("demo", client_data="Зоя? Лев")
    stage.simulator.join("demo", client_data="Ben")
    stage.simulator.leave("demo", ana.connection_id)
    await stage.arrive(*stage.sent("latin-1"))
    await sweep(stage)
    joined, _ben, left = await told(stage)
    assert joined == "*Зоя? Лев* joined session `demo`."
    assert left.startswith("*Зоя? Лев* left session `demo`")
