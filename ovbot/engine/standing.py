"""Whether the chat takes anything from us at all."""

import asyncio
import contextlib


class Standing:
    """Refused as a whole, or well. ``reason`` is the chat's own word for it, "" while it is well;
    ``advice`` is a sentence for whoever runs ovbot.

    Whoever speaks to the chat tells what it heard; who delivers, and the readiness, look here.
    """

    def __init__(self) -> None:
        self.reason = ""
        self.advice = ""
        self.refusals = 0
        """How many times in a row."""
        self._lost, self._well = asyncio.Event(), asyncio.Event()
        self._well.set()

    def refused(self, reason: str, advice: str) -> None:
        """Nobody can be posted to now, as the answer to a request showed."""
        self.reason, self.advice = reason, advice
        self.refusals += 1
        self._well.clear()
        self._lost.set()

    def taken(self) -> None:
        """A message was taken, or refused for its own sake alone."""
        self.reason = self.advice = ""
        self.refusals = 0
        self._lost.clear()
        self._well.set()

    async def lost(self) -> None:
        """Return once nobody can be posted to."""
        await self._lost.wait()

    async def lost_within(self, seconds: float) -> bool:
        """Whether nobody can be posted to, or soon cannot: it shows when the first is tried."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._lost.wait()
        return bool(self.reason)

    async def well(self) -> None:
        """Return once it is well."""
        await self._well.wait()
