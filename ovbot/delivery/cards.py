"""The live cards: each shows its session as OpenVidu has it now, at most once in three seconds."""

import asyncio

import structlog

from ovbot.clock import Clock
from ovbot.delivery.loops import Pause, Trouble, wake_or_pause
from ovbot.domain.actor import Role
from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Paragraph, Reply, from_json
from ovbot.domain.words import counted
from ovbot.engine import planned
from ovbot.engine.panel import ShowArgs, View, in_order, recorded_since, render
from ovbot.engine.ports import Chat, ChatFailure, FailureKind, Posted
from ovbot.openvidu import OpenVidu, OpenViduError
from ovbot.openvidu.errors import SessionNotFound
from ovbot.points import reach
from ovbot.store import cards
from ovbot.store.cards import Card
from ovbot.store.database import Database, StoreError

log = structlog.get_logger(__name__)

SECONDS = 3.0
CROWDED_SECONDS = 15.0
CROWD = 50
"""Above so many people a card changes all the time, and would use up the channel's pace."""
_LEASE = 30_000
_AGAIN = 10_000
_POLL = 30.0


class Cards:
    """Shows the cards of one OpenVidu server. ``run`` it as a task."""

    def __init__(
        self,
        database: Database,
        server: str,
        openvidu: OpenVidu,
        chat: Chat,
        clock: Clock,
        *,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._database = database
        self._server = server
        self._openvidu = openvidu
        self._chat = chat
        self._clock = clock
        self._pause = pause
        self._store_trouble = Trouble("cards.store")
        self._openvidu_trouble = Trouble("cards.openvidu")

    async def run(self) -> None:
        """Show cards as they become due, until cancelled."""
        fresh = self._database.is_sqlite
        while True:
            try:
                if fresh:
                    # The file is ours alone: whoever holds a claim on it is dead.
                    async with self._database.begin() as tx:
                        await cards.release(tx, self._server)
                    fresh = False
                seconds = await self.step()
                self._store_trouble.over()
            except StoreError as error:
                self._store_trouble.seen(error)
                seconds = _POLL
            if seconds > 0:
                await wake_or_pause(self._database.wake, cards.WAKE, self._pause, seconds)

    async def step(self) -> float:
        """Show the cards that are due; how long to wait then (seconds)."""
        now = self._clock.now_ms()
        async with self._database.read() as tx:
            next_at = await cards.next_due(tx, self._server)
        if next_at is None or next_at > now:
            return _POLL if next_at is None else min(_POLL, (next_at - now) / 1000)
        async with self._database.begin() as tx:
            claimed = await cards.claim(tx, self._server, now=now, until=now + _LEASE)
        reach("card.claimed")
        for card in claimed:
            await self._show(card)
        return 0

    async def _show(self, card: Card) -> None:
        try:
            reply, people = await self._content(card)
            self._openvidu_trouble.over()
        except OpenViduError as error:
            self._openvidu_trouble.seen(error)
            await self._put_off(card, _AGAIN)
            return
        try:
            posted = await self._post(card, reply)
            reach("card.posted")
        except ChatFailure as failure:
            await self._failed(card, failure)
            return
        pause = CROWDED_SECONDS if people > CROWD else SECONDS
        not_before = self._clock.now_ms() + round(pause * 1000)
        async with self._database.begin() as tx:
            await cards.shown(tx, card, ts=posted.ts, people=people, not_before=not_before)
            reach("card.written")
        reach("card.committed")

    async def _content(self, card: Card) -> tuple[Reply, int]:
        """What the card says now, and how many people are in the session."""
        now = self._clock.now_ms()
        if card.ended_at is not None:
            ending = from_json(card.ending)
            most = Note(md("At most {} at once.", counted(card.most_people, "person", "people")))
            return Reply(ending.text, (*(ending.parts or (Paragraph(ending.text),)), most)), 0
        try:
            session = await self._openvidu.session(card.session)
        except SessionNotFound:
            said = md("Session {} is not live now.", card.session)
            return Reply(said, (Paragraph(said),)), 0
        async with self._database.read() as tx:
            closes = await planned.closing(tx, card.team, self._server, session)
        # Whoever presses is asked for their own right: the buttons are for all to see.
        view = View(
            session=in_order(session),
            args=ShowArgs(session=card.session),
            role=Role.MODERATOR,
            read_at=now,
            recorded_since=await recorded_since(session, self._openvidu),
            closes=closes,
            card=True,
        )
        return render(view), len(session.connections)

    async def _post(self, card: Card, reply: Reply) -> Posted:
        if card.ts:
            return await self._chat.update(Posted(card.channel, card.ts), reply)
        key = f"card:{card.session}"
        notice = Notice(channel=card.channel, key=key, reply=reply, user=card.created_by)
        return await self._chat.post(notice, f"{key}:{card.created_at}"[:200])

    async def _failed(self, card: Card, failure: ChatFailure) -> None:
        log.warning("card.failed", channel=card.channel, reason=failure.reason)
        if failure.kind is FailureKind.GONE:
            await self._put_off(card, 0, forget=True)
        elif failure.kind in {FailureKind.UNREACHABLE, FailureKind.DEAD}:
            async with self._database.begin() as tx:
                await cards.drop(tx, card)
        else:
            await self._put_off(card, max(_AGAIN, round(failure.retry_after * 1000)))

    async def _put_off(self, card: Card, pause_ms: int, *, forget: bool = False) -> None:
        until = self._clock.now_ms() + pause_ms
        async with self._database.begin() as tx:
            await cards.put_off(tx, card, not_before=until, forget=forget)
