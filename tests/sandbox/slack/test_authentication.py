"""Tokens, scopes, and how arguments may be sent."""

from pathlib import Path

import pytest

from tests.sandbox.slack.conftest import Desk, Hands, described, desk


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        (None, "auth.test", "not_authed"),
        ("xoxb-other", "auth.test", "invalid_auth"),
        ("xapp-sandbox", "auth.test", "not_allowed_token_type"),
        ("xoxb-sandbox", "apps.connections.open", "not_allowed_token_type"),
        ("xapp-sandbox", "apps.connections.open", "socket_mode_not_enabled"),
        ("xoxb-sandbox", "chat.shout", "unknown_method"),
    ],
)
async def test_refused(at: Desk, token: str | None, method: str, error: str) -> None:
    at.token = token
    response = await at.call_raw(method)
    assert response.status_code == 200
    assert response.json()["ok"] is False
    assert response.json()["error"] == error


async def test_the_token_says_whose_it_is(at: Desk) -> None:
    body = await at.ok("auth.test")
    assert body["user_id"] == "U0OVBOT"
    assert body["bot_id"] == "B0OVBOT"
    assert body["team_id"] == "T01SANDBOX"


async def test_an_unknown_method_is_named(at: Desk) -> None:
    assert (await at.call("chat.shout"))["req_method"] == "chat.shout"


async def test_scopes_are_told_in_headers(at: Desk) -> None:
    response = await at.call_raw("users.list")
    assert response.headers["x-accepted-oauth-scopes"] == "users:read"
    assert "chat:write" in response.headers["x-oauth-scopes"].split(",")


async def test_a_missing_scope_is_named(clock: Hands, tmp_path: Path) -> None:
    config = described(tmp_path, "scopes: [commands, chat:write]")
    async for at in desk(clock, config):
        body = await at.call("users.info", user="U01ANA")
        assert body == {
            "ok": False,
            "error": "missing_scope",
            "needed": "users:read",
            "provided": "commands,chat:write",
        }
        await at.ok("chat.postMessage", channel="C01GENERAL", text="hi")


@pytest.mark.parametrize(
    ("state", "error"), [("revoked", "token_revoked"), ("uninstalled", "account_inactive")]
)
async def test_tokens_can_be_taken_away_and_given_back(at: Desk, state: str, error: str) -> None:
    await at.act("tokens", state=state)
    assert (await at.call("auth.test"))["error"] == error
    types = [got.payload["event"]["type"] for got in at.bot.received]
    assert types == ["tokens_revoked", "app_uninstalled"][: 1 if state == "revoked" else 2]
    await at.act("tokens", state="active")
    await at.ok("auth.test")


async def test_arguments_come_as_form_json_or_query(at: Desk) -> None:
    form = {"token": "xoxb-sandbox", "channel": "C01GENERAL", "text": "form"}
    assert (await at.http.post("/api/chat.postMessage", data=form)).json()["ok"]
    blocks = '[{"type":"divider"}]'
    assert (await at.http.post("/api/chat.postMessage", data=form | {"blocks": blocks})).json()[
        "message"
    ]["blocks"]
    query = {"token": "xoxb-sandbox", "user": "U02BEN"}
    assert (await at.http.get("/api/users.info", params=query)).json()["user"]["name"] == "ben"
    header = {"Authorization": "Bearer xoxb-sandbox"}
    answer = await at.http.post("/api/users.info", params={"user": "U02BEN"}, headers=header)
    assert answer.json()["ok"]


async def test_a_token_inside_json_does_not_count(at: Desk) -> None:
    answer = await at.http.post("/api/auth.test", json={"token": "xoxb-sandbox"})
    assert answer.json()["error"] == "not_authed"


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[]", "json_not_object"),
        ("text/xml", b"<a/>", "invalid_post_type"),
        ("multipart/form-data; boundary=x", b"--x--", "invalid_form_data"),
        ("application/x-www-form-urlencoded", b"channel", "invalid_form_data"),
        ("application/x-www-form-urlencoded", b"channel=\xff", "invalid_form_data"),
    ],
)
async def test_bodies_that_cannot_be_read(at: Desk, kind: str, body: bytes, error: str) -> None:
    headers = {"content-type": kind, "authorization": "Bearer xoxb-sandbox"}
    answer = await at.http.post("/api/auth.test", content=body, headers=headers)
    assert answer.json()["error"] == error


async def test_api_test_says_back_what_it_was_told(at: Desk) -> None:
    at.token = None
    assert (await at.ok("api.test", foo="bar"))["args"] == {"foo": "bar"}
    assert (await at.call("api.test", error="my_error"))["error"] == "my_error"


async def test_a_missing_argument_is_named(at: Desk) -> None:
    body = await at.call("chat.postMessage", text="hi")
    assert body["error"] == "invalid_arguments"
    assert body["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]


async def test_an_argument_of_the_wrong_type_is_named(at: Desk) -> None:
    body = await at.call("chat.postMessage", channel=5, text="hi")
    assert body["response_metadata"]["messages"] == ["[ERROR] `channel` must be a string"]
    body = await at.call("conversations.list", limit="many")
    assert body["response_metadata"]["messages"] == ["[ERROR] `limit` must be an integer"]
