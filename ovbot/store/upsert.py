"""``INSERT … ON CONFLICT``, which both databases know and SQLAlchemy's core does not."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from ovbot.store.database import Tx

Insert = postgresql.Insert | sqlite.Insert


def insert(tx: Tx, table: Table) -> Insert:
    """An insert that can say ``on_conflict_do_nothing`` or ``on_conflict_do_update``."""
    if tx.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
