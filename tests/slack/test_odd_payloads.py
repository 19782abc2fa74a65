"""Payloads that lack something or hold something else there: each is answered, and ends nothing."""

import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.slack.signed import ADMIN, CHANNEL, SIGNING_SECRET, TEAM, Signed, open_signed


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        signed.by_socket = request.param == "socket"
        yield signed


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        yield signed


ODD: list[Any] = [None, 5, "x", ["x"], [], {}, {"id": {"x": 1}}]


def _with_one_odd(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The payload with one of its values gone or of another kind, at any depth."""
    for key, value in payload.items():
        yield {k: v for k, v in payload.items() if k != key}
        yield from ({**payload, key: odd} for odd in ODD)
        if isinstance(value, dict):
            yield from ({**payload, key: inner} for inner in _with_one_odd(value))
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield from ({**payload, key: [inner]} for inner in _with_one_odd(value[0]))


HOME_OPENED = {
    "type": "event_callback",
    "team_id": TEAM,
    "enterprise_id": "E1",
    "api_app_id": "A1",
    "authorizations": [{"team_id": TEAM, "is_enterprise_install": False}],
    "event": {
        "type": "app_home_opened",
        "user": ADMIN,
        "tab": "home",
        "view": {"team_id": TEAM, "app_installed_team_id": TEAM},
    },
}
CHANNEL_TOLD = {
    "type": "event_callback",
    "team_id": TEAM,
    "event": {
        "type": "member_left_channel",
        "user": "UBOT",
        "channel": CHANNEL,
        "tokens": {"bot": ["UBOT"]},
    },
}


@pytest.mark.parametrize("event", [HOME_OPENED, CHANNEL_TOLD], ids=["Home", "a channel"])
async def test_an_event_is_acknowledged_whatever_is_odd_in_it(
    bot: Signed, event: dict[str, Any]
) -> None:
    for told in _with_one_odd(event):
        answer = await bot.send(json.dumps(told), json_body=True)
        assert answer.status_code == 200, told
    await bot.settled()


BUTTON = {
    "type": "block_actions",
    "team": {"id": TEAM},
    "enterprise": {"id": "E1"},
    "user": {"id": ADMIN, "team_id": TEAM},
    "trigger_id": "1.1.x",
    "channel": {"id": CHANNEL},
    "container": {"type": "message", "channel_id": CHANNEL, "message_ts": "1.1"},
    "message": {"ts": "1.1"},
    "actions": [{"action_id": "ov:x:1", "block_id": "b", "type": "button", "value": "help"}],
}
FORM = {
    "type": "view_submission",
    "team": {"id": TEAM},
    "user": {"id": ADMIN, "team_id": TEAM},
    "view": {
        "id": "V1",
        "type": "modal",
        "callback_id": "ov:form",
        "hash": "1",
        "private_metadata": "{}",
        "state": {"values": {"session": {"x": {"type": "plain_text_input", "value": "demo"}}}},
    },
}
MENU = {
    "type": "block_suggestion",
    "team": {"id": TEAM},
    "user": {"id": ADMIN, "team_id": TEAM},
    "action_id": "ov-field:session",
    "block_id": "session",
    "value": "x",
    "view": FORM["view"],
}


@pytest.mark.parametrize("payload", [BUTTON, FORM, MENU], ids=["button", "form", "menu"])
async def test_what_a_person_does_gets_an_answer_whatever_is_odd_in_it(
    bot: Signed, payload: dict[str, Any]
) -> None:
    for told in _with_one_odd(payload):
        answer = await bot.send(urlencode({"payload": json.dumps(told)}))
        assert answer.status_code in {200, 500}, told
    await bot.settled()


COMMAND: dict[str, Any] = {
    "team_id": TEAM,
    "channel_id": CHANNEL,
    "user_id": ADMIN,
    "command": "/openvidu",
    "text": "close demo",
    "trigger_id": "1.1.x",
    "response_url": "http://127.0.0.1:9/x",
}


@pytest.mark.parametrize("lost", ["channel_id", "user_id", "trigger_id"])
async def test_a_command_that_lacks_something_is_answered_in_words(bot: Signed, lost: str) -> None:
    answer = await bot.send(urlencode({k: v for k, v in COMMAND.items() if k != lost}))
    assert answer.status_code == 200
    assert "Not done" in answer.text


@pytest.mark.parametrize(
    "url", [None, "", "http://[::1", "file:///etc/passwd", "https://evil.example/x"]
)
@pytest.mark.parametrize("text", ["whoami", "nonsense"])
async def test_without_a_usable_address_the_answer_comes_another_way(
    bot: Signed, text: str, url: str | None
) -> None:
    told = {
        k: v for k, v in {**COMMAND, "text": text, "response_url": url}.items() if v is not None
    }
    await bot.send(urlencode(told))
    assert "POST /api/chat.postEphemeral" in await bot.settled()


@pytest.mark.parametrize("kind", [False, True], ids=["form", "json"])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"5",
        b"payload=",
        b"payload=null",
        b"payload=[]",
        b"payload=%7B",
        b"{",
        b"\xff\xfe",
        b"command=",
        b"payload=" + b"[" * 50_000,
    ],
)
async def test_a_body_that_is_none_is_answered(http: Signed, raw: bytes, kind: bool) -> None:
    now = str(int(time.time()))
    # Slack's own library signs no such thing as what is no text.
    signed = hmac.digest(SIGNING_SECRET.encode(), b"v0:%s:%s" % (now.encode(), raw), "sha256")
    head = {"x-slack-request-timestamp": now, "x-slack-signature": f"v0={signed.hex()}"}
    assert (await http.send(raw, head, json_body=kind)).status_code == 200
