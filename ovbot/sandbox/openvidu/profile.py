"""What differs between the OpenVidu versions that can be played.

Each field is one observable difference; nothing else in the simulator asks for a version.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from ovbot.sandbox.openvidu.config import ProfileName

EVENTS_2_15 = (
    "sessionCreated",
    "sessionDestroyed",
    "participantJoined",
    "participantLeft",
    "webrtcConnectionCreated",
    "webrtcConnectionDestroyed",
    "recordingStatusChanged",
    "filterEventDispatched",
    "mediaNodeStatusChanged",
)
EVENTS_SEED = (*EVENTS_2_15, "autoscaling")
EVENTS_2_20 = (
    *EVENTS_2_15[:-1],
    "signalSent",
    "mediaNodeStatusChanged",
    "autoscaling",
    "nodeCrashed",
)
_CLUSTER_EVENTS = ("mediaNodeStatusChanged", "autoscaling", "nodeCrashed", "nodeRecovered")
EVENTS_2_31 = (*EVENTS_2_20, "nodeRecovered", "broadcastStarted", "broadcastStopped")


@dataclass(frozen=True)
class Profile:
    """One server version, as far as a client can tell it from another."""

    name: ProfileName
    version: str
    api: str
    """Prefix of sessions, tokens, signal and recordings; also what error bodies name."""
    config_path: str
    pro: str
    """Prefix of media-nodes and restart."""
    pro_config_path: str
    recordings: str
    """Prefix of the recorded files."""
    cdr: str
    layouts: str
    """Prefix of the CDR's files."""
    default_events: tuple[str, ...]
    deprecated_api: bool = False
    """Whether the old paths are rewritten unless the deployment says otherwise."""
    framework: Literal["telling", "silent", "short", "denied"] = "telling"
    """What Spring's own errors look like: with a message, with an empty one (Boot 2.3), without
    (2.5), or nothing but an empty 403 (3)."""
    modern: bool = False
    """2.16+: the Connection API with its pending connections and new objects."""
    compatible: bool = False
    """OpenVidu 3 that plays 2.30: nothing about the deployment, and nobody who only watches."""
    webhook_lag: float = 0.0
    """Seconds by which OpenVidu 3 tells later what happened."""
    strict_parameters: bool = False
    """2.21+: the parameters are read by openvidu-java-client, with its messages."""
    broadcasts: bool = False
    """2.26+: sessions tell whether they are broadcast."""
    ice_servers: bool = False
    """2.21+: tokens take and tell customIceServers."""
    codecs: tuple[str, ...] = ("MEDIA_SERVER_PREFERRED", "NONE", "VP8", "VP9", "H264")
    """Of forcedVideoCodec; the first is the default."""
    simulcast: bool = False
    """2.21+: the configuration tells OPENVIDU_WEBRTC_SIMULCAST."""
    cdr_path: bool = False
    """2.26+: the configuration tells OPENVIDU_CDR_PATH."""
    cdr_recordings: bool = False
    """Up to 2.15 the CDR has recordingStarted and recordingStopped as well."""
    recording_version: str | None = None
    """OPENVIDU_RECORDING_VERSION where it is not the server's own."""
    accept_certificate: Literal["text", "page", "broken", "gone"] = "text"
    """What is left of /accept-certificate, the page on which one trusted the certificate."""
    launching_time: bool = True
    """Media nodes tell when they were launched."""
    quotes: str = '"'
    """How some messages quote a parameter's name."""
    token_details: bool = True
    """Tokens answer ``connectionId`` and ``record`` (added between 2.15 and 2.16)."""
    network_cache: bool = True
    names_checked: bool = True
    """The name of a recording must be alphanumeric."""
    module_checked: bool = True
    """Every recording call answers 501 while the module is off, not only start."""
    id_separator: str = "-"
    """Between the session's id and the number of its further recordings."""
    created_at_post: bool = False
    """2.19+: sessionCreated is sent at POST and not at the first join."""
    unique_ids: bool = False
    """2.17+: events carry uniqueSessionId and connectionId."""
    ips: bool = False
    """2.20+: connections and their events carry the ip."""
    bare_tokens: bool = False
    """2.17+: a token's address has no role, version or TURN credentials."""
    charset: str = "iso-8859-1"
    """Of webhook bodies; UTF-8 from 2.18."""
    webhook_read_timeout: float | None = None
    webhook_connect_timeout: float = 30.0
    webhook_sends: int = 1
    """How often one event is sent while the connection fails."""
    default_resolution: str = "1920x1080"
    frame_rate: int = 25
    """Of composed recordings (2.18+)."""
    soft_failures: bool = False
    """2.32: a recording that cannot start says ``failed``, one that cannot stop does too and
    lets go; before, the call breaks and leaves things as they are."""
    phantom_recordings: bool = False
    """Up to 2.20: a recorder's error leaves the session ``recording`` nothing."""
    evicts_ghosts: bool = False
    """2.31: whoever a message cannot reach is put out at once, before the server notices."""
    measures_frames: bool = False
    """2.20: a finished video tells how many frames a second it has, not how many were asked."""
    notices_media_server: bool = False
    """2.15: a media server that was started anew ends every stream; later nobody notices."""
    socket: Literal["2.15", "2.20", "2.31"] = "2.15"
    """In whose words people are refused over the WebSocket."""
    docker_tells_status: bool = False
    """2.31: Docker's errors begin with their status."""
    inner_certificate: Literal["nameless", "leaf"] = "nameless"
    """The one inside the server, shown where no proxy is in front."""
    node_events: tuple[str, ...] = ("autoscaling", "mediaNodeStatusChanged")
    node_prefix: str = "kms"

    @property
    def strict_routes(self) -> bool:
        """Spring Boot 3: a slash at the end is another address, unknown addresses are denied."""
        return self.framework == "denied"


_2_32 = Profile(
    name="2.32",
    version="2.32.1",
    api="/openvidu/api",
    config_path="/openvidu/api/config",
    pro="/openvidu/api",
    pro_config_path="/openvidu/api/config",
    recordings="/openvidu/recordings",
    cdr="/openvidu/cdr",
    layouts="/openvidu/layouts",
    default_events=EVENTS_2_31,
    framework="denied",
    modern=True,
    strict_parameters=True,
    broadcasts=True,
    ice_servers=True,
    simulcast=True,
    cdr_path=True,
    accept_certificate="gone",
    quotes="'",
    id_separator="~",
    created_at_post=True,
    unique_ids=True,
    ips=True,
    bare_tokens=True,
    charset="utf-8",
    webhook_read_timeout=10.0,
    webhook_connect_timeout=10.0,
    webhook_sends=5,
    default_resolution="1280x720",
    soft_failures=True,
    evicts_ghosts=True,
    socket="2.31",
    docker_tells_status=True,
    node_events=("autoscaling", "mediaNodeStatusChanged", "nodeCrashed", "nodeRecovered"),
    inner_certificate="leaf",
    node_prefix="media",
)
_2_31 = replace(
    _2_32,
    name="2.31",
    version="2.31.0",
    inner_certificate="nameless",
    framework="short",
    accept_certificate="broken",
    soft_failures=False,
)
_V2COMPAT = replace(
    _2_31,
    name="v2compat",
    version="3.0.0",
    compatible=True,
    webhook_lag=1.0,
    default_events=tuple(
        each for each in EVENTS_2_31 if each not in ("filterEventDispatched", *_CLUSTER_EVENTS)
    ),
    cdr_path=False,
    accept_certificate="gone",
    evicts_ghosts=False,
)
_2_20 = replace(
    _2_31,
    name="2.20",
    version="2.20.0",
    default_events=EVENTS_2_20,
    deprecated_api=True,
    framework="silent",
    strict_parameters=False,
    broadcasts=False,
    ice_servers=False,
    codecs=("VP8", "VP9", "H264", "NONE"),
    simulcast=False,
    cdr_path=False,
    recording_version="2.19.0",
    accept_certificate="page",
    id_separator="-",
    node_events=("autoscaling", "mediaNodeStatusChanged", "nodeCrashed"),
    phantom_recordings=True,
    evicts_ghosts=False,
    socket="2.20",
    measures_frames=True,
    docker_tells_status=False,
)

PROFILES: dict[ProfileName, Profile] = {
    "seed": Profile(
        name="seed",
        version="2.15.0",
        api="/openvidu/api",
        config_path="/openvidu/api/config",
        pro="/pro",
        pro_config_path="/pro/config",
        recordings="/openvidu/recordings",
        cdr="/openvidu/cdr",
        layouts="/openvidu/layouts",
        default_events=EVENTS_SEED,
        cdr_recordings=True,
        deprecated_api=True,
        quotes="'",
        phantom_recordings=True,
    ),
    "2.15": Profile(
        name="2.15",
        version="2.15.0",
        api="/api",
        config_path="/config",
        pro="/pro",
        pro_config_path="/pro/config",
        recordings="/recordings",
        cdr="/cdr",
        layouts="/layouts/custom",
        default_events=EVENTS_2_15,
        cdr_recordings=True,
        launching_time=False,
        token_details=False,
        network_cache=False,
        names_checked=False,
        module_checked=False,
        phantom_recordings=True,
        notices_media_server=True,
    ),
    "2.20": _2_20,
    "2.31": _2_31,
    "2.32": _2_32,
    "v2compat": _V2COMPAT,
}
