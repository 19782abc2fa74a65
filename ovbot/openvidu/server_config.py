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
_SECRET = re.compile(
    r"SECRET|PASSW|TOKEN|CREDENTIAL|HEADER|PRIVATE|LICENSE|_KEY|AUTH", re.IGNORECASE
)


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
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list):
        return [_masked_text(key, str(item)) for item in value]
    return _masked_text(
        key, value if isinstance(value, str) else msgspec.json.encode(value).decode()
    )


def _masked_text(key: str, text: str) -> str:
    if not _SECRET.search(key):
        return mask_uri(text)
    if "HEADER" in key.upper() and ":" in text:
        return f"{text.split(':')[0].strip()}: {MASK}"
    return MASK if text else text
