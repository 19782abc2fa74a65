"""How far the server's clock is from ours, by the Date that stands on each of its answers.

Every time that OpenVidu tells is its own. Its machine's clock may be minutes off, and whoever
compares such a time with ours has to know by how much.
(RFC 9110, section 6.6.1: Date is when the answer was made, in whole seconds.)
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import structlog

log = structlog.get_logger(__name__)

SAMPLES: Final = 9
"""Their median is the difference: a single answer may have been late, or kept by a proxy."""
NOTHING: Final = 2.0
"""Seconds. A Date is cut to whole ones and as old as the way was long: less than this is none."""
TOLD: Final = 30.0
"""Seconds from which on the operator is told."""


class Skew:
    """The difference between two clocks; ``host`` is named in the log."""

    def __init__(self, host: str, now: Callable[[], float] = time.time) -> None:
        self._host, self._now = host, now
        self._samples: deque[float] = deque(maxlen=SAMPLES)
        self._told = False

    @property
    def seconds(self) -> float | None:
        """How much later it is there than here; None before the first answer."""
        if not self._samples:
            return None
        difference = statistics.median(self._samples)
        return round(difference, 1) if abs(difference) >= NOTHING else 0.0

    def answered(self, date: str | None) -> None:
        """The head of an answer has just come, with this Date."""
        try:
            there = parsedate_to_datetime(date or "")
        except (ValueError, OverflowError):
            return
        if there.tzinfo is None:
            there = there.replace(tzinfo=UTC)
        self._samples.append(there.timestamp() + 0.5 - self._now())
        self._tell()

    def _tell(self) -> None:
        """Once when it begins to be much, and once when that is over."""
        seconds = self.seconds or 0.0
        much = abs(seconds) > TOLD
        if much and not self._told:
            which = "ahead" if seconds > 0 else "behind"
            log.warning(
                "openvidu.clock_differs", host=self._host, seconds=abs(seconds), openvidu=which
            )
        elif self._told and not much:
            log.info("openvidu.clock_agrees", host=self._host)
        self._told = much
