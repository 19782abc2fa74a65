"""Request bodies and query parameters, read as Spring and Jackson read them."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ovbot.sandbox.openvidu.messages import Call, Refusal
from ovbot.sandbox.openvidu.rest import reader
from ovbot.sandbox.openvidu.state.world import World

_JSON_TYPE = re.compile(r"application/(json|[\w.+-]+\+json)", re.IGNORECASE)
_TRUE = ("true", "on", "yes", "1")
_FALSE = ("false", "off", "no", "0")
_RETURNS = "public org.springframework.http.ResponseEntity"
_CONTROLLER = "io.openvidu.server.rest.SessionRestController"
_HANDLERS = {
    "createToken": f"<java.lang.String> {_CONTROLLER}.newToken(java.util.Map<?, ?>)",
    "signal": f"<?> {_CONTROLLER}.signal(java.util.Map<?, ?>)",
    "startRecording": f"<?> {_CONTROLLER}.startRecordingSession(java.util.Map<?, ?>)",
    "addCamera": f"<?> {_CONTROLLER}.publishIpcam(java.lang.String,java.util.Map<?, ?>)",
}

Params = dict[str, Any]


class TypeMismatch(Exception):
    """A parameter has the wrong JSON type."""


def required_body(world: World, call: Call) -> Params:
    """The body's JSON object; a missing one and a ``null`` are the framework's to refuse."""
    found = _read(world, call)
    if found is None:
        method = _HANDLERS.get(call.operation, call.operation)
        _unreadable(world, call, f"Required request body is missing: {_RETURNS}{method}")
    return found


def optional_body(world: World, call: Call) -> Params:
    """The body's JSON object, or an empty one."""
    return _read(world, call) or {}


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


def bandwidth(value: Any) -> int | None:
    """Whatever Gson makes a whole number of: a number, its fraction cut off, or a text of one."""
    if isinstance(value, float):
        return int(value)
    try:
        return numeric({"": value}, "")
    except TypeMismatch:
        return None


def _read(world: World, call: Call) -> Params | None:
    """The decoded body, None if there is none or it says ``null``."""
    content_type = call.headers.get("content-type", "")
    if content_type and _JSON_TYPE.fullmatch(content_type.partition(";")[0].strip()) is None:
        if "charset" not in content_type:
            content_type += ";charset=UTF-8"  # the server's filter adds it to every request
        message = f"Content type '{content_type}' not supported"
        raise Refusal(world.bodies.spring(415, message, call.path))
    if not call.body:
        return None
    if not content_type:
        message = "Content type 'application/octet-stream' not supported"
        raise Refusal(world.bodies.spring(415, message, call.path))
    try:
        found = reader.read(call.body)
    except reader.Unreadable as error:
        _unreadable(world, call, f"JSON parse error: {error}")
    return found


def _unreadable(world: World, call: Call, message: str) -> NoReturn:
    raise Refusal(world.bodies.spring(400, message, call.path))
