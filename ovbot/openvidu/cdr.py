"""The files of the CDR: every event that the server ever sent, or meant to send, a line each.

With OPENVIDU_CDR=true a server writes each event before it sends it to the webhook, and serves the
files of the last thirty days (OpenVidu docs, "OpenVidu CDR"; CDRRestController and CDRHttpHandler
in openvidu-server). A file is of one day and one start of the server, ``CDR.<day>_<start>.log``,
and only ever grows.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from ovbot.openvidu import errors
from ovbot.openvidu.calls import Calls
from ovbot.openvidu.wire import Meaning, Operation, Reply

PIECE: Final = 1024 * 1024
"""Bytes that are asked for at once; a line that is longer is left out."""
_NAME = re.compile(r"[\w.\-]{1,200}\.log")
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


class CdrPiece(msgspec.Struct, frozen=True):
    """Whole lines of a file, each with its line feed, from ``begin`` to ``end`` (bytes).

    ``skipped`` bytes before them are of a line that cannot be read as one. ``size`` is the file's
    own at that moment: there is more behind a piece that ends before it, or a line half written.
    """

    begin: int
    lines: tuple[bytes, ...]
    end: int
    size: int
    skipped: int = 0


class _Range(msgspec.Struct, frozen=True):
    """A part of a file, and how large all of it is (bytes)."""

    data: bytes
    size: int


def _names(reply: Reply) -> tuple[str, ...]:
    """The names of a directory's files that can be read; its folders cannot."""
    listed = msgspec.json.decode(reply.body, type=list[Any])
    return tuple(sorted(name for name in listed if isinstance(name, str) and _NAME.fullmatch(name)))


def _range(reply: Reply) -> _Range:
    """A part of a file, with its place in it."""
    found = _RANGE.fullmatch(reply.headers.get("content-range", ""))
    if found is None:
        raise msgspec.ValidationError("a part of a file without its place")
    first, last, size = map(int, found.groups())
    if len(reply.body) != last - first + 1:
        raise msgspec.ValidationError("a part of a file that is not whole")
    return _Range(bytes(reply.body), size)


FILES = Operation(
    name="cdr_files",
    verb="cdr",
    doing="list the files of the CDR",
    method="GET",
    path="",
    root="cdr",
    read=_names,
)
FILE = Operation(
    name="cdr_piece",
    verb="cdr",
    doing="read {file} of the CDR",
    method="GET",
    path="{file}",
    root="cdr",
    read=_range,
    success=frozenset({206}),
    meanings={
        404: Meaning(
            errors.CdrFileGone,
            "OpenVidu at {host} has no file {file} in its CDR any more.",
            "Its files are kept for thirty days.",
        ),
    },
)

OPERATIONS = (FILES, FILE)


class CdrCalls(Calls):
    """Reading the CDR."""

    async def cdr_files(self) -> tuple[str, ...]:
        """The names of its files, sorted; without order in time."""
        return await self._call(FILES)

    async def cdr_size(self, file: str) -> int:
        """How large a file is now (bytes). Raises CdrFileGone."""
        try:
            return (await self._bytes(file, "-1")).size
        except errors.BeyondEnd:  # of an empty file there is no last byte
            return 0

    async def cdr_piece(self, file: str, begin: int) -> CdrPiece:
        """The whole lines from ``begin`` on, of a mebibyte at most. Raises CdrFileGone.

        Asks from one byte earlier: there is always something to give, and it tells whether a line
        begins there. If none does, what is left of the line before is skipped.
        """
        first = max(begin - 1, 0)
        try:
            found = await self._bytes(file, f"{first}-{first + PIECE}")
        except errors.BeyondEnd:  # it is empty, or another file than it was
            return CdrPiece(0, (), 0, 0)
        return _lines(begin, found.data, found.size)

    async def _bytes(self, file: str, part: str) -> _Range:
        wanted = {"Range": f"bytes={part}", "Accept-Encoding": "identity"}
        return await self._call(FILE, {"file": file}, headers=wanted)


def _lines(begin: int, data: bytes, size: int) -> CdrPiece:
    """The lines in ``data``, which has the byte before ``begin`` too, unless that is 0."""
    skipped = 0
    if begin > 0:
        before, data = data[:1], data[1:]
        if before not in (b"\n", b""):
            skipped = data.find(b"\n") + 1 or len(data)
    end = max(data.rfind(b"\n") + 1, skipped)
    if end == skipped and len(data) - skipped >= PIECE - 1:  # one line, longer than all of this
        end = skipped = len(data)
    lines = tuple(line + b"\n" for line in data[skipped:end].split(b"\n")[:-1])
    return CdrPiece(begin + skipped, lines, begin + end, size, skipped)
