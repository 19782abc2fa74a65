"""One process for one SQLite file: advisory locks on the file itself and on one beside it.

Two processes on one file would each keep their own idea of what is being delivered. The locks are
the kernel's, so they go when their holder dies, however it dies. The one that counts is on the
database: whatever name leads to it, and whatever became of the file beside it, that is one file.
The file beside it says who holds it. SQLite's own locks are of another kind and are not touched.
"""

import fcntl
import os
import stat
from pathlib import Path

import structlog

from ovbot.errors import FaultError

log = structlog.get_logger(__name__)

PRIVATE = 0o600


class FileLock:
    """Held from ``take`` until ``release`` or the end of the process."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._beside = database.with_name(database.name + ".lock")
        self._held: list[int] = []

    def take(self) -> None:
        """Take the locks, and make the files nobody else's to read.

        Raises FaultError: ``database.locked`` when another holds it, ``database.unwritable``.
        """
        try:
            for path, more in ((self._database, 0), (self._beside, os.O_NOFOLLOW)):
                self._take(path, more)
            note = self._held[-1]
            os.ftruncate(note, 0)
            os.write(note, str(os.getpid()).encode())
        except BaseException:
            self.release()
            raise
        for path in (self._database, self._beside, *self._logs()):
            narrow(path)

    def _take(self, path: Path, more: int) -> None:
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | more, PRIVATE)
        except OSError as error:
            raise FaultError(
                f"ovbot cannot write {path} ({error.strerror}).",
                "Its folder and the database in it must be ovbot's own to write, and no links "
                "beside it; or name another file in OVBOT_DATABASE_URL.",
                code="database.unwritable",
            ) from error
        self._held.append(fd)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FaultError(
                f"Another ovbot already uses the database file {self._database}{self._holder()}.",
                "Stop it first, or use PostgreSQL (OVBOT_DATABASE_URL=postgresql://…), "
                "which several processes can share.",
                code="database.locked",
            ) from None

    def _holder(self) -> str:
        """Who has noted themselves beside it, if that can be read."""
        try:
            fd = os.open(self._beside, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return ""
        try:
            said = os.read(fd, 20).decode("ascii", "replace").strip()
        finally:
            os.close(fd)
        return f" (process {said})" if said.isdigit() else ""

    def _logs(self) -> list[Path]:
        """What SQLite keeps beside the database while it is open, or after a crash."""
        return [self._database.with_name(self._database.name + end) for end in ("-wal", "-shm")]

    def release(self) -> None:
        """Give the locks back, once SQLite has closed the database: closing a file here ends the
        locks that SQLite has on it. The files stay: removing one would race with the next taker."""
        for fd in self._held:
            os.close(fd)
        self._held.clear()


def narrow(path: Path) -> None:
    """Take away what others may do with a file of ours, or tell that it cannot be."""
    try:
        mode = stat.S_IMODE(path.stat(follow_symlinks=False).st_mode)
        if mode & 0o077:
            path.chmod(mode & 0o700)
            log.warning("file.narrowed", file=str(path), from_mode=oct(mode)[2:].zfill(4))
    except FileNotFoundError:
        return
    except OSError as error:
        log.warning("file.open_to_others", file=str(path), why=error.strerror)
