"""When Slack took a message, by our clock: its second for the channel counts from there.

The ``ts`` of a message is that moment by Slack's clock (docs.slack.dev, "Retrieving messages").
How far the two clocks are apart is not known, but of the answers of a while the quickest shows it
best: what another took longer, it took on its way back.
"""

_WHILE = 60_000
"""Milliseconds after which an answer shows nothing any more: clocks are set."""


class Pace:
    """Learns from every message how far Slack's clock and ours are apart."""

    def __init__(self) -> None:
        self._since = 0
        self._quickest: int | None = None
        self._before: int | None = None

    def taken_at(self, ts: str, *, sent_at: int, answered_at: int) -> int:
        """The moment (ms), never before it was sent and never after it was answered.

        So a ``ts`` that is no moment, or clocks that have just been set, cost little.
        """
        try:
            moment = round(float(ts) * 1000)
        except (ValueError, OverflowError):
            return answered_at
        apart = answered_at - moment
        if answered_at - self._since > _WHILE:
            self._before, self._quickest = self._quickest, None
            self._since = answered_at
        self._quickest = apart if self._quickest is None else min(apart, self._quickest)
        least = self._quickest if self._before is None else min(self._before, self._quickest)
        return min(answered_at, max(sent_at, moment + least))
