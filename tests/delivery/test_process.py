"""Stored events are dealt with once, in order, and none holds up the others for ever."""

import asyncio

import pytest
from sqlalchemy import text

from ovbot.delivery.arrivals.process import TRIES
from ovbot.delivery.arrivals.reactions import Result
from ovbot.openvidu.events import WebhookEvent
from ovbot.store import bindings, events
from ovbot.store.events import Arrival
from ovbot.store.failures import StoreError
from tests.delivery.fake import WatchedDatabase
from tests.delivery.stage import SERVER, Stage


async def count(stage: Stage, result: Result) -> int:
    async with stage.database.read() as tx:
        return await events.count(tx, SERVER, result=result)


async def test_unknown_kinds_are_kept_and_counted(stage: Stage) -> None:
    await stage.tell("somethingNew", sessionId="demo")
    await stage.tell("webrtcConnectionCreated", sessionId="demo", streamId="s")
    await stage.tell("sessionCreated", sessionId="demo")
    await stage.process()
    assert await count(stage, Result.UNKNOWN) == 1
    assert await count(stage, Result.QUIET) == 1
    assert await count(stage, Result.DONE) == 1


async def test_what_cannot_be_read_is_put_aside(stage: Stage) -> None:
    await stage.bind("C1")
    async with stage.database.begin() as tx:
        await events.record(tx, SERVER, 1, [Arrival("k", "sessionCreated", '{"kind": 7}')])
    await stage.tell("sessionCreated", sessionId="demo")
    await stage.process()
    assert await count(stage, Result.REFUSED) == 1
    assert await stage.pending() == 1


async def test_arrivals_wake_the_loop(stage: Stage) -> None:
    await stage.bind("C1")
    running = asyncio.create_task(stage.processor.run())
    await stage.time.settled(stage.database)
    await stage.tell("sessionCreated", sessionId="demo")
    await stage.time.settled(stage.database)
    assert await stage.pending() == 1, "dealt with although time stood still"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_two_processors_at_the_same_events_do_everything_once(stage: Stage) -> None:
    await stage.bind("C1")
    for number in range(40):
        await stage.tell("participantJoined", sessionId="demo", connectionId=f"con_{number}")
    await asyncio.gather(stage.process(), stage.process())
    await stage.deliver(each=1)
    names = [text.split()[0] for text in stage.chat.texts("C1")]
    assert names == [f"*con_{number}*" for number in range(40)]


async def test_one_event_that_always_fails_is_put_aside_and_the_others_go_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.bind("C1")

    def fail(event: WebhookEvent, at: int) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ovbot.delivery.arrivals.announcements.participant", fail)
    await stage.tell("participantJoined", sessionId="demo", connectionId="con_A")
    await stage.tell("sessionCreated", sessionId="demo")
    await stage.process()
    assert await stage.pending() == 1
    for _ in range(TRIES):
        assert await count(stage, Result.REFUSED) == 0
        stage.time.advance(31)
        await stage.process()
    assert await count(stage, Result.REFUSED) == 1


async def test_an_openvidu_that_hangs_is_asked_once_for_all_that_wait(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def hang(recording: str) -> None:
        asked.append(recording)
        raise TimeoutError

    monkeypatch.setattr(stage.openvidu, "recording", hang)
    await stage.bind("C1")
    for number in range(10):
        await stage.tell(
            "recordingStatusChanged", sessionId="demo", id=f"demo-{number}", status="ready"
        )
    await stage.tell("sessionCreated", sessionId="demo")
    await stage.process()
    assert asked == ["demo-0"]
    assert await stage.pending() == 1, "the session is told meanwhile"


async def test_a_database_that_fails_is_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.bind("C1")
    await stage.tell("sessionCreated", sessionId="demo")
    every, failures = bindings.every, iter([StoreError("away"), StoreError("away")])

    async def sometimes(tx: object, server: str) -> object:
        error = next(failures, None)
        if error is not None:
            raise error
        return await every(tx, server)  # type: ignore[arg-type]

    monkeypatch.setattr("ovbot.store.bindings.every", sometimes)
    running = asyncio.create_task(stage.processor.run())

    async def told() -> bool:
        return await stage.pending() == 1

    await stage.time.until(stage.database, told)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_fault_of_ours_ends_the_loop_for_all_to_see(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ovbot.store.events.unprocessed", fail)
    with pytest.raises(ZeroDivisionError):
        await stage.processor.run()


async def test_a_slow_database_is_told_before_openvidu_gives_up(
    database: WatchedDatabase, stage: Stage
) -> None:
    from ovbot.delivery.arrivals.ingest import Inbox

    inbox = Inbox(database, SERVER, stage.time, patience=0.05)
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.begin() as tx:
            await tx.execute(
                text(
                    "INSERT INTO events (server, key, kind, body, received_at) "
                    "VALUES ('default', 'same', 'x', '{}', 1)"
                )
            )
            held.set()
            await let_go.wait()

    holder = asyncio.create_task(hold())
    await held.wait()
    with pytest.raises(TimeoutError):
        await inbox.accept([WebhookEvent(kind="x", key="same")])
    let_go.set()
    await holder
    await inbox.close()
    async with database.read() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM events")) == 1


async def test_many_from_which_nothing_follows_are_done_beside_the_others(stage: Stage) -> None:
    await stage.bind("C1")
    for number in range(150):
        await stage.tell("webrtcConnectionCreated", sessionId="demo", streamId=f"s{number}")
    await stage.tell("sessionCreated", sessionId="demo")
    await stage.process()
    assert await count(stage, Result.QUIET) == 150
    assert await count(stage, Result.DONE) == 1
