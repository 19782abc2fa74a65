"""Reading large listings as they arrive: little memory, and everything else running between.

A listing of a thousand sessions with twenty connections each has 14 to 20 MB. It is cut where
one session ends and the next begins, and each piece is decoded and dropped before the next has
come. The cuts are found by how OpenVidu begins a session, which cannot occur inside a string,
since quotes are escaped there; should it occur elsewhere, the piece does not decode, and is cut
further on. A listing that does not begin as OpenVidu's do is read as a whole.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from ovbot.openvidu.decode import NodeBody, NodeList, Reader, SessionBody
from ovbot.openvidu.models import MediaNode, Model, Recording, Session

PIECE_BYTES: Final = 512 * 1024
"""Decoded in about a millisecond."""

_HEAD: Final = re.compile(rb'\{"numberOfElements":\d+,"content":\[')
_BORDER: Final = re.compile(rb',\{"(?:sessionId":|id":"[^"\\]*","object":"session")')


_OPENING, _CLOSING, _COMMA = b"[],"


class _Content(Model, frozen=True):
    content: list[msgspec.Raw]


class _Items(Model, frozen=True):
    items: list[msgspec.Raw]


_content = msgspec.json.Decoder(_Content)
_items = msgspec.json.Decoder(_Items)
_piece = Reader(tuple[SessionBody, ...])
_session = Reader(SessionBody)
_recording = Reader(Recording)
_node = Reader(NodeBody)
_nodes = Reader(NodeList)


async def sessions(chunks: AsyncIterator[bytes]) -> tuple[Session, ...]:
    """GET sessions."""
    found: list[Session] = []
    parts: list[bytes | bytearray] = []
    held, due, begun = 0, PIECE_BYTES, False
    async for chunk in chunks:
        parts.append(chunk)
        held += len(chunk)
        if held < due:
            continue
        rest = bytearray().join(parts)
        begun = begun or _begin(rest)
        if begun:
            await _take(rest, found)
        parts, held = [rest], len(rest)
        due = max(PIECE_BYTES, held * 2)  # what could not be cut yet is not to be copied often
    rest = bytearray().join(parts)
    if not (begun or _begin(rest)):
        return tuple(await _one_by_one(_content.decode(rest).content))
    if not rest.endswith(b"]}"):
        raise msgspec.DecodeError("a listing without an end")
    found += _decoded(rest, len(rest) - 1)
    return tuple(found)


async def recordings(chunks: AsyncIterator[bytes]) -> tuple[Recording, ...]:
    """GET recordings."""
    found: list[Recording] = []
    for number, raw in enumerate(_items.decode(await gathered(chunks)).items, start=1):
        found.append(_recording(raw))
        if number % 1000 == 0:
            await asyncio.sleep(0)
    return tuple(found)


async def media_node(chunks: AsyncIterator[bytes]) -> MediaNode:
    """GET media-nodes/ID, with the sessions on it if they were asked for."""
    body = _node(await gathered(chunks))
    return body.node(tuple(await _one_by_one(body.sessions)))


async def media_nodes(chunks: AsyncIterator[bytes]) -> tuple[MediaNode, ...]:
    """GET media-nodes, with the sessions on them if they were asked for."""
    bodies = _nodes(await gathered(chunks)).content
    return tuple([body.node(tuple(await _one_by_one(body.sessions))) for body in bodies])


async def gathered(chunks: AsyncIterator[bytes]) -> bytearray:
    """A body in one piece of memory."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
    return body


def _begin(rest: bytearray) -> bool:
    """Whether it is a listing to be cut; if so, leave of its head only the bracket."""
    head = _HEAD.match(rest)
    if head is not None:
        del rest[: head.end() - 1]
    return head is not None


async def _take(rest: bytearray, found: list[Session]) -> None:
    """Move what there is of whole sessions from ``rest`` to ``found``, piece by piece."""
    wanted = PIECE_BYTES
    while len(rest) > wanted:
        cut = _cut(rest, wanted, found)
        if cut:
            del rest[:cut]
            wanted = PIECE_BYTES
            await asyncio.sleep(0)
        else:
            wanted = wanted * 5 // 4


def _cut(rest: bytearray, wanted: int, found: list[Session]) -> int:
    """Decode up to a border behind ``wanted``; where the next piece begins, or 0 for no border.

    In place, brackets for commas, since copying would take as long as decoding.
    """
    for _ in range(2):  # what looks like a border may lie inside a session: then the next
        border = _BORDER.search(rest, wanted)
        if border is None:
            break
        comma, wanted = border.span()
        rest[comma] = _CLOSING
        try:
            found += _decoded(rest, comma + 1)
        except msgspec.DecodeError:
            rest[comma] = _COMMA
        else:
            rest[comma] = _OPENING
            return comma
    return 0


def _decoded(rest: bytearray, end: int) -> list[Session]:
    with memoryview(rest) as view, view[:end] as piece:
        return [told.session() for told in _piece(piece)]


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
