"""What a reply means: the answer in it, or an error with its sentence and its next step.

Replies are judged by their HTTP status alone: most of OpenVidu's error answers have no body, and
one of them is text labelled as JSON, so a body is at most quoted. What a documented status means
stands in the operation's row; what any other status means, here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import msgspec

from ovbot.openvidu import errors
from ovbot.openvidu.errors import OpenViduError, presentable
from ovbot.openvidu.wire import Call, Reply

T = TypeVar("T")


def decipher(call: Call[T], reply: Reply) -> T:
    """The answer in a reply, or the error that its status means."""
    judge(call, reply)
    try:
        return call.operation.read(reply)
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError) as problem:
        kind = presentable(reply.headers.get("content-type", ""), 60) or "no content type"
        what = (
            f"the server at {{host}} answered {reply.status} with something that is not "
            f"OpenVidu's ({kind})"
        )
        raise uncertain(call, what, status=reply.status) from problem


def judge(call: Call[Any], reply: Reply) -> None:
    """Raise what the status of a reply means, unless it means success."""
    operation = call.operation
    if reply.status in operation.success:
        return
    meaning = operation.meanings.get(reply.status)
    if meaning is None:
        _undocumented(call, reply)
    raise call.error(
        meaning.error,
        meaning.sentence,
        meaning.next_step,
        status=reply.status,
        message=quoted(reply),
    )


def quoted(reply: Reply) -> str:
    """OpenVidu's own words in an error's body: a JSON object's ``message``, or plain text."""
    if not reply.body or len(reply.body) > 65_536:
        return ""
    try:
        parsed = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = reply.body.decode("utf-8", "replace").strip()
        return "" if text.startswith("<") else text
    message = parsed.get("message") if isinstance(parsed, dict) else None
    if not isinstance(message, str) or message == "No message available":
        return ""
    return message


_ADDRESS = "Check the URL of the server, and whether a proxy stands in front of it."
_LOG = "Try again in a moment; if it goes on, OpenVidu's own log tells why."


def uncertain(
    call: Call[T], reason: str, *, status: int | None = None, message: str = ""
) -> OpenViduError:
    """A reply that tells nothing: Unknown for an action, Unexpected for a question."""
    operation = call.operation
    if operation.safe:
        return call.error(
            errors.Unexpected,
            f"{reason[:1].upper()}{reason[1:]}, so it is not known how things stand.",
            _LOG if status is not None and status >= 500 else _ADDRESS,
            status=status,
            message=message,
        )
    return call.error(
        errors.Unknown,
        f"The request to {operation.doing} was sent, but {reason}. "
        "Whether it took effect is not known.",
        LOOK[operation.finder or ""],
        status=status,
        message=message,
    )


def unreachable(
    call: Call[T], reason: str, kind: type[errors.Unreachable] = errors.Unreachable
) -> OpenViduError:
    """No answer, and no effect: nothing was sent, or it was only a question."""
    return call.error(
        kind,
        f"OpenVidu at {{host}} cannot be reached: {reason}; nothing was done.",
        "Let its operator make the server's certificate known to the bot (CA file)."
        if kind is errors.Untrusted
        else "Check that the server runs and can be reached from here, then try again.",
    )


LOOK: Mapping[str, str] = {
    "session": "Look at the session before trying again.",
    "sessions": "List the sessions before trying again.",
    "connection": "Look at that connection before trying again.",
    "connections": "List the session's connections before trying again.",
    "recording": "Look at the recording before trying again.",
    "recordings": "List the recordings before trying again: it may be running.",
    "media_node": "Look at the media node before trying again.",
    "media_nodes": "List the media nodes before trying again.",
    "config": "Read the server's configuration before trying again.",
    "pro_config": "Read the server's configuration before trying again.",
}


def _undocumented(call: Call[T], reply: Reply) -> NoReturn:
    """Raise what a status means that the operation's documentation does not name."""
    status, message = reply.status, quoted(reply)
    if status == 401:
        raise call.error(
            errors.Unauthorized,
            "OpenVidu at {host} does not accept the bot's secret. Nothing was done.",
            "Give the bot the OPENVIDU_SECRET of that server.",
            status=status,
        )
    if 300 <= status < 400:
        target = urlsplit(reply.headers.get("location", "")).netloc.rpartition("@")[2]
        there = f" to {presentable(target, 80)}" if target else ""
        raise call.error(
            errors.Redirected,
            f"The server at {{host}} redirects{there} ({status}), "
            f"which is not followed, since the secret would go along. Nothing was done.",
            "Set the URL of the OpenVidu server itself.",
            status=status,
        )
    if status in _PROXY:
        kind, what = _PROXY[status]
        raise call.error(
            kind, f"{what} ({status}). Nothing was done.", status=status, message=message
        )
    if status in (502, 503, 504) and (call.operation.safe or status == 503):
        # 503 is given before a request is passed on; 502 and 504 may follow its effect
        reason = f"something in front of it answers {status}"
        error = unreachable(call, reason, errors.Unavailable)
        error.status = status
        raise error
    if status >= 500 and status != 501:
        reason = f"OpenVidu at {{host}} failed with status {status}"
        raise uncertain(call, reason, status=status, message=message)
    raise call.error(
        errors.Unexpected,
        f"The server at {{host}} answered {status}, which OpenVidu does not document here. "
        "Nothing was done.",
        _ADDRESS,
        status=status,
        message=message,
    )


_PROXY: Mapping[int, tuple[type[OpenViduError], str]] = {
    403: (errors.Forbidden, "Something in front of OpenVidu at {host} keeps the bot out"),
    413: (errors.TooLarge, "The request is larger than a proxy in front of {host} lets through"),
    429: (errors.TooManyRequests, "Something in front of OpenVidu at {host} limits the rate"),
}
