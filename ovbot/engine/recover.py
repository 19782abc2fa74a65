"""Intents that a process which is no more left without an outcome are closed truthfully.

Nothing is executed again. Without an attempt OpenVidu was never asked; with one it may have been,
so OpenVidu's live truth is looked at. The actor is told by the outcome's own notice. What had been
planned, and is found not to be done, is planned anew.
"""

from collections.abc import Collection

import structlog

from ovbot.domain.actor import OVBOT, Actor
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.markup import Markup
from ovbot.engine.command import Action, Result
from ovbot.engine.context import Context
from ovbot.engine.invocation import Invocation
from ovbot.engine.perform import record_outcome
from ovbot.engine.pipeline import Door
from ovbot.openvidu.errors import OpenViduError
from ovbot.store import audit

log = structlog.get_logger(__name__)

_NEVER_ASKED = Markup(
    "ovbot was stopped before it asked OpenVidu, so nothing was done. Give the command again if "
    "it is still wanted."
)
_NOW_INSTEAD = Markup(
    "ovbot was stopped when this was due, and it was not done yet. It is done now."
)


async def recover(
    door: Door, team: str, *, alive: Collection[str] = (), before: int | None = None
) -> int:
    """Close the intents that are open and that nobody works on; returns how many.

    ``alive`` are the processes that go on with their own. Where an intent does not name its
    process (an older ovbot wrote it), it must be of before ``before`` (ms; None: any time). Those
    that cannot be closed, since OpenVidu is away, stay open and can be tried again later.
    """
    async with door.powers.store.read() as tx:
        unfinished = await audit.open_intents(tx, team, door.powers.server)
    closed = 0
    for entries in unfinished:
        if _is_worked_on(entries[0], alive, before):
            continue
        latest = entries[-1]
        context = await _context(door, latest)
        try:
            result = await _truth(door, latest, context)
            if result.outcome is Outcome.FAILED and (
                again := await context.powers.planned.once_more(entries[0], context)
            ):
                result = Result(
                    outcome=Outcome.FAILED,
                    said=_NOW_INSTEAD,
                    answer=result.answer,
                    effects=again,
                )
        except OpenViduError as error:
            log.warning("recover.postponed", ref=latest.ref, why=error.code)
            continue
        except Exception:  # one that cannot be looked at must not keep the others open
            log.exception("recover.failed", ref=latest.ref, command=latest.command)
            continue
        await record_outcome(latest, result, context, after=latest.phase)
        log.info("recover.closed", ref=latest.ref, outcome=result.outcome)
        closed += 1
    return closed


def _is_worked_on(intent: AuditEntry, alive: Collection[str], before: int | None) -> bool:
    if intent.process:
        return intent.process in alive
    return before is not None and intent.at >= before


async def _truth(door: Door, latest: AuditEntry, context: Context) -> Result:
    if latest.phase is Phase.INTENT:
        return Result(outcome=Outcome.FAILED, said=_NEVER_ASKED, answer="stopped")
    command = door.powers.commands[latest.command]
    if not isinstance(command, Action):
        raise TypeError(latest.command)
    return await command.look(latest, context)


async def _context(door: Door, latest: AuditEntry) -> Context:
    actor = Actor(latest.team, latest.actor or OVBOT)
    invocation = Invocation(actor=actor, channel=latest.channel, text="", interaction="")
    return await door.context(invocation, latest.ref)
