"""Whether an answer is what a trace shows, with the trace's roles bound to the ids of this run.

A trace writes ``<connection1>`` where a server made up an id, ``<ms>`` for a time, ``<size>`` for a
size. The first time that a role is met it takes the id that stands there; from then on it is
that id. What is arbitrary on a real server (the order of hash maps, lengths of time, sizes) is
not compared.
"""

from __future__ import annotations

import json
import re
from typing import Any

UNORDERED = ("content", "publishers", "subscribers", "items", "to")
_NUMBERS = ("<ms>", "<duration>", "<duration 0>", "<size>", "<size 0>")
_FORMS = {
    "ms": r"\d{13}",
    "unique": r"[\w-]+_\d{13}",
    "iso+0000": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000",
    "iso+00:00": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00",
    "url": r"https?://[^/?\s\"]+",
    "rec": r"/[^\s\"]*?",
    "cdr": r"/[^\s\"]*?",
    "layout": r"/[^\s\"]*?",
    "page": r"(?s:.*<html.*)",
    "bytes": r"(?s:.+)",
    "duration": r"\d+(?:\.\d+)?",
    "size": r"\d+",
}
_BOUND = {
    "wss": r"wss?://[^/?\s\"]+",
    "session": r"[\w~-]+",
    "connection": r"con_\w+",
    "camera": r"ipc_[^\"/?&\s]+",
    "token": r"tok_\w+",
    "date": r"\d{4}-\d\d-\d\d",
    "started": r"\d\d-\d\d-\d\d",
}
_PLACE = re.compile(
    r"<(ms|unique|iso\+0000|iso\+00:00|wss|url|rec|cdr|layout|page|date|started"
    r"|duration(?: 0)?|size(?: 0)?|\d+ bytes|(?:session|connection|camera|token)\d+)>"
    r"|(?<=str_[A-Z]{3}_)(xxxx)(?=_)|\bmedia_\w{8}\b"
)
_STREAM = re.compile(r"str_[A-Z]{3}_xxxx_<(?:connection|camera)\d+>")
_TURN = re.compile(
    r"&coturnIp=[^&\s\"]*&turnUsername=[^&\s\"]*"
    r"&turnCredential=[^&\s\"]*?(?=is not valid|[&\s\"]|$)"
)
_READER = re.compile(r"JSON parse error: \S+ \S+")


class Roles:
    """Which id of this run plays which role of the trace."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._streams: dict[str, str] = {}
        self._turned: dict[str, str] = {}
        """Addresses with the TURN credentials that the traces cut off, by those without."""

    def fill(self, text: str) -> str:
        """A text of the trace as it has to be sent here; who never appeared gets a made-up id."""

        def stream(found: re.Match[str]) -> str:
            return self._streams.get(found[0], found[0])

        def one(found: re.Match[str]) -> str:
            if found[1] is None or _kind(found[1]) not in _BOUND:
                return found[0]
            return self._ids.get(found[1], f"con_{found[1].capitalize()}")

        filled = _PLACE.sub(one, _STREAM.sub(stream, text))
        return self._turned.get(filled, filled)

    def fill_all(self, value: Any) -> Any:
        """The same for every text in a JSON value."""
        if isinstance(value, str):
            return self.fill(value)
        if isinstance(value, list):
            return [self.fill_all(each) for each in value]
        if isinstance(value, dict):
            return {self.fill(name): self.fill_all(each) for name, each in value.items()}
        return value

    def difference(self, expected: Any, actual: Any, where: str = "") -> str | None:
        """The first place where an answer is not what the trace shows, in words, or None.

        Only what is alike binds roles.
        """
        if isinstance(expected, str):
            return self._text(expected, actual, where)
        if isinstance(expected, dict):
            return self._object(expected, actual, where)
        if isinstance(expected, list):
            return self._list(expected, actual, where)
        if type(expected) is type(actual) and expected == actual:
            return None
        return _unlike(expected, actual, where)

    def alike(self, expected: Any, actual: Any) -> bool:
        """As ``difference``, but nothing is bound unless all of it is alike."""
        ids, streams = dict(self._ids), dict(self._streams)
        if self.difference(expected, actual) is None:
            return True
        self._ids, self._streams = ids, streams
        return False

    def _object(self, expected: dict[str, Any], actual: Any, where: str) -> str | None:
        if not isinstance(actual, dict):
            return _unlike(expected, actual, where)
        if missing := sorted(expected.keys() - actual.keys()):
            return f"{where}: {', '.join(missing)} missing"
        if more := sorted(actual.keys() - expected.keys()):
            return f"{where}: {', '.join(more)} too much"
        for name, value in expected.items():
            place = f"{where}.{name}"
            if name in UNORDERED and isinstance(value, list) and isinstance(actual[name], list):
                found = self.unordered(value, actual[name], place)
            else:
                found = self.difference(value, actual[name], place)
            if found is not None:
                return found
        return None

    def _list(self, expected: list[Any], actual: Any, where: str) -> str | None:
        if not isinstance(actual, list) or len(actual) != len(expected):
            return _unlike(expected, actual, where)
        for index, (one, other) in enumerate(zip(expected, actual, strict=True)):
            if (found := self.difference(one, other, f"{where}[{index}]")) is not None:
                return found
        return None

    def unordered(self, expected: list[Any], actual: list[Any], where: str) -> str | None:
        """Compare two lists in any order."""
        if len(actual) != len(expected):
            return f"{where}: {len(expected)} expected, {len(actual)} found"
        left = list(actual)
        # What is known already chooses first, so that a new role does not take its place.
        for index, one in enumerate(sorted(expected, key=self._unknown)):
            fits = next((i for i, other in enumerate(left) if self.alike(one, other)), None)
            if fits is None:
                return self.difference(one, left[0], f"{where}[{index}]")
            del left[fits]
        return None

    def _unknown(self, expected: Any) -> int:
        """How many roles in it have no id yet."""
        found = (each[1] for each in _PLACE.finditer(json.dumps(expected)))
        return sum(bool(role) and _kind(role) in _BOUND and role not in self._ids for role in found)

    def _text(self, expected: str, actual: Any, where: str) -> str | None:
        if expected in _NUMBERS:
            number = isinstance(actual, int | float) and not isinstance(actual, bool)
            return None if number else _unlike(expected, actual, where)
        if not isinstance(actual, str):
            return _unlike(expected, actual, where)
        if (reader := _READER.match(expected)) is not None:
            # What Java's JSON reader says further is its own affair.
            return None if actual.startswith(reader[0]) else _unlike(expected, actual, where)
        groups: dict[str, str] = {}
        cut = _TURN.sub("", actual)
        match = re.fullmatch(self._pattern(expected, groups), cut)
        if match is None:
            return _unlike(expected, actual, where)
        found = {role: match[group] for role, group in groups.items()}
        if taken := [each for each in found.values() if each in self._ids.values()]:
            return f"{where}: {taken[0]} plays another role already"
        self._ids |= found
        self._turned[cut] = actual
        if _STREAM.fullmatch(expected):
            self._streams[expected] = actual
        return None

    def _pattern(self, expected: str, groups: dict[str, str]) -> str:
        parts, end = [], 0
        for found in _PLACE.finditer(expected):
            parts.append(re.escape(expected[end : found.start()]))
            parts.append(self._place(found, groups))
            end = found.end()
        return "".join(parts) + re.escape(expected[end:])

    def _place(self, found: re.Match[str], groups: dict[str, str]) -> str:
        role = found[1]
        if role is None:
            # Half an id, or the media server's, which no trace gives a role.
            return "[A-Za-z0-9]{4}" if found[2] else r"media_\w{8}"
        kind = _kind(role)
        if kind not in _BOUND:
            return _FORMS[kind]
        if role in self._ids:
            return re.escape(self._ids[role])
        if role in groups:
            return f"(?P={groups[role]})"
        groups[role] = f"role{len(groups)}"
        return f"(?P<{groups[role]}>{_BOUND[kind]})"


def _kind(role: str) -> str:
    if role.endswith(" bytes"):
        return "bytes"
    return role.removesuffix(" 0") if " " in role else re.sub(r"(?<=[a-z])\d+$", "", role)


def _unlike(expected: Any, actual: Any, where: str) -> str:
    return f"{where}: {_short(expected)} expected, {_short(actual)} found"


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 300 else f"{shown[:300]}…"
