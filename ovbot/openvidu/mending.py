"""Reading what is not quite as it should be: what each entry tells is taken, and the rest is kept.

Real servers write odd entries in the midst of good ones: a subscriber without a stream while
somebody is just beginning to watch, nulls where lists were, numbers as text. One of them must not
cost the list. This is the slow way, taken after the straight one has failed, and only as deep as
the oddity lies: every part that can be decoded as it is, is.

An entry of a list without what it takes to use it (its id) is left out and counted, in the
``unreadable`` of the model that holds the list.
"""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin

import msgspec

NOT_JSON: Final = (msgspec.MsgspecError, ValueError, TypeError, RecursionError)
"""What decoding may raise over foreign bytes."""
_DEEPEST: Final = 60
"""What nests deeper is of no field here: filter options, which clients choose freely."""
_WHOLE: Final = re.compile(r"\s*[+-]?\d{1,30}(\.\d*)?\s*")
_LONGEST_NUMBER: Final = 40
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)

T = TypeVar("T")
DecHook = Callable[[type[Any], object], object]


class Unusable(Exception):
    """A value that tells nothing that its place could hold; ``field`` is where, without content."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Mender:
    """Reads one answer; ``lost`` names the field that cost each entry that was left out."""

    def __init__(self, dec_hook: DecHook) -> None:
        self._hook = dec_hook
        self.lost: list[str] = []

    def read(self, raw: bytes | bytearray | msgspec.Raw, kind: Any, field: str = "") -> Any:
        """The value of that type in well-formed JSON. Raises Unusable."""
        try:
            return _decoder(kind, self._hook).decode(raw)
        except NOT_JSON:
            bare = _bare(kind)
        if get_origin(bare) is tuple:
            return self._entries(raw, bare, field)[0]
        if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            return self._members(raw, bare, field)
        return self._scalar(raw, kind, field)

    def _entries(self, raw: Any, kind: Any, field: str) -> tuple[tuple[Any, ...], int]:
        """A list without the entries that cannot be used, and how many these were."""
        try:
            entries = _ENTRIES.decode(raw)
        except NOT_JSON as problem:
            raise Unusable(field) from problem
        read, each_kind = [], get_args(kind)[0]
        for entry in entries:
            try:
                read.append(self.read(entry, each_kind, f"{field}[]"))
            except Unusable as problem:
                self.lost.append(problem.field)
        return tuple(read), len(entries) - len(read)

    def _members(self, raw: Any, kind: type[msgspec.Struct], field: str) -> Any:
        """An object by its fields; what is odd or null is as if it were not there."""
        try:
            members = _MEMBERS.decode(raw)
        except NOT_JSON as problem:
            raise Unusable(field) from problem
        given: dict[str, Any] = {}
        left_out = 0
        for each in _fields(kind):
            name = f"{field}.{each.encode_name}".lstrip(".")
            value = members.get(each.encode_name)
            if value is None or bytes(value) == b"null":
                if each.required:
                    raise Unusable(name)
                continue
            bare = _bare(each.type)
            try:
                if get_origin(bare) is tuple:
                    given[each.name], some = self._entries(value, bare, name)
                    left_out += some
                else:
                    given[each.name] = self.read(value, each.type, name)
            except Unusable:
                if each.required:
                    raise
                if _holds_entries(bare):
                    self.lost.append(name)
                    left_out += 1
        if left_out and _counts(kind):
            given["unreadable"] = left_out
        return kind(**given)

    def _scalar(self, raw: Any, kind: Any, field: str) -> Any:
        """A number that is written as text, or with a fraction; within the bounds of its type."""
        try:
            return as_meant(msgspec.json.decode(raw), kind, self._hook)
        except NOT_JSON as problem:
            raise Unusable(field) from problem


def as_meant(value: object, kind: Any, dec_hook: DecHook | None = None) -> Any:
    """A decoded scalar as the type wants it. Raises what NOT_JSON lists if that is not possible."""
    return msgspec.convert(_coerced(value, _bare(kind)), kind, dec_hook=dec_hook)


def _coerced(value: object, bare: Any) -> object:
    """A value as the type wants it, if it can be meant so. Raises TypeError."""
    if bare is bool:
        return value == "true" if value in ("true", "false") else value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError("neither text nor number")
    if bare in (int, float) and isinstance(value, str) and _WHOLE.fullmatch(value):
        value = float(value) if "." in value or bare is float else int(value)
    if bare is int and isinstance(value, float) and math.isfinite(value):
        return int(value)
    return value


def member(raw: Mapping[str, Any], name: str, kind: type[T]) -> T | None:
    """A member of a decoded object as that type, if it can be meant so within its bounds."""
    value = raw.get(name)
    if value is None:  # as most of what an event could tell: refusing it would cost the most
        return None
    try:
        found: T = as_meant(value, kind)
    except NOT_JSON:
        return None
    return found


def well_formed(body: bytes | bytearray) -> bytes:
    """JSON without what JSON may not hold, but servers have written: NaN, infinities, half of a
    character, numbers and nesting without end. Raises msgspec.DecodeError if it is none at all.
    """
    text = body.decode("utf-8", "replace")
    try:
        try:
            value = _lenient(text)
        except RecursionError:
            value = _lenient(_shallow(text))
    except (ValueError, RecursionError) as problem:
        raise msgspec.DecodeError("not JSON") from problem
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _lenient(text: str) -> Any:
    return json.loads(
        text,
        strict=False,
        parse_constant=lambda _: None,
        parse_int=lambda digits: int(digits) if len(digits) < _LONGEST_NUMBER else None,
        parse_float=lambda digits: _finite(float(digits)),
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _shallow(text: str) -> str:
    """The text with null for whatever nests too deep."""
    kept: list[str] = []
    depth = begin = 0
    for found in _TOKEN.finditer(text):
        if found[0] in ("[", "{"):
            depth += 1
            if depth == _DEEPEST:
                kept += [text[begin : found.start()], "null"]
        elif found[0] in ("]", "}"):
            if depth == _DEEPEST:
                begin = found.end()
            depth -= 1
    return "".join([*kept, text[begin:] if depth < _DEEPEST else ""])


_ENTRIES: Final = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


@lru_cache(maxsize=256)
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """What there is to be read. To find it out takes longer than reading a whole entry."""
    return msgspec.structs.fields(kind)


@lru_cache(maxsize=256)
def _decoder(kind: Any, hook: DecHook) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, dec_hook=hook)


@lru_cache(maxsize=256)
def _bare(kind: Any) -> Any:
    """The type itself: without None beside it, and without its bounds."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return _bare(next(each for each in get_args(kind) if each is not type(None)))
    return kind


def _counts(kind: Any) -> bool:
    return "unreadable" in kind.__struct_fields__


def _holds_entries(bare: Any) -> bool:
    """Whether what is lost with a field of that type is entries of a list."""
    return get_origin(bare) is tuple or (hasattr(bare, "__struct_fields__") and _counts(bare))
