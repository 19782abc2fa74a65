"""Named moments at which the process can be made to die, so that tests see what it leaves behind.

``OVBOT_CRASH_AT=name`` or ``name:n`` kills it with SIGKILL the first or the n-th time that it gets
to the point of this name: no handler runs, no buffer is written. Without it nothing happens.
"""

import os
import signal
from functools import cache


@cache
def _left() -> dict[str, int]:
    """How often each point may still be reached: none, or the one that was named."""
    name, _, times = os.environ.get("OVBOT_CRASH_AT", "").partition(":")
    return {name: int(times or 1)} if name else {}


def reach(name: str) -> None:
    """The process is at this point."""
    left = _left()
    if name in left:
        left[name] -= 1
        if left[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
