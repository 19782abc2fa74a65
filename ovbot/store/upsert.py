"""``INSERT … ON CONFLICT``, which both databases know and SQLAlchemy's core does not."""

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.dml import ReturningInsert

from ovbot.store.autocommit import Autocommit

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    Insert = postgresql.Insert | sqlite.Insert


def insert(tx: Autocommit, table: Table) -> "Insert":
    """An insert that can say ``on_conflict_do_nothing`` or ``on_conflict_do_update``."""
    return _insert(tx.dialect.name, table)


def adding(tx: Autocommit, table: Table, returning: str = "id") -> ReturningInsert[Any]:
    """An insert that leaves what is known as it is, and returns a column of what is new."""
    return _adding(tx.dialect.name, table, returning)


def _insert(dialect: str, table: Table) -> "Insert":
    if dialect != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # large, and on SQLite never needed

    return postgresql.insert(table)


@cache  # making it costs as much as sending it, and SQLAlchemy keeps what it made of it
def _adding(dialect: str, table: Table, returning: str) -> ReturningInsert[Any]:
    return _insert(dialect, table).on_conflict_do_nothing().returning(table.c[returning])
