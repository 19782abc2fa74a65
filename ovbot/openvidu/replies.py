"""What a reply means: the answer in it, or an error with its sentence and its next step.

What a status comes to stands in `ovbot.openvidu.statuses`; here are the words for it. Most
of OpenVidu's error answers have no body, and one of them is text labelled as JSON, so a body is
looked at to tell who spoke, and at most quoted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from ovbot.openvidu import errors
from ovbot.openvidu.dialects import Server
from ovbot.openvidu.errors import OpenViduError, presentable
from ovbot.openvidu.statuses import Body, Sense, body_of, quoted, sense
from ovbot.openvidu.wire import Call, Meaning, Reply

T = TypeVar("T")


def decipher(call: Call[T], reply: Reply, server: Server | None = None) -> T:
    """The answer in a reply of that server, or the error that it means."""
    judge(call, reply, server)
    try:
        return call.operation.read(reply)
    except (msgspec.MsgspecError, UnicodeDecodeError, TypeError) as problem:
        kind = presentable(reply.headers.get("content-type", ""), 60) or "no content type"
        what = (
            f"the server at {{host}} answered {reply.status} with something that is not "
            f"OpenVidu's ({kind})"
        )
        error = uncertain(call, what, status=reply.status)
        error.passing = body_of(reply) is not Body.PAGE  # cut off, perhaps
        raise error from problem


def judge(call: Call[Any], reply: Reply, server: Server | None = None) -> None:
    """Raise what the status of a reply means, unless it means success."""
    operation, status = call.operation, reply.status
    if status in operation.success:
        return
    came_to, message = sense(operation, reply, server), quoted(reply)
    if came_to is Sense.INSIDE:
        error = failed_inside(call, status, message)
        if operation.pro and status == 403:
            error.next_step = f"{error.next_step} {_OR_COMMUNITY}"
        raise error
    if came_to is Sense.ANOTHER_SUCCESS:
        what = f"the server at {{host}} answered {status}, which OpenVidu does not document here"
        raise uncertain(call, what, status=status, message=message)
    if came_to is Sense.AWAY:
        error = unreachable(call, f"something in front of it answers {status}", errors.Unavailable)
        error.status = status
        raise error
    if came_to is Sense.REDIRECT:
        raise _redirected(call, reply)
    documented = came_to is Sense.DOCUMENTED
    meaning = operation.meanings[status] if documented else _WORDS[came_to]
    sentence = meaning.sentence.replace("{doing}", operation.doing)
    raise call.error(
        meaning.error,
        sentence.replace("{status}", str(status)),
        meaning.next_step,
        status=status,
        message=message,
    )


_ADDRESS = "Check the URL of the server, and whether a proxy stands in front of it."
_OR_COMMUNITY = (
    "From 2.32 on OpenVidu Community answers just so, and does nothing: check that this server "
    "runs OpenVidu Pro."
)
_LOG = "Try again in a moment; if it goes on, OpenVidu's own log tells why."


def uncertain(
    call: Call[T], reason: str, *, status: int | None = None, message: str = ""
) -> OpenViduError:
    """A reply that tells nothing: Unknown for an action, Unexpected for a question."""
    operation = call.operation
    if operation.safe:
        inside = status is not None and status >= 300
        return call.error(
            errors.ServerFault if inside else errors.Unexpected,
            f"{reason[:1].upper()}{reason[1:]}, so it is not known how things stand.",
            _LOG if inside else _ADDRESS,
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
        "Let its operator make this very certificate known to the bot (as CA file, or by its "
        "SHA-256), or give the server one for this name by an authority that the bot trusts."
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


def failed_inside(call: Call[Any], status: int, message: str = "") -> OpenViduError:
    """OpenVidu broke over the call: nobody knows how far it came."""
    return uncertain(
        call, f"OpenVidu at {{host}} failed with status {status}", status=status, message=message
    )


def _redirected(call: Call[Any], reply: Reply) -> OpenViduError:
    target = urlsplit(reply.headers.get("location", "")).netloc.rpartition("@")[2]
    there = f" to {presentable(target, 80)}" if target else ""
    return call.error(
        errors.Redirected,
        f"The server at {{host}} redirects{there} ({reply.status}), "
        f"which is not followed, since the secret would go along. Nothing was done.",
        "Set the URL of the OpenVidu server itself.",
        status=reply.status,
    )


def _refused(error: type[errors.Unauthorized]) -> Meaning:
    return Meaning(
        error,
        "OpenVidu at {host} does not accept the bot's secret. Nothing was done.",
        "Give the bot the OPENVIDU_SECRET of that server.",
    )


_WORDS: Final[Mapping[Sense, Meaning]] = {
    Sense.REFUSED: _refused(errors.Unauthorized),
    Sense.DOUBT: _refused(errors.Doubted),
    Sense.BEYOND: Meaning(
        errors.BeyondEnd,
        "A part of a file was to be read at {host}, which ends before it.",
        "It is read from its beginning again.",
    ),
    Sense.IN_FRONT: Meaning(
        errors.Forbidden,
        "Something in front of OpenVidu at {host} keeps the bot out ({status}). Nothing was done.",
        "Ask whoever runs it to let the bot's address through without a sign-in of its own; in "
        "OpenVidu's own proxy the list is ALLOWED_ACCESS_TO_RESTAPI.",
    ),
    Sense.TOO_LARGE: Meaning(
        errors.TooLarge,
        "The request is larger than a proxy in front of {host} lets through ({status}). "
        "Nothing was done.",
    ),
    Sense.TOO_MANY: Meaning(
        errors.TooManyRequests,
        "Something in front of OpenVidu at {host} limits the rate ({status}). Nothing was done.",
    ),
    Sense.UNREADABLE: Meaning(
        errors.Unreadable,
        "The web server at {host} could not read the request ({status}), so OpenVidu never saw "
        "it. Nothing was done.",
        "Check the id that was named, and that the URL of the server begins with https:// "
        "where it should.",
    ),
    Sense.NOT_THIS_EDITION: Meaning(
        errors.ProOnly,
        "OpenVidu at {host} cannot {doing} ({status}): that takes OpenVidu Pro. Nothing was done.",
        "Ask a server that runs OpenVidu Pro or Enterprise.",
    ),
    Sense.UNDOCUMENTED: Meaning(
        errors.Unexpected,
        "The server at {host} answered {status}, which OpenVidu does not document here. "
        "Nothing was done.",
        _ADDRESS,
    ),
}
