"""What a server remembers: sessions, participants, streams, tokens, recordings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

COMPOSED_MODES = ("COMPOSED", "COMPOSED_QUICK_START")


class BadToken(Exception):
    """The token was used before, or belongs to another session, or never existed."""


class Unfit(Exception):
    """The server's state does not allow this; the text says why."""


class Uncaught(Exception):
    """Something that the server did not expect; the text is Java's.

    ``told`` says that the text alone is answered, and not the framework's error.
    """

    def __init__(self, text: str, *, told: bool = False) -> None:
        super().__init__(text)
        self.told = told


@dataclass
class RecordingProperties:
    """How to record; ``None`` where the version leaves a property out."""

    name: str = ""
    output_mode: str = "COMPOSED"
    has_audio: bool = True
    has_video: bool = True
    layout: str = "BEST_FIT"
    custom_layout: str = ""
    resolution: str = "1920x1080"
    frame_rate: int = 25
    shm_size: int = 536870912
    ignore_failed_streams: bool = False
    media_node: str | None = None

    @property
    def composed(self) -> bool:
        return self.output_mode in COMPOSED_MODES

    @property
    def composed_video(self) -> bool:
        return self.composed and self.has_video


@dataclass
class SessionProperties:
    """What POST /sessions was asked for, with OpenVidu's defaults."""

    media_mode: str = "ROUTED"
    recording_mode: str = "MANUAL"
    custom_session_id: str = ""
    recording: RecordingProperties = field(default_factory=RecordingProperties)
    forced_video_codec: str = "MEDIA_SERVER_PREFERRED"
    allow_transcoding: bool = False
    media_node: str | None = None


@dataclass
class Camera:
    """An IP camera's address and how to read it."""

    rtsp_uri: str
    adaptative_bitrate: bool = True
    only_play_with_subscribers: bool = True
    network_cache: int = 2000


@dataclass
class Token:
    """Permission to join one session once."""

    value: str | None
    connection_id: str
    created_at: int
    role: str = "PUBLISHER"
    data: str = ""
    record: bool = True
    kurento_options: dict[str, Any] | None = None
    ice_servers: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Publishing:
    """How somebody publishes."""

    kind: str = "CAMERA"
    """CAMERA, SCREEN, CUSTOM or IPCAM."""
    frame_rate: int | None = 30
    dimensions: str | None = '{"width":640,"height":480}'
    has_audio: bool = True
    has_video: bool = True
    audio_active: bool = True
    """Not muted."""
    video_active: bool = True
    filter: dict[str, Any] = field(default_factory=dict)
    """``type`` and ``options``, or nothing."""


@dataclass
class Stream:
    """What one participant publishes."""

    id: str
    created_at: int
    how: Publishing
    camera: Camera | None = None


@dataclass
class Subscription:
    """One participant receiving one stream."""

    stream: Stream
    sender: str
    created_at: int | None
    """None while its negotiation goes on."""


@dataclass
class Participant:
    """Somebody connected, or an IP camera."""

    id: str
    joined_at: int
    token: Token
    platform: str
    client_data: str
    server_data: str
    ip: str | None = "127.0.0.1"
    camera: Camera | None = None
    watches: bool = False
    """Whether the client subscribes to everything by itself."""
    stream: Stream | None = None
    publishing_until: float = 0.0
    """While somebody's offer is negotiated a kick waits."""
    subscriptions: dict[str, Subscription] = field(default_factory=dict)


@dataclass
class Broadcast:
    """What is sent on to an ingestion service."""

    url: str
    created_at: int
    properties: RecordingProperties
    node_id: str | None = None


@dataclass
class Session:
    """A session from POST to its end; ``active`` once somebody has joined."""

    id: str
    created_at: int
    properties: SessionProperties
    active: bool = False
    closed: bool = False
    announced: bool = False
    recording_stopped_by_hand: bool = False
    """An ALWAYS session does not start again after a manual stop."""
    forsaken: bool = False
    """Nobody is in it and nothing ends it but DELETE."""
    media_gone: bool = False
    """The media server has been started anew, and this server has not noticed."""
    unreadable: bool = False
    """Describing it fails, and listing it with the others too."""
    half_closed: bool = False
    """A DELETE broke half-way; the next one ends it."""
    node_id: str | None = None
    broadcast: Broadcast | None = None
    tokens: dict[str, Token] = field(default_factory=dict)
    """The unused ones, by connection id."""
    participants: dict[str, Participant] = field(default_factory=dict)

    @property
    def unique_id(self) -> str:
        return f"{self.id}_{self.created_at}"

    def publishers(self) -> list[Participant]:
        return [each for each in self.participants.values() if each.stream is not None]


@dataclass
class Recording:
    """A recording from start to deletion."""

    id: str
    session: Session
    created_at: int
    properties: RecordingProperties
    status: str = "starting"
    size: int = 0
    duration: float = 0.0
    """Seconds, as the server tells it: 0 until the recording is ready."""
    length: float = 0.0
    """Seconds it really lasted."""
    url: str | None = None
    node_id: str | None = None
    node_unsaved: bool = False
    """Its file does not know the node, so that only events and a stop tell it."""
    streams: list[tuple[Participant, Stream]] = field(default_factory=list)
    """Of an INDIVIDUAL recording: who was recorded."""
    files: dict[str, bytes] = field(default_factory=dict)
    broken: bool = False
    """Its stop broke: ``stopped`` for ever, until the server is started anew."""
    damaged: bool = False
    """Its file cannot be read any more."""
