"""Ending while something else is still under way."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any

_SOON = 4.0
"""Seconds."""


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, unless ``stop`` comes first: then it is broken off, and False."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not working.done():
            working.cancel()
            await asyncio.wait({working})
    if working.cancelled():
        return False
    working.result()
    return True


def end_soon() -> None:
    """While it starts nothing is acknowledged yet, so nothing is lost by an end at once; and what
    waits in a thread, as for a name server, cannot be broken off otherwise."""
    last = threading.Timer(_SOON, os._exit, (0,))
    last.daemon = True
    last.start()
