"""Rate limits: tiers per method, and one message a second per channel.

From the platform's documentation, "Rate limits".
"""

import math
from dataclasses import dataclass, field
from enum import IntEnum

from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.shapes import Clock


class Tier(IntEnum):
    """Calls a minute of each tier; the last is what posting and plain look-ups are given."""

    ONE = 1
    TWO = 20
    THREE = 50
    FOUR = 100
    SPECIAL = 600


_LEAST_BURST = 10
"""Calls even the slowest tier takes at once: an app may open ten sockets."""

POST_BURST = 5
"""Messages one channel takes at once before the second-by-second limit bites."""


@dataclass
class _Bucket:
    level: float
    updated: float


@dataclass
class RateLimits:
    """Leaky buckets: each call pours in one, time drains it."""

    clock: Clock
    enabled: bool = True
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def method(self, name: str, tier: Tier) -> None:
        """Count a call. Raises ApiError ``ratelimited`` (429 and Retry-After) above the tier."""
        self._pour(name, max(tier, _LEAST_BURST), tier / 60)

    def post(self, channel: str) -> None:
        """Count a message to a channel: one a second, with a short burst. Raises the same."""
        self._pour(f"post {channel}", POST_BURST, 1.0)

    def _pour(self, name: str, size: float, drain: float) -> None:
        if not self.enabled:
            return
        now = self.clock()
        bucket = self._buckets.setdefault(name, _Bucket(0.0, now))
        bucket.level = max(0.0, bucket.level - (now - bucket.updated) * drain)
        bucket.updated = now
        if bucket.level + 1 > size + 1e-9:
            wait = max(1, math.ceil((bucket.level + 1 - size) / drain - 1e-9))
            raise ApiError("ratelimited", status=429, retry_after=wait)
        bucket.level += 1
