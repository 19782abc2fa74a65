"""One process for one SQLite file: an advisory lock on a file beside it.

Two processes on one file would each keep their own idea of what is being delivered. The lock is
the kernel's, so it goes when its holder dies, however it dies.
"""

import fcntl
import os
from pathlib import Path

from ovbot.errors import FaultError


class FileLock:
    """Held from ``take`` until ``release`` or the end of the process."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".lock")
        self._fd: int | None = None

    def take(self) -> None:
        """Take the lock; raises FaultError (``database.locked``) when another holds it."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(fd, 20).decode("ascii", "replace").strip()
            os.close(fd)
            raise FaultError(
                f"Another ovbot already uses the database file {self._database}"
                + (f" (process {holder})." if holder.isdigit() else "."),
                "Stop it first, or use PostgreSQL (OVBOT_DATABASE_URL=postgresql://…), "
                "which several processes can share.",
                code="database.locked",
            ) from None
        os.ftruncate(fd, 0)
        os.write(fd, str(os.getpid()).encode())
        self._fd = fd

    def release(self) -> None:
        """Give the lock back. The file stays: removing it would race with the next taker."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
