"""What must not be seen: a wrapper for secrets, and the masking of credentials in URLs."""

from __future__ import annotations

import hmac
import re
from typing import Final, final

MASK: Final = "***"

_CREDENTIALS = re.compile(r"(?<=://).*@", re.DOTALL)
_QUERY_VALUES = re.compile(r"(?<=[?&;])([^=&;#\s]+)=[^&;#\s]*")

_PLACE = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,15}://)"
    r"(?P<user>[^/?#@]*@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_-][0-9A-Za-z._-]*)"
    r"(?P<port>:[0-9]{1,5})?"
    r"(?P<rest>(?:[/?#].*)?)",
    re.DOTALL,
)
_ADDRESS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{0,15}://[^\s\"'<>)\]]*")


@final
class Secret:
    """A string that prints as ``***`` until somebody asks for it with `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the one place that must hand it on."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be pickled")


@final
class Place(str):
    """A camera's address as it may be shown: host and port, with a mark for the rest."""

    __slots__ = ()

    def __new__(cls, uri: str) -> Place:
        return super().__new__(cls, place_of(uri))


@final
class MaskedUri(str):
    """A URI as it may be shown: user, password and the values of its query are masked."""

    __slots__ = ()

    def __new__(cls, uri: str) -> MaskedUri:
        return super().__new__(cls, mask_uri(uri))


def mask_uri(uri: str) -> str:
    """``rtsp://admin:pw@cam/1?key=7`` becomes ``rtsp://***@cam/1?key=***``.

    Everything up to the last ``@`` counts as credentials, since cameras' passwords hold ``/``
    and ``@`` unescaped: too much masked is harmless, too little is not.
    """
    masked = _CREDENTIALS.sub(f"{MASK}@", uri, count=1)
    return _QUERY_VALUES.sub(rf"\1={MASK}", masked)


def place_of(uri: str) -> str:
    """``rtsp://admin:pw@cam:554/live?key=7`` becomes ``rtsp://cam:554/***``.

    A path can open a camera as well as a password can. Where it is not plain what the host is,
    nothing is shown: a piece of a password may look like one.
    """
    found = _PLACE.fullmatch(uri)
    if found is None or "@" in found["rest"]:
        return f"{uri.partition('://')[0]}://{MASK}" if "://" in uri else MASK
    whole = found["scheme"] + found["host"] + (found["port"] or "")
    hides = found["user"] or found["rest"].strip("/")
    return f"{whole}/{MASK}" if hides else whole


def shown_uri(uri: str) -> str:
    """An address that somebody gave: a media server's has a path that is the same for all."""
    return mask_uri(uri) if uri.lower().startswith(("ws://", "wss://")) else place_of(uri)


def without_addresses(text: str) -> str:
    """Text of others, in which addresses show no more than ``place_of`` does."""
    return _ADDRESS.sub(lambda found: place_of(found[0]), mask_uri(text)) if "://" in text else text
