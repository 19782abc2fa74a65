"""What went wrong below HTTP, in words, and whether the request can have had an effect."""

from __future__ import annotations

import re
import ssl
from typing import TypeVar

import httpx

from ovbot.openvidu.bodies import TooLong
from ovbot.openvidu.certificates import EXPIRED, WRONG_NAME, refusal
from ovbot.openvidu.errors import OpenViduError, Untrusted, presentable
from ovbot.openvidu.replies import uncertain, unreachable
from ovbot.openvidu.wire import Call

T = TypeVar("T")

_NO_TLS = re.compile(r"wrong.version.number|record.layer.failure|packet.length", re.IGNORECASE)
"""OpenSSL's words for an answer that is no TLS."""
_NOTHING_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)


def explain(call: Call[T], problem: BaseException, *, probing: bool = False) -> OpenViduError:
    """The error for a request that got no whole answer.

    ``probing`` says that it was the probe before the call, so of the call nothing was sent.
    """
    distrust = refusal(problem)
    if distrust is not None:
        return _untrusted(call, distrust)
    if isinstance(problem, TooLong):
        size = problem.limit // 1024**2
        return uncertain(call, f"the answer of {{host}} is longer than {size} MB and was not read")
    reason = _reason(problem)
    if probing or call.operation.safe or isinstance(problem, _NOTHING_SENT):
        return unreachable(call, reason)
    return uncertain(call, reason)


def _untrusted(call: Call[T], problem: ssl.SSLCertVerificationError) -> OpenViduError:
    """Which of the two is wrong: the name, or whom it comes from."""
    said = presentable(problem.verify_message or "verification failed", 120)
    if problem.verify_code in WRONG_NAME:
        reason = f"its certificate is made out for another name ({said})"
    elif problem.verify_code == EXPIRED or "expired" in said:
        reason = f"its certificate has come to its end ({said})"
    else:
        reason = f"its certificate is not trusted ({said})"
    return unreachable(call, reason, Untrusted)


def _reason(problem: BaseException) -> str:
    if isinstance(problem, httpx.ConnectTimeout):
        return "it does not take the connection"
    if isinstance(problem, httpx.TimeoutException | TimeoutError):
        return "it did not answer in time"
    if isinstance(problem, httpx.ConnectError) and _NO_TLS.search(str(problem)):
        return f"it does not speak https at that port; perhaps it does http ({_detail(problem)})"
    if isinstance(problem, httpx.ConnectError):
        return f"the connection failed ({_detail(problem)})"
    if isinstance(problem, httpx.DecodingError):
        return "its answer could not be unpacked"
    return f"the connection broke before the whole answer was there ({_detail(problem)})"


def _detail(problem: BaseException) -> str:
    return presentable(str(problem), 120) or type(problem).__name__
