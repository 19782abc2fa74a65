"""What a process that serves holds of its libraries."""

import subprocess
import sys

import pytest

LEAN = """
import sys
from ovbot.lean import without_decoration
with without_decoration():
    import ovbot.cli.loop, ovbot.wiring
held = set(sys.modules)
import rich, pygments, sqlalchemy.ext.asyncio, uvicorn
from sqlalchemy.ext.asyncio import AsyncSession, AsyncEngine, engine
from ovbot.store import async_engine
assert AsyncEngine is async_engine.AsyncEngine, "the same modules"
assert uvicorn.Server and uvicorn.main
from ovbot.lean import make_whole
make_whole("uvicorn")
uvicorn.Config(app=None)  # sets up its logging, which finds its parts by name
print("\\n".join(held))
"""
UNUSED = ("rich", "pygments", "cryptography", "sqlalchemy.orm", "uvicorn.supervisors", "alembic")


@pytest.fixture(scope="module")
def held() -> set[str]:
    done = subprocess.run([sys.executable, "-c", LEAN], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("unused", UNUSED)
def test_what_nobody_uses_is_not_imported(unused: str, held: set[str]) -> None:
    assert not [name for name in held if name == unused or name.startswith(f"{unused}.")]
