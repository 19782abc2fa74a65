"""From a thing that happened to the outbox rows of the channels that hear of it."""

from collections.abc import Callable, Iterable, Sequence
from enum import Enum

from ovbot.domain.binding import Binding, Topic, hearing
from ovbot.domain.notice import Notice, key_of
from ovbot.domain.reply import Reply
from ovbot.store import cards, outbox
from ovbot.store.database import Tx

_DIGESTS = frozenset({Topic.PARTICIPANTS, Topic.SESSION, Topic.NODES})
"""What can come in great numbers, and is read as one line as well as in a message of its own."""

key = key_of
"""What makes a notice this notice."""


class Source(Enum):
    """How something became known."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"


def older(bindings: Iterable[Binding], than: int) -> Sequence[Binding]:
    """The bindings that were there before the moment (ms): nobody is told of history."""
    return [binding for binding in bindings if binding.created_at < than]


async def tell(
    tx: Tx,
    bindings: Iterable[Binding],
    *,
    server: str,
    session: str | None,
    topic: Topic,
    key: str,
    at: int,
    reply: Callable[[str], Reply],
    threaded: bool = False,
    after: str = "",
    unless: str = "",
) -> int:
    """Put the reply for each team into the outbox, for each channel that hears of the topic.

    ``session`` None is for what belongs to no session (nodes). ``threaded``: what the session's
    card shows itself goes into its thread, and never also to the channel; without a card it goes
    to the channel. ``after`` and ``unless`` are keys of notices: a channel is told only where it
    was told the one, and not where it was told the other, which would make this untrue. Returns
    how many notices are new.
    """
    teams: dict[str, list[Binding]] = {}
    for binding in bindings:
        teams.setdefault(binding.team, []).append(binding)
    new = 0
    for team, bound in teams.items():
        channels = hearing(bound, session, topic)
        if channels:
            said = reply(team)
            notices = []
            for channel in channels:
                if after and not await outbox.told(tx, team, channel, after):
                    continue
                if unless and await outbox.told(tx, team, channel, unless):
                    continue
                follows = session if threaded else None
                thread = await cards.thread(tx, team, server, follows, channel)
                notices.append(
                    Notice(
                        channel=channel,
                        key=key,
                        reply=said,
                        thread=thread,
                        digest=topic in _DIGESTS,
                    )
                )
            new += await outbox.add(tx, team, server, at, notices)
    return new
