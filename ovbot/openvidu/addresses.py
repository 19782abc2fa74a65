"""The URL of a server as people have it: from a browser, a token, or the documentation's samples.

What follows the server's own address in those is cut off, and kept as a place to look as well: a
proxy may serve OpenVidu below a path that is called so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

_TAIL: Final = re.compile(
    r"(?P<root>(?:/openvidu)?/(?:api|config|pro|cdr|recordings|dashboard|inspector)|/openvidu)"
    r"(?P<rest>/(?:api|config|sessions|recordings|tokens|signal|media-nodes|health|restart)"
    r"(?:/.*)?)?$"
)
"""Where OpenVidu's own paths begin, at the end of a URL."""
_HOST: Final = re.compile(
    r"(?:[\w-]+\.)+[a-zA-Z]\w*(?::\d+)?|(?:\d+\.){3}\d+(?::\d+)?|localhost:\d+"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is: what its paths begin with, and with what they may begin beside that."""

    base: str
    """Without a slash at its end."""
    host: str
    """Host and port."""
    below: tuple[str, ...] = ("",)
    """What may stand between ``base`` and the paths of the API; the likeliest first."""


def address(url: str) -> Address:
    """Understand a URL. Raises ValueError, which names the right one where that can be told."""
    text = url.strip()
    parts = _split(text)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        like = "the OpenVidu URL must look like https://openvidu.example.com"
        raise ValueError(f"{like}{_perhaps(text)}")
    if "@" in parts.netloc or parts.query or parts.fragment:
        holds = "the OpenVidu URL must hold no user, no query and no fragment"
        raise ValueError(f"{holds}{_perhaps(text)}")
    path = re.sub(r"/+", "/", parts.path).rstrip("/")
    tail = _TAIL.search(path)
    own = path[: tail.start()] if tail else path
    below = [""]
    for part in tail["root"].strip("/").split("/") if tail else ():
        below.append(f"{below[-1]}/{part}")
    return Address(f"{parts.scheme}://{parts.netloc}{own}", parts.netloc, tuple(below))


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises where it is none
    except ValueError:
        return None
    return parts


def _perhaps(text: str) -> str:
    """The right one, of what is a host beyond doubt: anything else may be a secret."""
    rest = re.sub(r"^[a-zA-Z][a-zA-Z+.-]*:/*", "", text) if "://" in text else text
    host = re.split(r"[/?#]", rest.rpartition("@")[2], maxsplit=1)[0]
    return f"; perhaps https://{host}" if _HOST.fullmatch(host) else ""
