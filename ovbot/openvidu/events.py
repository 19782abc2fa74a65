"""What a server's webhook says: the body of one delivery as a typed value.

(OpenVidu docs, "OpenVidu Webhook" and "OpenVidu CDR".) Deliveries carry no id and may come
several times, late, or never; ``WebhookEvent.key`` tells two deliveries of one event.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

import msgspec

from ovbot.openvidu.foreign import DATA, WORD, cut
from ovbot.openvidu.mending import NOT_JSON, member, well_formed
from ovbot.openvidu.models import Bytes, Millis, Seconds
from ovbot.openvidu.participants import public_id
from ovbot.openvidu.shorten import Shortened

BODY_LIMIT: Final = 4 * 1024 * 1024
"""Bytes, once long strings are cut. The largest event OpenVidu makes itself, the signal to a room
of thousands, has a few hundred thousand."""
_READ_WHOLE: Final = 64 * 1024
_FIELD_LIMIT: Final = 160 * 1024
"""Bytes of one field of a larger event; a longer one is left out."""


class UnreadableEvent(ValueError):
    """The body of a delivery is too large, not JSON, not an object, or names no event."""


class WebhookEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event. What it does not tell is None; times are milliseconds UTC.

    ``kind`` is the event's own name (``participantJoined``), known or not; ``duration`` is in
    seconds, ``size`` in bytes. ``connection_id`` is ``participantId`` on older servers and
    ``recording_id`` the plain ``id`` of a recording event; ``status`` is a recording's, or a
    media node's new one. ``node_id`` is its address where it has no id. Names and data are foreign
    text, written by whoever joined.
    """

    kind: str
    key: str
    """64 hexadecimal digits, the same for every delivery of the event."""
    session_id: str | None = None
    session_created_at: int | None = None
    """When its session was created, as servers from 2.17 on tell with each event."""
    connection_id: str | None = None
    stream_id: str | None = None
    recording_id: str | None = None
    node_id: str | None = None
    status: str | None = None
    old_status: str | None = None
    timestamp: int | None = None
    start_time: int | None = None
    duration: float | None = None
    reason: str | None = None
    client_data: str | None = None
    server_data: str | None = None
    platform: str | None = None
    location: str | None = None
    direction: str | None = None
    """``INBOUND`` (somebody receives) or ``OUTBOUND`` (somebody publishes)."""
    receiving_from: str | None = None
    video_source: str | None = None
    name: str | None = None
    output_mode: str | None = None
    resolution: str | None = None
    size: int | None = None
    has_audio: bool | None = None
    has_video: bool | None = None
    signal_type: str | None = None
    as_utf8: bool = False
    """It has letters beyond ASCII and was read as UTF-8. A server that writes Latin-1 has written
    others then, which only its version tells (``delivery.letters``)."""
    recorded: bool = False
    """It was read from the CDR, which loses no letters."""


def parse_event(body: bytes) -> WebhookEvent:
    """Read the body of a delivery: UTF-8, or Latin-1 as servers up to 2.17 send it.

    Raises UnreadableEvent, whose text says why and quotes nothing of the body.
    """
    raw, as_utf8 = _decoded(body)
    kind = _text(raw, "event")
    if not kind:
        raise UnreadableEvent("the body does not name an event")
    of_recording = kind.startswith("recording")
    own_id = _id(raw, "id")
    told: dict[str, Any] = {}
    for name in raw:
        for field, read, names in _TOLD_BY.get(name, ()):
            if field not in told:
                told[field] = read(raw, *names)
    return WebhookEvent(
        kind=cut(kind, 100),
        key=_key(kind, raw),
        session_created_at=_created_at(raw),
        recording_id=own_id if of_recording else None,
        node_id=None if of_recording else (own_id or _id(raw, "nodeId") or _address(kind, raw)),
        as_utf8=as_utf8,
        **told,
    )


_ONLY_IN_CDR: Final = frozenset({"recordingStarted", "recordingStopped"})
"""What servers up to 2.15 write there and never send: recordingStatusChanged says the same."""


def parse_record(line: bytes) -> WebhookEvent | None:
    """Read a line of the CDR, ``{"participantLeft": {…}}``: the event that a webhook tells, too.

    None for what is written there alone. Raises UnreadableEvent as ``parse_event`` does.
    """
    try:
        record = msgspec.json.decode(line, type=dict[str, dict[str, Any]])
        ((kind, fields),) = record.items()
        body = msgspec.json.encode({**fields, "event": kind})
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        raise UnreadableEvent("the line is not a record of one event") from problem
    if kind in _ONLY_IN_CDR:
        return None
    return msgspec.structs.replace(parse_event(body), as_utf8=False, recorded=True)


def _decoded(body: bytes) -> tuple[dict[str, Any], bool]:
    """The event, and whether it was UTF-8 rather than just ASCII."""
    if len(body) > _READ_WHOLE:
        kept = Shortened()
        kept.add(body)
        body = bytes(kept.body)
        if len(body) > BODY_LIMIT:
            raise UnreadableEvent(f"the body is larger than {BODY_LIMIT // 1024**2} MB")
    try:
        text, as_utf8 = body.decode("utf-8"), not body.isascii()
    except UnicodeDecodeError:
        text, as_utf8 = body.decode("latin-1"), False
    try:
        raw = _json(text)
    except NOT_JSON as problem:
        raise UnreadableEvent("the body is not JSON") from problem
    if not isinstance(raw, dict):
        raise UnreadableEvent("the body is not a JSON object")
    return raw, as_utf8


def _json(text: str) -> Any:
    """The body, mended if need be. Raises what NOT_JSON lists."""
    if len(text) > _READ_WHOLE:
        return _fields(text)
    try:
        return msgspec.json.decode(text)
    except NOT_JSON:
        return msgspec.json.decode(well_formed(text.encode("utf-8", "replace")))


def _fields(text: str) -> dict[str, Any]:
    """The fields of a large event that are not large themselves."""
    fields = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    small = {name: each for name, each in fields.items() if len(memoryview(each)) <= _FIELD_LIMIT}
    return {name: msgspec.json.decode(each) for name, each in small.items()}


_WRITTEN: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


def _key(kind: str, raw: dict[str, Any]) -> str:
    """What makes an event this event; nothing that a repeated delivery could tell otherwise."""
    parts = [
        kind,
        _text(raw, "sessionId"),
        _text(raw, "connectionId", "participantId"),
        _text(raw, "streamId"),
        _text(raw, "id", "nodeId") or _address(kind, raw),
        _text(raw, "status", "newStatus"),
        member(raw, "timestamp", Millis),
    ]
    written = _WRITTEN.encode(parts)
    return hashlib.sha256(written.encode("ascii")).hexdigest()


def _address(kind: str, raw: dict[str, Any]) -> str | None:
    """Where a node is, which alone tells it from others: a crashed master node has no id."""
    return _id(raw, "ip", "uri") if "node" in kind.lower() else None


def _text(raw: dict[str, Any], *names: str) -> str | None:
    """The first of ``names`` that is a non-empty string."""
    for name in names:
        value = raw.get(name)
        if value and isinstance(value, str):
            return value
    return None


def _word(raw: dict[str, Any], *names: str, limit: int = WORD) -> str | None:
    found = _text(raw, *names)
    return None if found is None else cut(found, limit)


def _created_at(raw: dict[str, Any]) -> int | None:
    """From ``uniqueSessionId``, which is the session's id, ``_`` and the time (ms)."""
    session, unique = _text(raw, "sessionId"), _text(raw, "uniqueSessionId")
    digits = (unique or "").removeprefix(f"{session}_")
    return int(digits) if len(digits) == 13 and digits.isdecimal() and digits.isascii() else None


def _id(raw: dict[str, Any], *names: str) -> str | None:
    found = _text(raw, *names)
    return None if found is None else public_id(found)


def _flag(raw: dict[str, Any], *names: str) -> bool | None:
    for name in names:
        flag = member(raw, name, bool)
        if flag is not None:
            return flag
    return None


def _data(raw: dict[str, Any], *names: str) -> str | None:
    return _word(raw, *names, limit=DATA)


def _millis(raw: dict[str, Any], name: str) -> int | None:
    return member(raw, name, Millis)


def _seconds(raw: dict[str, Any], name: str) -> float | None:
    return member(raw, name, Seconds)


def _bytes(raw: dict[str, Any], name: str) -> int | None:
    return member(raw, name, Bytes)


_Read = Callable[..., object]
_FIELDS: Final[dict[str, tuple[_Read, tuple[str, ...]]]] = {
    "session_id": (_id, ("sessionId",)),
    "connection_id": (_id, ("connectionId", "participantId")),
    "stream_id": (_id, ("streamId",)),
    "status": (_word, ("status", "newStatus")),
    "old_status": (_word, ("oldStatus",)),
    "timestamp": (_millis, ("timestamp",)),
    "start_time": (_millis, ("startTime",)),
    "duration": (_seconds, ("duration",)),
    "reason": (_word, ("reason",)),
    "client_data": (_data, ("clientData",)),
    "server_data": (_data, ("serverData",)),
    "platform": (_word, ("platform",)),
    "location": (_word, ("location",)),
    "direction": (_word, ("connection",)),
    "receiving_from": (_id, ("receivingFrom",)),
    "video_source": (_word, ("videoSource",)),
    "name": (_word, ("name",)),
    "output_mode": (_word, ("outputMode",)),
    "resolution": (_word, ("resolution",)),
    "size": (_bytes, ("size",)),
    "has_audio": (_flag, ("hasAudio", "audioEnabled")),
    "has_video": (_flag, ("hasVideo", "videoEnabled")),
    "signal_type": (_word, ("type",)),
}
"""How each field is read, and what it is called: the first of the names that says something."""
_TOLD_BY: Final[dict[str, list[tuple[str, _Read, tuple[str, ...]]]]] = {}
"""By each of these names. An event has few of them, and OpenVidu's only sender waits meanwhile."""
for _field, (_read, _names) in _FIELDS.items():
    for _name in _names:
        _TOLD_BY.setdefault(_name, []).append((_field, _read, _names))
