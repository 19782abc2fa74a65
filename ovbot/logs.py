"""Structured logs on standard error: one line an event, a name first, then its fields."""

import logging
import re
import sys
import time
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import structlog

log = structlog.get_logger(__name__)

_SPARING_SECONDS = 60.0

_SECRET = ("secret", "token", "authorization", "password", "credential", "response_url")


_QUERY = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]*://[^\s?#\"']*)[?#][^\s\"']*")
_FRAMES = 12


def configure(level: str = "info") -> None:
    """Set up structlog; lines for people on a terminal, JSON for machines elsewhere.

    What libraries log comes the same way, so that it is a line of the same kind, and as bare.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    both: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _where,
        _mask,
    ]
    terminal = sys.stderr.isatty()
    shown: Any = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*both, shown],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *both],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shown],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _where(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception as what it was and where, without what it says: that may hold any value."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else None
    if isinstance(given, tuple):
        error = given[1]
    elif given is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["exception"] = list(_told(error))
    return event


def _told(error: BaseException | None) -> Iterator[dict[str, Any]]:
    """The exception, those in it if it is a group, and what it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        at = [f"{'/'.join(Path(f.filename).parts[-3:])}:{f.lineno} {f.name}" for f in frames]
        yield {"type": type(error).__qualname__, "at": at}
        if isinstance(error, BaseExceptionGroup):
            for each in error.exceptions[:_FRAMES]:
                yield from _told(each)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A last net: no field whose name speaks of a secret is ever written, and of no address what
    comes after its path: a socket's holds the ticket to it."""
    for name in event:
        if any(word in name.lower() for word in _SECRET):
            event[name] = "[masked]"
        elif isinstance(value := event[name], str) and "://" in value:
            event[name] = _QUERY.sub(r"\1?[masked]", value)
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
