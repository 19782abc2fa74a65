"""The routes, health and readiness."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from ovbot.openvidu.events import WebhookEvent
from ovbot.store.failures import StoreError
from ovbot.web.app import SLACK_PATH, build_app
from ovbot.web.health import Health
from ovbot.web.webhook import Webhook


class Parts:
    """The parts that health asks, each as well as it is told to be."""

    def __init__(self) -> None:
        self.database: Exception | None = None
        self.hangs = False
        self.slack = True
        self.contact: int | None = None
        self.now = 100_000
        self.pings = 0

    async def ping(self) -> None:
        self.pings += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.database is not None:
            raise self.database

    def now_ms(self) -> int:
        return self.now

    async def accept(self, events: Sequence[WebhookEvent]) -> None:
        raise AssertionError("no webhook is sent here")

    def client(self, slack: ASGIApp | None = None) -> httpx.AsyncClient:
        health = Health(
            ping=self.ping,
            slack=lambda: "ok" if self.slack else "not connected",
            openvidu_contact=lambda: self.contact,
            clock=self,
            patience=0.05,
        )
        app = build_app(webhook=Webhook("s", self.accept), health=health, slack=slack)
        return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ovbot")

    async def get(self, path: str) -> httpx.Response:
        async with self.client() as client:
            return await client.get(path)


async def test_ready_when_all_is_well() -> None:
    parts = Parts()
    parts.contact = 98_500
    answer = await parts.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "database": "ok",
        "slack": "ok",
        "openvidu": {"last_contact": 98_500, "seconds_ago": 1.5},
    }


async def test_openvidu_is_told_and_not_required() -> None:
    answer = await Parts().get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["openvidu"] == {"last_contact": None}


async def test_not_ready_without_slack() -> None:
    parts = Parts()
    parts.slack = False
    answer = await parts.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["slack"] == "not connected"


@pytest.mark.parametrize("hangs", [True, False])
async def test_not_ready_without_the_database_but_alive(hangs: bool) -> None:
    parts = Parts()
    parts.hangs = hangs
    parts.database = StoreError("postgresql://db/ovbot is away")
    answer = await parts.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not ready"
    assert answer.json()["database"] == "no answer"
    assert "postgresql" not in answer.text
    assert (await parts.get("/healthz")).status_code == 200


async def test_however_many_ask_the_database_is_asked_once_a_second() -> None:
    parts = Parts()
    async with parts.client() as client:
        answers = await asyncio.gather(*[client.get("/readyz") for _ in range(100)])
        assert {answer.status_code for answer in answers} == {200}
        assert parts.pings == 1
        parts.database = StoreError("away")
        assert (await client.get("/readyz")).status_code == 200
        parts.now += 1_001
        assert (await client.get("/readyz")).status_code == 503
        assert parts.pings == 2


@pytest.mark.parametrize(
    "path", ["/", "/slack", SLACK_PATH, "/webhooks", "/webhooks/openvidu/", "/healthz/", "/docs"]
)
async def test_everything_else_is_404(path: str) -> None:
    assert (await Parts().get(path)).status_code == 404


async def test_slack_is_there_in_http_mode() -> None:
    async with Parts().client(PlainTextResponse("from slack")) as client:
        answer = await client.post(SLACK_PATH, content=b"payload=1")
    assert answer.text == "from slack"
