"""What one try to deliver a notice means: sent, again later, or never. No I/O.

Slack takes about one message a second for each channel (docs.slack.dev, "Rate limits").
"""

import random
from collections.abc import Callable, Sequence

import msgspec

from ovbot.domain.markup import Markup, channel_link, code, md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Posted
from ovbot.store.deliveries import Delivery, Status, Step

PACE = 1_005
"""Milliseconds from when Slack took a message to the next: its second, and a little for clocks."""
LONGEST_PAUSE = 300.0
NETWORK_PAUSE = 10.0
"""Seconds where nothing answered: no channel is spared by waiting, and all wait for the network."""
GIVE_UP_AGE = 24 * 3600 * 1000
GIVE_UP_TRIES = 8
FAULT_TRIES = 3
AMBIGUOUS_PAUSE = 5_000
NOBODY_PAUSE = 2_000
"""Milliseconds for this channel; ``delivery.gate`` holds up all of them."""

_AGAIN = Markup("Perhaps sent twice: it is not known whether an earlier try has arrived.")

Jitter = Callable[[], float]
"""A number from 0 up to 1, another one each time."""


def sent(
    delivery: Delivery, posted: Posted, *, taken_at: int, now: int, last: bool, lost: str = ""
) -> Step:
    """It was posted. ``last``: no more of this claim follows, so the channel is given back.

    ``taken_at``: when Slack took it, by our clock (ms). ``lost``: why its channel could not be
    posted to, when its person was told instead.
    """
    return Step(
        delivery=delivery,
        status=Status.SENT,
        at=now,
        not_before=taken_at + PACE,
        release=last,
        posted_channel=posted.channel,
        posted_ts=posted.ts,
        lost=lost,
    )


def failed(
    delivery: Delivery,
    failure: ChatFailure,
    *,
    now: int,
    last: bool,
    sure: bool = False,
    jitter: Jitter = random.random,
) -> Step:
    """It was not posted, or nobody knows: when to try again, or why never.

    ``sure``: before this try it was looked up that no earlier one was posted.
    """
    match failure.kind:
        case FailureKind.WAIT:
            pause = round(max(1.0, failure.retry_after) * PACE)
            return _later(delivery, now, pause, failure.reason, tries=0)
        case FailureKind.RETRY | FailureKind.GONE:
            if now - delivery.created_at > GIVE_UP_AGE and delivery.attempts >= GIVE_UP_TRIES:
                reason = f"gave up after 24 hours: {failure.reason}"
                return dead(delivery, reason, now=now, last=last)
            longest = LONGEST_PAUSE if failure.answered else NETWORK_PAUSE
            pause = _pause(delivery.attempts, jitter, longest)
            return _later(delivery, now, pause, failure.reason)
        case FailureKind.AMBIGUOUS:
            goes_on = (sure or failure.answered) and delivery.attempts < GIVE_UP_TRIES
            if delivery.ambiguous and not goes_on:
                tries = "two" if delivery.ambiguous == 1 else str(delivery.ambiguous + 1)
                reason = f"no answer is known of {tries} tries: {failure.reason}"
                return dead(delivery, reason, now=now, last=last, ambiguous=True)
            pause = max(AMBIGUOUS_PAUSE, _pause(delivery.attempts, jitter))
            return _later(delivery, now, pause, failure.reason, ambiguous=True)
        case FailureKind.NOBODY:
            return _later(delivery, now, NOBODY_PAUSE, failure.reason, tries=0)
        case FailureKind.UNREACHABLE:
            ended = dead(delivery, failure.reason, now=now, last=last)
            return msgspec.structs.replace(ended, lost=failure.reason)
        case FailureKind.DEAD:
            return dead(delivery, failure.reason, now=now, last=last)


def again(notice: Notice) -> Notice:
    """A notice that may be there already, and says so."""
    parts = notice.reply.parts or (Paragraph(notice.reply.text),)
    reply = Reply(notice.reply.text, (*parts, Note(_AGAIN)))
    return msgspec.structs.replace(notice, reply=reply)


def instead(notice: Notice, reason: str) -> Notice:
    """A notice for the person alone, which says where it could not be posted and why."""
    parts = notice.reply.parts or (Paragraph(notice.reply.text),)
    why = _WHY.get(reason) or md("Slack said {}", code(reason))
    where = md("For {}, where ovbot couldn't post it: {}.", channel_link(notice.channel), why)
    reply = Reply(notice.reply.text, (*parts, Note(where)))
    return msgspec.structs.replace(notice, reply=reply)


def in_doubt(notice: Notice) -> Notice:
    """A notice for the person alone, of which nobody knows whether it is where it belongs."""
    parts = notice.reply.parts or (Paragraph(notice.reply.text),)
    text = "For {}, where it may be or not: Slack gave no answer to ovbot's tries to post it."
    reply = Reply(notice.reply.text, (*parts, Note(md(text, channel_link(notice.channel)))))
    return Notice(channel=notice.user, key=f"doubt:{notice.key}", reply=reply, user=notice.user)


_WHY = {
    "not_in_channel": Markup("it isn't a member. Invite it there with `/invite`"),
    "channel_not_found": Markup("it can't see the channel. Invite it there with `/invite`"),
    "is_archived": Markup("the channel is archived"),
    "user_not_in_channel": Markup("you aren't in that channel"),
    "restricted_action_read_only_channel": Markup("the channel is read-only"),
}


def each(step: Step, group: Sequence[Delivery], *, apart: bool = False) -> tuple[Step, ...]:
    """The same for every notice of a message; ``apart``: a digest that is dead goes one by one."""
    if apart and len(group) > 1 and step.status is Status.DEAD:
        step = msgspec.structs.replace(step, status=Status.PENDING, release=True, apart=True)
    return (step, *(msgspec.structs.replace(step, delivery=other) for other in group[1:]))


def broken(
    delivery: Delivery,
    error: Exception,
    *,
    now: int,
    last: bool,
    jitter: Jitter = random.random,
) -> Step:
    """Our own fault: tried a few times, then put aside so that what is behind it gets through."""
    reason = f"fault: {type(error).__name__}"
    if delivery.attempts + 1 >= FAULT_TRIES:
        return dead(delivery, reason, now=now, last=last)
    return _later(delivery, now, _pause(delivery.attempts, jitter), reason)


def dead(
    delivery: Delivery,
    reason: str,
    *,
    now: int,
    last: bool,
    ambiguous: bool = False,
) -> Step:
    """It will not be tried again; the reason stays with it."""
    return Step(
        delivery=delivery,
        status=Status.DEAD,
        at=now,
        not_before=now + PACE,
        release=last,
        reason=reason,
        ambiguous=ambiguous,
    )


def _later(
    delivery: Delivery,
    now: int,
    pause: int,
    reason: str,
    *,
    tries: int = 1,
    ambiguous: bool = False,
) -> Step:
    # The channel is given back: what is behind waits too, which is what keeps its order.
    return Step(
        delivery=delivery,
        status=Status.PENDING,
        at=now,
        not_before=now + pause,
        release=True,
        reason=reason,
        tries=tries,
        ambiguous=ambiguous,
    )


def _pause(attempts: int, jitter: Jitter, most: float = LONGEST_PAUSE) -> int:
    """Full jitter (many channels must not come back at one moment), in milliseconds."""
    longest = min(most, 2.0 ** min(attempts + 1, 16))
    return max(PACE, round(jitter() * longest * 1000))
