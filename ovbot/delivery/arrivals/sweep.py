"""Asking OpenVidu for what its webhooks did not bring: at start, and on a timer."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence

import structlog

from ovbot.clock import Clock
from ovbot.delivery.admin_alerts import AdminAlerts
from ovbot.delivery.arrivals import (
    announcements,
    banned,
    missed_webhooks,
    recordings,
    sessions,
    stuck,
)
from ovbot.delivery.arrivals.cdr import Cdr
from ovbot.delivery.arrivals.missed_webhooks import Missed
from ovbot.delivery.arrivals.reactions import RECORDING
from ovbot.delivery.background import Leadership, LogOnce, Pause, always
from ovbot.delivery.fan_out import Source
from ovbot.domain.markup import Markup
from ovbot.engine.webhooks import Webhooks
from ovbot.failpoints import reach
from ovbot.openvidu import OpenVidu, OpenViduError, ServerConfig
from ovbot.openvidu.errors import RecordingDisabled, RecordingNotFound, SessionNotFound
from ovbot.openvidu.models import ListedSession, Recording
from ovbot.store import bindings, outbox
from ovbot.store import recordings as known_recordings
from ovbot.store import sessions as known_sessions
from ovbot.store.database import Database, Tx
from ovbot.store.failures import StoreError
from ovbot.store.sessions import Alive
from ovbot.subjects import noticing
from ovbot.subjects.recording_of import seen
from ovbot.subjects.webhooks import found_wrong

log = structlog.get_logger(__name__)

_TOGETHER = 100
_LOOKED_AT = 20
"""Recordings that are read one by one, where the list of them is broken."""
GRACE = 30_000
"""Milliseconds that the webhook gets to tell of a session before the sweep does."""
SLACK = 5_000
"""Milliseconds before a listing in which an end may have been heard of that it does not show."""
MISSES = 2
"""Listings in a row without a session before it is over: its webhook may be on the way."""


class Sweeper:
    """Compares one OpenVidu server with what is known of it. It never stops for a failure."""

    def __init__(
        self,
        database: Database,
        server: str,
        openvidu: OpenVidu,
        clock: Clock,
        *,
        every: float,
        operators: AdminAlerts | None = None,
        webhooks: Webhooks | None = None,
        turn: Leadership = always,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """``every``: seconds between two sweeps (OVBOT_SWEEP_SECONDS).

        ``operators`` hear of events that were missed; None where no webhook is expected.
        ``webhooks`` is what these have to be like, which is looked at and logged.
        """
        self._database = database
        self._server = server
        self._openvidu = openvidu
        self._clock = clock
        self._every = every
        self._operators = operators
        self._webhooks = Webhooks() if webhooks is None else webhooks
        self._config: ServerConfig | None = None
        self._wrong: list[Markup] | None = None
        """What was wrong with the webhooks when that was last looked at; None: never."""
        self._gap_trouble = LogOnce("sweep.gap")
        self._turn = turn
        self._pause = pause
        self._listed: set[tuple[str, int]] | None = None
        self._recorded: Sequence[ListedSession] = ()
        self._on_disk: Sequence[Recording] | None = None
        """What was listed just now; None: it could not be read."""
        self._looked_at = 0
        """When the last listing was asked for (ms); 0: none was."""
        self._came: dict[tuple[str, int], tuple[int, int]] = {}
        """Sessions that no webhook has told of yet: when they were not there yet, and when they
        were first listed, by our clock (ms): OpenVidu's may be off further than is known."""
        self.last_contact: int | None = None
        """When OpenVidu last answered (ms); None: not yet."""
        self._cdr = Cdr(database, server, openvidu, clock)
        self._caught_up = asyncio.Event()
        self._parts: list[tuple[Callable[[], Awaitable[int]], LogOnce]] = [
            (self._configuration, LogOnce("sweep.configuration")),
            (self._missed, LogOnce("sweep.cdr")),
            (self._recordings, LogOnce("sweep.recordings")),
            (self._sessions, LogOnce("sweep.sessions")),
            (self._condition, LogOnce("sweep.condition")),
            (self._banned, LogOnce("sweep.banned")),
        ]

    async def run(self) -> None:
        """Sweep now and again and again, until cancelled."""
        while True:
            await self._turn()
            await self.sweep()
            await self._pause(self._every)

    async def caught_up(self) -> None:
        """Return once what happened before the start is stored, as far as it can be read now."""
        await self._caught_up.wait()

    async def sweep(self) -> int:
        """Compare once; how many notices came of it."""
        made = 0
        for compare, trouble in self._parts:
            try:
                made += await compare()
                trouble.over()
            except (OpenViduError, StoreError) as error:
                trouble.seen(error)
        if made:
            log.info("sweep.recovered", notices=made, server=self._server)
        await self._report()
        return made

    async def _report(self) -> None:
        if self._operators is None:
            return
        try:
            now, wrong = self._clock.now_ms(), self._wrong or ()
            await missed_webhooks.report(self._database, self._operators, now, self._config, wrong)
            self._gap_trouble.over()
        except StoreError as error:
            self._gap_trouble.seen(error)

    async def _configuration(self) -> int:
        """Whether the webhooks are set right: logged at the start, and when that has changed."""
        try:
            self._config = await self._openvidu.config()
        except OpenViduError:
            self._config = None  # told by whatever else is asked, and by ``status``
            return 0
        wrong = found_wrong(self._webhooks, self._config, self._openvidu)
        if wrong != self._wrong:
            if wrong:
                log.warning("webhooks.set_wrong", wrong=[str(one) for one in wrong])
            else:
                log.info("webhooks.set_right", server=self._server)
        self._wrong = wrong
        return 0

    async def _missed(self) -> int:
        """Events that no webhook brought, where the server keeps them; they are told as such."""
        try:
            if self._config is not None and self._config.cdr:
                await self._cdr.read_on()
        finally:
            self._caught_up.set()
        return 0

    async def _recordings(self) -> int:
        listed = await self._list_recordings()
        self.last_contact = self._clock.now_ms()
        async with self._database.read() as tx:
            settled = await known_recordings.settled(tx, self._server)
        fresh = [
            one for one in listed if settled.get((one.id, one.created_at), -1) < seen(one).rank
        ]
        fresh.sort(key=lambda one: one.created_at)
        made = 0
        for first in range(0, len(fresh), _TOGETHER):  # short transactions: others write too
            made += await self._observe(fresh[first : first + _TOGETHER])
        now = self._clock.now_ms()
        return made + await stuck.tell(
            self._database,
            fresh,
            server=self._server,
            now=now,
            stop_takes=noticing.stop_takes(self._openvidu),
            ahead=self._openvidu.ahead,
        )

    async def _list_recordings(self) -> Sequence[Recording]:
        self._on_disk = None
        try:
            self._on_disk = await self._openvidu.recordings()
        except RecordingDisabled:
            self._on_disk = ()
        except OpenViduError as broken:
            return await self._by_ids(broken)
        return self._on_disk

    async def _by_ids(self, broken: OpenViduError) -> Sequence[Recording]:
        """One damaged file breaks the list for ever; each other can be read all the same."""
        async with self._database.read() as tx:
            waiting = await known_recordings.unfinished(tx, self._server)
        found = []
        for one in waiting[-_LOOKED_AT:]:
            try:
                found.append(await self._openvidu.recording(one.seen.recording))
            except RecordingNotFound:
                continue
            except OpenViduError:
                raise broken from None
        if not found:
            raise broken
        return found

    async def _condition(self) -> int:
        """Since when a session counts as recorded without a recording that runs."""
        if self._recorded:
            await noticing.of_sessions(
                self._recorded,
                self._on_disk,
                self._openvidu,
                self._database,
                self._server,
                self._clock.now_ms(),
            )
        return 0

    async def _observe(self, listed: Sequence[Recording]) -> int:
        made, now = 0, self._clock.now_ms()
        missed = []
        async with self._database.begin() as tx:
            await outbox.in_order(tx)
            bound = await bindings.every(tx, self._server)
            for one in listed:
                new = await recordings.observe(
                    tx,
                    seen(one),
                    Source.SWEEP,
                    bound,
                    server=self._server,
                    at=now,
                    ahead=self._openvidu.ahead,
                )
                if new:
                    ended_at = one.created_at + round(one.duration * 1000)
                    here = self._openvidu.here(ended_at)
                    missed.append(Missed(RECORDING, one.id, one.created_at, here))
                made += new
            await self._remember(tx, missed, now)
            reach("sweep.written")
        reach("sweep.committed")
        return made

    async def _banned(self) -> int:
        """Who is banned and joined unheard; their removal is told when it is done."""
        live = None if self._listed is None else {session for session, _at in self._listed}
        now = self._clock.now_ms()
        await banned.look_for(self._database, self._openvidu, self._server, live, now)
        return 0

    async def _sessions(self) -> int:
        self._listed, self._recorded, asked_at = None, (), self._clock.now_ms()
        listing = await self._openvidu.sessions()
        self._recorded = [one for one in listing if one.recording]
        undated = {one.session_id for one in listing if not one.created_at}
        listed = {(one.session_id, one.created_at) for one in listing if one.created_at}
        self._listed = None if listing.unreadable or undated else listed
        now = self.last_contact = self._clock.now_ms()
        async with self._database.read() as tx:
            alive = await known_sessions.alive(tx, self._server)
            unknown = listed - {(one.session, one.created_at) for one in alive}
            over = await known_sessions.over(tx, self._server, {name for name, _at in unknown})
        self._came = {one: self._came.get(one, (self._looked_at, now)) for one in unknown}
        self._looked_at = asked_at
        before = self._openvidu.there(now - GRACE)
        new = sorted(
            (at, name)
            for name, at in unknown - set(over)
            if at < before or self._came[name, at][1] <= now - GRACE
        )
        # One that ended while the listing was on its way is listed too.
        told_over = {one for one in unknown & set(over) if over[one] < asked_at - SLACK}
        counted = [
            await self._surely(now_missing)
            for one in alive
            if one.session not in undated
            and (now_missing := _count(one, listed)).missing != one.missing
        ]
        if not new and not counted and not told_over:
            return 0
        return await self._compare(new, counted, told_over, now)

    def _latest_beginning(self, session: str, created_at: int) -> int:
        """By our clock (ms), where the session's own time cannot be right: it was not listed then
        and began unseen before it was. Otherwise 0, and its own time counts.
        """
        absent_at, listed_at = self._came[session, created_at]
        return listed_at if self._openvidu.here(created_at) < absent_at else 0

    async def _surely(self, one: Alive) -> Alive:
        """What a listing leaves out may be there all the same, so it is asked for."""
        if one.missing < MISSES:
            return one
        try:
            found = await self._openvidu.session(one.session)
        except SessionNotFound:
            return one
        except OpenViduError:
            return Alive(one.session, one.created_at, MISSES - 1)
        there = found.created_at in {0, one.created_at}
        return Alive(one.session, one.created_at, 0 if there else one.missing)

    async def _compare(
        self,
        new: Sequence[tuple[int, str]],
        counted: Sequence[Alive],
        told_over: Collection[tuple[str, int]],
        now: int,
    ) -> int:
        made, missed = 0, []
        async with self._database.begin() as tx:
            await outbox.in_order(tx)
            bound = await bindings.every(tx, self._server)
            for created_at, session in new:
                told = await sessions.created(
                    tx,
                    bound,
                    Source.SWEEP,
                    server=self._server,
                    session=session,
                    created_at=created_at,
                    at=now,
                    ahead=self._openvidu.ahead,
                    after=self._latest_beginning(session, created_at),
                )
                if told:
                    here = self._openvidu.here(created_at)
                    missed.append(Missed("sessionCreated", session, created_at, here))
                made += told
            for session, created_at in told_over:
                made += await sessions.revived(
                    tx, bound, server=self._server, session=session, created_at=created_at, at=now
                )
            await known_sessions.count_missing(tx, self._server, counted)
            for one in counted:
                if one.missing < MISSES:
                    continue
                told = await sessions.ended(
                    tx,
                    bound,
                    server=self._server,
                    session=one.session,
                    created_at=one.created_at,
                    at=now,
                    over_at=self._openvidu.there(now),
                    reply=announcements.session_vanished(one.session, now),
                )
                if told:
                    missed.append(Missed("sessionDestroyed", one.session, one.created_at, now))
                made += told
            await self._remember(tx, missed, now)
            reach("sessions.written")
        reach("sessions.committed")
        return made

    async def _remember(self, tx: Tx, missed: Sequence[Missed], now: int) -> None:
        if self._operators is not None:
            await missed_webhooks.remember(tx, self._server, missed, now)


def _count(one: Alive, listed: set[tuple[str, int]]) -> Alive:
    there = (one.session, one.created_at) in listed
    return Alive(one.session, one.created_at, 0 if there else one.missing + 1)
