"""What the status of an answer means: one table over status, body, version and kind of call.

A status alone is not its meaning. From 2.32 on, whatever fails inside of OpenVidu's framework is
an empty 403 or 401: an uncaught exception, an unknown path, a wrong method, an operation of Pro on
Community. An empty 400 of DELETE says that the session is gone, the web server's 400 that it could
not even read the address. Who spoke shows in the body, so that is looked at first.

The statuses that an operation documents stand in its own row, and count where OpenVidu itself
spoke; everything else is decided here.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from ovbot.openvidu.dialects import Server, release
from ovbot.openvidu.errors import BadRequest
from ovbot.openvidu.wire import Operation, Reply

JUDGED_BYTES: Final = 65_536
"""An error's body is never longer; what is, is a page."""
FRAMEWORK_IS_SILENT: Final = (2, 32)
"""Since this version the framework's own errors are 401 and 403 without a body."""


class Body(enum.Enum):
    """Who wrote the body of an error."""

    EMPTY = "nobody"
    OWN = "OpenVidu: its JSON error, with the time as a number"
    FRAMEWORK = "the framework beneath OpenVidu: the same with the time as text"
    TEXT = "OpenVidu in plain text, as for what failed inside of it; or something in front"
    PAGE = "a web server or proxy: a page"


class Sense(enum.Enum):
    """What a status comes to."""

    DOCUMENTED = "what the operation's row says"
    INSIDE = "something failed inside of OpenVidu: what was asked for may be done, or half done"
    ANOTHER_SUCCESS = "a success, but another one than is documented: it may well be done"
    REFUSED = "the secret is wrong"
    DOUBT = "the secret is wrong, or something failed inside: another call tells which"
    IN_FRONT = "something in front of OpenVidu keeps the bot out; nothing was done"
    AWAY = "something in front says that OpenVidu is not there; nothing was done"
    UNREADABLE = "the web server could not read the request; nothing was done"
    NOT_THIS_EDITION = "an operation of Pro, which this server does not have; nothing was done"
    BEYOND = "a part of a file that ends before it"
    REDIRECT = "a redirect, which is not followed; nothing was done"
    TOO_LARGE = "more than a proxy lets through; nothing was done"
    TOO_MANY = "a proxy limits the rate; nothing was done"
    UNDOCUMENTED = "an answer that OpenVidu does not give here; nothing was done"


class Kind(enum.Enum):
    """What sort of call it was."""

    PROBE = "reading the configuration, by which the secret is known to be right"
    QUESTION = "any other that only asks"
    CHANGE = "one that may have an effect"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; what is left empty holds for all. ``before``: of versions before it."""

    statuses: range
    sense: Sense
    bodies: frozenset[Body] = frozenset(Body)
    kinds: frozenset[Kind] = frozenset(Kind)
    before: tuple[int, int] | None = None
    pro: bool = False


def _at(*statuses: int) -> range:
    return range(statuses[0], statuses[-1] + 1)


def _of(*bodies: Body) -> frozenset[Body]:
    return frozenset(bodies)


_OPENVIDU = _of(Body.EMPTY, Body.OWN, Body.FRAMEWORK)
_SPOKEN = _of(Body.OWN, Body.FRAMEWORK)

TABLE: Final[tuple[Row, ...]] = (
    Row(_at(200, 299), Sense.ANOTHER_SUCCESS),
    Row(_at(300, 399), Sense.REDIRECT),
    Row(_at(400), Sense.UNREADABLE, _of(Body.TEXT, Body.PAGE)),
    # OpenVidu's own 401 and 403 are empty or JSON
    Row(_at(401, 403), Sense.IN_FRONT, _of(Body.TEXT, Body.PAGE)),
    # the probe decides on the secret; before 2.32 nothing but the secret was a 401
    Row(_at(401), Sense.REFUSED, kinds=frozenset({Kind.PROBE})),
    Row(_at(401), Sense.REFUSED, before=FRAMEWORK_IS_SILENT),
    Row(_at(401), Sense.DOUBT, _of(Body.EMPTY)),
    Row(_at(401), Sense.REFUSED),
    Row(_at(403), Sense.INSIDE),
    Row(_at(404, 405), Sense.NOT_THIS_EDITION, _OPENVIDU, pro=True),
    Row(_at(413), Sense.TOO_LARGE),
    Row(_at(429), Sense.TOO_MANY),
    Row(_at(501), Sense.UNDOCUMENTED),
    # 503 is given before a request is passed on; 502 and 504 may follow its effect
    Row(_at(502, 504), Sense.INSIDE, _SPOKEN),
    Row(_at(503), Sense.AWAY),
    Row(_at(502, 504), Sense.AWAY, kinds=frozenset({Kind.PROBE, Kind.QUESTION})),
    Row(_at(500, 599), Sense.INSIDE),
    Row(_at(100, 599), Sense.UNDOCUMENTED),
)
"""The first line that fits decides."""


def sense(operation: Operation[Any], reply: Reply, server: Server | None) -> Sense:
    """What the status of a reply comes to, unless it is the operation's success.

    Of a server that is not known, or of no known version, the least is assumed.
    """
    if reply.headers.get("content-range", "").startswith("bytes */"):
        return Sense.BEYOND  # whatever the status: 2.32 says 403
    body, kind = body_of(reply), kind_of(operation)
    if _documented(operation, reply.status, body):
        return Sense.DOCUMENTED
    version = release(server.version) if server is not None else (0, 0)
    for row in TABLE:
        if (
            reply.status in row.statuses
            and body in row.bodies
            and kind in row.kinds
            and (row.before is None or (0, 0) < version < row.before)
            and (operation.pro or not row.pro)
        ):
            return row.sense
    return Sense.UNDOCUMENTED


def _documented(operation: Operation[Any], status: int, body: Body) -> bool:
    """Whether the operation's row is what was meant: if OpenVidu said it, not what is around it.

    The framework refuses what it cannot read with 400, and says 404 and 405 of paths and methods
    that the server does not have, where OpenVidu's own are about what was asked for.
    """
    meaning = operation.meanings.get(status)
    if meaning is None or body is Body.PAGE:
        return False
    if body in (Body.EMPTY, Body.OWN):
        return True
    return (
        status == 500
        if body is Body.TEXT and status >= 500
        else issubclass(meaning.error, BadRequest)
    )


def kind_of(operation: Operation[Any]) -> Kind:
    """What sort of call an operation is."""
    if not operation.safe:
        return Kind.CHANGE
    return Kind.PROBE if operation.root == "config" else Kind.QUESTION


def body_of(reply: Reply) -> Body:
    """Who wrote the body. The content type is no help: OpenVidu calls its plain text JSON."""
    if not reply.body.strip():
        return Body.EMPTY
    if len(reply.body) > JUDGED_BYTES or reply.body.lstrip()[:1] == b"<":
        return Body.PAGE
    found = _json(reply)
    stamp = found.get("timestamp") if isinstance(found, dict) else None
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):
        return Body.OWN
    return Body.FRAMEWORK if isinstance(stamp, str) else Body.TEXT


def quoted(reply: Reply) -> str:
    """OpenVidu's own words in an error's body: a JSON object's ``message``, or plain text."""
    if len(reply.body) > JUDGED_BYTES:
        return ""
    found = _json(reply)
    if found is msgspec.UNSET:
        text = reply.body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text
    message = found.get("message") if isinstance(found, dict) else None
    return message if isinstance(message, str) and message != "No message available" else ""


def _json(reply: Reply) -> object:
    """The body as JSON; UNSET if it is none."""
    try:
        return msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return msgspec.UNSET
