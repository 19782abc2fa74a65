"""``grants``: who has what, given by whom, until when, and who has never used it."""

from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.grant import Gives, Grant, glob_covers
from ovbot.domain.markup import Markup, join, md, mention, when
from ovbot.domain.reply import Button, Buttons, Heading, Note, Paragraph, Part, Reply
from ovbot.domain.words import counted
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.store import audit
from ovbot.subjects import granting, pages
from ovbot.subjects.granting import SUBJECT
from ovbot.subjects.pages import Pages

PAGE = 10
_ACTS = frozenset({Gives.MODERATOR, Gives.OPERATOR, Gives.ADMIN})


class GrantsArgs(Args):
    who: Annotated[
        str | None,
        Arg(Kind.SUBJECT, "Only what was given to them", menu="Only theirs"),
        Field(pattern=SUBJECT),
    ] = None
    unused: Annotated[bool, Opt(Kind.FLAG, "Only what was never used")] = False
    page: Annotated[int, Opt(Kind.COUNT, "Page of grants"), Field(ge=1, le=pages.MOST)] = 1


class Listed(msgspec.Struct, frozen=True):
    """One grant. ``used``: when it was last of use (ms), 0 for never, None where nothing tells."""

    grant: Grant
    used: int | None
    mine_to_end: bool


class Found(msgspec.Struct, frozen=True):
    """A part of the grants, the newest first, and who is an admin by the setting."""

    grants: Pages[Listed]
    admins: tuple[str, ...]
    args: GrantsArgs
    may_give: bool


async def run(args: GrantsArgs, context: Context) -> Found:
    held = [each for each in await granting.held(context) if _is_shown(each, context)]
    if args.who is not None:
        held = [grant for grant in held if grant.subject == granting.id_of(args.who)]
    listed = [await _listed(grant, context) for grant in reversed(held)]
    if args.unused:
        listed = [one for one in listed if one.used == 0]
    may_give = context.access.most >= Role.ADMIN
    return Found(pages.part(listed, args.page, PAGE), context.access.admins, args, may_give)


def _is_shown(grant: Grant, context: Context) -> bool:
    return context.access.is_auditor or context.access.over(grant.scope) >= Role.ADMIN


async def _listed(grant: Grant, context: Context) -> Listed:
    mine = context.access.over(grant.scope) >= Role.ADMIN
    if grant.gives not in _ACTS or not grant.is_personal:
        return Listed(grant, None, mine)
    async with context.store.read() as tx:
        done = await audit.done_by(tx, grant.team, grant.server, grant.subject, grant.created_at)
    glob = grant.scope.sessions
    fitting = [at for session, at in done.items() if not glob or glob_covers(glob, session)]
    return Listed(grant, max(fitting, default=0), mine)


def render(found: Found) -> Reply:
    total = found.grants.total or 0
    admins = join(", ", [mention(user) for user in found.admins])
    named = md("Admins by OVBOT_ADMINS: {}.", admins) if found.admins else Markup("")
    give = (Buttons((Button("Give a role", "grant ?"),)),) if found.may_give else ()
    if not total:
        what = "Nothing was given that was never used." if found.args.unused else "No roles given."
        said = md("{}", what)
        return Reply(said, (Paragraph(said), *_note(named), *give))
    text = md("{}.", counted(total, "grant holds", "grants hold").capitalize())
    parts: list[Part] = [Heading("Who may do what"), *_note(named)]
    parts += [_row(one) for one in found.grants.shown]
    parts += pages.controls(
        found.grants,
        "grants",
        lambda page: format_command("grants", found.args.model_copy(update={"page": page})),
    )
    return Reply(text, (*parts, *give), format_command("grants", found.args))


def _note(said: Markup) -> tuple[Part, ...]:
    return (Note(said),) if said else ()


def _row(one: Listed) -> Paragraph:
    said = md("{}\n{}{}", granting.line(one.grant), granting.origin(one.grant), _use(one.used))
    return Paragraph(said, granting.remove_button(one.grant) if one.mine_to_end else None)


def _use(used: int | None) -> Markup:
    if used is None:
        return Markup("")
    return md(" · last used {}", when(used)) if used else Markup(" · *never used*")


GRANTS = Question(
    name="grants",
    label="Who may do what",
    summary="List who was given what, and who never used it",
    args=GrantsArgs,
    needs=Role.ADMIN,
    about=About.SESSIONS,
    auditors=True,
    run=run,
    render=render,
)
