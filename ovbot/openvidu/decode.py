"""From the bytes of an answer to the models, for every version's shape.

Answers are decoded straight into the models. Only where a server writes null for something that
a model does not let be None (2.16+ does so for connections that nobody has joined yet) the
answer is read a second time, slowly, with nulls taken as absent.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from ovbot.openvidu.models import (
    Connection,
    CreatedSession,
    Health,
    ListedSession,
    MediaNode,
    Model,
    Recording,
    Session,
    Token,
    dec_hook,
    is_camera,
)
from ovbot.openvidu.secret import MaskedUri, Secret
from ovbot.openvidu.wire import Reply

T = TypeVar("T")


class Reader(Generic[T]):
    """Reads one kind of answer: ``reader(body)``. Raises msgspec.MsgspecError if it is another."""

    def __init__(self, kind: type[T]) -> None:
        self._decoder = msgspec.json.Decoder(kind, dec_hook=dec_hook)
        self._lax = msgspec.json.Decoder(kind, dec_hook=dec_hook, strict=False)

    def __call__(self, body: bytes | bytearray) -> T:
        try:
            return self._decoder.decode(body)
        except msgspec.ValidationError:
            told = without_nulls(msgspec.json.decode(body))
            return self._lax.decode(msgspec.json.encode(told))


def without_nulls(value: Any) -> Any:
    """A decoded JSON value, without the members of its objects that are null."""
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


class _ConnectionList(Model, frozen=True):
    """A list of connections as it is sent, alone or inside a session."""

    content: tuple[Connection, ...] = ()


class _DefaultRecording(Model, frozen=True):
    """What 2.18+ says about a session's recordings."""

    output_mode: str = "COMPOSED"
    recording_layout: str | None = None


class _SessionBody(Model, frozen=True):
    """A session as it is sent: 2.18 moved the recording defaults into an object of their own."""

    session_id: str
    created_at: int = 0
    recording: bool = False
    media_mode: str = "ROUTED"
    recording_mode: str = "MANUAL"
    default_output_mode: str = "COMPOSED"
    default_recording_layout: str | None = None
    default_recording_properties: _DefaultRecording | None = None
    custom_session_id: str = ""
    media_node_id: str = ""
    connections: _ConnectionList = _ConnectionList()

    def session(self) -> Session:
        """The session it describes."""
        defaults = self.default_recording_properties
        return Session(
            session_id=self.session_id,
            created_at=self.created_at,
            recording=self.recording,
            media_mode=self.media_mode,
            recording_mode=self.recording_mode,
            default_output_mode=defaults.output_mode if defaults else self.default_output_mode,
            default_recording_layout=(
                defaults.recording_layout if defaults else self.default_recording_layout
            ),
            custom_session_id=self.custom_session_id,
            media_node_id=self.media_node_id,
            connections=self.connections.content,
        )


class _Counted(Model, frozen=True):
    """All of a connection that is read in order to count it."""

    connection_id: str


class _CountedList(Model, frozen=True):
    content: tuple[_Counted, ...] = ()


class _ListedBody(Model, frozen=True):
    """A session as it is sent, of which only what :class:`ListedSession` tells is read."""

    session_id: str
    created_at: int = 0
    recording: bool = False
    connections: _CountedList = _CountedList()

    def listed(self) -> ListedSession:
        """The session it describes."""
        connected = self.connections.content
        return ListedSession(
            session_id=self.session_id,
            created_at=self.created_at,
            recording=self.recording,
            connected=len(connected),
            cameras=sum([is_camera(c.connection_id) for c in connected]),
        )


class _SessionList(Model, frozen=True):
    content: tuple[_ListedBody, ...]


class _RecordingList(Model, frozen=True):
    items: tuple[Recording, ...]


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

    id: str
    environment_id: str | None = None
    ip: str | None = None
    uri: MaskedUri | None = None
    connected: bool = False
    connection_time: int | None = None
    disconnection_time: int | None = None
    load: float | None = None
    status: str = ""
    sessions: tuple[_ListedBody, ...] = ()
    recording_ids: tuple[str, ...] = ()
    kurento_info: dict[str, Any] | None = None

    def node(self) -> MediaNode:
        """The media node it describes."""
        told: dict[str, Any] = {name: getattr(self, name) for name in self.__struct_fields__}
        return MediaNode(**{**told, "sessions": tuple(each.listed() for each in self.sessions)})


class _NodeList(Model, frozen=True):
    content: tuple[_NodeBody, ...]


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
    return _created(reply.body)


def session(reply: Reply) -> Session:
    """GET sessions/ID."""
    return _session(reply.body).session()


def sessions(reply: Reply) -> tuple[ListedSession, ...]:
    """GET sessions."""
    return tuple([body.listed() for body in _sessions(reply.body).content])


def connection(reply: Reply) -> Connection:
    """One connection object."""
    return _connection(reply.body)


def connections(reply: Reply) -> tuple[Connection, ...]:
    """GET sessions/ID/connection (2.16+)."""
    return _connections(reply.body).content


def recording(reply: Reply) -> Recording:
    """One recording object."""
    return _recording(reply.body)


def recordings(reply: Reply) -> tuple[Recording, ...]:
    """GET recordings."""
    return _recordings(reply.body).items


def token(reply: Reply) -> Token:
    """POST tokens."""
    body = _token(reply.body)
    return Token(
        session_id=body.session,
        secret=body.token,
        connection_id=body.connection_id,
        role=body.role,
        data=body.data,
    )


def join(reply: Reply) -> Token:
    """POST connection for a person (2.16+): the token of the connection that will join."""
    body = _join(reply.body)
    return Token(
        session_id=body.session_id,
        secret=body.token,
        connection_id=body.connection_id,
        role=body.role,
        data=body.server_data,
    )


def media_node(reply: Reply) -> MediaNode:
    """One media node, with the sessions on it if they were asked for."""
    return _node(reply.body).node()


def media_nodes(reply: Reply) -> tuple[MediaNode, ...]:
    """A list of media nodes, with the sessions on them if they were asked for."""
    return tuple(body.node() for body in _nodes(reply.body).content)


def media_node_if_changed(reply: Reply) -> MediaNode | None:
    """PATCH media-nodes: 204 says that the node had that status already."""
    return None if reply.status == 204 else media_node(reply)


def health(reply: Reply) -> Health:
    """GET health, of a cluster and of a highly available one."""
    body = _health(reply.body)
    status = body.status or body.cluster_status
    if not status:
        raise msgspec.ValidationError("a health report without a status")
    return Health(status=status, disconnected_media_nodes=body.disconnected_media_nodes)
