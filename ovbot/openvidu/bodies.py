"""The body of an answer, whole, unpacked, and never longer than was allowed for.

httpx unpacks what arrives at once as far as it goes, and a megabyte of gzip can go to a gigabyte;
here it is unpacked only as far as the bound.
"""

from __future__ import annotations

import zlib
from typing import Final

import httpx

from ovbot.openvidu.shorten import LONG, Shortened

PACKINGS: Final = "gzip, deflate"
"""What is asked for, and what can be unpacked here."""
PIECE: Final = 1024 * 1024
CUT_TIMES: Final = 8
"""How many times the bound may come in, if so much of it is strings that are cut."""
_ANY_HEADER: Final = 47
"""zlib's way to say: gzip or zlib, whichever the header tells."""


class TooLong(httpx.DecodingError):
    """An answer went beyond the bound and was not read on."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"longer than {limit // 1024**2} MB")
        self.limit = limit


async def whole(response: httpx.Response, limit: int, *, cut: bool = True) -> bytearray:
    """The body of a response whose head has come, unpacked. Raises TooLong and DecodingError.

    It grows in place: joining the parts of a large one would hold it twice. Strings in it that
    people chose too long are ``cut``, and do not count but for a larger bound.
    """
    kept = _Bounded(limit, LONG if cut else limit)
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity"):
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > limit * CUT_TIMES:
            raise TooLong(limit)
        async for part in response.aiter_bytes():
            kept.add(part)
        return kept.body
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise httpx.DecodingError("packed in a way that was not asked for")
    unpacking = zlib.decompressobj(_ANY_HEADER)
    async for part in response.aiter_raw():
        _unpack(unpacking, part, kept)
    if not unpacking.eof:
        raise httpx.DecodingError("the packed answer ends in its midst")
    return kept.body


class _Bounded(Shortened):
    """What is kept of a body, and how much of it came; raises TooLong beyond the bounds."""

    def __init__(self, limit: int, long: int) -> None:
        super().__init__(long)
        self._limit, self._came = limit, 0

    def add(self, piece: bytes) -> None:
        self._came += len(piece)
        super().add(piece)
        if len(self.body) > self._limit or self._came > self._limit * CUT_TIMES:
            raise TooLong(self._limit)


def _unpack(unpacking: zlib._Decompress, part: bytes, kept: _Bounded) -> None:
    """Add what a part unpacks to, a piece at a time."""
    try:
        while part:
            kept.add(unpacking.decompress(part, PIECE))
            part = unpacking.unconsumed_tail
    except zlib.error as problem:
        raise httpx.DecodingError(str(problem)) from problem
