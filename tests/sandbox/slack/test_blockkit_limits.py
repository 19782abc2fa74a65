"""Every limit of Block Kit: the longest that fits is taken, one more is refused at its place."""

from collections.abc import Callable
from typing import Any

import pytest

from ovbot.sandbox.slack.blockkit import message_problems, view_problems
from tests.sandbox.slack.conftest import actions, button, field_block, modal, option, plain

Blocks = list[dict[str, Any]]
Make = Callable[[int], Any]


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def section(**more: Any) -> dict[str, Any]:
    return {"type": "section", **more}


def one(element: dict[str, Any]) -> Blocks:
    return [actions(element)]


def field(element: dict[str, Any]) -> Blocks:
    return [{"type": "input", "label": plain("l"), "element": element}]


def confirm(**changed: Any) -> dict[str, Any]:
    return {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n")} | (
        changed
    )


def select(**more: Any) -> dict[str, Any]:
    return {"type": "static_select", "options": [option("a")], **more}


def options(count: int) -> list[dict[str, Any]]:
    return [option(f"v{n}") for n in range(count)]


def cells(count: int, text: str = "c") -> list[dict[str, Any]]:
    return [{"type": "raw_text", "text": text} for _ in range(count)]


def chart(**more: Any) -> dict[str, Any]:
    series = [{"name": "s", "data": [{"label": "a", "value": 1}]}]
    body = {"type": "line", "series": series, "axis_config": {"categories": ["a"]}}
    return {"type": "data_visualization", "title": "t", "chart": body} | more


def pie(count: int) -> dict[str, Any]:
    return {"type": "pie", "segments": [{"label": "a", "value": 1} for _ in range(count)]}


VIDEO = {
    "type": "video",
    "title": plain("t"),
    "alt_text": "a",
    "video_url": "https://example.org/v",
    "thumbnail_url": "https://example.org/t.png",
}
CARD = {"type": "card", "title": plain("t")}
IMAGE = {"type": "image", "alt_text": "a", "image_url": "https://example.org/a.png"}
HEADER_ROW = cells(1)

MESSAGES: dict[str, tuple[Make, int, str]] = {
    "blocks": (lambda n: [{"type": "divider"}] * n, 50, "/blocks"),
    "block_id": (lambda n: [{"type": "divider", "block_id": "b" * n}], 255, "/blocks/0/block_id"),
    "section text": (lambda n: [section(text=mrkdwn("x" * n))], 3000, "/blocks/0/text/text"),
    "section fields": (lambda n: [section(fields=[mrkdwn("x")] * n)], 10, "/blocks/0/fields"),
    "field text": (
        lambda n: [section(fields=[mrkdwn("x" * n)])],
        2000,
        "/blocks/0/fields/0/text",
    ),
    "header": (lambda n: [{"type": "header", "text": plain("x" * n)}], 150, "/blocks/0/text/text"),
    "actions": (
        lambda n: [actions(*(button(action_id=f"a{i}") for i in range(n)))],
        25,
        "/blocks/0/elements",
    ),
    "context": (
        lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}],
        10,
        "/blocks/0/elements",
    ),
    "context_actions": (
        lambda n: [
            {
                "type": "context_actions",
                "elements": [
                    {"type": "icon_button", "icon": "trash", "text": plain("x")} for _ in range(n)
                ],
            }
        ],
        5,
        "/blocks/0/elements",
    ),
    "image alt_text": (lambda n: [IMAGE | {"alt_text": "x" * n}], 2000, "/blocks/0/alt_text"),
    "image title": (lambda n: [IMAGE | {"title": plain("x" * n)}], 2000, "/blocks/0/title/text"),
    "image_url": (
        lambda n: [IMAGE | {"image_url": "https:".ljust(n, "x")}],
        3000,
        "/blocks/0/image_url",
    ),
    "markdown": (lambda n: [{"type": "markdown", "text": "x" * n}], 12_000, "/blocks/0/text"),
    "all markdown": (
        lambda n: [{"type": "markdown", "text": "x" * 6000}, {"type": "markdown", "text": "x" * n}],
        6000,
        "/blocks",
    ),
    "button text": (lambda n: one(button("x" * n)), 75, "/blocks/0/elements/0/text/text"),
    "button value": (lambda n: one(button(value="x" * n)), 2000, "/blocks/0/elements/0/value"),
    "button url": (
        lambda n: one(button(url="https:".ljust(n, "x"))),
        3000,
        "/blocks/0/elements/0/url",
    ),
    "button label": (
        lambda n: one(button(accessibility_label="x" * n)),
        75,
        "/blocks/0/elements/0/accessibility_label",
    ),
    "action_id": (lambda n: one(button(action_id="x" * n)), 255, "/blocks/0/elements/0/action_id"),
    "confirm title": (
        lambda n: one(button(confirm=confirm(title=plain("x" * n)))),
        100,
        "/blocks/0/elements/0/confirm/title/text",
    ),
    "confirm text": (
        lambda n: one(button(confirm=confirm(text=mrkdwn("x" * n)))),
        300,
        "/blocks/0/elements/0/confirm/text/text",
    ),
    "confirm yes": (
        lambda n: one(button(confirm=confirm(confirm=plain("x" * n)))),
        30,
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    "confirm no": (
        lambda n: one(button(confirm=confirm(deny=plain("x" * n)))),
        30,
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    "overflow": (
        lambda n: one({"type": "overflow", "options": options(n)}),
        5,
        "/blocks/0/elements/0/options",
    ),
    "select options": (
        lambda n: one(select(options=options(n))),
        100,
        "/blocks/0/elements/0/options",
    ),
    "select groups": (
        lambda n: one(
            {
                "type": "static_select",
                "option_groups": [{"label": plain("g"), "options": [option("a")]}] * n,
            }
        ),
        100,
        "/blocks/0/elements/0/option_groups",
    ),
    "group label": (
        lambda n: one(
            {
                "type": "static_select",
                "option_groups": [{"label": plain("g" * n), "options": [option("a")]}],
            }
        ),
        75,
        "/blocks/0/elements/0/option_groups/0/label/text",
    ),
    "option text": (
        lambda n: one(select(options=[option("a", "x" * n)])),
        75,
        "/blocks/0/elements/0/options/0/text/text",
    ),
    "option value": (
        lambda n: one(select(options=[option("x" * n, "a")])),
        150,
        "/blocks/0/elements/0/options/0/value",
    ),
    "option description": (
        lambda n: one(select(options=[option("a") | {"description": plain("x" * n)}])),
        75,
        "/blocks/0/elements/0/options/0/description/text",
    ),
    "placeholder": (
        lambda n: one(select(placeholder=plain("x" * n))),
        150,
        "/blocks/0/elements/0/placeholder/text",
    ),
    "radio_buttons": (
        lambda n: one({"type": "radio_buttons", "options": options(n)}),
        10,
        "/blocks/0/elements/0/options",
    ),
    "checkboxes": (
        lambda n: one({"type": "checkboxes", "options": options(n)}),
        10,
        "/blocks/0/elements/0/options",
    ),
    "input label": (
        lambda n: [field_block(label=plain("x" * n))],
        2000,
        "/blocks/0/label/text",
    ),
    "input hint": (lambda n: [field_block(hint=plain("x" * n))], 2000, "/blocks/0/hint/text"),
    "max_length": (
        lambda n: field({"type": "plain_text_input", "max_length": n}),
        3000,
        "/blocks/0/element/max_length",
    ),
    "max_lines": (
        lambda n: field({"type": "rich_text_input", "action_id": "a", "max_lines": n}),
        100,
        "/blocks/0/element/max_lines",
    ),
    "table rows": (lambda n: [{"type": "table", "rows": [cells(1)] * n}], 100, "/blocks/0/rows"),
    "table cells": (lambda n: [{"type": "table", "rows": [cells(n)]}], 20, "/blocks/0/rows/0"),
    "table characters": (
        lambda n: [{"type": "table", "rows": [cells(1, "x" * n)]}],
        10_000,
        "/blocks/0/rows",
    ),
    "data_table rows": (
        lambda n: [{"type": "data_table", "caption": "c", "rows": [HEADER_ROW] * n}],
        101,
        "/blocks/0/rows",
    ),
    "data_table cells": (
        lambda n: [{"type": "data_table", "caption": "c", "rows": [cells(n)] * 2}],
        20,
        "/blocks/0/rows/0",
    ),
    "page_size": (
        lambda n: [
            {"type": "data_table", "caption": "c", "rows": [HEADER_ROW] * 2, "page_size": n}
        ],
        100,
        "/blocks/0/page_size",
    ),
    "row header column": (
        lambda n: [
            {
                "type": "data_table",
                "caption": "c",
                "rows": [cells(3)] * 2,
                "row_header_column_index": n,
            }
        ],
        2,
        "/blocks/0/row_header_column_index",
    ),
    # "Must be less than 200 characters", and less than 50.
    "video title": (lambda n: [VIDEO | {"title": plain("x" * n)}], 199, "/blocks/0/title/text"),
    "video author": (lambda n: [VIDEO | {"author_name": "x" * n}], 49, "/blocks/0/author_name"),
    "charts": (lambda n: [chart()] * n, 2, "/blocks"),
    "chart title": (lambda n: [chart(title="x" * n)], 50, "/blocks/0/title"),
    "segments": (lambda n: [chart(chart=pie(n))], 6, "/blocks/0/chart/segments"),
    "tables": (lambda n: [{"type": "table", "rows": [cells(1)]}] * n, 1, "/blocks"),
    "card title": (lambda n: [CARD | {"title": plain("x" * n)}], 150, "/blocks/0/title/text"),
    "card subtitle": (
        lambda n: [CARD | {"subtitle": plain("x" * n)}],
        150,
        "/blocks/0/subtitle/text",
    ),
    "card body": (lambda n: [CARD | {"body": mrkdwn("x" * n)}], 200, "/blocks/0/body/text"),
    "card actions": (
        lambda n: [CARD | {"actions": [button(action_id=f"a{i}") for i in range(n)]}],
        3,
        "/blocks/0/actions",
    ),
    "carousel": (
        lambda n: [{"type": "carousel", "elements": [CARD] * n}],
        10,
        "/blocks/0/elements",
    ),
    "container": (
        lambda n: [
            {"type": "container", "title": plain("t"), "child_blocks": [{"type": "divider"}] * n}
        ],
        10,
        "/blocks/0/child_blocks",
    ),
    "container title": (
        lambda n: [
            {
                "type": "container",
                "title": plain("x" * n),
                "child_blocks": [{"type": "divider"}],
            }
        ],
        150,
        "/blocks/0/title/text",
    ),
    "tasks": (
        lambda n: [{"type": "plan", "title": "t", "tasks": [{"task_id": "i", "title": "t"}] * n}],
        50,
        "/blocks/0/tasks",
    ),
}

VIEWS: dict[str, tuple[Make, int, str]] = {
    "blocks": (lambda n: modal(*([{"type": "divider"}] * n)), 100, "/view/blocks"),
    "home blocks": (
        lambda n: {"type": "home", "blocks": [{"type": "divider"}] * n},
        100,
        "/view/blocks",
    ),
    "title": (lambda n: modal(title=plain("x" * n)), 24, "/view/title/text"),
    "submit": (lambda n: modal(submit=plain("x" * n)), 24, "/view/submit/text"),
    "close": (lambda n: modal(close=plain("x" * n)), 24, "/view/close/text"),
    "private_metadata": (
        lambda n: modal(private_metadata="x" * n),
        3000,
        "/view/private_metadata",
    ),
    "callback_id": (lambda n: modal(callback_id="x" * n), 255, "/view/callback_id"),
    "external_id": (lambda n: modal(external_id="x" * n), 255, "/view/external_id"),
    "alert": (
        lambda n: modal({"type": "alert", "text": plain("x" * n)}),
        200,
        "/view/blocks/0/text/text",
    ),
    "max_files": (
        lambda n: modal(*field({"type": "file_input", "max_files": n})),
        10,
        "/view/blocks/0/element/max_files",
    ),
}


@pytest.mark.parametrize(("make", "most", "pointer"), MESSAGES.values(), ids=MESSAGES)
def test_message_limit(make: Make, most: int, pointer: str) -> None:
    assert message_problems(make(most)) == []
    assert pointer in [problem.pointer for problem in message_problems(make(most + 1))]


@pytest.mark.parametrize(("make", "most", "pointer"), VIEWS.values(), ids=VIEWS)
def test_view_limit(make: Make, most: int, pointer: str) -> None:
    assert view_problems(make(most)) == []
    assert pointer in [problem.pointer for problem in view_problems(make(most + 1))]
