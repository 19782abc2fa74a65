"""What several commands on grants share: whom, over what, until when, and what is said of it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry
from ovbot.domain.grant import EVERYTHING, Gives, Grant, Scope
from ovbot.domain.markup import Markup, md, mention, plain, when
from ovbot.domain.reply import Button, Buttons, Confirm, Note, Paragraph, Reply, Style
from ovbot.engine.calls import call
from ovbot.engine.context import Context
from ovbot.engine.reasons import given, subject
from ovbot.engine.refusals import Denied
from ovbot.errors import UserError
from ovbot.grammar.values import read_duration
from ovbot.store import grants
from ovbot.store.database import Tx

SUBJECT = r"^<(@[UW][A-Z0-9]+|!subteam\^S[A-Z0-9]+|#[CG][A-Z0-9]+)>$"
OVER = r"^(everything|this channel|here|<#[CG][A-Z0-9]+>|[a-zA-Z0-9_*?\[\]!~-]+)$"
HERE = ("this channel", "here")
WHAT_I_MAY = Button("What can I do?", "help")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"(?:(?P<day>[a-z]+|\d{4}-\d\d-\d\d)(?:[ t](?=\d)|$))?(?P<time>\d\d?:\d\d)?")
_SPAN = re.compile(r"(\d{1,4}) ?(min|minutes?|hours?|days?|weeks?)")
_EXAMPLES = "a time such as 2h, 3d, today, friday, 18:00 or 2026-12-24, in UTC"


def deadline(text: str, now_ms: int) -> int:
    """When that is (ms); days last to their end, and all of it is UTC. Raises ValueError."""
    words = text.strip().casefold()
    if span := _SPAN.fullmatch(words):
        words = f"{span[1]}{span[2][0]}"
    now = datetime.fromtimestamp(now_ms / 1000, UTC)
    try:
        return now_ms + round(read_duration(words).total_seconds() * 1000)
    except ValueError:
        pass
    found = _TIME.fullmatch(words)
    if not words or found is None:
        raise ValueError(_EXAMPLES)
    day = _day(found["day"], now)
    hours, minutes = map(int, (found["time"] or "23:59").split(":"))
    if hours > 23 or minutes > 59:
        raise ValueError(_EXAMPLES)
    at = day.replace(hour=hours, minute=minutes, second=0, microsecond=0)
    if at <= now and not found["day"]:
        at += timedelta(days=1)
    return round(at.timestamp() * 1000)


def _day(word: str | None, now: datetime) -> datetime:
    if word in {None, "today"}:
        return now
    if word == "tomorrow":
        return now + timedelta(days=1)
    names = [name for name in _DAYS if len(word or "") >= 3 and name.startswith(word or "-")]
    if names:
        return now + timedelta(days=(_DAYS.index(names[0]) - now.weekday()) % 7)
    try:
        return datetime.fromisoformat(word or "").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(_EXAMPLES) from None


def _is_deadline(text: str) -> str:
    deadline(text, 0)
    return text


Deadline = Annotated[str, AfterValidator(_is_deadline)]
"""A field type: until when, as people say it; it is read when the command is carried out."""


def id_of(mentioned: str) -> str:
    """The Slack id in a mention of a person, a user group or a channel."""
    return mentioned.strip("<>").removeprefix("!subteam^").lstrip("@#")


def mentioned(subject_id: str) -> str:
    """The reverse, for a command's text."""
    if subject_id[:1] == "S":
        return f"<!subteam^{subject_id}>"
    return f"<@{subject_id}>" if subject_id[:1] in "UW" else f"<#{subject_id}>"


def scope_of(text: str, context: Context) -> Scope:
    """What ``for …`` means here; raises UserError where there is no channel to be meant."""
    if text in {"everything", "*"}:
        return EVERYTHING
    if text in HERE:
        if context.channel[:1] not in "CG":
            raise UserError(
                "This is no channel, so nothing can be for it.",
                "Give it in the channel, or name that: for #channel.",
                code="grant.no_channel",
            )
        return Scope(channel=context.channel)
    return Scope(channel=id_of(text)) if text.startswith("<#") else Scope(text)


def written_scope(of: Scope) -> str:
    """What reads back as this scope."""
    if of.is_everything:
        return "everything"
    return f"<#{of.channel}>" if of.channel else of.sessions


def remove_button(grant: Grant, label: str = "") -> Button:
    """Ends one grant."""
    what = plain(f"{grant.gives.value} for {written_scope(grant.scope)}")
    return Button(
        label or f"Remove {grant.gives.value}",
        call("revoke", id=f"#{grant.id}"),
        Style.DANGER,
        Confirm("Remove?", f"This ends {what} at once.", "Remove"),
    )


def line(grant: Grant) -> Markup:
    """``@ana: moderator for `exam-*` until Friday``."""
    return md("{}: {}", subject(grant.subject), given(grant))


def origin(grant: Grant) -> Markup:
    """By whom, when and why."""
    why = md(": {}", grant.reason) if grant.reason else Markup("")
    return md("given by {} {}{}", mention(grant.granted_by), when(grant.created_at), why)


async def held(context: Context) -> tuple[Grant, ...]:
    """All that holds now, from the store."""
    now = context.clock.now_ms()
    async with context.store.read() as tx:
        return await grants.holding(tx, context.actor.team, context.server, now=now)


def must_leave_an_admin(left: Sequence[Grant], context: Context) -> None:
    """Raise UserError where nobody would be left to give roles for good."""
    if context.access.admins:
        return
    shut_out = {g.subject for g in left if g.gives is Gives.NO_ACCESS and g.scope.is_everything}
    for grant in left:
        rules = grant.gives is Gives.ADMIN and grant.scope.is_everything and grant.until is None
        if rules and grant.is_personal and grant.subject not in shut_out:
            return
    raise UserError(
        "This would leave nobody who can give roles, so nothing was changed.",
        "Make somebody else an admin for everything first, or name one in OVBOT_ADMINS.",
        code="grant.last_admin",
    )


async def must_leave_an_admin_now(tx: Tx, ended: AuditEntry, context: Context) -> None:
    """The same once it is stored, in its transaction: two who remove one another at once are not
    both right."""
    left = await grants.holding(tx, ended.team, ended.server, now=ended.at)
    must_leave_an_admin(left, context)


def check_end(grant: Grant, context: Context) -> None:
    """Whoever is an admin for a while gives nothing that outlasts that, themselves neither."""
    ends = context.access.ends(grant.scope)
    if ends and grant.gives is not Gives.NO_ACCESS and (grant.until is None or grant.until > ends):
        said = md("You're an admin there until {}, so you can't give more than that.", when(ends))
        raise Denied(said, "outlasts the granter's own role", role=Role.ADMIN, scope=grant.scope)


def told(grant: Grant, said: Markup) -> Reply:
    """What a person reads who was given something."""
    can = Markup("") if grant.gives is Gives.NO_ACCESS else Markup(_CAN[grant.gives])
    parts = (Paragraph(md("{} {}", said, can)), Note(Markup("/openvidu whoami tells it again.")))
    buttons = () if grant.gives is Gives.NO_ACCESS else (Buttons((WHAT_I_MAY,)),)
    return Reply(said, (*parts, *buttons))


_CAN = {
    Gives.VIEWER: "You can look at sessions and their people.",
    Gives.MODERATOR: "You can also kick, unpublish, signal and record.",
    Gives.OPERATOR: "You can also create and close sessions, and bind channels.",
    Gives.ADMIN: "You can do everything there, and give roles to others.",
    Gives.AUDITOR: "You can read the audit and who may do what.",
}
