"""What differs between the OpenVidu versions that can be played.

Each field is one observable difference; nothing else in the simulator asks for a version.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

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
EVENTS_2_32 = (
    *EVENTS_2_15,
    "autoscaling",
    "nodeCrashed",
    "nodeRecovered",
    "broadcastStarted",
    "broadcastStopped",
    "signalSent",
)


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
    default_events: tuple[str, ...]
    deprecated_api: bool = False
    """Whether the old paths are rewritten unless the deployment says otherwise."""
    strict_routes: bool = False
    """Spring Boot 3: no trailing slash, unknown addresses denied, framework errors empty."""
    modern: bool = False
    """What came between 2.16 and 2.32: the Connection API with its pending connections and new
    objects, the new parsing and its messages, and what the configuration tells since."""
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
    node_events: tuple[str, ...] = ("autoscaling", "mediaNodeStatusChanged")
    node_prefix: str = "kms"


_2_32 = Profile(
    name="2.32",
    version="2.32.2",
    api="/openvidu/api",
    config_path="/openvidu/api/config",
    pro="/openvidu/api",
    pro_config_path="/openvidu/api/config",
    recordings="/openvidu/recordings",
    default_events=EVENTS_2_32,
    strict_routes=True,
    modern=True,
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
    node_events=("autoscaling", "mediaNodeStatusChanged", "nodeCrashed", "nodeRecovered"),
    node_prefix="media",
)
_2_31 = replace(_2_32, name="2.31", version="2.31.0", strict_routes=False)
_2_20 = replace(_2_31, name="2.20", version="2.20.0", id_separator="-", deprecated_api=True)

PROFILES: dict[ProfileName, Profile] = {
    "seed": Profile(
        name="seed",
        version="2.15.0",
        api="/openvidu/api",
        config_path="/openvidu/api/config",
        pro="/pro",
        pro_config_path="/pro/config",
        recordings="/openvidu/recordings",
        default_events=EVENTS_2_15,
        deprecated_api=True,
        quotes="'",
    ),
    "2.15": Profile(
        name="2.15",
        version="2.15.0",
        api="/api",
        config_path="/config",
        pro="/pro",
        pro_config_path="/pro/config",
        recordings="/recordings",
        default_events=EVENTS_2_15,
        launching_time=False,
        token_details=False,
        network_cache=False,
        names_checked=False,
        module_checked=False,
    ),
    "2.20": _2_20,
    "2.31": _2_31,
    "2.32": _2_32,
}
