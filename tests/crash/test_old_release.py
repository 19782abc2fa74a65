"""From a real older ovbot to this one: its own code, out of the repository's history.

It makes its schema, serves and dies in the middle; this one takes over what it left. PostgreSQL is
brought up to date beneath it while it runs, as ``ovbot migrate`` before a rolling upgrade does.
"""

import io
import signal
import subprocess
import tarfile
from pathlib import Path

import pytest

from ovbot.store import schema
from tests.crash import invariants
from tests.crash.world import World
from tests.e2e.installation import MODERATION, Process

pytestmark = pytest.mark.crash

ROOT = Path(__file__).parents[2]
VERSIONS = "ovbot/store/migrations/versions"
LATEST = 1
"""How many migrations have an ovbot from before them tried."""
NEWER = sorted(path.name for path in (ROOT / VERSIONS).glob("[0-9]*.py"))[-LATEST:]


def git(*args: str) -> bytes:
    """What git says in this repository."""
    done = subprocess.run(["git", "-C", str(ROOT), *args], capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode().strip()
        pytest.fail(f"the old code is in the history, which a clone must have in full: {said}")
    return done.stdout


def before(migration: str) -> str:
    """The last commit without the migration: the newest of all where it is not committed yet."""
    path = f"{VERSIONS}/{migration}"
    added = git("log", "-1", "--no-renames", "--diff-filter=A", "--format=%H", "--", path)
    return f"{added.decode().strip()}^" if added.strip() else "HEAD"


@pytest.fixture(params=NEWER)
def old_code(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of an ovbot from before a migration."""
    folder = tmp_path / "old"
    archived = git("archive", before(request.param), "ovbot")
    with tarfile.open(fileobj=io.BytesIO(archived)) as tar:
        tar.extractall(folder, filter="data")
    assert not (folder / VERSIONS / request.param).exists()
    return folder


def old(world: World, code: Path, *args: str) -> Process:
    """A process of the old code."""
    env = {**world.bot._env, "PYTHONPATH": str(code), "OVBOT_CRASH_AT": ""}
    return Process(world.folder / "bot.log", *args, env=env)


def schema_of(world: World) -> str:
    (row,) = world.rows.all("SELECT version_num FROM ovbot_schema")
    return str(row["version_num"])


def test_this_one_takes_over_from_an_older_one(world: World, bare_url: str, old_code: Path) -> None:
    with world.database(bare_url):
        migrating = old(world, old_code, "migrate")
        migrating.start()
        assert migrating.end(0) == 0
        olds = schema_of(world)
        assert olds < schema.HEAD

        world.bot = serving = old(world, old_code, "serve")
        serving.start()
        world.wait_until_ready()
        world.ask("bind demo session recordings moderation", MODERATION)
        for name in ("Lina", "Tom", "Eva", "Mia"):
            world.join(name)
        world.ask("card demo", MODERATION)
        world.ask("kick Lina", MODERATION)
        world.settle()
        if not bare_url.startswith("sqlite"):
            assert world.migrate() == 0
            world.ask("kick Tom", MODERATION)
            world.ask("record start demo", MODERATION)
            world.settle()
            assert schema_of(world) == schema.HEAD
        else:
            assert schema_of(world) == olds
        world.try_to_type("kick Eva", MODERATION)
        assert serving.end(signal.SIGKILL) == -signal.SIGKILL

        world.migrate()
        world.free_leases()
        world.start_bot()
        assert schema_of(world) == schema.HEAD
        world.settle()
        world.ask("kick Mia", MODERATION)
        world.settle()
        assert set(world.people()) <= {"Tom", "Eva"}
        invariants.check(world, seconds=2)
        invariants.cards_live_once(world, MODERATION)
