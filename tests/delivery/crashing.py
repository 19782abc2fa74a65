"""A process that takes a webhook and then stands still at a named point, to be killed there.

``python -m tests.delivery.crashing URL POINT``; it prints ``at POINT`` when it is there. Points:
``accepted`` (OpenVidu has its 200), ``processed`` (the notices are in the outbox), ``posting``
(the request to the chat has left), ``posted`` (the chat has the message, the outbox does not know).
"""

import asyncio
import json
import sys
import time

import httpx

from ovbot.clock import SystemClock
from ovbot.domain.notice import Notice
from ovbot.engine.ports import Posted
from ovbot.openvidu.webhooks import PATH as WEBHOOK_PATH
from ovbot.web.app import build_app
from ovbot.web.health import Health
from ovbot.web.webhook import Webhook
from tests.delivery.fake import START, RecordingChat, Time, WatchedDatabase
from tests.delivery.stage import Stage

EVENT = {
    "sessionId": "demo",
    "timestamp": START,
    "startTime": START,
    "duration": 723.2,
    "id": "demo",
    "name": "demo",
    "size": 34_100_000,
    "status": "ready",
    "event": "recordingStatusChanged",
}


class StandingChat(RecordingChat):
    """Gets as far as the point, and no further."""

    def __init__(self, clock: Time, point: str) -> None:
        super().__init__(clock)
        self._point = point

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        if self._point == "posted":
            print(json.dumps({"posted": notice.key}), flush=True)
        await stand_at(self._point)
        return Posted(notice.channel, "1.0")


async def stand_at(point: str) -> None:
    """Say so, and wait to be killed."""
    print(f"at {point}", flush=True)
    await asyncio.Event().wait()


async def webhook(stage: Stage) -> int:
    """OpenVidu sends its event; the status it gets."""
    health = Health(
        ping=stage.database.ping,
        slack=lambda: "ok",
        openvidu_contact=lambda: None,
        clock=SystemClock(),
    )
    app = build_app(webhook=Webhook("secret", stage.inbox.accept), health=health)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://ovbot"
    ) as client:
        answer = await client.post(
            WEBHOOK_PATH, json=EVENT, headers={"Authorization": "Bearer secret"}
        )
    return answer.status_code


async def main(url: str, point: str) -> None:
    """Go up to the point."""
    database = WatchedDatabase(url)
    await database.open()
    clock = Time(time.time_ns() // 1_000_000)
    stage = Stage(database, clock, StandingChat(clock, point))
    if await webhook(stage) != 200:
        raise SystemExit("OpenVidu did not get its 200")
    if point == "accepted":
        await stand_at(point)
    await stage.process()
    if point == "processed":
        await stand_at(point)
    await stage.worker().run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
