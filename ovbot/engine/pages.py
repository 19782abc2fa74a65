"""Long lists in parts: which part is shown, how many there are, and the buttons to the others."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from ovbot.domain.markup import Markup, md
from ovbot.domain.reply import Button, Buttons, Note, Part

T = TypeVar("T")
MOST = 10_000
"""The highest number of a part that can be asked for."""


class Pages(msgspec.Struct, Generic[T], frozen=True):
    """One part of a list. ``number`` counts from 1, ``first`` is the place of its first entry."""

    shown: tuple[T, ...]
    number: int
    first: int
    total: int

    @property
    def more(self) -> bool:
        """Whether anything comes after it."""
        return self.first - 1 + len(self.shown) < self.total


def part(entries: Sequence[T], number: int, size: int) -> Pages[T]:
    """Part ``number`` of all entries; the last one where there are fewer parts by now."""
    last = max(1, -(-len(entries) // size))
    number = min(max(1, number), last)
    start = (number - 1) * size
    return Pages(tuple(entries[start : start + size]), number, start + 1, len(entries))


def controls(pages: Pages[T], what: str, command: Callable[[int], str]) -> tuple[Part, ...]:
    """Under a list that has several parts: ``21 to 40 of 57``, and the way to the others.

    ``what`` is who or what they are, for the buttons; ``command`` asks for another part.
    """
    if pages.number == 1 and not pages.more:
        return ()
    buttons = []
    if pages.number > 1:
        buttons.append(Button(f"Earlier {what}", command(pages.number - 1)))
    if pages.more:
        buttons.append(Button(f"More {what}", command(pages.number + 1)))
    return Note(position(pages)), Buttons(tuple(buttons))


def position(pages: Pages[T]) -> Markup:
    """``21 to 40 of 57``."""
    return md("{} to {} of {}", pages.first, pages.first - 1 + len(pages.shown), pages.total)
