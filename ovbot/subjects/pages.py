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
    """One part of a list. ``number`` counts from 1, ``first`` is the place of its first entry;
    ``more`` says whether anything comes after it, and ``total`` how many there are, where that is
    counted."""

    shown: tuple[T, ...]
    number: int
    first: int
    more: bool
    total: int | None


def part(entries: Sequence[T], number: int, size: int) -> Pages[T]:
    """Part ``number`` of all entries; the last one where there are fewer parts by now."""
    total = len(entries)
    number = min(max(1, number), max(1, -(-total // size)))
    start = (number - 1) * size
    shown = tuple(entries[start : start + size])
    return Pages(shown, number, start + 1, start + len(shown) < total, total)


def read(found: Sequence[T], number: int, size: int, total: int | None = None) -> Pages[T]:
    """A part that was read as such, with one entry more where there is one: that is not shown."""
    return Pages(tuple(found[:size]), number, (number - 1) * size + 1, len(found) > size, total)


def controls(
    pages: Pages[T], what: str, command: Callable[[int], str], *, shared: bool = False
) -> tuple[Part, ...]:
    """Under a list that has several parts: ``21 to 40 of 57``, and the way to the others.

    ``what`` is who or what they are, for the buttons; ``command`` asks for another part. What is
    ``shared`` has no buttons: everybody would press them for all.
    """
    if pages.number == 1 and not pages.more:
        return ()
    if shared:
        return (Note(position(pages)),)
    buttons = []
    if pages.number > 1:
        buttons.append(Button(f"Earlier {what}", command(pages.number - 1)))
    if pages.more:
        buttons.append(Button(f"More {what}", command(pages.number + 1)))
    return Note(position(pages)), Buttons(tuple(buttons))


def position(pages: Pages[T]) -> Markup:
    """``21 to 40 of 57``."""
    last = pages.first - 1 + len(pages.shown)
    if not pages.shown:
        return md("There is nothing more.")
    of = md(" of {}", pages.total) if pages.total is not None else Markup("")
    return md("{} to {}{}", pages.first, last, of)
