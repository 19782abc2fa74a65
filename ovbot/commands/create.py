"""``create``: initialize a session, and bind this channel to it if asked.

OpenVidu: POST /openvidu/api/sessions.
"""

from typing import Annotated, Final, Literal

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.binding import DEFAULT_TOPICS, Binding
from ovbot.domain.markup import Markup, code, md, mention
from ovbot.domain.reply import Button, Buttons, Part
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.openvidu import OpenViduError
from ovbot.openvidu.errors import BadRequest, SessionExists, SessionNotFound
from ovbot.openvidu.models import MediaMode, VideoCodec
from ovbot.subjects import effects, media_nodes
from ovbot.subjects.after_look import so_now
from ovbot.subjects.recording_options import Mode, RecordingArgs, check_layout, check_sense
from ovbot.subjects.unread import unchecked


class _First(Args):
    """What is asked for first, before how the picture of a recording is made."""

    session: Annotated[
        str | None,
        Arg(Kind.SESSION, "Id to give it; a random one if left out", new=True),
        Field(pattern=r"^[a-zA-Z0-9_-]+$", max_length=200),
    ] = None
    bind: Annotated[bool, Opt(Kind.FLAG, "Bind this channel to it")] = False
    record: Annotated[Literal["manual", "always"], Opt(Kind.WORD, "When it is recorded")] = "manual"
    mode: Mode = None


class CreateArgs(RecordingArgs, _First):
    """In this order in forms: fields of the last base come first, then those of the first."""

    session: Annotated[
        str | None,
        Arg(Kind.SESSION, "Id to give it; a random one if left out", new=True),
        Field(pattern=r"^[a-zA-Z0-9_-]+$", max_length=200),
    ] = None
    recording_name: Annotated[
        str | None,
        Opt(Kind.WORD, "Name of its recordings' files: letters, digits, - and _"),
        Field(pattern=r"^[a-zA-Z0-9_-]+$", max_length=200),
    ] = None
    media_mode: Annotated[
        Literal["routed", "relayed"] | None,
        Opt(Kind.WORD, "Through OpenVidu, or from person to person, which can't be recorded"),
    ] = None
    codec: Annotated[
        Literal["vp8", "vp9", "h264", "none", "preferred"] | None,
        Opt(Kind.WORD, "Video codec that everybody has to use; none: whatever they like"),
    ] = None
    transcoding: Annotated[
        bool, Opt(Kind.FLAG, "Translate for those who can't use the codec; costs much CPU")
    ] = False
    node: Annotated[
        str | None,
        Opt(Kind.NODE, "Media node that is to carry it (OpenVidu Pro)"),
        Field(pattern=media_nodes.ID_PATTERN, max_length=200),
    ] = None


_MEDIA_MODES: Final[dict[str, MediaMode]] = {"routed": "ROUTED", "relayed": "RELAYED"}
_CODECS: Final[dict[str, VideoCodec]] = {
    "vp8": "VP8",
    "vp9": "VP9",
    "h264": "H264",
    "none": "NONE",
    "preferred": "MEDIA_SERVER_PREFERRED",
}


class Wanted(msgspec.Struct, frozen=True):
    """The session to create."""

    args: CreateArgs

    @property
    def session(self) -> str:
        return self.args.session or ""


async def resolve(args: CreateArgs, context: Context) -> Wanted:
    if args.media_mode == "relayed" and args.record == "always":
        raise UserError(
            "A relayed session can't be recorded: its media doesn't pass through OpenVidu.",
            "Leave out --record always or --media-mode relayed.",
            code="create.not_recordable",
        )
    check_sense(args, "COMPOSED")
    await check_layout(args.layout, context)
    return Wanted(args)


async def act(wanted: Wanted, context: Context) -> Result:
    try:
        return await _create(wanted, context)
    except SessionExists as there:
        try:
            await context.openvidu.session(wanted.session)
        except SessionNotFound:  # it was just ending
            return await _create_anew(wanted, context)
        except OpenViduError as error:
            return _exists(wanted, context, there.code, error)
        return _exists(wanted, context, there.code)


async def _create_anew(wanted: Wanted, context: Context) -> Result:
    try:
        return await _create(wanted, context)
    except SessionExists as there:
        text = (
            "OpenVidu says that session {} exists, but doesn't show it: it may be ending just now. "
            "It was not created. Try again in a moment."
        )
        said = md(text, code(wanted.session))
        return Result(outcome=Outcome.FAILED, said=said, answer=f"409 {there.code}, not there")


async def _create(wanted: Wanted, context: Context) -> Result:
    args = wanted.args
    try:
        created = await context.openvidu.create_session(
            custom_session_id=args.session,
            media_mode=_MEDIA_MODES[args.media_mode] if args.media_mode else None,
            recording_mode="ALWAYS" if args.record == "always" else "MANUAL",
            recording=args.settings(args.recording_name),
            forced_video_codec=_CODECS[args.codec] if args.codec else None,
            allow_transcoding=args.transcoding or None,
            media_node=args.node,
        )
    except BadRequest as bad:
        if wanted.session:
            bad.sentence = (
                f"OpenVidu refused the settings of session {wanted.session}; it was not created."
            )
        raise
    session = created.session_id
    said = md("{} created session {}.", mention(context.actor.user), code(session))
    return _created(session, said, "200", _binding(args.bind, session, context))


def _exists(
    wanted: Wanted, context: Context, answer: str, unread: OpenViduError | None = None
) -> Result:
    """``unread``: why a look at it failed, if it did."""
    session = wanted.session
    bound = _binding(wanted.args.bind, session, context)
    said = md("Session {} exists already and can be used as it is.", code(session))
    if unread is not None:
        said = said + unchecked(unread)
    if bound:
        said = said + md(" This channel is bound to it now.")
    return Result(
        outcome=Outcome.ALREADY,
        said=said,
        answer=f"409 {answer}",
        target=Target(session, session, session),
        parts=_offers(session, bound is not None),
        effects=(effects.Bound(bound),) if bound else (),
    )


def _created(session: str, said: Markup, answer: str, bound: Binding | None) -> Result:
    if bound:
        said = said + Markup(" This channel is bound to it.")
    return Result(
        outcome=Outcome.DONE,
        said=said,
        answer=answer,
        target=Target(session, session, session),
        parts=_offers(session, bound is not None),
        effects=(effects.Bound(bound),) if bound else (),
    )


def _offers(session: str, bound: bool) -> tuple[Part, ...]:
    show = Button(f"Show {session}", call("show", session=session))
    bind = Button(f"Bind this channel to {session}", call("bind", pattern=session))
    return (Buttons((show,) if bound else (show, bind)),)


def _binding(wanted: bool, session: str, context: Context) -> Binding | None:
    if not wanted:
        return None
    return Binding(
        team=context.actor.team,
        server=context.server,
        channel=context.channel,
        pattern=session,
        topics=DEFAULT_TOPICS,
        created_by=context.actor.user,
        created_at=context.clock.now_ms(),
    )


async def look(attempt: AuditEntry, context: Context) -> Result:
    if not attempt.session:
        said = Markup(
            "OpenVidu did not say whether it created the session, and a random id cannot be "
            "looked up. /openvidu list --empty shows it if it exists."
        )
        return Result(
            outcome=Outcome.UNKNOWN, said=said, answer="no id to look for", helps=("list",)
        )
    try:
        found = await context.openvidu.session(attempt.session)
    except SessionNotFound:
        said = md("Session {} was not created. Try again.", code(attempt.session))
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: not there")
    bind = attempt.arguments.get("bind") == "True"
    bound = _binding(bind, found.session_id, context)
    said = so_now(attempt, md("Session {} is there.", code(found.session_id)))
    return _created(found.session_id, said, "looked: there", bound)


CREATE = Action(
    name="create",
    label="Create session",
    summary="Create a session",
    args=CreateArgs,
    needs=Role.OPERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda wanted: Target(wanted.session, wanted.session, wanted.session),
    act=act,
    look=look,
)
