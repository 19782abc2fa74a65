"""Trouble on demand."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.responses import Response

from ovbot.sandbox.slack.errors import ApiError

DELIVERIES = ("slash_commands", "interactive", "events_api", "url_verification")
"""What is sent to the bot, by the names Socket Mode gives them."""

RESPONSE_URL = "response_url"

_FAILURES = {429: "ratelimited", 500: "internal_error", 503: "service_unavailable"}


class DroppedError(Exception):
    """The connection is to be closed before anything is done."""


@dataclass(frozen=True)
class OddAnswer:
    """What the edge, a proxy or a login page answers in the API's place, to the letter."""

    body: str
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """To send."""
        kind = {"Content-Type": "text/html"} | dict(self.headers)
        return Response(self.body.encode(), self.status, kind)


class OddAnswerError(Exception):
    """The answer is given before anything is done."""

    def __init__(self, answer: OddAnswer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass
class Fault:
    """What goes wrong, `times` times.

    `error` and `status` answer in the method's place; `delay` seconds pass first; `drop` closes
    the connection before anything is done, `lose_answer` after it was done. `odd` is answered in
    the method's place, or instead of the answer that was lost.
    """

    method: str
    times: int = 1
    error: str | None = None
    status: int | None = None
    delay: float = 0.0
    drop: bool = False
    lose_answer: bool = False
    retry_after: int | None = None
    odd: OddAnswer | None = None

    async def strike(self) -> None:
        """What goes wrong ahead of a call: a delay, then DroppedError or ApiError."""
        await asyncio.sleep(self.delay)
        if self.drop:
            raise DroppedError
        if self.odd is not None:
            if not self.lose_answer:
                raise OddAnswerError(self.odd)
            return
        if self.error is None and self.status is None:
            return
        limited = self.error == "ratelimited" or self.status == 429
        status = self.status or (429 if limited else 200)
        wait = 1 if limited and self.retry_after is None else self.retry_after
        error = self.error or _FAILURES.get(status, "fatal_error")
        raise ApiError(error, status=status, retry_after=wait)


@dataclass
class Faults:
    """Faults waiting for their method to be called, in the order they were set."""

    _waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Let the next calls of its method (``*`` for any Web API method) go wrong."""
        self._waiting.append(fault)

    def take(self, method: str, *, wildcard: bool = True) -> Fault | None:
        """The fault this call runs into, if any."""
        for fault in self._waiting:
            if fault.method == method or (wildcard and fault.method == "*"):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._waiting.clear()
