"""Why somebody may or may not, and who could change that, in words."""

from collections.abc import Sequence

from ovbot.domain.actor import Role
from ovbot.domain.disabled import EVERYTHING as EVERY_OPERATION
from ovbot.domain.disabled import Disabled
from ovbot.domain.grant import EVERYTHING, Gives, Grant, Scope
from ovbot.domain.markup import (
    Markup,
    bold,
    channel_link,
    code,
    join,
    md,
    mention,
    user_group,
    when,
)
from ovbot.engine.access import Access

_ASKED = 20
NAMED = 5
"""Channels or people that are named; more are counted."""


def subject(of: str) -> Markup:
    """To whom something is given: ``@ana``, ``@teachers``, ``members of #exams``."""
    if of[:1] == "S":
        return user_group(of)
    return mention(of) if of[:1] in "UW" else md("members of {}", channel_link(of))


def scope(of: Scope) -> Markup:
    """What a role is for: ``exam-*``, ``everything``, ``#exams``."""
    if of.is_everything:
        return Markup("everything")
    parts = [code(of.sessions)] if of.sessions else []
    parts += [channel_link(of.channel)] if of.channel else []
    return join(" in ", parts)


def until(ends: int | None) -> Markup:
    """`` until Friday 18:00``, or nothing."""
    return Markup("") if ends is None else md(" until {}", when(ends))


def given(grant: Grant) -> Markup:
    """``moderator for `exam-*` until Friday``."""
    return md("{} for {}{}", bold(grant.gives.value), scope(grant.scope), until(grant.until))


def for_you(grant: Grant, access: Access) -> Markup:
    """The same for whom it is given to, with by whom and as what."""
    by = md("{}, given by {}", given(grant), mention(grant.granted_by))
    if grant.subject == access.actor.user:
        return by
    kind = "the members of" if grant.subject[:1] in "CG" else "the group"
    whom = channel_link(grant.subject) if grant.subject[:1] in "CG" else user_group(grant.subject)
    return md("{} to {} {}, which you're in", by, kind, whom)


def deciders(access: Access, over: Scope) -> list[str]:
    """The people, by id, who could give a role there."""
    now = access.now()
    given = [
        grant.subject
        for grant in access.granters
        if grant.holds(now) and grant.is_personal and access.spans(grant.scope, over)
    ]
    return list(dict.fromkeys([*access.admins, *given]))[:_ASKED]


def granters(access: Access, over: Scope) -> list[Markup]:
    """Who could give a role there: who is named first, then who was made an admin of it."""
    now = access.now()
    given = [
        subject(grant.subject)
        for grant in access.granters
        if grant.holds(now) and not grant.scope.channel and access.spans(grant.scope, over)
    ]
    return list(dict.fromkeys([*map(mention, access.admins), *given]))


def who_can_grant(access: Access, over: Scope = EVERYTHING) -> Markup:
    """Whom to ask."""
    names = granters(access, over)[:NAMED]
    if not names:
        return Markup(
            "Nobody can grant it yet: the operator of ovbot names admins in OVBOT_ADMINS."
        )
    return md("Ask {}, who can grant it.", join(" or ", names))


def who_grants_more(access: Access) -> Markup:
    """Whom to ask, where nothing was refused."""
    if access.is_admin:
        return Markup("")
    if access.foreign:
        return Markup("Only the operator of ovbot can give you one, by your Slack user id.")
    names = granters(access, EVERYTHING)[:NAMED]
    return md("Need more access? Ask {}.", join(" or ", names)) if names else who_can_grant(access)


def foreigner(access: Access) -> Markup:
    """What somebody from another workspace reads."""
    return md(
        "You're from another Slack workspace, and sharing a channel gives no role in ovbot. "
        "Only its operator can give you one, by your Slack user id {}.",
        code(access.actor.user),
    )


def why(access: Access) -> Markup:
    """Why the person has the role that they have here."""
    if access.is_named:
        return Markup("you are named in OVBOT_ADMINS")
    if denied := [grant for grant in access.denials() if not grant.scope.sessions]:
        return md("access was taken from you: {}", for_you(denied[0], access))
    best = _best(access)
    if best:
        return md("you are {}", join("; ", [for_you(grant, access) for grant in best[:NAMED]]))
    if access.foreign:
        return Markup("you're from another Slack workspace, and sharing a channel gives no role")
    if access.outsider:
        text = "you're a {} in this Slack, and only what is given to you alone counts"
        return md(text, access.outsider)
    if access.joined:
        channels = dict.fromkeys(binding.channel for binding in access.joined)
        return md(
            "you are in {}, and members of a bound channel are viewers of its sessions",
            _counted([channel_link(channel) for channel in channels]),
        )
    if access.here is Role.VIEWER:
        patterns = join(", ", [code(binding.pattern) for binding in access.bindings])
        return md(
            "this channel is bound to {}, and members of a bound channel are viewers", patterns
        )
    if some := tuple(access.grants()):
        return md("you have only {}", join("; ", [for_you(g, access) for g in some[:NAMED]]))
    if access.at_home:
        return Markup("you have no role yet, and ovbot knows of no bound channel that you are in")
    return Markup("you have no role here yet: this channel is bound to no session")


def _best(access: Access) -> list[Grant]:
    """What gives the role that they have for everything."""
    found = [g for g in access.grants() if g.scope.is_everything and g.gives.role is access.here]
    return [grant for grant in found if grant.gives is not Gives.AUDITOR]


def _counted(links: Sequence[Markup]) -> Markup:
    more = md(" and {} more", len(links) - NAMED) if len(links) > NAMED else Markup("")
    return join(", ", list(links[:NAMED])) + more


def because(access: Access, role: Role, session: str | None) -> Markup:
    """What decides whether somebody has a role: said of them to another."""
    if role is Role.NONE:
        return Markup("everybody can")
    if access.is_named:
        return Markup("they are named in OVBOT_ADMINS")
    denied = [g for g in access.denials() if access.counts(g, session)]
    if denied:
        return md("access was taken from them: {}", _told(denied[0]))
    held = [g for g in access.grants() if access.counts(g, session) and g.gives.role >= role]
    if held:
        return md("they have {}", join("; ", [_told(grant) for grant in held[:NAMED]]))
    less = [g for g in access.grants() if access.counts(g, session)]
    if role > Role.VIEWER and less:
        return md("they have {}", join("; ", [_told(grant) for grant in less[:NAMED]]))
    member = access.most if session is None else access.on(session)
    if member >= Role.VIEWER:
        return Markup("members of a bound channel are viewers")
    if access.foreign:
        return Markup("they're from another Slack workspace")
    return Markup("they have no role for it")


def _told(grant: Grant) -> Markup:
    by = md("{}, given by {}", given(grant), mention(grant.granted_by))
    return by if grant.is_personal else md("{} to {}", by, subject(grant.subject))


def not_known(access: Access) -> Markup:
    """What might give more, if Slack told who belongs to it; or nothing."""
    if not access.stale:
        return Markup("")
    named = [user_group(s) if s[:1] == "S" else channel_link(s) for s in sorted(access.stale)]
    return md(
        " Slack hasn't told lately who is in {}, so what they were given doesn't count now.",
        _counted(named),
    )


def switched_off(off: Disabled) -> Markup:
    """By whom, when and why: after "it is switched off"."""
    if not off.by:
        return md("the setting OVBOT_DISABLE has {}", code(off.what))
    why_ = md(" because “{}”", off.reason) if off.reason else Markup("")
    return md("{} did that {} with {}{}", mention(off.by), when(off.at), code(off.what), why_)


def who_switches_on(off: Disabled, access: Access) -> Markup:
    """Whose it is to end that."""
    if not off.by:
        return Markup("Whoever runs ovbot can change that.")
    if access.is_admin:
        return md("{} switches it on again.", code(f"/openvidu enable {off.what}"))
    names = granters(access, EVERYTHING)[:NAMED]
    return md("Ask {} to switch it on again.", join(" or ", names)) if names else Markup("")


def all_switched_off(access: Access) -> Markup:
    """What holds for everybody, in a line each; or nothing."""
    lines = [
        md("*ovbot is read-only*: {}.", switched_off(off))
        if off.what == EVERY_OPERATION
        else md("{} is switched off: {}.", code(off.what), switched_off(off))
        for off in access.off.every
    ]
    return join("\n", lines)
