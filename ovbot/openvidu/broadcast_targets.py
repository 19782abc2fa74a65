"""Where sessions may be broadcast to: names for addresses that hold a stream key.

Whoever has the key can broadcast in its owner's name, so an address is given by whoever runs ovbot,
and people know its name alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from ovbot.openvidu.secret import Secret

NAME: Final = r"[A-Za-z0-9_-]{1,40}"
_PAIR: Final = re.compile(rf"({NAME})=(\S+)")
_BETWEEN: Final = re.compile(rf"[\s,]+(?={NAME}=rtmps?://)", re.IGNORECASE)

Targets = Mapping[str, Secret]
"""Addresses by the names that people know."""


def targets(text: str) -> dict[str, Secret]:
    """Read ``youtube=rtmp://…/KEY, twitch=rtmps://…``, with commas or blanks between.

    Raises ValueError, whose text quotes no address.
    """
    found: dict[str, Secret] = {}
    pairs = _BETWEEN.split(text.strip(" \t\r\n,"))
    for number, pair in enumerate(pairs if pairs != [""] else [], start=1):
        read = _PAIR.fullmatch(pair)
        if read is None:
            raise ValueError(
                f"entry {number} is not NAME=ADDRESS; a name has letters, digits, - and _"
            )
        name, address = read[1], read[2]
        if not _is_rtmp(address):
            raise ValueError(f"the address of {name} must begin with rtmp:// or rtmps://HOST/")
        if name.casefold() in {each.casefold() for each in found}:
            raise ValueError(f"{name} is there twice")
        found[name] = Secret(address)
    return found


def _is_rtmp(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in {"rtmp", "rtmps"} and bool(parts.hostname) and len(parts.path) > 1
    except ValueError:
        return False
