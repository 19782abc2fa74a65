"""What happens before any controller sees a request: credentials, firewall, old paths, routing."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.sandbox.openvidu.bench import PROFILE_NAMES, bench
from tests.sandbox.openvidu.replay.wire import ask, credentials

KNOWN = {"Authorization": credentials()}

ISO_NOW = "2020-09-29T15:51:30.000+0000"
WRONG = [
    None,
    "Bearer x",
    "Basic",
    "Basic ???",
    "Basic " + base64.b64encode(b"OPENVIDUAPP").decode(),
    "Basic " + base64.b64encode(b"OPENVIDUAPP:WRONG").decode(),
    "Basic " + base64.b64encode(b"SOMEBODY:MY_SECRET").decode(),
]


def spring(status: int, error: str, message: str, path: str) -> dict[str, Any]:
    return {
        "timestamp": ISO_NOW,
        "status": status,
        "error": error,
        "message": message,
        "path": path,
    }


async def without_credentials(
    client: httpx.AsyncClient, method: str, path: str, header: str | None = None
) -> httpx.Response:
    headers = {} if header is None else {"Authorization": header}
    request = httpx.Request(method, client.base_url.join(path), headers=headers)
    return await client.send(request, auth=None)


@pytest.mark.parametrize("header", WRONG)
@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_wrong_credentials_are_told_before_anything_else(
    profile: str, header: str | None
) -> None:
    async with bench(profile) as on:
        path = f"{on.prefix}/sessions/unknown"
        answer = await without_credentials(on.client, "GET", path, header)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="Realm"'
        if profile == "2.32":
            assert answer.content == b""
        else:
            expected = spring(401, "Unauthorized", "Unauthorized", path)
            assert list(answer.json().items()) == list(expected.items())


@pytest.mark.parametrize(
    ("edition", "method", "path", "status"),
    [
        ("ce", "GET", "/config", 401),
        ("ce", "PUT", "/config", 405),
        ("ce", "GET", "/layouts/custom/x", 401),
        ("ce", "POST", "/layouts/custom/x", 401),
        ("ce", "GET", "/dashboard/index.html", 401),
        ("ce", "GET", "/cdr", 401),
        ("ce", "GET", "/pro/media-nodes", 404),
        ("pro", "GET", "/pro/media-nodes", 401),
        ("pro", "POST", "/pro/restart", 401),
    ],
)
async def test_which_addresses_of_2_15_are_guarded(
    edition: str, method: str, path: str, status: int
) -> None:
    """The rules name methods: what has none is open, though nothing may be there."""
    async with bench("2.15", edition=edition) as on:
        answer = await without_credentials(on.client, method, path)
        assert answer.status_code == status


async def test_the_users_name_may_be_written_in_any_case() -> None:
    async with bench() as on:
        header = "basic " + base64.b64encode(b"openviduapp:MY_SECRET").decode()
        answer = await without_credentials(on.client, "GET", "/openvidu/api/sessions", header)
        assert answer.status_code == 200


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_public_url_is_public(profile: str) -> None:
    async with bench(profile) as on:
        path = f"{on.simulator.world.profile.config_path}/openvidu-publicurl"
        assert (await without_credentials(on.client, "GET", path)).status_code == 200


@pytest.mark.parametrize("profile", ["seed", "2.15"])
async def test_unknown_addresses_before_boot_3(profile: str) -> None:
    async with bench(profile) as on:
        for path in ("/nope", f"{on.prefix}/nope"):
            answer = await on.client.get(path)
            assert answer.status_code == 404
            assert answer.json() == spring(404, "Not Found", "No message available", path)


async def test_boot_3_denies_what_no_rule_names() -> None:
    async with bench("2.32") as on:
        known = await on.client.get("/nope")
        unknown = await without_credentials(on.client, "GET", "/nope")
        below = await on.client.get("/openvidu/api/nope")
        assert [each.status_code for each in (known, unknown, below)] == [403, 401, 403]
        assert {each.content for each in (known, unknown, below)} == {b""}


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_methods_that_an_address_does_not_have(profile: str) -> None:
    async with bench(profile) as on:
        answer = await on.api("PATCH", "/sessions")
        assert answer.status_code == (403 if profile == "2.32" else 405)
        assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
        if profile == "2.32":
            assert answer.content == b""
        else:
            message = "Request method 'PATCH' not supported"
            path = f"{on.prefix}/sessions"
            assert answer.json() == spring(405, "Method Not Allowed", message, path)


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_slash_at_the_end(profile: str) -> None:
    async with bench(profile) as on:
        answer = await on.api("GET", "/sessions/")
        assert answer.status_code == (403 if profile == "2.32" else 200)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/sessions/a;b=c", 'the URL contained a potentially malicious String ";"'),
        ("/sessions//a", 'the URL contained a potentially malicious String "//"'),
        ("/sessions/a%252Fb", 'the URL contained a potentially malicious String "%25"'),
        ("/sessions/%2e%2e/config", 'the URL contained a potentially malicious String "%2e"'),
        ("/sessions/./room", "the URL was not normalized."),
        ("/sessions/../config", "the URL was not normalized."),
    ],
)
async def test_the_firewall(path: str, why: str) -> None:
    """Nobody has looked at the credentials yet, so Boot 3 asks for them."""
    async with bench() as on:
        answer = await ask(on.simulator.app, "GET", f"{on.prefix}{path}", headers=KNOWN)
        message = f"The request was rejected because {why}"
        expected = spring(500, "Internal Server Error", message, f"{on.prefix}{path}")
        assert (answer.status, json.loads(answer.body)) == (500, expected)
    async with bench("2.32") as on:
        answer = await ask(on.simulator.app, "GET", f"{on.prefix}{path}", headers=KNOWN)
        assert (answer.status, answer.body) == (401, b"")
        assert answer.headers["www-authenticate"] == 'Basic realm="Realm"'


@pytest.mark.parametrize(
    "path", ["a%2Fb", "a%5Cb", "a%00b", "a|b", 'a"b', "a<b", "a{b", "a^b", "\u540d"]
)
@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_what_tomcat_does_not_read(profile: str, path: str) -> None:
    """Letters that no address has, and an address that is too long for it."""
    async with bench(profile) as on:
        answer = await ask(on.simulator.app, "GET", f"{on.prefix}/sessions/{path}", headers=KNOWN)
        assert (answer.status, answer.content_type) == (400, "text/html;charset=utf-8")
        assert b"HTTP Status 400" in answer.body
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(("letters", "status"), [(7500, 404), (8192, 400)])
@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_an_id_may_be_too_long_to_be_addressed(
    profile: str, letters: int, status: int
) -> None:
    async with bench(profile) as on:
        path = f"{on.prefix}/sessions/{'x' * letters}"
        answer = await ask(on.simulator.app, "DELETE", path, headers=KNOWN)
        assert answer.status == status


@pytest.mark.parametrize(("lines", "status"), [(99, 200), (100, 400)])
async def test_a_hundred_lines_of_headers(lines: int, status: int) -> None:
    async with bench() as on:
        more = {f"X-{number}": "x" for number in range(lines)}
        path = f"{on.prefix}/sessions"
        answer = await ask(on.simulator.app, "GET", path, headers=KNOWN | more)
        assert answer.status == status


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b"{}", 415),
        ("application/x-www-form-urlencoded", b"session=room", 415),
        (None, b"{}", 415),
        ("application/json", b"", 400),
        ("application/json", b"{", 400),
        ("application/json", b'{"session":"room",}', 400),
        ("application/json", b"[]", 400),
        ("application/json", b'"text"', 400),
        ("application/json", b'{"session":NaN}', 400),
        ("application/json", b'{"session":"\xff"}', 400),
        ("application/vnd.api+json; charset=utf-8", b'{"session":"room"} trailing', 406),
        ("application/json;charset=UTF-8", b' {"session":"room"}', 406),
    ],
)
async def test_bodies(content_type: str | None, body: bytes, status: int) -> None:
    async with bench() as on:
        await on.session()
        headers = {} if content_type is None else {"Content-Type": content_type}
        answer = await on.api("POST", "/signal", content=body, headers=headers)
        assert answer.status_code == status
        if status != 406:
            found = answer.json()
            assert list(found) == ["timestamp", "status", "error", "message", "path"]
            assert found["timestamp"] == ISO_NOW
            assert found["message"]
    async with bench("2.32") as on:
        await on.session()
        answer = await on.api("POST", "/signal", content=body, headers=headers)
        denied = 406 if status == 406 else 403
        assert (answer.status_code, answer.content) == (denied, b"")


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_body_of_post_sessions_is_optional(profile: str) -> None:
    async with bench(profile) as on:
        assert (await on.api("POST", "/sessions")).status_code == 200
        null = {"content": b"null", "headers": {"Content-Type": "application/json"}}
        assert (await on.api("POST", "/sessions", **null)).status_code == 200


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_query_parameter_that_is_no_boolean(profile: str) -> None:
    async with bench(profile) as on:
        answer = await on.api("GET", "/sessions?webRtcStats=maybe")
        assert answer.status_code == (403 if profile == "2.32" else 400)
        assert (answer.content == b"") is (profile == "2.32")
        for good in ("TRUE", "off", "yes", ""):
            assert (await on.api("GET", f"/sessions?webRtcStats={good}")).status_code == 200


OLD = [
    ("GET", "/api/sessions", "/openvidu/api/sessions"),
    ("GET", "/config", "/openvidu/api/config"),
    ("GET", "/config/openvidu-version", "/openvidu/api/config/openvidu-version"),
]


@pytest.mark.parametrize(("method", "old", "new"), OLD)
@pytest.mark.parametrize(
    ("profile", "switch", "status"),
    [
        ("seed", None, 200),
        ("seed", True, 200),
        ("seed", False, 404),
        ("2.32", None, 403),
        ("2.32", True, 200),
        ("2.32", False, 403),
    ],
)
async def test_the_old_paths_beside_the_new(
    profile: str, switch: bool | None, status: int, method: str, old: str, new: str
) -> None:
    async with bench(profile, deprecated_api=switch) as on:
        assert (await on.client.request(method, new)).status_code == 200
        assert (await on.client.request(method, old)).status_code == status


@pytest.mark.parametrize(("switch", "status"), [(True, 200), (False, 403)])
async def test_the_old_paths_of_pro(switch: bool, status: int) -> None:
    async with bench("2.32", edition="pro", deprecated_api=switch) as on:
        assert (await on.client.get("/pro/media-nodes")).status_code == status
        assert (await on.client.get("/openvidu/api/media-nodes")).status_code == 200


async def test_2_15_has_only_the_old_paths() -> None:
    async with bench("2.15", deprecated_api=True) as on:
        for method, old, new in OLD:
            assert (await on.client.request(method, old)).status_code == 200
            assert (await on.client.request(method, new)).status_code == 404


async def test_an_old_path_is_protected_like_the_new_one() -> None:
    async with bench() as on:
        answer = await without_credentials(on.client, "GET", "/api/sessions")
        assert answer.status_code == 401
        assert answer.json()["path"] == "/api/sessions"


async def test_cross_origin_requests() -> None:
    async with bench() as on:
        answer = await on.api("GET", "/sessions", headers={"Origin": "https://app.example.com"})
        assert answer.headers["access-control-allow-origin"] == "*"
        headers = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
        preflight = httpx.Request(
            "OPTIONS", on.client.base_url.join("/openvidu/api/sessions"), headers=headers
        )
        answer = await on.client.send(preflight)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-methods"] == "POST"
        plain = await on.api("OPTIONS", "/sessions")
        assert set(plain.headers["allow"].split(",")) == {"GET", "POST", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_head_is_get_without_a_body(profile: str) -> None:
    async with bench(profile) as on:
        answer = await on.api("HEAD", "/sessions")
        assert answer.status_code == 200
        assert answer.content == b""
        assert int(answer.headers["content-length"]) > 0


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_ce_knows_nothing_of_pro(profile: str) -> None:
    pro = "/openvidu/api" if profile == "2.32" else "/pro"
    missing, wrong = (403, 403) if profile == "2.32" else (404, 405)
    async with bench(profile) as on:
        await on.session()
        for path in ("media-nodes", "restart", "health"):
            assert (await on.client.get(f"{pro}/{path}")).status_code == missing
        patched = await on.api("PATCH", "/sessions/room/connection/con_x", json={})
        assert patched.status_code == wrong
