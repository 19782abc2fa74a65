"""A database of either kind, a time of our own, and a chat that remembers."""

from collections.abc import AsyncIterator, Iterator, MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.delivery.fake import RecordingChat, Time, WatchedDatabase
from tests.delivery.stage import Stage
from tests.store.databases import postgres_template, postgres_url, url

__all__ = ["chat", "database", "logs", "postgres_template", "postgres_url", "stage", "time", "url"]


@pytest.fixture
async def database(url: str) -> AsyncIterator[WatchedDatabase]:
    """An open database."""
    opened = WatchedDatabase(url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def time() -> Time:
    """A clock that stands still until it is moved."""
    return Time()


@pytest.fixture
def chat(time: Time) -> RecordingChat:
    """A chat that remembers."""
    return RecordingChat(time)


@pytest.fixture
async def stage(database: WatchedDatabase, time: Time, chat: RecordingChat) -> AsyncIterator[Stage]:
    """OpenVidu, ovbot's delivery and a chat, put together."""
    async with Stage(database, time, chat) as ready:
        yield ready


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What was logged, instead of the log."""
    with capture_logs() as entries:
        yield entries
