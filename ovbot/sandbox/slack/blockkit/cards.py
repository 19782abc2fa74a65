"""Blocks that frame others: alert, card, carousel, container, plan.

Limits from the platform's reference, "Alert block", "Card block", "Carousel block",
"Container block", "Plan block" and "Task card block".
"""

from ovbot.sandbox.slack.blockkit import elements, rich_text, texts
from ovbot.sandbox.slack.blockkit.blocks import (
    PLAIN_BLOCKS,
    apply,
    image_element,
    members_of,
)
from ovbot.sandbox.slack.blockkit.place import Place
from ovbot.sandbox.slack.blockkit.tables import table

_STATUSES = ("pending", "in_progress", "complete", "error")


def alert(block: Place) -> None:
    """A banner of 200 characters."""
    members = members_of(block, "text", "level")
    members.check("text", texts.text, 200)
    members.check("level", Place.one_of, "default", "info", "warning", "error", "success")


def card(block: Place) -> None:
    """Title and subtitle 150, body 200 characters, up to three buttons."""
    members = members_of(block, "", "hero_image icon title subtitle body subtext actions")
    if not {"hero_image", "title", "actions", "body"} & members.keys():
        block.wrong("must define one of `hero_image`, `title`, `actions`, `body`")
    members.check("hero_image", image_element)
    members.check("icon", image_element)
    members.check("title", texts.text, 150)
    members.check("subtitle", texts.text, 150)
    members.check("body", texts.text, 200)
    members.check("subtext", texts.text, 200)
    if "actions" in members:
        for item in members["actions"].items(3):
            apply(item, {"button": elements.button})


def carousel(block: Place) -> None:
    """One to ten cards."""
    members = members_of(block, "elements")
    if "elements" in members:
        for item in members["elements"].items(10):
            apply(item, {"card": card})


def container(block: Place) -> None:
    """One to ten blocks under a title of 150 characters."""
    members = members_of(
        block,
        "child_blocks",
        "title rich_text_title subtitle width icon is_collapsible default_collapsed "
        "has_header_divider",
    )
    if "title" not in members and "rich_text_title" not in members:
        block.wrong("must define either `title` or `rich_text_title`")
    members.check("title", texts.plain, 150)
    members.check("rich_text_title", rich_text.rich_text)
    members.check("subtitle", texts.text, 150)
    members.check("icon", image_element)
    members.check("width", Place.one_of, "narrow", "standard", "wide", "full")
    for name in ("is_collapsible", "default_collapsed", "has_header_divider"):
        members.check(name, Place.boolean)
    if "child_blocks" in members:
        for item in members["child_blocks"].items(10):
            apply(item, _CHILDREN)
    _collapsing(block)


def _collapsing(block: Place) -> None:
    if not isinstance(block.value, dict):
        return
    collapsible = block.value.get("is_collapsible") is True
    if block.value.get("default_collapsed") is True and not collapsible:
        block.child("default_collapsed").wrong("needs `is_collapsible`")
    if block.value.get("has_header_divider") is True and collapsible:
        block.child("has_header_divider").wrong("cannot be set with `is_collapsible`")


def task_card(block: Place) -> None:
    """A task that stands alone, so it cannot be pending."""
    _task(block)
    if isinstance(block.value, dict) and block.value.get("status") == "pending":
        block.child("status").wrong("only tasks of a plan can be pending")


def plan(block: Place) -> None:
    """Up to fifty tasks."""
    members = members_of(block, "title", "tasks")
    members.check("title", Place.string)
    if "tasks" in members:
        for item in members["tasks"].items(50):
            _task(item)


def _task(place: Place) -> None:
    members = place.members(
        ("task_id", "title"), ("type", "block_id", "details", "output", "sources", "status")
    )
    members.check("type", Place.one_of, "task_card")
    members.check("block_id", Place.string, 255)
    members.check("task_id", Place.string)
    members.check("title", Place.string)
    members.check("details", rich_text.rich_text)
    members.check("output", rich_text.rich_text)
    members.check("status", Place.one_of, *_STATUSES)
    if "sources" in members:
        for item in members["sources"].items(least=0):
            source = item.members(("type", "url", "text"))
            source.check("url", texts.link)
            source.check("text", Place.string)


_CHILDREN = {**PLAIN_BLOCKS, "table": table}
