"""One request and one answer, as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl


def dumps(value: Any) -> bytes:
    """Compact JSON in UTF-8 as Java writes it: half a surrogate pair becomes a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


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
