"""The deployment's settings by OpenVidu's own names, as GET config tells and restart changes them.

Documentation: OpenVidu configuration (CE and Pro).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.profile import Profile

NAMES = {
    "OPENVIDU_CDR": "cdr",
    "OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH": "max_recv",
    "OPENVIDU_STREAMS_VIDEO_MIN_RECV_BANDWIDTH": "min_recv",
    "OPENVIDU_STREAMS_VIDEO_MAX_SEND_BANDWIDTH": "max_send",
    "OPENVIDU_STREAMS_VIDEO_MIN_SEND_BANDWIDTH": "min_send",
    "OPENVIDU_SESSIONS_GARBAGE_INTERVAL": "gc_interval",
    "OPENVIDU_SESSIONS_GARBAGE_THRESHOLD": "gc_threshold",
    "OPENVIDU_RECORDING": "recording",
    "OPENVIDU_RECORDING_PATH": "recording_path",
    "OPENVIDU_RECORDING_PUBLIC_ACCESS": "public_access",
    "OPENVIDU_RECORDING_NOTIFICATION": "notification",
    "OPENVIDU_RECORDING_CUSTOM_LAYOUT": "custom_layout",
    "OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT": "autostop",
    "OPENVIDU_WEBHOOK": "webhook",
    "OPENVIDU_WEBHOOK_ENDPOINT": "webhook_endpoint",
    "OPENVIDU_WEBHOOK_HEADERS": "webhook_headers",
    "OPENVIDU_WEBHOOK_EVENTS": "webhook_events",
    "OPENVIDU_PRO_CLUSTER_ID": "cluster_id",
    "OPENVIDU_PRO_CLUSTER_MEDIA_NODES": "media_nodes",
    "OPENVIDU_PRO_CLUSTER_PATH": "cluster_path",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING": "autoscaling",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_NODES": "max_nodes",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_NODES": "min_nodes",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_LOAD": "max_load",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_LOAD": "min_load",
    "OPENVIDU_PRO_STATS_MONITORING_INTERVAL": "monitoring_interval",
    "OPENVIDU_PRO_STATS_WEBRTC_INTERVAL": "webrtc_interval",
}
"""All that POST restart may change, and the field that holds each."""


@dataclass
class Settings:
    """Current values; defaults are OpenVidu's. Intervals are seconds, bandwidths kbps."""

    cdr: bool = False
    max_recv: int = 1000
    min_recv: int = 300
    max_send: int = 1000
    min_send: int = 300
    gc_interval: int = 900
    gc_threshold: int = 3600
    recording: bool = True
    recording_path: str = "/opt/openvidu/recordings/"
    public_access: bool = False
    notification: str = "publisher_moderator"
    custom_layout: str = "/opt/openvidu/custom-layout/"
    autostop: int = 120
    webhook: bool = False
    webhook_endpoint: str = ""
    webhook_headers: list[str] = field(default_factory=list)
    webhook_events: list[str] = field(default_factory=list)
    cluster_id: str = "SANDBOX_CLUSTER"
    media_nodes: int = 1
    cluster_path: str = "/opt/openvidu/cluster/"
    autoscaling: bool = False
    max_nodes: int = 2
    min_nodes: int = 1
    max_load: int = 70
    min_load: int = 30
    monitoring_interval: int = 0
    webrtc_interval: int = 0


def initial(config: SimulatorConfig, profile: Profile) -> Settings:
    """The settings a deployment starts with."""
    return Settings(
        cdr=config.cdr,
        gc_interval=config.gc_interval,
        gc_threshold=config.gc_threshold,
        recording=config.recording,
        public_access=config.public_access,
        autostop=config.autostop,
        webhook=config.webhook is not None,
        webhook_endpoint=config.webhook or "",
        webhook_headers=list(config.webhook_headers),
        webhook_events=list(config.webhook_events or profile.default_events),
        media_nodes=config.media_nodes,
        autoscaling=config.autoscaling,
    )
