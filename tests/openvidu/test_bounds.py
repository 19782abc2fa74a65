"""Answers without end, over real sockets: refused in words, in time, and without filling memory."""

from __future__ import annotations

import asyncio
import resource
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ovbot.openvidu import OpenVidu
from ovbot.openvidu import errors as e
from ovbot.openvidu.bodies import TooLong, whole
from ovbot.openvidu.wire import MEGABYTE
from tests.openvidu.harness import SECRET
from tests.openvidu.test_sockets import answering

PATIENCE = 0.3
CONFIG = b'{"VERSION":"2.20.0"}'
PIECE = b"x" * MEGABYTE
GIGABYTE = 1024 * MEGABYTE


class Memory:
    """How much more this process holds than at first."""

    def __init__(self) -> None:
        self._first = self._most = self._now()

    @staticmethod
    def _now() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

    async def watch(self) -> None:
        while True:
            self._most = max(self._most, self._now())
            await asyncio.sleep(0.02)

    @property
    def grown(self) -> int:
        return max(self._most, self._now()) - self._first


def bomb(size: int) -> bytes:
    """gzip that unpacks to that many zeros, made of one block again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    first = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * (size // MEGABYTE - 1) + packer.flush()


def forever(piece: bytes) -> Iterator[bytes]:
    while True:
        yield piece


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def announced() -> Iterator[bytes]:
    yield HEAD + b"Content-Length: %d\r\n\r\n" % GIGABYTE
    yield from forever(PIECE)


def unannounced() -> Iterator[bytes]:
    yield HEAD + b"Connection: close\r\n\r\n"
    yield from forever(PIECE)


def chunks() -> Iterator[bytes]:
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from forever(b"100000\r\n" + PIECE + b"\r\n")


def crumbs() -> Iterator[bytes]:
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    yield from forever(b"1\r\nx\r\n" * 1000)


def unfolding() -> Iterator[bytes]:
    packed = bomb(2 * GIGABYTE)
    yield HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed


def headers() -> Iterator[bytes]:
    yield HEAD
    yield from forever(b"X-More: and more\r\n" * 1000)


def header() -> Iterator[bytes]:
    yield HEAD + b"X-Long: "
    yield from forever(PIECE)


def status_line() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 "
    yield from forever(PIECE)


def provisional() -> Iterator[bytes]:
    yield from forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def trailers() -> Iterator[bytes]:
    yield HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    yield from forever(b"X-More: and more\r\n" * 1000)


ENDLESS = (
    *(announced, unannounced, chunks, crumbs, unfolding),
    *(headers, header, status_line, provisional, trailers),
)
LONG = (announced, unannounced, chunks, unfolding)


@pytest.mark.parametrize("kind", ENDLESS)
@pytest.mark.parametrize("asking", [True, False], ids=["question", "change"])
async def test_an_answer_without_end(kind: object, *, asking: bool) -> None:
    async def answer(head: bytes, writer: asyncio.StreamWriter) -> None:
        if b"/config " in head:
            writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(CONFIG) + CONFIG)
            return
        assert callable(kind)
        for piece in kind():
            writer.write(piece)
            await writer.drain()

    patience = 1.0 if kind in LONG else PATIENCE  # these end by the bound, the others by the time
    async with answering(answer) as (url, _), OpenVidu(url, SECRET, patience=patience) as client:
        call = client.session("daily") if asking else client.signal("daily", "hello")
        began, memory = time.monotonic(), Memory()
        watching = asyncio.create_task(memory.watch())
        with pytest.raises(e.OpenViduError) as caught:
            await call
        took = time.monotonic() - began
        watching.cancel()
        problem = caught.value
        assert took < 15 * patience + 3
        assert memory.grown < 96 * MEGABYTE, f"{memory.grown / MEGABYTE:.0f} MB"
        if not asking:
            assert type(problem) is e.Unknown
            assert problem.finder == "session"
        elif kind in LONG:
            assert type(problem) is e.Unexpected
        if kind in LONG:
            assert "is longer than 16 MB and was not read" in problem.sentence
            assert client.server is not None  # it is there; only this cannot be read


@pytest.mark.parametrize("size", [0, 10, 1000])
async def test_what_is_within_the_bound_is_unpacked_whole(size: int) -> None:
    text = bytes(range(256)) * size
    for packed in (zlib.compress(text), zlib.compressobj(wbits=31).flush()):
        response = httpx.Response(
            200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(packed)
        )
        assert await whole(response, len(text)) in (text, b"")


async def test_the_bound_itself() -> None:
    exact = httpx.Response(200, stream=httpx.ByteStream(b"x" * 100))
    assert len(await whole(exact, 100)) == 100
    over = httpx.Response(200, stream=httpx.ByteStream(b"x" * 101))
    with pytest.raises(TooLong):
        await whole(over, 100)


@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("br", b"anything"),
        ("gzip, gzip", b"anything"),
        ("gzip", b"not packed at all"),
        ("gzip", zlib.compress(b"x" * 1000)[:-5]),
    ],
)
async def test_what_cannot_be_unpacked_is_told(packing: str, body: bytes) -> None:
    response = httpx.Response(
        200, headers={"content-encoding": packing}, stream=httpx.ByteStream(body)
    )
    with pytest.raises(httpx.DecodingError):
        await whole(response, 10_000)


@pytest.mark.parametrize("cut", [True, False])
async def test_long_strings_are_cut_but_not_in_files(*, cut: bool) -> None:
    text = b'{"clientData":"' + b"x" * 300_000 + b'"}'
    response = httpx.Response(200, stream=httpx.ByteStream(text))
    body = await whole(response, MEGABYTE, cut=cut)
    assert (len(body) < 200_000) is cut
    assert (body == text) is not cut
