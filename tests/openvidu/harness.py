"""The client against the simulator: in process for most tests, over real sockets for faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from ovbot.openvidu import OpenVidu
from ovbot.sandbox.openvidu import Simulator, SimulatorConfig, serve
from ovbot.sandbox.openvidu.config import ProfileName
from ovbot.sandbox.openvidu.faults import Fault

PROFILES: Final[tuple[ProfileName, ...]] = ("seed", "2.15", "2.32")
SECRET: Final = "MY_SECRET"
URL: Final = "http://openvidu.test:4443"

SIMULATED: Final = {
    "create_session": "createSession",
    "create_token": "createToken",
    "session": "getSession",
    "sessions": "listSessions",
    "signal": "signal",
    "close_session": "closeSession",
    "disconnect": "disconnect",
    "unpublish": "unpublish",
    "add_camera": "addCamera",
    "start_recording": "startRecording",
    "stop_recording": "stopRecording",
    "recording": "getRecording",
    "recordings": "listRecordings",
    "delete_recording": "deleteRecording",
    "config": "getConfig",
    "create_connection": "createConnection",
    "connection": "getConnection",
    "connections": "listConnections",
    "modify_connection": "patchConnection",
    "media_node": "getNode",
    "media_nodes": "listNodes",
    "add_media_node": "addNode",
    "remove_media_node": "removeNode",
    "modify_media_node": "setNode",
    "discover_media_nodes": "discoverNodes",
    "pro_config": "getProConfig",
    "restart": "restart",
    "health": "health",
    "layout": "getLayout",
    "start_broadcast": "startBroadcast",
    "stop_broadcast": "stopBroadcast",
    "cdr_files": "listCdr",
    "cdr_piece": "getCdr",
}
"""What the simulator calls the client's operations."""


def simulated(operation: str, profile: ProfileName) -> str:
    """The simulator's name of an operation; 2.16+ makes tokens and cameras by one other."""
    if profile == "2.32" and operation in ("create_token", "add_camera"):
        return "createConnection"
    return SIMULATED[operation]


@dataclass
class Room:
    """A simulated server and a client that knows it."""

    simulator: Simulator
    client: OpenVidu

    def fault(self, operation: str, kind: str, **details: Any) -> None:
        """The next call of the client's ``operation`` goes wrong that way."""
        self.simulator.faults.add(
            Fault(simulated(operation, self.simulator.config.profile), kind, **details)
        )

    def asked(self, operation: str | None = None) -> list[dict[str, Any]]:
        """The requests that the server has had (of one of the client's operations)."""
        wanted = simulated(operation, self.simulator.config.profile) if operation else None
        return [r for r in self.simulator.app.asked() if wanted in (None, r["operation"])]

    def meeting(self, session_id: str = "daily") -> tuple[str, str]:
        """Ana publishes, Ben looks on; Ana's connection and stream."""
        ana = self.simulator.join(session_id, client_data="Ana", publish="camera")
        self.simulator.join(session_id, client_data="Ben", role="SUBSCRIBER")
        assert ana.stream_id is not None
        return ana.connection_id, ana.stream_id


@asynccontextmanager
async def room(
    profile: ProfileName = "seed", *, patience: float = 1.0, **settings: Any
) -> AsyncIterator[Room]:
    """A simulated server in process; its clock stands still unless a test moves it."""
    config = SimulatorConfig(
        profile=profile, secret=SECRET, time_source=lambda: 1_600_000_000.0, **settings
    )
    simulator = Simulator(config)
    transport = httpx.ASGITransport(app=simulator.app)
    await simulator.start()
    try:
        async with OpenVidu(URL, SECRET, transport=transport, patience=patience) as client:
            simulator.app.requests.clear()
            yield Room(simulator, client)
    finally:
        await simulator.stop()


@asynccontextmanager
async def listening(**settings: Any) -> AsyncIterator[str]:
    """A simulated server behind a real socket; its base URL."""
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    config = SimulatorConfig(port=0, secret=SECRET, **settings)
    serving = asyncio.create_task(serve(config, ready=url.set_result, handle_signals=False))
    try:
        yield await asyncio.wait_for(url, 30)
    finally:
        serving.cancel()
        await asyncio.wait({serving})
