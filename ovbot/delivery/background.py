"""What the side tasks share: pauses that tests can replace, and trouble that is told once.

Each side task has a ``run`` that returns only when it was told to stop. A database or an OpenVidu
that is away is waited for; anything else ends ``run`` with its exception, so that whoever awaits
it (one task group in the wiring) hears of it.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ovbot.store.failures import StoreError
from ovbot.store.wake import Wake

Pause = Callable[[float], Awaitable[None]]
"""``asyncio.sleep``, or a test's own idea of time. Seconds."""

Leadership = Callable[[], Awaitable[None]]
"""Returns once this process is the one whose turn it is to do what only one may do."""

log = structlog.get_logger(__name__)


async def always() -> None:
    """The turn of a process that is alone."""


async def wake_or_pause(wake: Wake, topic: str, pause: Pause, seconds: float) -> None:
    """Return when the topic is woken, or after ``seconds``."""
    waiting = asyncio.create_task(wake.wait(topic))
    resting = asyncio.ensure_future(pause(seconds))
    try:
        await asyncio.wait({waiting, resting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        resting.cancel()
        await asyncio.wait({waiting, resting})


async def one_round(
    step: Callable[[], Awaitable[float]],
    trouble: "LogOnce",
    wake: Wake,
    topic: str,
    pause: Pause,
    *,
    after_trouble: float,
) -> None:
    """Do a step, and wait as long as it says (seconds) or until ``topic`` is woken.

    A database that is away is told once and tried again after ``after_trouble`` seconds.
    """
    try:
        seconds = await step()
        trouble.over()
    except StoreError as error:
        trouble.seen(error)
        seconds = after_trouble
    if seconds > 0:
        await wake_or_pause(wake, topic, pause, seconds)


class LogOnce:
    """Tells of a trouble when it begins, changes or ends, and not at every try between."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._told: str | None = None

    def seen(self, error: Exception) -> None:
        """The trouble is there (still)."""
        sentence = str(error) or type(error).__name__
        if sentence != self._told:
            log.warning("trouble.began", at=self._where, error=sentence, code=_code(error))
            self._told = sentence

    def over(self) -> None:
        """It went well."""
        if self._told is not None:
            log.info("trouble.over", at=self._where)
            self._told = None


def _code(error: Exception) -> str:
    return str(getattr(error, "code", type(error).__name__))
