"""Many small notices in one message, where a channel's backlog grows faster than Slack takes it.

One message a second is what a channel gets (docs.slack.dev, "Rate limits"): a hundred people who
join would otherwise be told of for two minutes. Only notices that say so are put together; their
order is kept, and so is what stands between them.
"""

from collections.abc import Sequence

import msgspec

from ovbot.domain.markup import Markup, join, md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.store.deliveries import Delivery

BACKLOG = 5
"""So many notices may wait in a row and are still told one by one."""
MOST = 40
"""Lines in one digest."""
_STORED = 20_000
"""Characters of stored replies in one digest: their lines are less than half of that, and Slack
refuses messages that are much longer."""
_PARAGRAPH = 2_800


def first(waiting: Sequence[Delivery]) -> Sequence[Delivery]:
    """The notices at the head of a channel that go into one message: one, or a digest of them."""
    together = most(waiting)
    # What may have been posted together already goes together again: only so can it be found.
    if len(together) > BACKLOG or waiting[0].ambiguous:
        return together
    return waiting[:1]


def most(waiting: Sequence[Delivery]) -> Sequence[Delivery]:
    """The notices at the head of a channel that one message can be, if need be."""
    head = waiting[0]
    if not head.digest:
        return waiting[:1]
    room, together = _STORED - len(head.reply), 1
    for delivery in waiting[1:MOST]:
        room -= len(delivery.reply)
        if room < 0 or not _beside(head, delivery):
            break
        together += 1
    return waiting[:together]


def _beside(head: Delivery, other: Delivery) -> bool:
    return (
        bool(other.digest)
        and other.thread == head.thread
        and other.audience == head.audience
        and other.user == head.user
        and bool(other.ambiguous) == bool(head.ambiguous)
    )


def of(notices: Sequence[Notice]) -> Notice:
    """One notice that says what all of these say; it goes where the first of them goes."""
    if len(notices) == 1:
        return notices[0]
    said = [notice.reply.text for notice in notices]
    text = md("{} events: {}", len(notices), join(" ", said))
    paragraphs: list[list[Markup]] = [[]]
    for line in map(_line, notices):
        if paragraphs[-1] and sum(map(len, paragraphs[-1])) + len(line) > _PARAGRAPH:
            paragraphs.append([])
        paragraphs[-1].append(line)
    parts = tuple(Paragraph(join("\n", lines)) for lines in paragraphs)
    return msgspec.structs.replace(notices[0], reply=Reply(text, parts), tells=len(notices))


def _line(notice: Notice) -> Markup:
    """What it says with its mark, and when that was."""
    parts = notice.reply.parts
    said = next((part.text for part in parts if isinstance(part, Paragraph)), notice.reply.text)
    at = next((part.text for part in parts if isinstance(part, Note)), None)
    return said if at is None else md("{} · {}", said, at)
