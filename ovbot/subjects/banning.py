"""Bans: what tells somebody when they come back, what is promised, and how one is carried out.

A connection's id is new at every join. Where the application's server names people
(``openvidu.identity``), that is the same each time, and nobody can choose it. Else it is the name,
which anybody can change: what is told says which of the two it is, and whom it fits now.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from ovbot.domain.ban import Ban, By
from ovbot.domain.markup import Markup, bold, code, md, mention, visible, when
from ovbot.domain.reply import Button
from ovbot.domain.words import counted
from ovbot.engine.calls import call, call_form
from ovbot.engine.context import Context
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.identity import Identity
from ovbot.openvidu.models import is_camera_id
from ovbot.openvidu.participants import display_name, name_key
from ovbot.store import later
from ovbot.store.database import Tx
from ovbot.store.later import Plan, State
from ovbot.subjects.bulk import Person, listed_names

Length = timedelta | Literal["perm"]
Mark = tuple[By, str]
"""What a ban knows somebody by: how, and what is compared."""
VERB = "ban"
"""What a removal that carries out a ban is planned as (``store.later``)."""
AGAIN = 600_000
"""Milliseconds after which a removal that came to nothing is planned anew, and in which the
channel is told once, however often the same person is removed."""
LEAST = timedelta(minutes=1)
OFFERS = (
    ("", "No ban"),
    ("1h", "For 1 hour"),
    ("1d", "For 1 day"),
    ("1w", "For 1 week"),
    ("perm", "For good"),
)
"""What a form has in its menu; any other length can be typed."""


def maker(
    session: Session, length: Length, reason: str | None, context: Context
) -> Callable[[Connection], Ban | None]:
    """What makes a ban of somebody who is there; None where nothing would tell that it is them."""
    now = context.clock.now_ms()
    ends = None if isinstance(length, str) else now + round(length.total_seconds() * 1000)
    since = max((each.created_at for each in session.connections), default=0)
    identity = context.openvidu.identity

    def make(connection: Connection) -> Ban | None:
        mark = _mark(connection, identity)
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


def _mark(connection: Connection, identity: Identity) -> Mark | None:
    found = dict(marks(connection, identity))
    by = By.SERVER if By.SERVER in found else By.NAME
    return (by, found[by]) if by in found else None


def marks(of: Connection | WebhookEvent, identity: Identity) -> frozenset[Mark]:
    """All that a ban could know somebody by."""
    if is_camera_id(of.connection_id or ""):
        return frozenset()
    known = {By.SERVER: identity.key(of.server_data), By.NAME: name_key(of.client_data)}
    return frozenset((by, who) for by, who in known.items() if who)


def whom(
    connection: Connection,
    session: Session,
    ban: Callable[[Connection], Ban | None] | None,
    identity: Identity,
) -> Person:
    """Somebody who is to be removed, and banned where ``ban`` makes one of them."""
    made = ban(connection) if ban else None
    rest = [each for each in session.connections if each is not connection]
    others = replace(session, connections=tuple(rest))
    also = tuple(fits(made, others, identity)) if made else ()
    return Person(connection.connection_id, display_name(connection), made, also)


def fits(ban: Ban, session: Session, identity: Identity) -> list[str]:
    """The names of those who are there and would be removed, had they come later."""
    return [
        display_name(one)
        for one in session.connections
        if (ban.by, ban.who) in marks(one, identity)
    ]


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
    whom = {"session": ban.session, "participant": connection}
    why = f"{reason}: {ban.reason}" if ban.reason else reason
    return Plan(
        ref=ban.ref,
        team=ban.team,
        server=ban.server,
        actor=ban.actor,
        channel=ban.channel,
        session=ban.session,
        verb=VERB,
        about=connection,
        command=call("kick", **whom, reason=why, by_ban=ban.id),
        said=md("remove {} from session {} (banned {})", bold(name), code(ban.session), span(ban)),
        label=f"Kick {name}",
        again=call_form("kick", **whom),
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
        but = Markup("but a different name gets around this")
        said = said + md(text, session, who, span(bans[0]), but)
    if known:
        who = md("with the server data of {}", listed_names(known))
        but = Markup("whatever name they give")
        said = said + md(text, session, who, span(bans[0]), but)
    return said + Markup("That holds for later sessions of this id too.")


def fitting(person: Person) -> Markup:
    """Whom the ban of somebody fits now, before it is made and after."""
    if person.also:
        return md("It fits {} now. {}", bold(person.name), also(person.also))
    return md("It fits {}, and nobody else who is there now.", bold(person.name))


def also(names: Sequence[str]) -> Markup:
    """Who stays, and would be removed at the next join."""
    who = counted(len(names), "other person", "other people")
    return md("It fits {} there too ({}), who can stay until they leave.", who, listed_names(names))


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
    text = call("unban", session=first.session, id=which)
    return Button(label or f"Lift ban of {first.label}", text)
