"""Every payload is acknowledged, whatever it is; what concerns ovbot itself is acted on."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from ovbot.engine import menus_asked
from ovbot.slack import unsigned
from ovbot.slack.unsigned import Refused, Why
from tests.slack.signed import ADMIN, CHANNEL, TEAM, Signed, open_signed, sign

COMMAND = b"command=%2Fopenvidu&text=show+demo"


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        signed.by_socket = request.param == "socket"
        yield signed


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        yield signed


EVENTS: list[dict[str, Any]] = [
    {"type": "message", "text": "hi", "channel": CHANNEL, "user": "U7"},
    {"type": "message", "subtype": "channel_join", "channel": CHANNEL, "user": "U7"},
    {"type": "something_new", "what": {"ever": [1, None]}},
    {"type": "app_mention", "text": "<@UBOT> hi"},
    {"type": "channel_rename", "channel": {"id": CHANNEL, "name": "new", "created": 1}},
    {"type": "app_home_opened", "user": ADMIN, "tab": "messages"},
    {"type": "function_executed", "function": {"callback_id": "x"}, "inputs": {}},
]
PAYLOADS: list[dict[str, Any]] = [
    {"type": "shortcut", "callback_id": "x"},
    {"type": "message_action", "callback_id": "x", "message": {}},
    {"type": "view_closed", "view": {"id": "V1", "callback_id": "ov:form"}},
    {"type": "block_actions", "actions": []},
    {"type": "block_actions", "actions": [{"action_id": "link", "type": "button", "url": "x"}]},
    {"type": "block_actions", "actions": [{"action_id": "other:1", "value": "close demo"}]},
    {"type": "block_suggestion", "action_id": "x", "block_id": "x", "value": ""},
    {"type": "interactive_message", "callback_id": "x", "actions": [{"name": "x"}]},
    {"type": "workflow_step_edit", "callback_id": "x"},
    {"type": "something_new"},
]


async def test_every_event_is_acknowledged(bot: Signed) -> None:
    for event in EVENTS:
        assert (await bot.event(**event)).status_code == 200, event
    assert await bot.settled() == []


async def test_every_other_payload_is_acknowledged_and_does_nothing(bot: Signed) -> None:
    for payload in PAYLOADS:
        assert (await bot.interact(**payload)).status_code == 200, payload
    assert await bot.settled() == []


LOST = [
    ({"type": "channel_archive", "channel": CHANNEL, "user": ADMIN}, "is_archived"),
    ({"type": "group_archive", "channel": CHANNEL}, "is_archived"),
    ({"type": "channel_deleted", "channel": CHANNEL}, "channel_not_found"),
    ({"type": "channel_left", "channel": CHANNEL}, "not_in_channel"),
    ({"type": "member_left_channel", "channel": CHANNEL, "user": "UBOT"}, "not_in_channel"),
]


async def test_a_channel_that_is_lost(bot: Signed) -> None:
    for event, reason in LOST:
        assert (await bot.event(**event)).status_code == 200
        await bot.settled()
        assert bot.lost.pop() == (CHANNEL, reason), event


async def test_who_leaves_a_channel_takes_no_channel_with_them(bot: Signed) -> None:
    await bot.event(type="member_left_channel", channel=CHANNEL, user="U7")
    await bot.settled()
    assert bot.lost == []


@pytest.mark.parametrize(
    ("event", "holds_up"),
    [
        ({"type": "app_uninstalled"}, True),
        ({"type": "tokens_revoked", "tokens": {"bot": ["UBOT"], "oauth": []}}, True),
        ({"type": "tokens_revoked", "tokens": {"oauth": [ADMIN]}}, False),
    ],
)
async def test_a_lost_token_holds_delivery_up(
    bot: Signed, event: dict[str, Any], holds_up: bool
) -> None:
    await bot.event(**event)
    assert await bot.slack.tasks.drain(10) == 0
    assert bool(bot.slack._gateway.standing.reason) is holds_up


async def test_a_command_under_another_name_works_and_is_logged(bot: Signed) -> None:
    fields = {
        "command": "/ov",
        "text": "show demo",
        "team_id": TEAM,
        "channel_id": CHANNEL,
        "user_id": ADMIN,
        "trigger_id": "t",
        "response_url": f"{bot.base}/answer",
    }
    with capture_logs() as logs:
        answer = await bot.send(str(httpx.QueryParams(fields)))
        assert answer.status_code == 200
        assert "GET /openvidu/api/sessions/demo" in await bot.settled()
    [told] = [one for one in logs if one["event"] == "command.other_name"]
    assert told["command"] == "/ov"


async def test_checks_of_the_certificate_are_answered(http: Signed) -> None:
    assert (await http.send("ssl_check=1&token=x")).status_code == 200
    transport = httpx.ASGITransport(app=http)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        assert (await client.get("/slack/events?ssl_check=1&token=x")).status_code == 200
        assert (await client.get("/slack/events")).status_code == 405
    assert await http.settled() == []


def head(secret: str = "signing-secret", *, body: bytes = COMMAND, ago: int = 0) -> dict[str, str]:
    at = str(int(time.time()) - ago)
    return {"x-slack-request-timestamp": at, "x-slack-signature": sign(body, at, secret)}


async def reasons(bot: Signed, *heads: dict[str, str]) -> list[dict[str, Any]]:
    with capture_logs() as logs:
        for one in heads:
            assert (await bot.send(COMMAND, one)).status_code == 401
    return [dict(one) for one in logs if one["event"] == "slack.refused"]


async def test_a_wrong_secret_is_named_and_logged_once(http: Signed) -> None:
    [told] = await reasons(http, *[head("not-the-secret")] * 20)
    assert told["why"] == Why.OTHER_APP
    assert "SLACK_SIGNING_SECRET" in told["advice"]
    assert "not-the-secret" not in json.dumps(told)


@pytest.mark.parametrize("ago", [3600, -3600])
async def test_a_wrong_clock_is_told_with_how_much(http: Signed, ago: int) -> None:
    [told] = await reasons(http, head(ago=ago))
    assert told["why"] == Why.CLOCK
    assert f"differ by {ago} s" in told["advice"] or f"differ by {ago + 1} s" in told["advice"]


async def test_an_altered_body_is_not_taken_for_a_wrong_secret(http: Signed) -> None:
    rewritten = head(body=COMMAND.replace(b"+", b"%20"))
    [told] = await reasons(http, rewritten)
    assert told["why"] == Why.ALTERED


async def test_once_a_request_has_fitted_the_secret_is_right(http: Signed) -> None:
    assert (await http.send("ssl_check=1")).status_code == 200
    [told] = await reasons(http, head("another"))
    assert told["why"] == Why.ALTERED


async def test_what_is_not_signed_at_all_is_called_so(http: Signed) -> None:
    bare = {"x-slack-signature": "none", "x-slack-request-timestamp": str(int(time.time()))}
    [told] = await reasons(http, bare, {"x-slack-request-timestamp": "soon"})
    assert told["why"] == Why.UNSIGNED


def test_what_was_held_back_is_counted() -> None:
    now = 0.0
    refused = Refused(lambda: now)
    with capture_logs() as logs:
        for _ in range(5):
            refused.stale("soon", 0)
        now = unsigned.EVERY_SECONDS
        refused.stale("soon", 0)
    assert [one["requests"] for one in logs] == [1, 5]


async def test_that_menus_are_asked_for_is_remembered(http: Signed) -> None:
    async def asked() -> bool:
        async with http.store.read() as tx:
            return await menus_asked.ever(tx, "default")

    assert not await asked()
    metadata = json.dumps({"command": "show", "channel": CHANNEL})
    view = {"id": "V1", "private_metadata": metadata}
    await http.interact(
        type="block_suggestion", action_id="ov:field:word", block_id="x", value="", view=view
    )
    await http.settled()
    assert await asked()
