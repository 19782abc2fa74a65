"""Databases for the web's tests."""

from tests.store.databases import database, postgres_template, postgres_url, url

__all__ = ["database", "postgres_template", "postgres_url", "url"]
