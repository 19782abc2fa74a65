"""Reading large listings: a few milliseconds at a time, with everything else running between.

A listing of a thousand sessions with twenty connections each has 14 to 18 MB. It is cut where
one session ends and the next begins, and decoded piece by piece. The cuts are found by how
OpenVidu begins a session, which cannot occur inside a string, since quotes are escaped there.
Should a server write it otherwise, the pieces do not decode, and one pass over the whole finds
out where each session lies.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from ovbot.openvidu.decode import NodeBody, NodeList, Reader, SessionBody
from ovbot.openvidu.models import MediaNode, Model, Recording, Session, dec_hook
from ovbot.openvidu.wire import Reply

PIECE_BYTES: Final = 512 * 1024
"""Decoded in about a millisecond."""

_HEAD: Final = re.compile(rb'\{"numberOfElements":(\d+),"content":\[')
_BORDER: Final = re.compile(rb',\{"(?:sessionId":|id":"[^"\\]*","object":"session")')


class _Content(Model, frozen=True):
    content: list[msgspec.Raw]


class _Items(Model, frozen=True):
    items: list[msgspec.Raw]


_content = msgspec.json.Decoder(_Content)
_items = msgspec.json.Decoder(_Items)
_piece = msgspec.json.Decoder(tuple[SessionBody, ...], dec_hook=dec_hook)
_session = Reader(SessionBody)
_recording = Reader(Recording)
_node = Reader(NodeBody)
_nodes = Reader(NodeList)


async def sessions(reply: Reply) -> tuple[Session, ...]:
    """GET sessions."""
    found = await _by_pieces(reply.body)
    if found is None:
        found = await _one_by_one(_content.decode(reply.body).content)
    return tuple(found)


async def recordings(reply: Reply) -> tuple[Recording, ...]:
    """GET recordings."""
    found: list[Recording] = []
    for number, raw in enumerate(_items.decode(reply.body).items, start=1):
        found.append(_recording(raw))
        if number % 1000 == 0:
            await asyncio.sleep(0)
    return tuple(found)


async def media_node(reply: Reply) -> MediaNode:
    """GET media-nodes/ID, with the sessions on it if they were asked for."""
    body = _node(reply.body)
    return body.node(tuple(await _one_by_one(body.sessions)))


async def media_nodes(reply: Reply) -> tuple[MediaNode, ...]:
    """GET media-nodes, with the sessions on them if they were asked for."""
    bodies = _nodes(reply.body).content
    return tuple([body.node(tuple(await _one_by_one(body.sessions))) for body in bodies])


async def _by_pieces(body: bytes | bytearray) -> list[Session] | None:
    """The sessions of a listing cut into pieces, or None if it cannot be cut like that."""
    head = _HEAD.match(body)
    if head is None or not body.endswith(b"]}"):
        return None
    count, begin, end = int(head[1]), head.end(), len(body) - 2
    found: list[Session] = []
    paper = memoryview(body)
    while begin < end:
        border = _BORDER.search(body, begin + PIECE_BYTES)
        until = border.start() if border is not None else end
        try:
            piece = _piece.decode(b"".join((b"[", paper[begin:until], b"]")))
        except msgspec.DecodeError:
            return None
        found += [told.session() for told in piece]
        begin = until + 1
        await asyncio.sleep(0)
    return found if len(found) == count else None


async def _one_by_one(raws: Sequence[msgspec.Raw]) -> list[Session]:
    """Sessions that are known to lie here and there, each decoded on its own."""
    found: list[Session] = []
    due = PIECE_BYTES
    for raw in raws:
        found.append(_session(raw).session())
        due -= len(memoryview(raw))
        if due < 0:
            due = PIECE_BYTES
            await asyncio.sleep(0)
    return found
