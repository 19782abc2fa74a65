"""Databases for the store's own tests."""

from tests.store.databases import (
    bare_postgres_url,
    database,
    postgres_template,
    postgres_url,
    url,
)

__all__ = ["bare_postgres_url", "database", "postgres_template", "postgres_url", "url"]
