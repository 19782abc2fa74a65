"""What a message, a modal and a Home tab may hold as a whole.

From the platform's reference, "Blocks" (available surfaces, 50 and 100 blocks) and "Views".
"""

from collections.abc import Iterator
from typing import Any, Literal

from ovbot.sandbox.slack.blockkit import blocks as plain_blocks
from ovbot.sandbox.slack.blockkit import cards, tables, texts
from ovbot.sandbox.slack.blockkit.blocks import PLAIN_BLOCKS
from ovbot.sandbox.slack.blockkit.elements import Rule
from ovbot.sandbox.slack.blockkit.place import Place, Problem

Surface = Literal["message", "modal", "home"]

_FRAMES: dict[str, Rule] = {
    "card": cards.card,
    "carousel": cards.carousel,
    "container": cards.container,
    "data_table": tables.data_table,
}

ALLOWED: dict[Surface, dict[str, Rule]] = {
    "message": {
        **PLAIN_BLOCKS,
        **_FRAMES,
        "context_actions": plain_blocks.context_actions,
        "data_visualization": tables.data_visualization,
        "markdown": plain_blocks.markdown,
        "plan": cards.plan,
        "table": tables.table,
        "task_card": cards.task_card,
    },
    "modal": {**PLAIN_BLOCKS, "alert": cards.alert},
    "home": {**PLAIN_BLOCKS, **_FRAMES},
}

_MOST: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}
_MARKDOWN_CHARACTERS = 12_000
_INNER = {"container": "child_blocks", "carousel": "elements"}


def message_problems(blocks: Any, pointer: str = "/blocks") -> list[Problem]:
    """Everything the platform would refuse in the blocks of a message."""
    root = Place(blocks, pointer, [])
    _blocks(root, "message")
    return root.problems


def view_problems(view: Any, pointer: str = "/view") -> list[Problem]:
    """Everything the platform would refuse in a modal or a Home tab."""
    root = Place(view, pointer, [])
    kind = root.kind(("modal", "home"))
    if kind == "modal":
        _modal(root)
    elif kind == "home":
        _home(root)
    return root.problems


_VIEW = ("private_metadata", "callback_id", "external_id")


def _home(view: Place) -> None:
    members = view.members(("type", "blocks"), _VIEW)
    _identity(view)
    members.check("blocks", _blocks, "home")


def _modal(view: Place) -> None:
    members = view.members(
        ("type", "title", "blocks"),
        (*_VIEW, "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"),
    )
    _identity(view)
    for name in ("title", "submit", "close"):
        members.check(name, texts.plain, 24)
    for name in ("clear_on_close", "notify_on_close", "submit_disabled"):
        members.check(name, Place.boolean)
    members.check("blocks", _blocks, "modal")
    if "blocks" in members and "submit" not in members:
        blocks = members["blocks"].value
        if isinstance(blocks, list) and any(_type_of(block) == "input" for block in blocks):
            view.wrong("missing required field: submit (there is an input block)", type="required")


def _identity(view: Place) -> None:
    for name, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if name in view.value:
            view.child(name).string(most, 0)


def _blocks(root: Place, surface: Surface) -> None:
    rules = ALLOWED[surface]
    blocks = root.items(_MOST[surface], 1 if surface == "modal" else 0)
    for block in blocks:
        kind = block.kind(rules)
        if kind is not None:
            rules[kind](block)
    _block_ids(blocks)
    for block in _flat(blocks):
        _action_ids(block)
        _only_in_modals(block, surface)
    _only_so_many(root, blocks)
    _one_focus(blocks)


def _type_of(value: Any) -> object:
    return value.get("type") if isinstance(value, dict) else None


def _flat(blocks: list[Place]) -> Iterator[Place]:
    """The blocks and those inside containers and carousels, each with its own ids."""
    for block in blocks:
        yield block
        inner = _INNER.get(str(_type_of(block.value)))
        if inner is not None and isinstance(block.value.get(inner), list):
            children = block.child(inner)
            yield from _flat([children.child(n) for n in range(len(children.value))])


def _block_ids(blocks: list[Place]) -> None:
    seen: set[str] = set()
    for block in _flat(blocks):
        name = block.value.get("block_id") if isinstance(block.value, dict) else None
        if isinstance(name, str):
            if name in seen:
                block.child("block_id").wrong(f"`block_id` {name} already exists", type="unique")
            seen.add(name)


def _action_ids(block: Place) -> None:
    """Within one block every ``action_id`` must be its own."""
    if not isinstance(block.value, dict):
        return
    seen: set[str] = set()
    for key in ("elements", "actions"):
        inner = block.value.get(key)
        if not isinstance(inner, list) or _type_of(block.value) == "carousel":
            continue
        for index, element in enumerate(inner):
            name = element.get("action_id") if isinstance(element, dict) else None
            if isinstance(name, str):
                if name in seen:
                    place = block.child(key).child(index).child("action_id")
                    place.wrong(f"`action_id` {name} already exists", type="unique")
                seen.add(name)


def _only_in_modals(block: Place, surface: Surface) -> None:
    element = block.value.get("element") if isinstance(block.value, dict) else None
    if surface == "modal":
        return
    if _type_of(element) == "file_input":
        block.child("element").wrong("file_input is for modals only")
    if isinstance(element, dict) and element.get("response_url_enabled") is True:
        block.child("element").wrong("response_url_enabled is for modals only")


def _only_so_many(root: Place, blocks: list[Place]) -> None:
    kinds = [_type_of(block.value) for block in _flat(blocks)]
    if sum(kind in ("table", "data_table") for kind in kinds) > 1:
        root.wrong("only one table allowed")
    if kinds.count("data_visualization") > 2:
        root.wrong("no more than 2 data_visualization blocks allowed")
    markdown = [block.value.get("text") for block in blocks if _type_of(block.value) == "markdown"]
    if sum(len(text) for text in markdown if isinstance(text, str)) > _MARKDOWN_CHARACTERS:
        root.wrong(f"all markdown must be less than {_MARKDOWN_CHARACTERS + 1} characters")


def _one_focus(blocks: list[Place]) -> None:
    seen = False
    for block in _flat(blocks):
        if not isinstance(block.value, dict):
            continue
        element = block.value.get("element")
        if isinstance(element, dict) and element.get("focus_on_load") is True:
            if seen:
                block.child("element").child("focus_on_load").wrong("only one can be true")
            seen = True
