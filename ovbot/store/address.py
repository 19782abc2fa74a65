"""Where the database is: reading its URL without ever showing the password in it."""

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from ovbot.errors import FaultError

_EXAMPLES = (
    "Use sqlite:///ovbot.db (a file) or postgresql://user:password@host/database, "
    "in OVBOT_DATABASE_URL."
)
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",  # what several hosting providers write
}


def parse(url: str) -> URL:
    """The URL with its driver; raises FaultError (``database.url``) on anything else."""
    try:
        given = make_url(url)
        driver = _DRIVERS[given.drivername]
    except (ArgumentError, ValueError, KeyError):
        # Not even the cause is kept: its text would hold the URL, and the URL the password.
        raise _bad("ovbot does not understand the database URL.") from None
    address = given.set(drivername=driver)
    if is_sqlite(address):
        if address.database in {None, "", ":memory:"} or "mode" in address.query:
            raise _bad("An in-memory database would lose everything at a restart.")
        return address
    if not address.database:
        raise _bad("The database URL names no database.")
    return _with_ssl(address)


def is_sqlite(address: URL) -> bool:
    """Whether it is a SQLite file (else PostgreSQL)."""
    return address.get_backend_name() == "sqlite"


def file(address: URL) -> Path:
    """The file of a SQLite database."""
    return Path(address.database or "")


def shown(address: URL) -> str:
    """The address for people and logs: no password, no query."""
    if is_sqlite(address):
        return str(file(address))
    port = f":{address.port}" if address.port else ""
    return f"postgresql://{address.host or 'localhost'}{port}/{address.database}"


def _with_ssl(address: URL) -> URL:
    # libpq's word for it, which asyncpg (through SQLAlchemy) spells differently.
    mode = address.query.get("sslmode")
    if mode is None:
        return address
    plain = address.difference_update_query(["sslmode"])
    return plain.update_query_dict({"ssl": mode})


def _bad(sentence: str) -> FaultError:
    return FaultError(sentence, _EXAMPLES, code="database.url")
