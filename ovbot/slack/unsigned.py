"""Why a request was not let in, for whoever set ovbot up: a wrong secret looks like silence.

Source: docs.slack.dev, "Verifying requests from Slack".
"""

import time
from collections.abc import Callable
from enum import StrEnum

import structlog

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
"""Anybody can send what is not signed, so each reason is logged once in so long, and counted."""


class Why(StrEnum):
    """The likely reason."""

    UNSIGNED = "unsigned"
    CLOCK = "clock"
    OTHER_APP = "another secret"
    ALTERED = "altered"


_ADVICE = {
    Why.UNSIGNED: "It has no signature, so it is not from Slack.",
    Why.CLOCK: "Slack's time and this machine's differ by {seconds} s, and at most 300 are let in: "
    "set the clock, or look for a proxy that holds requests back.",
    Why.OTHER_APP: "No request has fitted SLACK_SIGNING_SECRET since ovbot started: it is likely "
    "that of another app. Copy it from the app's Basic Information page.",
    Why.ALTERED: "Others fitted SLACK_SIGNING_SECRET, so that one is right: a proxy on the way "
    "changes the body, or it is not from Slack.",
}


class Refused:
    """Logs what was not let in."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._logged: dict[Why, float] = {}
        self._since: dict[Why, int] = {}
        self._fitted = False

    def fitted(self) -> None:
        """A request was signed with our secret."""
        self._fitted = True

    def stale(self, timestamp: str, clock: float) -> None:
        """Its time is missing, odd, or too far from ours (seconds since 1970)."""
        if timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12:
            self._tell(Why.CLOCK, round(clock - int(timestamp)))
        else:
            self._tell(Why.UNSIGNED)

    def unfit(self, signature: str, body: bytes, fits: Callable[[bytes], bool]) -> None:
        """Its signature is not that of its body."""
        if not signature.startswith("v0="):
            self._tell(Why.UNSIGNED)
        elif self._fitted or any(map(fits, _before_proxies(body))):
            self._tell(Why.ALTERED)
        else:
            self._tell(Why.OTHER_APP)

    def _tell(self, why: Why, seconds: int = 0) -> None:
        now = self._now()
        self._since[why] = self._since.get(why, 0) + 1
        if now - self._logged.get(why, -EVERY_SECONDS) < EVERY_SECONDS:
            return
        self._logged[why] = now
        log.warning(
            "slack.refused",
            why=why.value,
            requests=self._since.pop(why),
            advice=_ADVICE[why].format(seconds=seconds),
        )


def _before_proxies(body: bytes) -> tuple[bytes, ...]:
    """What the body may have been before something on the way wrote it anew."""
    return (
        body.strip(),
        body.replace(b"%20", b"+"),
        body.replace(b"+", b"%20"),
        body.replace(b"\r\n", b"\n"),
    )
