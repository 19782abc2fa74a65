"""One try to bring the notices at a channel's head to Slack, in one message."""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog

from ovbot.clock import Clock
from ovbot.delivery.outbox import deliver, digest
from ovbot.delivery.outbox.deliver import Jitter
from ovbot.delivery.outbox.pace import Pace
from ovbot.domain.notice import Audience, Notice
from ovbot.engine.ports import Chat, ChatFailure, FailureKind, Posted, Unsupported
from ovbot.failpoints import reach
from ovbot.store.deliveries import Delivery, Status, Step

log = structlog.get_logger(__name__)

_POST_LIMIT = 45.0
_FIND_LIMIT = 20.0
_REFUSED = {FailureKind.UNREACHABLE, FailureKind.DEAD, FailureKind.GONE}


class Sender:
    """Sends; what came of it is a step for each notice, and never an exception."""

    def __init__(self, chat: Chat, clock: Clock, jitter: Jitter) -> None:
        self._chat = chat
        self._clock = clock
        self._jitter = jitter
        self._pace = Pace()

    async def send(self, waiting: Sequence[Delivery]) -> tuple[Step, ...]:
        """Try once to send what is first of ``waiting``: one notice, or several in a digest."""
        group = digest.first(waiting)
        head = group[0]
        notices = _readable(group)
        if not notices:
            reason = "this ovbot cannot read it"
            last = len(waiting) == 1
            return (deliver.dead(head, reason, now=self._clock.now_ms(), last=last),)
        if notices[0].audience is Audience.AMENDS:
            return (await self._amend(notices[0], head, last=len(waiting) == 1),)
        group = group[: len(notices)]
        sure, began = False, self._clock.now_ms()
        try:
            notice, found = digest.of(notices), None
            if head.ambiguous:
                found = await self._find(notice, head)
                sure = found is None
            if isinstance(found, Posted):
                posted, unreachable = found, ""
                group = group[: found.tells]  # the others came after it
            else:
                # What was perhaps told directly was looked for in the channel alone.
                direct = deliver.again(notice) if head.ambiguous else notice
                notice = direct if isinstance(found, Unsupported) else notice
                began = self._clock.now_ms()
                posted, unreachable = await self._post(notice, direct, head.delivery_id)
        except ChatFailure as failure:
            last = len(group) == len(waiting)
            step = self._failed(head, failure, last=last, sure=sure)
            return deliver.each(step, group, apart=failure.kind is FailureKind.DEAD)
        except Exception as error:
            log.exception("deliver.fault", key=head.key, channel=head.channel)
            now, last = self._clock.now_ms(), len(group) == len(waiting)
            step = deliver.broken(head, error, now=now, last=last, jitter=self._jitter)
            return deliver.each(step, group, apart=True)
        now, last = self._clock.now_ms(), len(group) == len(waiting)
        taken_at = self._pace.taken_at(posted.ts, sent_at=began, answered_at=now)
        step = deliver.sent(head, posted, taken_at=taken_at, lost=unreachable, now=now, last=last)
        return deliver.each(step, group)

    async def _amend(self, notice: Notice, head: Delivery, *, last: bool) -> Step:
        """Change a message that was posted. Where it is nowhere, or cannot be changed any more,
        there is nothing left to do: whoever presses its buttons is told what holds.

        An answer that was lost is no trouble here: the same change made twice is one.
        """
        where = Posted(head.posted_channel, head.posted_ts)
        try:
            if head.posted_ts:
                async with asyncio.timeout(_POST_LIMIT):
                    reach("amendment.sending")
                    await self._chat.update(where, notice.reply)
                    reach("amendment.sent")
        except (ChatFailure, TimeoutError) as failure:
            kind = getattr(failure, "kind", FailureKind.RETRY)
            if kind not in _REFUSED:
                kind = FailureKind.RETRY if kind is FailureKind.AMBIGUOUS else kind
                again = ChatFailure(
                    kind,
                    getattr(failure, "reason", "no answer in time"),
                    getattr(failure, "retry_after", 0.0),
                    answered=getattr(failure, "answered", False),
                )
                return self._failed(head, again, last=last, sure=True)
            log.warning("amend.refused", channel=head.channel, reason=str(failure))
        now = self._clock.now_ms()
        step = deliver.sent(head, where, taken_at=now, now=now, last=last)
        # One message a second is for new ones (chat.update has a limit of its own).
        return msgspec.structs.replace(step, not_before=now)

    def _failed(self, head: Delivery, failure: ChatFailure, *, last: bool, sure: bool) -> Step:
        now = self._clock.now_ms()
        step = deliver.failed(head, failure, now=now, last=last, sure=sure, jitter=self._jitter)
        tell = log.error if step.status is Status.DEAD else log.warning
        tell(
            "deliver.failed",
            status=step.status.value,
            reason=step.reason,
            kind=failure.kind.value,
            team=head.team,
            channel=head.channel,
            key=head.key,
            pause_ms=step.not_before - now,
        )
        return step

    async def _find(self, notice: Notice, head: Delivery) -> Posted | Unsupported | None:
        try:
            async with asyncio.timeout(_FIND_LIMIT):
                return await self._chat.find(notice, head.delivery_id, head.created_at)
        except TimeoutError:
            raise ChatFailure(FailureKind.RETRY, f"no answer in {_FIND_LIMIT:.0f} s") from None

    async def _post(self, notice: Notice, direct: Notice, delivery_id: str) -> tuple[Posted, str]:
        """Post it; also returns why its channel could not be posted to, or ""."""
        try:
            async with asyncio.timeout(_POST_LIMIT):
                reach("notice.posting")
                answer = await self._post_or_tell(notice, direct, delivery_id)
                reach("notice.posted")
                return answer
        except TimeoutError:
            silence = f"no answer in {_POST_LIMIT:.0f} s"
            raise ChatFailure(FailureKind.AMBIGUOUS, silence) from None

    async def _post_or_tell(
        self, notice: Notice, direct: Notice, delivery_id: str
    ) -> tuple[Posted, str]:
        """What is refused where it belongs goes to the notice's person, if it has one."""
        try:
            return await self._chat.post(notice, delivery_id), ""
        except ChatFailure as failure:
            if failure.kind not in _REFUSED or notice.user in {"", notice.channel}:
                raise
            reason = failure.reason
        try:
            return await self._chat.tell(deliver.instead(direct, reason), delivery_id), reason
        except ChatFailure as failure:
            if failure.kind in _REFUSED:
                both = f"{reason}; by direct message: {failure.reason}"
                raise ChatFailure(FailureKind.DEAD, both) from failure
            raise


def _readable(group: Sequence[Delivery]) -> list[Notice]:
    """The notices up to the first that cannot be read."""
    notices = []
    for delivery in group:
        try:
            notices.append(delivery.notice())
        except (ValueError, msgspec.MsgspecError) as error:
            if not notices:
                log.error("deliver.unreadable", key=delivery.key, error=str(error))
            break
    return notices
