"""Database URLs: what is understood, and that a password never shows."""

import pytest

from ovbot.errors import FaultError
from ovbot.store import address
from ovbot.store.database import Database


@pytest.mark.parametrize(
    ("url", "driver", "shown"),
    [
        ("sqlite:///ovbot.db", "sqlite+aiosqlite", "ovbot.db"),
        ("sqlite+aiosqlite:////var/lib/o.db", "sqlite+aiosqlite", "/var/lib/o.db"),
        ("postgresql://u:pw@db:5433/ovbot", "postgresql+asyncpg", "postgresql://db:5433/ovbot"),
        ("postgres://u:pw@db/ovbot", "postgresql+asyncpg", "postgresql://db/ovbot"),
        ("postgresql+asyncpg:///ovbot", "postgresql+asyncpg", "postgresql://localhost/ovbot"),
    ],
)
def test_what_is_understood(url: str, driver: str, shown: str) -> None:
    parsed = address.parse(url)
    assert parsed.drivername == driver
    assert address.shown(parsed) == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ovbot.db",
        "mysql://u:hunter2@db/ovbot",
        "postgresql://u:hunter2@db:port/ovbot",
        "postgresql+psycopg2://u:hunter2@db/ovbot",
        "postgresql://u:hunter2@db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
    ],
)
def test_what_is_not_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(FaultError) as caught:
        Database(url)
    assert caught.value.code == "database.url"
    assert caught.value.__cause__ is None
    told = caught.value.sentence + caught.value.next_step
    assert "hunter2" not in told
    assert "OVBOT_DATABASE_URL" in told


def test_libpqs_word_for_tls_is_translated() -> None:
    parsed = address.parse("postgresql://u@db/ovbot?sslmode=require")
    assert dict(parsed.query) == {"ssl": "require"}


def test_a_database_shows_no_password() -> None:
    assert "hunter2" not in repr(Database("postgresql://u:hunter2@db/ovbot"))
