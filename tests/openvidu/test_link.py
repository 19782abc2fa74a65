"""Finding a server out, and keeping off one that is lost."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import structlog

from ovbot.openvidu import OpenVidu
from ovbot.openvidu import errors as e
from ovbot.openvidu.operations import OPERATIONS
from ovbot.sandbox.openvidu.config import Edition, ProfileName
from tests.openvidu.harness import PROFILES, SECRET, room

URL = "https://ov.test"
CONFIG = {"VERSION": "2.15.0"}
EMPTY = {"numberOfElements": 0, "content": []}
KEPT_OUT = b"<html>403 Forbidden</html>"
"""What a proxy answers instead of the server."""


class Server:
    """Answers by path; everything it was asked is kept."""

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self.answers: dict[str, Any] = answers or {}
        self.asked: list[str] = []
        self.down: Callable[[httpx.Request], httpx.Response] | None = None
        self.now = 0.0

    def client(self, **settings: Any) -> OpenVidu:
        transport = httpx.MockTransport(self.answer)
        return OpenVidu(URL, SECRET, transport=transport, clock=lambda: self.now, **settings)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if self.down is not None:
            return self.down(request)
        found = self.answers.get(request.url.path)
        if isinstance(found, int):
            return httpx.Response(found)
        if isinstance(found, bytes):
            return httpx.Response(403, html=found.decode())
        return httpx.Response(404) if found is None else httpx.Response(200, json=found)


def dead(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Connection refused", request=request)


def unauthorized(_: httpx.Request) -> httpx.Response:
    return httpx.Response(401, headers={"WWW-Authenticate": 'Basic realm="Realm"'})


PRO = {"VERSION": "2.15.0", "OPENVIDU_PRO_CLUSTER_ID": "x"}


@pytest.mark.parametrize(
    ("answers", "dialect", "edition", "asked"),
    [
        ({"/config": CONFIG}, "api", "ce", 3),
        ({"/config": CONFIG, "/pro/config": PRO}, "api", "pro", 3),
        ({"/openvidu/api/config": CONFIG}, "mixed", "ce", 2),
        ({"/openvidu/api/config": CONFIG, "/pro/config": PRO}, "mixed", "pro", 2),
        ({"/openvidu/api/config": PRO}, "mixed", "pro", 1),
        ({"/openvidu/api/config": {"VERSION": "2.16.0"}}, "openvidu", "ce", 1),
        ({"/openvidu/api/config": {"VERSION": "2.32.2-beta"}}, "openvidu", "ce", 1),
        ({"/openvidu/api/config": {"VERSION": "2.20.0", **PRO, "X": 1}}, "mixed", "pro", 1),
        ({"/openvidu/api/config": {**PRO, "VERSION": "2.20.0"}}, "openvidu", "pro", 1),
        # a 2.15 behind a proxy that has a page, or a refusal, for what it does not know
        ({"/openvidu/api/config": "page", "/config": CONFIG}, "api", "ce", 3),
        ({"/openvidu/api/config": 401, "/config": CONFIG}, "api", "ce", 3),
        ({"/openvidu/api/config": 403, "/config": CONFIG, "/pro/config": 403}, "api", "ce", 3),
        (
            {"/openvidu/api/config": CONFIG, "/config": CONFIG, "/pro/config": "page"},
            "mixed",
            "ce",
            2,
        ),
        ({"/config": {"VERSION": "snapshot"}}, "api", "ce", 3),
    ],
)
async def test_the_probe_finds_paths_and_edition(
    answers: dict[str, Any], dialect: str, edition: str, asked: int
) -> None:
    server = Server(answers)
    async with server.client() as client:
        assert client.server is not None
        assert (client.server.dialect.name, client.server.edition) == (dialect, edition)
        assert len(server.asked) == asked
        assert all(a.startswith("GET ") for a in server.asked)


async def test_a_setting_overrides_the_search() -> None:
    server = Server({"/config": CONFIG})
    async with server.client(dialect="api") as client:
        assert server.asked == ["GET /config", "GET /pro/config"]
        assert client.server is not None
    with pytest.raises(ValueError, match="there are api, mixed, openvidu"):
        OpenVidu(URL, SECRET, dialect="2.15")


async def test_a_server_that_is_no_openvidu() -> None:
    server = Server()
    async with server.client() as client:
        with pytest.raises(e.Unexpected) as caught:
            await client.close_session("daily")
        assert caught.value.operation == "close_session"
        assert caught.value.effect == "none"
        assert not any(a.startswith("DELETE") for a in server.asked)


@pytest.mark.parametrize("edition", ["ce", "pro"])
@pytest.mark.parametrize("profile", PROFILES)
async def test_a_wrong_secret_is_told_as_such_wherever_the_paths_are(
    profile: ProfileName, edition: Edition
) -> None:
    """A 2.15 answers 404 at the newer path before it refuses the secret at its own."""
    async with room(profile, edition=edition) as r:
        transport = httpx.ASGITransport(app=r.simulator.app)
        async with OpenVidu(URL, "WRONG", transport=transport) as client:
            with pytest.raises(e.Unauthorized):
                await client.sessions()


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({"/openvidu/api/config": "page", "/config": 401}, e.Unauthorized),
        ({"/config": KEPT_OUT}, e.Forbidden),
        ({"/openvidu/api/config": KEPT_OUT}, e.Forbidden),
        ({"/openvidu/api/config": KEPT_OUT, "/config": 401}, e.Unauthorized),
        ({"/config": 403}, e.ServerFault),
        ({"/openvidu/api/config": 403}, e.ServerFault),
        ({"/openvidu/api/config": 403, "/config": KEPT_OUT}, e.Forbidden),
        ({"/openvidu/api/config": 403, "/config": 401}, e.Unauthorized),
        ({"/config": 502}, e.Unavailable),
        ({}, e.Unexpected),
    ],
)
async def test_of_two_refusals_the_more_telling_one_is_told(
    answers: dict[str, Any], kind: type[e.OpenViduError]
) -> None:
    async with Server(answers).client() as client:
        assert type(client.problem) is kind


async def test_a_lost_server_is_not_hammered_and_the_loss_is_told_once() -> None:
    server = Server({"/config": CONFIG, "/api/sessions": EMPTY})
    server.down = dead
    with structlog.testing.capture_logs() as logs:
        async with server.client() as client:
            assert client.server is None
            tries = len(server.asked)
            for _ in range(5):
                with pytest.raises(e.Unreachable) as caught:
                    await client.close_session("daily")
                assert caught.value.code == "close.unreachable"
                assert "Retrying in about 1 s" in caught.value.next_step
            assert len(server.asked) == tries  # nobody was asked
            server.now = 1.0
            with pytest.raises(e.Unreachable):
                await client.sessions()
            assert len(server.asked) == tries + 1  # one probe, no call
            server.now = 2.9
            with pytest.raises(e.Unreachable):
                await client.sessions()
            assert len(server.asked) == tries + 1  # the pause has doubled
            server.now, server.down = 3.0, None
            assert await client.sessions() == ()
            assert client.problem is None
    assert [entry["event"] for entry in logs] == ["openvidu.lost", "openvidu.found"]


async def test_the_pauses_have_a_limit() -> None:
    server = Server()
    server.down = dead
    async with server.client() as client:
        for _ in range(20):
            with pytest.raises(e.Unreachable):
                await client.sessions()
            server.now += 5.0
        asked = len(server.asked)
        server.now += 0.1
        with pytest.raises(e.Unreachable):
            await client.sessions()
        assert len(server.asked) == asked + 1


async def test_a_wrong_secret_is_not_tried_again_and_again() -> None:
    server = Server({"/config": CONFIG, "/api/sessions": EMPTY})
    server.down = unauthorized
    with structlog.testing.capture_logs() as logs:
        async with server.client() as client:
            asked = len(server.asked)
            for _ in range(3):
                with pytest.raises(e.Unauthorized) as caught:
                    await client.sessions()
                assert caught.value.code == "list.unauthorized"
                assert "OPENVIDU_SECRET" in caught.value.next_step
            server.now = 4.9
            with pytest.raises(e.Unauthorized):
                await client.sessions()
            assert len(server.asked) == asked
            server.now, server.down = 5.0, None
            assert await client.sessions() == ()
    assert [entry["event"] for entry in logs] == ["openvidu.lost", "openvidu.found"]


async def test_a_secret_that_is_changed_under_way_opens_the_circuit() -> None:
    server = Server({"/config": CONFIG, "/api/sessions": EMPTY})
    async with server.client() as client:
        server.down = unauthorized
        asked = len(server.asked)
        for _ in range(3):
            with pytest.raises(e.Unauthorized):
                await client.close_session("daily")
        assert server.asked[asked:] == ["DELETE /api/sessions/daily"]


async def test_a_server_that_comes_back_as_another_version_is_probed_anew() -> None:
    server = Server({"/config": CONFIG, "/api/sessions": EMPTY})
    async with server.client() as client:
        server.down = dead
        with pytest.raises(e.Unreachable):
            await client.sessions()
        server.down = None
        server.answers = {
            "/openvidu/api/config": {"VERSION": "2.32.2"},
            "/openvidu/api/sessions": EMPTY,
        }
        assert await client.sessions() == ()
        assert client.server is not None
        assert client.server.version == "2.32.2"


async def test_a_server_that_moved_its_paths_while_nobody_looked_is_probed_anew() -> None:
    """Updated between two calls: nothing was lost, and nothing is where it was."""
    server = Server({"/config": CONFIG, "/api/sessions": EMPTY})
    async with server.client() as client:
        assert await client.sessions() == ()
        server.answers = {
            "/openvidu/api/config": {"VERSION": "2.20.0"},
            "/openvidu/api/sessions": EMPTY,
        }
        with pytest.raises(e.Unexpected, match="answered 404"):
            await client.sessions()
        assert await client.sessions() == ()
        assert client.server is not None
        assert client.server.version == "2.20.0"


async def test_many_callers_of_an_unknown_server_make_one_probe() -> None:
    server = Server({"/config": CONFIG, "/api/sessions": EMPTY})
    client = server.client()
    await asyncio.gather(*(client.sessions() for _ in range(10)))
    await client.aclose()
    assert server.asked.count("GET /config") == 1


async def test_big_listings_are_asked_for_one_at_a_time() -> None:
    running = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        if request.url.path.endswith("config"):
            return httpx.Response(200, json={"VERSION": "2.20.0"})
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        empty: dict[str, object] = {"content": [], "items": []}
        return httpx.Response(200, json=empty)

    async with OpenVidu(URL, SECRET, transport=httpx.MockTransport(answer)) as client:
        await asyncio.gather(*(client.sessions() for _ in range(4)), client.recordings())
    assert most == 1


async def test_those_who_ask_again_do_not_ask_all_at_once() -> None:
    began: dict[str, float] = {}
    pauses: list[float] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("config"):
            return httpx.Response(200, json={"VERSION": "2.20.0"})
        name, now = request.url.path.rpartition("/")[2], time.monotonic()
        if name not in began:
            began[name] = now
            raise httpx.ReadError("broken", request=request)
        pauses.append(now - began[name])
        return httpx.Response(200, json={"sessionId": name})

    async with OpenVidu(URL, SECRET, transport=httpx.MockTransport(answer)) as client:
        await asyncio.gather(*(client.session(f"s{number}") for number in range(12)))
    assert len(pauses) == 12
    assert min(pauses) >= 0.1
    assert max(pauses) - min(pauses) > 0.02


@pytest.mark.parametrize(
    "name", ["start_recording", "stop_recording", "delete_recording", "close_session", "disconnect"]
)
def test_what_may_take_a_minute_behind_a_real_server_is_given_more(name: str) -> None:
    assert OPERATIONS[name].budget > 60


async def test_those_who_wait_for_a_listing_do_not_ask_a_server_that_was_lost_meanwhile() -> None:
    server = Server({"/config": CONFIG, "/api/sessions": EMPTY, "/api/recordings": EMPTY})
    async with server.client() as client:
        server.down = dead
        calls = [client.sessions(), client.sessions(), client.recordings(), client.sessions()]
        found = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(each) for each in found] == [e.Unreachable] * 4
        assert server.asked.count("GET /api/sessions") == 3  # the first one, again and again
        assert "GET /api/recordings" not in server.asked


async def test_probing_asks_even_a_server_that_is_known() -> None:
    server = Server({"/config": CONFIG})
    async with server.client() as client:
        asked = len(server.asked)
        assert (await client.probe()).version == "2.15.0"
        assert len(server.asked) > asked
        server.down = dead
        with pytest.raises(e.Unreachable):
            await client.probe()
        assert client.server is None


@pytest.mark.parametrize(
    "url",
    [
        "openvidu.example.com",
        "ftp://openvidu.example.com",
        "https://",
        "https://user:pw@openvidu.example.com",
        "https://openvidu.example.com/?a=b",
        "https://openvidu.example.com/#top",
    ],
)
def test_unusable_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the OpenVidu URL must") as caught:
        OpenVidu(url, SECRET)
    assert "pw" not in str(caught.value)


async def test_a_server_below_a_path() -> None:
    server = Server({"/ov/config": CONFIG, "/ov/api/sessions": EMPTY})
    transport = httpx.MockTransport(server.answer)
    async with OpenVidu("https://ov.test/ov/", SECRET, transport=transport) as client:
        assert await client.sessions() == ()


async def test_no_log_and_no_repr_holds_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    basic = base64.b64encode(f"OPENVIDUAPP:{SECRET}".encode()).decode()
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logs:
        async with room() as r:
            r.meeting()
            token = await r.client.create_token("daily")
            r.fault("session", "html", status=502)
            await r.client.session("daily")
            with pytest.raises(e.ConnectionGone) as caught:
                await r.client.disconnect("daily", "con_gone")
            seen = [repr(vars(r.client)), repr(vars(caught.value)), json.dumps(logs, default=repr)]
    seen += [record.getMessage() for record in caplog.records]
    assert any("sessions/daily" in line for line in seen)  # something was logged at all
    for line in seen:
        assert SECRET not in line
        assert basic not in line
        assert token.secret.reveal() not in line


async def test_every_request_carries_the_credentials() -> None:
    heads: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heads.append(request.headers["Authorization"])
        return httpx.Response(200, json={"VERSION": "2.20.0"})

    transport = httpx.MockTransport(answer)
    async with OpenVidu(URL, "MY_SECRET", transport=transport) as client:
        await client.config()
    # the documentation's own example
    assert set(heads) == {"Basic T1BFTlZJRFVBUFA6TVlfU0VDUkVU"}
