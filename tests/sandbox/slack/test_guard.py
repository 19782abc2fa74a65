"""Who may talk to the workspace, and what its pages may do."""

import httpx
import pytest

from ovbot.sandbox.slack.guard import POLICY
from tests.sandbox.slack.conftest import BASE, Desk

COMMAND = {"channel": "C01GENERAL", "user": "U01ANA", "command": "/openvidu"}


@pytest.mark.parametrize("path", ["/", "/api/api.test", "/_control/state", "/page/app.js"])
@pytest.mark.parametrize(
    "host", ["example.org", "127.0.0.1.example.org", "localhost.example.org:80", "", "a@localhost"]
)
async def test_only_loopback_names_are_answered(at: Desk, path: str, host: str) -> None:
    response = await at.http.get(path, headers={"host": host})
    assert response.status_code == 421
    assert "localhost" in response.json()["error"]


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1", "[::1]:8080"])
async def test_any_loopback_name_will_do(at: Desk, host: str) -> None:
    response = await at.http.get("/_control/state", headers={"host": host})
    assert response.status_code == 200


@pytest.mark.parametrize("origin", ["https://example.org", "http://127.0.0.1:1", "null"])
@pytest.mark.parametrize("path", ["/_control/command", "/api/chat.postMessage", "/response/x"])
async def test_other_origins_are_refused(at: Desk, origin: str, path: str) -> None:
    response = await at.http.post(path, json=COMMAND, headers={"origin": origin})
    assert response.status_code == 403
    assert at.bot.received == []


async def test_the_own_page_is_no_other_origin(at: Desk) -> None:
    headers = {"origin": BASE, "sec-fetch-site": "same-origin"}
    response = await at.http.post("/_control/command", json=COMMAND, headers=headers)
    assert response.status_code == 200


async def test_other_sites_are_refused_even_without_origin(at: Desk) -> None:
    response = await at.http.get("/_control/state", headers={"sec-fetch-site": "cross-site"})
    assert response.status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_control_takes_json_only(at: Desk, kind: str) -> None:
    response = await at.http.post("/_control/reset", content=b"{}", headers={"content-type": kind})
    assert response.status_code == 415


@pytest.mark.parametrize("path", ["/", "/page/app.js", "/_control/state", "/api/api.test"])
async def test_every_answer_has_the_headers(at: Desk, path: str) -> None:
    response = await at.http.get(path)
    assert response.status_code == 200
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_the_policy_lets_nothing_foreign_in() -> None:
    assert POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


async def test_the_page_is_served(at: Desk) -> None:
    response = await at.http.get("/")
    assert response.headers["content-type"].startswith("text/html")
    assert "slack" not in response.text.lower()
    script = await at.http.get("/page/app.js")
    assert "javascript" in script.headers["content-type"]


@pytest.mark.parametrize("path", ["/page/../config.py", "/page/%2e%2e/config.py", "/page/none"])
async def test_nothing_beside_the_page_is_served(at: Desk, path: str) -> None:
    assert (await at.http.get(path)).status_code == 404


async def test_other_methods_are_refused(at: Desk) -> None:
    assert (await at.http.get("/_control/command")).status_code == 405
    assert (await at.http.put("/api/api.test")).status_code == 405
    headers = {"content-type": "application/json"}
    assert (await at.http.post("/_control/state", headers=headers)).status_code == 405


async def test_a_socket_of_another_origin_is_refused(base_url: str) -> None:
    async with httpx.AsyncClient(base_url=base_url) as http:
        response = await http.get(
            "/link/",
            headers={
                "origin": "https://example.org",
                "connection": "Upgrade",
                "upgrade": "websocket",
                "sec-websocket-version": "13",
                "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
            },
        )
        assert response.status_code == 403
