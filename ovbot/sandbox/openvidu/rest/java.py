"""What Java says when a parameter is not what it should be (2.16 and later pass it on).

No client can match on these texts, but a client must be able to show them.
"""

from __future__ import annotations

import re
from typing import Any

_CLASSES: tuple[tuple[type, str], ...] = (
    (bool, "java.lang.Boolean"),
    (int, "java.lang.Integer"),
    (float, "java.lang.Double"),
    (str, "java.lang.String"),
    (list, "java.util.ArrayList"),
    (dict, "java.util.LinkedHashMap"),
)
_ILLEGAL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%\x80-\U0010ffff]")


class Illegal(Exception):
    """IllegalArgumentException: a 400 with this text."""


class IllegalValue(Exception):
    """IllegalStateException: a 422 with this text."""


def cast(value: Any, wanted: type, *, prefix: str = "Type error in some parameter: ") -> Any:
    """The value if it has the type (None always has), ``Illegal`` if not."""
    fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if value is None or fits:
        return value
    raise Illegal(prefix + _cannot(value, next(name for kind, name in _CLASSES if kind is wanted)))


def number(value: Any) -> int | None:
    """A java.lang.Number made whole; ``Illegal`` for anything else, strings too."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Illegal(f"Type error in some parameter: {_cannot(value, 'java.lang.Number')}")
    return int(value)


def whole(value: Any) -> int | None:
    """A java.lang.Integer; ``Illegal`` for anything else, fractions too."""
    found: int | None = cast(value, int)
    return found


def spelled(value: Any) -> int | None:
    """Whatever Long.parseLong reads of what is written there; ``Illegal`` for anything else."""
    if value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        raise Illegal(f'Type error in some parameter: For input string: "{value}"') from None


def _cannot(value: Any, target: str) -> str:
    found = next(name for kind, name in _CLASSES if isinstance(value, kind))
    return (
        f"class {found} cannot be cast to class {target} "
        f"({found} and {target} are in module java.base of loader 'bootstrap')"
    )


def uri(text: str) -> None:
    """Whether java.net.URI reads an address; ``Illegal`` with what it says if not."""
    scheme, colon, rest = text.partition(":")
    at = len(scheme) + 1 if colon else 0
    if (found := _ILLEGAL.search(text)) is not None:
        part = "path"
        if colon and rest.startswith("//") and "/" not in text[at + 2 : found.start()]:
            part = "authority"
        if "?" in text[: found.start()]:
            part = "query"
        raise Illegal(f"Illegal character in {part} at index {found.start()}: {text}")
    if colon and rest == "//":
        raise Illegal(f"Expected authority at index {len(text)}: {text}")


def constant(value: str | None, known: tuple[str, ...], enum: str) -> str | None:
    """A value of an enum of openvidu-java-client; ``Illegal`` if it has no such constant."""
    if value is not None and value not in known:
        raise Illegal(f"No enum constant io.openvidu.java.client.{enum}.{value}")
    return value
