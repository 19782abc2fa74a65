"""Stored events become state and notices, in the order they came."""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from ovbot.clock import Clock
from ovbot.delivery.arrivals import banned, lossy_names, reactions, recordings
from ovbot.delivery.arrivals.banned import JOINED
from ovbot.delivery.arrivals.reactions import RECORDING, Happening, Result
from ovbot.delivery.background import Leadership, LogOnce, Pause, always, one_round
from ovbot.domain.ban import Ban
from ovbot.domain.binding import Binding
from ovbot.failpoints import reach
from ovbot.openvidu import OpenVidu, OpenViduError, Session
from ovbot.openvidu.errors import BadArgument, RecordingDisabled, RecordingNotFound, SessionNotFound
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.models import Recording
from ovbot.store import bans, bindings, cards, events, outbox
from ovbot.store.database import Database, Tx
from ovbot.store.events import Waiting
from ovbot.store.failures import StoreError

log = structlog.get_logger(__name__)

TRIES = 8
"""So often an event is tried, with growing pauses: two minutes in all."""

_BATCH = 100
_POLL = 5.0
_LONGEST_PAUSE = 30
_REST_PATIENCE = 5.0
_REST_PAUSE = 2_000
_EMPTY_TRIES = 3
"""Seven seconds in all."""


class Ready(msgspec.Struct, frozen=True):
    """A stored event, read; ``event`` None when it cannot be, ``late`` when it must wait.

    ``named``: it has got a name that it came without, to be kept with it.
    """

    waiting: Waiting
    event: WebhookEvent | None
    found: Recording | None = None
    late: bool = False
    named: bool = False


class Processor:
    """Deals with the events of one OpenVidu server."""

    def __init__(
        self,
        database: Database,
        server: str,
        openvidu: OpenVidu,
        clock: Clock,
        *,
        pause: Pause = asyncio.sleep,
        after: Leadership = always,
    ) -> None:
        """``after`` is waited for at the start: what comes first is not all there before."""
        self._after = after
        self._database = database
        self._server = server
        self._openvidu = openvidu
        self._clock = clock
        self._pause = pause
        self._store_trouble = LogOnce("process.store")
        self._rest_trouble = LogOnce("process.openvidu")
        self._rest_again_at = 0
        self._loses_letters: bool | None = None
        """Whether the server's webhooks do; None until its version is known."""

    async def run(self) -> None:
        """Deal with events as they come, until cancelled; at any moment: each commit is whole."""
        await self._after()
        wake, trouble = self._database.wake, self._store_trouble
        while True:
            await one_round(self.step, trouble, wake, events.WAKE, self._pause, after_trouble=_POLL)

    async def step(self) -> float:
        """Deal with the events that are due, up to a hundred; how long to wait then (seconds)."""
        now = self._clock.now_ms()
        async with self._database.read() as tx:
            due = await events.unprocessed(tx, self._server, _BATCH, now=now)
            if not due:
                next_at = await events.next_due(tx, self._server)
                return _POLL if next_at is None else min(_POLL, max(0, next_at - now) / 1000)
            bound = await bindings.every(tx, self._server)
        reach("event.found")
        if self._openvidu.server is not None:
            self._loses_letters = lossy_names.loses(self._openvidu.server)
        await self._ahead(due, now)
        looked: dict[str, Session | None] = {}
        await self._settle([await self._read(one, looked) for one in due], bound)
        return 0

    async def _ahead(self, due: Sequence[Waiting], now: int) -> None:
        """Who is banned is removed and cards follow before OpenVidu is asked of anything, which
        may take its time. Done twice, neither does more."""
        found = [event for one in due if (event := self._event(one)) is not None]
        joined = [event for event in found if event.kind == JOINED]
        if joined:
            await banned.at_once(self._database, self._openvidu, self._server, joined, now)
        if any(self._asks(event) for event in found):
            async with self._database.begin() as tx:
                for session in sorted({event.session_id or "" for event in found}):
                    await cards.touch(tx, self._server, session)
                reach("event.written")
            reach("event.committed")

    def _asks(self, event: WebhookEvent) -> bool:
        """Whether OpenVidu is asked for what the event does not tell."""
        return lossy_names.may_be_lost(event, self._loses_letters) or event.kind == RECORDING

    def _event(self, waiting: Waiting) -> WebhookEvent | None:
        try:
            event = msgspec.json.decode(waiting.body, type=WebhookEvent)
        except msgspec.MsgspecError:
            return None
        return lossy_names.as_sent(event, self._loses_letters)

    async def _read(self, waiting: Waiting, looked: dict[str, Session | None]) -> Ready:
        """``looked``: the sessions that have been read since these events came."""
        event = self._event(waiting)
        if event is None:
            return Ready(waiting, None)
        if lossy_names.may_be_lost(event, self._loses_letters):
            return await self._with_letters(waiting, event, looked)
        if event.kind != RECORDING or not event.recording_id:
            return Ready(waiting, event)
        if self._clock.now_ms() < self._rest_again_at:
            # OpenVidu has just not answered: asking for each event would hold up all the others.
            return Ready(waiting, event, late=waiting.attempts < TRIES)
        found: Recording | None = None
        try:
            async with asyncio.timeout(_REST_PATIENCE):
                found = await self._openvidu.recording(event.recording_id)
        except (RecordingNotFound, RecordingDisabled, BadArgument):
            if self._loses_letters is not False:
                event = lossy_names.without_doubt(event)  # which alone tells of it
        except (OpenViduError, TimeoutError) as error:
            self._rest_trouble.seen(error)
            self._rest_again_at = self._clock.now_ms() + _REST_PAUSE
            return Ready(waiting, event, late=waiting.attempts < TRIES)
        self._rest_trouble.over()
        seen = recordings.of_event(event, found)
        # Two accounts of one end may come, the first of them with nothing in it.
        late = seen is not None and seen.empty and waiting.attempts < _EMPTY_TRIES
        return Ready(waiting, event, found, late=late)

    async def _with_letters(
        self, waiting: Waiting, event: WebhookEvent, looked: dict[str, Session | None]
    ) -> Ready:
        named: WebhookEvent | None = None
        session = event.session_id or ""
        if event.kind == JOINED:
            if session in looked or await self._look(session, looked):
                named = lossy_names.of_joining(event, looked[session])
        else:
            async with self._database.read() as tx:
                named = await lossy_names.of_leaving(tx, self._server, event, self._loses_letters)
        if named is not None:
            return Ready(waiting, named, named=named is not event)
        if waiting.attempts < TRIES:
            return Ready(waiting, event, late=True)
        return Ready(waiting, lossy_names.without_doubt(event), named=True)

    async def _look(self, session: str, looked: dict[str, Session | None]) -> bool:
        """Read who is in a session; False where OpenVidu does not tell now."""
        if self._clock.now_ms() < self._rest_again_at:
            return False
        try:
            async with asyncio.timeout(_REST_PATIENCE):
                looked[session] = await self._openvidu.session(session)
        except (SessionNotFound, BadArgument):
            looked[session] = None
        except (OpenViduError, TimeoutError) as error:
            self._rest_trouble.seen(error)
            self._rest_again_at = self._clock.now_ms() + _REST_PAUSE
            return False
        return True

    async def _settle(self, batch: Sequence[Ready], bound: Sequence[Binding]) -> None:
        try:
            async with self._database.begin() as tx:
                await outbox.in_order(tx)
                # While this one waited for its turn, another process may have been at the same.
                left = await events.still_waiting(tx, [one.waiting.id for one in batch])
                held = await self._bans(tx, batch)
                ready = [one for one in batch if one.waiting.id in left]
                for session in sorted(_changed(ready)):
                    await cards.touch(tx, self._server, session)
                quiet = frozenset(one.waiting.id for one in ready if _is_quiet(one))
                # Of a full session's close, nearly all: one by one they would cost the most.
                now = self._clock.now_ms()
                await events.mark_all(tx, quiet, at=now, result=Result.QUIET)
                for one in ready:
                    if one.waiting.id not in quiet:
                        await self._settle_one(tx, one, bound, held)
                reach("event.written")
            reach("event.committed")
        except Exception as error:
            if isinstance(error, StoreError) and error.code == "database.unreachable":
                raise
            if len(batch) == 1:
                await self._put_off(batch[0].waiting, error)
                return
            # One event that cannot be dealt with must not hold up the others.
            for one in batch:
                await self._settle([one], bound)

    async def _bans(self, tx: Tx, batch: Sequence[Ready]) -> Sequence[Ban]:
        """The bans that hold, where anybody has joined."""
        if all(one.waiting.kind != JOINED for one in batch):
            return ()
        return await bans.holding(tx, self._server, now=self._clock.now_ms())

    async def _settle_one(
        self, tx: Tx, one: Ready, bound: Sequence[Binding], held: Sequence[Ban]
    ) -> None:
        now, waiting = self._clock.now_ms(), one.waiting
        if one.late:
            await events.postpone(tx, waiting.id, until=now + _pause_ms(waiting.attempts))
            reach("event.late")
            return
        result = Result.REFUSED if one.event is None else reactions.result_of(waiting.kind)
        # First the mark: another process that is at the same event waits here, and gets False.
        if not await events.mark(tx, waiting.id, at=now, result=result) or one.event is None:
            return
        if one.named:
            await events.rewrite(tx, waiting.id, msgspec.json.encode(one.event).decode())
        received_at = waiting.received_at
        happening = Happening(
            one.event,
            self._server,
            received_at,
            bound,
            one.found,
            held,
            self._openvidu.identity,
            self._openvidu.ahead,
        )
        await reactions.apply(tx, happening, now)
        if result is Result.UNKNOWN:
            log.info("process.unknown_kind", kind=waiting.kind[:100], event_id=waiting.id)

    async def _put_off(self, waiting: Waiting, error: Exception) -> None:
        log.error(
            "process.failed",
            event_id=waiting.id,
            kind=waiting.kind[:100],
            attempts=waiting.attempts,
            exc_info=error,
        )
        now = self._clock.now_ms()
        async with self._database.begin() as tx:
            if waiting.attempts < TRIES:
                await events.postpone(tx, waiting.id, until=now + _pause_ms(waiting.attempts))
            else:
                await events.mark(tx, waiting.id, at=now, result=Result.REFUSED)
            reach("postponed.written")
        reach("postponed.committed")


def _is_quiet(one: Ready) -> bool:
    """Nothing follows from it, and nothing of it has to be kept otherwise or later."""
    plain = one.event is not None and not one.late and not one.named
    return plain and reactions.result_of(one.waiting.kind) is Result.QUIET


def _changed(batch: Sequence[Ready]) -> set[str]:
    """The sessions whose cards are to be shown anew: once, however much has happened in them."""
    known = (
        one.event for one in batch if reactions.result_of(one.waiting.kind) is not Result.UNKNOWN
    )
    return {event.session_id for event in known if event is not None and event.session_id}


def _pause_ms(attempts: int) -> int:
    return int(min(_LONGEST_PAUSE, 2**attempts) * 1000)
