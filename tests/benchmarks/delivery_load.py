"""Webhooks from so many senders at once, each over one connection: ``… delivery_load PORT MANY``.

Prints the milliseconds of every answer, and how many came in a second.
"""

import asyncio
import gc
import json
import sys
import time
from functools import partial
from typing import cast

import uvloop

from tests.benchmarks.delivery_servers import SECRET

SECONDS = 1.0
AHEAD = 32_000
"""Requests of all connections, made before the clock runs."""


def request(number: int) -> bytes:
    """One event, like no other."""
    event = {
        "sessionId": "demo",
        "timestamp": time.time_ns() // 1000,
        "participantId": f"con_{number}",
        "platform": "Chrome 121.0 on Linux",
        "clientData": "Lina",
        "event": "participantJoined",
    }
    body = json.dumps(event).encode()
    head = (
        "POST /webhooks/openvidu HTTP/1.1\r\nHost: b\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Sender(asyncio.Protocol):
    """One connection, which asks again as soon as it is answered. Costs as little as it can:
    what is measured is the server."""

    def __init__(self, requests: list[bytes], spent: list[float]) -> None:
        self._requests, self._spent = requests, spent
        self.until = self._begun = 0.0
        self._transport: asyncio.WriteTransport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is no subclass of it

    def ask(self) -> None:
        """Send the next one."""
        assert self._transport is not None
        self._begun = time.perf_counter()
        self._transport.write(self._requests.pop())

    def data_received(self, data: bytes) -> None:
        """An answer has no body: it is whole in one piece."""
        now = time.perf_counter()
        self._spent.append((now - self._begun) * 1000)
        if not data.startswith(b"HTTP/1.1 200 ") or not data.endswith(b"\r\n\r\n"):
            self.ended.set_exception(RuntimeError(data.decode()))
        elif now < self.until and self._requests:
            self.ask()
        else:
            self.ended.set_result(None)


async def send(port: int, many: int, seconds: float, first: int) -> tuple[list[float], float]:
    """Milliseconds of each answer, and how long all of it took (seconds)."""
    loop, spent = asyncio.get_running_loop(), list[float]()
    made = [request(number) for number in range(first, first + AHEAD)]
    pairs = [
        await loop.create_connection(partial(Sender, made[n::many], spent), "127.0.0.1", port)
        for n in range(many)
    ]
    begun = time.perf_counter()
    for _, sender in pairs:
        sender.until = begun + seconds
        sender.ask()
    await asyncio.gather(*(sender.ended for _, sender in pairs))
    took = time.perf_counter() - begun
    for transport, _ in pairs:
        transport.close()
    return spent, took


async def load(port: int, many: int) -> dict[str, float]:
    gc.disable()
    await send(port, many, 0.3, 500_000)
    spent, took = await send(port, many, SECONDS, 0)
    spent.sort()
    at = [spent[int(len(spent) * part)] for part in (0.5, 0.99)]
    return {"p50": at[0], "p99": at[1], "rate": len(spent) / took}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(load(int(sys.argv[1]), int(sys.argv[2])))))
