"""How much is kept of what others chose: enough to name them, and no more.

OpenVidu hands on what people and their applications give without a bound of its own. It is cut
where it enters, so that nothing behind has to think of a name of a megabyte.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

import msgspec

DATA: Final = 4096
"""Characters of client or server data: a name and an id stand at its beginning."""
WORD: Final = 300
"""Characters of what is a word or a sentence: platforms, locations, reasons."""
ID: Final = 512
"""Characters of an id that is kept. OpenVidu's own have some thirty. A session may be created, and
is listed, with an id so long that nothing can be asked of it (a web server reads lines of 8 kB)."""

_BETWEEN: Final = re.compile(r"[\s,:]*")
_decoder: Final = json.JSONDecoder(strict=False)


def cut(text: str, limit: int = WORD) -> str:
    """``text``, or the beginning of it."""
    return text if len(text) <= limit else text[:limit]


def is_addressable(id_: str) -> bool:
    """Whether it can stand in a path: it is not empty, no dot segment, and not far too long."""
    return id_ not in ("", ".", "..") and len(id_) <= ID


def cut_id(id_: str) -> str:
    """``id_``, or another one in its place that two long ids never share."""
    if len(id_) <= ID:
        return id_
    digest = hashlib.sha256(id_.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{id_[: ID - 17]}~{digest}"


def document(data: str) -> Any:
    """What data says that may be JSON: an object, a list, a number, or the text itself.

    Of an object that was cut, its first members.
    """
    text = data.strip()
    if not text.startswith(("{", '"', "[")):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        is_cut = len(data) >= DATA and text.startswith("{")
        return _beginning(text) if is_cut else text


def _beginning(text: str) -> dict[str, Any]:
    """The members of an object that are whole."""
    found: dict[str, Any] = {}
    at = 1
    try:
        while True:
            name, at = _decoder.raw_decode(text, _after(text, at))
            found[name], at = _decoder.raw_decode(text, _after(text, at))
    except (ValueError, RecursionError, TypeError):
        return found


def _after(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return between.end() if between else at
