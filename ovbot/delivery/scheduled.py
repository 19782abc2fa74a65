"""Planned commands enter the one door when they are due, as the person who planned them.

The elected process does it. What makes it happen at most once is no lock and no clock: the row
leaves its waiting state in the transaction that records the intent, and both are there or neither.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ovbot.delivery.arrivals import banned
from ovbot.delivery.background import Leadership, LogOnce, Pause, always, one_round
from ovbot.domain.actor import Actor
from ovbot.domain.binding import Topic, hearing
from ovbot.domain.markup import Markup, md, mention, when
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Button, Buttons, Paragraph, Reply
from ovbot.engine import sentences
from ovbot.engine.admission import Finished
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.pipeline import Door
from ovbot.engine.tasks import Tasks
from ovbot.failpoints import reach
from ovbot.store import bans, bindings, cards, later, outbox
from ovbot.store.later import Plan
from ovbot.subjects import announced, banning

log = structlog.get_logger(__name__)

LATE = 600_000
"""Milliseconds after its time in which a command is still what people expect. That somebody banned
is removed is expected for as long as the ban holds."""
_BATCH = 20
_POLL = 5.0
_AGAIN = 5.0


class Later:
    """Carries out the planned commands of one OpenVidu server. ``run`` it as a task."""

    def __init__(
        self, door: Door, team: str, *, turn: Leadership = always, pause: Pause = asyncio.sleep
    ) -> None:
        self._door = door
        self._team = team
        self._turn = turn
        self._pause = pause
        self._trouble = LogOnce("later.store")
        self._work = Tasks()
        self._entering = asyncio.Lock()
        self._stopped = False
        self._unbanned_at = 0
        """Until when (ms) what had run out was taken back. It begins with all that is kept: what
        was taken back already stays as it is."""

    async def run(self) -> None:
        """Let commands enter as they become due, while this is the elected process."""
        wake, trouble = self._door.powers.store.wake, self._trouble
        while True:
            await self._turn()
            await one_round(self.step, trouble, wake, later.WAKE, self._pause, after_trouble=_AGAIN)

    async def _unbanned(self, now: int) -> None:
        """What was told of a ban that has run out offers no more to lift it."""
        powers, after = self._door.powers, self._unbanned_at
        async with powers.store.read() as tx:
            found = await bans.ran_out(tx, self._team, powers.server, after=after, now=now)
        if found:
            async with powers.store.begin() as tx:
                await outbox.in_order(tx)
                numbers = [ban.id for ban in found]
                await announced.unbanned(tx, self._team, powers.server, numbers, at=now)
        self._unbanned_at = now

    async def step(self) -> float:
        """Let in what is due; how long to wait then (seconds)."""
        now, server = self._door.powers.clock.now_ms(), self._door.powers.server
        await self._unbanned(now)
        async with self._door.powers.store.read() as tx:
            found = await later.due(tx, self._team, server, now=now, limit=_BATCH)
            next_at = await later.next_due(tx, self._team, server)
        if not found:
            return _POLL if next_at is None else min(_POLL, (next_at - now) / 1000)
        reach("later.found")
        taken = [await self._take(plan) for plan in found]
        return 0 if all(taken) else _AGAIN

    async def stop(self, seconds: float) -> int:
        """Let nothing in any more and wait for what is being done; how many were cut off."""
        self._stopped = True
        async with self._entering:  # whoever has just entered is given to the tasks first
            return await self._work.drain(seconds)

    async def _take(self, plan: Plan) -> bool:
        """Deal with one; False when it has to be tried again."""
        async with self._entering:
            if self._stopped:
                return False
            if plan.verb != banning.VERB and self._door.powers.clock.now_ms() - plan.due_at > LATE:
                await self._miss(plan)
                return True
            entered = await self._door.enter(
                Invocation(
                    actor=Actor(plan.team, plan.actor),
                    channel=plan.channel,
                    text=plan.command,
                    interaction=plan.interaction,
                    source=Source.LATER,
                    plan=plan.id,
                )
            )
            if entered.work is not None:
                self._work.start(_done(entered.work))
            elif entered.reply is not None and not entered.failed:
                await self._refused(plan, entered.reply)
            return not entered.failed

    async def _refused(self, plan: Plan, reply: Reply) -> None:
        """It did not come to an intent, as where the person may not any more: the person hears."""
        log.info("later.refused", plan=plan.id)
        planned = md("ovbot was to {} {}, as you planned.", Markup(plan.said), when(plan.due_at))
        said = md("{} {}", reply.text, planned)
        notice = Notice(
            channel=plan.channel,
            key=f"later:{plan.id}",
            reply=Reply(said, (Paragraph(said), *reply.parts[1:])),
            audience=Audience.ONLY_USER,
            user=plan.actor,
        )
        now, key = self._door.powers.clock.now_ms(), notice.key
        async with self._door.powers.store.begin() as tx:
            await outbox.in_order(tx)
            if await later.enter(tx, plan.id, at=now):
                says = Markup("It was refused when its time came: nothing was done.")
                await announced.over(tx, plan, says, cause=key, at=now)
                lapsed = await banned.lapse(tx, plan, now)
                await outbox.add(tx, plan.team, plan.server, now, [notice, *lapsed])
                await cards.touch(tx, plan.server, plan.session)
            reach("later.written")
        reach("later.committed")

    async def _miss(self, plan: Plan) -> None:
        """Too late to be what anybody expects: told where it was announced, with a button."""
        log.warning("later.missed", plan=plan.id, due_at=plan.due_at)
        now, server = self._door.powers.clock.now_ms(), plan.server
        reply, key = missed(plan), f"later:{plan.id}"
        async with self._door.powers.store.begin() as tx:
            await outbox.in_order(tx)
            if await later.miss(tx, plan.id, at=now):
                every = [b for b in await bindings.every(tx, server) if b.team == plan.team]
                heard = hearing(every, plan.session, Topic.MODERATION)
                notices = [Notice(channel=plan.channel, key=key, reply=reply, user=plan.actor)]
                others = [channel for channel in heard if channel != plan.channel]
                notices += [Notice(channel=channel, key=key, reply=reply) for channel in others]
                await outbox.add(tx, plan.team, server, now, notices)
                says = Markup("Not done: ovbot was away at that time.")
                await announced.over(tx, plan, says, cause=key, at=now)
                await cards.touch(tx, server, plan.session, at_once=True)
            reach("later.written")
        reach("later.committed")


async def _done(work: Callable[[], Awaitable[Finished]]) -> None:
    await work()


def missed(plan: Plan) -> Reply:
    """What is told of a command whose time passed while ovbot was away."""
    said = md(
        ":warning: *Not done.* {} wanted to {} {}, and ovbot was away then. Nothing was done; "
        "do it now if it is still wanted.",
        mention(plan.actor),
        Markup(plan.said),
        when(plan.due_at),
    )
    button = Buttons((Button(plan.label, plan.again),))
    return Reply(said, (Paragraph(said), button, sentences.reference(plan.ref)))
