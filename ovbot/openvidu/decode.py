"""From the bytes of an answer to the models, for every version's shape.

Answers are decoded straight into the models. Only where that fails, since something in it is null
or of another type, is it read the slow way (`ovbot.openvidu.mending`), which keeps the rest.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import Any, Final, Generic, TypeVar

import msgspec
import structlog

from ovbot.openvidu.mending import NOT_JSON, Mender, Unusable, well_formed
from ovbot.openvidu.models import (
    Connection,
    CreatedSession,
    DefaultRecording,
    FileId,
    Health,
    Id,
    ListedSession,
    Listing,
    MediaNode,
    Millis,
    Model,
    Recording,
    Session,
    Token,
    dec_hook,
    is_camera_id,
)
from ovbot.openvidu.secret import MaskedUri, Secret
from ovbot.openvidu.wire import Reply

log = structlog.get_logger(__name__)

T = TypeVar("T")
TOLD_SECONDS: Final = 60.0


class Reader(Generic[T]):
    """Reads one kind of answer: ``reader(reply)``. Raises msgspec.MsgspecError if it is another.

    What of it could not be used is logged by its field, the same field once in a minute.
    """

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._decoder = msgspec.json.Decoder(kind, dec_hook=dec_hook)
        self._told: dict[str, float] = {}

    def __call__(self, reply: Reply) -> T:
        try:
            return self._decoder.decode(reply.body)
        except NOT_JSON as problem:
            if "html" in reply.headers.get("content-type", ""):
                raise msgspec.DecodeError("a web page") from problem
        mender = Mender(dec_hook)
        try:
            read: T = mender.read(_json(reply.body), self._kind)
        except Unusable as problem:
            raise msgspec.ValidationError(f"nothing of use at {problem.field}") from problem
        self._tell(mender.lost)
        return read

    def _tell(self, lost: list[str]) -> None:
        now = time.monotonic()
        for field, entries in Counter(lost).items():
            if now - self._told.get(field, -TOLD_SECONDS) >= TOLD_SECONDS:
                self._told[field] = now
                log.warning("openvidu.unreadable", field=field, entries=entries)


def _json(body: bytes | bytearray) -> bytes | bytearray:
    """The body, mended if need be so that it is JSON. Raises msgspec.DecodeError."""
    try:
        msgspec.json.decode(body, type=_Anything)
        body.decode()
    except NOT_JSON:
        return well_formed(body)
    return body


class _Anything(msgspec.Struct):
    """Any object at all: reading it tells whether it is JSON, and builds nothing."""


class _ConnectionList(Model, frozen=True):
    """A list of connections as it is sent, alone or inside a session."""

    content: tuple[Connection, ...] = ()
    unreadable: int = msgspec.field(default=0, name="<unreadable>")


class _SessionBody(Model, frozen=True):
    """A session as it is sent: 2.18 moved the recording defaults into an object of their own."""

    session_id: str = ""
    created_at: Millis = 0
    recording: bool = False
    broadcasting: bool = False
    media_mode: str = "ROUTED"
    recording_mode: str = "MANUAL"
    default_output_mode: str = "COMPOSED"
    default_recording_layout: str | None = None
    default_custom_layout: str = ""
    default_recording_properties: DefaultRecording | None = None
    forced_video_codec: str = ""
    allow_transcoding: bool | None = None
    custom_session_id: str = ""
    media_node_id: str = ""
    connections: _ConnectionList = _ConnectionList()
    unreadable: int = msgspec.field(default=0, name="<unreadable>")

    def session(self) -> Session:
        """The session it describes."""
        defaults = self.default_recording_properties or DefaultRecording(
            output_mode=self.default_output_mode,
            recording_layout=self.default_recording_layout,
            custom_layout=self.default_custom_layout,
        )
        return Session(
            session_id=self.session_id,
            created_at=self.created_at,
            recording=self.recording,
            broadcasting=self.broadcasting,
            media_mode=self.media_mode,
            recording_mode=self.recording_mode,
            default_output_mode=defaults.output_mode,
            default_recording_layout=defaults.recording_layout,
            default_recording=defaults,
            forced_video_codec=self.forced_video_codec,
            allow_transcoding=self.allow_transcoding,
            custom_session_id=self.custom_session_id,
            media_node_id=self.media_node_id,
            connections=self.connections.content,
            unreadable=self.unreadable + self.connections.unreadable,
        )


class _Counted(Model, frozen=True):
    """All of a connection that is read in order to count it."""

    connection_id: str | None = None


class _CountedList(Model, frozen=True):
    content: tuple[_Counted, ...] = ()
    unreadable: int = msgspec.field(default=0, name="<unreadable>")


class _ListedBody(Model, frozen=True):
    """A session as it is sent, of which only what `ListedSession` tells is read."""

    session_id: Id
    created_at: Millis = 0
    recording: bool = False
    connections: _CountedList = _CountedList()

    def listed(self) -> ListedSession:
        """The session it describes. Who cannot be read is connected all the same."""
        connected = self.connections.content
        return ListedSession(
            session_id=self.session_id,
            created_at=self.created_at,
            recording=self.recording,
            connected=len(connected) + self.connections.unreadable,
            cameras=sum([is_camera_id(c.connection_id or "") for c in connected]),
        )


class _SessionList(Model, frozen=True):
    content: tuple[_ListedBody, ...]
    unreadable: int = msgspec.field(default=0, name="<unreadable>")


class _RecordingList(Model, frozen=True):
    items: tuple[Recording, ...]
    unreadable: int = msgspec.field(default=0, name="<unreadable>")


class _TokenBody(Model, frozen=True):
    """What POST tokens answers."""

    session: str
    token: Secret
    connection_id: str = ""
    role: str = "PUBLISHER"
    data: str = ""


class _JoinBody(Model, frozen=True):
    """What POST connection answers for a person (2.16+)."""

    session_id: str
    connection_id: str
    token: Secret
    role: str = "PUBLISHER"
    server_data: str = ""


class _NodeBody(Model, frozen=True):
    """A media node as it is sent."""

    id: FileId
    environment_id: str | None = None
    ip: str | None = None
    uri: MaskedUri | None = None
    connected: bool = False
    connection_time: Millis | None = None
    disconnection_time: Millis | None = None
    load: float | None = None
    status: str = ""
    sessions: tuple[_ListedBody, ...] = ()
    recording_ids: tuple[str, ...] = ()
    broadcasts: tuple[str, ...] = ()
    kurento_info: dict[str, Any] | None = None

    def node(self) -> MediaNode:
        """The media node it describes."""
        told: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        return MediaNode(**{**told, "sessions": tuple(each.listed() for each in self.sessions)})


class _NodeList(Model, frozen=True):
    content: tuple[_NodeBody, ...]
    unreadable: int = msgspec.field(default=0, name="<unreadable>")


class _HealthBody(Model, frozen=True):
    status: str = ""
    cluster_status: str = ""
    disconnected_media_nodes: tuple[str, ...] = ()


_session = Reader(_SessionBody)
_sessions = Reader(_SessionList)
_created = Reader(CreatedSession)
_connection = Reader(Connection)
_connections = Reader(_ConnectionList)
_recording = Reader(Recording)
_recordings = Reader(_RecordingList)
_token = Reader(_TokenBody)
_join = Reader(_JoinBody)
_node = Reader(_NodeBody)
_nodes = Reader(_NodeList)
_health = Reader(_HealthBody)


def nothing(reply: Reply) -> None:
    """The answer that says nothing; a web page in its place means it was not OpenVidu's."""
    if reply.body and "html" in reply.headers.get("content-type", ""):
        raise msgspec.DecodeError("a web page instead of an empty answer")


def created_session(reply: Reply) -> CreatedSession:
    """POST sessions: ``id`` and ``createdAt``, whatever else 2.16+ adds."""
    return _created(reply)


def session(reply: Reply) -> Session:
    """GET sessions/ID. Without its id it is still the one that was asked for."""
    read = _session(reply)
    if not read.session_id and not read.created_at:
        raise msgspec.ValidationError("nothing that tells of a session")
    return read.session()


def sessions(reply: Reply) -> Listing[ListedSession]:
    """GET sessions."""
    read = _sessions(reply)
    return Listing.of(tuple([body.listed() for body in read.content]), read.unreadable)


def connection(reply: Reply) -> Connection:
    """One connection object."""
    return _connection(reply)


def connections(reply: Reply) -> Listing[Connection]:
    """GET sessions/ID/connection (2.16+)."""
    read = _connections(reply)
    return Listing.of(read.content, read.unreadable)


def recording(reply: Reply) -> Recording:
    """One recording object."""
    return _recording(reply)


def recordings(reply: Reply) -> Listing[Recording]:
    """GET recordings."""
    read = _recordings(reply)
    return Listing.of(read.items, read.unreadable)


def token(reply: Reply) -> Token:
    """POST tokens."""
    body = _token(reply)
    return Token(
        session_id=body.session,
        secret=body.token,
        connection_id=body.connection_id,
        role=body.role,
        data=body.data,
    )


def join(reply: Reply) -> Token:
    """POST connection for a person (2.16+): the token of the connection that will join."""
    body = _join(reply)
    return Token(
        session_id=body.session_id,
        secret=body.token,
        connection_id=body.connection_id,
        role=body.role,
        data=body.server_data,
    )


def media_node(reply: Reply) -> MediaNode:
    """One media node, with the sessions on it if they were asked for."""
    return _node(reply).node()


def media_nodes(reply: Reply) -> Listing[MediaNode]:
    """A list of media nodes, with the sessions on them if they were asked for."""
    read = _nodes(reply)
    return Listing.of(tuple(body.node() for body in read.content), read.unreadable)


def media_node_if_changed(reply: Reply) -> MediaNode | None:
    """PATCH media-nodes: 204 says that the node had that status already."""
    return None if reply.status == 204 else media_node(reply)


def health(reply: Reply) -> Health:
    """GET health, of a cluster and of a highly available one."""
    body = _health(reply)
    status = body.status or body.cluster_status
    if not status:
        raise msgspec.ValidationError("a health report without a status")
    return Health(status=status, disconnected_media_nodes=body.disconnected_media_nodes)
