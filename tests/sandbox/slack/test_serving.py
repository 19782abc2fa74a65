"""Running on a real port: readiness, streams, dropped connections, signals."""

import asyncio
import json
import signal
import socket
import sys

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedOK

from ovbot.sandbox.slack import WorkspaceConfig, serve
from tests.sandbox.slack.conftest import running


async def test_it_answers_once_it_says_so(base_url: str) -> None:
    async with httpx.AsyncClient(base_url=base_url) as http:
        assert (await http.get("/_control/state")).json()["connected"] == 0


async def test_a_taken_port_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = WorkspaceConfig(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            await serve(config, handle_signals=False)


async def test_cancelling_ends_streams_and_sockets() -> None:
    listening = asyncio.Event()

    async def listen() -> None:
        async with http.stream("GET", f"{url}/_control/stream") as stream:
            async for _ in stream.aiter_lines():
                listening.set()

    async with httpx.AsyncClient() as http:
        async for url in running(WorkspaceConfig()):
            headers = {"Authorization": "Bearer xapp-sandbox"}
            opened = await http.post(f"{url}/api/apps.connections.open", headers=headers)
            reading = asyncio.create_task(listen())
            await listening.wait()
            websocket = await connect(opened.json()["url"], proxy=None)
            await websocket.recv()
        # The server is cancelled now; both ends see an orderly end.
        await reading
        with pytest.raises(ConnectionClosedOK):
            await websocket.recv()


async def test_the_stream_is_server_sent_events(base_url: str) -> None:
    async with (
        httpx.AsyncClient(base_url=base_url) as http,
        http.stream("GET", "/_control/stream") as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert await anext(lines) == ": listening"
        body = {"channel": "C01GENERAL", "user": "U01ANA", "text": "hi"}
        await http.post("/_control/message", json=body)
        told = [json.loads((await anext(lines))[6:]) for _ in range(2) if await anext(lines) == ""]
        assert told == [{"kind": "messages", "channel": "C01GENERAL"}, {"kind": "state"}]


async def test_a_dropped_connection_is_really_dropped(base_url: str) -> None:
    async with httpx.AsyncClient(base_url=base_url) as http:
        await http.post("/_control/faults", json={"method": "api.test", "drop": True})
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post("/api/api.test")
        assert (await http.post("/api/api.test")).json()["ok"] is True


SCRIPT = """
import asyncio
from ovbot.sandbox.slack import WorkspaceConfig, serve
asyncio.run(serve(WorkspaceConfig(), ready=lambda url: print(url, flush=True)))
print("over", flush=True)
"""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_signals_end_it_gracefully(stop: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert (await process.stdout.readline()).startswith(b"http://127.0.0.1:")
    process.send_signal(stop)
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (0, b"over\n", b"")
