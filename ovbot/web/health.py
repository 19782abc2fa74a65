"""``/healthz`` (the process lives) and ``/readyz`` (it can do its work). Nothing secret in them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ovbot.clock import Clock
from ovbot.errors import FaultError

log = structlog.get_logger(__name__)

OK = "ok"
PATIENCE = 2.0
"""Seconds that the database gets to answer: who asks for readiness waits not much longer."""
_FRESH = 1_000
"""Milliseconds for which its answer stands: anybody may ask, and it has other work."""


class Health:
    """Asks the parts how they are.

    ``ping`` raises FaultError when the database is away; ``slack`` tells in words why payloads
    cannot arrive or messages cannot leave, or ``OK``; ``openvidu_contact`` is when OpenVidu last
    answered (ms), or None; ``stopping`` whether the process is about to end.
    """

    def __init__(
        self,
        *,
        ping: Callable[[], Awaitable[None]],
        slack: Callable[[], str],
        openvidu_contact: Callable[[], int | None],
        clock: Clock,
        stopping: Callable[[], bool] = lambda: False,
        patience: float = PATIENCE,
    ) -> None:
        self._ping = ping
        self._slack = slack
        self._openvidu_contact = openvidu_contact
        self._clock = clock
        self._stopping = stopping
        self._patience = patience
        self._asking: asyncio.Task[bool] | None = None
        self._asked_at = 0

    async def alive(self, _request: Request) -> Response:
        """200 for as long as requests are answered at all."""
        return JSONResponse({"status": "alive"})

    async def ready(self, _request: Request) -> Response:
        """200 when the database answers and Slack is connected, else 503; 503 while it stops.

        OpenVidu's last contact is told and not required: without it people still get answers.
        """
        database, slack = await self._database(), self._slack()
        status = "ready" if database and slack == OK else "not ready"
        if self._stopping():
            status = "stopping"
        report: dict[str, Any] = {
            "status": status,
            "database": "ok" if database else "no answer",
            "slack": slack,
            "openvidu": self._contact(),
        }
        return JSONResponse(report, 200 if status == "ready" else 503)

    async def _database(self) -> bool:
        """Whether it answers, or did a moment ago; it is asked once, however many ask here."""
        now = self._clock.now_ms()
        if self._asking is None or (self._asking.done() and abs(now - self._asked_at) > _FRESH):
            self._asking, self._asked_at = asyncio.ensure_future(self._answers()), now
        return await asyncio.shield(self._asking)

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(self._patience):
                await self._ping()
        except (TimeoutError, FaultError) as error:
            log.warning("health.database", error=str(error) or "too slow")
            return False
        return True

    def _contact(self) -> dict[str, Any]:
        at = self._openvidu_contact()
        if at is None:
            return {"last_contact": None}
        age = max(0, self._clock.now_ms() - at) / 1000
        return {"last_contact": at, "seconds_ago": round(age, 1)}
