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


_EXPECTED = {
    "Expecting property name": "was expecting double-quote to start field name",
    "Expecting ':'": "was expecting a colon to separate field name and value",
    "Expecting ','": "was expecting comma to separate Object entries",
}
"""What Jackson misses where Python's reader begins to complain like this."""


def _broken(text: str, error: Exception) -> Unreadable:
    if not isinstance(error, json.JSONDecodeError):
        return Unreadable(f"{_CORE}.JsonParseException", str(error), 1)
    rest = text[error.pos :].lstrip()
    if not rest:
        kind = "Array" if text.startswith("[") else "Object"
        start = "start marker at [Source: (PushbackInputStream); line: 1, column: 1]"
        message = f"Unexpected end-of-input: expected close marker for {kind} ({start})"
        return Unreadable(f"{_CORE}.io.JsonEOFException", message, len(text) + 1)
    missed = next((what for said, what in _EXPECTED.items() if error.msg.startswith(said)), None)
    word = "".join(_letters(rest))
    if word and missed is None:
        known = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        message = f"Unrecognized token '{word}': was expecting {known}"
        return Unreadable(f"{_CORE}.JsonParseException", message, error.pos + len(word) + 1)
    found = f"Unexpected character ('{rest[0]}' (code {ord(rest[0])}))"
    message = f"{found}: {missed or 'expected a value'}"
    return Unreadable(f"{_CORE}.JsonParseException", message, len(text) - len(rest) + 2)


def _letters(text: str) -> list[str]:
    found = []
    for each in text:
        if not each.isidentifier():
            break
        found.append(each)
    return found


def _no_constant(name: str) -> None:
    feature = "JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS"
    raise ValueError(f"Non-standard token '{name}': enable {feature} to allow")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
