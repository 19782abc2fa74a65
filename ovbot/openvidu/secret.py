"""What must not be seen: a wrapper for secrets, and the masking of credentials in URLs."""

from __future__ import annotations

import hmac
import re
from typing import Final, final

MASK: Final = "***"

_CREDENTIALS = re.compile(r"(?<=://).*@", re.DOTALL)
_QUERY_VALUES = re.compile(r"(?<=[?&;])([^=&;#\s]+)=[^&;#\s]*")


@final
class Secret:
    """A string that prints as ``***`` until somebody asks for it with :meth:`reveal`."""

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
