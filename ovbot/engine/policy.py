"""Who may: decided here and nowhere else, denied by default."""

from enum import StrEnum
from typing import TYPE_CHECKING

from ovbot.domain.actor import Role
from ovbot.domain.grant import Scope
from ovbot.domain.markup import Markup, bold, code, md
from ovbot.engine.access import Access
from ovbot.engine.reasons import (
    deciders,
    foreigner,
    not_known,
    switched_off,
    who_can_grant,
    who_switches_on,
)
from ovbot.engine.refusals import Denied

if TYPE_CHECKING:
    from ovbot.engine.command import AnyCommand, Target


class About(StrEnum):
    """What a command's role has to be over."""

    SESSIONS = "sessions"
    """Sessions, each by itself: until it is known which one, a role in any is enough to go on."""
    SERVER = "server"
    """What belongs to no session: a role in some sessions is none there."""


def authorise(command: "AnyCommand", access: Access, session: str | None) -> None:
    """Raise Denied unless the person has the role that the command needs.

    ``session`` is None while it is not known which one is meant: it is asked again when it is.
    """
    if off := access.off.of(command.name, changes=command.changes):
        said = md("{} is switched off: {}.", bold(command.name), switched_off(off))
        said = md("{} {}", said, who_switches_on(off, access))
        raise Denied(said, f"switched off: {off.what}", switched_off=True)
    if command.auditors and access.is_auditor:
        return
    if command.about is About.SERVER:
        session = None
    demand(command.needs, access, command.name, session, about=command.about)


def authorise_target(command: "AnyCommand", access: Access, target: "Target") -> None:
    """The same once it is known what exactly a command is about: on each part of that."""
    if target.session:
        authorise(command, access, target.session)
    for scope in target.over:
        demand_over(command.needs, access, command.name, scope)
    if not target.session and not target.over:
        demand(command.needs, access, command.name)


def allows(command: "AnyCommand", access: Access, session: str | None = None) -> bool:
    """Whether it makes sense to offer the command to the person."""
    try:
        authorise(command, access, session)
    except Denied:
        return False
    return True


def demand(
    role: Role,
    access: Access,
    what: str,
    session: str | None = None,
    *,
    about: About = About.SERVER,
) -> None:
    """Raise Denied unless the person has ``role``: for a variant of a command, named by ``what``,
    that takes more than the command itself does."""
    if session is not None:
        has = access.on(session)
    else:
        has = access.most if about is About.SESSIONS else access.here
    if has < role:
        where = md(" for session {}", code(session)) if session else Markup("")
        raise _denied(role, has, access, what, where, _needed(access, session, about))


def _needed(access: Access, session: str | None, about: About) -> Scope:
    """What the role is missing over: what the channel is bound to, where no session was named."""
    patterns = {binding.pattern for binding in access.bindings} - {"*"}
    if session is None and about is About.SESSIONS and len(patterns) == 1:
        return Scope(patterns.pop())
    return Scope(session or "")


def demand_over(role: Role, access: Access, what: str, scope: Scope) -> None:
    """Raise Denied unless the person has ``role`` over all of a scope."""
    session = scope.sessions
    if not scope.channel and session and not any(char in session for char in "*?["):
        demand(role, access, what, session)
        return
    has = access.over(scope)
    if has < role:
        where = Markup(" for all of it") if not session else md(" for all of {}", code(session))
        raise _denied(role, has, access, what, where, scope)


def must_see(access: Access, session: str) -> None:
    """Raise Denied for whom the session is not shown."""
    demand(Role.VIEWER, access, "show", session)


def _denied(
    role: Role, has: Role, access: Access, what: str, where: Markup, scope: Scope
) -> Denied:
    yours = md("yours here is {}", bold(has.word))
    if access.at_home and has < Role.VIEWER < role:  # whether it is a viewer's was not asked
        yours = md("being in a channel makes nobody more than a {}", bold(Role.VIEWER.word))
    if access.shuts_out(scope.sessions):
        yours = Markup("access was taken from you there")
    said = md(
        "You may not use {}{}: it needs the role {}, and {}. {}",
        bold(what),
        where,
        bold(role.word),
        yours,
        who_can_grant(access, scope) + not_known(access),
    )
    if access.outsider and has is Role.NONE:
        text = "You can't use {}{}: you're a {}, and only what is given to you by name counts. {}"
        said = md(text, bold(what), where, access.outsider, who_can_grant(access, scope))
    if access.foreign:
        said = md("You can't use {}{}. {}", bold(what), where, foreigner(access))
    shut = access.shuts_out(scope.sessions)
    can = not access.foreign and not shut and bool(deciders(access, scope))
    of = f", of workspace {access.foreign}" if access.foreign else ""
    return Denied(
        said, f"needs {role.word}, has {has.word}{of}", role=role, scope=scope, can_be_asked=can
    )
