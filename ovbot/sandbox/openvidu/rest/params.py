"""Request bodies and query parameters, read as Spring and Jackson read them."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from ovbot.sandbox.openvidu.messages import Call, Refusal
from ovbot.sandbox.openvidu.state.world import World

_JSON_TYPE = re.compile(r"application/(json|[\w.+-]+\+json)", re.IGNORECASE)
_TRUE = ("true", "on", "yes", "1")
_FALSE = ("false", "off", "no", "0")
_CONTROLLER = "io.openvidu.server.rest.SessionRestController"

Params = dict[str, Any]


class TypeMismatch(Exception):
    """A parameter has the wrong JSON type."""


def required_body(world: World, call: Call, literal: str) -> Params:
    """The body's JSON object; refuses a missing one, and a ``null`` in OpenVidu's own words."""
    found, present = _read(world, call)
    if not present:
        _unreadable(world, call, f"Required request body is missing: {_CONTROLLER}")
    if found is None:
        message = "Error in body parameters. Cannot be empty"
        raise Refusal(world.bodies.told(400, message, literal))
    return found


def optional_body(world: World, call: Call) -> Params:
    """The body's JSON object, or an empty one."""
    return _read(world, call)[0] or {}


def boolean_query(world: World, call: Call, name: str, *, default: bool) -> bool:
    """A query parameter as Spring converts it; anything else is a 400."""
    value = call.parameter(name)
    if value is None or value == "":
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    message = (
        "Failed to convert value of type 'java.lang.String' to required type 'boolean'; nested "
        f"exception is java.lang.IllegalArgumentException: Invalid boolean value [{value}]"
    )
    raise Refusal(world.bodies.spring(400, message, call.path))


def text(params: Params, *names: str) -> list[str | None]:
    """Strings by name; absent and ``null`` are the same."""
    values = [params.get(name) for name in names]
    if any(value is not None and not isinstance(value, str) for value in values):
        raise TypeMismatch
    return values


def flag(params: Params, name: str) -> bool | None:
    """A boolean; the string ``"true"`` is not one."""
    value = params.get(name)
    if value is not None and not isinstance(value, bool):
        raise TypeMismatch
    return value


def whole(params: Params, name: str) -> int | None:
    """A whole number of Java's ``Integer``; ``true`` and ``1.0`` are not."""
    value = params.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise TypeMismatch
    return value


def numeric(params: Params, name: str) -> int | None:
    """A whole number, or a string that spells one, of Java's ``Long``."""
    value = params.get(name)
    if value is None:
        return None
    if re.fullmatch(r"[+-]?\d+", str(value)) is None or not -(2**63) <= int(value) < 2**63:
        raise TypeMismatch
    return int(value)


def _read(world: World, call: Call) -> tuple[Params | None, bool]:
    """The decoded body and whether there was one."""
    content_type = call.headers.get("content-type", "")
    if content_type and _JSON_TYPE.fullmatch(content_type.partition(";")[0].strip()) is None:
        message = f"Content type '{content_type}' not supported"
        raise Refusal(world.bodies.spring(415, message, call.path))
    if not call.body:
        return None, False
    if not content_type:
        message = "Content type 'application/octet-stream' not supported"
        raise Refusal(world.bodies.spring(415, message, call.path))
    try:
        # Jackson reads one value and does not look at what follows it.
        found, _ = _DECODER.raw_decode(call.body.decode().lstrip(" \t\r\n"))
    except (ValueError, RecursionError) as error:
        library = "com.fasterxml.jackson.core.JsonParseException"
        _unreadable(
            world, call, f"JSON parse error: {error}; nested exception is {library}: {error}"
        )
    if found is not None and not isinstance(found, dict):
        _unreadable(
            world,
            call,
            "JSON parse error: Cannot deserialize instance of `java.util.LinkedHashMap`",
        )
    return found, True


def _unreadable(world: World, call: Call, message: str) -> NoReturn:
    raise Refusal(world.bodies.spring(400, message, call.path))


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"Non-standard token '{name}'")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
