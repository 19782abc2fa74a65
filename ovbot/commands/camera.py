"""``camera``: publish an IP camera in a session.

OpenVidu: POST /openvidu/api/sessions/<SESSION_ID>/connection. The camera's user and password are
in its URI, and OpenVidu makes the connection's id out of that: neither is told or kept unmasked.
"""

from typing import Annotated

import msgspec
from pydantic import AfterValidator, Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention, when
from ovbot.domain.words import counted
from ovbot.engine import dialling, targets
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.looked import so_now
from ovbot.engine.questions import Ambiguous
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, OpenViduError, Session
from ovbot.openvidu.errors import SessionNotFound
from ovbot.openvidu.participants import display_name
from ovbot.openvidu.secret import mask_uri

_UNNAMED = "IP camera"


def _address(uri: str) -> str:
    """OpenVidu takes ``rtsp://`` and ``file://``, in small letters. The sentences do not repeat
    what was typed, since it may hold a password."""
    scheme, separator, rest = uri.partition("://")
    scheme = scheme.lower()
    if scheme == "file" or scheme.startswith("file:"):
        raise ValueError(
            "A file: address reads the media server's own disk, which is nobody's camera. "
            "Give an address such as rtsp://host:554/path."
        )
    if scheme != "rtsp" or not separator or not rest.strip("/"):
        raise ValueError("The address of a camera is written as rtsp://host:554/path.")
    return f"{scheme}://{rest}"


class CameraArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to add it to")] = None
    uri: Annotated[
        str,
        Arg(Kind.URI, "Its address, rtsp://…; user and password are masked", name="rtsp-uri"),
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
    """The session as it was found live, and the camera to add."""

    session: Session
    args: CameraArgs

    @property
    def id(self) -> str:
        return self.session.session_id

    @property
    def address(self) -> str:
        """The URI as it may be shown."""
        return mask_uri(self.args.uri)


async def resolve(args: CameraArgs, context: Context) -> Adding:
    dialling.check(args.uri, context.allowed.cameras, dialling.CAMERAS)
    offered: list[str] = []

    def form(session: str) -> str:
        offered.append(session)
        return f"{format_command('camera', args.model_copy(update={'session': session}))} ?"

    try:
        wanted = await targets.session_id(args.session, context, form, "Add to")
    except Ambiguous as several:
        if mask_uri(args.uri) == args.uri:
            raise
        # A button would hold the password, and be stored on its way.
        raise UserError(
            several.sentence,
            f"Say which one, before the address: {', '.join(offered)}.",
            code=several.code,
        ) from None
    return Adding(await targets.live_session(wanted, context), args)


async def consequences(adding: Adding, _context: Context) -> Markup:
    people = sum(connection.kind != "IPCAM" for connection in adding.session.connections)
    playing = "all the time" if adding.args.always_on else "while somebody watches"
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
    camera = await context.openvidu.add_camera(
        adding.id,
        args.uri,
        adaptative_bitrate=None if args.adaptive else False,
        only_play_with_subscribers=False if args.always_on else None,
        network_cache=args.cache,
        data=args.name,
    )
    answer = "200"
    try:
        if camera.connection_id not in {c.connection_id for c in await _there(adding.id, context)}:
            return _vanished(adding, camera)
    except OpenViduError:
        answer = "200, not read back"
    return _added(context.actor.user, adding.id, adding.address, display_name(camera), answer)


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
    """Found by its masked address; one that was there before cannot be told from the new one."""
    session, address = attempt.session, attempt.target
    found = [
        camera
        for camera in await _there(session, context)
        if any(publisher.rtsp_uri == address for publisher in camera.publishers)
    ]
    if not found:
        said = md("The IP camera {} is not in session {}. Try again.", code(address), code(session))
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: not there")
    camera = max(found, key=lambda each: each.created_at)
    if camera.created_at >= attempt.at:
        name = display_name(camera)
        there = "The IP camera {} ({}) is in session {}."
        said = so_now(attempt, md(there, bold(name), code(address), code(session)))
        target = Target(session, address, name)
        return Result(outcome=Outcome.DONE, said=said, answer="looked: there", target=target)
    said = md(
        "An IP camera {} is in session {} since {}; it is not known whether another one was "
        "added. Look with /openvidu show.",
        code(address),
        code(session),
        when(camera.created_at, seconds=True),
    )
    return Result(outcome=Outcome.UNKNOWN, said=said, answer="looked: an earlier one")


async def _there(session: str, context: Context) -> list[Connection]:
    try:
        now = await context.openvidu.session(session)
    except SessionNotFound:
        return []
    return [connection for connection in now.connections if connection.kind == "IPCAM"]


CAMERA = Action(
    name="camera",
    label="Add IP camera",
    summary="Add an IP camera to a session",
    args=CameraArgs,
    needs=Role.OPERATOR,
    resolve=resolve,
    target=lambda adding: Target(adding.id, adding.address, adding.args.name or _UNNAMED),
    act=act,
    look=look,
    guard=Guard.FORM,
    consequences=consequences,
    refresh=lambda adding: targets.on_session("show", adding.id),
)
