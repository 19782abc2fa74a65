"""What was told and turns out otherwise is taken back; what is true no more is not told late."""

import asyncio
import json
from typing import Any

import pytest

from ovbot.domain.binding import Topic
from ovbot.openvidu.errors import SessionNotFound
from ovbot.sandbox.openvidu.faults import Fault
from ovbot.store import cards
from ovbot.store.cards import Card
from tests.delivery.fake import START
from tests.delivery.stage import SERVER, Stage

EMPTY = '{"numberOfElements":0,"content":[]}'
CREATED = "Session `demo` was created."
VANISHED = "Session `demo` ended; OpenVidu did not tell ovbot when or why."
ALIVE = "Session `demo` has not ended after all: it is live."
READY: dict[str, Any] = {"sessionId": "demo", "id": "demo", "name": "demo", "startTime": START}


async def told(stage: Stage) -> list[str]:
    await stage.process()
    await stage.deliver(each=1)
    return stage.chat.texts("C1")


async def sweep(stage: Stage, times: int = 1) -> None:
    for _ in range(times):
        stage.time.advance(60)
        await stage.sweeper.sweep()


async def lied(stage: Stage) -> None:
    """OpenVidu lists nothing, and knows nothing of the session, until its end was told."""
    for _ in range(2):
        stage.simulator.faults.add(Fault("listSessions", "status", status=200, body=EMPTY))
        stage.simulator.faults.add(Fault("getSession", "status", status=404, body=""))
        await sweep(stage)
    stage.simulator.faults.clear()


async def test_an_end_that_was_none_is_taken_back_and_the_true_one_is_told(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION,))
    ana = stage.simulator.join("demo")
    await sweep(stage)
    await lied(stage)
    assert await told(stage) == [CREATED, VANISHED]
    await sweep(stage, 3)
    assert await told(stage) == [CREATED, VANISHED, ALIVE]
    await lied(stage)
    await sweep(stage, 2)
    assert await told(stage) == [CREATED, *[VANISHED, ALIVE] * 2]
    stage.sent()
    stage.simulator.leave("demo", ana.connection_id)
    await stage.arrive(*stage.sent())
    assert (await told(stage))[5].startswith("Session `demo` ended after 10 min")


async def test_who_was_not_told_of_the_end_is_not_told_that_it_was_none(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION,))
    stage.simulator.join("demo")
    await sweep(stage)
    await lied(stage)
    await stage.bind("C2", topics=(Topic.SESSION,), at=stage.time.now_ms())
    await sweep(stage)
    assert (await told(stage))[-1] == ALIVE
    assert stage.chat.texts("C2") == []


async def test_its_card_comes_back_to_life(stage: Stage) -> None:
    stage.simulator.join("demo")
    await sweep(stage)
    now = stage.time.now_ms()
    card = Card(
        team="T1",
        server=SERVER,
        session="demo",
        channel="C1",
        created_by="U1",
        created_at=now,
        ts="1.0",
    )
    async with stage.database.begin() as tx:
        await cards.open_card(tx, card)
    await lied(stage)
    async with stage.database.read() as tx:
        assert not await cards.is_open(tx, "T1", SERVER, "demo", "C1")
    await sweep(stage)
    async with stage.database.begin() as tx:
        assert await cards.is_open(tx, "T1", SERVER, "demo", "C1")
        (due,) = await cards.claim(tx, SERVER, now=stage.time.now_ms(), until=10**15)
    assert (due.ts, due.ended_at, due.ending) == ("1.0", None, "")


async def test_what_a_listing_leaves_out_is_asked_for_before_its_end_is_told(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION,))
    stage.simulator.join("demo")
    await sweep(stage)
    stage.simulator.faults.add(Fault("listSessions", "status", times=99, status=200, body=EMPTY))
    await sweep(stage, 5)
    stage.simulator.faults.add(Fault("getSession", "status", times=99, status=500))
    await sweep(stage, 3)
    assert await told(stage) == [CREATED]


async def test_a_listing_that_is_older_than_the_end_takes_nothing_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.bind("C1", topics=(Topic.SESSION,))
    ana = stage.simulator.join("demo")
    await stage.arrive(*stage.sent())
    await stage.process()
    real = stage.openvidu.sessions

    async def slow() -> object:
        listed = await real()
        stage.simulator.leave("demo", ana.connection_id)
        await stage.arrive(*stage.sent())
        await stage.process()
        stage.time.advance(20)
        return listed

    monkeypatch.setattr(stage.openvidu, "sessions", slow)
    await stage.sweeper.sweep()
    texts = await told(stage)
    assert [text.split(" ")[2] for text in texts] == ["was", "ended"]


async def test_what_is_over_is_not_told_as_if_it_began(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION, Topic.PARTICIPANTS))
    ana = stage.simulator.join("demo", client_data="Ana")
    stage.time.advance(30)
    stage.simulator.leave("demo", ana.connection_id)
    await stage.arrive(*reversed(stage.sent()))
    assert [text.split(" after")[0] for text in await told(stage)] == [
        "Session `demo` ended",
        "*Ana* left session `demo`",
    ]


async def test_a_creation_that_was_not_told_is_known_from_who_joined_and_told_once(
    stage: Stage,
) -> None:
    await stage.bind("C1", topics=(Topic.SESSION,))
    await stage.bind("C2", topics=(Topic.SESSION,), at=START + 2)
    created = {"sessionId": "demo", "uniqueSessionId": f"demo_{START + 1}"}
    stage.time.advance(1)
    for who in "AB":
        await stage.tell("participantJoined", **created, connectionId=f"con_{who}")
    assert await told(stage) == [CREATED]
    await stage.tell("sessionCreated", **created | {"timestamp": START + 1})
    assert await told(stage) == [CREATED]


async def test_with_the_session_everybody_is_forgotten(stage: Stage) -> None:
    """Some leave without a word (openvidu-server 2.15)."""
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    stage.simulator.join("demo", client_data="Ana")
    bodies = stage.sent()
    stage.time.advance(30)
    stage.simulator.close_session("demo")
    await stage.arrive(*[body for body in stage.sent() if b"sessionDestroyed" in body], *bodies)
    assert await told(stage) == []
    stage.time.advance(30)
    stage.simulator.join("demo", client_data="Ben")
    await stage.arrive(*[body for body in stage.sent() if b"participantJoined" in body])
    assert await told(stage) == ["*Ben* joined session `demo`."], "of the next one of that id"


@pytest.mark.parametrize("reason", [{}, {"reason": None}, {"reason": ""}])
async def test_somebody_may_leave_for_no_reason_and_in_no_time(
    stage: Stage, reason: dict[str, str | None]
) -> None:
    await stage.bind("C1")
    who = {"sessionId": "demo", "connectionId": "con_A", "clientData": "Ana"}
    await stage.tell("participantLeft", **who, startTime=START, duration=-3, **reason)
    await stage.tell("participantLeft", **who, startTime=START, duration=1, **reason)
    assert await told(stage) == ["*Ana* left session `demo`."]


async def ended(stage: Stage, status: str, size: int = 0, **more: Any) -> None:
    """A recording's event arrives, and what is put off is dealt with."""
    length = 8.5 if size else 0.0
    await stage.tell(
        "recordingStatusChanged", **READY, status=status, size=size, duration=length, **more
    )
    for _ in range(5):
        await stage.process()
        stage.time.advance(5)


async def test_ready_with_nothing_in_it_is_a_fault_unless_the_other_account_comes(
    stage: Stage,
) -> None:
    await stage.bind("C1")
    for status in ("started", "stopped", "stopped"):
        await ended(stage, status)
    stage.time.advance(1)
    await stage.tell("recordingStatusChanged", **READY, status="ready", size=0, duration=0.0)
    stage.time.advance(0.01)
    await ended(stage, "ready", 4096, reason="recordingStoppedByServer")
    (text,) = await told(stage)
    assert text.startswith("The recording of session `demo` is ready: 8 s, 4.1")


async def test_what_was_told_of_a_recording_too_early_is_told_anew_once(stage: Stage) -> None:
    await stage.bind("C1")
    await ended(stage, "failed", reason="mediaServerDisconnect")
    await ended(stage, "ready")
    for _ in range(3):
        stage.time.advance(1)
        await ended(stage, "ready", 4096)
    assert [text.partition(" of session `demo` ")[2] for text in await told(stage)] == [
        "failed: the media server was lost. It was recorded automatically or outside Slack.",
        "is ready after all: 8 s, 4.1 kB, recorded automatically or outside Slack.",
    ]


async def test_an_empty_recording_is_told_as_one(stage: Stage) -> None:
    await stage.bind("C1")
    await ended(stage, "ready", reason="automaticStop")
    (text,) = await told(stage)
    assert text.endswith("is empty: OpenVidu calls it ready, with 0 s and 0 bytes.")


async def test_two_thousand_events_in_a_second_make_one_picture(stage: Stage) -> None:
    """A full session closes: everybody's streams end, then everybody leaves."""
    await stage.bind("C1", topics=(Topic.SESSION,))
    bodies = [
        json.dumps(
            {
                "sessionId": "demo",
                "timestamp": START + number % 7,
                "streamId": f"str_CAM_{number}",
                "participantId": f"con_{number % 120}",
                "connection": "INBOUND",
                "reason": "sessionClosedByServer",
                "event": "webrtcConnectionDestroyed",
            }
        ).encode()
        for number in range(2_400)
    ]
    for first in range(0, len(bodies), 100):
        await asyncio.gather(*(stage.arrive(body) for body in bodies[first : first + 100]))
    await stage.tell("sessionDestroyed", sessionId="demo", startTime=START - 60_000, duration=60)
    begun = asyncio.get_running_loop().time()
    assert await told(stage) == ["Session `demo` ended after 1 min."]
    assert asyncio.get_running_loop().time() - begun < 20
    with pytest.raises(SessionNotFound):
        await stage.openvidu.session("demo")
