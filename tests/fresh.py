"""Empty databases of the newest schema, without migrating each of them anew.

Migrating costs more than most tests do. So it is done once in each process that tests, and copied.
"""

import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from ovbot.store.database import Database


def sqlite(path: Path) -> str:
    """The URL of a new SQLite database at ``path``."""
    shutil.copyfile(_template(), path)
    path.chmod(0o600)
    return f"sqlite:///{path}"


@cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="ovbot-tests-")) / "template.sqlite3"
    with ThreadPoolExecutor(1) as aside:  # where a loop runs already, another needs its own thread
        aside.submit(asyncio.run, _migrate(f"sqlite:///{path}")).result()
    return path


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.open()
    await database.close()
