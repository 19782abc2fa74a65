"""A server's configuration as it may be shown: secrets and webhook headers are masked.

GET config returns the webhook's headers in clear, and Pro's configuration passwords of other
services, so nothing of it goes further than this module unmasked.
(OpenVidu docs, REST API, "GET /openvidu/api/config".)
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import msgspec

from ovbot.openvidu.dialects import Edition, is_pro
from ovbot.openvidu.mending import NOT_JSON, member, well_formed
from ovbot.openvidu.secret import MASK, Secret, mask_uri
from ovbot.openvidu.wire import Reply

Property: TypeAlias = str | int | float | bool | list[str] | None

VERSION_LIMIT = 40
_HARMLESS = re.compile(
    r"VERSION|DOMAIN_OR_PUBLIC_IP|HTTPS?_PORT|CERTIFICATE_TYPE|MEDIA_SERVER_PREFERRED"
    r"|SUPPORT_DEPRECATED_API|FORCE_PLAIN_HTTP|KMS_URIS"
    r"|OPENVIDU_(?:PUBLICURL|EDITION|CDR|CDR_PATH|SERVER_DEPENDENCY_VERSION|WEBHOOK"
    r"|WEBHOOK_ENDPOINT|WEBHOOK_EVENTS|WEBRTC_SIMULCAST)"
    r"|OPENVIDU_RECORDING(?:_(?:AUTOSTOP_TIMEOUT|CUSTOM_LAYOUT|NOTIFICATION|PATH|PUBLIC_ACCESS"
    r"|VERSION|COMPOSED_BASICAUTH|COMPOSED_URL|ELASTICSEARCH|STORAGE|ENABLE_GPU))?"
    r"|OPENVIDU_SESSIONS_GARBAGE_(?:INTERVAL|THRESHOLD)"
    r"|OPENVIDU_STREAMS_(?:ALLOW_TRANSCODING|FORCED_VIDEO_CODEC"
    r"|VIDEO_(?:MAX|MIN)_(?:RECV|SEND)_BANDWIDTH)"
    r"|OPENVIDU_PRO_CLUSTER_(?:ID|ENVIRONMENT|MEDIA_NODES|PATH|MODE|LOAD_INTERVAL"
    r"|AUTOSCALING(?:_(?:MAX|MIN)_(?:LOAD|NODES))?|RECONNECTION_TIMEOUT)"
    r"|OPENVIDU_PRO_(?:ELASTICSEARCH|KIBANA)(?:_(?:HOST|VERSION|MAX_DAYS_DELETE))?"
    r"|OPENVIDU_PRO_STATS_(?:MONITORING|WEBRTC)_INTERVAL"
    r"|OPENVIDU_PRO_(?:SPEECH_TO_TEXT|NETWORK_QUALITY|NETWORK_QUALITY_INTERVAL|CORE_NODES)"
)
"""The keys whose values are known to give nothing away. Each release has new ones, and whoever runs
a server may add some: what is not named here is masked, whatever it looks like."""


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says about its configuration. ``properties`` holds all of it, masked."""

    version: str
    edition: Edition
    public_url: str
    recording: bool
    cdr: bool
    """Whether it keeps a file of every event (OPENVIDU_CDR)."""
    recording_public_access: bool
    recording_autostop_timeout: int | None
    """Seconds that a recording goes on while nobody publishes."""
    webhook: bool
    webhook_endpoint: str | None
    webhook_headers: tuple[str, ...]
    """Names only."""
    webhook_authorization: tuple[Secret, ...]
    """What the header of that name holds, to be compared and never to be shown."""
    webhook_events: tuple[str, ...]
    properties: dict[str, Property]
    """Every key as the server names it, in the server's order; secrets read ``***``."""


def server_config(reply: Reply) -> ServerConfig:
    """GET config, of Community and of Pro. Raises msgspec.MsgspecError if it is neither."""
    return parse_config(reply.body)


def parse_config(body: bytes | bytearray) -> ServerConfig:
    """The configuration in the body of an answer. Raises msgspec.MsgspecError if there is none."""
    raw = _members(body)
    if "VERSION" not in raw and not any(key.startswith("OPENVIDU_") for key in raw):
        raise msgspec.ValidationError("no configuration of OpenVidu's")
    version = raw.get("VERSION")
    endpoint = raw.get("OPENVIDU_WEBHOOK_ENDPOINT")
    return ServerConfig(
        version=version[:VERSION_LIMIT] if isinstance(version, str) else "",
        edition="pro" if is_pro(set(raw)) else "ce",
        public_url=mask_uri(str(raw.get("OPENVIDU_PUBLICURL") or "")),
        recording=member(raw, "OPENVIDU_RECORDING", bool) is True,
        cdr=member(raw, "OPENVIDU_CDR", bool) is True,
        recording_public_access=member(raw, "OPENVIDU_RECORDING_PUBLIC_ACCESS", bool) is True,
        recording_autostop_timeout=member(raw, "OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT", int),
        webhook=member(raw, "OPENVIDU_WEBHOOK", bool) is True,
        webhook_endpoint=mask_uri(endpoint) if isinstance(endpoint, str) else None,
        webhook_headers=tuple(
            header.partition(":")[0].strip()
            for header in _texts(raw, "OPENVIDU_WEBHOOK_HEADERS")
            if ":" in header
        ),
        webhook_authorization=tuple(
            Secret(value.strip())
            for name, _, value in (
                header.partition(":") for header in _texts(raw, "OPENVIDU_WEBHOOK_HEADERS")
            )
            if name.strip().lower() == "authorization"
        ),
        webhook_events=_texts(raw, "OPENVIDU_WEBHOOK_EVENTS"),
        properties={key: masked(key, value) for key, value in raw.items()},
    )


def _members(body: bytes | bytearray) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except NOT_JSON:
        return msgspec.json.decode(well_formed(body), type=dict[str, Any])


def _texts(raw: dict[str, Any], key: str) -> tuple[str, ...]:
    value = raw.get(key)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def masked(key: str, value: Any) -> Property:
    """The value of a property as it may be shown."""
    if value is None:
        return None
    if isinstance(value, list):
        return [_masked_text(key, str(item)) for item in value]
    if not _HARMLESS.fullmatch(key):
        return MASK if value != "" else ""
    if isinstance(value, bool | int | float):
        return value
    return _masked_text(
        key, value if isinstance(value, str) else msgspec.json.encode(value).decode()
    )


def _masked_text(key: str, text: str) -> str:
    if _HARMLESS.fullmatch(key):
        return mask_uri(text)
    if key == "OPENVIDU_WEBHOOK_HEADERS" and ":" in text:
        return f"{text.split(':')[0].strip()}: {MASK}"
    return MASK if text else text
