"""When a certificate ends, read from its DER.

The only thing that ovbot asks of a certificate beyond its bytes. Python's ``ssl`` tells it of
verified ones alone, and a pinned one is known by its digest instead. Source: RFC 5280, 4.1.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_INTEGER, _SEQUENCE, _UTC_TIME, _GENERAL_TIME, _VERSION = 0x02, 0x30, 0x17, 0x18, 0xA0
_LONG, _LONGEST = 0x80, 4
"""The bit that says that so many bytes of length follow, and how many at most."""
_YEAR: Final = {_UTC_TIME: 2, _GENERAL_TIME: 4}
"""Digits of the year in a time of either kind."""


class _Elements:
    """The elements of a constructed one, in their order. Raises ValueError where none is left."""

    def __init__(self, der: bytes) -> None:
        self._rest = der

    def take(self, *tags: int) -> tuple[int, bytes]:
        """The next one, which must be of such a kind: its tag and what is in it."""
        der, at = self._rest, 2
        if len(der) < at or der[0] not in tags:
            raise ValueError("another element, or none")
        length = der[1]
        if length & _LONG:
            many = length & ~_LONG
            if not 0 < many <= _LONGEST or len(der) < at + many:
                raise ValueError("a length that cannot be")
            at += many
            length = int.from_bytes(der[2:at], "big")
        if len(der) < at + length:
            raise ValueError("it ends in its midst")
        self._rest = der[at + length :]
        return der[0], der[at : at + length]

    def inside(self, tag: int) -> _Elements:
        """What is in the next one."""
        return _Elements(self.take(tag)[1])


def ends(der: bytes) -> float | None:
    """When a certificate ends, in seconds since the epoch; None where that cannot be read."""
    try:
        signed = _Elements(der).inside(_SEQUENCE).inside(_SEQUENCE)
        tag, _ = signed.take(_VERSION, _INTEGER)  # the version, or where that is 1 the serial
        if tag == _VERSION:
            signed.take(_INTEGER)
        signed.take(_SEQUENCE)  # how it is signed
        signed.take(_SEQUENCE)  # by whom
        validity = signed.inside(_SEQUENCE)
        validity.take(*_YEAR)
        return _seconds(*validity.take(*_YEAR))
    except (ValueError, OverflowError):
        return None


def _seconds(tag: int, written: bytes) -> float:
    digits = _YEAR[tag]
    if not re.fullmatch(rb"[0-9]{%d}Z" % (digits + 10), written):
        raise ValueError("not a time")
    text = written[:-1].decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text  # RFC 5280, 4.1.2.5.1
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
