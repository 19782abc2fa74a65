"""Signed commands, so many at the same moment.

Each line that it is given is a list: port, outside, how many at once, how many rounds, the text.
After each round it waits until what was acknowledged is done, so that an acknowledgement is
measured and not the work of the round before. Prints the milliseconds of every acknowledgement.
"""

import asyncio
import json
import secrets
import sys
import time
from urllib.parse import urlencode

import uvloop
from slack_sdk.signature import SignatureVerifier

from ovbot.web.app import SLACK_PATH
from tests.benchmarks.slack_servers import SETTLED, SIGNING_SECRET, TEAM, USER

WARM_UP = 5
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def command(outside: str, text: str) -> bytes:
    """A slash command like no other. Source: docs.slack.dev, "Slash commands"."""
    body = urlencode(
        {
            "token": "deprecated",
            "team_id": TEAM,
            "team_domain": "local",
            "channel_id": "C1",
            "channel_name": "moderation",
            "user_id": USER,
            "user_name": "ana",
            "command": "/openvidu",
            "text": text,
            "api_app_id": "A1",
            "is_enterprise_install": "false",
            "response_url": f"{outside}/answer",
            "trigger_id": secrets.token_hex(16),
        }
    )
    now = str(int(time.time()))
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=now, body=body)
    head = (
        f"POST {SLACK_PATH} HTTP/1.1\r\nHost: b\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: {signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


async def answered(connection: Connection, request: bytes) -> float:
    """Milliseconds until the whole answer, which must be 200, is there."""
    reader, writer = connection
    begun = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    spent = (time.perf_counter() - begun) * 1000
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise SystemExit(head.decode())
    length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return spent


async def load(port: int, outside: str, many: int, rounds: int, text: str) -> list[float]:
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(many)]
    waiting = await asyncio.open_connection("127.0.0.1", port)
    settle = f"POST {SETTLED} HTTP/1.1\r\nHost: b\r\nContent-Length: 0\r\n\r\n".encode()
    spent: list[float] = []
    for number in range(WARM_UP + rounds):
        requests = [command(outside, text) for _ in range(many)]
        pairs = zip(connections, requests, strict=True)
        found = await asyncio.gather(*(answered(*pair) for pair in pairs))
        await answered(waiting, settle)
        if number >= WARM_UP:
            spent += found
    return spent


def main() -> None:
    for asked in sys.stdin:
        port, outside, many, rounds, text = json.loads(asked)
        print(json.dumps(uvloop.run(load(port, outside, many, rounds, text))), flush=True)


if __name__ == "__main__":
    main()
