"""Recordings that are to be deleted: how that is asked for, planned, and partly called off.

A plan is for one recording or several, by their keys: a recording's id may be used again, so that
its key has the moment as well at which it began.
"""

from collections.abc import Collection, Sequence
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.markup import Markup, bold, code, join, md, visible
from ovbot.domain.reply import Button, Style
from ovbot.domain.words import counted, duration, size
from ovbot.engine.context import Context
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import parse
from ovbot.openvidu import Recording
from ovbot.store import later
from ovbot.store.later import Plan
from ovbot.subjects.plans import DELETE

KEEP = "recording keep"
MOST = 20
"""Recordings in one command."""
DESCRIBED = 8
"""Recordings told with name, length and size; more are told by their ids."""
_NAME = 60

Ids = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-zA-Z0-9_~-]+$", max_length=250)], ...],
    Arg(Kind.RECORDING, "Ids, as recording list tells them", many=True, name="recording"),
    Field(min_length=1, max_length=MOST),
]


class RecordingDeleteArgs(Args):
    recordings: Ids
    reason: Annotated[str | None, Opt(Kind.TEXT, "Why; told to the channel")] = None
    now: Annotated[bool, Opt(Kind.FLAG, "At once, without time to keep them", told=True)] = False
    only: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-zA-Z0-9_~-]+_[0-9]+$", max_length=280)], ...],
        Opt(Kind.WORD, "The very recordings: their ids and when they began", hidden=True),
    ] = ()
    announced: Annotated[
        str | None, Opt(Kind.WORD, "The announcement that it does at once", hidden=True)
    ] = None

    def means(self, recording: Recording) -> bool:
        """Whether it is not another one that has got the same id since."""
        return not self.only or key(recording) in self.only


class RecordingKeepArgs(Args):
    recordings: Ids
    announced: Annotated[
        str | None, Opt(Kind.WORD, "The announcement that it calls off", hidden=True)
    ] = None


def key(recording: Recording) -> str:
    """What tells a recording from a later one of the same id."""
    return key_of(recording.id, recording.created_at)


def key_of(recording: str, created_at: int) -> str:
    """The same, by the recording's id and when it began (ms, by OpenVidu's clock)."""
    return f"{recording}_{created_at}"


def id_of(key: str) -> str:
    """The id of the recording that has this key."""
    return key.rpartition("_")[0]


def plan(
    recordings: Sequence[Recording], args: RecordingDeleteArgs, due_at: int, context: Context
) -> Plan:
    """The plan to delete just these."""
    sessions = {recording.session_id for recording in recordings}
    made = Plan(
        ref=context.ref,
        team=context.actor.team,
        server=context.server,
        actor=context.actor.user,
        channel=context.channel,
        session=sessions.pop() if len(sessions) == 1 else "",
        verb=DELETE,
        about="",
        command="",
        said="",
        label="",
        again="",
        due_at=due_at,
        created_at=context.clock.now_ms(),
    )
    return _of(made, tuple(key(recording) for recording in recordings), args)


def without(plan: Plan, kept: Collection[str]) -> Plan | None:
    """The plan for the others of it; None when none is left. ``kept`` are keys."""
    keys = tuple(each for each in plan.about.split() if each not in kept)
    if not keys:
        return None
    args = parse(RecordingDeleteArgs, tokenize(plan.command)[len(DELETE.split()) :])
    return _of(msgspec.structs.replace(plan, id=0), keys, args)


def _of(plan: Plan, keys: tuple[str, ...], args: RecordingDeleteArgs) -> Plan:
    ids = tuple(id_of(each) for each in keys)
    change = {"recordings": ids, "now": True, "only": keys, "announced": None}
    again = args.model_copy(update=change)
    return msgspec.structs.replace(
        plan,
        about=" ".join(keys),
        command=format_command(DELETE, args.model_copy(update=change)),
        said=md("delete {} {}", noun(len(ids)), codes(ids)),
        label=f"Delete {ids[0]} now" if len(ids) == 1 else f"Delete these {len(ids)} now",
        again=f"{format_command(DELETE, again)} ?",
    )


def noun(number: int) -> str:
    """What stands before the recordings: ``recording``, ``three recordings:``."""
    return "recording" if number == 1 else counted(number, "recording", "recordings") + ":"


def listed(recordings: Sequence[Recording]) -> Markup:
    """The recordings one after another, the first of them with what they are."""
    described = [_described(recording) for recording in recordings[:DESCRIBED]]
    return join(", ", described + [code(recording.id) for recording in recordings[DESCRIBED:]])


def _described(recording: Recording) -> Markup:
    facts = [code(recording.id), md("session {}", code(recording.session_id))]
    if recording.size or recording.duration:
        facts += [md("{}", size(recording.size)), md("{}", duration(recording.duration))]
    return md("{} ({})", bold(visible(recording.name, _NAME)), join(", ", facts))


def codes(ids: Sequence[str]) -> Markup:
    """Ids, one after another."""
    return join(", ", [code(each) for each in ids])


def buttons(ids: Sequence[str], announced: str | None = None) -> tuple[Button, ...]:
    """Keep them after all, or let them go at once; only as one action ``announced`` it."""
    what = ids[0] if len(ids) == 1 else f"these {len(ids)} recordings"
    keeping = RecordingKeepArgs(recordings=tuple(ids), announced=announced)
    deleting = RecordingDeleteArgs(recordings=tuple(ids), now=True, announced=announced)
    keep, at_once = format_command(KEEP, keeping), format_command(DELETE, deleting)
    return (
        Button(f"Keep {what}", keep),
        Button(f"Delete {what} now", f"{at_once} ?", Style.DANGER),
    )


async def waiting(context: Context) -> dict[str, Plan]:
    """What is to be deleted, by key."""
    async with context.store.read() as tx:
        plans = await later.waiting(tx, context.actor.team, context.server, DELETE)
    return {each: plan for plan in plans for each in plan.about.split()}
