"""Who is meant by a name that was typed, and where the name ends and a reason begins."""

import re
from collections.abc import Callable, Sequence

import msgspec

from ovbot.domain.emoji import drawn
from ovbot.domain.markup import visible
from ovbot.domain.names import closest, folded
from ovbot.domain.reply import Button
from ovbot.engine.refusals import Ambiguous
from ovbot.grammar.describe import suggest
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.participants import NAME_LIMIT, display_name, public_id
from ovbot.openvidu.participants import visible as shown_name
from ovbot.subjects import people

CHOICES = 10
"""How many possibilities are offered as buttons; more are counted in words."""


class Read(msgspec.Struct, frozen=True):
    """A name, and the reason behind it. Not ``sure``: words are left behind what is only a part of
    a name, or that name goes on as somebody else's does, so another may have been meant."""

    name: str
    reason: str | None = None
    sure: bool = True


_MARK = re.compile(r"(?:for|because)\s+|[:–—-]\s*", re.IGNORECASE)
"""What a reason can begin with, so that it is one."""
_MARKED = re.compile(r"(.+?)(?::\s+|\s+:\s*|\s+(?:for|because)\s+)(.*)", re.IGNORECASE)


def read_name(text: str, connections: Sequence[Connection]) -> Read:
    """Where a name ends and a reason begins, in what was typed without quotes.

    ``kick ana maria too loud`` means Ana Maria where she is there. ``kick maria lopez`` does not
    mean Maria Weber, whom ``kick maria: spam`` and ``kick maria for spam`` do.
    """
    words = text.split()
    names = {folded(display_name(c)) for c in connections}
    for count in range(min(len(words), NAME_LIMIT), 0, -1):
        typed, rest = " ".join(words[:count]), " ".join(words[count:])
        name = typed.removesuffix(":")
        if not names & {folded(each) for each in (typed, name, name.removeprefix("@"))}:
            continue
        marked = name != typed or _MARK.match(rest)
        goes_on = rest and not marked and by_name(text, connections)
        return Read(name, _MARK.sub("", rest, count=1) if marked else rest or None, not goes_on)
    if len(words) < 2 or by_name(text, connections):
        return Read(text)
    if marked := _MARKED.fullmatch(text):
        return Read(marked[1].strip(), marked[2].strip() or None)
    return Read(words[0], " ".join(words[1:]), sure=False)


def whom(text: str, session: Session, again: Callable[..., str], label: str) -> Read:
    """The name and the reason in what was typed. Raises Ambiguous, which offers those who may have
    been meant, where the reason may be the rest of another name.

    ``again`` makes the full command with other arguments.
    """
    found = read_name(text, session.connections)
    if found.sure:
        return found
    meant = _perhaps(text, found, session.connections) or nearly(text, session.connections)
    if not meant:
        return Read(text)
    alike = [connection for connection, _reason in meant]
    buttons = tuple(
        Button(
            f"{label} {people.called_among(each, alike)}",
            again(
                session=session.session_id,
                participant=public_id(each.connection_id),
                reason=reason,
            ),
        )
        for each, reason in meant[:CHOICES]
    )
    called = " or ".join(dict.fromkeys(display_name(each) for each in alike[:CHOICES]))
    question = Ambiguous(
        f"Nobody in session {session.session_id} is called “{visible(text, 80)}”, so nothing was "
        f"done. Did you mean {called}?",
        buttons,
        more=len(alike) - len(buttons),
    )
    question.next_step = "Choose who is meant, or write the whole name."
    raise question


def _perhaps(
    text: str, read: Read, connections: Sequence[Connection]
) -> list[tuple[Connection, str | None]]:
    """Whom as many of the words as possible fit, with the others as reason; and who is called by
    the first of them."""
    words = text.split()
    found: dict[str, tuple[Connection, str | None]] = {}
    for count in range(len(words), 0, -1):
        alike = by_name(" ".join(words[:count]), connections)
        for each in alike:
            found[each.connection_id] = each, " ".join(words[count:]) or None
        if alike:
            break
    for each in by_name(read.name, connections):
        if folded(display_name(each)) == folded(read.name):
            found.setdefault(each.connection_id, (each, read.reason))
    return list(found.values())


def nearly(text: str, connections: Sequence[Connection]) -> list[tuple[Connection, str | None]]:
    """Those whose name is written nearly as the words are, or as the first of them are, with the
    rest as reason: ``anna too loud`` where Ana is there."""
    words = text.split()
    called = {folded(display_name(each)): each for each in connections}
    for count in range(min(len(words), NAME_LIMIT), 0, -1):
        meant = suggest(folded(" ".join(words[:count])), called)
        if meant is None:
            continue
        reason = _MARK.sub("", " ".join(words[count:]), count=1) or None
        return [(each, reason) for each in connections if folded(display_name(each)) == meant]
    return []


def by_name(text: str, connections: Sequence[Connection]) -> list[Connection]:
    """Who is called so, or else alike, or else has it in their name."""
    typed = shown_name(drawn(text))
    found = closest(typed, connections, display_name)
    # Of a mention people know the name, and its @ only from Slack.
    return found or closest(typed.removeprefix("@"), connections, display_name)
