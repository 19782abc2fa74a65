"""What Block Kit forbids beside its limits, and what it allows."""

from typing import Any

import pytest

from ovbot.sandbox.slack.blockkit import message_problems, view_problems
from ovbot.sandbox.slack.blockkit.place import Place
from ovbot.sandbox.slack.blockkit.surfaces import ALLOWED
from tests.sandbox.slack.conftest import actions, button, field_block, modal, option, plain
from tests.sandbox.slack.test_blockkit_limits import (
    CARD,
    IMAGE,
    cells,
    chart,
    confirm,
    field,
    mrkdwn,
    one,
    section,
    select,
)


def rich(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": list(parts)}


def rich_section(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(leaves)}


def container(**more: Any) -> dict[str, Any]:
    divider = {"type": "divider"}
    return {"type": "container", "title": plain("t"), "child_blocks": [divider], **more}


def data_table(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "data_table", "caption": "c", "rows": list(rows)}


MESSAGES: dict[str, tuple[Any, str, str]] = {
    "no list": ({"type": "divider"}, "/blocks", "must be an array"),
    "no object": (["divider"], "/blocks/0", "must be an object"),
    "no type": ([{}], "/blocks/0", "missing required field: type"),
    "unknown type": ([{"type": "sections"}], "/blocks/0/type", "unsupported type: sections"),
    "type no text": ([{"type": 5}], "/blocks/0/type", "unsupported type: 5"),
    "unknown member": (
        [{"type": "divider", "text": "x"}],
        "/blocks/0",
        "invalid additional property: text",
    ),
    "empty section": ([section()], "/blocks/0", "must define either `text` or `fields`"),
    "text as string": ([section(text="hi")], "/blocks/0/text", "must be an object"),
    "null text": ([section(text=None)], "/blocks/0/text", "must be an object"),
    "empty text": (
        [section(text=mrkdwn(""))],
        "/blocks/0/text/text",
        "must be more than 0 characters",
    ),
    "emoji in mrkdwn": (
        [section(text=mrkdwn("x") | {"emoji": True})],
        "/blocks/0/text",
        "invalid additional property: emoji",
    ),
    "verbatim in plain": (
        [section(text=plain("x") | {"verbatim": True})],
        "/blocks/0/text",
        "invalid additional property: verbatim",
    ),
    "header mrkdwn": (
        [{"type": "header", "text": mrkdwn("x")}],
        "/blocks/0/text/type",
        "unsupported type: mrkdwn",
    ),
    "no fields": ([section(fields=[])], "/blocks/0/fields", "no less than 1 items allowed"),
    "no actions": ([actions()], "/blocks/0/elements", "no less than 1 items allowed"),
    "button mrkdwn": (
        one(button() | {"text": mrkdwn("x")}),
        "/blocks/0/elements/0/text/type",
        "unsupported type: mrkdwn",
    ),
    "button style": (
        one(button(style="warning")),
        "/blocks/0/elements/0/style",
        "must be one of: primary, danger",
    ),
    "no url": (one(button(url="here")), "/blocks/0/elements/0/url", "must be a valid URL"),
    "confirm incomplete": (
        one(button(confirm={"title": plain("t"), "text": plain("x"), "confirm": plain("y")})),
        "/blocks/0/elements/0/confirm",
        "missing required field: deny",
    ),
    "confirm title mrkdwn": (
        one(button(confirm=confirm(title=mrkdwn("t")))),
        "/blocks/0/elements/0/confirm/title/type",
        "unsupported type: mrkdwn",
    ),
    "no overflow options": (
        one({"type": "overflow", "options": []}),
        "/blocks/0/elements/0/options",
        "no less than 1 items allowed",
    ),
    "option url in select": (
        one(select(options=[option("a") | {"url": "https://example.org"}])),
        "/blocks/0/elements/0/options/0",
        "invalid additional property: url",
    ),
    "empty option value": (
        one(select(options=[option("", "a")])),
        "/blocks/0/elements/0/options/0/value",
        "must be more than 0 characters",
    ),
    "options and groups": (
        one(select(option_groups=[{"label": plain("g"), "options": [option("a")]}])),
        "/blocks/0/elements/0",
        "must define either `options` or `option_groups`",
    ),
    "neither": (
        one({"type": "static_select"}),
        "/blocks/0/elements/0",
        "must define either `options` or `option_groups`",
    ),
    "initial elsewhere": (
        one(select(initial_option=option("b"))),
        "/blocks/0/elements/0/initial_option",
        "must exactly match one of the provided options",
    ),
    "radio initial elsewhere": (
        one({"type": "radio_buttons", "options": [option("a")], "initial_option": option("b")}),
        "/blocks/0/elements/0/initial_option",
        "must exactly match one of the provided options",
    ),
    "text field in actions": (
        one({"type": "plain_text_input"}),
        "/blocks/0/elements/0/type",
        "unsupported type: plain_text_input",
    ),
    "datetimepicker in section": (
        [section(text=plain("x"), accessory={"type": "datetimepicker"})],
        "/blocks/0/accessory/type",
        "unsupported type: datetimepicker",
    ),
    "button in input": (field(button()), "/blocks/0/element/type", "unsupported type: button"),
    "button in context": (
        [{"type": "context", "elements": [button()]}],
        "/blocks/0/elements/0/type",
        "unsupported type: button",
    ),
    "image without source": (
        [{"type": "image", "alt_text": "a"}],
        "/blocks/0",
        "must define either `image_url` or `slack_file`",
    ),
    "image without alt_text": (
        [{"type": "image", "image_url": "https://example.org"}],
        "/blocks/0",
        "missing required field: alt_text",
    ),
    "stored file without name": (
        [{"type": "image", "alt_text": "a", "slack_file": {}}],
        "/blocks/0/slack_file",
        "must define either `id` or `url`",
    ),
    "file upload in message": (
        field({"type": "file_input"}),
        "/blocks/0/element",
        "file_input is for modals only",
    ),
    "response_url in message": (
        field({"type": "channels_select", "response_url_enabled": True}),
        "/blocks/0/element",
        "response_url_enabled is for modals only",
    ),
    "wrong date": (
        one({"type": "datepicker", "initial_date": "2026-13-01"}),
        "/blocks/0/elements/0/initial_date",
        "must be a date as YYYY-MM-DD",
    ),
    "short date": (
        one({"type": "datepicker", "initial_date": "20260101"}),
        "/blocks/0/elements/0/initial_date",
        "must be a date as YYYY-MM-DD",
    ),
    "wrong time": (
        one({"type": "timepicker", "initial_time": "24:00"}),
        "/blocks/0/elements/0/initial_time",
        "must be a time as HH:mm",
    ),
    "milliseconds": (
        one({"type": "datetimepicker", "initial_date_time": 1_760_000_000_000}),
        "/blocks/0/elements/0/initial_date_time",
        "must be no more than 9999999999",
    ),
    "number no string": (
        field({"type": "number_input", "is_decimal_allowed": False, "initial_value": 5}),
        "/blocks/0/element/initial_value",
        "must be a number in a string",
    ),
    "number bounds crossed": (
        field(
            {
                "type": "number_input",
                "is_decimal_allowed": False,
                "min_value": "5",
                "max_value": "4",
            }
        ),
        "/blocks/0/element",
        "min_value must not be greater than max_value",
    ),
    "lengths crossed": (
        field({"type": "plain_text_input", "min_length": 5, "max_length": 4}),
        "/blocks/0/element",
        "min_length must not be greater than max_length",
    ),
    "dispatch on click": (
        field(
            {
                "type": "plain_text_input",
                "dispatch_action_config": {"trigger_actions_on": ["on_click"]},
            }
        ),
        "/blocks/0/element/dispatch_action_config/trigger_actions_on/0",
        "must be one of: on_enter_pressed, on_character_entered",
    ),
    "empty filter": (
        one({"type": "conversations_select", "filter": {}}),
        "/blocks/0/elements/0/filter",
        "must define at least one filter",
    ),
    "boolean as integer": (
        one({"type": "external_select", "min_query_length": True}),
        "/blocks/0/elements/0/min_query_length",
        "must be an integer",
    ),
    "flag as text": (
        [field_block(optional="yes")],
        "/blocks/0/optional",
        "must be a boolean",
    ),
    "block_id twice": (
        [{"type": "divider", "block_id": "x"}, {"type": "divider", "block_id": "x"}],
        "/blocks/1/block_id",
        "`block_id` x already exists",
    ),
    "block_id twice, once inside": (
        [
            {"type": "divider", "block_id": "x"},
            container(child_blocks=[{"type": "divider", "block_id": "x"}]),
        ],
        "/blocks/1/child_blocks/0/block_id",
        "`block_id` x already exists",
    ),
    "action_id twice": (
        [actions(button(), button())],
        "/blocks/0/elements/1/action_id",
        "`action_id` go already exists",
    ),
    "focus twice": (
        [
            *field({"type": "plain_text_input", "focus_on_load": True}),
            *field({"type": "plain_text_input", "focus_on_load": True}),
        ],
        "/blocks/1/element/focus_on_load",
        "only one can be true",
    ),
    "table and data_table": (
        [{"type": "table", "rows": [cells(1)]}, data_table(cells(1), cells(1))],
        "/blocks",
        "only one table allowed",
    ),
    "data_table without rows": (
        [data_table(cells(1))],
        "/blocks/0/rows",
        "no less than 2 items allowed",
    ),
    "ragged": (
        [data_table(cells(2), cells(1))],
        "/blocks/0/rows/1",
        "must have as many cells as the first row",
    ),
    "rich text header cell": (
        [data_table([rich()], cells(1))],
        "/blocks/0/rows/0/0/type",
        "unsupported type: rich_text",
    ),
    "number in table": (
        [{"type": "table", "rows": [[{"type": "raw_number", "value": 1}]]}],
        "/blocks/0/rows/0/0/type",
        "unsupported type: raw_number",
    ),
    "text as number": (
        [data_table(cells(1), [{"type": "raw_number", "value": "1"}])],
        "/blocks/0/rows/1/0/value",
        "must be a number",
    ),
    "column alignment": (
        [{"type": "table", "rows": [cells(1)], "column_settings": [{"align": "middle"}]}],
        "/blocks/0/column_settings/0/align",
        "must be one of: left, center, right",
    ),
    "empty segment": (
        [chart(chart={"type": "pie", "segments": [{"label": "a", "value": 0}]})],
        "/blocks/0/chart/segments/0/value",
        "must be greater than 0",
    ),
    "points beside categories": (
        [
            chart(
                chart={
                    "type": "bar",
                    "axis_config": {"categories": ["a"]},
                    "series": [{"name": "s", "data": [{"label": "b", "value": 1}]}],
                }
            )
        ],
        "/blocks/0/chart/series/0/data",
        "must have one point for each category, in order",
    ),
    "series twice": (
        [
            chart(
                chart={
                    "type": "bar",
                    "axis_config": {"categories": ["a"]},
                    "series": [{"name": "s", "data": [{"label": "a", "value": 1}]}] * 2,
                }
            )
        ],
        "/blocks/0/chart/series/1/name",
        "must be unique within the chart",
    ),
    "empty card": (
        [{"type": "card", "subtitle": plain("x")}],
        "/blocks/0",
        "must define one of `hero_image`, `title`, `actions`, `body`",
    ),
    "nested container": (
        [container(child_blocks=[container()])],
        "/blocks/0/child_blocks/0/type",
        "unsupported type: container",
    ),
    "container without title": (
        [{"type": "container", "child_blocks": [{"type": "divider"}]}],
        "/blocks/0",
        "must define either `title` or `rich_text_title`",
    ),
    "collapsed for ever": (
        [container(default_collapsed=True)],
        "/blocks/0/default_collapsed",
        "needs `is_collapsible`",
    ),
    "divider and collapsible": (
        [container(is_collapsible=True, has_header_divider=True)],
        "/blocks/0/has_header_divider",
        "cannot be set with `is_collapsible`",
    ),
    "pending alone": (
        [{"type": "task_card", "task_id": "1", "title": "t", "status": "pending"}],
        "/blocks/0/status",
        "only tasks of a plan can be pending",
    ),
    "empty rich text leaf": (
        [rich(rich_section({"type": "text", "text": ""}))],
        "/blocks/0/elements/0/elements/0/text",
        "must be more than 0 characters",
    ),
    "leaf outside a section": (
        [rich({"type": "text", "text": "x"})],
        "/blocks/0/elements/0/type",
        "unsupported type: text",
    ),
    "unknown style": (
        [rich(rich_section({"type": "text", "text": "x", "style": {"blink": True}}))],
        "/blocks/0/elements/0/elements/0/style",
        "invalid additional property: blink",
    ),
    "list of lists": (
        [rich({"type": "rich_text_list", "style": "bullet", "elements": [rich()]})],
        "/blocks/0/elements/0/elements/0/type",
        "unsupported type: rich_text",
    ),
    "odd broadcast": (
        [rich(rich_section({"type": "broadcast", "range": "world"}))],
        "/blocks/0/elements/0/elements/0/range",
        "must be one of: here, channel, everyone",
    ),
}

VIEWS: dict[str, tuple[Any, str, str]] = {
    "no view": (None, "/view", "must be an object"),
    "unknown type": ({"type": "dialog"}, "/view/type", "unsupported type: dialog"),
    "no title": (
        {"type": "modal", "blocks": [{"type": "divider"}]},
        "/view",
        "missing required field: title",
    ),
    "no blocks": ({"type": "home"}, "/view", "missing required field: blocks"),
    "no block in a modal": (
        modal() | {"blocks": []},
        "/view/blocks",
        "no less than 1 items allowed",
    ),
    "title on home": (
        {"type": "home", "title": plain("x"), "blocks": []},
        "/view",
        "invalid additional property: title",
    ),
    "title mrkdwn": (modal(title=mrkdwn("x")), "/view/title/type", "unsupported type: mrkdwn"),
    "input without submit": (
        {"type": "modal", "title": plain("t"), "blocks": [field_block()]},
        "/view",
        "missing required field: submit (there is an input block)",
    ),
    "file upload that dispatches": (
        modal({**field({"type": "file_input"})[0], "dispatch_action": True}),
        "/view/blocks/0/dispatch_action",
        "must not be true for a file_input",
    ),
}

MINIMAL: dict[str, dict[str, Any]] = {
    "section": section(text=plain("x")),
    "header": {"type": "header", "text": plain("x")},
    "divider": {"type": "divider"},
    "actions": actions(button()),
    "context": {"type": "context", "elements": [plain("x"), IMAGE]},
    "context_actions": {
        "type": "context_actions",
        "elements": [{"type": "icon_button", "icon": "trash", "text": plain("x")}],
    },
    "input": field_block(),
    "image": IMAGE,
    "rich_text": rich(),
    "video": {
        "type": "video",
        "alt_text": "a",
        "title": plain("t"),
        "thumbnail_url": "https://example.org/t.png",
        "video_url": "https://example.org/v",
    },
    "alert": {"type": "alert", "text": plain("x")},
    "card": CARD,
    "carousel": {"type": "carousel", "elements": [CARD]},
    "container": container(),
    "data_table": data_table(cells(1), cells(1)),
    "data_visualization": chart(),
    "markdown": {"type": "markdown", "text": "x"},
    "plan": {"type": "plan", "title": "t"},
    "table": {"type": "table", "rows": [cells(1)]},
    "task_card": {"type": "task_card", "task_id": "1", "title": "t"},
}


@pytest.mark.parametrize(("blocks", "pointer", "message"), MESSAGES.values(), ids=MESSAGES)
def test_refused_in_messages(blocks: Any, pointer: str, message: str) -> None:
    found = [(problem.pointer, problem.message) for problem in message_problems(blocks)]
    assert found == [(pointer, message)]


@pytest.mark.parametrize(("view", "pointer", "message"), VIEWS.values(), ids=VIEWS)
def test_refused_in_views(view: Any, pointer: str, message: str) -> None:
    assert (pointer, message) in [(p.pointer, p.message) for p in view_problems(view)]


@pytest.mark.parametrize("kind", MINIMAL)
def test_each_block_is_allowed_exactly_where_the_platform_allows_it(kind: str) -> None:
    block = MINIMAL[kind]
    found = {
        "message": message_problems([block]),
        "modal": view_problems(modal(block)),
        "home": view_problems({"type": "home", "blocks": [block]}),
    }
    for surface, rules in ALLOWED.items():
        expected = [] if kind in rules else [f"unsupported type: {kind}"]
        assert [problem.message for problem in found[surface]] == expected, surface


def test_surfaces_are_those_of_the_documentation() -> None:
    everywhere = {"section", "header", "divider", "actions", "context", "input", "image"}
    everywhere |= {"rich_text", "video"}
    frames = {"card", "carousel", "container", "data_table"}
    chat = {"context_actions", "data_visualization", "markdown", "plan", "table", "task_card"}
    assert set(ALLOWED["modal"]) == everywhere | {"alert"}
    assert set(ALLOWED["home"]) == everywhere | frames
    assert set(ALLOWED["message"]) == everywhere | frames | chat
    assert set(MINIMAL) == everywhere | frames | chat | {"alert"}


def test_all_problems_are_told_at_once() -> None:
    blocks = [section(), {"type": "header", "text": plain("")}]
    assert [p.pointer for p in message_problems(blocks)] == ["/blocks/0", "/blocks/1/text/text"]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    blocks = [actions(button(), block_id="one"), actions(button(), block_id="two")]
    assert message_problems(blocks) == []


def test_a_slash_in_a_name_is_escaped_in_the_pointer() -> None:
    assert Place({"a/b~c": 1}, "/view", []).child("a/b~c").pointer == "/view/a~1b~0c"


def test_a_message_without_blocks_is_none_of_this_check() -> None:
    assert message_problems([]) == []
