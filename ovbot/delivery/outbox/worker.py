"""The outbox worker: every channel's notices, in order, at Slack's pace, many channels at once."""

import asyncio
import contextlib
import functools
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence

import structlog

from ovbot.clock import Clock
from ovbot.delivery.admin_alerts import AdminAlerts, tell_of_outage, tell_of_refused
from ovbot.delivery.background import LogOnce, Pause, one_round
from ovbot.delivery.outbox import digest, unreachable_channels
from ovbot.delivery.outbox.deliver import Jitter
from ovbot.delivery.outbox.gate import Gate, Outage
from ovbot.delivery.outbox.sender import Sender
from ovbot.engine.ports import Chat
from ovbot.failpoints import reach
from ovbot.store import outbox
from ovbot.store.database import Database, Tx
from ovbot.store.deliveries import Claim, Status, Step
from ovbot.store.failures import StoreError
from ovbot.store.group import GroupCommit

log = structlog.get_logger(__name__)

LEASE = 30_000
"""Milliseconds: so long after a worker died another may take its channels."""

_POLL = 5.0
_TAKEN_PAUSE = 0.02
_STORE_PAUSE = 1.0


class Worker:
    """Delivers what is in the outbox. ``run`` it as a task; ``stop`` it before the database."""

    def __init__(
        self,
        database: Database,
        chat: Chat,
        clock: Clock,
        *,
        in_flight: int = 200,
        channels: int = 2_000,
        each: int = digest.MOST,
        operators: AdminAlerts | None = None,
        gate: Gate | None = None,
        pause: Pause = asyncio.sleep,
        jitter: Jitter = random.random,
    ) -> None:
        """At most ``in_flight`` requests at once, ``channels`` channels, ``each`` notices ahead."""
        self._database = database
        self._sender = Sender(chat, clock, jitter)
        self._clock = clock
        self._pause = pause
        self._each = each
        self._operators = operators
        self._gate = gate
        self._owner = f"worker-{secrets.token_hex(6)}"
        self._slots = asyncio.Semaphore(in_flight)
        self._room = channels
        self._steps: GroupCommit[tuple[Step, ...], None] = GroupCommit(database.begin, self._finish)
        self._serving: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._resting: set[asyncio.Task[None]] = set()
        self._sending: set[tuple[str, str]] = set()
        """Lanes whose message is under way, or is there and not yet written down."""
        self._trouble = LogOnce("deliver.store")
        self._stopping = self._claiming = False
        self._over = asyncio.Event()
        self._over.set()

    async def run(self) -> None:
        """Deliver until ``stop``; a fault of ours ends it with its exception."""
        self._over.clear()
        try:
            async with asyncio.TaskGroup() as group:
                lease = group.create_task(self._keep_leases(), name="deliver leases")
                watch = group.create_task(self._watch(), name="deliver gate")
                await self._claim_until_stopped(group)
                if self._serving:
                    await asyncio.wait(self._serving.values())
                lease.cancel()
                watch.cancel()
        finally:
            try:
                await self._steps.close()
                await self._give_up_leases()
            finally:
                self._over.set()

    async def settle(self, deadline: float) -> None:
        """Return when nothing is left that could be delivered now, at most after ``deadline``."""
        with contextlib.suppress(TimeoutError, StoreError):
            async with asyncio.timeout(deadline):
                while await self._is_busy():
                    await self._pause(_TAKEN_PAUSE)

    async def _is_busy(self) -> bool:
        async with self._database.read() as tx:
            due = await outbox.next_due(tx)
        # What was claimed is due no more, and is served only a moment later.
        if self._claiming or len(self._serving) > len(self._resting):
            return True
        return due is not None and due <= self._clock.now_ms()

    async def stop(self, deadline: float) -> None:
        """Take nothing new, and wait up to ``deadline`` seconds for what is on its way.

        What is not delivered by then stays in the outbox, for the next start.
        """
        self._stopping = True
        self._database.wake.set(outbox.WAKE)
        for task in list(self._resting):
            task.cancel()
        try:
            async with asyncio.timeout(deadline):
                await self._over.wait()
        except TimeoutError:
            log.warning("deliver.cut_short", channels=len(self._serving), deadline=deadline)
            for task in list(self._serving.values()):
                task.cancel()
            await self._over.wait()

    async def _claim_until_stopped(self, group: asyncio.TaskGroup) -> None:
        if self._database.is_sqlite:
            # The file is ours alone: whoever holds a lease on it is dead.
            await self._insist(_end_leases)
            reach("leases.end.committed")
        claim, wake = functools.partial(self._claim, group), self._database.wake
        while not self._stopping:
            await one_round(
                claim, self._trouble, wake, outbox.WAKE, self._pause, after_trouble=_STORE_PAUSE
            )

    async def _claim(self, group: asyncio.TaskGroup) -> float:
        """Claim what is due and begin to deliver it; how long to wait then (seconds)."""
        room = self._room - len(self._serving)
        if room <= 0:
            return _POLL
        self._claiming = True
        try:
            return await self._claim_up_to(room, group)
        finally:
            self._claiming = False

    async def _claim_up_to(self, room: int, group: asyncio.TaskGroup) -> float:
        now = self._clock.now_ms()
        async with self._database.begin() as tx:
            claims = await outbox.claim(
                tx,
                owner=self._owner,
                now=now,
                until=now + LEASE,
                limit=min(room, 500),
                each=self._each,
            )
            claims = tuple([await _with_doubt(tx, claim) for claim in claims])
            due = now if claims else await outbox.next_due(tx)
            if claims:
                reach("claim.written")
        for claim in claims:
            self._begin(claim, group)
        if claims:
            reach("claim.committed")
            return 0
        if due is None:
            return _POLL
        # Due and not to be had: another process is at it this very moment.
        return min(_POLL, max(_TAKEN_PAUSE, (due - now) / 1000))

    def _begin(self, claim: Claim, group: asyncio.TaskGroup) -> None:
        name = (claim.team, claim.lane)
        before = self._serving.get(name)
        if before is not None:
            group.create_task(self._hand_back(claim, before))
            return
        task = group.create_task(self._serve(claim), name=f"deliver {claim.lane}")
        self._serving[name] = task
        task.add_done_callback(lambda _: self._serving.pop(name))

    async def _hand_back(self, claim: Claim, before: asyncio.Task[None]) -> None:
        """A channel claimed again while it was being served: we were held up beyond a lease."""
        await asyncio.wait([before])

        async def back(tx: Tx) -> None:
            await outbox.hand_back(tx, self._owner, claim)
            reach("lease.back.written")

        await self._insist(back)
        reach("lease.back.committed")

    async def _serve(self, claim: Claim) -> None:
        """Deliver one channel's notices, one after another, until it is given back."""
        not_before, waiting, name = 0, claim.deliveries, (claim.team, claim.lane)
        while True:
            await self._rest(not_before)
            await self._pass_gate()
            async with self._slots:
                if self._stopping:
                    return
                self._sending.add(name)
                steps = await self._sender.send(waiting)
            await self._write(steps)
            self._sending.discard(name)
            if steps[0].release:
                return
            not_before, waiting = steps[0].not_before, waiting[len(steps) :]

    async def _rest(self, until: int) -> None:
        seconds = (until - self._clock.now_ms()) / 1000
        if seconds > 0:
            await self._idle(self._pause(seconds))

    async def _pass_gate(self) -> None:
        if self._gate is not None and self._gate.is_closed:
            await self._idle(self._gate.passage())

    async def _idle(self, waiting: Awaitable[None]) -> None:
        """Wait for what a stop need not wait for."""
        task = asyncio.current_task()
        if self._stopping or task is None:
            asyncio.ensure_future(waiting).cancel()
            return
        self._resting.add(task)
        try:
            await waiting
        finally:
            self._resting.discard(task)

    async def _watch(self) -> None:
        if self._gate is not None:
            await self._gate.run(self._tell_of_outage)

    async def _tell_of_outage(self, seen: Outage) -> None:
        if self._operators is not None:
            await self._insist(functools.partial(tell_of_outage, self._operators, seen))

    async def _finish(self, tx: Tx, messages: Sequence[tuple[Step, ...]]) -> list[None]:
        steps = [step for message in messages for step in message]
        if any(step.lost or step.status is Status.DEAD for step in steps):  # others are told
            await outbox.in_order(tx)
        await outbox.finish(tx, self._owner, steps)
        reach("mark.written")
        for step in steps:
            if step.lost:
                await unreachable_channels.clean_up(tx, step.delivery, step.lost, step.at)
            if step.status is Status.DEAD and step.ambiguous:
                await unreachable_channels.tell_person(tx, step.delivery, step.at)
            if self._operators is not None:
                await tell_of_refused(tx, self._operators, step)
        return [None] * len(messages)

    async def _write(self, steps: tuple[Step, ...]) -> None:
        """Write down what happened, however long it takes: forgetting it would send it again."""
        while True:
            try:
                await self._steps.submit(steps)
                reach("mark.committed")
            except StoreError as error:
                self._trouble.seen(error)
                await self._pause(_STORE_PAUSE)
            else:
                return

    async def _keep_leases(self) -> None:
        while True:
            await self._pause(LEASE / 3000)
            if self._serving:
                await self._insist(self._renew_leases)
                reach("leases.renewal.committed")

    async def _renew_leases(self, tx: Tx) -> None:
        await outbox.renew(tx, self._owner, self._clock.now_ms() + LEASE)
        reach("leases.renewal.written")

    async def _insist(self, write: Callable[[Tx], Awaitable[None]]) -> None:
        while True:
            try:
                async with self._database.begin() as tx:
                    await write(tx)
            except StoreError as error:
                self._trouble.seen(error)
                await self._pause(_STORE_PAUSE)
            else:
                return

    async def _give_up_leases(self) -> None:
        try:
            async with self._database.begin() as tx:
                await outbox.release(tx, self._owner, cut=self._sending)
                reach("leases.release.written")
            reach("leases.release.committed")
        except StoreError as error:
            self._trouble.seen(error)  # they end by themselves


async def _end_leases(tx: Tx) -> None:
    await outbox.end_leases(tx)
    reach("leases.end.written")


async def _with_doubt(tx: Tx, claim: Claim) -> Claim:
    """Of what another worker was at when it died, all that its message can have been."""
    if not claim.interrupted:
        return claim
    return await outbox.doubt(tx, claim, len(digest.most(claim.deliveries)))
