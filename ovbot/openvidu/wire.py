"""The protocol without I/O: what an operation is, and how a call of it becomes a request.

An operation is one row of `ovbot.openvidu.operations`; what becomes of the reply stands in
`ovbot.openvidu.replies`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from ovbot.openvidu import errors
from ovbot.openvidu.dialects import Root, Server
from ovbot.openvidu.errors import OpenViduError, presentable
from ovbot.openvidu.foreign import is_addressable

T = TypeVar("T")
MEGABYTE = 1024 * 1024
DEFAULT_LIMIT = 16 * MEGABYTE
BULKY_LIMIT = 96 * MEGABYTE
"""Twenty thousand connections have 20 MB, somewhat more on 2.32."""
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers (names in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a documented status means: the error to raise, its sentence and the next step.

    The texts may name the call's ids: ``{session}``, ``{connection}``, ``{stream}`` …
    """

    error: type[OpenViduError]
    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """One operation of the REST API.

    ``name`` is the client's method, ``verb`` the first half of its error codes, ``doing`` the
    operation in words ("close session {session}"), ``path`` is relative to the dialect's
    ``root``, ``read`` turns a successful reply into the answer, ``budget`` is how many seconds
    it may take, ``finder`` the method that tells whether it took effect (actions only),
    ``since`` the first version that has it, ``pro`` whether Community lacks it, ``bulky`` whether
    its answer may have many megabytes, so that one at a time is enough.
    """

    name: str
    verb: str
    doing: str
    method: str
    path: str
    read: Callable[[Reply], T]
    budget: float = 10.0
    root: Root = "api"
    success: frozenset[int] = frozenset({200})
    meanings: Mapping[int, Meaning] = field(default_factory=dict)
    finder: str | None = None
    since: tuple[int, int] | None = None
    pro: bool = False
    bulky: bool = False

    @property
    def safe(self) -> bool:
        """It only asks, so it has no effect and may be repeated."""
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """An operation on named things: all that the sentences of its errors need."""

    operation: Operation[T]
    host: str
    ids: Mapping[str, str]

    def words(self, text: str) -> str:
        """``text`` with the call's ids put in, made presentable."""
        shown = {name: presentable(value, 80) for name, value in self.ids.items()}
        shown["host"] = self.host
        return _NAME.sub(lambda found: shown.get(found[1], found[0]), text)

    def error(
        self,
        kind: type[OpenViduError],
        sentence: str,
        next_step: str = "",
        *,
        status: int | None = None,
        message: str = "",
    ) -> OpenViduError:
        """An error of this call; the texts may hold the names of its ids in braces."""
        operation = self.operation
        uncertain = kind.effect == "unknown"
        return kind(
            self.words(sentence),
            self.words(next_step),
            operation=operation.name,
            verb=operation.verb,
            status=status,
            message=message,
            finder=operation.finder if uncertain else None,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What to send: method, path with query, the JSON body, if any, and headers of its own."""

    method: str
    path: str
    body: bytes | None
    limit: int = DEFAULT_LIMIT
    """How many bytes the answer may have; a session with thousands of people has a few million."""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = True
    """Whether strings that are too long to be meant are cut in the answer; not so in files."""


def build(
    call: Call[T],
    server: Server,
    query: Mapping[str, str | bool | None] | None = None,
    body: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Request:
    """The request for a call. None in ``query`` and ``body`` means: leave it out.

    Raises BadArgument for an id that could be no id: empty, a dot segment, or far too long.
    """
    operation = call.operation
    for name, value in call.ids.items():
        if not is_addressable(value):
            raise call.error(
                errors.BadArgument,
                f"That cannot be the id of a {name}: {{{name}}}"
                if value
                else f"No {name} is named.",
                f"Name the {name} by the id that OpenVidu lists.",
            )
    asked = {k: _text(v) for k, v in (query or {}).items() if v is not None}
    given = {k: v for k, v in body.items() if v is not None} if body is not None else None
    root: str = getattr(server.dialect, operation.root)
    try:
        # a slash in an id can never make a new path segment; a page's path has several
        safe = "/" if operation.root == "layouts" else ""
        path = operation.path.format_map({k: quote(v, safe=safe) for k, v in call.ids.items()})
        target = root + ("/" + path if path else "") + ("?" + urlencode(asked) if asked else "")
        written = msgspec.json.encode(given) if given is not None else None
    except UnicodeEncodeError as problem:
        raise call.error(
            errors.BadArgument,
            f"To {operation.doing} half a character was given, which cannot be sent.",
            "Type the text anew.",
        ) from problem
    limit = BULKY_LIMIT if operation.bulky else DEFAULT_LIMIT
    whole = operation.root == "cdr"
    return Request(operation.method, target, written, limit, headers or {}, cut=not whole)


def _text(value: str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value


def check(call: Call[T], server: Server) -> None:
    """Raise TooOld or ProOnly if the server is known not to have the operation."""
    operation = call.operation
    if operation.pro:
        pro_only(call, server, f"To {operation.doing}")
    if operation.since is not None and not server.since(*operation.since):
        raise too_old(call, server, f"To {operation.doing}", operation.since)


def pro_only(call: Call[T], server: Server, what: str) -> None:
    """Raise ProOnly if the server is not known to be Pro, as ``what`` takes."""
    if server.edition != "pro":
        raise call.error(
            errors.ProOnly,
            f"{what} takes OpenVidu Pro; {{host}} is OpenVidu CE {server.version}.",
            "Ask a server that runs OpenVidu Pro or Enterprise.",
        )


def too_old(call: Call[T], server: Server, what: str, since: tuple[int, int]) -> OpenViduError:
    """The error for ``what`` that the server's version does not have yet."""
    return call.error(
        errors.TooOld,
        f"{what} takes OpenVidu {since[0]}.{since[1]} or later; "
        f"{{host}} is {server.version or 'of an unknown version'}.",
        "Do without it, or have that server updated.",
    )
