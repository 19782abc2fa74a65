"""Two stand-ins for the whole folder, and a database of either kind for each story."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.world import World, world_in
from tests.store.databases import BOTH, bare_postgres_url, postgres_template, postgres_url, url

__all__ = ["bare_postgres_url", "bare_url", "postgres_template", "postgres_url", "url", "world"]


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_in(tmp_path_factory.mktemp("crash")) as running:
        yield running


@pytest.fixture(params=BOTH)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of either kind without any table."""
    if request.param == "postgres":
        return str(request.getfixturevalue("bare_postgres_url"))
    return f"sqlite:///{tmp_path}/ovbot.db"
