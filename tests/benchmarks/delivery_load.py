"""Webhooks from so many senders at once, each over one connection: ``… delivery_load PORT MANY``.

Prints the milliseconds of every answer, and how many came in a second.
"""

import asyncio
import json
import sys
import time

import uvloop

from tests.benchmarks.delivery_servers import SECRET

SECONDS = 1.0


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


async def send(port: int, until: float, spent: list[float], number: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        number += 1000
        asking = request(number)
        begun = time.perf_counter()
        writer.write(asking)
        head = await reader.readuntil(b"\r\n\r\n")
        spent.append((time.perf_counter() - begun) * 1000)
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise SystemExit(head.decode())
    writer.close()


async def load(port: int, many: int) -> dict[str, float]:
    spent: list[float] = []
    await asyncio.gather(
        *(send(port, time.perf_counter() + 0.3, [], 500_000 + n) for n in range(many))
    )
    begun = time.perf_counter()
    await asyncio.gather(*(send(port, begun + SECONDS, spent, n) for n in range(many)))
    rate = len(spent) / (time.perf_counter() - begun)
    spent.sort()
    at = [spent[int(len(spent) * part)] for part in (0.5, 0.99)]
    return {"p50": at[0], "p99": at[1], "rate": rate}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(load(int(sys.argv[1]), int(sys.argv[2])))))
