"""A status is not its meaning: status × body × version × kind of call, each cell of the table.

The bodies are those that real servers and what stands before them have sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from itertools import product
from typing import Any, Final

import httpx
import pytest

from ovbot.openvidu import OpenVidu
from ovbot.openvidu import errors as e
from ovbot.openvidu.dialects import API, OPENVIDU, Server
from ovbot.openvidu.errors import BadRequest, OpenViduError
from ovbot.openvidu.operations import OPERATIONS
from ovbot.openvidu.replies import decipher
from ovbot.openvidu.wire import Call, Operation, Reply
from tests.openvidu.harness import SECRET
from tests.openvidu.invoke import INVOKE

EMPTY, OWN, FRAMEWORK = "empty", "own", "framework"
TEXT, PAGE = "text", "page"
BODIES: Final = {
    EMPTY: b"",
    OWN: b'{"timestamp":1601394690713,"status":418,"error":"X","message":"words","path":"/api/x"}',
    FRAMEWORK: b'{"timestamp":"2020-05-12T20:57:57.221+0000","status":418,"error":"X","path":"/x"}',
    TEXT: b"RBAC: access denied",
    PAGE: b"<!doctype html><html><body><h1>HTTP Status</h1></body></html>",
}
OPENVIDU_SPOKE = (EMPTY, OWN, FRAMEWORK)

OLD: Final = (Server(API, "2.15.0", "pro"), Server(OPENVIDU, "2.31.0", "pro"))
NEW: Final = (Server(OPENVIDU, "2.32.1", "pro"), Server(OPENVIDU, "", "pro"), None)
"""A server of an unknown version counts among those that say least."""
VERSIONS: Final = OLD + NEW

PROBE, QUESTION, CHANGE = "probe", "question", "change"
KINDS = (PROBE, QUESTION, CHANGE)
STATUSES: Final = (
    *(302, 400, 401, 403, 404, 405, 406, 409, 413, 415, 418, 422, 429),
    *(*range(500, 506), 599),
)

Cell = tuple[int, str, Server | None, str, bool]
EXPECTED: dict[Cell, type[OpenViduError]] = {}


def means(
    statuses: Iterable[int],
    error: type[OpenViduError],
    *,
    body: Iterable[str] = BODIES,
    of: Iterable[Server | None] = VERSIONS,
    call: Iterable[str] = KINDS,
    pro: Iterable[bool] = (False, True),
) -> None:
    """One line of the table of what is expected; no cell is filled twice."""
    for cell in product(statuses, body, of, call, pro):
        assert cell not in EXPECTED, cell
        EXPECTED[cell] = error


ASKS = (PROBE, QUESTION)
means([302], e.Redirected)
means([400], e.Unreadable, body=[PAGE, TEXT])
means([400], e.Unexpected, body=[*OPENVIDU_SPOKE])
# the secret: only the probe is sure of it from 2.32 on, where nobody says why
means([401], e.Unauthorized, of=OLD, body=OPENVIDU_SPOKE)
means([401], e.Unauthorized, of=NEW, call=[PROBE], body=OPENVIDU_SPOKE)
means([401], e.Unauthorized, of=NEW, call=[QUESTION, CHANGE], body=[OWN, FRAMEWORK])
means([401], e.Doubted, of=NEW, call=[QUESTION, CHANGE], body=[EMPTY])
# a proxy's own sign-in, or its list of addresses, has a body; otherwise 403 is a failure inside
means([401, 403], e.Forbidden, body=[TEXT, PAGE])
means([403], e.Unknown, body=OPENVIDU_SPOKE, call=[CHANGE])
means([403], e.ServerFault, body=OPENVIDU_SPOKE, call=ASKS)
# what Community does not have; elsewhere a path or method that is not there
means([404, 405], e.ProOnly, body=OPENVIDU_SPOKE, pro=[True])
means([404, 405], e.Unexpected, body=OPENVIDU_SPOKE, pro=[False])
means([404, 405], e.Unexpected, body=[TEXT, PAGE])
means([406, 409, 415, 418, 422, 501], e.Unexpected)
means([413], e.TooLarge)
means([429], e.TooManyRequests)
means([500, 505, 599], e.Unknown, call=[CHANGE])
means([500, 505, 599], e.ServerFault, call=ASKS)
# 502, 503, 504: OpenVidu's own words are a failure inside, others' say that it is away
means([502, 503, 504], e.Unknown, call=[CHANGE], body=[OWN, FRAMEWORK])
means([502, 503, 504], e.ServerFault, call=ASKS, body=[OWN, FRAMEWORK])
means([502, 503, 504], e.Unavailable, call=ASKS, body=[EMPTY, TEXT, PAGE])
means([502, 504], e.Unknown, call=[CHANGE], body=[EMPTY, TEXT, PAGE])
means([503], e.Unavailable, call=[CHANGE], body=[EMPTY, TEXT, PAGE])


def plain(kind: str, *, pro: bool) -> Operation[Any]:
    """An operation of that kind whose own documentation names no status at all."""
    return Operation(
        name="plain",
        verb="plain",
        doing="do something",
        method="POST" if kind == CHANGE else "GET",
        path="plain",
        root="config" if kind == PROBE else "api",
        read=lambda reply: reply,
        finder="sessions" if kind == CHANGE else None,
        pro=pro,
    )


def met(operation: Operation[Any], status: int, body: str, server: Server | None) -> OpenViduError:
    """The error of that answer."""
    call = Call(operation, "ov.test:4443", dict.fromkeys(("session", "connection", "node"), "x"))
    with pytest.raises(OpenViduError) as caught:
        decipher(call, Reply(status, {}, BODIES[body]), server)
    return caught.value


def test_every_cell_of_the_table() -> None:
    assert set(EXPECTED) == set(product(STATUSES, BODIES, VERSIONS, KINDS, (False, True)))
    for (status, body, server, kind, pro), error in EXPECTED.items():
        cell = f"{status} {body} {server and server.version} {kind} pro={pro}"
        problem = met(plain(kind, pro=pro), status, body, server)
        assert type(problem) is error, cell
        assert problem.status == status, cell
        assert "{" not in problem.sentence, cell
        if kind == CHANGE and error is e.Unknown:
            assert problem.finder == "sessions", cell
            assert "Nothing was done" not in problem.sentence, cell
        if status in (401, 403):
            in_front = body in (TEXT, PAGE)
            assert ("front" in problem.sentence) is in_front, cell
            assert ("secret" in problem.sentence) is (status == 401 and not in_front), cell
            assert problem.next_step, cell


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda o: o.name)
@pytest.mark.parametrize("server", VERSIONS, ids=lambda s: s and (s.version or "unknown"))
def test_a_documented_status_counts_where_openvidu_spoke(
    operation: Operation[Any], server: Server | None
) -> None:
    """A proxy's 404 does not end a session, nor the web server's 400 a connection."""
    for status, meaning in operation.meanings.items():
        spoke = {EMPTY, OWN}
        if issubclass(meaning.error, BadRequest):
            spoke |= {FRAMEWORK, TEXT}
        elif status == 500:
            spoke |= {TEXT}
        for body in BODIES:
            problem = met(operation, status, body, server)
            if body in spoke:
                assert type(problem) is meaning.error, (status, body)
                continue
            kind = QUESTION if operation.safe else CHANGE
            assert type(problem) is EXPECTED[status, body, server, kind, operation.pro]
            assert not problem.already


def test_the_servers_own_reason_is_kept() -> None:
    """A real 2.32's answer to a start, and a real 2.31's to a stop."""
    start = b"Error starting recording: Couldn't initialize recording container. Code: 703"
    stop = b"There was an error generating the metadata report file for the recording"
    for name, text, reason in (
        ("start_recording", start, "Couldn't initialize recording container. Code: 703"),
        ("stop_recording", stop, stop.decode()),
    ):
        call = Call(OPERATIONS[name], "ov.test", {"session": "s", "recording": "r"})
        with pytest.raises(e.Unknown) as caught:
            decipher(call, Reply(500, {"content-type": "application/json"}, text), NEW[0])
        assert caught.value.reason == reason
        assert caught.value.finder == OPERATIONS[name].finder
    assert met(OPERATIONS["start_recording"], 400, OWN, None).reason == ""


# ---- through the client ------------------------------------------------------------------------


class Odd:
    """A 2.32 that refuses one request after another the way its framework does."""

    def __init__(self, version: str = "2.32.1") -> None:
        self.config = httpx.Response(200, json={"VERSION": version})
        self.refusals: list[httpx.Response] = []
        self.asked: list[str] = []

    def client(self) -> OpenVidu:
        return OpenVidu("https://ov.test", SECRET, transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path.endswith("config"):
            return self.config
        if self.refusals:
            return self.refusals.pop(0)
        if request.method == "DELETE":
            return httpx.Response(204)
        if request.url.path.endswith("/sessions/daily"):
            return httpx.Response(200, json={"sessionId": "daily"})
        return httpx.Response(404)


async def test_a_401_while_the_secret_is_right_is_a_failure_inside() -> None:
    server = Odd()
    async with server.client() as client:
        server.refusals = [httpx.Response(401)]
        with pytest.raises(e.Unknown) as caught:
            await client.signal("daily", "hello")
        assert (caught.value.status, caught.value.finder) == (401, "session")
        assert "secret" not in caught.value.sentence
        server.refusals = [httpx.Response(401)]
        server.config = httpx.Response(401)
        with pytest.raises(e.Unauthorized) as refused:
            await client.signal("daily", "hello")
        assert type(refused.value) is e.Unauthorized
        assert refused.value.effect == "none"
        assert client.server is None


@pytest.mark.parametrize("status", [401, 403])
async def test_a_deletion_that_failed_inside_is_looked_up_and_done_again(status: int) -> None:
    server = Odd()
    async with server.client() as client:
        server.refusals = [httpx.Response(status)]
        await client.close_session("daily")
    assert [a for a in server.asked if "config" not in a] == [
        "DELETE /openvidu/api/sessions/daily",
        "GET /openvidu/api/sessions/daily",
        "DELETE /openvidu/api/sessions/daily",
    ]


async def test_a_server_that_moved_to_2_32_unseen_is_asked_what_it_is() -> None:
    """Its paths of before are unknown ones now, and for these it says 403."""
    server = Odd("2.15.0")
    async with server.client() as client:
        server.config = httpx.Response(200, json={"VERSION": "2.32.1"})
        server.refusals = [httpx.Response(403)]
        with pytest.raises(e.Unknown):
            await client.signal("daily", "hello")
        server.refusals = [httpx.Response(200)]
        await client.signal("daily", "hello")
        assert client.server is not None
        assert client.server.version == "2.32.1"


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if not o.safe and not o.pro])
@pytest.mark.parametrize("status", [401, 403])
async def test_every_change_that_2_32_refuses_without_a_word_is_not_known(
    name: str, status: int
) -> None:
    class Names:
        connection, stream, node, file = "con_1", "str_1", "media_1", "a.log"

    server = Odd()
    async with server.client() as client:
        asked = INVOKE[name](client, Names())
        server.refusals = [httpx.Response(status)] * 20
        with pytest.raises(e.Unknown) as caught:
            await asyncio.wait_for(asked, 20)
    assert caught.value.effect == "unknown"
    assert caught.value.finder in OPERATIONS
    for words in ("secret", "front", "Nothing was done"):
        assert words not in caught.value.sentence


PASSING: Final = (
    *((status, b"") for status in (401, 403, 500, 502, 503, 504)),
    (500, BODIES[OWN]),
    (502, BODIES[PAGE]),
    (200, b'{"content":[{"sessionId":"da'),
    (200, b""),
    (206, b"half a piece"),
)
ASKED_AGAIN: Final = [
    (name, httpx.Response(status, content=body))
    for name, operation in OPERATIONS.items()
    # the configuration is not among them: by it all else is known, and the link asks again itself
    if operation.safe and not operation.pro and name != "config"
    for status, body in PASSING
    # of a page, anything may be all of it
    if status >= 400 or (status in operation.success and name != "layout")
]


@pytest.mark.parametrize(
    ("name", "refusal"),
    ASKED_AGAIN,
    ids=[f"{name}-{r.status_code}-{len(r.content)}" for name, r in ASKED_AGAIN],
)
async def test_every_question_is_asked_again_after_what_may_pass(
    name: str, refusal: httpx.Response
) -> None:
    class Names:
        connection, stream, node, file = "con_1", "str_1", "media_1", "a.log"

    server = Odd()
    async with server.client() as client:
        server.refusals = [refusal, refusal]
        before = len([a for a in server.asked if not a.endswith("config")])
        gone = (e.SessionNotFound, e.ConnectionNotFound, e.RecordingNotFound, e.CdrFileGone)
        with suppress(*gone, e.Unexpected):
            await INVOKE[name](client, Names())
        asked = [a for a in server.asked if not a.endswith("config")][before:]
        assert len(asked) == 3
        assert not server.refusals


@pytest.mark.parametrize(
    "refusal",
    [
        httpx.Response(403, html="<html>Forbidden</html>"),
        httpx.Response(429),
        httpx.Response(200, html="<html>Please log in</html>"),
        httpx.Response(404),
        httpx.Response(413),
    ],
    ids=lambda r: str(r.status_code),
)
async def test_what_does_not_pass_is_asked_once(refusal: httpx.Response) -> None:
    server = Odd()
    async with server.client() as client:
        server.refusals = [refusal, refusal]
        with pytest.raises(OpenViduError):
            await client.session("daily")
        assert len(server.refusals) == 1
