"""What came back from Slack, or from what stands before it, and what that means for whoever asked.

Nobody else looks at a status, a body or an error of the network. Source: docs.slack.dev, the
"Errors" of chat.postMessage, chat.update, chat.postEphemeral, views.open and auth.test, and "Rate
limits". Before Slack stand its edge, a company's proxy, a hotel's login page: they answer anything.
"""

import email.utils
import json
import re
import ssl
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.slack import refusals

PASSING = {FailureKind.WAIT, FailureKind.RETRY, FailureKind.AMBIGUOUS, FailureKind.NOBODY}
"""What may be well by itself in a while."""
_LOST_BEHIND = frozenset({502, 504, 520, 524})
"""Statuses of a gateway that passed the request on and got no answer."""
_OK = re.compile(rb'\s*\{\s*"ok"\s*:\s*(true|false)\b')

_SHORTEST, _LONGEST = 1.0, 900.0
_UNSAID = 5.0
"""Seconds to wait where Slack limits us and does not say for how long."""


def network_advice(reason: str) -> str:
    """What whoever runs ovbot should do where Slack cannot be reached."""
    if reason.startswith("certificate"):
        return (
            "Behind a company's own authority, name its PEM file in SSL_CERT_FILE and start ovbot "
            "again."
        )
    if "proxy" in reason:
        return "Check HTTPS_PROXY, and NO_PROXY for what needs no proxy."
    return "Check the network, HTTPS_PROXY and SLACK_API_URL."


def was_answered(reason: str) -> bool:
    """Whether something answered at all, whatever it said."""
    return reason.startswith("odd answer") or refusals.kind_of(reason) is not None


def meaning(
    method: str, status: int, headers: Mapping[str, str], body: bytes, *, whole: bool = True
) -> dict[str, Any]:
    """An answer as the object that says ``ok``; raises ChatFailure for every other.

    ``whole``: whether all of the body was read.
    """
    said = _object(body) if whole else None
    if status == 429:
        raise ChatFailure(FailureKind.WAIT, "ratelimited", _pause(headers))
    if said is not None and said.get("ok") is True:
        return said
    reason = said.get("error") if said is not None else None
    if isinstance(reason, str) and reason:
        raise _refusal(method, reason[:100], status, headers)
    begun = _OK.match(body)
    if said is None and begun and begun[1] == b"true" and method.startswith("chat."):
        return {"ok": True}  # cut off behind what matters
    raise _odd(status, headers, said, body)


def of_response_url(status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A response_url says ``ok`` in plain text, or like a method; raises ChatFailure otherwise."""
    if status == 200 and (body.strip() in {b"ok", b""} or _object(body) == {"ok": True}):
        return
    if status in {404, 410} and _object(body) is None:
        raise ChatFailure(FailureKind.DEAD, body[:40].decode("ascii", "replace") or "expired_url")
    meaning("response_url", status, headers, body)


def of_error(error: Exception) -> ChatFailure:
    """What an error of the network means: nothing was sent, or nobody knows."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return ChatFailure(FailureKind.RETRY, certificate(error))
        case aiohttp.ClientHttpProxyError():
            why = f"the proxy refused the connection (status {error.status})"
            return ChatFailure(FailureKind.RETRY, why)
        case aiohttp.ClientProxyConnectionError():
            return ChatFailure(FailureKind.RETRY, "no connection to the proxy")
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return ChatFailure(FailureKind.RETRY, "no connection to Slack")
        case ValueError():  # before anything was sent: an address or a proxy that cannot be used
            return ChatFailure(FailureKind.RETRY, f"cannot be sent ({type(error).__name__})")
        case aiohttp.ClientPayloadError():  # its status came, and its body was cut off or garbled
            return ChatFailure(FailureKind.AMBIGUOUS, "odd answer (broken)", answered=True)
        case TimeoutError():
            return ChatFailure(FailureKind.AMBIGUOUS, "no answer in time")
        case _:
            return ChatFailure(FailureKind.AMBIGUOUS, f"answer lost ({type(error).__name__})")


def certificate(error: Exception) -> str:
    """What is wrong with the certificate that was shown in Slack's name."""
    inner: BaseException | None = getattr(error, "certificate_error", None) or error.__cause__
    words = inner.verify_message if isinstance(inner, ssl.SSLCertVerificationError) else ""
    return f"certificate not trusted ({words or 'TLS failed'})"


def _refusal(method: str, reason: str, status: int, headers: Mapping[str, str]) -> ChatFailure:
    kind = refusals.kind_of(reason)
    if kind is FailureKind.WAIT:
        return ChatFailure(kind, "ratelimited", _pause(headers))
    if reason == "missing_scope":  # of what only looks, that is no matter
        kind = FailureKind.NOBODY if method.startswith("chat.") else FailureKind.DEAD
    if kind is not None:
        return ChatFailure(kind, reason, answered=True)
    if status >= 500 or status == 408:
        return ChatFailure(FailureKind.RETRY, reason, answered=True)
    return ChatFailure(FailureKind.DEAD, reason)


def _odd(
    status: int, headers: Mapping[str, str], said: dict[str, Any] | None, body: bytes
) -> ChatFailure:
    """Not the Web API's answer: something before Slack gave it, or it was cut off."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip()[:40]
    what = "no reason" if said is not None else kind or "no content"
    reason = f"odd answer (status {status}, {what})"
    if status == 413:
        return ChatFailure(FailureKind.DEAD, reason)
    cut_off = said is None and status < 300 and body.lstrip()[:1] == b"{"
    if status in _LOST_BEHIND or (cut_off and _OK.match(body) is None):
        return ChatFailure(FailureKind.AMBIGUOUS, reason, answered=True)
    return ChatFailure(FailureKind.RETRY, reason, answered=True)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _pause(headers: Mapping[str, str]) -> float:
    """Seconds of Retry-After, which Slack gives as a number and others as a date, or not at all."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return min(max(float(said), _SHORTEST), _LONGEST)
    try:
        at = email.utils.parsedate_to_datetime(said)
    except (ValueError, OverflowError):
        return _UNSAID
    return min(max(at.timestamp() - time.time(), _UNSAID), _LONGEST)
