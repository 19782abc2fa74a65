"""block_actions: what the bot gets when somebody presses or chooses something in a message."""

import asyncio
from typing import Any

import pytest

from tests.sandbox.slack.conftest import Desk, actions, button, option, plain

GENERAL = "C01GENERAL"


async def post(at: Desk, *blocks: dict[str, Any], ephemeral: bool = False) -> str:
    """A message of the bot; its ts."""
    if ephemeral:
        body = await at.ok(
            "chat.postEphemeral", channel=GENERAL, user="U01ANA", text="x", blocks=list(blocks)
        )
        return str(body["message_ts"])
    body = await at.ok("chat.postMessage", channel=GENERAL, text="x", blocks=list(blocks))
    return str(body["ts"])


async def press(
    at: Desk, ts: str, action: str = "go", status: int = 200, user: str = "U01ANA", **more: Any
) -> dict[str, Any]:
    return await at.act(
        "interact", status, channel=GENERAL, messageTs=ts, user=user, action=action, **more
    )


async def test_the_bot_gets_the_platforms_fields(at: Desk) -> None:
    ask = {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")}
    ts = await post(at, actions(button("Kick", value="7", style="danger", confirm=ask)))
    assert (await press(at, ts))["acknowledged"] is True
    payload = at.bot.last.payload
    assert payload["type"] == "block_actions"
    assert payload["user"] == {
        "id": "U01ANA",
        "username": "ana",
        "name": "ana",
        "team_id": "T01SANDBOX",
    }
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": GENERAL,
        "is_ephemeral": False,
    }
    assert payload["channel"] == {"id": GENERAL, "name": "general"}
    assert payload["team"] == {"id": "T01SANDBOX", "domain": "sandbox"}
    assert payload["message"]["ts"] == ts
    assert payload["message"]["blocks"][0]["block_id"] == "b"
    assert payload["state"] == {"values": {}}
    assert payload["api_app_id"] == "A0OVBOT"
    assert payload["is_enterprise_install"] is False
    [action] = payload["actions"]
    assert action.pop("action_ts")
    assert action == {
        "action_id": "go",
        "block_id": "b",
        "type": "button",
        "text": plain("Kick"),
        "value": "7",
        "style": "danger",
        "confirm": ask,
    }


async def test_metadata_is_not_in_the_payload(at: Desk) -> None:
    metadata = {"event_type": "card", "event_payload": {}}
    body = await at.ok(
        "chat.postMessage",
        channel=GENERAL,
        text="x",
        blocks=[actions(button())],
        metadata=metadata,
    )
    await press(at, body["ts"])
    assert "metadata" not in at.bot.last.payload["message"]


async def test_an_ephemeral_message_is_named_but_not_shown(at: Desk) -> None:
    ts = await post(at, actions(button()), ephemeral=True)
    await press(at, ts)
    payload = at.bot.last.payload
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload


async def test_nobody_else_can_press_it(at: Desk) -> None:
    ts = await post(at, actions(button()), ephemeral=True)
    answer = await press(at, ts, status=404, user="U02BEN")
    assert "U02BEN sees no message" in answer["error"]
    assert at.bot.received == []


@pytest.mark.parametrize("action", ["go", "b/go", "Kick"])
async def test_an_element_goes_by_id_path_or_label(at: Desk, action: str) -> None:
    ts = await post(at, actions(button("Kick")))
    await press(at, ts, action)
    assert at.bot.last.payload["actions"][0]["action_id"] == "go"


async def test_ambiguous_names_are_refused(at: Desk) -> None:
    ts = await post(at, actions(button(), block_id="one"), actions(button(), block_id="two"))
    answer = await press(at, ts, "go", 400)
    assert answer["error"] == "'go' is ambiguous; say which: one/go, two/go"
    assert (await press(at, ts, "Go", 400))["ok"] is False
    await press(at, ts, "two/go")
    assert at.bot.last.payload["actions"][0]["block_id"] == "two"
    await press(at, ts, "go", block_id="one")
    assert at.bot.last.payload["actions"][0]["block_id"] == "one"


async def test_what_is_not_there_cannot_be_pressed(at: Desk) -> None:
    ts = await post(at, actions(button("Kick", "kick")))
    answer = await press(at, ts, "ban", 404)
    assert answer["error"] == "there is no element 'ban' here; there are: kick"
    await at.ok("chat.update", channel=GENERAL, ts=ts, text="done")
    assert (await press(at, ts, "kick", 404))["error"].endswith("there are: none")
    await press(at, "1.1", "kick", 404)


async def test_a_buttons_value_is_its_own(at: Desk) -> None:
    ts = await post(at, actions(button(value="7")))
    await press(at, ts, value="7")
    answer = await press(at, ts, status=400, value="8")
    assert answer["error"] == "the value of 'go' is '7', not '8'"


async def test_elements_are_found_wherever_they_stand(at: Desk) -> None:
    card = {"type": "card", "title": plain("t"), "actions": [button("In card", "card")]}
    ts = await post(
        at,
        {"type": "section", "text": plain("x"), "accessory": button("Beside", "beside")},
        {
            "type": "container",
            "title": plain("t"),
            "child_blocks": [actions(button("Inside", "inside"), block_id="c")],
        },
        {"type": "carousel", "elements": [card]},
        {
            "type": "context_actions",
            "elements": [
                {"type": "icon_button", "icon": "trash", "text": plain("x"), "action_id": "icon"}
            ],
        },
    )
    for action in ("beside", "inside", "card", "icon"):
        await press(at, ts, action)
        assert at.bot.last.payload["actions"][0]["action_id"] == action


async def test_feedback(at: Desk) -> None:
    buttons = {
        "type": "feedback_buttons",
        "action_id": "it",
        "positive_button": {"text": plain("+"), "value": "good"},
        "negative_button": {"text": plain("-"), "value": "bad"},
    }
    ts = await post(at, {"type": "context_actions", "elements": [buttons]})
    await press(at, ts, "it", value="bad")
    assert at.bot.last.payload["actions"][0]["value"] == "bad"
    await press(at, ts, "it", 400)


CHOICES: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "overflow": (
        {"type": "overflow", "options": [option("a"), option("b")]},
        "b",
        {"selected_option": option("b")},
    ),
    "by label": (
        {"type": "static_select", "options": [option("a", "First")]},
        "First",
        {"selected_option": option("a", "First")},
    ),
    "group": (
        {
            "type": "static_select",
            "option_groups": [{"label": plain("g"), "options": [option("a")]}],
        },
        "a",
        {"selected_option": option("a")},
    ),
    "cleared": (
        {"type": "static_select", "options": [option("a")]},
        None,
        {"selected_option": None},
    ),
    "radio": (
        {"type": "radio_buttons", "options": [option("a")]},
        "a",
        {"selected_option": option("a")},
    ),
    "checkboxes": (
        {"type": "checkboxes", "options": [option("a"), option("b")]},
        ["a", "b"],
        {"selected_options": [option("a"), option("b")]},
    ),
    "several": (
        {"type": "multi_static_select", "options": [option("a"), option("b")]},
        ["b"],
        {"selected_options": [option("b")]},
    ),
    "user": ({"type": "users_select"}, "U02BEN", {"selected_user": "U02BEN"}),
    "conversation": (
        {"type": "conversations_select"},
        "D01ANA",
        {"selected_conversation": "D01ANA"},
    ),
    "channel": ({"type": "channels_select"}, GENERAL, {"selected_channel": GENERAL}),
    "date": ({"type": "datepicker"}, "2026-11-21", {"selected_date": "2026-11-21"}),
    "time": ({"type": "timepicker"}, "23:59", {"selected_time": "23:59"}),
    "moment": (
        {"type": "datetimepicker"},
        1_760_000_000,
        {"selected_date_time": 1_760_000_000},
    ),
}


async def test_an_option_behind_three_dots_is_chosen_by_what_it_says(at: Desk) -> None:
    options = [option("a", "Kick Ana…"), option("b", "Details of Ana")]
    ts = await post(at, actions({"type": "overflow", "action_id": "go", "options": options}))
    await press(at, ts, "Details of Ana")
    [action] = at.bot.last.payload["actions"]
    assert action["selected_option"] == option("b", "Details of Ana")


async def test_a_button_is_pressed_by_what_is_spoken(at: Desk) -> None:
    spoken = button("Record") | {"accessibility_label": "Record demo"}
    ts = await post(at, actions(spoken))
    await press(at, ts, "Record demo")
    assert at.bot.last.payload["actions"][0]["text"] == plain("Record")


@pytest.mark.parametrize(("element", "value", "parts"), CHOICES.values(), ids=CHOICES)
async def test_choosing(
    at: Desk, element: dict[str, Any], value: Any, parts: dict[str, Any]
) -> None:
    ts = await post(at, actions(element | {"action_id": "go"}))
    await press(at, ts, value=value)
    payload = at.bot.last.payload
    [action] = payload["actions"]
    assert {name: action[name] for name in parts} == parts
    if element["type"] == "overflow":
        assert payload["state"]["values"] == {}
    else:
        entry = {"type": element["type"], **parts}
        assert payload["state"]["values"] == {"b": {"go": entry}}


@pytest.mark.parametrize(
    ("element", "value", "why"),
    [
        ({"type": "overflow", "options": [option("a")]}, "c", "does not offer 'c'"),
        ({"type": "overflow", "options": [option("a")]}, None, "choose one"),
        ({"type": "checkboxes", "options": [option("a")]}, "a", "takes a list"),
        (
            {
                "type": "multi_static_select",
                "options": [option("a"), option("b")],
                "max_selected_items": 1,
            },
            ["a", "b"],
            "no more than 1",
        ),
        ({"type": "users_select"}, "U99", "does not offer 'U99'"),
        ({"type": "channels_select"}, "D01ANA", "does not offer 'D01ANA'"),
        ({"type": "conversations_select"}, "D02BEN", "does not offer 'D02BEN'"),
        ({"type": "external_select"}, "a", "it offers: nothing"),
        ({"type": "datepicker"}, "tomorrow", "takes a date"),
        ({"type": "timepicker"}, "25:00", "takes a time"),
        ({"type": "datetimepicker"}, "now", "takes seconds"),
    ],
)
async def test_what_is_not_offered_cannot_be_chosen(
    at: Desk, element: dict[str, Any], value: Any, why: str
) -> None:
    ts = await post(at, actions(element | {"action_id": "go"}))
    assert why in (await press(at, ts, status=400, value=value))["error"]
    assert at.bot.received == []


async def test_the_state_of_a_message_is_each_persons_own(at: Desk) -> None:
    select = {"type": "static_select", "options": [option("a"), option("b")], "action_id": "pick"}
    ts = await post(at, actions(select, button()))
    await press(at, ts, "pick", value="a")
    await press(at, ts)
    values = at.bot.last.payload["state"]["values"]
    assert values["b"]["pick"]["selected_option"] == option("a")
    await press(at, ts, user="U02BEN")
    assert at.bot.last.payload["state"]["values"]["b"]["pick"]["selected_option"] is None


async def test_a_client_may_bring_the_state_along(at: Desk) -> None:
    select = {"type": "static_select", "options": [option("a"), option("b")], "action_id": "pick"}
    ts = await post(at, actions(select, button()))
    entry = {"type": "static_select", "selected_option": option("b")}
    await press(at, ts, state={"values": {"b": {"pick": entry}}})
    assert at.bot.last.payload["state"]["values"]["b"]["pick"] == entry
    forged = {"type": "static_select", "selected_option": option("c")}
    await press(at, ts, status=400, state={"values": {"b": {"pick": forged}}})
    await press(at, ts, status=400, state={"values": []})
    await press(at, ts, status=400, state={"values": {"b": []}})


async def test_in_a_thread_the_container_says_so(at: Desk) -> None:
    first = await post(at)
    body = await at.ok(
        "chat.postMessage",
        channel=GENERAL,
        text="re",
        thread_ts=first,
        blocks=[actions(button())],
    )
    await press(at, body["ts"])
    assert at.bot.last.payload["container"]["thread_ts"] == first


async def test_no_acknowledgement_is_told_to_the_person(impatient: Desk) -> None:
    never = asyncio.Event()

    async def hang(_: object) -> None:
        await never.wait()

    ts = await post(impatient, actions(button()))
    impatient.bot.answer = hang  # type: ignore[assignment]
    assert (await press(impatient, ts))["acknowledged"] is False
    assert "did not respond" in (await impatient.texts(GENERAL, "U01ANA"))[-1]
    assert len(await impatient.texts(GENERAL, "U02BEN")) == 1


async def test_an_acknowledgement_of_an_action_says_nothing(at: Desk) -> None:
    ts = await post(at, actions(button()))
    at.bot.replies({"text": "ignored", "response_type": "in_channel"})
    await press(at, ts)
    assert await at.texts(GENERAL, "U01ANA") == ["x"]
