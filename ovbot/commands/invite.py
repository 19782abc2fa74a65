"""``invite``: make a token for one person and hand it to that person alone.

OpenVidu: POST /openvidu/api/tokens, and from 2.16 on
POST /openvidu/api/sessions/<SESSION_ID>/connection. The token goes by direct message from memory:
it is never stored, and the audit holds only a part of its SHA-256.
"""

import hashlib
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Confirm, Note, Paragraph, Reply
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.engine.refusals import Ambiguous
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Token
from ovbot.openvidu import models as openvidu
from ovbot.openvidu.errors import Unknown
from ovbot.subjects import targets
from ovbot.subjects.unread import session_or_unread

_TOKEN_LIMIT = 2000
"""Characters of a token: 2.15 puts its TURN credentials inside."""
_ROLES: dict[str, openvidu.Role] = {
    "subscriber": "SUBSCRIBER",
    "publisher": "PUBLISHER",
    "moderator": "MODERATOR",
}
_BANDWIDTH = Field(ge=0, le=1_000_000)


class InviteArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to invite to")] = None
    user: Annotated[
        str,
        Arg(
            Kind.USER,
            "Who is invited: mention them, @name",
            name="@user",
            menu="Who is invited, by a direct message",
        ),
        Field(pattern=r"^<@[UW][A-Z0-9]+>$"),
    ]
    role: Annotated[
        Literal["subscriber", "publisher", "moderator"], Opt(Kind.WORD, "What they may do there")
    ] = "publisher"
    data: Annotated[
        str | None,
        Opt(Kind.TEXT, "Server data, told to everybody in the session"),
        Field(max_length=1000),
    ] = None
    record: Annotated[bool, Opt(Kind.FLAG, "Whether their stream is recorded")] = True
    max_recv: Annotated[int | None, Opt(Kind.COUNT, "Maximum incoming kbit/s"), _BANDWIDTH] = None
    min_recv: Annotated[int | None, Opt(Kind.COUNT, "Minimum incoming kbit/s"), _BANDWIDTH] = None
    max_send: Annotated[int | None, Opt(Kind.COUNT, "Maximum outgoing kbit/s"), _BANDWIDTH] = None
    min_send: Annotated[int | None, Opt(Kind.COUNT, "Minimum outgoing kbit/s"), _BANDWIDTH] = None
    filters: Annotated[
        tuple[str, ...],
        Opt(Kind.WORD, "Media filters they may use, such as GStreamerFilter"),
        Field(max_length=20),
    ] = ()


class Invitation(msgspec.Struct, frozen=True):
    """Who is invited to which session, found live."""

    session: str
    user: str
    args: InviteArgs

    @property
    def role(self) -> str:
        return self.args.role


async def resolve(args: InviteArgs, context: Context) -> Invitation:
    for way, least, most in (
        ("recv", args.min_recv, args.max_recv),
        ("send", args.min_send, args.max_send),
    ):
        if least and most and least > most:  # 0 is no limit
            raise UserError(
                f"--min-{way} {least} is more than --max-{way} {most}.",
                "Swap them, or leave one out.",
                code="invite.bandwidth",
            )
    wanted = await _session_id(args, context)
    if args.role == "moderator":
        # A moderator of the session can do in it what an operator does from here.
        stricter = replace(INVITE, name="invite --role moderator", needs=Role.OPERATOR)
        authorise(stricter, context.access, wanted)
    session = await session_or_unread(wanted, context)  # a token takes only its id
    return Invitation(session.session_id, args.user[2:-1], args)


async def _session_id(args: InviteArgs, context: Context) -> str:
    """The session meant; its buttons ask first, since a token cannot be taken back."""
    confirm = Confirm(
        title=f"Invite as {args.role}?",
        text="The person you named gets a direct message with a single-use link to the session, "
        f"with the role {args.role}.",
        yes="Invite",
    )

    def again(session: str) -> str:
        return format_command("invite", args.model_copy(update={"session": session}))

    try:
        return await targets.session_id(args.session, context, again, "Invite to")
    except Ambiguous as several:
        several.buttons = tuple(
            msgspec.structs.replace(button, confirm=confirm) for button in several.buttons
        )
        raise


async def act(invitation: Invitation, context: Context) -> Result:
    args = invitation.args
    try:
        token = await context.openvidu.create_token(
            invitation.session,
            role=_ROLES[args.role],
            data=args.data,
            record=None if args.record else False,
            video_max_recv_bandwidth=args.max_recv,
            video_min_recv_bandwidth=args.min_recv,
            video_max_send_bandwidth=args.max_send,
            video_min_send_bandwidth=args.min_send,
            allowed_filters=args.filters or None,
        )
    except Unknown as lost:
        said = md(
            "OpenVidu did not say whether it made a token for {}; nobody has it in any case. "
            "Invite them again.",
            mention(invitation.user),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer=lost.code)
    return await _hand_over(token, invitation, context)


async def _hand_over(token: Token, invitation: Invitation, context: Context) -> Result:
    user = invitation.user
    digest = hashlib.sha256(token.secret.reveal().encode()).hexdigest()[:12]
    detail = f"{invitation.role}, token sha256 {digest}"
    key = f"invite:{context.ref}"
    letter = _letter(token, invitation, context.actor.user)
    try:
        await context.powers.chat.tell(Notice(channel=user, key=key, reply=letter, user=user), key)
    except ChatFailure as failure:
        return _not_handed_over(failure, user, detail)
    said = md(
        "{} invited {} to session {} as {}. The token went to them alone, by direct message.",
        mention(context.actor.user),
        mention(user),
        code(invitation.session),
        bold(invitation.role),
    )
    return Result(outcome=Outcome.DONE, said=said, answer="200", detail=detail)


def _letter(token: Token, invitation: Invitation, actor: str) -> Reply:
    """What the invited person reads. The text of its notification does not hold the token."""
    text = md(
        "{} invites you to session {} as {}.",
        mention(actor),
        code(invitation.session),
        bold(invitation.role),
    )
    hint = Markup(
        "It lets one person in, once, while the session lasts. Give it to your application where "
        "it asks for an OpenVidu token, and to nobody else: who uses it first comes in as you."
    )
    secret = md("Your token:\n{}", code(token.secret.reveal(), _TOKEN_LIMIT))
    return Reply(text, (Paragraph(text), Paragraph(secret), Note(hint)))


def _not_handed_over(failure: ChatFailure, user: str, detail: str) -> Result:
    answer = f"200, {failure.code}: {failure.reason}"
    if failure.kind is FailureKind.AMBIGUOUS:
        said = md(
            "A token for {} was made and sent to them, but Slack did not say whether it arrived. "
            "Ask them; if it did not, invite them again.",
            mention(user),
        )
        return Result(outcome=Outcome.UNKNOWN, said=said, answer=answer, detail=detail)
    said = md(
        "A token for {} was made but could not be handed over: Slack refused the direct message "
        "({}). So nobody has it. Invite them again when they can get messages from ovbot.",
        mention(user),
        code(failure.reason),
    )
    return Result(outcome=Outcome.FAILED, said=said, answer=answer, detail=detail)


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """Neither OpenVidu nor Slack can be asked whether the person has got it."""
    said = md(
        "ovbot was stopped while it invited {} to session {}, so it is not known whether they got "
        "their token. Ask them; if not, invite them again: a token that nobody has does no harm.",
        mention(attempt.target),
        code(attempt.session),
    )
    return Result(outcome=Outcome.UNKNOWN, said=said, answer="nothing to look at")


INVITE = Action(
    name="invite",
    label="Invite",
    summary="Invite somebody to a session, with a single-use link",
    args=InviteArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda invitation: Target(invitation.session, invitation.user, invitation.role),
    act=act,
    look=look,
    guard=Guard.CONFIRM,
)
