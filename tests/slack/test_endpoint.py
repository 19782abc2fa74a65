"""What the endpoint lets in: only what Slack has signed just now, whatever else it looks like."""

import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest

from ovbot.slack.events import LARGEST, SlackEndpoint
from tests.slack.signed import Signed, open_signed, sign

COMMAND = b"command=%2Fopenvidu&text=list"


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        yield signed


def old(seconds: float) -> str:
    return str(int(time.time() - seconds))


REFUSED: dict[str, Mapping[str, str | bytes]] = {
    "not signed": {"x-slack-signature": ""},
    "signed with another secret": {"x-slack-signature": sign(COMMAND, old(0), "other")},
    "a signature that is no text": {"x-slack-signature": b"v0=\xff"},
    "another body": {"x-slack-signature": sign(b"text=close", old(0))},
    "no time": {"x-slack-request-timestamp": ""},
    "a time that is no number": {"x-slack-request-timestamp": "soon"},
    "a number that int would take": {"x-slack-request-timestamp": "1_760_000_000"},
    "too old": {
        "x-slack-request-timestamp": old(900),
        "x-slack-signature": sign(COMMAND, old(900)),
    },
    "too new": {
        "x-slack-request-timestamp": old(-900),
        "x-slack-signature": sign(COMMAND, old(-900)),
    },
}


@pytest.mark.parametrize("why", REFUSED)
async def test_what_slack_did_not_sign_is_refused(bot: Signed, why: str) -> None:
    answer = await bot.send(COMMAND, REFUSED[why])
    assert answer.status_code == 401
    assert await bot.settled() == []


UNSIGNED = {
    "a challenge": b'{"type":"url_verification","challenge":"x"}',
    "a check of the certificate": b"ssl_check=1&token=x",
    "a broken payload": b"payload=%7Bbroken",
    "no text at all": b"text=\xff\xfe",
}


@pytest.mark.parametrize("what", UNSIGNED)
@pytest.mark.parametrize("json_body", [False, True])
async def test_nothing_unsigned_is_looked_at(bot: Signed, what: str, json_body: bool) -> None:
    answer = await bot.send(UNSIGNED[what], {"x-slack-signature": "v0=00"}, json_body=json_body)
    assert answer.status_code == 401


async def test_too_large_is_refused_however_it_comes(bot: Signed) -> None:
    body = b"text=" + b"x" * LARGEST

    async def pieces() -> AsyncIterator[bytes]:
        for begin in range(0, len(body), 65536):
            yield body[begin : begin + 65536]

    assert (await bot.send(body)).status_code == 413
    now = old(0)
    headers = {"x-slack-request-timestamp": now, "x-slack-signature": sign(body, now)}
    transport = httpx.ASGITransport(app=bot)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as http:
        answer = await http.post("/slack/events", content=pieces(), headers=headers)
    assert answer.status_code == 413


async def test_the_challenge_is_answered(bot: Signed) -> None:
    answer = await bot.send('{"type":"url_verification","challenge":"abc"}', json_body=True)
    assert (answer.status_code, answer.text) == (200, '{"challenge": "abc"}')


async def test_only_posts_and_only_while_it_is_up(bot: Signed) -> None:
    transport = httpx.ASGITransport(app=bot)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as http:
        answer = await http.get("/slack/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    bot.up = False
    assert (await bot.send(COMMAND)).status_code == 503


async def test_without_a_secret_there_is_no_endpoint(bot: Signed) -> None:
    with pytest.raises(ValueError, match="secret"):
        SlackEndpoint(bot.slack, "", is_up=lambda: True)
