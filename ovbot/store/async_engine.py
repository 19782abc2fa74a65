"""SQLAlchemy's engine for asyncio, without its ORM.

``sqlalchemy.ext.asyncio`` takes that along, which is a third of what SQLAlchemy takes to start and
6 MB; here are tables, and no mapped classes.
"""

from ovbot.lean import parts_of

with parts_of("sqlalchemy.ext.asyncio"):
    from sqlalchemy.ext.asyncio.engine import AsyncConnection, AsyncEngine, create_async_engine

__all__ = ["AsyncConnection", "AsyncEngine", "create_async_engine"]
