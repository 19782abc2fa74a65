"""The webhook: 200 only for what is committed, and a clear status for everything else."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from ovbot.clock import SystemClock
from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.engine.webhooks import Refused
from ovbot.openvidu.events import BODY_LIMIT, WebhookEvent, parse_event
from ovbot.openvidu.participants import name_from
from ovbot.openvidu.webhooks import PATH as WEBHOOK_PATH
from ovbot.store import events
from ovbot.store.database import Database
from ovbot.store.failures import StoreError
from ovbot.web.app import build_app
from ovbot.web.health import Health
from ovbot.web.webhook import LARGEST, Accept, Webhook

SECRET = "s3cret"
EVENT = {"sessionId": "demo", "timestamp": 1_601_394_690_713, "event": "sessionCreated"}
BODY = json.dumps(EVENT).encode()
GOOD = {"Authorization": f"Bearer {SECRET}"}


async def awake() -> None:
    """A database that answers."""


def client_for(
    accept: Accept, secret: str | None = SECRET, refused: Refused | None = None
) -> httpx.AsyncClient:
    health = Health(
        ping=awake,
        slack=lambda: "ok",
        openvidu_contact=lambda: None,
        clock=SystemClock(),
    )
    app = build_app(webhook=Webhook(secret, accept, refused), health=health)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ovbot")


class Taken:
    """Takes events, or fails as it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.events: list[WebhookEvent] = []
        self._error = error

    async def accept(self, events: Sequence[WebhookEvent]) -> None:
        if self._error is not None:
            raise self._error
        self.events.extend(events)


async def send(
    taken: Taken, body: bytes = BODY, headers: dict[str, str] | None = None
) -> httpx.Response:
    async with client_for(taken.accept) as client:
        return await client.post(
            WEBHOOK_PATH, content=body, headers=GOOD if headers is None else headers
        )


async def test_what_is_answered_with_200_is_in_the_database(database: Database) -> None:
    inbox = Inbox(database, "default", SystemClock())
    async with client_for(inbox.accept) as client:
        answers = await asyncio.gather(
            *(client.post(WEBHOOK_PATH, content=BODY, headers=GOOD) for _ in range(5))
        )
    assert [answer.status_code for answer in answers] == [200] * 5
    assert answers[0].content == b""
    async with database.read() as tx:
        (only,) = await events.unprocessed(tx, "default", 10, now=0)
    assert only.kind == "sessionCreated"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": SECRET},
        {"Authorization": f"Bearer {SECRET}x"},
        {"Authorization": f"Bearer {SECRET[:-1]}"},
        {"Authorization": f"bearer {SECRET}"},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": "Bearer "},
        {"X-Authorization": f"Bearer {SECRET}"},
    ],
)
async def test_without_the_secret_it_is_401_and_does_not_say_what_was_wrong(
    headers: dict[str, str],
) -> None:
    taken = Taken()
    answer = await send(taken, headers=headers)
    assert answer.status_code == 401
    assert answer.text == (await send(taken, headers={})).text
    assert SECRET not in answer.text
    assert taken.events == []


async def test_the_header_given_twice_is_refused() -> None:
    async with client_for(Taken().accept) as client:
        answer = await client.post(
            WEBHOOK_PATH,
            content=BODY,
            headers=[("Authorization", GOOD["Authorization"]), ("Authorization", "Bearer x")],
        )
    assert answer.status_code == 401


@pytest.mark.parametrize("secret", [None, ""])
async def test_without_a_secret_of_our_own_nobody_gets_in(secret: str | None) -> None:
    taken = Taken()
    async with client_for(taken.accept, secret) as client:
        for given in ("Bearer ", "Bearer None", "-", ""):
            answer = await client.post(WEBHOOK_PATH, content=BODY, headers={"Authorization": given})
            assert answer.status_code == 401
    assert taken.events == []


async def test_the_body_of_a_stranger_is_not_read() -> None:
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"x"

    async with client_for(Taken().accept) as client:
        # The transport itself reads one chunk ahead of the application.
        answer = await client.post(WEBHOOK_PATH, content=body())
    assert answer.status_code == 401
    assert read <= 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"event"', b"{}", b'{"event": 7}', b"\xff\xfe\x00", b"[" * 9_999],
)
async def test_what_is_not_an_event_is_400_with_a_sentence(body: bytes) -> None:
    taken = Taken()
    answer = await send(taken, body)
    assert answer.status_code == 400
    assert answer.text.startswith("This is not an OpenVidu event: ")
    assert taken.events == []


def many_fields(size: int) -> bytes:
    """An event of so many bytes, none of which are in a long string."""
    fields = {f"f{n:07}": "x" * 40 for n in range(size // 60)}
    body = json.dumps({**EVENT, **fields}).encode()
    return body + b" " * (size - len(body))


async def test_a_body_up_to_the_limit_is_taken_and_a_larger_one_is_413() -> None:
    taken = Taken()
    body = many_fields(BODY_LIMIT)
    assert len(body) == BODY_LIMIT
    assert (await send(taken, body)).status_code == 200
    assert (await send(taken, body + b" ")).status_code == 413
    assert len(taken.events) == 1


async def test_a_large_body_is_refused_while_it_is_still_coming() -> None:
    chunks = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal chunks
        while chunks < 100:
            chunks += 1
            yield b"[" * 65_536

    async with client_for(Taken().accept) as client:
        answer = await client.post(WEBHOOK_PATH, content=endless(), headers=GOOD)
        assert answer.status_code == 413
        assert chunks <= BODY_LIMIT // 65_536 + 1
        chunks = 0
        declared = {**GOOD, "Content-Length": str(LARGEST + 1)}
        answer = await client.post(WEBHOOK_PATH, content=endless(), headers=declared)
        assert answer.status_code == 413
        assert chunks == 0


@pytest.mark.parametrize("size", [1_000, 300_000, 5_000_000])
@pytest.mark.parametrize("charset", ["utf-8", "latin-1"])
async def test_an_event_is_kept_without_what_is_large_in_it(size: int, charset: str) -> None:
    """All else of it is what it is, and it is the same event as the small one."""
    taken = Taken()
    joined = {
        "timestamp": 1_601_394_690_713,
        "sessionId": "demo",
        "clientData": json.dumps({"clientData": "José", "x": "é" * size}, ensure_ascii=False),
        "serverData": "user-17",
        "to": ["con_1234567890"] * (min(size, 3_000_000) // 20),
        "participantId": "con_1",
        "event": "participantJoined",
    }
    body = json.dumps(joined, ensure_ascii=False).encode(charset)
    assert (await send(taken, body)).status_code == 200
    (event,) = taken.events
    assert name_from("con_1", event.client_data, event.server_data) == "José"
    assert (event.kind, event.session_id, event.connection_id, event.server_data) == (
        "participantJoined",
        "demo",
        "con_1",
        "user-17",
    )
    assert event.key == parse_event(json.dumps({**joined, "clientData": "J"}).encode()).key
    assert len(msgspec.json.encode(event)) < 20_000


async def test_latin_1_is_read_where_it_is_not_utf_8() -> None:
    taken = Taken()
    text = json.dumps({**EVENT, "clientData": "José"}, ensure_ascii=False)
    for charset in ("utf-8", "latin-1"):
        assert (await send(taken, text.encode(charset))).status_code == 200
    assert [event.client_data for event in taken.events] == ["José", "José"]


async def test_an_unknown_kind_is_taken() -> None:
    taken = Taken()
    assert (await send(taken, b'{"event": "somethingNew"}')).status_code == 200
    assert taken.events[0].kind == "somethingNew"


@pytest.mark.parametrize("error", [StoreError("away"), TimeoutError()])
async def test_what_could_not_be_stored_is_503(error: Exception) -> None:
    answer = await send(Taken(error))
    assert answer.status_code == 503
    assert "away" not in answer.text


async def test_a_database_that_hangs_is_503_within_the_inboxs_patience(
    database: Database,
) -> None:
    inbox = Inbox(database, "default", SystemClock(), patience=0.02)
    async with database.begin() as tx:
        await events.record(tx, "default", 1, [])
        if not database.is_sqlite:
            await tx.exec_driver_sql("LOCK TABLE events")
        async with client_for(inbox.accept) as client:
            answer = await client.post(WEBHOOK_PATH, content=BODY, headers=GOOD)
        assert answer.status_code == 503
    await inbox.close()


async def test_only_post_is_understood() -> None:
    async with client_for(Taken().accept) as client:
        for method in ("GET", "PUT", "DELETE", "HEAD"):
            answer = await client.request(method, WEBHOOK_PATH, headers=GOOD)
            assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "wrong"),
    [
        ({}, "it carries no Authorization header"),
        ({"Authorization": f"Basic {SECRET}"}, "the secret, but not after “Bearer”"),
        ({"Authorization": "Basic T1BFTlZJRFVBUFA6"}, "Basic instead of Bearer"),
        ({"Authorization": SECRET}, "the secret without the word Bearer"),
        ({"Authorization": "Bearer <OVBOT_WEBHOOK_SECRET>"}, "the placeholder"),
        ({"Authorization": f'"Bearer {SECRET}"'}, "quotation marks"),
        ({"Authorization": "Bearer s3cre7"}, "another secret than OVBOT_WEBHOOK_SECRET"),
    ],
)
async def test_the_log_says_what_was_wrong_once_a_minute_and_quotes_nothing(
    headers: dict[str, str], wrong: str
) -> None:
    refused = Refused()
    async with client_for(Taken().accept, refused=refused) as client:
        with capture_logs() as logged:
            for _ in range(50):
                await client.post(WEBHOOK_PATH, content=BODY, headers=headers)
    (line,) = logged
    assert (line["event"], line["log_level"]) == ("webhook.unauthorized", "warning")
    assert wrong in line["limit"]
    assert "s3cre" not in str(line)
    assert (refused.count, refused.last and refused.last.why) == (50, line["limit"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/webhook",
        "/webhooks/openvidu/",
        "//webhooks/openvidu",
        "/Webhooks/OpenVidu",
        "/é/%0A",
    ],
)
async def test_what_is_sent_elsewhere_is_seen(path: str) -> None:
    refused = Refused()
    async with client_for(Taken().accept, refused=refused) as client:
        with capture_logs() as logged:
            answers = [
                await client.post(httpx.URL("http://ovbot", path=path), headers=GOOD)
                for _ in range(50)
            ]
    assert {answer.status_code for answer in answers} == {404}
    (line,) = logged
    assert (line["event"], line["webhooks"]) == ("web.nothing_there", WEBHOOK_PATH)
    assert line["path"].startswith("/")
    assert "\n" not in line["path"]
    assert refused.count == 50


async def test_a_redirect_that_made_a_get_of_it_is_seen() -> None:
    refused = Refused()
    async with client_for(Taken().accept, refused=refused) as client:
        with capture_logs() as logged:
            assert (await client.get(WEBHOOK_PATH, headers=GOOD)).status_code == 405
    assert [line["event"] for line in logged] == ["webhook.not_posted"]
    assert refused.count == 1
