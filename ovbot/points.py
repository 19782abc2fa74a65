"""Named moments at which the process can be made to die, so that tests see what it leaves behind.

``OVBOT_CRASH_AT=name`` or ``name:n`` kills it with SIGKILL the first or the n-th time that it gets
to the point of this name: no handler runs, no buffer is written. Without it nothing happens.
"""

import os
import signal


def _armed(given: str) -> dict[str, int]:
    """How often each point may still be reached: none, or the one that was named."""
    name, _, times = given.partition(":")
    return {name: int(times or 1)} if name else {}


_LEFT = _armed(os.environ.get("OVBOT_CRASH_AT", ""))


def reach(name: str) -> None:
    """The process is at this point."""
    if name in _LEFT:
        _LEFT[name] -= 1
        if _LEFT[name] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
