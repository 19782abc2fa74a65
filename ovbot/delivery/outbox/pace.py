"""When Slack took a message, by our clock: its second for the channel counts from there.

The ``ts`` of a message is that moment by Slack's clock (docs.slack.dev, "Retrieving messages"). It
was after we had sent the message and before we were answered, so each message bounds how far the
two clocks are apart from both sides, and all of them together bound it closely. Where they do not
agree, a clock was set or ``ts`` is no moment, and it counts from the answer.
"""

from typing import NamedTuple

_WHILE = 60_000
"""Milliseconds after which a message shows nothing any more: clocks are set, and drift."""
_MANY, _SPREAD = 50, 2_000
"""Messages, in so many milliseconds, of which one was about as quick on its way as any that
follows: those of one moment are all slow, since connections are opened and much is sent at once."""


class _Seen(NamedTuple):
    """How much our clock is ahead of Slack's (ms), at least and at most: by how many messages, of
    which the first was answered ``since``."""

    least: float = float("-inf")
    most: float = float("inf")
    messages: int = 0
    since: float = float("inf")

    def with_(self, other: "_Seen") -> "_Seen":
        least, most = max(self.least, other.least), min(self.most, other.most)
        messages, since = self.messages + other.messages, min(self.since, other.since)
        return _Seen(least, most, messages, since)

    def is_enough(self, now: int) -> bool:
        """Whether one of them was surely quick."""
        return self.messages >= _MANY and now - self.since >= _SPREAD


class Pace:
    """Learns from every message how far Slack's clock and ours are apart."""

    def __init__(self) -> None:
        self._now, self._before = _Seen(), _Seen()

    def taken_at(self, ts: str, *, sent_at: int, answered_at: int) -> int:
        """The moment (ms), or one by which a message after it cannot come too early.

        Of few messages that is late by the way back of the quickest answer. Of many it is early by
        the way there of the quickest message, which the next one has to go as well.
        """
        try:
            moment = round(float(ts) * 1000)
        except (ValueError, OverflowError):
            return answered_at
        if answered_at - self._now.since > _WHILE:
            self._now, self._before = _Seen(), self._now
        one = _Seen(sent_at - moment, answered_at - moment, 1, answered_at)
        self._now = self._now.with_(one)
        seen = self._now.with_(self._before)
        if seen.least > seen.most:
            return answered_at
        return moment + round(seen.least if seen.is_enough(answered_at) else seen.most)
