"""Files over HTTP, with ranges, as Spring's resource handler serves them.

RFC 9110 section 14: one range is a 206, several are a multipart 206, none that fits is a 416.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from email.utils import formatdate, parsedate_to_datetime

from ovbot.sandbox.openvidu.messages import Call, Reply, dumps
from ovbot.sandbox.openvidu.rest.objects import recording_object
from ovbot.sandbox.openvidu.state.model import Recording
from ovbot.sandbox.openvidu.state.world import World

_RANGE = re.compile(r"(\d*)-(\d*)")
_BOUNDARY = "ovbot-simulated-boundary"


async def download(world: World, call: Call) -> Reply:
    """GET <recordings>/<RECORDING_ID>/<file>."""
    recording_id, name = call.variables
    recording = world.recordings.items.get(recording_id)
    content = _content(world, recording, name) if recording is not None else None
    if recording is None or content is None:
        return world.bodies.spring(404, "No message available", call.path)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return served(world, call, content, kind, modified=recording.created_at // 1000)


async def layout(world: World, call: Call) -> Reply:
    """GET <layouts>/<path>: a page of the operator's own."""
    folder, _, page = call.variables[0].rpartition("/")
    if page != "index.html" or folder not in world.config.layouts:
        return world.bodies.spring(404, "No message available", call.path)
    return served(world, call, b"<!doctype html>", "text/html", modified=0)


def served(world: World, call: Call, content: bytes, kind: str, *, modified: int) -> Reply:
    """A file, or what was asked of it; ``modified`` in seconds since 1970."""
    changed = ("Last-Modified", formatdate(modified, usegmt=True))
    if _unchanged(call, modified):
        return Reply(304, headers=(changed,))
    headers = (changed, ("Accept-Ranges", "bytes"))
    wanted = call.headers.get("range")
    if wanted is None:
        return Reply(200, content, kind, headers)
    spans = _spans(wanted, len(content))
    if not spans:
        total = ("Content-Range", f"bytes */{len(content)}")
        return world.bodies.spring(416, "No message available", call.path, (*headers, total))
    return _partial(content, kind, headers, spans)


def _content(world: World, recording: Recording, name: str) -> bytes | None:
    if name == f".recording.{recording.id}":
        return dumps(recording_object(world.profile, recording))
    return recording.files.get(name)


def _unchanged(call: Call, modified: int) -> bool:
    since = call.headers.get("if-modified-since")
    try:
        return since is not None and modified <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return False


def _partial(
    content: bytes, kind: str, headers: tuple[tuple[str, str], ...], spans: list[tuple[int, int]]
) -> Reply:
    total = len(content)
    if len(spans) == 1:
        first, last = spans[0]
        placed = ("Content-Range", f"bytes {first}-{last}/{total}")
        return Reply(206, content[first : last + 1], kind, (*headers, placed))
    boundary = f"{_BOUNDARY}-{hashlib.sha256(content).hexdigest()[:16]}"
    parts = [
        f"\r\n--{boundary}\r\nContent-Type: {kind}\r\n"
        f"Content-Range: bytes {first}-{last}/{total}\r\n\r\n".encode()
        + content[first : last + 1]
        for first, last in spans
    ]
    body = b"".join(parts) + f"\r\n--{boundary}--".encode()
    return Reply(206, body, f"multipart/byteranges;boundary={boundary}", headers)


def _spans(wanted: str, total: int) -> list[tuple[int, int]]:
    """First and last byte of each range; empty if any of them cannot be served."""
    unit, _, listed = wanted.partition("=")
    if unit.strip().lower() != "bytes":
        return []
    spans = []
    for each in listed.split(","):
        match = _RANGE.fullmatch(each.strip())
        if match is None or not any(match.groups()):
            return []
        first, last = match.groups()
        if not first:
            begin, end = max(total - int(last), 0), total - 1
        else:
            begin, end = int(first), min(int(last), total - 1) if last else total - 1
        if begin > end:
            return []
        spans.append((begin, end))
    return spans
