"""Members, archives, faults and rate limits."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ovbot.sandbox.slack import WorkspaceConfig
from tests.sandbox.slack.conftest import Desk, Hands, described, desk

GENERAL = "C01GENERAL"


def events(at: Desk) -> list[str]:
    """Types of the events the bot got."""
    return [got.payload["event"]["type"] for got in at.bot.received]


async def test_leaving_and_joining(at: Desk) -> None:
    assert await at.act("membership", channel=GENERAL, user="U02BEN", member=False) == {
        "ok": True,
        "changed": True,
    }
    event = at.bot.last.payload["event"]
    assert (event["type"], event["user"]) == ("member_left_channel", "U02BEN")
    assert (event["channel"], event["channel_type"]) == (GENERAL, "C")
    again = await at.act("membership", channel=GENERAL, user="U02BEN", member=False)
    assert again["changed"] is False
    await at.act("membership", channel=GENERAL, user="U02BEN", member=True)
    # Joining is not among the events the app subscribed to.
    assert events(at) == ["member_left_channel"]


async def test_the_bot_hears_that_it_was_removed(clock: Hands, tmp_path: Path) -> None:
    config = described(
        tmp_path, "events: [member_left_channel, member_joined_channel, channel_left]"
    )
    async for at in desk(clock, config):
        await at.act("membership", channel=GENERAL, user="U0OVBOT", member=False)
        assert events(at) == ["member_left_channel", "channel_left"]
        await at.act("membership", channel=GENERAL, user="U02BEN", member=False)
        assert len(events(at)) == 2
        await at.act("membership", channel=GENERAL, user="U0OVBOT", member=True)
        assert events(at)[2:] == ["member_joined_channel"]


async def test_archiving(at: Desk) -> None:
    await at.act("archive", channel=GENERAL, archived=True, user="U02BEN")
    event = at.bot.last.payload["event"]
    assert (event["type"], event["channel"], event["user"]) == (
        "channel_archive",
        GENERAL,
        "U02BEN",
    )
    assert (await at.look("state"))["channels"][0]["is_archived"] is True
    again = await at.act("archive", channel=GENERAL, archived=True)
    assert again["changed"] is False
    await at.act("archive", channel=GENERAL, archived=False)
    assert events(at) == ["channel_archive"]
    await at.ok("chat.postMessage", channel=GENERAL, text="open again")


async def test_nothing_is_told_of_a_channel_the_bot_is_not_in(at: Desk) -> None:
    await at.act("channels", id="C9", name="nine", members=["U01ANA"])
    await at.act("archive", channel="C9", archived=True)
    await at.act("membership", channel="C9", user="U01ANA", member=False)
    assert at.bot.received == []


async def test_a_new_channel_has_everybody_in_it(at: Desk) -> None:
    await at.act("channels", id="C9", name="nine")
    body = await at.ok("conversations.members", channel="C9")
    assert body["members"] == ["U01ANA", "U02BEN", "U03CLEO", "U0OVBOT"]


async def test_a_method_fails_as_often_as_asked(at: Desk) -> None:
    await at.act("faults", method="auth.test", error="fatal_error", times=2)
    await at.ok("users.list")
    assert [(await at.call("auth.test")).get("error") for _ in range(3)] == [
        "fatal_error",
        "fatal_error",
        None,
    ]


async def test_any_method_fails(at: Desk) -> None:
    await at.act("faults", method="*", error="team_added_to_org")
    assert (await at.call("users.list"))["error"] == "team_added_to_org"


@pytest.mark.parametrize(
    ("fault", "status", "error", "retry_after"),
    [
        ({"status": 503}, 503, "service_unavailable", None),
        ({"status": 500}, 500, "internal_error", None),
        ({"error": "ratelimited"}, 429, "ratelimited", "1"),
        ({"status": 429, "retry_after": 7}, 429, "ratelimited", "7"),
        ({"error": "fatal_error", "status": 502}, 502, "fatal_error", None),
    ],
)
async def test_faults_have_a_status(
    at: Desk, fault: dict[str, Any], status: int, error: str, retry_after: str | None
) -> None:
    await at.act("faults", method="auth.test", **fault)
    response = await at.call_raw("auth.test")
    assert (response.status_code, response.json()["error"]) == (status, error)
    assert response.headers.get("retry-after") == retry_after


async def test_a_dropped_call_is_not_done_and_a_lost_answer_is(at: Desk) -> None:
    for fault, done in (("drop", 0), ("lose_answer", 1)):
        await at.act("faults", method="chat.postMessage", **{fault: True})
        with pytest.raises(ConnectionAbortedError):
            await at.call("chat.postMessage", channel=GENERAL, text="x")
        assert len(await at.texts(GENERAL, "U01ANA")) == done


async def test_a_delayed_call_is_done_in_the_end(at: Desk) -> None:
    await at.act("faults", method="auth.test", delay=0.001)
    await at.ok("auth.test")


async def test_what_is_delivered_can_get_lost_or_be_late(at: Desk) -> None:
    await at.act("faults", method="slash_commands", lose_answer=True)
    answer = await at.command("one")
    assert (answer["acknowledged"], answer["reason"]) == (False, "http_timeout")
    assert at.bot.last.payload["text"] == "one"
    await at.act("faults", method="slash_commands", delay=0.001)
    assert (await at.command("two"))["acknowledged"] is True


async def test_one_message_a_second_with_a_short_burst(at: Desk) -> None:
    for _ in range(5):
        await at.ok("chat.postMessage", channel=GENERAL, text="x")
    response = await at.call_raw("chat.postMessage", channel=GENERAL, text="x")
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert response.json() == {"ok": False, "error": "ratelimited"}
    await at.ok("chat.postMessage", channel="C02MODERATION", text="x")
    at.clock.move(1)
    await at.ok("chat.postMessage", channel=GENERAL, text="x")
    assert (await at.call("chat.postMessage", channel=GENERAL, text="x"))["error"] == "ratelimited"
    at.clock.move(60)
    for _ in range(5):
        await at.ok("chat.postMessage", channel=GENERAL, text="x")


async def test_methods_have_tiers(at: Desk) -> None:
    for _ in range(20):
        await at.ok("users.list")
    response = await at.call_raw("users.list")
    assert (response.status_code, response.headers["retry-after"]) == (429, "3")
    await at.ok("auth.test")
    at.clock.move(3)
    await at.ok("users.list")


async def test_refused_calls_do_not_use_up_a_channel(at: Desk) -> None:
    for _ in range(10):
        await at.call("chat.postMessage", channel=GENERAL)
    await at.ok("chat.postMessage", channel=GENERAL, text="x")


async def test_rate_limits_can_be_switched_off(clock: Hands, tmp_path: Path) -> None:
    for config in (
        WorkspaceConfig(rate_limits=False),
        described(tmp_path, "rate_limits: false"),
    ):
        async for at in desk(clock, replace(config)):
            for _ in range(30):
                await at.ok("chat.postMessage", channel=GENERAL, text="x")


async def test_people_act_side_by_side(at: Desk) -> None:
    users = ["U01ANA", "U02BEN", "U03CLEO"]
    at.bot.replies("for you")
    answers = await asyncio.gather(*(at.command("list", user) for user in users * 10))
    assert all(answer["acknowledged"] for answer in answers)
    for user in users:
        assert await at.texts(GENERAL, user) == ["for you"] * 10
