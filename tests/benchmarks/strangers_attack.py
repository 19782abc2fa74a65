"""What strangers do to a port, all at once, in a process of its own: given as
``strangers_attack PORT SECONDS``.

Half-open connections, a header without an end, bodies of a megabyte that are not signed, and
connections that end as soon as they are there. Prints how many connections it has made.
"""

import asyncio
import contextlib
import sys
from itertools import count

HALF_OPEN, BODIES = 1_000, 200
POST = b"POST /slack/events HTTP/1.1\r\nhost: x\r\n"


class Attack:
    """All of them on one port of this machine, for so long."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port = port
        self._seconds = seconds
        self.made = 0

    async def run(self) -> None:
        """Until the time is over."""
        attackers = [self._half_open(n) for n in range(HALF_OPEN)]
        attackers += [self._body() for _ in range(BODIES)]
        attackers += [self._endless_header(), self._in_and_out()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await asyncio.gather(*attackers)

    async def _connect(self) -> asyncio.StreamWriter:
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.made += 1
        return writer

    async def _half_open(self, number: int) -> None:
        for turn in count():
            await asyncio.sleep(number / HALF_OPEN if turn == 0 else 0.5)
            with contextlib.suppress(OSError):
                writer = await self._connect()
                writer.write(POST[: number % len(POST)])
                await asyncio.sleep(1)
                writer.close()

    async def _body(self) -> None:
        signed = b"x-slack-request-timestamp: 1\r\nx-slack-signature: v0=00\r\n"
        for _ in count():
            with contextlib.suppress(OSError):
                writer = await self._connect()
                writer.write(POST + signed + b"content-length: 1048576\r\n\r\n")
                for _ in range(16):
                    writer.write(b"y" * 65_536)
                    await writer.drain()
                writer.close()
            await asyncio.sleep(0.2)

    async def _endless_header(self) -> None:
        for _ in count():
            with contextlib.suppress(OSError):
                writer = await self._connect()
                writer.write(POST + b"x: ")
                for _ in range(6_400):
                    writer.write(b"y" * 65_536)
                    await writer.drain()
            await asyncio.sleep(0.01)

    async def _in_and_out(self) -> None:
        for _ in count():
            with contextlib.suppress(OSError):
                writer = await self._connect()
                writer.close()
            await asyncio.sleep(0.001)


def main() -> None:
    port, seconds = sys.argv[1:]
    attack = Attack(int(port), float(seconds))
    asyncio.run(attack.run())
    print(attack.made)


if __name__ == "__main__":
    main()
