"""Who is banned is removed when they join: the join tells, and the sweep where it did not.

Both only plan the removal. It enters the one door as whoever made the ban, so the right is checked
and the removal is audited like any other (see ``delivery.later``).
"""

from collections.abc import Sequence

from msgspec.structs import replace

from ovbot.domain.ban import Ban
from ovbot.domain.binding import Topic, hearing
from ovbot.domain.markup import code, md, mention
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Paragraph, Reply
from ovbot.engine import sentences
from ovbot.failpoints import reach
from ovbot.openvidu import OpenVidu, OpenViduError, Session
from ovbot.openvidu.errors import SessionNotFound
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.identity import Identity
from ovbot.openvidu.participants import display_name, name_from
from ovbot.store import bans, bindings, cards
from ovbot.store.database import Database, Tx
from ovbot.store.later import Plan
from ovbot.subjects import banning
from ovbot.subjects.bulk import listed_names

JOINED = "participantJoined"


async def joined(
    tx: Tx,
    held: Sequence[Ban],
    event: WebhookEvent,
    joined_at: int,
    now: int,
    identity: Identity,
) -> None:
    """Somebody joined; ``held`` are the bans that hold."""
    connection = event.connection_id or ""
    marks = banning.marks(event, identity)
    meant = banning.meant(held, event.session_id or "", marks, joined_at)
    if connection and meant:
        name = name_from(connection, event.client_data, event.server_data)
        await banning.carry_out(tx, meant, connection, name, now)


async def at_once(
    database: Database, openvidu: OpenVidu, server: str, events: Sequence[WebhookEvent], now: int
) -> None:
    """People joined: whoever is banned goes before anything else that follows from it."""
    async with database.read() as tx:
        held = await bans.holding(tx, server, now=now)
    if not held:
        return
    async with database.begin() as tx:
        for event in events:
            joined_at = event.timestamp or openvidu.there(now)
            await joined(tx, held, event, joined_at, now, openvidu.identity)
        reach("banned.written")
    reach("banned.committed")


async def look_for(
    database: Database, openvidu: OpenVidu, server: str, live: set[str] | None, now: int
) -> None:
    """Look at each session that somebody is banned from, of those that are ``live``; None: of all.

    Raises OpenViduError once it has looked at all that can be: the others wait for the next sweep.
    """
    async with database.read() as tx:
        held = await bans.holding(tx, server, now=now)
    problem: OpenViduError | None = None
    for name in dict.fromkeys(ban.session for ban in held if live is None or ban.session in live):
        try:
            session = await openvidu.session(name)
        except SessionNotFound:
            continue
        except OpenViduError as error:
            problem = error
            continue
        mine = [ban for ban in held if ban.session == name]
        if found := _meant(mine, session, openvidu.identity):
            async with database.begin() as tx:
                for connection, meant in found.items():
                    await banning.carry_out(tx, meant, *connection, now)
                reach("banned.written")
            reach("banned.committed")
    if problem is not None:
        raise problem


async def lapse(tx: Tx, plan: Plan, now: int) -> list[Notice]:
    """A removal was refused at the door: the bans behind it are over, and the channel hears that.

    Else their maker would hear of each time that somebody joins, and everybody would believe that
    the ban holds.
    """
    if plan.verb != banning.VERB:
        return []
    ended = await bans.lapse(tx, plan.ref, at=now)
    if not ended:
        return []
    await cards.touch(tx, plan.server, plan.session, at_once=True)
    said = md(
        ":warning: Nobody is kept from session {} any more by the ban that {} made of {}: {} may "
        "not remove people there now. Whoever may can ban them anew when they join.",
        code(plan.session),
        mention(plan.actor),
        listed_names([ban.label for ban in ended]),
        mention(plan.actor),
    )
    reply = Reply(said, (Paragraph(said), sentences.reference(plan.ref)))
    here = Notice(channel=plan.channel, key=f"lapsed:{plan.ref}", reply=reply, user=plan.actor)
    every = [bound for bound in await bindings.every(tx, plan.server) if bound.team == plan.team]
    heard = hearing(every, plan.session, Topic.MODERATION)
    return [here, *(replace(here, channel=each, user="") for each in heard if each != here.channel)]


def _meant(
    held: Sequence[Ban], session: Session, identity: Identity
) -> dict[tuple[str, str], list[Ban]]:
    """Who is there and banned, by connection and name, with the bans that mean them."""
    found: dict[tuple[str, str], list[Ban]] = {}
    for one in session.connections:
        marks = banning.marks(one, identity)
        if meant := banning.meant(held, session.session_id, marks, one.created_at):
            found[one.connection_id, display_name(one)] = meant
    return found
