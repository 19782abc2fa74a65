"""What a simulated OpenVidu deployment is made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Edition = Literal["ce", "pro"]
Certificate = Literal["named", "proxy", "inside"]
ProfileName = Literal["seed", "2.15", "2.20", "2.31", "2.32", "v2compat"]


@dataclass(frozen=True)
class SimulatorConfig:
    """One deployment: where it listens, which server it plays, and its settings.

    The settings below ``recording`` are OpenVidu's own (``OPENVIDU_RECORDING``,
    ``OPENVIDU_SESSIONS_GARBAGE_INTERVAL`` …) with OpenVidu's defaults; durations are seconds.
    """

    host: str = "127.0.0.1"
    port: int = 4443
    """0 means any free port; ``serve`` says which one it became."""
    secret: str = field(default="MY_SECRET", repr=False)
    profile: ProfileName = "seed"
    edition: Edition = "ce"

    webhook: str | None = None
    """OPENVIDU_WEBHOOK_ENDPOINT; None switches webhooks off."""
    webhook_headers: tuple[str, ...] = field(default=(), repr=False)
    """OPENVIDU_WEBHOOK_HEADERS, each written ``Name: value``."""
    webhook_events: tuple[str, ...] | None = None
    """OPENVIDU_WEBHOOK_EVENTS; None means the version's default list."""

    tls: bool = False
    cert_file: Path | None = None
    """Where the self-signed certificate is written, for clients to trust."""
    certificate: Certificate = "named"
    """``named`` can be trusted; ``proxy`` and ``inside`` are what deployments really show."""
    tls_names: tuple[str, ...] = ("localhost", "127.0.0.1", "::1")
    tls_days: int = 30
    """Days until the certificate ends; negative makes one that has already expired."""
    deprecated_api: bool | None = None
    """SUPPORT_DEPRECATED_API: the old paths beside the new; None means the version's default."""
    public_url: str | None = None
    """OPENVIDU_PUBLICURL without a slash at its end; None means the address it listens on."""

    recording: bool = True
    layouts: tuple[str, ...] = ("", "team/wide")
    """The custom layouts: folders with an index.html below OPENVIDU_RECORDING_CUSTOM_LAYOUT."""
    public_access: bool = False
    """OPENVIDU_RECORDING_PUBLIC_ACCESS: recorded files are served without credentials."""
    autostop: int = 120
    gc_interval: int = 900
    """0 switches the session garbage collector off."""
    gc_threshold: int = 3600
    cdr: bool = False

    start_seconds: float = 0.0
    """How long POST recordings/start takes; the recording is ``starting`` meanwhile."""
    stop_seconds: float = 0.0
    """How long POST recordings/stop takes."""
    negotiate_seconds: float = 0.0
    """How long a subscription is half-made: listed, with neither time nor stream."""
    flawed: bool = False
    """Play the fault of the documentation's snapshot too: no INDIVIDUAL recording can end."""
    processing_seconds: float = 1.0
    """Pro: how long a recording stays ``stopped`` before it is ``ready``."""

    media_nodes: int = 1
    environment: Literal["aws", "docker", "on_premise"] = "docker"
    """OPENVIDU_PRO_CLUSTER_ENVIRONMENT."""
    autoscaling: bool = False
    launch_seconds: float = 30.0
    terminate_seconds: float = 5.0
    restart_seconds: float = 3.0

    time_source: Callable[[], float] = time.time
    """Seconds since 1970; a constant here freezes everything except what tests advance."""
    random_seed: int | None = None
    """Fixes the random ids, for stories that should read the same every time."""
