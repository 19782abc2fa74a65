"""The server that people mean: whatever of its address they have, and whatever of it answers."""

from __future__ import annotations

from itertools import product
from typing import Any, Final, get_args

import httpx
import pytest

from ovbot.openvidu import OpenVidu
from ovbot.openvidu import errors as e
from ovbot.openvidu.addresses import address
from ovbot.openvidu.dialects import Edition
from ovbot.sandbox.openvidu import Simulator, SimulatorConfig
from ovbot.sandbox.openvidu.config import ProfileName
from tests.openvidu.harness import SECRET

PROFILES: Final = get_args(ProfileName)
TAILS: Final = (
    *(
        "",
        "/",
        "//",
        "/openvidu",
        "/openvidu/",
        "/openvidu/api",
        "/openvidu/api/",
        "/api",
        "/config",
    ),
    *("/openvidu/api/config", "/openvidu/api/sessions", "/api/sessions/daily", "/dashboard"),
    *("/openvidu/api/recordings/start", "/openvidu/dashboard/", "/openvidu/inspector", "/pro"),
)
"""What people have copied behind the address of their server."""
SUBPATHS: Final = ("", "/video", "/a/b", "/openvidu", "/api", "/my-openvidu")
"""Where a proxy may serve it from."""


class Front:
    """A proxy that serves a simulator below a path, and pages for everything else."""

    def __init__(self, profile: ProfileName, below: str = "", edition: Edition = "ce") -> None:
        self.simulator = Simulator(SimulatorConfig(secret=SECRET, profile=profile, edition=edition))
        self._through = httpx.ASGITransport(app=self.simulator.app)
        self._below = below
        self.refused: dict[str, httpx.Response] = {}
        """By the end of the path, instead of the server's answer."""

    async def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        if not path.startswith(self._below + "/"):
            return httpx.Response(404, html="<html>404 Not Found</html>")
        for end, refusal in self.refused.items():
            if path.endswith(end):
                return refusal
        request.url = request.url.copy_with(raw_path=path[len(self._below) :].encode())
        return await self._through.handle_async_request(request)

    def client(self, url: str, **given: Any) -> OpenVidu:
        return OpenVidu(url, SECRET, transport=httpx.MockTransport(self.answer), **given)


async def works(client: OpenVidu) -> None:
    """The whole of its API is where the client looks for it."""
    created = await client.create_session(custom_session_id="daily")
    assert created.session_id == "daily"
    assert [s.session_id for s in await client.sessions()] == ["daily"]
    await client.create_token("daily")
    await client.recordings()
    await client.close_session("daily")
    assert await client.sessions() == ()
    assert client.well


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("profile", PROFILES)
async def test_every_part_of_an_address_that_people_have(profile: ProfileName, tail: str) -> None:
    front = Front(profile)
    async with front.client(f"https://ov.test:4443{tail}") as client:
        assert not client.well
        await works(client)


@pytest.mark.parametrize(
    ("subpath", "tail"), [c for c in product(SUBPATHS, ("", "/", "/openvidu/api", "/api")) if c[0]]
)
@pytest.mark.parametrize("profile", ["2.15", "2.32"])
async def test_a_server_below_a_path(profile: ProfileName, subpath: str, tail: str) -> None:
    """Also where the path reads like OpenVidu's own."""
    async with Front(profile, subpath).client(f"https://ov.test{subpath}{tail}") as client:
        await works(client)


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("ov.example.com", "https://ov.example.com"),
        ("ov.example.com:4443", "https://ov.example.com:4443"),
        ("ov.example.com/openvidu/api", "https://ov.example.com"),
        ("203.0.113.7:4443", "https://203.0.113.7:4443"),
        ("localhost:4443", "https://localhost:4443"),
        ("wss://ov.example.com?sessionId=daily&token=tok_abc", "https://ov.example.com"),
        ("wss://ov.example.com:4443/openvidu", "https://ov.example.com:4443"),
        ("https://OPENVIDUAPP:hunter2@ov.example.com:4443", "https://ov.example.com:4443"),
        ("https://ov.example.com/#/sessions", "https://ov.example.com"),
        ("ftp://ov.example.com/", "https://ov.example.com"),
        ("https://", ""),
        ("MY_SECRET", ""),
        ("correct horse battery", ""),
        ("https://ov.example.com:port", ""),
        ("https://[::1", ""),
        ("", ""),
    ],
)
def test_what_is_no_address_of_a_server_is_refused_with_the_right_one(url: str, right: str) -> None:
    with pytest.raises(ValueError, match="the OpenVidu URL must") as caught:
        address(url)
    said = str(caught.value)
    assert said.endswith(f"; perhaps {right}") if right else "perhaps" not in said
    for secret in ("hunter2", "tok_abc", "MY_SECRET", "horse"):
        assert secret not in said


def test_an_address_keeps_its_port_and_its_path() -> None:
    assert address(" https://ov.test:4443/ ").base == "https://ov.test:4443"
    assert address("http://[::1]:4443/x/").base == "http://[::1]:4443/x"
    assert address("https://ov.test/openvidu-api").base == "https://ov.test/openvidu-api"
    assert address("https://ov.test/api/ov").base == "https://ov.test/api/ov"
    assert address("https://ov.test/x/openvidu/api").below == ("", "/openvidu", "/openvidu/api")


REFUSALS: Final = {
    "silent-403": httpx.Response(403),
    "proxy-403": httpx.Response(403, html="<html>403 Forbidden</html>"),
    "404": httpx.Response(404),
    "500": httpx.Response(500, json={"timestamp": 1, "status": 500}),
    "page": httpx.Response(200, html="<html>Welcome</html>"),
    "other-json": httpx.Response(200, json={"hello": "world"}),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("profile", PROFILES)
async def test_a_server_that_does_not_tell_its_configuration(
    profile: ProfileName, refusal: httpx.Response
) -> None:
    """It is found by its sessions, and is what the settings say."""
    front = Front(profile)
    front.refused["/config"] = refusal
    async with front.client("https://ov.test") as client:
        assert client.server is not None
        assert (client.server.version, client.server.edition) == ("", "ce")
        await works(client)
    async with front.client("https://ov.test", version="2.30.0", edition="pro") as client:
        assert client.server is not None
        assert (client.server.version, client.server.edition) == ("2.30.0", "pro")
        assert client.server.since(2, 30)


async def test_a_server_that_ceases_to_tell_is_still_the_one_that_was_found() -> None:
    front = Front("2.32")
    async with front.client("https://ov.test") as client:
        assert client.server is not None
        found = client.server
        front.refused["/config"] = httpx.Response(403)
        assert await client.probe() == found
        await works(client)


async def test_the_configuration_has_the_last_word_on_the_version() -> None:
    front = Front("2.15")
    async with front.client("https://ov.test", version="2.30.0") as client:
        assert client.server is not None
        assert client.server.version.startswith("2.15")


async def test_a_wrong_secret_is_no_server_without_configuration() -> None:
    for profile in PROFILES:
        front = Front(profile)
        transport = httpx.MockTransport(front.answer)
        async with OpenVidu("https://ov.test", "WRONG", transport=transport) as client:
            assert isinstance(client.problem, e.Unauthorized)


async def test_what_lists_nothing_is_no_openvidu() -> None:
    """Its configuration is not what makes a server: a 2.20 at the path of older ones."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/config":
            return httpx.Response(200, json={"VERSION": "2.20.0"})
        if path == "/openvidu/api/sessions":
            return httpx.Response(200, json={"numberOfElements": 0, "content": []})
        return httpx.Response(404)

    async with OpenVidu("https://ov.test", SECRET, transport=httpx.MockTransport(answer)) as client:
        assert client.server is not None
        assert client.server.dialect.name == "openvidu"
        assert not client.well
        await client.sessions()
        assert client.well
