"""A server that does nothing but send prepared answers, so that clients are what is measured.

Run as a module it prints its port and serves until it is ended. The answers are the simulator's:
a listing of 1,000 sessions of 20 connections and one of a single session, in either shape.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final

import httpx

from ovbot.sandbox.openvidu import Simulator, SimulatorConfig
from ovbot.sandbox.openvidu.config import ProfileName
from ovbot.sandbox.openvidu.state.populate import populate

SECRET: Final = "MY_SECRET"
SHAPES: Final[tuple[ProfileName, ...]] = ("seed", "2.32")
CONFIG: Final = b'{"VERSION":"2.32.2"}'


async def listing(profile: ProfileName, sessions: int, connections: int) -> bytes:
    """What GET sessions answers on a server that full."""
    simulator = Simulator(SimulatorConfig(profile=profile, secret=SECRET, random_seed=1))
    populate(simulator.world, sessions, connections)
    transport = httpx.ASGITransport(app=simulator.app)
    auth = httpx.BasicAuth("OPENVIDUAPP", SECRET)
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", auth=auth) as http:
        return (await http.get("/openvidu/api/sessions")).content


async def answers() -> dict[bytes, bytes]:
    """Bodies by path. The paths of a shape begin with its name, for base URLs of its own."""
    found: dict[bytes, bytes] = {}
    for shape in SHAPES:
        for size, sessions, connections in (("big", 1000, 20), ("small", 1, 10)):
            base = f"/{shape}/{size}/openvidu/api/".encode()
            found[base + b"sessions"] = await listing(shape, sessions, connections)
            found[base + b"config"] = CONFIG
    return found


class Answering(asyncio.Protocol):
    """HTTP/1.1, keep-alive, requests without bodies."""

    def __init__(self, bodies: dict[bytes, bytes]) -> None:
        self._bodies = bodies
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        while b"\r\n\r\n" in self._heard:
            head, _, self._heard = self._heard.partition(b"\r\n\r\n")
            method, target, _ = head.split(b" ", 2)
            self._answer(method, target.partition(b"?")[0])

    def _answer(self, method: bytes, path: bytes) -> None:
        assert self._transport is not None
        if method == b"DELETE":
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            return
        body = self._bodies.get(path, b"")
        head = b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        status = (200, b"OK") if body else (404, b"Not Found")
        self._transport.write(head % (*status, len(body)))
        self._transport.write(body)


async def main() -> None:
    bodies = await answers()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Answering(bodies), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
