"""What Java says when a parameter is not what it should be (2.16 and later pass it on).

No client can match on these texts, but a client must be able to show them.
"""

from __future__ import annotations

from typing import Any

_CLASSES: tuple[tuple[type, str], ...] = (
    (bool, "java.lang.Boolean"),
    (int, "java.lang.Integer"),
    (float, "java.lang.Double"),
    (str, "java.lang.String"),
    (list, "java.util.ArrayList"),
    (dict, "java.util.LinkedHashMap"),
)


class Illegal(Exception):
    """IllegalArgumentException: a 400 with this text."""


class IllegalValue(Exception):
    """IllegalStateException: a 422 with this text."""


def cast(value: Any, wanted: type, *, prefix: str = "Type error in some parameter: ") -> Any:
    """The value if it has the type (None always has), ``Illegal`` if not."""
    fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
    if value is None or fits:
        return value
    found = next(name for kind, name in _CLASSES if isinstance(value, kind))
    target = next(name for kind, name in _CLASSES if kind is wanted)
    raise Illegal(
        f"{prefix}class {found} cannot be cast to class {target} "
        f"({found} and {target} are in module java.base of loader 'bootstrap')"
    )


def number(value: Any) -> int | None:
    """A java.lang.Number made whole; ``Illegal`` for anything else, strings too."""
    if isinstance(value, float):
        return int(value)
    found: int | None = cast(value, int)
    return found


def constant(value: str | None, known: tuple[str, ...], enum: str) -> str | None:
    """A value of an enum of openvidu-java-client; ``Illegal`` if it has no such constant."""
    if value is not None and value not in known:
        raise Illegal(f"No enum constant io.openvidu.java.client.{enum}.{value}")
    return value
