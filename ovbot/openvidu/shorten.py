"""JSON as it comes in, with the strings cut that are too long to be meant.

Whoever joins a session chooses a string that OpenVidu then tells everybody, and nothing bounds it.
A megabyte of it for each of ten people takes longer to be read than anybody else should wait, so
it is cut before it is read, a piece at a time. The rest of the document stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

LONG: Final = 64 * 1024
"""Bytes as they are written. Longer strings are cut to no less, and to no more than twice that."""

_ENDS: Final = re.compile(rb'[^\\]"')
"""A quotation mark that begins or ends a string: inside of one it is escaped."""
_LAST: Final = re.compile(rb'.*[^\\]"', re.DOTALL)
_INSIDE: Final = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_WHOLE: Final = re.compile(
    rb'(?:[^"\\]++|\\[^u]|\\u[dD][89abAB]..\\u....|\\u(?![dD][89abAB])....)*+', re.DOTALL
)
"""As far as no escape, and no pair of them that is one character, is cut in two."""


class Shortened:
    """A JSON document that grows; ``body`` is what is kept of it."""

    def __init__(self, long: int = LONG) -> None:
        self.body = bytearray()
        self._long = long
        self._looked = 0
        """Before here no string is too long."""
        self._counted, self._is_inside = 0, False
        """Whether this place is inside a string, for the last place that this was asked of."""
        self._dropping = False
        self._half = b""
        """The first half of an escape, while a string is dropped."""

    def add(self, piece: bytes) -> None:
        """Take the next piece."""
        if self._dropping:
            self._drop(piece)
        else:
            self.body += piece
        while not self._dropping and self._looked + self._long <= len(self.body):
            self._look()

    def _look(self) -> None:
        """Nearly everywhere a string ends within so many bytes: then there is nothing to do."""
        at = self._looked
        if not _ENDS.search(self.body, max(0, at - 1), at + self._long) and self._inside(at):
            self._cut(at)
        else:
            self._looked = at + self._long

    def _inside(self, at: int) -> bool:
        """Whether a place is inside a string: after an odd number of marks that are not escaped."""
        text = self.body[self._counted : at].replace(b"\\\\", b"")
        self._is_inside ^= bool((text.count(b'"') - text.count(b'\\"')) & 1)
        self._counted = at
        return self._is_inside

    def _cut(self, at: int) -> None:
        """Keep the string that goes over this place up to here, and its end."""
        begin = self._begin(at)
        whole = _WHOLE.match(self.body, begin, at)
        end = at if whole is None else whole.end()
        while end > begin and self.body[end - 1] & 0xC0 == 0x80:  # inside of a character
            end -= 1
        if end > begin and self.body[end - 1] >= 0xC0:
            end -= 1
        rest = bytes(self.body[end:])
        del self.body[end:]
        self._dropping = True
        self._drop(rest)

    def _begin(self, at: int) -> int:
        """Where the text of the string begins that goes over this place."""
        last = _LAST.match(self.body, max(0, at - self._long - 1), at)
        return last.end() if last else 1

    def _drop(self, piece: bytes) -> None:
        """Take what of a piece comes after the string that is dropped, from its end on."""
        piece, self._half = self._half + piece, b""
        found = _INSIDE.match(piece)
        end = found.end() if found else 0
        if end == len(piece):
            return
        if piece[end] != 0x22:
            self._half = piece[end:]
            return
        self._dropping = self._is_inside = False
        self._counted = self._looked = len(self.body) + 1
        self.body += piece[end:]
