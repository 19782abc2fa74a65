"""Finding the element a person means."""

from collections.abc import Iterator
from dataclasses import dataclass

from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.shapes import Json


@dataclass(frozen=True)
class Found:
    """An element and the block it stands in."""

    block: Json
    element: Json

    @property
    def block_id(self) -> str:
        """The block's name."""
        return str(self.block["block_id"])

    @property
    def action_id(self) -> str:
        """The element's name."""
        return str(self.element["action_id"])

    @property
    def type(self) -> str:
        """The element's type."""
        return str(self.element["type"])

    @property
    def is_input(self) -> bool:
        """Whether it is a field to be submitted."""
        return bool(self.block["type"] == "input")

    @property
    def dispatches(self) -> bool:
        """Whether using it is told to the bot at once."""
        return not self.is_input or self.block.get("dispatch_action") is True

    @property
    def label(self) -> str:
        """What a person reads on it, or beside it."""
        shown = self.block.get("label") if self.is_input else self.element.get("text")
        shown = shown or self.element.get("placeholder") or {}
        return str(shown.get("text", ""))

    def value_of(self, label: str) -> str | None:
        """The value of the option that a person reads so behind three dots."""
        if self.type != "overflow":
            return None
        return next(
            (one.get("value") for one in self.element["options"] if one["text"]["text"] == label),
            None,
        )


def interactive(blocks: list[Json]) -> Iterator[Found]:
    """All elements that can be used, in the order they are shown."""
    for block in blocks:
        if block["type"] == "container":
            yield from interactive(block["child_blocks"])
            continue
        if block["type"] == "carousel":
            yield from interactive(block["elements"])
            continue
        single = [block[key] for key in ("accessory", "element") if key in block]
        several = [one for key in ("elements", "actions") for one in block.get(key, [])]
        for element in [*single, *several]:
            if isinstance(element, dict) and "action_id" in element:
                yield Found(block, element)


def pick(blocks: list[Json], action: str, block_id: str | None = None) -> Found:
    """The one element called `action`: its action_id, block_id/action_id, visible or spoken
    label, or that of an option behind three dots.

    Raises ControlError when there is none, or more than one.
    """
    everything = [f for f in interactive(blocks) if block_id in (None, f.block_id)]
    for names in (
        [f"{f.block_id}/{f.action_id}" for f in everything],
        [f.action_id for f in everything],
        [f.label for f in everything],
        [str(f.element.get("accessibility_label", "")) for f in everything],
        [f.block_id if f.is_input else "" for f in everything],
        [action if f.value_of(action) is not None else "" for f in everything],
    ):
        matching = [f for f, name in zip(everything, names, strict=True) if name == action]
        if len(matching) == 1:
            return matching[0]
        if matching:
            exact = ", ".join(f"{f.block_id}/{f.action_id}" for f in matching)
            raise ControlError(f"{action!r} is ambiguous; say which: {exact}")
    offered = ", ".join(f.action_id for f in everything) or "none"
    raise ControlError(f"there is no element {action!r} here; there are: {offered}", status=404)
