"""Structured logs on standard error: one line an event, a name first, then its fields."""

import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_SPARING_SECONDS = 60.0

_SECRET = ("secret", "token", "authorization", "password", "credential", "response_url")


def configure(level: str = "info") -> None:
    """Set up structlog; lines for people on a terminal, JSON for machines elsewhere."""
    number = logging.getLevelNamesMapping()[level.upper()]
    terminal = sys.stderr.isatty()
    shown: Any = (
        # Plain: the richer tracebacks print local variables, and with them secrets.
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _mask,
            *([] if terminal else [structlog.processors.format_exc_info]),
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A last net: no field whose name speaks of a secret is ever written."""
    for name in event:
        if any(word in name.lower() for word in _SECRET):
            event[name] = "[masked]"
    return event


class Sparingly:
    """For what strangers can cause: logs the first of a kind, and of those that follow within a
    minute only how many."""

    def __init__(self, every: float = _SPARING_SECONDS) -> None:
        self._every = every
        self._due: dict[tuple[str, str], float] = {}
        self._untold: dict[tuple[str, str], int] = {}

    def __call__(self, event: str, *, limit: str = "", **fields: Any) -> None:
        """``event`` and ``limit`` are ours, and few; ``fields`` are of the one that is told."""
        kind, now = (event, limit), time.monotonic()
        if now < self._due.get(kind, 0.0):
            self._untold[kind] = self._untold.get(kind, 0) + 1
            return
        self._due[kind] = now + self._every
        more = self._untold.pop(kind, 0)
        said = {"limit": limit} if limit else {}
        log.warning(event, **said, **fields, **({"also": more} if more else {}))
