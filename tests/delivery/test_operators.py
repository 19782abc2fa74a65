"""What ovbot's operators hear: gaps that the sweep closed, and messages that never arrive."""

from typing import NoReturn

import msgspec
import pytest

from ovbot.delivery.admin_alerts import AdminAlerts
from ovbot.delivery.arrivals import missed_webhooks
from ovbot.delivery.arrivals.sweep import Sweeper
from ovbot.domain.binding import Topic
from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.engine.webhooks import Webhooks
from ovbot.openvidu import OpenViduError
from ovbot.openvidu.secret import Secret
from ovbot.store import outbox
from ovbot.store.deliveries import Status
from tests.delivery.stage import SERVER, Stage

OPERATORS = AdminAlerts("T1", SERVER, ("U1", "U2"))


@pytest.fixture
async def sweeper(stage: Stage) -> Sweeper:
    await stage.bind("C1", topics=(Topic.SESSION, Topic.RECORDINGS))
    return Sweeper(
        stage.database, SERVER, stage.openvidu, stage.time, every=60, operators=OPERATORS
    )


async def sweep(stage: Stage, sweeper: Sweeper, times: int = 1) -> None:
    for _ in range(times):
        stage.time.advance(60)
        await sweeper.sweep()


async def heard(stage: Stage, user: str = "U1") -> list[str]:
    await stage.deliver(operators=OPERATORS)
    return stage.chat.texts(user)


async def test_a_gap_is_told_to_each_operator_once(stage: Stage, sweeper: Sweeper) -> None:
    await stage.record()
    stage.simulator.close_session("demo")
    stage.time.advance(300)
    stage.simulator.join("other")
    await sweep(stage, sweeper, 5)
    (said,) = await heard(stage)
    assert said.startswith(":mag: 2 events were missed between <!date^")
    assert said.endswith("and have been recovered.")
    assert await heard(stage, "U2") == [said]
    stage.simulator.close_session("other")
    await sweep(stage, sweeper, 5)
    assert (await heard(stage))[1].startswith(":mag: 1 event was missed at <!date^")
    assert len(await heard(stage)) == 2


async def test_a_webhook_that_is_only_slow_is_no_gap(stage: Stage, sweeper: Sweeper) -> None:
    await stage.record()
    late = stage.sent()
    await sweep(stage, sweeper)
    await stage.arrive(*late)
    await stage.process()
    await sweep(stage, sweeper, 3)
    assert await heard(stage) == []
    assert any("is ready" in text for text in stage.chat.texts("C1"))


async def test_what_nobody_would_have_heard_of_is_no_gap(stage: Stage) -> None:
    sweeper = Sweeper(
        stage.database, SERVER, stage.openvidu, stage.time, every=60, operators=OPERATORS
    )
    await stage.record()
    await sweep(stage, sweeper, 3)
    assert await heard(stage) == []


async def test_where_no_webhook_is_expected_nothing_is_missed(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record()
    await sweep(stage, stage.sweeper, 3)
    assert await heard(stage) == []


async def test_a_gap_is_told_although_the_process_died_before(
    stage: Stage, sweeper: Sweeper
) -> None:
    await stage.record()
    await sweep(stage, sweeper)
    stage.time.advance(missed_webhooks.GRACE / 1000 + 1)
    config, now = await stage.openvidu.config(), stage.time.now_ms()
    assert await missed_webhooks.report(stage.database, OPERATORS, now, config) == 2
    assert await missed_webhooks.report(stage.database, OPERATORS, now, config) == 0
    assert len(await heard(stage)) == 1


async def test_what_is_not_sent_at_all_is_no_gap(stage: Stage, sweeper: Sweeper) -> None:
    stage.simulator.world.settings.webhook_events = ["recordingStatusChanged"]
    await stage.record()
    await sweep(stage, sweeper, 4)
    (told,) = await heard(stage)
    assert told.startswith(":mag: 1 event was missed"), "the recording's, and no session's"


async def test_what_is_sent_is_asked_before_a_gap_is_told(
    stage: Stage, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused() -> NoReturn:
        raise OpenViduError("OpenVidu does not tell.")

    monkeypatch.setattr(stage.openvidu, "config", refused)
    await stage.record()
    await sweep(stage, sweeper, 5)
    assert await heard(stage) == [], "the configuration may be readable in a moment"
    await sweep(stage, sweeper, 10)
    assert len(await heard(stage)) == 1


async def test_a_gap_tells_what_is_wrong_with_the_webhooks(stage: Stage) -> None:
    sweeper = Sweeper(
        stage.database,
        SERVER,
        stage.openvidu,
        stage.time,
        every=60,
        operators=OPERATORS,
        webhooks=Webhooks(Secret("s3cret")),
    )
    await stage.bind("C1")
    await stage.record()
    await sweep(stage, sweeper, 4)
    await heard(stage)
    (notes,) = [one.notes for one in stage.chat.messages if one.channel == "U1"]
    assert "They carry no Authorization header (OPENVIDU_WEBHOOK_HEADERS)." in notes[0]


def notice(key: str, channel: str = "C7", user: str = "") -> Notice:
    return Notice(channel=channel, key=key, reply=Reply(md("{}", key)), user=user)


async def add(stage: Stage, *notices: Notice) -> None:
    async with stage.database.begin() as tx:
        await outbox.add(tx, "T1", SERVER, stage.time.now_ms(), notices)


async def test_dead_notices_are_told_once_for_each_channel_and_reason(stage: Stage) -> None:
    await add(stage, *(notice(key) for key in "abcd"), notice("a", "C8"))
    dead = [ChatFailure(FailureKind.DEAD, "invalid_blocks") for _ in range(3)]
    stage.chat.fail("C7", *dead, ChatFailure(FailureKind.DEAD, "msg_too_long"))
    stage.chat.fail("C8", ChatFailure(FailureKind.DEAD, "invalid_blocks"))
    told = await heard(stage)
    assert sorted(told) == [
        ":warning: A message to <#C7> was not delivered: `invalid_blocks`.",
        ":warning: A message to <#C7> was not delivered: `msg_too_long`.",
        ":warning: A message to <#C8> was not delivered: `invalid_blocks`.",
    ]
    assert sorted(await heard(stage, "U2")) == sorted(told)


async def test_a_day_later_they_are_told_again(stage: Stage) -> None:
    for key in "ab":
        await add(stage, notice(key))
        stage.chat.fail("C7", ChatFailure(FailureKind.DEAD, "invalid_blocks"))
        await heard(stage)
        stage.time.advance(24 * 3600)
    assert len(stage.chat.texts("U1")) == 2


async def test_what_reaches_its_person_alone_is_told(stage: Stage) -> None:
    await add(stage, notice("a", user="U7"), notice("b", user="U7"))
    refused = [ChatFailure(FailureKind.UNREACHABLE, "restricted_action") for _ in "ab"]
    stage.chat.fail("C7", *refused)
    assert await heard(stage) == [
        ":warning: A message to <#C7> went to <@U7> instead: `restricted_action`."
    ]
    assert stage.chat.texts("U7") == ["a", "b"]


async def test_what_may_have_arrived_is_not_told_to_be_lost(stage: Stage) -> None:
    await add(stage, notice("a"))
    lost = [ChatFailure(FailureKind.AMBIGUOUS, "TimeoutError") for _ in range(2)]
    stage.chat.fail("C7", *lost)
    (told,) = await heard(stage)
    assert told == (
        ":warning: A message to <#C7> may have been posted, or not: "
        "`no answer is known of two tries: TimeoutError`. It is not sent again."
    )


async def test_a_lost_channel_is_told_to_those_who_bound_it_alone(stage: Stage) -> None:
    await stage.bind("C7")
    await add(stage, notice("a"), notice("b"))
    stage.chat.fail("C7", *(ChatFailure(FailureKind.UNREACHABLE, "is_archived") for _ in "ab"))
    assert await heard(stage) == []
    assert len(stage.chat.texts("U01ANA")) == 1


async def test_of_a_lost_channel_a_whole_digest_is_told_no_other_way(stage: Stage) -> None:
    await stage.bind("C7")
    await add(stage, *(msgspec.structs.replace(notice(key), digest=True) for key in "abcdefg"))
    stage.chat.fail("C7", ChatFailure(FailureKind.UNREACHABLE, "channel_not_found"))
    assert await heard(stage) == []
    (said,) = stage.chat.texts("U01ANA")
    assert "ovbot cannot see it any more" in said
    async with stage.database.read() as tx:
        dead = await outbox.listed(tx, "T1", Status.DEAD)
    assert [each.reason for each in dead] == ["channel_not_found"] * 7


async def test_an_operator_who_cannot_be_told_is_not_told_of_it(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.fail("C7", ChatFailure(FailureKind.DEAD, "invalid_blocks"))
    stage.chat.fail("U1", ChatFailure(FailureKind.DEAD, "user_disabled"))
    assert await heard(stage) == []
    assert len(await heard(stage, "U2")) == 1
