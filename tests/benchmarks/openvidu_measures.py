"""One measurement per run, in a process of its own: ``python openvidu_measures.py WHAT BASE``.

Prints JSON. It imports what a measurement needs and nothing else, since peak memory is measured
too, and some of them run in an interpreter that has only a foreign client.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

SECRET = "MY_SECRET"
BIG_RUNS = 10
SMALL_RUNS = 1500


def peak() -> int:
    """The most memory this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


class Raw:
    """A socket that asks and reads into one buffer, and looks at nothing."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        self._socket = socket.create_connection((parts.hostname or "", parts.port or 80))
        self._ask = f"GET {parts.path}/openvidu/api/sessions HTTP/1.1\r\nHost: b\r\n\r\n".encode()
        self._buffer = bytearray(32_000_000)

    def read(self) -> memoryview:
        view = memoryview(self._buffer)
        self._socket.sendall(self._ask)
        got = self._socket.recv_into(view)
        head = bytes(view[:got]).partition(b"\r\n\r\n")[0]
        length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
        begin = len(head) + 4
        while got < begin + length:
            got += self._socket.recv_into(view[got:])
        return view[begin:got]


def timed(call: Callable[[], Any], runs: int) -> dict[str, float]:
    """Milliseconds of wall and of CPU per call, and the peak memory of the first one."""
    gc.collect()
    before = peak()
    call()
    grown = peak() - before
    wall: list[float] = []
    cpu = time.process_time()
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        wall.append((time.perf_counter() - begun) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / runs
    return {"wall": middle(wall), "cpu": cpu, "grown": grown}


async def timed_async(call: Callable[[], Awaitable[Any]], runs: int) -> dict[str, float]:
    """The same for a coroutine; for large answers also the longest stall of the loop."""
    gc.collect()
    before = peak()
    await call()
    grown = peak() - before
    wall: list[float] = []
    cpu = time.process_time()
    for _ in range(runs):
        begun = time.perf_counter()
        await call()
        wall.append((time.perf_counter() - begun) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / runs
    found = {"wall": middle(wall), "cpu": cpu, "grown": grown}
    if runs == BIG_RUNS:
        found["stall"] = middle([await stall(call) for _ in range(runs)])
    return found


async def stall(call: Callable[[], Awaitable[Any]]) -> float:
    """The longest time, in milliseconds, that nothing else could run while the call did."""
    worst = 0.0

    async def others() -> None:
        nonlocal worst
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            worst = max(worst, now - last)
            last = now

    running = asyncio.create_task(others())
    await asyncio.sleep(0)
    await call()
    await asyncio.sleep(0)  # the others' turn, who have waited since the call's last step began
    running.cancel()
    return worst * 1000


def raw(base: str) -> dict[str, float]:
    connection = Raw(base)
    return {**timed(connection.read, BIG_RUNS), "bytes": len(connection.read())}


def orjson(base: str) -> dict[str, float]:
    import orjson as library  # type: ignore[import-not-found]

    connection = Raw(base)
    return timed(lambda: library.loads(connection.read()), BIG_RUNS)


def pyopenvidu(base: str) -> dict[str, float]:
    from pyopenvidu import OpenVidu  # type: ignore[import-not-found]

    client = OpenVidu(f"{base}/openvidu/api/", SECRET)

    def fetch() -> None:
        client._last_fetch_result = {}  # or it would find that nothing has changed
        client.fetch()

    return timed(fetch, BIG_RUNS if "/big" in base else SMALL_RUNS)


def pyopenvidu_delete(base: str) -> dict[str, float]:
    from pyopenvidu import OpenVidu

    connection = OpenVidu(f"{base}/openvidu/api/", SECRET).sessions[0].connections[0]

    def kick() -> None:
        connection.is_valid = True  # or it would not ask a second time
        connection.force_disconnect()

    return timed(kick, SMALL_RUNS)


async def httpx_bare(base: str, *, delete: bool) -> dict[str, float]:
    import httpx

    auth = httpx.BasicAuth("OPENVIDUAPP", SECRET)
    async with httpx.AsyncClient(auth=auth) as http:
        if delete:
            target = f"{base}/openvidu/api/sessions/daily/connection/con_1"
            return await timed_async(lambda: http.delete(target), SMALL_RUNS)

        async def listed() -> Any:
            return (await http.get(f"{base}/openvidu/api/sessions")).json()

        return await timed_async(listed, SMALL_RUNS)


async def ours(base: str, *, delete: bool) -> dict[str, float]:
    import logging

    import structlog

    from ovbot.openvidu import OpenVidu

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    async with OpenVidu(base, SECRET) as client:
        if delete:
            return await timed_async(lambda: client.disconnect("daily", "con_1"), SMALL_RUNS)
        return await timed_async(client.sessions, BIG_RUNS if "/big" in base else SMALL_RUNS)


def main() -> None:
    what, base = sys.argv[1:]
    simple = {
        "raw": raw,
        "orjson": orjson,
        "pyopenvidu": pyopenvidu,
        "pyopenvidu-delete": pyopenvidu_delete,
    }
    if what in simple:
        found = simple[what](base)
    else:
        measure = ours if what.startswith("ours") else httpx_bare
        found = asyncio.run(measure(base, delete=what.endswith("delete")))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
