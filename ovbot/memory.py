"""Garbage collection for a process that serves: seldom, and not of what it was built of."""

import gc

_YOUNG, _OLDER, _OLD = 20_000, 20, 20
"""Objects that become more, and rounds of the younger generation, before each is gone through."""


def freeze_gc() -> None:
    """Take what was imported and built out of every later collection, and collect less often.

    There are more than a hundred thousand objects of it, which live as long as the process, and
    hardly any of what comes later is in cycles. Going through either holds everything up: by
    Python's defaults for tens of milliseconds, every second of a busy time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _OLD)
