"""What OpenVidu tells, as typed values: one set of models for every 2.x server.

Only what the bot needs is read; unknown fields are ignored. Tokens, SDP, candidates and TURN
credentials are fields of no model, so they end here. The one exception is `Token`, whose
purpose is to be handed on, and it wraps the string in a `Secret`.

All times are integer milliseconds since the epoch, UTC, as OpenVidu gives them.
(OpenVidu docs, REST API, "Session object", "Connection object", "Recording object".)
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec.structs import force_setattr

from ovbot.openvidu.foreign import DATA, ID, WORD, cut, is_addressable
from ovbot.openvidu.secret import MaskedUri, Place, Secret

Role = Literal["SUBSCRIBER", "PUBLISHER", "MODERATOR"]
MediaMode = Literal["ROUTED", "RELAYED"]
RecordingMode = Literal["MANUAL", "ALWAYS"]
OutputMode = Literal["COMPOSED", "INDIVIDUAL", "COMPOSED_QUICK_START"]
RecordingLayout = Literal[
    "BEST_FIT", "CUSTOM", "PICTURE_IN_PICTURE", "VERTICAL_PRESENTATION", "HORIZONTAL_PRESENTATION"
]
VideoCodec = Literal["VP8", "VP9", "H264", "NONE", "MEDIA_SERVER_PREFERRED"]
Millis = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""Milliseconds since the epoch, up to the end of the year 9999, after which Python knows none."""
Id = Annotated[str, msgspec.Meta(min_length=1)]
"""What names an entry. One without it cannot be shown, pressed or asked for."""
FileId = Annotated[str, msgspec.Meta(min_length=1, max_length=ID)]
"""Of what no client names: a folder of that name, or OpenVidu's own word."""
Bytes = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e11)]

T = TypeVar("T")


class Listing(tuple[T, ...]):
    """What a server lists, and how many entries of it could not be read.

    While ``unreadable`` is not 0, what is missing here may be there all the same: that something
    is not listed does not say that it is gone.
    """

    unreadable: int = 0

    @classmethod
    def of(cls, entries: tuple[T, ...], unreadable: int) -> Listing[T]:
        """The entries that could be read, beside so many that could not."""
        listing = cls(entries)
        listing.unreadable = unreadable
        return listing


class Model(msgspec.Struct, frozen=True, kw_only=True, gc=False, rename="camel"):
    """A value read from OpenVidu; models hold no cycles, so the collector need not look at them."""


class FilterMethod(Model, frozen=True):
    """What a filter was last told to do."""

    method: str = ""


class Filter(Model, frozen=True):
    """What changes a stream on its way; its options, which a client chooses freely, are left out.

    ``type`` is empty where there is none.
    """

    type: str = ""
    last_exec_method: FilterMethod | None = None

    def __post_init__(self) -> None:
        if len(self.type) > WORD:
            force_setattr(self, "type", cut(self.type))


class MediaOptions(Model, frozen=True):
    """What a publisher sends: audio and video, and whether each is switched on just now."""

    has_audio: bool = False
    has_video: bool = False
    audio_active: bool = False
    video_active: bool = False
    type_of_video: str | None = None
    """``CAMERA``, ``SCREEN``, ``CUSTOM`` or ``IPCAM``; None when there is no video."""
    frame_rate: int | None = None
    """A second."""
    video_dimensions: str | None = None
    """Text of JSON: ``{"width":640,"height":480}``."""
    filter: Filter | None = None
    adaptative_bitrate: bool | None = None
    """This and the two below: only of IP cameras."""
    only_play_with_subscribers: bool | None = None
    network_cache: int | None = None
    """Milliseconds."""


class Publisher(Model, frozen=True):
    """A stream that a connection publishes (at most one per connection)."""

    stream_id: Id
    created_at: Millis = 0
    rtsp_uri: Place | None = None
    """Only of IP cameras: where it is, and not how to get in."""
    media_options: MediaOptions = MediaOptions()

    @property
    def type_of_video(self) -> str | None:
        """``CAMERA``, ``SCREEN``, ``CUSTOM`` or ``IPCAM``; None when there is no video."""
        return self.media_options.type_of_video

    @property
    def has_audio(self) -> bool:
        """The stream has an audio track."""
        return self.media_options.has_audio

    @property
    def has_video(self) -> bool:
        """The stream has a video track."""
        return self.media_options.has_video

    @property
    def audio_active(self) -> bool:
        """The audio track is not muted."""
        return self.media_options.audio_active

    @property
    def video_active(self) -> bool:
        """The video track is not muted."""
        return self.media_options.video_active


class Subscriber(Model, frozen=True):
    """A stream that a connection receives; ``stream_id`` names its publisher's stream.

    It is empty while the subscription is only half made: somebody is just beginning to watch.
    """

    stream_id: str = ""
    created_at: Millis = 0


def is_camera_id(connection_id: str) -> bool:
    """Whether a connection is an IP camera's.

    The server makes the ids. The platform, ``IPCAM`` likewise, is what a client says of itself.
    """
    return connection_id.startswith("ipc_")


class Connection(Model, frozen=True):
    """One participant of a session: a person's browser or an IP camera."""

    connection_id: Id
    """``con_…``. A camera's, ``ipc_…``, is made out of its URI, user and password included."""
    created_at: Millis = 0
    """When it joined. (2.16+ calls that activeAt, and createdAt the making of its token.)"""
    role: str = ""
    platform: str = ""
    location: str = ""
    client_data: str = ""
    server_data: str = ""
    publishers: tuple[Publisher, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    kind: str = msgspec.field(default="WEBRTC", name="type")
    """``WEBRTC`` or ``IPCAM``."""
    status: str = "active"
    """``active``, or ``pending`` for a token nobody has used yet (2.16+)."""
    active_at: Millis | None = None
    record: bool | None = None
    """Whether their streams are in individual recordings; None where the server does not tell."""
    ip: str | None = None
    """As OpenVidu sees it (2.20+)."""
    rtsp_uri: Place | None = None
    """This and the three below: of IP cameras, since 2.16."""
    adaptative_bitrate: bool | None = None
    only_play_with_subscribers: bool | None = None
    network_cache: int | None = None
    unreadable: int = msgspec.field(default=0, name="<unreadable>")
    """How many of its streams could not be read, and are not in the two lists above."""

    @property
    def is_ip_camera(self) -> bool:
        """Whether it is an IP camera, and nobody's browser."""
        return self.kind == "IPCAM"

    def __post_init__(self) -> None:
        if len(self.client_data) > DATA or len(self.server_data) > DATA:
            force_setattr(self, "client_data", cut(self.client_data, DATA))
            force_setattr(self, "server_data", cut(self.server_data, DATA))
        if len(self.platform) > WORD or len(self.location) > WORD:
            force_setattr(self, "platform", cut(self.platform))
            force_setattr(self, "location", cut(self.location))
        if self.active_at is not None:
            force_setattr(self, "created_at", self.active_at)
        if is_camera_id(self.connection_id):
            force_setattr(self, "kind", "IPCAM")  # before 2.16 only the id and the platform tell
            force_setattr(self, "role", self.role or "PUBLISHER")  # which 2.16+ does not say


class DefaultRecording(Model, frozen=True):
    """How a session is recorded unless a start says otherwise; servers before 2.18 tell the mode
    and the layout alone. ``shm_size`` is in bytes, ``resolution`` like ``1280x720``."""

    name: str = ""
    has_audio: bool = True
    has_video: bool = True
    output_mode: str = "COMPOSED"
    recording_layout: str | None = None
    custom_layout: str = ""
    resolution: str | None = None
    frame_rate: int | None = None
    shm_size: Bytes | None = None
    ignore_failed_streams: bool = False


class Session(Model, frozen=True):
    """A session that exists on the server, with everybody who is connected to it."""

    session_id: str
    created_at: Millis = 0
    recording: bool = False
    """It is being recorded, or a recording is just starting."""
    broadcasting: bool = False
    """It is being broadcast (Pro 2.26+)."""
    media_mode: str = "ROUTED"
    recording_mode: str = "MANUAL"
    default_output_mode: str = "COMPOSED"
    default_recording_layout: str | None = None
    default_recording: DefaultRecording = DefaultRecording()
    forced_video_codec: str = ""
    """Empty before 2.17."""
    allow_transcoding: bool | None = None
    custom_session_id: str = ""
    """Empty when the server made the id up."""
    media_node_id: str = ""
    """The media node that carries it, where the server tells: Pro, but not 2.15."""
    connections: tuple[Connection, ...] = ()
    unreadable: int = 0
    """How many connections could not be read. While it is not 0, somebody may be connected who is
    not in ``connections``: say so, and never take it for "has left"."""


class ListedSession(Model, frozen=True):
    """A session as a listing tells of it: how many are connected, but not who.

    A full server lists twenty thousand connections in 20 MB. Counting them takes half the time
    and a tenth of the memory that reading them would.
    """

    session_id: str
    created_at: Millis = 0
    recording: bool = False
    """It is being recorded, or a recording is just starting."""
    connected: int = 0
    """How many are connected to it, IP cameras among them."""
    cameras: int = 0
    """How many of them are IP cameras."""

    @property
    def is_addressable(self) -> bool:
        """Whether anything can be done with it: ids of any length are created and listed."""
        return is_addressable(self.session_id)

    @property
    def people(self) -> int:
        """How many are connected to it, without the IP cameras."""
        return self.connected - self.cameras


class CreatedSession(Model, frozen=True):
    """The answer to creating a session."""

    session_id: Id = msgspec.field(name="id")
    created_at: Millis = 0


class Token(Model, frozen=True):
    """A join credential for one person, to be handed to that person and to nobody else."""

    session_id: str
    secret: Secret
    """The string that openvidu-browser's ``Session.connect`` takes."""
    connection_id: str = ""
    """Who will join with it; empty where the server does not tell (before 2.16)."""
    role: str = "PUBLISHER"
    data: str = ""


class Recording(Model, frozen=True):
    """A recording: running, in the works, or a file."""

    id: FileId
    session_id: str
    name: str = ""
    created_at: Millis = 0
    status: str = ""
    """``starting``, ``started``, ``stopped``, ``ready`` or ``failed``."""
    output_mode: str = "COMPOSED"
    has_audio: bool = True
    has_video: bool = True
    resolution: str | None = None
    """``1280x720``; only of composed recordings with video."""
    frame_rate: int | None = None
    recording_layout: str | None = None
    custom_layout: str | None = None
    size: Bytes = 0
    """Bytes; 0 until it is ready."""
    duration: Seconds = 0.0
    """Seconds; 0 until it is ready."""
    url: str | None = None
    """Where the file is served; None until it is ready."""
    media_node: str = ""
    """Where it is made, as servers tell since 2.17."""


class MediaNode(Model, frozen=True):
    """A media node of a Pro cluster. A new one tells little more than its id at first."""

    id: str
    environment_id: str | None = None
    ip: str | None = None
    uri: MaskedUri | None = None
    connected: bool = False
    connection_time: Millis | None = None
    disconnection_time: Millis | None = None
    load: float | None = None
    """CPU load, 0 to 100."""
    status: str = ""
    """One of the seven of `ovbot.openvidu.nodes.NodeStatus`; empty on very old servers."""
    sessions: tuple[ListedSession, ...] = ()
    """Only if asked for."""
    recording_ids: tuple[str, ...] = ()
    """Only if asked for (2.17+), like the next."""
    broadcasts: tuple[str, ...] = ()
    """The ids of the sessions that it broadcasts (2.26+)."""
    kurento_info: dict[str, Any] | None = None
    """Kurento's own words about itself; only if asked for, and subject to change."""


class Health(Model, frozen=True):
    """How a cluster is."""

    status: str
    """``UP``, ``UNSTABLE`` or ``DOWN``."""
    disconnected_media_nodes: tuple[str, ...] = ()


def dec_hook(kind: type[Any], value: object) -> object:
    """Build the string types that msgspec does not know."""
    if kind in (MaskedUri, Place, Secret) and isinstance(value, str):
        return kind(value)
    raise TypeError(f"expected a string, got {type(value).__name__}")
