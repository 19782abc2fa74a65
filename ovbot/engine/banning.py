"""Bans: what tells somebody when they come back, what is promised, and how one is carried out.

A connection's id is new at every join. What the application's server wrote into the token is the
same each time and cannot be chosen by whoever joins, so it is preferred; but an application may
write the same for a whole class, so it is not taken where somebody of another name has it too. Else
it is the name, which anybody can change: what is told says which of the two it is.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from ovbot.domain.ban import Ban, By
from ovbot.domain.markup import Markup, bold, code, md, mention, visible, when
from ovbot.domain.reply import Button
from ovbot.domain.words import counted
from ovbot.engine.context import Context
from ovbot.engine.people import is_camera
from ovbot.engine.several import listed_names
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.models import is_camera as is_camera_id
from ovbot.openvidu.participants import display_name, name_key, server_key
from ovbot.store import later
from ovbot.store.database import Tx
from ovbot.store.later import Plan, State

Length = timedelta | Literal["perm"]
Mark = tuple[By, str]
"""What a ban knows somebody by: how, and what is compared."""
VERB = "ban"
"""What a removal that carries out a ban is planned as (``store.later``)."""
AGAIN = 600_000
"""Milliseconds after which a removal that came to nothing is planned anew, and in which the
channel is told once, however often the same person is removed."""
LEAST = timedelta(minutes=1)


class _Removal(Args):
    session: Annotated[str, Arg(Kind.SESSION, "Session")]
    participant: Annotated[str, Arg(Kind.PARTICIPANT, "Participant")]
    reason: Annotated[str | None, Arg(Kind.TEXT, "Reason", rest=True)] = None
    by_ban: Annotated[int | None, Opt(Kind.COUNT, "Ban")] = None


class _Lifting(Args):
    session: Annotated[str, Arg(Kind.SESSION, "Session")]
    id: Annotated[str, Opt(Kind.WORD, "Bans")]


def maker(
    session: Session, length: Length, reason: str | None, context: Context
) -> Callable[[Connection], Ban | None]:
    """What makes a ban of somebody who is there; None where nothing would tell that it is them."""
    now = context.clock.now_ms()
    ends = None if isinstance(length, str) else now + round(length.total_seconds() * 1000)
    since = max((each.created_at for each in session.connections), default=0)
    names = _names_by_server(session)

    def make(connection: Connection) -> Ban | None:
        mark = _mark(connection, names)
        if mark is None:
            return None
        return Ban(
            team=context.actor.team,
            server=context.server,
            session=session.session_id,
            by=mark[0],
            who=mark[1],
            label=display_name(connection),
            since=since,
            until=ends,
            actor=context.actor.user,
            channel=context.channel,
            reason=visible(reason or ""),
            ref=context.ref,
            created_at=now,
        )

    return make


def _names_by_server(session: Session) -> dict[str, set[str]]:
    """The names of those of whom the server says the same."""
    names: dict[str, set[str]] = {}
    for each in session.connections:
        names.setdefault(server_key(each.server_data), set()).add(name_key(each.client_data))
    return names


def _mark(connection: Connection, names: dict[str, set[str]]) -> Mark | None:
    if is_camera(connection):
        return None
    said, name = server_key(connection.server_data), name_key(connection.client_data)
    if said and names[said] == {name}:  # two connections of one name: who shares a screen
        return By.SERVER, said
    return (By.NAME, name) if name else None


def marks(connection: str, client_data: str | None, server_data: str | None) -> frozenset[Mark]:
    """All that a ban could know somebody by."""
    if is_camera_id(connection):
        return frozenset()
    return frozenset({(By.SERVER, server_key(server_data)), (By.NAME, name_key(client_data))})


def meant(bans: Iterable[Ban], session: str, marks: frozenset[Mark], joined_at: int) -> list[Ban]:
    """The bans that mean somebody: who they are, and that they have joined since."""
    return [
        ban
        for ban in bans
        if ban.session == session and (ban.by, ban.who) in marks and joined_at > ban.since
    ]


async def carry_out(tx: Tx, bans: Sequence[Ban], connection: str, name: str, now: int) -> None:
    """Have somebody removed whom these bans mean: once for each workspace, at once.

    It enters the door like anything that was planned, as whoever made the ban. What was planned
    for the same connection before and came to nothing is planned anew after a while.
    """
    for ban in {ban.team: ban for ban in bans}.values():
        before = await later.newest(tx, ban.team, ban.server, VERB, connection)
        if before is None or _is_over(before, now):
            await later.add(tx, _plan(ban, connection, name, now))


def _is_over(plan: Plan, now: int) -> bool:
    return plan.state is not State.WAITING and (plan.ended_at or 0) + AGAIN < now


def _plan(ban: Ban, connection: str, name: str, now: int) -> Plan:
    reason = f"banned {_plain_span(ban.until)}"
    removal = _Removal(
        session=ban.session,
        participant=connection,
        reason=f"{reason}: {ban.reason}" if ban.reason else reason,
        by_ban=ban.id,
    )
    again = _Removal(session=ban.session, participant=connection)
    return Plan(
        ref=ban.ref,
        team=ban.team,
        server=ban.server,
        actor=ban.actor,
        channel=ban.channel,
        session=ban.session,
        verb=VERB,
        about=connection,
        command=format_command("kick", removal),
        said=md("remove {} from session {} (banned {})", bold(name), code(ban.session), span(ban)),
        label=f"Kick {name}",
        again=f"{format_command('kick', again)} ?",
        due_at=now,
        created_at=now,
    )


def _plain_span(until: int | None) -> str:
    if until is None:
        return "for good"
    return f"until {datetime.fromtimestamp(until / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def span(ban: Ban) -> Markup:
    """How long: ``until 13:00``, in the reader's own zone."""
    return Markup("for good") if ban.until is None else md("until {}", when(ban.until))


def promise(bans: Sequence[Ban]) -> Markup:
    """What bans of one session and one length do, and what they do not."""
    said = Markup("")
    named = [ban.label for ban in bans if ban.by is By.NAME]
    known = [ban.label for ban in bans if ban.by is By.SERVER]
    session = code(bans[0].session)
    text = "Whoever joins session {} {} is removed {}, {}. "
    if named:
        who = md("as “{}”", named[0]) if len(named) == 1 else Markup("under one of these names")
        but = Markup("but under another name they can come back")
        said = said + md(text, session, who, span(bans[0]), but)
    if known:
        who = md("with the server data of {}", listed_names(known))
        but = Markup("whatever name they give")
        said = said + md(text, session, who, span(bans[0]), but)
    return said + Markup("That holds for later sessions of this id too.")


def line(ban: Ban) -> Markup:
    """One ban in a list of them."""
    by = Markup("by name") if ban.by is By.NAME else Markup("by server data")
    often = (
        md(", removed {}", counted(ban.removals, "time", "times")) if ban.removals else Markup("")
    )
    who = md("{} {} ({})", bold(ban.label), span(ban), by)
    return md("Banned: {}, by {}{}", who, mention(ban.actor), often)


def lift_button(bans: Sequence[Ban], label: str = "") -> Button:
    """Lifts one ban that is stored, or all that an action makes."""
    first = bans[0]
    which = f"#{first.id}" if first.id else first.ref
    text = format_command("unban", _Lifting(session=first.session, id=which))
    return Button(label or f"Lift ban of {first.label}", text)
