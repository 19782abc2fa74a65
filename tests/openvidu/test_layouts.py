"""Whether a custom layout is there, as each version tells it, and what only seems to tell it."""

import pytest

from ovbot.openvidu import OpenViduError
from ovbot.sandbox.openvidu.config import ProfileName
from tests.openvidu.harness import room

EACH = pytest.mark.parametrize("profile", ["seed", "2.15", "2.20", "2.31", "2.32"])


@EACH
@pytest.mark.parametrize(
    ("path", "there"),
    [("", True), ("team/wide", True), ("team/wide/", True), ("team", False), ("wide", False)],
)
async def test_a_layout_is_there_or_is_not(profile: ProfileName, path: str, there: bool) -> None:
    async with room(profile, patience=0.1) as server:
        assert await server.client.has_layout(path) is there


@EACH
@pytest.mark.parametrize("status", [401, 429, 500, 502, 503, 504])
async def test_trouble_tells_nothing_of_it(profile: ProfileName, status: int) -> None:
    async with room(profile, patience=0.1) as server:
        server.fault("layout", "status", status=status, times=100)
        with pytest.raises(OpenViduError):
            await server.client.has_layout("wide")


async def test_a_proxys_refusal_tells_nothing_of_it() -> None:
    async with room("2.32", patience=0.1) as server:
        page = "<html>Forbidden</html>"
        server.fault("layout", "status", status=403, body=page, times=100)
        with pytest.raises(OpenViduError):
            await server.client.has_layout("wide")
