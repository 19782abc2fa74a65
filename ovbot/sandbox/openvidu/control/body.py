"""Reading what a test asks the control surface for; every mistake is told in words."""

from __future__ import annotations

import json
from typing import Any

from ovbot.sandbox.openvidu.messages import Call

Json = dict[str, Any]


class Mistake(Exception):
    """What the caller did wrong, in words; answered with 400."""


def read(call: Call) -> Json:
    """The body's JSON object; none is an empty one."""
    if not call.body:
        return {}
    try:
        found = json.loads(call.body)
    except ValueError as error:
        raise Mistake(f"the body is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Mistake("the body must be a JSON object")
    return found


def text(body: Json, name: str) -> str | None:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise Mistake(f"{name} must be a string")
    return value


def one_of(body: Json, name: str, known: tuple[str, ...], default: str | None = None) -> str:
    value = text(body, name) or default
    if value not in known:
        raise Mistake(f"{name} must be one of {', '.join(known)}, not {value!r}")
    return value


def whole(body: Json, name: str, least: int) -> int | None:
    """A whole number from ``least``, or None."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise Mistake(f"{name} must be a whole number from {least}")
    return value


def number(body: Json, name: str, most: float | None = None) -> float:
    """A number from 0; absent is 0."""
    value = body.get(name, 0)
    good = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if not good or (most is not None and value > most):
        upper = "" if most is None else f" to {most:g}"
        raise Mistake(f"{name} must be a number from 0{upper}")
    return float(value)


def flag(body: Json, name: str, *, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise Mistake(f"{name} must be true or false")
    return value


def texts(body: Json, name: str) -> list[str]:
    """A list of strings; absent is an empty one."""
    value = body.get(name) or []
    if not isinstance(value, list) or any(not isinstance(each, str) for each in value):
        raise Mistake(f"{name} must be a list of strings")
    return value
