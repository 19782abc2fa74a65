"""``camera``: publish an IP camera in a session.

OpenVidu: POST /openvidu/api/sessions/<SESSION_ID>/connection. The camera's user and password are
in its URI, and OpenVidu makes the connection's id out of that: only host and port are told or kept.
"""

import contextlib
from typing import Annotated

import msgspec
from pydantic import AfterValidator, Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention, when
from ovbot.domain.words import counted
from ovbot.engine import allowed_hosts
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.engine.refusals import Ambiguous
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, OpenViduError, Session
from ovbot.openvidu.errors import CameraFailed, SessionNotFound, Unknown
from ovbot.openvidu.participants import display_name
from ovbot.openvidu.secret import place_of
from ovbot.subjects import bare_cameras, targets
from ovbot.subjects.after_look import so_now
from ovbot.subjects.unread import Unread, session_or_unread, unchecked

_UNNAMED = "IP camera"


def _address(uri: str) -> str:
    """OpenVidu takes ``rtsp://``, from 2.21 on ``rtsps://``, and ``file://``, in small letters. The
    sentences do not repeat what was typed, since it may hold a password."""
    scheme, separator, rest = uri.partition("://")
    scheme = scheme.lower()
    if scheme == "file" or scheme.startswith("file:"):
        raise ValueError(
            "A file: address reads the media server's own disk, which is nobody's camera. "
            "Give an address such as rtsp://host:554/path."
        )
    if scheme not in {"rtsp", "rtsps"} or not separator or not rest.strip("/"):
        raise ValueError(
            "The address of a camera is written as rtsp://host:554/path (or rtsps://…)."
        )
    return f"{scheme}://{rest}"


class CameraArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to add it to")] = None
    uri: Annotated[
        str,
        Arg(
            Kind.URI,
            "Its address, rtsp://… or rtsps://…; only host and port are shown",
            name="rtsp-uri",
        ),
        Field(max_length=1000),
        AfterValidator(_address),
    ]
    name: Annotated[
        str | None, Opt(Kind.TEXT, "What people see it called"), Field(max_length=200)
    ] = None
    adaptive: Annotated[bool, Opt(Kind.FLAG, "Adapt the bitrate to each viewer")] = True
    always_on: Annotated[bool, Opt(Kind.FLAG, "Play it even while nobody watches")] = False
    cache: Annotated[
        int | None, Opt(Kind.COUNT, "Buffer in milliseconds"), Field(ge=0, le=60_000)
    ] = None


class Adding(msgspec.Struct, frozen=True):
    """The session as it was found live, or could not be read, and the camera to add."""

    session: Session | Unread
    args: CameraArgs

    @property
    def id(self) -> str:
        return self.session.session_id

    @property
    def address(self) -> str:
        """The URI as it may be shown."""
        return place_of(self.args.uri)


async def resolve(args: CameraArgs, context: Context) -> Adding:
    allowed_hosts.check(args.uri, context.powers.allowed.cameras, allowed_hosts.CAMERAS)
    offered: list[str] = []

    def form(session: str) -> str:
        offered.append(session)
        return f"{format_command('camera', args.model_copy(update={'session': session}))} ?"

    try:
        wanted = await targets.session_id(args.session, context, form, "Add to")
    except Ambiguous as several:
        if place_of(args.uri) == args.uri:
            raise
        # A button would hold the password, and be stored on its way.
        raise UserError(
            several.sentence,
            f"Say which one, before the address: {', '.join(offered)}.",
            code=several.code,
        ) from None
    return Adding(await session_or_unread(wanted, context), args)


async def consequences(adding: Adding, _context: Context) -> Markup:
    playing = "all the time" if adding.args.always_on else "while somebody watches"
    if isinstance(adding.session, Unread):
        text = "{} The IP camera at {} is published in it all the same. It plays {}."
        return md(text, adding.session.sentence, code(adding.address), playing)
    people = sum(not connection.is_ip_camera for connection in adding.session.connections)
    return md(
        "The IP camera at {} is published in session {}, to {} who can see and hear it. It plays "
        "{}.",
        code(adding.address),
        code(adding.id),
        counted(people, "person", "people"),
        playing,
    )


async def act(adding: Adding, context: Context) -> Result:
    args = adding.args
    try:
        camera = await context.openvidu.add_camera(
            adding.id,
            args.uri,
            adaptative_bitrate=None if args.adaptive else False,
            only_play_with_subscribers=False if args.always_on else None,
            network_cache=args.cache,
            data=args.name,
        )
    except (CameraFailed, Unknown) as failed:
        # Without an answer it may still be on its way.
        left = await _left_behind(adding, context) if failed.status else []
        if not left:
            raise
        return await _without_stream(adding, left, failed, context)
    try:
        there = {each.connection_id: each for each in await _there(adding.id, context)}
    except OpenViduError as error:
        answer, name = "200, not read back", display_name(camera)
        added = _added(context.actor.user, adding.id, adding.address, name, answer)
        return msgspec.structs.replace(added, said=added.said + unchecked(error))
    found = there.get(camera.connection_id)
    if found is None:
        return _vanished(adding, camera)
    if not found.publishers:
        return await _without_stream(adding, [found], None, context)
    return _added(context.actor.user, adding.id, adding.address, display_name(camera), "200")


async def _left_behind(adding: Adding, context: Context) -> list[Connection]:
    """What OpenVidu lists of the camera that it could not publish."""
    if isinstance(adding.session, Unread):
        return []  # one that was there before could not be told from it
    known = {connection.connection_id for connection in adding.session.connections}
    with contextlib.suppress(OpenViduError):
        return bare_cameras.bare(await _there(adding.id, context), adding.args.uri, known)
    return []


async def _without_stream(
    adding: Adding, left: list[Connection], failed: OpenViduError | None, context: Context
) -> Result:
    stay = await bare_cameras.remove(adding.id, left, context)
    reason = failed.message if failed else ""
    result = bare_cameras.failed(adding.id, adding.address, reason, stay, removed=True)
    answer = f"{failed.status} {failed.code}" if failed else "200"
    return msgspec.structs.replace(result, answer=f"{answer}, {result.answer}")


def _added(actor: str, session: str, address: str, name: str, answer: str) -> Result:
    said = md(
        "{} added the IP camera {} ({}) to session {}.",
        mention(actor),
        bold(name),
        code(address),
        code(session),
    )
    target = Target(session, address, name)
    return Result(outcome=Outcome.DONE, said=said, answer=answer, target=target)


def _vanished(adding: Adding, camera: Connection) -> Result:
    said = md(
        "OpenVidu added the IP camera {} ({}) to session {}, but it is not there any more. Check "
        "that the camera answers at that address, then try again.",
        bold(display_name(camera)),
        code(adding.address),
        code(adding.id),
    )
    return Result(outcome=Outcome.FAILED, said=said, answer="200, not there")


async def look(attempt: AuditEntry, context: Context) -> Result:
    """Found by host and port; one that was there before cannot be told from the new one."""
    session, address = attempt.session, attempt.target
    there = await _there(session, context)
    found = [
        camera
        for camera in there
        if any(publisher.rtsp_uri == address for publisher in camera.publishers)
    ]
    if not found:
        if left := bare_cameras.bare(there, address):
            return bare_cameras.failed(session, address, "", left, removed=False)
        said = md("The IP camera {} is not in session {}. Try again.", code(address), code(session))
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: not there")
    camera = max(found, key=lambda each: each.created_at)
    if context.openvidu.here(camera.created_at) >= attempt.at:
        name = display_name(camera)
        text = "The IP camera {} ({}) is in session {}."
        said = so_now(attempt, md(text, bold(name), code(address), code(session)))
        target = Target(session, address, name)
        return Result(outcome=Outcome.DONE, said=said, answer="looked: there", target=target)
    said = md(
        "An IP camera {} is in session {} since {}; it is not known whether another one was "
        "added. Look with /openvidu show.",
        code(address),
        code(session),
        when(camera.created_at, seconds=True),
    )
    return Result(
        outcome=Outcome.UNKNOWN, said=said, answer="looked: an earlier one", helps=("show",)
    )


async def _there(session: str, context: Context) -> list[Connection]:
    try:
        now = await context.openvidu.session(session)
    except SessionNotFound:
        return []
    return bare_cameras.cameras(now)


CAMERA = Action(
    name="camera",
    label="Add IP camera",
    summary="Add an IP camera to a session",
    args=CameraArgs,
    needs=Role.OPERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda adding: Target(adding.id, adding.address, adding.args.name or _UNNAMED),
    act=act,
    look=look,
    guard=Guard.FORM,
    consequences=consequences,
    refresh=lambda adding: call("show", session=adding.id),
)
