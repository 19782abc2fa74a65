"""Values that are written in a way of their own, and how any value is written."""

import re
from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import Annotated

from pydantic import BeforeValidator

_UNITS = {"w": 604_800, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(
    r"(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?"
)
_LONGEST = timedelta(days=3_650)
_ALLOWED = "a duration such as 30s, 5m, 2h or 7d"


def read_duration(value: object) -> timedelta:
    """A length of time as it is typed; raises ValueError, which says what is allowed."""
    if isinstance(value, timedelta):
        duration = value
    else:
        match = _DURATION.fullmatch(str(value).strip().lower())
        if match is None or not any(match.groups()):
            raise ValueError(_ALLOWED)
        amounts = zip(match.groups(), _UNITS.values(), strict=True)
        duration = timedelta(seconds=sum(int(amount or 0) * unit for amount, unit in amounts))
    if duration.microseconds or not timedelta(0) <= duration <= _LONGEST:
        raise ValueError(f"{_ALLOWED}, in whole seconds and at most ten years")
    return duration


_SPELT = re.compile(r"(\d{1,6}(?:[.,]\d{1,2})?)\s*([a-z]*)[\s,]*")
_SAID = {
    "w": "w wk wks week weeks",
    "d": "d day days",
    "h": "h hr hrs hour hours",
    "m": "m min mins minute minutes",
    "s": "s sec secs second seconds",
}
_UNIT = {said: unit for unit, words in _SAID.items() for said in words.split()} | {"": "m"}
_FOR_EVER = {"forever", "permanent", "permanently", "always", "indefinitely", "perma"}


def is_unit(word: str) -> bool:
    """Whether it says what a number before it counts: ``5 min``."""
    return word.casefold() in _UNIT


def nearest_duration(typed: str, others: Iterable[str] = ()) -> str | None:
    """The duration that somebody probably meant who writes ``5min``, ``1 hour``, ``1.5h`` or ``10``
    (minutes), or one of the ``others`` that may stand in its place; None where that is no guess.
    """
    text = typed.strip().casefold()
    if text in _FOR_EVER and "perm" in others:
        return "perm"
    seconds, place = 0.0, 0
    while place < len(text):
        found = _SPELT.match(text, place)
        if found is None or found[2] not in _UNIT:
            return None
        seconds += float(found[1].replace(",", ".")) * _UNITS[_UNIT[found[2]]]
        place = found.end()
    duration = timedelta(seconds=round(seconds))
    return _written_duration(duration) if timedelta(0) < duration <= _LONGEST else None


Duration = Annotated[timedelta, BeforeValidator(read_duration)]
"""A field type: whole seconds up to ten years, typed as ``90s``, ``5m``, ``1h30m`` or ``7d``."""


def written(value: object) -> str:
    """The text that reads back as this value."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, timedelta):
        return _written_duration(value)
    if isinstance(value, tuple):
        return ",".join(written(item) for item in value)
    return str(value)


def _written_duration(duration: timedelta) -> str:
    parts: list[str] = []
    left = int(duration.total_seconds())
    for unit, seconds in _UNITS.items():
        amount, left = divmod(left, seconds)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"


def alternatives(words: Iterable[str]) -> str:
    """``a, b or c``."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
