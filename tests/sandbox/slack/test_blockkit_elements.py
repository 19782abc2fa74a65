"""Every element in full: taken here, and by the official models too."""

from typing import Any

import pytest
from slack_sdk.models.blocks import Block

from ovbot.sandbox.slack.blockkit import view_problems
from ovbot.sandbox.slack.blockkit.blocks import _ACTIONS, _INPUTS
from ovbot.sandbox.slack.blockkit.elements import CONTEXT_ACTIONS
from ovbot.sandbox.slack.blockkit.surfaces import message_problems
from tests.sandbox.slack.conftest import actions, field_block, modal, option, plain
from tests.sandbox.slack.test_blockkit_limits import IMAGE, confirm
from tests.sandbox.slack.test_blockkit_rules import MINIMAL

ASK = {"confirm": confirm(style="danger")}
MENU = {"placeholder": plain("p"), "focus_on_load": True, **ASK}
TYPED = {
    "placeholder": plain("p"),
    "focus_on_load": True,
    "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
}
RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "x", "style": {"bold": True, "code": False}},
                {"type": "link", "url": "https://example.org", "text": "there"},
                {"type": "user", "user_id": "U1"},
                {"type": "usergroup", "usergroup_id": "S1"},
                {"type": "channel", "channel_id": "C1"},
                {"type": "team", "team_id": "T1"},
                {"type": "emoji", "name": "wave", "unicode": "1f44b"},
                {"type": "broadcast", "range": "here"},
                {"type": "color", "value": "#ff0000"},
                {"type": "date", "timestamp": 1_760_000_000, "format": "{date}", "fallback": "d"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "ordered",
            "indent": 1,
            "offset": 2,
            "border": 1,
            "elements": [{"type": "rich_text_section", "elements": []}],
        },
        {"type": "rich_text_quote", "border": 1, "elements": [{"type": "text", "text": "q"}]},
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "c"}]},
    ],
}

PRESSED: dict[str, dict[str, Any]] = {
    "button": {
        "text": plain("x"),
        "value": "v",
        "url": "https://example.org",
        "style": "primary",
        "accessibility_label": "l",
        "visible_to_user_ids": ["U1"],
        "agent_prompt": "do",
        **ASK,
    },
    "workflow_button": {
        "text": plain("x"),
        "style": "danger",
        "accessibility_label": "l",
        "workflow": {
            "trigger": {
                "url": "https://example.org",
                "customizable_input_parameters": [{"name": "n", "value": "v"}],
            }
        },
    },
    "overflow": {
        "options": [option("a") | {"url": "https://example.org", "description": plain("d")}],
        **ASK,
    },
}

CHOSEN: dict[str, dict[str, Any]] = {
    "checkboxes": {
        "options": [{"text": {"type": "mrkdwn", "text": "*a*"}, "value": "a"}],
        "initial_options": [{"text": {"type": "mrkdwn", "text": "*a*"}, "value": "a"}],
        "focus_on_load": True,
        **ASK,
    },
    "radio_buttons": {"options": [option("a")], "initial_option": option("a"), **ASK},
    "static_select": {
        "option_groups": [{"label": plain("g"), "options": [option("a")]}],
        "initial_option": option("a"),
        **MENU,
    },
    "external_select": {"initial_option": option("a"), "min_query_length": 0, **MENU},
    "users_select": {"initial_user": "U1", **MENU},
    "conversations_select": {
        "initial_conversation": "C1",
        "default_to_current_conversation": True,
        "filter": {
            "include": ["im", "public"],
            "exclude_bot_users": True,
            "exclude_external_shared_channels": True,
        },
        **MENU,
    },
    "channels_select": {"initial_channel": "C1", **MENU},
    "multi_static_select": {
        "options": [option("a")],
        "initial_options": [option("a")],
        "max_selected_items": 1,
        **MENU,
    },
    "multi_external_select": {
        "initial_options": [option("a")],
        "min_query_length": 1,
        "max_selected_items": 1,
        **MENU,
    },
    "multi_users_select": {"initial_users": ["U1"], "max_selected_items": 1, **MENU},
    "multi_conversations_select": {
        "initial_conversations": ["C1"],
        "filter": {"include": ["private"]},
        **MENU,
    },
    "multi_channels_select": {"initial_channels": ["C1"], **MENU},
    "datepicker": {"initial_date": "2026-11-21", **MENU},
    "timepicker": {"initial_time": "09:30", "timezone": "Europe/Madrid", **MENU},
    "datetimepicker": {"initial_date_time": 1_760_000_000, "focus_on_load": True, **ASK},
}

FILLED: dict[str, dict[str, Any]] = {
    "plain_text_input": {
        "initial_value": "x",
        "multiline": True,
        "min_length": 1,
        "max_length": 2,
        **TYPED,
    },
    "email_text_input": {"initial_value": "a@example.org", **TYPED},
    "url_text_input": {"initial_value": "https://example.org", **TYPED},
    "number_input": {
        "is_decimal_allowed": True,
        "initial_value": "1.5",
        "min_value": "-1",
        "max_value": "2",
        **TYPED,
    },
    "rich_text_input": {"initial_value": RICH, "min_lines": 1, "max_lines": 3, **TYPED},
    "file_input": {"filetypes": ["png"], "max_files": 2},
}

ICONS: dict[str, dict[str, Any]] = {
    "icon_button": {
        "icon": "trash",
        "text": plain("x"),
        "value": "v",
        "accessibility_label": "l",
        "visible_to_user_ids": ["U1"],
        **ASK,
    },
    "feedback_buttons": {
        "positive_button": {"text": plain("+"), "value": "1", "accessibility_label": "good"},
        "negative_button": {"text": plain("-"), "value": "0"},
    },
}


def full(kind: str, members: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "action_id": "it", **members}


def accepted_by_the_sdk(block: dict[str, Any]) -> bool:
    parsed = Block.parse(block)
    return parsed is not None and parsed.to_dict()["type"] == block["type"]


def test_no_element_is_left_out() -> None:
    assert set(PRESSED | CHOSEN) == set(_ACTIONS)
    assert set(CHOSEN | FILLED) == set(_INPUTS)
    assert set(ICONS) == set(CONTEXT_ACTIONS)


@pytest.mark.parametrize("kind", [*PRESSED, *CHOSEN])
def test_in_an_actions_block(kind: str) -> None:
    block = actions(full(kind, (PRESSED | CHOSEN)[kind]))
    assert message_problems([block]) == []
    assert accepted_by_the_sdk(block)


@pytest.mark.parametrize("kind", [*CHOSEN, *FILLED])
def test_in_an_input_block(kind: str) -> None:
    block = field_block(element=full(kind, (CHOSEN | FILLED)[kind]), hint=plain("h"))
    assert view_problems(modal(block)) == []
    assert accepted_by_the_sdk(block)


@pytest.mark.parametrize("kind", ICONS)
def test_in_a_context_actions_block(kind: str) -> None:
    block = {"type": "context_actions", "elements": [full(kind, ICONS[kind])]}
    assert message_problems([block]) == []
    assert accepted_by_the_sdk(block)


@pytest.mark.parametrize("kind", [*PRESSED, *CHOSEN, *FILLED])
def test_nothing_else_may_be_added(kind: str) -> None:
    element = full(kind, (PRESSED | CHOSEN | FILLED)[kind]) | {"colour": "red"}
    found = view_problems(modal(field_block(element=element), actions(element)))
    place = "/view/blocks/0/element" if kind in _INPUTS else "/view/blocks/1/elements/0"
    assert (place, "invalid additional property: colour") in [
        (problem.pointer, problem.message) for problem in found
    ]


MORE: dict[str, dict[str, Any]] = {
    "rich_text": RICH,
    "slack_file": {"type": "image", "alt_text": "a", "slack_file": {"id": "F1"}},
    "section": {
        "type": "section",
        "text": plain("x"),
        "fields": [plain("y")],
        "accessory": IMAGE,
        "expand": True,
    },
    "card": {
        "type": "card",
        "hero_image": IMAGE,
        "icon": IMAGE,
        "title": plain("t"),
        "subtitle": plain("s"),
        "body": plain("b"),
    },
    "container": {
        "type": "container",
        "rich_text_title": {"type": "rich_text", "elements": []},
        "subtitle": plain("s"),
        "icon": IMAGE,
        "width": "wide",
        "is_collapsible": True,
        "default_collapsed": True,
        "child_blocks": [MINIMAL["input"], MINIMAL["table"]],
    },
    "table": {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": ""}, RICH]],
        "column_settings": [None, {"align": "right", "is_wrapped": True}],
    },
    "data_table": {
        "type": "data_table",
        "caption": "c",
        "page_size": 5,
        "row_header_column_index": 0,
        "rows": [
            [{"type": "raw_text", "text": "h"}, {"type": "raw_text", "text": "n"}],
            [RICH, {"type": "raw_number", "value": 1.5, "text": "1.5"}],
        ],
    },
    "plan": {
        "type": "plan",
        "title": "t",
        "tasks": [
            {
                "type": "task_card",
                "task_id": "1",
                "title": "t",
                "status": "pending",
                "details": RICH,
                "output": RICH,
                "sources": [{"type": "url", "url": "https://example.org", "text": "s"}],
            }
        ],
    },
    "alert": {"type": "alert", "text": plain("x"), "level": "warning"},
    "header": {"type": "header", "text": plain("x"), "level": 2},
}


@pytest.mark.parametrize("name", MORE)
def test_blocks_in_full(name: str) -> None:
    block = MORE[name]
    in_modal = name == "alert"
    assert (view_problems(modal(block)) if in_modal else message_problems([block])) == []
