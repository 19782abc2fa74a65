"""In which of several live sessions somebody is, whom a command names without their session."""

import asyncio
from collections.abc import Callable

from ovbot.domain.markup import visible
from ovbot.engine.context import Context
from ovbot.engine.refusals import Ambiguous
from ovbot.errors import UserError
from ovbot.openvidu import OpenViduError, Session
from ovbot.openvidu.errors import SessionNotFound
from ovbot.openvidu.participants import public_id
from ovbot.subjects import names, targets

MOST = 20
"""Sessions that are looked into; of more it is asked which is meant."""


async def session_id(
    given: str | None,
    participant: str,
    context: Context,
    command_for: Callable[[str], str],
    label: str,
    *,
    alone: bool = False,
) -> str:
    """As ``targets.session_id``; but where the channel has several live ones, the only one in
    which somebody is called so.

    Asked is where they are in several, where one of them could not be read, and where words are
    left behind what is only a part of a name. ``alone``: nothing but the name is in
    ``participant``, and no reason behind it.
    """
    try:
        return await targets.session_id(given, context, command_for, label)
    except Ambiguous as several:
        wanted = several.meant
        if not participant or participant.isdecimal() or not 0 < len(wanted) <= MOST:
            raise
        found = await asyncio.gather(*(_read(each, context) for each in wanted))
        if None in found:
            raise
        sessions = [each for each in found if isinstance(each, Session)]
        fitting = [s for s in sessions if _fits(participant, s, alone=alone)]
        doubtful = [s for s in sessions if _may_fit(participant, s)]
        if len(fitting) == 1 and doubtful == fitting:
            return fitting[0].session_id
        if not doubtful:
            raise UserError(
                f"Nobody is called “{visible(participant, 80)}” in any of the {len(wanted)} live "
                "sessions that this channel is bound to.",
                "/openvidu find looks for a part of a name; /openvidu list shows the sessions.",
                code="participant.not_found",
                helps=(
                    "find",
                    "list",
                ),
            ) from several
        named = {session.session_id for session in doubtful}
        offered = zip(several.buttons, wanted, strict=False)  # not all have a button
        buttons = tuple(button for button, name in offered if name in named)
        several.buttons = buttons or several.buttons
        raise


async def _read(session: str, context: Context) -> Session | str | None:
    """The session; its id where it has ended meanwhile, None where it could not be read."""
    try:
        found = await context.openvidu.session(session)
    except SessionNotFound:
        return session
    except OpenViduError:
        return None
    return None if found.unreadable else found


def _fits(text: str, session: Session, *, alone: bool) -> bool:
    """Whether somebody there is meant for sure."""
    if _by_id(text, session):
        return True
    if alone:
        return bool(names.by_name(text, session.connections))
    read = names.read_name(text, session.connections)
    return read.sure and bool(names.by_name(read.name, session.connections))


def _may_fit(text: str, session: Session) -> bool:
    """Whether anything of it could mean somebody there."""
    words = text.split()
    return _by_id(text, session) or any(
        names.by_name(" ".join(words[:count]), session.connections)
        for count in range(1, len(words) + 1)
    )


def _by_id(text: str, session: Session) -> bool:
    first = text.split()[0] if text.split() else ""
    return any(
        first in {each.connection_id, public_id(each.connection_id)} for each in session.connections
    )
