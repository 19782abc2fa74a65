"""One request and one answer, as plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

_FRACTION = re.compile(r"\.\d+(?:e[+-]\d+)?(?=[,\]}]|$)")
_POWER = re.compile(r"e[+-]\d+(?=[,\]}]|$)")
_LEAST, _MOST = 1e-3, 1e7


def dumps(value: Any) -> bytes:
    """Compact JSON in UTF-8 as Java writes it: half a surrogate pair becomes a question mark."""
    return java_text(value).encode("utf-8", "replace")


def java_text(value: Any) -> str:
    """Compact JSON with the numbers written as Java does, ``1.23456785E7`` from ten million on."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not _is_odd(text):
        return text
    doubles: list[str] = []
    mark = uuid4().hex  # no text of anybody's has it

    def marked(each: Any) -> Any:
        if isinstance(each, dict):
            return {name: marked(found) for name, found in each.items()}
        if isinstance(each, list):
            return [marked(found) for found in each]
        if isinstance(each, float) and each and not _LEAST <= abs(each) < _MOST:
            doubles.append(_scientific(each))
            return f"{mark}{len(doubles) - 1}"
        return each

    text = json.dumps(marked(value), ensure_ascii=False, separators=(",", ":"))
    return re.sub(rf'"{mark}(\d+)"', lambda found: doubles[int(found[1])], text)


def _is_odd(text: str) -> bool:
    """Whether a number may stand in a JSON text that Java writes otherwise."""
    for found in _FRACTION.finditer(text):
        whole = text[max(found.start() - 8, 0) : found.start()]
        if "e" in found[0] or found[0].startswith(".000") or (len(whole) == 8 and whole.isdigit()):
            return True
    return _POWER.search(text) is not None


def _scientific(value: float) -> str:
    """``Double.toString`` of what is very big or very small."""
    digits, _, exponent = f"{Decimal(repr(value)):e}".partition("e")
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


@dataclass(frozen=True)
class Call:
    """A request on its way to a handler."""

    method: str
    path: str
    """As it came, percent-encoding and all, after the rewriting of deprecated paths."""
    query: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    lines: int = 0
    """Of the header, and how many bytes it had."""
    head: int = 0
    operation: str = ""
    variables: tuple[str, ...] = ()
    """The path's variables, decoded."""

    def parameter(self, name: str) -> str | None:
        """The first query parameter of that name."""
        for key, value in parse_qsl(self.query, keep_blank_values=True):
            if key == name:
                return value
        return None

    def routed(self, operation: str, variables: tuple[str, ...]) -> Call:
        return replace(self, operation=operation, variables=variables)


@dataclass(frozen=True)
class Reply:
    """An answer; ``content_type`` None sends no such header."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = field(default=())

    def wire_headers(self) -> list[tuple[bytes, bytes]]:
        """Headers in ASGI's form, with the length of the body."""
        found = list(self.headers)
        if self.content_type is not None:
            found.append(("Content-Type", self.content_type))
        if self.status not in (204, 304):
            found.append(("Content-Length", str(len(self.body))))
        return [(name.lower().encode(), value.encode("latin-1")) for name, value in found]


class Refusal(Exception):
    """A handler's early answer."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def json_reply(value: Any, status: int = 200) -> Reply:
    return Reply(status, dumps(value), "application/json")
