"""The Call Detail Record: every event once more, in files, whether or not a webhook arrives.

Documentation: OpenVidu CDR. One line an event, ``{"participantLeft": {…}}``, in UTF-8, with the
webhook's fields; written before the webhook is sent. A file's name has the day, and the time at
which the server started; a new day begins a new file at its first event.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ovbot.sandbox.openvidu.clock import Clock
from ovbot.sandbox.openvidu.messages import dumps


class Cdr:
    """The files of one server, by name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = ""
        self._name = ""
        self.files: dict[str, bytearray] = {}
        self.changed: dict[str, int] = {}
        """When a file was last written to, in seconds since 1970."""
        self.begin(clock.now())

    def begin(self, moment: float) -> None:
        """The server starts: a new file, empty at first."""
        self._started = f"{datetime.fromtimestamp(moment, UTC):%H-%M-%S}"
        self._open()

    def write(self, event: str, body: dict[str, Any]) -> None:
        """Keep an event."""
        self._open()
        self.files[self._name] += dumps({event: body}) + b"\n"
        self.changed[self._name] = int(self._clock.now())

    def _open(self) -> None:
        self._name = f"CDR.{self._now():%Y-%m-%d}_{self._started}.log"
        if self._name not in self.files:
            self.files[self._name] = bytearray()
            self.changed[self._name] = int(self._clock.now())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)
