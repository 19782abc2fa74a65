"""The raw traffic both ways, for the inspector."""

import re
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

from ovbot.sandbox.slack.changes import Changes
from ovbot.sandbox.slack.shapes import Clock, Json

Direction = Literal["from_bot", "to_bot"]

_KEPT = 2000
_TOKEN = re.compile(r"\bx(?:ox[a-z]|app)-[A-Za-z0-9-]+")
_HIDDEN = "•••"
_SECRET_NAMES = frozenset({"token", "authorization", "client_secret", "signing_secret"})


@dataclass
class TrafficLog:
    """The last entries, oldest first. Tokens and secrets never get in."""

    clock: Clock
    changes: Changes
    secrets: tuple[str, ...] = ()
    _entries: deque[Json] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _count: int = 0

    def record(
        self,
        direction: Direction,
        kind: str,
        summary: str,
        *,
        request: Any = None,
        response: Any = None,
        status: int | None = None,
        began: float | None = None,
    ) -> None:
        """Note one exchange; `began` is its `time.perf_counter()` start."""
        self._count += 1
        entry = {
            "id": self._count,
            "at": self.clock(),
            "direction": direction,
            "kind": kind,
            "summary": self._clean(summary),
            "request": self._clean(request),
            "response": self._clean(response),
            "status": status,
            "ms": None if began is None else round((time.perf_counter() - began) * 1000, 1),
        }
        self._entries.append(entry)
        self.changes.tell("log")

    def entries(self, after: int = 0) -> list[Json]:
        """Entries with a higher id than `after`."""
        return [entry for entry in self._entries if entry["id"] > after]

    def clear(self) -> None:
        """Forget all entries; ids go on counting."""
        self._entries.clear()
        self.changes.tell("log")

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, _HIDDEN)
            return _TOKEN.sub(_HIDDEN, value)
        if isinstance(value, dict):
            return {
                name: _HIDDEN if str(name).lower() in _SECRET_NAMES else self._clean(inner)
                for name, inner in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._clean(inner) for inner in value]
        return value
