"""An answer reaches whoever waits for it by some way, in the thread that they pressed in."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ovbot.sandbox.slack import WorkspaceConfig
from ovbot.slack import payloads
from ovbot.slack.answers import Answers, Place
from tests.sandbox.slack.conftest import running
from tests.slack.test_answers import ANA, MODERATION, TEXT, Slack

DIRECT = "D01ANA"
DEAD: list[dict[str, Any]] = [
    {},  # the address is simply not known any more
    {"status": 429, "body": "", "headers": {"Retry-After": "1"}},
    {"status": 408, "body": ""},
    {"status": 200, "body": '{"ok": false, "error": "invalid_blocks"}'},
    {"status": 200, "body": '{"ok": false}'},
    {"status": 200, "body": "<html>hotel</html>"},
    {"status": 500, "body": ""},
    {"drop": True},
]


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """The workspace on a port, and a gateway to it."""
    async for url in running(WorkspaceConfig(rate_limits=False)):
        opened = Slack(url)
        yield opened
        await opened.close()


@pytest.fixture
def place(slack: Slack) -> Place:
    return Place(ANA, MODERATION, f"{slack.url}/response/T/B/x")


async def read(slack: Slack, channel: str) -> list[dict[str, Any]]:
    answer = await slack.http.get(f"/_control/messages/{channel}", params={"user": ANA})
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found


async def test_whatever_a_response_url_answers_the_person_hears(
    slack: Slack,
    place: Place,
) -> None:
    answers = Answers(slack.gateway)
    for fault in DEAD:
        if fault:
            await slack.act("faults", method="response_url", times=5, **fault)
        await answers.say(place, TEXT)
        [heard] = await read(slack, MODERATION)
        assert heard["is_ephemeral"], fault
        await slack.act("reset")


async def test_where_the_channel_takes_nothing_it_comes_directly(
    slack: Slack,
    place: Place,
) -> None:
    for error in ("user_not_in_channel", "is_archived", "not_in_channel", "restricted_action"):
        await slack.act("faults", method="chat.postEphemeral", error=error, times=3)
        before = len(await read(slack, DIRECT))
        await Answers(slack.gateway).say(place, TEXT)
        assert len(await read(slack, DIRECT)) == before + 1, error
        await slack.act("reset")


async def test_in_app_home_it_comes_directly(slack: Slack) -> None:
    await Answers(slack.gateway).say(Place(ANA, ANA), TEXT)
    assert len(await read(slack, DIRECT)) == 1


async def test_where_nothing_is_taken_it_ends(slack: Slack, place: Place) -> None:
    await slack.act("faults", method="*", error="account_inactive", times=20)
    await Answers(slack.gateway).say(place, TEXT)


async def test_it_comes_into_the_thread(slack: Slack, place: Place) -> None:
    first = await slack.gateway.wire.call("chat.postMessage", {"channel": MODERATION, "text": "1"})
    there = Place(place.user, place.channel, place.url, str(first["ts"]))
    await Answers(slack.gateway).say(there, TEXT)
    assert (await read(slack, MODERATION))[-1]["thread_ts"] == first["ts"]


@pytest.mark.parametrize(
    ("container", "message", "thread"),
    [
        ({"message_ts": "2.0", "thread_ts": "1.0"}, None, "1.0"),
        ({"message_ts": "2.0"}, {"ts": "2.0", "thread_ts": "1.0"}, "1.0"),
        ({"message_ts": "1.0", "thread_ts": "1.0"}, None, ""),
        ({"message_ts": "1.0"}, {"ts": "1.0", "thread_ts": "1.0"}, ""),
        ({"message_ts": "1.0"}, {"ts": "1.0"}, ""),
        ({}, None, ""),
    ],
)
def test_what_counts_as_pressed_in_a_thread(
    container: dict[str, Any], message: dict[str, Any] | None, thread: str
) -> None:
    payload = {
        "user": {"id": ANA},
        "trigger_id": "t",
        "actions": [{"action_id": "ov:show:1", "value": "show demo"}],
        "container": {"type": "message", "channel_id": "C1", **container},
        "message": message,
    }
    click = payloads.button_click(payload)
    assert click.thread == payloads.pressed(click).thread == thread
