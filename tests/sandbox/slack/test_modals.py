"""Modals as a person uses them: filling in, submitting, closing, choosing."""

import asyncio
from typing import Any

import pytest

from tests.sandbox.slack.conftest import (
    Desk,
    actions,
    button,
    field_block,
    modal,
    option,
    plain,
)
from tests.sandbox.slack.test_screens import trigger

ANA = "U01ANA"


async def opened(at: Desk, *blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal open before Ana."""
    view: dict[str, Any] = (
        await at.ok("views.open", trigger_id=await trigger(at), view=modal(*blocks, **more))
    )["view"]
    return view


async def views(at: Desk) -> list[str]:
    """Titles of Ana's modals, the top one last."""
    return [view["title"]["text"] for view in (await at.look(f"view/{ANA}"))["views"]]


def element(**more: Any) -> dict[str, Any]:
    """An input block around an element called `it`."""
    return field_block(element={"action_id": "it", **more})


async def test_a_submission_is_the_platforms_object(at: Desk) -> None:
    view = await opened(at, field_block(), callback_id="kick", private_metadata="secret id")
    answer = await at.act("view/submit", user=ANA, values={"reason": "spam"})
    assert answer["acknowledged"] is True
    payload = at.bot.last.payload
    assert payload["type"] == "view_submission"
    assert payload["user"]["id"] == ANA
    assert payload["response_urls"] == []
    shown = payload["view"]
    assert shown["id"] == view["id"]
    assert shown["hash"] == view["hash"]
    assert shown["callback_id"] == "kick"
    assert shown["private_metadata"] == "secret id"
    assert shown["state"]["values"] == {
        "reason": {"text": {"type": "plain_text_input", "value": "spam"}}
    }
    assert await views(at) == []


@pytest.mark.parametrize(
    "values",
    [
        {"reason": "spam"},
        {"text": "spam"},
        {"Reason": "spam"},
        {"reason/text": "spam"},
        {"reason": {"text": "spam"}},
        {"reason": {"text": {"type": "plain_text_input", "value": "spam"}}},
    ],
)
async def test_values_go_by_any_name(at: Desk, values: dict[str, Any]) -> None:
    await opened(at, field_block())
    await at.act("view/submit", user=ANA, values=values)
    state = at.bot.last.payload["view"]["state"]["values"]
    assert state["reason"]["text"]["value"] == "spam"


async def test_required_fields_are_asked_for_before_the_app_is(at: Desk) -> None:
    await opened(at, field_block(), field_block("more", optional=True))
    answer = await at.act("view/submit", user=ANA)
    assert answer["ok"] is False
    assert answer["errors"] == {"reason": "Please fill this in."}
    assert [got.type for got in at.bot.received] == ["slash_commands"]
    assert await views(at) == ["Title"]


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ({"type": "plain_text_input", "min_length": 3}, "ab", "3 to 3000 characters"),
        ({"type": "plain_text_input", "max_length": 2}, "abc", "0 to 2 characters"),
        ({"type": "plain_text_input"}, 5, "takes a text"),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "does not take 1.5"),
        (
            {"type": "number_input", "is_decimal_allowed": True, "max_value": "2"},
            "2.5",
            "does not take 2.5",
        ),
        ({"type": "number_input", "is_decimal_allowed": True}, "many", "takes a number"),
        ({"type": "email_text_input"}, "nobody", "does not take 'nobody'"),
        ({"type": "url_text_input"}, "here", "does not take 'here'"),
    ],
)
async def test_what_a_field_does_not_take(
    at: Desk, field: dict[str, Any], value: Any, why: str
) -> None:
    await opened(at, element(**field))
    answer = await at.act("view/submit", 400, user=ANA, values={"it": value})
    assert why in answer["error"]


@pytest.mark.parametrize(
    ("field", "value", "entry"),
    [
        ({"type": "number_input", "is_decimal_allowed": True}, "2.5", {"value": "2.5"}),
        ({"type": "email_text_input"}, "a@example.org", {"value": "a@example.org"}),
        ({"type": "url_text_input"}, "https://example.org", {"value": "https://example.org"}),
        ({"type": "plain_text_input", "initial_value": "x"}, None, {"value": "x"}),
        (
            {"type": "checkboxes", "options": [option("a")], "initial_options": [option("a")]},
            None,
            {"selected_options": [option("a")]},
        ),
        ({"type": "multi_users_select"}, [ANA], {"selected_users": [ANA]}),
        (
            {"type": "rich_text_input"},
            {"type": "rich_text", "elements": []},
            {"rich_text_value": {"type": "rich_text", "elements": []}},
        ),
    ],
)
async def test_what_a_field_takes(
    at: Desk, field: dict[str, Any], value: Any, entry: dict[str, Any]
) -> None:
    await opened(at, element(**field))
    values = {} if value is None else {"it": value}
    answer = await at.act("view/submit", user=ANA, values=values)
    assert answer["ok"] is True, answer
    state = at.bot.last.payload["view"]["state"]["values"]
    assert state == {"reason": {"it": {"type": field["type"], **entry}}}


async def test_errors_stand_at_their_fields_and_the_view_stays(at: Desk) -> None:
    await opened(at, field_block())
    at.bot.replies({"response_action": "errors", "errors": {"reason": "Too short."}})
    answer = await at.act("view/submit", user=ANA, values={"reason": "x"})
    assert answer["response_action"] == "errors"
    assert answer["errors"] == {"reason": "Too short."}
    assert (await at.look(f"view/{ANA}"))["errors"] == {"reason": "Too short."}
    at.bot.replies()
    await at.act("view/submit", user=ANA)
    assert await views(at) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"response_action": "errors", "errors": {"other": "x"}}, "other is no input block"),
        ({"response_action": "errors", "errors": {"plain": "x"}}, "plain is no input block"),
        ({"response_action": "errors", "errors": {"reason": ""}}, "is no text"),
        ({"response_action": "errors", "errors": {}}, "missing required field: errors"),
        ({"response_action": "explode"}, "unknown response_action 'explode'"),
        ({"response_action": "update"}, "missing required field: view"),
        ({"response_action": "update", "view": {"type": "modal"}}, "missing required field: title"),
        (
            {"response_action": "push", "view": {"type": "home", "blocks": []}},
            "unsupported type: home",
        ),
    ],
)
async def test_an_answer_that_makes_no_sense_leaves_the_view(
    at: Desk, body: dict[str, Any], why: str
) -> None:
    await opened(at, field_block(), {"type": "divider", "block_id": "plain"})
    at.bot.replies(body)
    answer = await at.act("view/submit", user=ANA, values={"reason": "x"})
    assert why in answer["error"]
    assert why in (await at.look(f"view/{ANA}"))["problem"]
    assert await views(at) == ["Title"]


async def test_an_answer_can_update_push_and_clear(at: Desk) -> None:
    await opened(at)
    at.bot.replies({"response_action": "update", "view": modal(title=plain("Two"))})
    await at.act("view/submit", user=ANA)
    assert await views(at) == ["Two"]
    at.bot.replies({"response_action": "push", "view": modal(title=plain("Three"))})
    await at.act("view/submit", user=ANA)
    assert await views(at) == ["Two", "Three"]
    at.bot.replies()
    await at.act("view/submit", user=ANA)
    assert await views(at) == ["Two"]
    at.bot.replies({"response_action": "push", "view": modal(title=plain("Three"))})
    await at.act("view/submit", user=ANA)
    at.bot.replies({"response_action": "clear"})
    await at.act("view/submit", user=ANA)
    assert await views(at) == []


async def test_a_fourth_view_cannot_be_pushed(at: Desk) -> None:
    await opened(at)
    at.bot.replies({"response_action": "push", "view": modal(title=plain("More"))})
    for _ in range(2):
        await at.act("view/submit", user=ANA)
    answer = await at.act("view/submit", user=ANA)
    assert "push_limit_reached" in answer["error"]
    assert await views(at) == ["Title", "More", "More"]


async def test_no_acknowledgement_leaves_the_view(impatient: Desk) -> None:
    await opened(impatient)
    never = asyncio.Event()

    async def hang(_: object) -> None:
        await never.wait()

    impatient.bot.answer = hang  # type: ignore[assignment]
    answer = await impatient.act("view/submit", user=ANA)
    assert answer["acknowledged"] is False
    assert "did not respond" in answer["error"]
    assert await views(impatient) == ["Title"]


async def test_a_view_without_submit_button_cannot_be_submitted(at: Desk) -> None:
    view = {"type": "modal", "title": plain("t"), "blocks": [{"type": "divider"}]}
    await at.ok("views.open", trigger_id=await trigger(at), view=view)
    await at.act("view/submit", 409, user=ANA)
    await at.act("view/close", user=ANA)
    await at.act("view/submit", 404, user=ANA)
    await at.act("view/close", 404, user=ANA)


async def test_closing_is_told_only_on_request(at: Desk) -> None:
    await opened(at)
    answer = await at.act("view/close", user=ANA)
    assert answer["acknowledged"] is None
    assert at.bot.last.type == "slash_commands"
    view = await opened(at, notify_on_close=True)
    answer = await at.act("view/close", user=ANA)
    assert answer["acknowledged"] is True
    payload = at.bot.last.payload
    assert payload["type"] == "view_closed"
    assert payload["is_cleared"] is False
    assert payload["view"]["id"] == view["id"]


@pytest.mark.parametrize("cleared_by", ["person", "view"])
async def test_closing_all(at: Desk, cleared_by: str) -> None:
    await opened(at, notify_on_close=True)
    clear = cleared_by == "view"
    pushed = modal(title=plain("Two"), notify_on_close=True, clear_on_close=clear)
    at.bot.replies({"response_action": "push", "view": pushed})
    await at.act("view/submit", user=ANA)
    at.bot.replies()
    await at.act("view/close", user=ANA, clear=not clear)
    assert await views(at) == []
    closed = [got.payload for got in at.bot.received if got.type == "view_closed"]
    assert [one["view"]["title"]["text"] for one in closed] == ["Two", "Title"]
    assert all(one["is_cleared"] for one in closed)


async def test_an_action_in_a_modal(at: Desk) -> None:
    view = await opened(at, actions(button()), field_block())
    await at.act(
        "view/action",
        user=ANA,
        action="go",
        view_id=view["id"],
        state={"values": {"reason": {"text": {"type": "plain_text_input", "value": "half"}}}},
    )
    payload = at.bot.last.payload
    assert payload["type"] == "block_actions"
    assert payload["container"] == {"type": "view", "view_id": view["id"]}
    assert payload["view"]["state"]["values"]["reason"]["text"]["value"] == "half"
    assert "response_url" not in payload
    assert "channel" not in payload


async def test_typing_is_told_only_if_the_field_dispatches(at: Desk) -> None:
    await opened(at, field_block(), field_block("now", dispatch_action=True))
    answer = await at.act("view/action", user=ANA, action="reason", value="x")
    assert answer["acknowledged"] is None
    await at.act("view/action", user=ANA, action="now", value="y")
    [action] = at.bot.last.payload["actions"]
    assert (action["block_id"], action["value"]) == ("now", "y")


async def test_an_action_on_the_home_tab(at: Desk) -> None:
    home = {"type": "home", "blocks": [actions(button())]}
    view = (await at.ok("views.publish", user_id=ANA, view=home))["view"]
    await at.act("view/action", user=ANA, action="go")
    assert at.bot.last.payload["view"]["id"] == view["id"]
    await at.ok("views.open", trigger_id=at.bot.last.payload["trigger_id"], view=modal())
    await at.act("view/action", user=ANA, action="go", view_id=view["id"])
    assert at.bot.last.payload["view"]["type"] == "home"


async def test_a_failing_action_is_told_on_the_view(at: Desk) -> None:
    await opened(at, actions(button()))
    at.bot.replies(status=500)
    answer = await at.act("view/action", user=ANA, action="go")
    assert answer["status"] == 500
    assert "did not respond" in (await at.look(f"view/{ANA}"))["problem"]


async def test_only_ones_own_top_view_can_be_used(at: Desk) -> None:
    view = await opened(at, actions(button()))
    await at.act("view/action", 404, user="U02BEN", action="go", view_id=view["id"])
    await at.act("view/action", 404, user="U02BEN", action="go")
    at.bot.replies({"response_action": "push", "view": modal()})
    await at.act("view/submit", user=ANA)
    await at.act("view/action", 409, user=ANA, action="go", view_id=view["id"])


def external(**more: Any) -> dict[str, Any]:
    return element(type="external_select", min_query_length=0, **more)


async def test_options_are_asked_of_the_app(at: Desk) -> None:
    view = await opened(at, external())
    at.bot.replies({"options": [option("7", "Ana")]})
    answer = await at.act("options", user=ANA, action="it", query="an")
    assert answer["options"] == [option("7", "Ana")]
    payload = at.bot.last.payload
    assert payload["type"] == "block_suggestion"
    assert (payload["action_id"], payload["block_id"], payload["value"]) == ("it", "reason", "an")
    assert payload["view"]["id"] == view["id"]
    await at.act("view/submit", 400, user=ANA, values={"it": "8"})
    at.bot.replies()
    await at.act("view/submit", user=ANA, values={"it": "7"})
    state = at.bot.last.payload["view"]["state"]["values"]
    assert state["reason"]["it"]["selected_option"] == option("7", "Ana")


async def test_what_was_offered_earlier_can_be_chosen_too(at: Desk) -> None:
    many = element(
        type="multi_external_select", min_query_length=0, initial_options=[option("0", "Zero")]
    )
    await opened(at, many)
    for value in ("1", "2"):
        at.bot.replies({"options": [option(value, f"Number {value}")]})
        await at.act("options", user=ANA, action="it", query=value)
    at.bot.replies()
    await at.act("view/submit", 400, user=ANA, values={"it": ["3"]})
    await at.act("view/submit", user=ANA, values={"it": ["0", "1", "Number 2"]})
    entry = at.bot.last.payload["view"]["state"]["values"]["reason"]["it"]
    assert [chosen["value"] for chosen in entry["selected_options"]] == ["0", "1", "2"]


async def test_options_in_a_message(at: Desk) -> None:
    select = {"type": "external_select", "action_id": "it", "min_query_length": 0}
    ts = (
        await at.ok("chat.postMessage", channel="C01GENERAL", text="x", blocks=[actions(select)])
    )["ts"]
    groups = [{"label": plain("g"), "options": [option("a")]}]
    at.bot.replies({"option_groups": groups})
    where = {"channel": "C01GENERAL", "messageTs": ts, "user": ANA, "action": "it"}
    answer = await at.act("options", query="", **where)
    assert answer["option_groups"] == groups
    assert at.bot.last.payload["container"]["message_ts"] == ts
    await at.act("interact", value="a", **where)
    assert at.bot.last.payload["actions"][0]["selected_option"] == option("a")


@pytest.mark.parametrize(
    "body",
    [
        {},
        None,
        {"options": [], "option_groups": []},
        {"options": [option(str(n)) for n in range(101)]},
        {"options": [{"text": plain("a")}]},
        {"options": "none"},
    ],
)
async def test_bad_options_are_refused(at: Desk, body: Any) -> None:
    await opened(at, external())
    at.bot.replies(body)
    answer = await at.act("options", user=ANA, action="it", query="")
    assert answer["ok"] is False
    assert "options were refused" in answer["error"]


@pytest.mark.parametrize("body", [{"options": []}, {"option_groups": []}])
async def test_no_options_is_an_answer(at: Desk, body: Any) -> None:
    await opened(at, external())
    at.bot.replies(body)
    assert (await at.act("options", user=ANA, action="it", query=""))["ok"] is True


async def test_options_need_a_long_enough_question(at: Desk) -> None:
    await opened(at, element(type="external_select"), field_block("plain"))
    await at.act("options", 400, user=ANA, action="it", query="an")
    await at.act("options", 400, user=ANA, action="plain", query="ana")
    at.bot.replies(status=500)
    answer = await at.act("options", user=ANA, action="it", query="ana")
    assert (answer["acknowledged"], answer["status"]) == (False, 500)


async def test_a_chosen_conversation_can_be_answered_to(at: Desk) -> None:
    select = element(type="conversations_select", response_url_enabled=True)
    await opened(at, select, element(type="channels_select") | {"block_id": "other"})
    values = {"reason": "C02MODERATION", "other": "C01GENERAL"}
    await at.act("view/submit", user=ANA, values=values)
    [url] = at.bot.last.payload["response_urls"]
    assert (url["block_id"], url["channel_id"]) == ("reason", "C02MODERATION")
    path = url["response_url"].removeprefix(at.workspace.base_url)
    await at.http.post(path, json={"text": "there", "response_type": "in_channel"})
    assert await at.texts("C02MODERATION", "U02BEN") == ["there"]
