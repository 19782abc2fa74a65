"""Broadcasts of a session: which target is meant, and what is known of one that runs.

OpenVidu tells of a session that it is broadcast, and not where to; who started it from here, and to
which target, stands in the audit.
"""

from __future__ import annotations

from typing import Final

from ovbot.domain.audit import Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention, when
from ovbot.domain.reply import Button, Confirm, Style
from ovbot.engine.context import Context
from ovbot.engine.refusals import Ambiguous
from ovbot.errors import UserError
from ovbot.openvidu import Session
from ovbot.store import audit

START, STOP = "broadcast start", "broadcast stop"
SETTING: Final = "OVBOT_BROADCAST_TARGETS"
_SEARCHED = 100
"""So many of a session's newest actions are looked at for the one that started a broadcast."""


def target(given: str | None, context: Context, command_for: dict[str, str]) -> str:
    """The name of the target that is meant: the given one, or the only one.

    ``command_for``: the whole command with each of them. Raises UserError, and Ambiguous.
    """
    known = list(context.powers.broadcast_targets)
    if not known:
        raise UserError(
            "No place to broadcast to is set up.",
            md("Whoever runs ovbot names the places in its setting {}.", code(SETTING)),
            code="broadcast.no_targets",
        )
    if given is None and len(known) == 1:
        return known[0]
    if given is None:
        buttons = tuple(Button(f"Broadcast to {each}", command_for[each]) for each in known[:10])
        raise Ambiguous("Broadcast to which target?", buttons, more=len(known) - len(buttons))
    for name in known:
        if name.casefold() == given.casefold():
            return name
    raise UserError(
        f"There is no broadcast target “{given}”.",
        f"There {'is' if len(known) == 1 else 'are'}: {', '.join(known)}.",
        code="broadcast.no_target",
    )


async def known_of(session: Session, context: Context) -> Markup:
    """Who started the broadcast that runs, where to and when; "" where that was not done here."""
    begun = context.openvidu.here(session.created_at)
    async with context.store.read() as tx:
        actions = await audit.latest(
            tx, context.actor.team, session=session.session_id, limit=_SEARCHED
        )
    for entries in actions:
        last = entries[-1]
        if last.outcome is not Outcome.DONE or last.at < begun:
            continue
        if last.command == STOP:
            break
        if last.command == START:
            return md(
                "to {}, started by {} {}", bold(last.detail), mention(last.actor), when(last.at)
            )
    return Markup("")


def stop_button(session: str, command: str) -> Button:
    """Ends a broadcast, after a question."""
    confirm = Confirm(
        title="Stop the broadcast?",
        text=f"Viewers outside of session {session} see no more of it. People in it stay.",
        yes="Stop broadcast",
    )
    return Button(f"Stop broadcast {session}", command, Style.DANGER, confirm)
