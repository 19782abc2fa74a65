"""What the port grants to those who have not yet proven who they are.

A connection is a stranger's until an endpoint has verified a request that came over it. Strangers
get little room and little time. Where the room is used up, nobody new is turned away: the
stranger who has kept us waiting longest has to go, since whoever means it sends a request at once.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

from ovbot.logs import Sparingly

_SWEEP_SECONDS = 0.5
_AT_ONCE = 16
"""Connections that are ended before others have their turn again."""


@dataclass(frozen=True)
class Limits:
    """Counts, bytes and seconds."""

    connections: int = 512
    """In all; a process commonly has 1,024 file descriptors, and needs some for its own work."""
    from_one_address: int = 384
    """Behind a reverse proxy everybody comes from one address."""
    first_byte_seconds: float = 10.0
    head_seconds: float = 10.0
    """From a request's first byte to the end of its headers."""
    body_seconds: float = 15.0
    """From there to the end of its body."""
    goodbye_seconds: float = 5.0
    """To take our last answer."""
    goodbye_bytes: int = 2 * 1024 * 1024
    """That may still come meanwhile."""
    head_bytes: int = 16 * 1024
    head_lines: int = 64
    stranger_body: int = 512 * 1024
    """On the wire, with what chunks add. The endpoints, which answer in words, allow for less."""
    verified_body: int = 64 * 1024 * 1024
    """Of whoever is verified before the body is read; endpoints keep only what they need of it."""
    strangers_bodies: int = 4 * 1024 * 1024
    """That all strangers together may have us hold."""


class Guarded(Protocol):
    """A connection as the guard sees it."""

    address: str
    known: bool
    """Whether a request over it was verified."""
    busy: bool
    """Whether a whole request has arrived that is not answered yet."""
    held: int
    """Bytes of a body that is under way, while it is a stranger's."""
    deadline: float | None
    """When it is cut off (``time.monotonic``)."""

    def cut_off(self) -> None:
        """End it now, without a word."""


class Guard:
    """Counts the connections of one port."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._all: dict[Guarded, None] = {}  # the oldest first
        self._from: dict[str, int] = {}
        self._held = 0
        self._tell = Sparingly()

    def __len__(self) -> int:
        return len(self._all)

    def enters(self, one: Guarded) -> None:
        """A connection was accepted; room is made for it, or it is cut off itself."""
        self._all[one] = None
        ours = self._from[one.address] = self._from.get(one.address, 0) + 1
        one.deadline = time.monotonic() + self.limits.first_byte_seconds
        if ours > self.limits.from_one_address:
            self._make_room(one, one.address)
        elif len(self._all) > self.limits.connections:
            self._make_room(one, None)

    def leaves(self, one: Guarded) -> None:
        """A connection is over."""
        if one not in self._all:
            return
        del self._all[one]
        self._from[one.address] -= 1
        if not self._from[one.address]:
            del self._from[one.address]
        self.lets_go(one)

    def holds(self, one: Guarded, more: int) -> None:
        """``more`` bytes of a stranger's body have arrived; the largest has to go if that is too
        much in all. Who sends a command sends little."""
        one.held += more
        self._held += more
        while self._held > self.limits.strangers_bodies:
            largest = max(self._all, key=lambda each: each.held)
            self._cut_off(largest, "bodies")

    def lets_go(self, one: Guarded) -> None:
        """Its body is no longer held, or known not to be a stranger's."""
        self._held -= one.held
        one.held = 0

    def waits_anew(self, one: Guarded) -> None:
        """It has just been answered, so others have kept us waiting longer."""
        if one in self._all:
            del self._all[one]
            self._all[one] = None

    async def run(self) -> None:
        """Cut off whoever is past the deadline, until cancelled."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            now = time.monotonic()
            late = [each for each in self._all if each.deadline and each.deadline < now]
            for count, one in enumerate(late):
                if count % _AT_ONCE == 0:
                    await asyncio.sleep(0)  # the end of each has its price, too
                self._cut_off(one, "time")

    def _make_room(self, newest: Guarded, address: str | None) -> None:
        strangers = (
            each
            for each in self._all
            if not (each.known or each.busy) and (address is None or each.address == address)
        )
        self._cut_off(next(strangers, newest), "address" if address else "connections")

    def _cut_off(self, one: Guarded, limit: str) -> None:
        self._tell("listener.cut_off", limit=limit)
        self.leaves(one)
        one.cut_off()
