"""Reading JSON like Jackson does, and saying like Jackson what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

_MAP = "java.util.LinkedHashMap"
_CORE = "com.fasterxml.jackson.core"
_MISMATCH = "com.fasterxml.jackson.databind.exc.MismatchedInputException"
_TOKENS = {list: "START_ARRAY", int: "VALUE_NUMBER_INT", float: "VALUE_NUMBER_FLOAT"}


class Unreadable(Exception):
    """What Jackson says, with the exception it says it by."""

    def __init__(self, kind: str, message: str, column: int) -> None:
        place = f"\n at [Source: (PushbackInputStream); line: 1, column: {column}]"
        super().__init__(f"{message}; nested exception is {kind}: {message}{place}")


def read(body: bytes) -> dict[str, Any] | None:
    """The object that begins a body, None for ``null``; what follows it is not looked at."""
    try:
        text = body.decode().lstrip(" \t\r\n")
    except UnicodeDecodeError as error:
        message = f"Invalid UTF-8 start byte 0x{body[error.start]:x}"
        raise Unreadable(f"{_CORE}.JsonParseException", message, error.start + 1) from None
    if not text:
        raise Unreadable(_MISMATCH, "No content to map due to end-of-input", 0)
    try:
        found, _ = _DECODER.raw_decode(text)
    except (ValueError, RecursionError) as error:
        raise _broken(text, error) from None
    if found is None or isinstance(found, dict):
        return found
    if isinstance(found, str):
        message = (
            f"Cannot construct instance of `{_MAP}` (although at least one Creator exists): no "
            f"String-argument constructor/factory method to deserialize from String value "
            f"('{found}')"
        )
    else:
        token = _TOKENS.get(type(found), f"VALUE_{str(found).upper()}")
        wanted = f"{_MAP}<java.lang.Object,java.lang.Object>"
        message = f"Cannot deserialize instance of `{wanted}` out of {token} token"
    raise Unreadable(_MISMATCH, message, 1)


def _broken(text: str, error: Exception) -> Unreadable:
    at = error.pos if isinstance(error, json.JSONDecodeError) else 0
    rest = text[at:].lstrip()
    if not rest:
        kind = "Array" if text.startswith("[") else "Object"
        start = "start marker at [Source: (PushbackInputStream); line: 1, column: 1]"
        message = f"Unexpected end-of-input: expected close marker for {kind} ({start})"
        return Unreadable(f"{_CORE}.io.JsonEOFException", message, len(text) + 1)
    word = "".join(_letters(rest))
    if word:
        known = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        message = f"Unrecognized token '{word}': was expecting {known}"
        return Unreadable(f"{_CORE}.JsonParseException", message, at + len(word) + 1)
    message = f"Unexpected character ('{rest[0]}' (code {ord(rest[0])})): expected a value"
    return Unreadable(f"{_CORE}.JsonParseException", message, len(text) - len(rest) + 2)


def _letters(text: str) -> list[str]:
    found = []
    for each in text:
        if not each.isidentifier():
            break
        found.append(each)
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"Non-standard token '{name}'")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
