"""What webhooks did not bring, out of OpenVidu's CDR: every event, in order, with its own time.

OpenVidu writes an event there before it sends it, so nothing is lost while ovbot or the way to it
is down. Each line becomes an event like one that a webhook brought, which it may have: they have
the same key, and are one. Events and how far they were read are committed together.
"""

from collections.abc import Mapping, Sequence

import msgspec
import structlog

from ovbot.clock import Clock
from ovbot.failpoints import reach
from ovbot.openvidu import OpenVidu
from ovbot.openvidu.cdr import CdrPiece
from ovbot.openvidu.errors import CdrFileGone
from ovbot.openvidu.events import UnreadableEvent, parse_record
from ovbot.store import cdr, events
from ovbot.store.cdr import Place
from ovbot.store.database import Database
from ovbot.store.events import Arrival

log = structlog.get_logger(__name__)

_TOGETHER = 250
"""Events in a transaction: the answers to webhooks wait for it."""
_STILL = 26 * 3_600_000
"""Milliseconds without a new line after which a file gets no more: it is of one day."""


class Cdr:
    """Reads one server's CDR on, from where it stopped; from its end when it is first found."""

    def __init__(self, database: Database, server: str, openvidu: OpenVidu, clock: Clock) -> None:
        self._database = database
        self._server = server
        self._openvidu = openvidu
        self._clock = clock
        self._over: set[str] = set()
        """Files that have got no more for so long that they will not."""

    async def read_on(self) -> int:
        """Store all that is new; how many events no webhook had brought. Raises OpenViduError."""
        names = await self._openvidu.cdr_files()
        async with self._database.read() as tx:
            known = await cdr.places(tx, self._server)
        if known is None:
            await self._begin(names)
            return 0
        if gone := known.keys() - set(names):
            async with self._database.begin() as tx:
                await cdr.forget(tx, self._server, gone)
        return await self._follow(names, known)

    async def _begin(self, names: Sequence[str]) -> None:
        """What happened before ovbot came is history."""
        now, ends = self._clock.now_ms(), {}
        for name in names:
            try:
                ends[name] = Place(await self._openvidu.cdr_size(name), now)
            except CdrFileGone:
                continue
        async with self._database.begin() as tx:
            await cdr.begin(tx, self._server, ends, at=now)
        log.info("cdr.begun", server=self._server, files=len(ends))

    async def _follow(self, names: Sequence[str], known: Mapping[str, Place]) -> int:
        """Read the files that have grown, in the order of what is new in them.

        Their names do not tell it: a day's file is named after the start of the server, and after
        another start there is another of the same day.
        """
        now, grown = self._clock.now_ms(), []
        for name in names:
            if name in self._over:
                continue
            place = known.get(name, Place(0, now))
            piece = await self._piece(name, place.position)
            if piece is not None:
                grown.append((_first_time(piece), name, piece))
            elif now - place.grown_at >= _STILL:
                self._over.add(name)
        new = 0
        for _time, name, first in sorted(grown, key=lambda each: each[:2]):
            unread: CdrPiece | None = first
            while unread is not None:
                new += await self._store(name, unread)
                unread = await self._piece(name, unread.end)
        if new:
            log.info("cdr.read", server=self._server, new=new)
        return new

    async def _piece(self, name: str, position: int) -> CdrPiece | None:
        """What is new in a file, if anything is."""
        try:
            piece = await self._openvidu.cdr_piece(name, position)
        except CdrFileGone:
            return None
        return piece if piece.end != position else None

    async def _store(self, name: str, piece: CdrPiece) -> int:
        if piece.skipped:
            log.warning("cdr.skipped", file=name, bytes=piece.skipped)
        new, position = 0, piece.begin
        for first in range(0, len(piece.lines), _TOGETHER):
            lines = piece.lines[first : first + _TOGETHER]
            position += sum(map(len, lines))
            new += await self._store_lines(name, lines, position)
        return new if piece.lines else await self._store_lines(name, (), piece.end)

    async def _store_lines(self, name: str, lines: Sequence[bytes], position: int) -> int:
        arrivals, now = _arrivals(name, lines), self._clock.now_ms()
        async with self._database.begin() as tx:
            new = await events.record_in_order(tx, self._server, now, arrivals)
            await cdr.keep(tx, self._server, name, Place(position, now))
            reach("cdr.written")
        reach("cdr.committed")
        return new


def _arrivals(name: str, lines: Sequence[bytes]) -> list[Arrival]:
    found: dict[str, Arrival] = {}
    unreadable = 0
    for line in lines:
        try:
            event = parse_record(line)
        except UnreadableEvent:
            unreadable += 1
            continue
        if event is not None:
            body = msgspec.json.encode(event).decode()
            found.setdefault(event.key, Arrival(event.key, event.kind, body, "cdr"))
    if unreadable:
        log.warning("cdr.unreadable", file=name, lines=unreadable)
    return list(found.values())


def _first_time(piece: CdrPiece) -> int:
    """When the first readable event of a piece happened (ms); 0 where none is."""
    for line in piece.lines:
        try:
            event = parse_record(line)
        except UnreadableEvent:
            continue
        if event is not None and event.timestamp is not None:
            return event.timestamp
    return 0
