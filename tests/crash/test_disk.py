"""A power cut right after an acknowledgement: what was promised is on the disk already.

The bot runs with a library before libc's that keeps what has been synced, and nothing else
(``disk.c``). With ``synchronous`` less than FULL commits would be missing from it.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ovbot.openvidu.events import parse_event
from tests.crash.rows import of_file
from tests.crash.world import World
from tests.e2e.installation import GENERAL, Process

pytestmark = pytest.mark.crash

ROUNDS = 8
SOURCE = Path(__file__).with_name("disk.c")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Where the synced content is."""
    made = tmp_path / "disk"
    made.mkdir()
    return made


@pytest.fixture
def bot(world: World, tmp_path: Path, disk: Path) -> Iterator[World]:
    """A world whose bot has a disk that can be looked at."""
    library = tmp_path / "disk.so"
    compiler = shutil.which("cc")
    assert compiler, "a C compiler is needed (apt-get install gcc libc6-dev)"
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-o", library, SOURCE, "-ldl"], check=True
    )
    with world.database(f"sqlite:///{tmp_path}/ovbot.db"):
        env = {**world._plain, "LD_PRELOAD": str(library), "OVBOT_TEST_DISK": str(disk)}
        world.bot = Process(world.folder / "bot.log", "serve", env=env)
        world.bot.start()
        world.wait_until_ready()
        yield world


def test_what_was_acknowledged_is_on_the_disk(bot: World, disk: Path, tmp_path: Path) -> None:
    for number in range(ROUNDS):
        name = f"Guest{number}"
        bot.join(name)
        assert bot.try_to_type(f"kick --session demo {name}", GENERAL)
        intents = of_file(image(disk, tmp_path), "SELECT * FROM audit WHERE phase = 'intent'")
        assert len(intents) == number + 1
        body = b'{"event":"signalSent","sessionId":"demo","timestamp":%d}' % number
        assert bot.post_webhook(body) == 200
        kept = of_file(image(disk, tmp_path), "SELECT key FROM events")
        assert parse_event(body).key in {row["key"] for row in kept}


def image(disk: Path, folder: Path) -> Path:
    """The database as it would be found after a power cut."""
    found = folder / "found"
    shutil.rmtree(found, ignore_errors=True)
    shutil.copytree(disk, found, ignore=shutil.ignore_patterns("*.part"))
    return found / "ovbot.db"
