"""Published OpenVidu clients, which know nothing of us, against the simulator.

Each holds the same meeting as its authors meant it to be held: what they read into their own
objects, and how they take every refusal, shows whether the simulator can be told from a server.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.installed import Unavailable, node_client, python_client
from tests.openvidu.harness import SECRET, listening

pytestmark = pytest.mark.clients
HERE = Path(__file__).parent


@pytest.fixture
def cache(request: pytest.FixtureRequest) -> Path:
    """A folder that outlives the run, so that nothing is installed twice."""
    kept = request.config.cache
    return Path(kept.mkdir("clients")) if kept is not None else Path(tempfile.mkdtemp())


def installed(install: Callable[..., Path], *arguments: Any) -> Path:
    """What was installed; skip if it cannot be had, or fail where these tests are required."""
    try:
        return install(*arguments)
    except Unavailable as problem:
        if "clients" in os.environ.get("OVBOT_TEST_REQUIRE", ""):
            pytest.fail(f"Foreign clients are required here: {problem}.")
        pytest.skip(f"{problem}.")


async def told(url: str, *command: str, **environment: str) -> Any:
    """What a script says in its last line."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, "OPENVIDU_URL": url, "OPENVIDU_SECRET": SECRET, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode() + out.decode()
    return json.loads(out.decode().strip().splitlines()[-1])


async def operations(url: str) -> set[str]:
    """The operations that the simulator did what they were asked for; each must have one."""
    async with httpx.AsyncClient(base_url=url) as control:
        asked = (await control.get("/_control/requests")).json()["requests"]
    assert all(a["operation"] for a in asked), "something that OpenVidu does not have"
    return {a["operation"] for a in asked if a["status"] in (200, 204)}


MEETING = {"createSession", "getSession", "listSessions", "disconnect", "unpublish", "closeSession"}
RECORDING = {
    "startRecording",
    "stopRecording",
    "getRecording",
    "listRecordings",
    "deleteRecording",
}


async def test_the_node_client_of_the_2_15_line(cache: Path) -> None:
    modules = installed(node_client, cache, "2.15.0")
    async with listening(profile="2.15") as url:
        found = await told(url, "node", str(HERE / "node_2_15.js"), NODE_PATH=str(modules))
        assert found == {
            "created": "daily",
            "again": "daily",
            "badId": "400",
            "changed": True,
            "people": [
                ["Ana", "server side", "PUBLISHER", 1, 0],
                ["Ben", "", "SUBSCRIBER", 0, 1],
            ],
            "video": ["CAMERA"],
            "sessions": ["daily"],
            "started": ["daily", "started", "BEST_FIT", "1920x1080"],
            "twice": "409",
            "running": "409",
            "stopped": ["ready", True, True],
            "found": "standup",
            "recordings": ["daily"],
            "deleted": "404",
            "unknown": "404",
            "unpublished": 0,
            "left": ["Ana"],
            "closed": "404",
            "secret": "401",
        }
        assert await operations(url) == MEETING | RECORDING | {"createToken"}


async def test_the_node_client_of_the_2_32_line(cache: Path) -> None:
    modules = installed(node_client, cache, "2.32.2")
    async with listening(profile="2.32", edition="pro") as url:
        found = await told(url, "node", str(HERE / "node_2_32.js"), NODE_PATH=str(modules))
        assert found == {
            "created": "daily",
            "again": "daily",
            "badId": "400",
            "pending": ["pending", "SUBSCRIBER", [], None],
            "updated": "PUBLISHER",
            "sameConnection": True,
            "changed": True,
            "unchanged": False,
            "people": [
                ["Ana", "server side", "PUBLISHER", 1, 0],
                ["Ben", "", "SUBSCRIBER", 0, 1],
            ],
            "video": ["CAMERA"],
            "sessions": ["daily"],
            "camera": ["IPCAM", "IPCAM", 1],
            "cameraStream": "405",
            "started": ["daily", "started", 30, "1280x720"],
            "twice": "409",
            "running": "409",
            "stopped": ["stopped", True],
            "found": "standup",
            "recordings": ["daily"],
            "deleted": "404",
            "unknown": "404",
            "unpublished": 0,
            "left": ["Ana"],
            "closed": "404",
            "secret": "401",
        }
        connection = {"createConnection", "patchConnection", "createToken"}
        assert await operations(url) == MEETING | RECORDING | connection


async def test_pyopenvidu(cache: Path) -> None:
    python = installed(python_client, cache, "pyopenvidu==0.2.1")
    async with listening(profile="2.32") as url:
        found = await told(url, str(python), str(HERE / "pyopenvidu_meeting.py"))
        assert found == {
            "version": "2.32.1",
            "created": "daily",
            "again": "OpenViduSessionExistsError",
            "same_connection": True,
            "changed": True,
            "unchanged": False,
            "people": [
                ["Ana", "server side", "PUBLISHER", 1, 0],
                ["Ben", "", "SUBSCRIBER", 0, 1],
            ],
            "sessions": ["daily"],
            "camera": ["IPCAM", "rtsp://cam.example/1"],
            "unpublished": 0,
            "left": ["Ana"],
            "closed": "OpenViduSessionDoesNotExistsError",
            "secret": "HTTPError",
        }
        assert await operations(url) == MEETING | {"createConnection", "signal", "getConfig"}
