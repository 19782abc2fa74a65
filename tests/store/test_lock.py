"""One process for one file, by whatever name, and nobody else's to read."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ovbot.errors import FaultError
from ovbot.store.database import Database
from ovbot.store.lock import FileLock


def another_is_refused(path: Path) -> str:
    with pytest.raises(FaultError) as refused:
        FileLock(path.resolve()).take()
    assert refused.value.code == "database.locked"
    return str(refused.value)


def same(_folder: Path, database: Path) -> Path:
    return database


def lock_deleted(_folder: Path, database: Path) -> Path:
    database.with_name("ovbot.db.lock").unlink()
    return database


def lock_is_a_link(folder: Path, database: Path) -> Path:
    lock = database.with_name("ovbot.db.lock")
    lock.unlink()
    lock.symlink_to(folder / "elsewhere")
    return database


def hard_link(folder: Path, database: Path) -> Path:
    (folder / "other.db").hardlink_to(database)
    return folder / "other.db"


def symbolic_link(folder: Path, database: Path) -> Path:
    (folder / "other.db").symlink_to(database)
    return folder / "other.db"


def renamed(folder: Path, database: Path) -> Path:
    return database.rename(folder / "other.db")


WAYS: list[Callable[[Path, Path], Path]] = [
    same,
    lock_deleted,
    lock_is_a_link,
    hard_link,
    symbolic_link,
    renamed,
]


@pytest.mark.parametrize("way", WAYS)
def test_no_way_lets_a_second_in(way: Callable[[Path, Path], Path], tmp_path: Path) -> None:
    database = tmp_path / "ovbot.db"
    held = FileLock(database)
    held.take()
    another_is_refused(way(tmp_path, database))
    assert not (tmp_path / "elsewhere").exists()
    held.release()


def test_the_holder_is_named(tmp_path: Path) -> None:
    held = FileLock(tmp_path / "ovbot.db")
    held.take()
    assert f"(process {os.getpid()})" in another_is_refused(tmp_path / "ovbot.db")
    held.release()
    FileLock(tmp_path / "ovbot.db").take()


def test_a_lock_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "ovbot.db.lock").symlink_to(victim)
    with pytest.raises(FaultError) as refused:
        FileLock(tmp_path / "ovbot.db").take()
    assert refused.value.code == "database.unwritable"
    assert victim.read_text() == "precious"
    (tmp_path / "ovbot.db.lock").unlink()
    FileLock(tmp_path / "ovbot.db").take()


@pytest.mark.parametrize("folder", ["/proc", "/sys"])
def test_where_nothing_can_be_written_it_is_told_in_words(folder: str) -> None:
    with pytest.raises(FaultError) as refused:
        FileLock(Path(folder) / "ovbot.db").take()
    assert refused.value.code == "database.unwritable"
    assert f"ovbot cannot write {folder}/ovbot.db" in str(refused.value)


def opened_to_all(folder: Path) -> set[str]:
    """The files, which nobody else could read and everybody can now."""
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        path.chmod(0o666)
    return {path.name for path in folder.iterdir()}


async def test_files_are_nobody_elses_to_read(tmp_path: Path) -> None:
    file = tmp_path / "ovbot.db"
    url = f"sqlite:///{file}"
    before = os.umask(0)
    try:
        for _ in range(2):
            database = Database(url)
            await database.open()
            names = opened_to_all(tmp_path)
            assert {"ovbot.db", "ovbot.db-wal", "ovbot.db.lock"} <= names
            await database.close()
    finally:
        os.umask(before)
