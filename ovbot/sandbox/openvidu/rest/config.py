"""The server's configuration over REST. Webhook headers are told in clear, as OpenVidu does.

Documentation: REST API, GET /config.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ovbot.sandbox.openvidu.messages import Call, Reply, json_reply
from ovbot.sandbox.openvidu.rest.routes import Handler
from ovbot.sandbox.openvidu.state.settings import NAMES
from ovbot.sandbox.openvidu.state.world import World

VALUES = (
    "openvidu-version",
    "openvidu-publicurl",
    "openvidu-recording",
    "openvidu-recording-path",
    "openvidu-cdr",
)


async def get_config(world: World, call: Call) -> Reply:
    """GET /config."""
    return json_reply(ce_config(world))


def value_of(name: str) -> Handler:
    """GET /config/<name>: one bare value."""

    async def get_value(world: World, call: Call) -> Reply:
        values: tuple[str | bool, ...] = (
            world.profile.version,
            f"{world.public_url}/",
            world.settings.recording,
            world.settings.recording_path,
            world.settings.cdr,
        )
        value = dict(zip(VALUES, values, strict=True))[name]
        if isinstance(value, bool):
            return json_reply(value)
        return Reply(200, value.encode(), "text/plain;charset=UTF-8")

    return get_value


def ce_config(world: World) -> dict[str, Any]:
    """Every key of CE in the server's order; the recording's and webhook's only when on."""
    address = urlsplit(world.public_url)
    found: dict[str, Any] = {
        "VERSION": world.profile.version,
        "DOMAIN_OR_PUBLIC_IP": address.hostname,
        "HTTPS_PORT": address.port or (443 if address.scheme == "https" else 80),
        "OPENVIDU_PUBLICURL": world.public_url,
    }
    for name, field in NAMES.items():
        if name.startswith("OPENVIDU_PRO_"):
            continue
        if name.startswith("OPENVIDU_RECORDING_") and not world.settings.recording:
            continue
        if name.startswith("OPENVIDU_WEBHOOK_") and not world.settings.webhook:
            continue
        if name == "OPENVIDU_CDR":
            found[name] = world.settings.cdr
            if world.profile.cdr_path and world.settings.cdr:
                found["OPENVIDU_CDR_PATH"] = "/opt/openvidu/cdr/"
            continue
        if name == "OPENVIDU_SESSIONS_GARBAGE_INTERVAL":
            found |= _codecs(world)
        found[name] = getattr(world.settings, field)
        if name == "OPENVIDU_RECORDING" and world.settings.recording:
            version = world.profile.recording_version or world.profile.version
            found["OPENVIDU_RECORDING_VERSION"] = version
    return found


def _codecs(world: World) -> dict[str, Any]:
    """What the server does to video, from 2.17 on."""
    if not world.profile.modern:
        return {}
    found: dict[str, Any] = {
        "OPENVIDU_STREAMS_FORCED_VIDEO_CODEC": world.profile.codecs[0],
        "OPENVIDU_STREAMS_ALLOW_TRANSCODING": False,
    }
    if world.profile.simulcast:
        found["OPENVIDU_WEBRTC_SIMULCAST"] = False
    return found
