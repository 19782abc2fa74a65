"""Faults a test asks for: one operation, so many times, something goes wrong on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from ovbot.sandbox.openvidu.messages import Reply

KINDS = {
    "status": "answers `status` (and `body`), nothing else happens",
    "status-after": "the effect happens, then `status` (and `body`) is answered",
    "delay": "waits `seconds`, then works",
    "delay-after": "works, then waits `seconds` before it answers",
    "drop-before": "closes the connection without any effect",
    "drop-after": "the effect happens, then the connection is closed without an answer",
    "reset-before": "resets the connection without any effect",
    "reset-after": "the effect happens, then the connection is reset",
    "truncate": "the effect happens, the connection closes in the middle of the body",
    "cut": "the effect happens, the body is cut in half but complete for HTTP",
    "html": "a proxy's HTML page with `status` (502), nothing else happens",
    "redirect": "a redirect (`status`, 302) to `location`, nothing else happens",
    "content-type": "the real answer, labelled as `contentType`",
}
_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n"
    "<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
_TITLES = {
    403: "403 Forbidden",
    413: "413 Request Entity Too Large",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}


@dataclass(frozen=True)
class Fault:
    """One kind of trouble; ``operation`` is a name or ``*``, ``times`` how often it is left."""

    operation: str
    fault: str
    times: int = 1
    status: int | None = None
    seconds: float = 0.0
    location: str = ""
    body: str | None = None
    content_type: str | None = None


class Broken(Exception):
    """The connection ends here; ``reply`` holds what may still leave, half of it."""

    def __init__(self, *, reset: bool = False, reply: Reply | None = None) -> None:
        super().__init__("connection broken on purpose")
        self.reset = reset
        self.reply = reply


class Faults:
    """The faults that are waiting, first asked first met."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(each) for each in self._waiting]

    def take(self, operation: str | None) -> Fault | None:
        """The next fault for this operation, counted down."""
        for index, fault in enumerate(self._waiting):
            if fault.operation == operation or (fault.operation == "*" and operation):
                left = fault.times - 1
                if left > 0:
                    self._waiting[index] = replace(fault, times=left)
                else:
                    del self._waiting[index]
                return fault
        return None


async def suffer(fault: Fault, work: Callable[[], Awaitable[Reply]]) -> Reply:
    """Do the work, or not, the way the fault says; ``Broken`` ends the connection."""
    kind = fault.fault
    if kind in ("drop-before", "reset-before"):
        raise Broken(reset=kind.startswith("reset"))
    if kind == "delay":
        await asyncio.sleep(fault.seconds)
        return await work()
    if kind in ("status", "html", "redirect"):
        return _instead(fault)
    reply = await work()
    if kind in ("drop-after", "reset-after"):
        raise Broken(reset=kind.startswith("reset"))
    if kind == "truncate":
        raise Broken(reply=reply)
    if kind == "delay-after":
        await asyncio.sleep(fault.seconds)
        return reply
    if kind == "status-after":
        return _instead(fault)
    if kind == "cut":
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    return replace(reply, content_type=fault.content_type)


def proxy_page(status: int) -> Reply:
    """What the proxy in front says when it cannot, or may not, reach OpenVidu."""
    page = _PAGE.format(_TITLES.get(status, f"{status} Error"))
    return Reply(status, page.encode(), "text/html")


def _instead(fault: Fault) -> Reply:
    if fault.fault == "html":
        page = proxy_page(fault.status or 502)
        if fault.body is not None:
            page = replace(page, body=fault.body.encode())
        return replace(page, content_type=fault.content_type or page.content_type)
    if fault.fault == "redirect":
        return Reply(fault.status or 302, headers=(("Location", fault.location),))
    content_type = fault.content_type
    if content_type is None and fault.body is not None:
        content_type = "application/json"
    return Reply(fault.status or 500, (fault.body or "").encode(), content_type)
