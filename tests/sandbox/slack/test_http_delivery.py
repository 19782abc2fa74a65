"""Signed HTTP: signatures, the challenge, events and their retries."""

import asyncio

import httpx
import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from ovbot.sandbox.slack.delivery.http import signature
from tests.sandbox.slack.bot import SECRET, Received
from tests.sandbox.slack.conftest import Desk, Hands, desk


def test_the_signature_is_the_sdks() -> None:
    body = "command=%2Fopenvidu&text=é"
    theirs = SignatureVerifier(SECRET).generate_signature(timestamp="1760000000", body=body)
    assert signature(SECRET, "1760000000", body) == theirs


async def test_every_kind_has_its_encoding(at: Desk) -> None:
    await at.command("é & =")
    assert at.bot.last.headers["content-type"] == "application/x-www-form-urlencoded"
    assert at.bot.last.payload["text"] == "é & ="
    await at.act("open-home", user="U01ANA")
    assert at.bot.last.headers["content-type"] == "application/json"
    assert at.bot.last.headers["x-slack-request-timestamp"] == str(int(at.clock.now))


async def test_an_event_has_its_wrapping(at: Desk) -> None:
    await at.act("open-home", user="U01ANA")
    payload = at.bot.last.payload
    assert payload["type"] == "event_callback"
    assert payload["team_id"] == "T01SANDBOX"
    assert payload["api_app_id"] == "A0OVBOT"
    assert payload["event_id"].startswith("Ev")
    assert payload["event_time"] == int(at.clock.now)
    assert payload["authorizations"][0]["user_id"] == "U0OVBOT"
    assert payload["event"]["event_ts"]


async def test_the_address_is_verified_once(at: Desk) -> None:
    assert at.bot.challenges == 1
    await at.act("open-home", user="U01ANA")
    assert at.bot.challenges == 1


async def test_events_wait_for_the_challenge_to_be_met(clock: Hands) -> None:
    async for at in desk(clock, verify=False):
        http = at.state.http
        assert http is not None
        await at.act("faults", method="url_verification", drop=True, times=2)
        assert await http.verify() is False
        answer = await at.act("open-home", user="U01ANA")
        assert answer["acknowledged"] is False
        assert at.bot.received == []
        assert (await at.look("state"))["connected"] in (0, 1)
        assert await http.verify() is True
        await at.bot.got(1)
        assert at.bot.last.payload["event"]["type"] == "app_home_opened"
        assert (await at.look("state"))["connected"] == 1


@pytest.mark.parametrize("as_text", [True, False])
async def test_the_challenge_may_be_met_in_text_or_json(clock: Hands, as_text: bool) -> None:
    async for at in desk(clock, verify=False):
        http = at.state.http
        assert http is not None

        async def bot(scope: Scope, receive: Receive, send: Send) -> None:
            challenge = (await Request(scope, receive).json())["challenge"]
            text = PlainTextResponse(challenge)
            response = text if as_text else JSONResponse({"challenge": challenge})
            await response(scope, receive, send)

        http.transport = httpx.ASGITransport(app=bot)
        await http.stop()
        await http.start()
        assert await http.verify() is True


async def test_the_wrong_challenge_verifies_nothing(clock: Hands) -> None:
    async for at in desk(clock, verify=False):
        http = at.state.http
        assert http is not None
        await http.stop()

        async def bot(scope: Scope, receive: Receive, send: Send) -> None:
            await JSONResponse({"challenge": "mine"})(scope, receive, send)

        http.transport = httpx.ASGITransport(app=bot)
        http.verified = False
        await http.start()
        assert await http.verify() is False


async def test_events_are_retried_three_times(at: Desk) -> None:
    at.bot.replies(status=503)
    answer = await at.act("open-home", user="U01ANA")
    assert (answer["acknowledged"], answer["status"]) == (False, 503)
    await at.bot.got(4)
    headers = [got.headers for got in at.bot.received]
    assert [one.get("x-slack-retry-num") for one in headers] == [None, "1", "2", "3"]
    assert [one.get("x-slack-retry-reason") for one in headers] == [None, *["http_error"] * 3]
    assert len({got.payload["event_id"] for got in at.bot.received}) == 1
    await at.state.events.stop()
    assert len(at.bot.received) == 4


async def test_retries_end_with_success(at: Desk) -> None:
    async def second_time(_: Received) -> Response:
        return Response(status_code=200 if len(at.bot.received) > 1 else 500)

    at.bot.answer = second_time
    await at.act("open-home", user="U01ANA")
    await at.bot.got(2)
    await asyncio.gather(*at.state.events.retrying)
    assert len(at.bot.received) == 2


async def test_retries_can_be_declined(at: Desk) -> None:
    at.bot.replies(None, 500, **{"x-slack-no-retry": "1"})
    await at.act("open-home", user="U01ANA")
    assert not at.state.events.retrying


async def test_a_timeout_is_the_reason_of_the_retry(impatient: Desk) -> None:
    never = asyncio.Event()

    async def hang_once(_: Received) -> Response:
        if len(impatient.bot.received) == 1:
            await never.wait()
        return Response()

    impatient.bot.answer = hang_once
    await impatient.act("open-home", user="U01ANA")
    await impatient.bot.got(2)
    assert impatient.bot.last.headers["x-slack-retry-reason"] == "http_timeout"


async def test_commands_and_actions_are_not_retried(at: Desk) -> None:
    at.bot.replies(status=500)
    await at.command()
    assert not at.state.events.retrying
    assert len(at.bot.received) == 1


async def test_events_without_subscription_are_not_sent(at: Desk) -> None:
    assert await at.state.events.send({"type": "reaction_added"}) is None
    assert at.bot.received == []


async def test_a_body_that_only_claims_to_be_json_is_text(at: Desk) -> None:
    async def liar(_: Received) -> Response:
        return Response("not json", media_type="application/json")

    at.bot.answer = liar
    await at.command()
    assert await at.texts("C01GENERAL", "U01ANA") == ["not json"]
