"""Telling those who watch that something changed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ovbot.sandbox.slack.shapes import Json


@dataclass
class Changes:
    """Fans small notices out to every watcher; None ends the watching."""

    _watchers: set[asyncio.Queue[Json | None]] = field(default_factory=set)
    _closed: bool = False

    def tell(self, kind: str, **what: Any) -> None:
        """Say that something of this kind changed."""
        for watcher in self._watchers:
            watcher.put_nowait({"kind": kind, **what})

    @contextmanager
    def watch(self) -> Iterator[asyncio.Queue[Json | None]]:
        """A queue of everything told from here on."""
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        if self._closed:
            queue.put_nowait(None)
        self._watchers.add(queue)
        try:
            yield queue
        finally:
            self._watchers.discard(queue)

    def close(self) -> None:
        """End every watching, now and later."""
        self._closed = True
        for watcher in self._watchers:
            watcher.put_nowait(None)
