"""A desk for a module's tests that change nothing."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.desk import Desk, open_desk


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quiet_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path_factory.mktemp("desk")) as opened:
        yield opened
