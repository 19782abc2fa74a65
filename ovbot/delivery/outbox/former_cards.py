"""What was a live card, or may have become one, says once that it is none, and is left alone."""

import asyncio

import structlog

from ovbot.clock import Clock
from ovbot.domain.markup import Markup, code, md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Reply, from_json
from ovbot.engine.ports import Chat, ChatFailure, FailureKind, Posted
from ovbot.failpoints import reach
from ovbot.store import cards, former_cards
from ovbot.store.database import Database
from ovbot.store.former_cards import Former

log = structlog.get_logger(__name__)

_LEASE = 60_000
_PATIENCE = 20.0
_AGAIN = 10_000
_POLL = 30.0
_OVER = {FailureKind.GONE, FailureKind.UNREACHABLE, FailureKind.DEAD}
"""The message is not there, or cannot be changed any more."""


class FormerCards:
    """Changes the messages that are cards no more, of one OpenVidu server."""

    def __init__(self, database: Database, server: str, chat: Chat, clock: Clock) -> None:
        self._database = database
        self._server = server
        self._chat = chat
        self._clock = clock

    async def step(self) -> float:
        """Change those that are due; how long to wait then (seconds)."""
        now = self._clock.now_ms()
        async with self._database.read() as tx:
            next_at = await former_cards.next_due(tx, self._server)
        if next_at is None or next_at > now:
            return _POLL if next_at is None else min(_POLL, (next_at - now) / 1000)
        async with self._database.begin() as tx:
            claimed = await former_cards.claim(tx, self._server, now=now, until=now + _LEASE)
            reach("former.claim.written")
        reach("former.claim.committed")
        ends = await asyncio.gather(*map(self._change, claimed), return_exceptions=True)
        for error in ends:
            if error is not None:
                raise error
        return 0

    async def _change(self, former: Former) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._say_so(former)
        except (ChatFailure, TimeoutError) as failure:
            kind = getattr(failure, "kind", FailureKind.AMBIGUOUS)
            log.warning("card.not_left", channel=former.channel, reason=str(failure))
            if kind not in _OVER:
                pause = max(_AGAIN, round(getattr(failure, "retry_after", 0.0) * 1000))
                await self._put_off(former, pause)
                return
        reach("former.changed")
        async with self._database.begin() as tx:
            await former_cards.forget(tx, former)
            reach("former.written")
        reach("former.committed")

    async def _put_off(self, former: Former, pause: int) -> None:
        until = self._clock.now_ms() + pause
        async with self._database.begin() as tx:
            await former_cards.put_off(tx, former, not_before=until)
            reach("former.pause.written")
        reach("former.pause.committed")

    async def _say_so(self, former: Former) -> None:
        """Where it was never found out whether it is there and cannot be, it is left as it is:
        it says only that a card was to begin there."""
        async with self._database.read() as tx:
            newer = await cards.is_open(
                tx, former.team, former.server, former.session, former.channel
            )
        reply = _last_words(former, newer)
        where = Posted(former.channel, former.ts)
        if not former.ts:
            sought = Notice(channel=former.channel, key="card", reply=reply)
            found = await self._chat.find(sought, former.trying, former.tried_at)
            if not isinstance(found, Posted):
                return
            where = found
        await self._chat.update(where, reply)


def _last_words(former: Former, newer: bool) -> Reply:
    if former.ending:
        return from_json(former.ending)
    where = Markup("The live card of session {} is further down now.")
    nowhere = Markup("There is no live card of session {} here any more.")
    said = md(where if newer else nowhere, code(former.session))
    return Reply(said, (Note(said),))
