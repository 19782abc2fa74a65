"""``bans``: who is banned from which session, by what, and whom that fits now."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.ban import Ban, By
from ovbot.domain.markup import Markup, bold, code, md
from ovbot.domain.reply import Heading, Note, Paragraph, Part, Reply
from ovbot.domain.words import counted
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.openvidu import OpenViduError
from ovbot.store import bans
from ovbot.subjects import banning, targets
from ovbot.subjects.bulk import listed_names

PAGE = 10


class BansArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Only bans from this session")] = None
    page: Annotated[int, Opt(Kind.COUNT, "Page of bans, ten each"), Field(ge=1, le=10_000)] = 1


class Found(msgspec.Struct, frozen=True):
    """One page of ``total`` bans, the newest first, each with the names that it fits now; None
    where that could not be asked."""

    bans: tuple[tuple[Ban, tuple[str, ...] | None], ...]
    total: int
    args: BansArgs


async def run(args: BansArgs, context: Context) -> Found:
    if args.session is not None:
        authorise(BANS, context.access, targets.checked_id(args.session))
    async with context.store.read() as tx:
        held = await bans.holding(
            tx,
            context.server,
            now=context.clock.now_ms(),
            team=context.actor.team,
            session=args.session,
        )
    seen = [ban for ban in held if context.access.on(ban.session) >= BANS.needs][::-1]
    page = seen[(args.page - 1) * PAGE : args.page * PAGE]
    return Found(await _fitting(page, context), len(seen), args)


async def _fitting(
    page: Sequence[Ban], context: Context
) -> tuple[tuple[Ban, tuple[str, ...] | None], ...]:
    """Each session is asked for once, and only if it is live."""
    try:
        live = {session.session_id for session in await context.openvidu.sessions()}
        there = {
            name: await context.openvidu.session(name)
            for name in {ban.session for ban in page} & live
        }
    except OpenViduError:
        return tuple((ban, None) for ban in page)
    identity = context.openvidu.identity
    return tuple(
        (
            ban,
            tuple(banning.fits(ban, there[ban.session], identity)) if ban.session in there else (),
        )
        for ban in page
    )


def render(found: Found) -> Reply:
    if not found.bans:
        none = Markup("There are no more bans." if found.total else "Nobody is banned.")
        return Reply(none, (Paragraph(none),))
    said = counted(found.total, "person is banned", "people are banned").capitalize()
    text = md("{}.", said)
    parts: list[Part] = [Heading("Bans")]
    for ban, names in found.bans:
        line = md("{}\n{}", banning.line(ban), _where(ban, names))
        parts.append(Paragraph(line, banning.lift_button([ban])))
    shown = (found.args.page - 1) * PAGE + len(found.bans)
    if more := found.total - shown:
        page = found.args.page + 1
        parts.append(Note(md("{} more: {}", more, code(f"/openvidu bans --page {page}"))))
    return Reply(text, tuple(parts))


def _where(ban: Ban, names: tuple[str, ...] | None) -> Markup:
    weak = " Another name gets around this." if ban.by is By.NAME else ""
    session = md("From session {}.{}", bold(ban.session), weak)
    if names is None:
        return md("{} OpenVidu could not be asked whom that fits now.", session)
    if not names:
        return md("{} It fits nobody who is there now.", session)
    return md("{} It fits {}, who can stay until they leave.", session, listed_names(names))


BANS = Question(
    name="bans",
    label="Show bans",
    summary="List who is banned, and whom that fits now",
    args=BansArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    run=run,
    render=render,
)
