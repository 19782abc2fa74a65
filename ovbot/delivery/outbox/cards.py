"""The live cards: each shows its session as OpenVidu has it now, at most once in three seconds, and
sooner while that is seldom.

A card's message is posted first with nothing that could become untrue, and filled in once its place
is noted. When the answer to that is lost, it is looked for before it is posted again; where it
cannot be looked for, what stays behind says only that a card was to begin there.
"""

import asyncio

import structlog

from ovbot.clock import Clock
from ovbot.delivery import fan_out
from ovbot.delivery.background import LogOnce, Pause, one_round
from ovbot.delivery.outbox import card_words
from ovbot.delivery.outbox.former_cards import FormerCards
from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Paragraph, Reply, from_json
from ovbot.domain.words import counted
from ovbot.engine.ports import Chat, ChatFailure, FailureKind, Posted
from ovbot.engine.standing import Standing
from ovbot.failpoints import reach
from ovbot.openvidu import OpenVidu, OpenViduError
from ovbot.openvidu.errors import SessionNotFound
from ovbot.store import bans, cards, outbox
from ovbot.store.cards import Card
from ovbot.store.database import Database
from ovbot.subjects import noticing, plans
from ovbot.subjects.panel import ShowArgs, View, ours, render

log = structlog.get_logger(__name__)

SECONDS = 3.0
QUICK_SECONDS = 1.5
QUICK = 10
"""Times in a minute that a card is shown after the shorter pause: people come all at once, and the
last of them is to be seen soon. Slack takes some fifty changes in a minute, of all cards."""
CROWDED_SECONDS = 15.0
CROWD = 50
"""Above so many people a card changes all the time, and would use up the channel's pace."""
LEASE = 60_000
"""Milliseconds: longer than all that is done between two writes of one card can take."""
_PATIENCE = 20.0
"""Seconds for one request to Slack, and for what OpenVidu is asked for one card."""
_AGAIN = 10_000
_NEWS = 180_000
"""Milliseconds in which ovbot hears that a session ended: three sweeps, if no webhook comes."""
_POLL = 30.0
_UNTIL_WELL = 2.0


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
        standing: Standing | None = None,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._database = database
        self._server = server
        self._openvidu = openvidu
        self._chat = chat
        self._clock = clock
        self._standing = standing or Standing()
        self._pause = pause
        self._shown: dict[tuple[str, str, str], list[int]] = {}
        """When each card was shown in the last minute (ms)."""
        self._former = FormerCards(database, server, chat, clock)
        self._store_trouble = LogOnce("cards.store")
        self._openvidu_trouble = LogOnce("cards.openvidu")

    async def run(self) -> None:
        """Show cards as they become due, until cancelled."""
        fresh = self._database.is_sqlite

        async def step() -> float:
            nonlocal fresh
            if fresh:
                # The file is ours alone: whoever holds a claim on it is dead.
                await self._release()
                fresh = False
            return await self.step()

        wake, trouble = self._database.wake, self._store_trouble
        while True:
            await one_round(step, trouble, wake, cards.WAKE, self._pause, after_trouble=_POLL)

    async def _release(self) -> None:
        async with self._database.begin() as tx:
            await cards.release(tx, self._server)
            reach("card.release.written")
        reach("card.release.committed")

    async def step(self) -> float:
        """Show the cards that are due, and then what are cards no more; how long to wait (s)."""
        if self._standing.reason:  # nothing could be shown, and nothing would be learnt
            return _UNTIL_WELL
        return min(await self._step(), await self._former.step())

    async def _step(self) -> float:
        now = self._clock.now_ms()
        async with self._database.read() as tx:
            next_at = await cards.next_due(tx, self._server)
        if next_at is None or next_at > now:
            return _POLL if next_at is None else min(_POLL, (next_at - now) / 1000)
        async with self._database.begin() as tx:
            claimed = await cards.claim(tx, self._server, now=now, until=now + LEASE)
            reach("card.claim.written")
        reach("card.claimed")
        # At once: one that Slack or OpenVidu is slow with must not outlast the claims of others.
        ends = await asyncio.gather(*map(self._show, claimed), return_exceptions=True)
        for error in ends:
            if error is not None:
                raise error
        return 0

    async def _show(self, card: Card) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                content = await self._content(card)
            self._openvidu_trouble.over()
        except (OpenViduError, TimeoutError) as error:
            self._openvidu_trouble.seen(error)
            await self._put_off(card, _AGAIN)
            return
        if content is None:
            await self._await_news(card)
            return
        reply, people = content
        begun: Card | None = card
        if not card.ts:
            begun = await self._begin(card)
        if begun is None:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._chat.update(Posted(begun.channel, begun.ts), reply)
            reach("card.updated")
        except (ChatFailure, TimeoutError) as failure:
            await self._failed(begun, failure, fresh=not card.ts)
            return
        not_before = self._clock.now_ms() + round(self._rest(begun, people) * 1000)
        async with self._database.begin() as tx:
            await cards.shown(tx, begun, people=people, not_before=not_before)
            reach("card.written")
        reach("card.committed")

    async def _content(self, card: Card) -> tuple[Reply, int] | None:
        """What the card says now, and how many people are in the session.

        None for what has not been posted and should not be: the session is not there.
        """
        now = self._clock.now_ms()
        if card.ended_at is not None:
            ending = from_json(card.ending)
            most = Note(md("At most {} at once.", counted(card.most_people, "person", "people")))
            return Reply(ending.text, (*(ending.parts or (Paragraph(ending.text),)), most)), 0
        try:
            session = await self._openvidu.session(card.session)
        except SessionNotFound:
            if not card.ts:
                return None
            said = md("Session {} is not live now.", card.session)
            return Reply(said, (Paragraph(said),)), 0
        async with self._database.read() as tx:
            closes = await plans.closing(tx, card.team, self._server, session)
            held = await bans.holding(
                tx, self._server, now=now, team=card.team, session=card.session
            )
        # Whoever presses is asked for their own right: the buttons are for all to see.
        view = View(
            session=ours(session, self._openvidu),
            args=ShowArgs(session=card.session),
            role=Role.MODERATOR,
            read_at=now,
            condition=await noticing.of_session(
                session, self._openvidu, self._database, self._server, now
            ),
            closes=closes,
            banned=held,
            card=True,
        )
        return render(view), len(session.connections)

    def _rest(self, card: Card, people: int) -> float:
        """How long a card stays as it was just shown (seconds)."""
        now, which = self._clock.now_ms(), (card.team, card.session, card.channel)
        if people > CROWD:
            return CROWDED_SECONDS
        recent = [at for at in self._shown.pop(which, ()) if at > now - 60_000]
        if card.ended_at is None:
            self._shown[which] = [*recent, now]
        return QUICK_SECONDS if len(recent) < QUICK else SECONDS

    async def _await_news(self, card: Card) -> None:
        """Its session is gone before it was posted: soon news of that end it; or it is told."""
        if self._clock.now_ms() - card.created_at <= _NEWS:
            await self._put_off(card, _AGAIN)
            return
        await self._give_up(card, card_words.too_late(card))

    async def _give_up(self, card: Card, said: Markup, *, privately: bool = False) -> None:
        """There will be no card, which whoever waits for it is told: in the channel, or where that
        cannot be posted to ``privately``."""
        key = fan_out.key("card", card.server, card.session, card.created_at)
        reply = Reply(said, (Paragraph(said),))
        where = card.created_by if privately else card.channel
        notice = Notice(channel=where, key=key, reply=reply, user=card.created_by)
        async with self._database.begin() as tx:
            await outbox.in_order(tx)
            if await cards.drop(tx, card):
                await outbox.add(tx, card.team, card.server, self._clock.now_ms(), [notice])
            reach("card.drop.written")
        reach("card.drop.committed")

    async def _begin(self, card: Card) -> Card | None:
        """Post its message, or find it: one that shows nothing yet. None: it is not ours to show.

        That it is tried is noted first, so that whoever comes after looks for it.
        """
        now = self._clock.now_ms()
        trying = card.trying or fan_out.key("card", card.session, card.created_at, card.wanted)
        before, at = card.trying, card.tried_at or now
        async with self._database.begin() as tx:
            mine = await cards.trying(tx, card, trying=trying, at=at, until=now + LEASE)
            reach("card.try.written")
        reach("card.try.committed")
        if mine is None:
            return None
        notice = card_words.beginning(mine)
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await self._chat.find(notice, trying, at) if before else None
                if not isinstance(found, Posted):
                    found = await self._chat.post(notice, trying)
        except (ChatFailure, TimeoutError) as failure:
            await self._failed(mine, failure)
            return None
        reach("card.posted")
        if not found.ts:  # taken, and not said where: it is looked for
            await self._put_off(mine, _AGAIN)
            return None
        until = self._clock.now_ms() + LEASE
        async with self._database.begin() as tx:
            noted = await cards.posted(tx, mine, ts=found.ts, until=until)
            reach("card.note.written")
        reach("card.note.committed")
        return noted

    async def _failed(
        self, card: Card, failure: ChatFailure | TimeoutError, *, fresh: bool = False
    ) -> None:
        """Nothing is lost by a failure: a message that may be there is looked for next time.

        ``fresh``: it was posted just now.
        """
        if isinstance(failure, TimeoutError):
            failure = ChatFailure(FailureKind.AMBIGUOUS, f"no answer in {_PATIENCE:.0f} s")
        log.warning("card.failed", channel=card.channel, reason=failure.reason)
        if failure.kind is FailureKind.GONE and fresh:
            # Posted anew it would fare no better: there are workspaces where nothing is changed.
            await self._give_up(card, card_words.unchangeable(card, failure.reason))
        elif failure.kind is FailureKind.GONE:
            await self._put_off(card, 0, forget=True)
        elif failure.kind is FailureKind.UNREACHABLE:
            await self._give_up(card, card_words.refused(card, failure.reason), privately=True)
        elif failure.kind is FailureKind.DEAD:
            await self._give_up(card, card_words.stopped(card, failure.reason))
        else:
            await self._put_off(card, max(_AGAIN, round(failure.retry_after * 1000)))

    async def _put_off(self, card: Card, pause_ms: int, *, forget: bool = False) -> None:
        until = self._clock.now_ms() + pause_ms
        async with self._database.begin() as tx:
            await cards.put_off(tx, card, not_before=until, forget=forget)
            reach("card.pause.written")
        reach("card.pause.committed")
