"""response_url: answering an interaction."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.sandbox.slack.conftest import Desk, actions, button
from tests.sandbox.slack.test_actions import post, press

GENERAL = "C01GENERAL"


async def answer(at: Desk, status: int = 200, **body: Any) -> dict[str, Any]:
    """Use the last interaction's response_url."""
    last = [got for got in at.bot.received if "response_url" in got.payload][-1]
    path = urlsplit(last.payload["response_url"]).path
    response = await at.http.post(path, json=body)
    assert response.status_code == status, response.text
    return response.json()  # type: ignore[no-any-return]


async def test_after_a_command_it_posts_ephemerally(at: Desk) -> None:
    await at.command()
    assert await answer(at, text="you only") == {"ok": True}
    await answer(at, text="everybody", response_type="in_channel")
    assert await at.texts(GENERAL, "U01ANA") == ["you only", "everybody"]
    assert await at.texts(GENERAL, "U02BEN") == ["everybody"]


async def test_after_a_command_there_is_nothing_to_replace(at: Desk) -> None:
    await at.command()
    await answer(at, text="one")
    await answer(at, text="two", replace_original=True)
    assert await at.texts(GENERAL, "U01ANA") == ["one", "two"]
    assert (await answer(at, 404, delete_original=True))["error"] == "message_not_found"


@pytest.mark.parametrize("ephemeral", [True, False])
@pytest.mark.parametrize("yes", [True, "true"])
async def test_after_an_action_it_replaces_or_deletes(
    at: Desk, ephemeral: bool, yes: object
) -> None:
    ts = await post(at, actions(button()), ephemeral=ephemeral)
    await press(at, ts)
    await answer(at, text="replaced", replace_original=yes)
    seen = (await at.look(f"messages/{GENERAL}", user="U01ANA"))["messages"]
    assert [(m["ts"], m["text"], "blocks" in m) for m in seen] == [(ts, "replaced", False)]
    assert seen[0].get("is_ephemeral", False) is ephemeral
    await answer(at, delete_original=yes)
    assert await at.texts(GENERAL, "U01ANA") == []
    for body in ({"text": "x", "replace_original": True}, {"delete_original": True}):
        assert (await answer(at, 404, **body))["error"] == "message_not_found"


async def test_without_replacing_an_action_gets_a_new_ephemeral(at: Desk) -> None:
    await press(at, await post(at, actions(button())))
    await answer(at, text="more")
    assert await at.texts(GENERAL, "U01ANA") == ["x", "more"]
    assert await at.texts(GENERAL, "U02BEN") == ["x"]


async def test_it_answers_in_a_thread_that_there_is(at: Desk) -> None:
    ts = await post(at, actions(button()))
    await press(at, ts)
    await answer(at, text="below", response_type="in_channel", thread_ts=ts)
    seen = (await at.look(f"messages/{GENERAL}", user="U02BEN"))["messages"]
    assert [message.get("thread_ts") for message in seen if message["text"] == "below"] == [ts]
    for nowhere in ("1.2", 1.2, ["x"]):
        refused = await answer(at, 400, text="lost", thread_ts=nowhere)
        assert refused["error"] == "thread_not_found"


async def test_it_works_five_times(at: Desk) -> None:
    await at.command()
    for number in range(5):
        await answer(at, text=str(number))
    assert (await answer(at, 404, text="six"))["error"] == "used_url"


async def test_it_works_for_thirty_minutes(at: Desk) -> None:
    await at.command()
    at.clock.move(1800)
    await answer(at, text="in time")
    at.clock.move(0.001)
    assert (await answer(at, 404, text="late"))["error"] == "expired_url"


async def test_an_invented_one_does_not(at: Desk) -> None:
    response = await at.http.post("/response/T01SANDBOX/1/2", json={"text": "x"})
    assert (response.status_code, response.json()["error"]) == (404, "no_service")


async def test_it_needs_no_membership_and_no_token(at: Desk) -> None:
    await at.command()
    await at.act("membership", channel=GENERAL, user="U0OVBOT", member=False)
    await answer(at, text="still", response_type="in_channel")
    assert await at.texts(GENERAL, "U02BEN") == ["still"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "no_text"),
        ({"text": "x", "blocks": [{"type": "alert"}]}, "invalid_blocks"),
        ({"text": "x", "response_type": "shout"}, "invalid_response_type"),
        ({"text": "x" * 40_001}, "msg_too_long"),
    ],
)
async def test_bad_answers_are_refused(at: Desk, body: dict[str, Any], error: str) -> None:
    await at.command()
    assert (await answer(at, 400, **body))["error"] == error
    assert await at.texts(GENERAL, "U01ANA") == []


async def test_blocks_are_pointed_at(at: Desk) -> None:
    await at.command()
    body = await answer(at, 400, text="x", blocks=[{"type": "section"}])
    assert body["errors"] == ["must define either `text` or `fields` [json-pointer:/blocks/0]"]


async def test_it_takes_more_in_blocks_than_the_web_api(at: Desk) -> None:
    await at.command()
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}
    await answer(at, text="x", blocks=[section] * 5)


async def test_a_form_is_taken_and_rubbish_refused(at: Desk) -> None:
    await at.command()
    path = urlsplit(at.bot.last.payload["response_url"]).path
    await at.http.post(path, data={"payload": '{"text":"form"}'})
    assert await at.texts(GENERAL, "U01ANA") == ["form"]
    for content in (b"{", b"[]"):
        response = await at.http.post(path, content=content)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_payload")


async def test_faults(at: Desk) -> None:
    await at.command()
    await at.act("faults", method="response_url", status=500)
    assert (await answer(at, 500, text="x"))["error"] == "internal_error"
    path = urlsplit(at.bot.last.payload["response_url"]).path
    await at.act("faults", method="response_url", lose_answer=True)
    with pytest.raises(ConnectionAbortedError):
        await at.http.post(path, json={"text": "said but not heard"})
    await at.act("faults", method="response_url", drop=True)
    with pytest.raises((ConnectionAbortedError, httpx.TransportError)):
        await at.http.post(path, json={"text": "never said"})
    assert await at.texts(GENERAL, "U01ANA") == ["said but not heard"]
