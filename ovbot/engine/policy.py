"""Who may: decided here and nowhere else, denied by default."""

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, bold, channel_link, code, join, md, mention
from ovbot.engine.command import AnyCommand
from ovbot.engine.context import Access
from ovbot.engine.refusals import Denied

NAMED = 5
"""Channels that are named; more are counted."""


def authorise(command: AnyCommand, access: Access, session: str | None) -> None:
    """Raise Denied unless the person has the role that the command needs.

    ``session`` is None while it is not known which one is meant: then the role of the channel's
    own bindings counts, and the pipeline asks again when the session is known.
    """
    demand(command.needs, access, command.name, session)


def demand(role: Role, access: Access, what: str, session: str | None = None) -> None:
    """Raise Denied unless the person has ``role``: for a variant of a command, named by ``what``,
    that takes more than the command itself does."""
    has = access.here if session is None else access.on(session)
    if has >= role:
        return
    where = md(" for session {}", code(session)) if session else Markup("")
    yours = md("yours here is {}", bold(has.word))
    if access.at_home and role > Role.VIEWER:  # whether it is that of a viewer was not asked
        yours = md("in App Home nobody but an admin is more than a {}", bold(Role.VIEWER.word))
    said = md(
        "You may not use {}{}: it needs the role {}, and {}. {}",
        bold(what),
        where,
        bold(role.word),
        yours,
        who_can_grant(access),
    )
    if access.foreign:
        said = md("You can't use {}{}. {}", bold(what), where, _foreign(access))
    of = f", of workspace {access.foreign}" if access.foreign else ""
    raise Denied(said, f"needs {role.word}, has {has.word}{of}")


def _foreign(access: Access) -> Markup:
    return md(
        "You're from another Slack workspace, and sharing a channel gives no role in ovbot. "
        "Only its operator can give you one, by your Slack user id {}.",
        code(access.actor.user),
    )


def who_can_grant(access: Access) -> Markup:
    """Whom to ask."""
    admins = [mention(user) for user in access.admins[:5]]
    if not admins:
        return Markup(
            "Nobody can grant it yet: the operator of ovbot names admins in OVBOT_ADMINS."
        )
    names = join(" or ", admins)
    return md("Ask {}, who can grant it.", names)


def who_grants_more(access: Access) -> Markup:
    """Whom to ask, where nothing was refused."""
    if access.is_admin:
        return Markup("")
    if access.foreign:
        return Markup("Only the operator of ovbot can give you one, by your Slack user id.")
    if not access.admins:
        return who_can_grant(access)
    names = join(" or ", [mention(user) for user in access.admins[:NAMED]])
    return md("Need more access? Ask {}.", names)


def why(access: Access) -> Markup:
    """Why the person has the role that they have here."""
    if access.is_admin:
        return Markup("you are named in OVBOT_ADMINS")
    if access.foreign:
        return Markup("you're from another Slack workspace, and sharing a channel gives no role")
    if access.joined:
        channels = dict.fromkeys(binding.channel for binding in access.joined)
        links = [channel_link(channel) for channel in list(channels)[:NAMED]]
        more = md(" and {} more", len(channels) - NAMED) if len(channels) > NAMED else Markup("")
        return md(
            "you are in {}{}, and members of a bound channel are viewers of its sessions",
            join(", ", links),
            more,
        )
    if access.here is Role.VIEWER:
        patterns = join(", ", [code(binding.pattern) for binding in access.bindings])
        return md(
            "this channel is bound to {}, and members of a bound channel are viewers", patterns
        )
    if access.at_home:
        return Markup("you have no role yet, and ovbot knows of no bound channel that you are in")
    return Markup("you have no role here yet: this channel is bound to no session")
