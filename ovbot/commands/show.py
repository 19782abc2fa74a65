"""``show``: one session's people, numbered, with what can be done at hand.

OpenVidu: GET /openvidu/api/sessions/<SESSION_ID>.
"""

import asyncio

from ovbot.domain.actor import Role
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.failpoints import reach
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Session
from ovbot.openvidu.errors import ServerFault
from ovbot.openvidu.participants import public_id
from ovbot.store import bans, last_lists
from ovbot.store.database import Tx
from ovbot.subjects import noticing, panel, plans, targets
from ovbot.subjects.panel import ShowArgs, View


async def run(args: ShowArgs, context: Context) -> View:
    def again(session: str) -> str:
        return format_command("show", args.model_copy(update={"session": session}))

    given = await targets.numbered_session(args.session, args.person or "", context)
    wanted = await targets.session_id(given, context, again, "Show")
    session = panel.in_order(await _live(wanted, context))
    person = await _person(args, session, context)
    if person is not None:  # who is asked for once more is the same, whatever number they have
        args = args.model_copy(update={"person": public_id(person)})
    now = context.clock.now_ms()
    condition, node = await asyncio.gather(
        noticing.of_session(session, context.openvidu, context.store, context.server, now),
        panel.node_of(session, context.openvidu),
    )
    async with context.store.begin() as tx:
        if person is None:  # about one there are no numbers: those of the last list go on
            await _remember(tx, session, context, now)
        team, server = context.actor.team, context.server
        closes = await plans.closing(tx, team, server, session)
        held = await bans.holding(tx, server, now=now, team=team, session=session.session_id)
        reach("shown.written")
    reach("shown.committed")
    shown = panel.ours(session, context.openvidu)
    return View(
        session=shown,
        person=next((c for c in shown.connections if c.connection_id == person), None),
        args=args,
        role=context.access.on(session.session_id),
        read_at=now,
        condition=condition,
        node=node,
        closes=closes,
        banned=held,
        ahead=context.openvidu.ahead,
        broadcasts=bool(context.powers.broadcast_targets) and context.openvidu.broadcasts,
    )


async def _remember(tx: Tx, session: Session, context: Context, now: int) -> None:
    """All of them, whatever part is shown: a number means the same on every page."""
    await last_lists.remember(
        tx,
        team=context.actor.team,
        user=context.actor.user,
        channel=context.channel,
        server=context.server,
        session=session.session_id,
        connections=[public_id(c.connection_id) for c in session.connections],
        at=now,
    )


async def _person(args: ShowArgs, session: Session, context: Context) -> str | None:
    """Whom it is asked about, by connection; None for all of them."""
    if args.person is None:
        return None

    def again(connection: str) -> str:
        change = {"session": session.session_id, "person": connection}
        return format_command("show", args.model_copy(update=change))

    found = await targets.participant(args.person, session, context, again, "Details of")
    return found.connection_id


async def _live(session: str, context: Context) -> Session:
    """The session; where OpenVidu breaks over showing it, its error says what can still be done."""
    try:
        return await targets.live_session(session, context)
    except ServerFault as fault:
        if context.access.on(session) >= Role.OPERATOR:
            more = "If it stays so: /openvidu close works all the same, and so does kick by id."
            fault.next_step = f"{fault.next_step} {more}"
            fault.helps = (*fault.helps, "close")
        raise


SHOW = Question(
    name="show",
    label="Show session",
    summary="Show a session's people and what can be done",
    args=ShowArgs,
    needs=Role.VIEWER,
    about=About.SESSIONS,
    run=run,
    render=panel.render,
)
