"""The control surface: bad requests, looking, waiting, resetting."""

import asyncio
import json
from typing import Any

import pytest

from ovbot.sandbox.slack.control.looking import stream
from tests.sandbox.slack.conftest import Desk, actions, button, plain

GENERAL = "C01GENERAL"

BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("command", {}, 400, "'user' is missing"),
    ("command", {"user": 5}, 400, "'user' must be a text"),
    ("command", {"user": "U99"}, 404, "nobody 'U99'"),
    ("command", {"user": "U0OVBOT"}, 404, "nobody 'U0OVBOT'"),
    ("command", {"user": "U01ANA", "channel": "C99"}, 404, "no channel 'C99'"),
    ("command", {"user": "U01ANA", "chanel": "C01"}, 400, "unknown: chanel"),
    (
        "command",
        {"user": "U01ANA", "channel": GENERAL, "command": "/other"},
        404,
        "/other is not a command here; there are: /openvidu",
    ),
    ("message", {"user": "U01ANA", "channel": GENERAL, "text": " "}, 400, "'text' is empty"),
    (
        "message",
        {"user": "U01ANA", "channel": GENERAL, "text": "x", "thread_ts": "1.1"},
        404,
        "no message '1.1'",
    ),
    ("interact", {"user": "U01ANA", "channel": "D02BEN"}, 403, "U01ANA is not in D02BEN"),
    ("open-home", {"user": "U99"}, 404, "nobody 'U99'"),
    ("wait", {"channel": GENERAL}, 400, "'contains' is missing"),
    ("wait", {"channel": GENERAL, "contains": "x", "timeout": -1}, 400, "'timeout' must be"),
    ("wait", {"channel": GENERAL, "contains": "x", "user": "U99"}, 404, "nobody 'U99'"),
    ("reset", {"now": True}, 400, "unknown: now; this takes nothing"),
    ("faults", {"method": "chat.shout", "drop": True}, 404, "no method 'chat.shout'"),
    ("faults", {"method": "auth.test"}, 400, "say what goes wrong"),
    ("faults", {"method": "auth.test", "drop": "yes"}, 400, "'drop' must be true or false"),
    ("faults", {"method": "auth.test", "drop": True, "times": 0}, 400, "'times' must be"),
    ("faults", {"method": "auth.test", "drop": True, "times": "2"}, 400, "'times' must be"),
    ("faults", {"method": "auth.test", "status": 99}, 400, "'status' must be an HTTP status"),
    ("faults", {"method": "interactive", "error": "x"}, 400, "takes delay, drop"),
    ("membership", {"channel": "D01ANA", "user": "U01ANA", "member": False}, 400, "stays as it"),
    ("membership", {"channel": GENERAL, "user": "U99", "member": True}, 404, "nobody 'U99'"),
    ("membership", {"channel": GENERAL, "user": "U01ANA"}, 400, "'member' is missing"),
    ("archive", {"channel": GENERAL}, 400, "'archived' is missing"),
    ("channels", {"id": "c1", "name": "x"}, 400, "an id is C"),
    ("channels", {"id": "C9", "name": "Not So"}, 400, "a name small letters"),
    ("channels", {"id": "C01GENERAL", "name": "x"}, 409, "exists already"),
    ("channels", {"id": "C9", "name": "general"}, 409, "exists already"),
    ("channels", {"id": "C9", "name": "x", "members": ["U99"]}, 400, "'members' must be"),
    ("tokens", {"state": "lost"}, 400, "must be one of active"),
    ("sockets", {"disconnect": "please"}, 400, "must be one of warning"),
    ("view/submit", {"user": "U01ANA", "values": []}, 400, "'values' must be an object"),
    ("view/action", {"user": "U01ANA", "action": "x"}, 404, "no such view"),
]


@pytest.mark.parametrize(("path", "body", "status", "why"), BAD)
async def test_bad_requests_are_told_what_is_wrong(
    at: Desk, path: str, body: dict[str, Any], status: int, why: str
) -> None:
    answer = await at.act(path, status, **body)
    assert answer["ok"] is False
    assert why in answer["error"]
    assert at.bot.received == []


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"\xff"])
async def test_bodies_must_be_json_objects(at: Desk, content: bytes) -> None:
    headers = {"content-type": "application/json"}
    response = await at.http.post("/_control/command", content=content, headers=headers)
    assert response.status_code == 400
    assert "JSON" in response.json()["error"]


async def test_an_empty_body_is_an_empty_object(at: Desk) -> None:
    headers = {"content-type": "application/json"}
    assert (await at.http.post("/_control/reset", headers=headers)).json() == {"ok": True}


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("messages/C99", {}, 404),
        ("messages/C01GENERAL", {"user": "U99"}, 404),
        ("home/U99", {}, 404),
        ("view/U99", {}, 404),
        ("state", {"user": "U99"}, 404),
        ("log", {"after": "yesterday"}, 400),
    ],
)
async def test_bad_questions(at: Desk, path: str, query: dict[str, str], status: int) -> None:
    assert (await at.look(path, status, **query))["ok"] is False


async def test_the_state(at: Desk) -> None:
    state = await at.look("state")
    assert state["team"] == {"id": "T01SANDBOX", "name": "Sandbox", "domain": "sandbox"}
    assert state["app"]["bot_user"] == "U0OVBOT"
    assert state["users"] == [
        {"id": "U01ANA", "name": "ana", "real_name": "Ana"},
        {"id": "U02BEN", "name": "ben", "real_name": "Ben"},
        {"id": "U03CLEO", "name": "cleo", "real_name": "Cleo"},
    ]
    assert [channel["id"] for channel in state["channels"]] == [GENERAL, "C02MODERATION"]
    assert state["channels"][0]["members"] == ["U01ANA", "U02BEN", "U03CLEO", "U0OVBOT"]
    assert (state["mode"], state["connected"]) == ("http", 1)
    assert state["commands"][0]["command"] == "/openvidu"
    assert {"command", "description", "usage_hint"} == set(state["commands"][0])


async def test_each_person_has_their_own_side_bar(at: Desk) -> None:
    await at.act("channels", id="C9", name="secret", members=["U01ANA"], is_private=True)
    for user, expected in (
        ("U01ANA", [GENERAL, "C02MODERATION", "D01ANA", "C9"]),
        ("U02BEN", [GENERAL, "C02MODERATION", "D02BEN"]),
    ):
        state = await at.look("state", user=user)
        assert [channel["id"] for channel in state["channels"]] == expected
    await at.look("messages/C9", 403, user="U02BEN")


async def test_reading_clears_the_unread_marks(at: Desk) -> None:
    async def unread(user: str) -> int:
        state = await at.look("state", user=user)
        return int(state["channels"][0]["unread"])

    await at.ok("chat.postMessage", channel=GENERAL, text="one")
    await at.act("message", channel=GENERAL, user="U01ANA", text="two")
    await at.ok("chat.postEphemeral", channel=GENERAL, user="U02BEN", text="three")
    assert (await unread("U01ANA"), await unread("U02BEN")) == (1, 3)
    await at.texts(GENERAL, "U02BEN")
    assert (await unread("U01ANA"), await unread("U02BEN")) == (1, 0)
    await at.ok("chat.postMessage", channel=GENERAL, text="four")
    assert await unread("U02BEN") == 1


async def test_messages_without_a_person_are_what_everybody_sees(at: Desk) -> None:
    await at.ok("chat.postEphemeral", channel=GENERAL, user="U01ANA", text="hidden")
    await at.ok("chat.postMessage", channel=GENERAL, text="open")
    seen = (await at.look(f"messages/{GENERAL}"))["messages"]
    assert [message["text"] for message in seen] == ["open"]


async def test_people_talk_too(at: Desk) -> None:
    first = await at.act("message", channel=GENERAL, user="U01ANA", text="hi @ben")
    await at.act("message", channel=GENERAL, user="U02BEN", text="re", thread_ts=first["ts"])
    seen = (await at.look(f"messages/{GENERAL}", user="U03CLEO"))["messages"]
    assert [message["user"] for message in seen] == ["U01ANA", "U02BEN"]
    assert seen[0]["text"] == "hi <@U02BEN|ben>"
    assert "bot_id" not in seen[0]
    assert seen[1]["thread_ts"] == first["ts"]
    mine = await at.ok("chat.postEphemeral", channel=GENERAL, user="U01ANA", text="x")
    await at.act(
        "message", 400, channel=GENERAL, user="U01ANA", text="re", thread_ts=mine["message_ts"]
    )
    await at.act("archive", channel=GENERAL, archived=True)
    await at.act("message", 409, channel=GENERAL, user="U01ANA", text="x")


async def test_opening_home_tells_the_app(at: Desk) -> None:
    answer = await at.act("open-home", user="U01ANA")
    assert answer["acknowledged"] is True
    event = at.bot.last.payload["event"]
    assert (event["type"], event["user"], event["tab"]) == ("app_home_opened", "U01ANA", "home")
    assert event["channel"] == "D01ANA"
    assert "view" not in event
    await at.ok("views.publish", user_id="U01ANA", view={"type": "home", "blocks": []})
    await at.act("open-home", user="U01ANA")
    assert at.bot.last.payload["event"]["view"]["type"] == "home"


async def test_waiting_for_what_is_there_already(at: Desk) -> None:
    await at.ok("chat.postMessage", channel=GENERAL, text="it is ready")
    answer = await at.act("wait", channel=GENERAL, contains="ready", timeout=0)
    assert answer["message"]["text"] == "it is ready"


async def test_waiting_for_what_comes(at: Desk) -> None:
    waiting = asyncio.create_task(
        at.act("wait", channel=GENERAL, user="U01ANA", contains="Kick", timeout=30)
    )
    await asyncio.sleep(0)
    await at.ok("chat.postMessage", channel=GENERAL, text="other")
    await at.ok("chat.postMessage", channel=GENERAL, text="x", blocks=[actions(button("Kick Ana"))])
    assert (await waiting)["message"]["text"] == "x"


async def test_waiting_in_vain(at: Desk) -> None:
    await at.ok("chat.postEphemeral", channel=GENERAL, user="U02BEN", text="ready")
    answer = await at.act("wait", 408, channel=GENERAL, user="U01ANA", contains="ready", timeout=0)
    assert "no message with 'ready'" in answer["error"]


async def test_a_stopped_workspace_keeps_nobody_waiting(at: Desk) -> None:
    waiting = asyncio.create_task(at.act("wait", 408, channel=GENERAL, contains="x", timeout=60))
    await asyncio.sleep(0)
    at.state.changes.close()
    await waiting
    assert [part async for part in stream(at.state)] == [": listening\n\n"]


async def test_the_stream_tells_what_changed(at: Desk) -> None:
    parts = stream(at.state)
    assert await anext(parts) == ": listening\n\n"
    await at.ok("chat.postMessage", channel=GENERAL, text="x")
    await at.ok("views.publish", user_id="U01ANA", view={"type": "home", "blocks": []})
    told = [json.loads((await anext(parts)).removeprefix("data: ")) for _ in range(5)]
    assert told == [
        {"kind": "messages", "channel": GENERAL},
        {"kind": "state"},
        {"kind": "log"},
        {"kind": "home", "user": "U01ANA"},
        {"kind": "log"},
    ]
    await parts.aclose()  # type: ignore[attr-defined]


async def test_the_log_shows_both_ways_and_no_secret(at: Desk) -> None:
    at.bot.replies("the secret is sandbox-signing-secret, the token xoxb-sandbox")
    await at.command("token xoxp-1234-abc and xapp-1-A-b")
    await at.call("auth.test", token="xoxb-sandbox")
    entries = (await at.look("log"))["entries"]
    told = [(entry["direction"], entry["kind"]) for entry in entries]
    assert told[-2:] == [("to_bot", "slash_commands"), ("from_bot", "api")]
    assert {
        "id",
        "at",
        "direction",
        "kind",
        "summary",
        "request",
        "response",
        "status",
        "ms",
    } == set(entries[-1])
    raw = json.dumps(entries)
    for secret in ("xoxb-sandbox", "xoxp-1234", "xapp-1-A", "sandbox-signing-secret"):
        assert secret not in raw
    newer = (await at.look("log", after=entries[-1]["id"]))["entries"]
    assert newer == []


async def test_reset_forgets_everything_but_the_connection(at: Desk) -> None:
    await at.ok("views.publish", user_id="U01ANA", view={"type": "home", "blocks": []})
    await at.ok("chat.postMessage", channel=GENERAL, text="x")
    await at.command()
    await at.ok(
        "views.open",
        trigger_id=at.bot.last.payload["trigger_id"],
        view={"type": "modal", "title": plain("t"), "blocks": [{"type": "divider"}]},
    )
    await at.act("membership", channel=GENERAL, user="U02BEN", member=False)
    await at.act("channels", id="C9", name="nine")
    await at.act("faults", method="*", error="fatal_error", times=9)
    await at.act("tokens", state="revoked")
    last = (await at.look("log"))["entries"][-1]["id"]
    await at.act("reset")
    assert (await at.look("log"))["entries"] == []
    assert await at.texts(GENERAL, "U01ANA") == []
    assert (await at.look("home/U01ANA"))["view"] is None
    assert (await at.look("view/U01ANA"))["views"] == []
    state = await at.look("state")
    assert [channel["id"] for channel in state["channels"]] == [GENERAL, "C02MODERATION"]
    assert "U02BEN" in state["channels"][0]["members"]
    assert state["connected"] == 1
    await at.ok("auth.test")
    assert (await at.look("log"))["entries"][0]["id"] > last
