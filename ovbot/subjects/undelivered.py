"""What became of a notice, in words: for those who look after the outbox."""

from ovbot.domain.markup import Markup, channel_link, code, md, mention, when
from ovbot.domain.words import counted
from ovbot.engine.standing import Standing
from ovbot.store.deliveries import Delivery, Listed, Status


def destination(delivery: Delivery) -> Markup:
    """Where it goes: a channel, one person in a channel, or a person directly."""
    if delivery.channel[:1] not in "CGD":
        return mention(delivery.channel)
    if delivery.audience == "only_user":
        return md("{} in {}", mention(delivery.user), channel_link(delivery.channel))
    return channel_link(delivery.channel)


def fate(listed: Listed) -> Markup:
    """Sent, waiting, dead or dropped, with the reason that is known."""
    delivery, reason = listed.delivery, listed.reason
    match listed.status:
        case Status.SENT:
            return md("sent {}", _at(listed))
        case Status.DROPPED:
            return md("dropped {} ({})", _at(listed), reason)
        case Status.DEAD if delivery.ambiguous:
            what = "given up {}; it may have been posted, and is not sent again: {}"
            return md(what, _at(listed), code(reason))
        case Status.DEAD:
            return md("dead since {}: {}", _at(listed), code(reason))
        case Status.PENDING:
            tries = counted(delivery.attempts, "try", "tries")
            last = md(", the last: {}", code(reason)) if reason else Markup("")
            return md("waiting, {}{}", tries, last)


def _at(listed: Listed) -> Markup:
    return when(listed.finished_at or listed.delivery.created_at, seconds=True)


def held_up(standing: Standing) -> Markup | None:
    """That no message leaves now, and why; None while they do."""
    if not standing.reason:
        return None
    return md(
        ":red_circle: Slack takes *no messages* from ovbot now ({}). {} What waits goes out by "
        "itself afterwards.",
        code(standing.reason),
        standing.advice,
    )
