"""Socket Mode, frame by frame."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ovbot.sandbox.slack import WorkspaceConfig
from tests.sandbox.slack.conftest import running

COMMAND = {"channel": "C01GENERAL", "user": "U01ANA", "command": "/openvidu", "text": "list"}


async def address(http: httpx.AsyncClient) -> str:
    """A fresh socket address."""
    headers = {"Authorization": "Bearer xapp-sandbox"}
    body = (await http.post("/api/apps.connections.open", headers=headers)).json()
    assert body["ok"], body
    return str(body["url"])


@asynccontextmanager
async def client(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base_url, timeout=20) as http:
        yield http


@asynccontextmanager
async def socket(http: httpx.AsyncClient, extra: str = "") -> AsyncIterator[ClientConnection]:
    """A connection that has heard hello."""
    async with connect(await address(http) + extra, proxy=None) as websocket:
        assert (await frame(websocket))["type"] == "hello"
        yield websocket


async def frame(websocket: ClientConnection) -> dict[str, Any]:
    """The next frame."""
    return json.loads(await websocket.recv())  # type: ignore[no-any-return]


async def post(http: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """Use the control surface."""
    return (await http.post(f"/_control/{path}", json=body)).json()  # type: ignore[no-any-return]


async def test_hello_and_an_envelope(base_url: str) -> None:
    async with client(base_url) as http, connect(await address(http), proxy=None) as websocket:
        hello = await frame(websocket)
        assert hello["num_connections"] == 1
        assert hello["connection_info"] == {"app_id": "A0OVBOT"}
        assert "approximate_connection_time" in hello["debug_info"]
        typing = asyncio.create_task(post(http, "command", **COMMAND))
        envelope = await frame(websocket)
        assert envelope["type"] == "slash_commands"
        assert envelope["accepts_response_payload"] is True
        assert envelope["payload"]["text"] == "list"
        answer = {"envelope_id": envelope["envelope_id"], "payload": {"text": "here"}}
        await websocket.send(json.dumps(answer))
        told = await typing
        assert (told["acknowledged"], told["status"]) == (True, 200)
        seen = (await http.get("/_control/messages/C01GENERAL?user=U01ANA")).json()
        assert [message["text"] for message in seen["messages"]] == ["here"]


async def test_an_address_works_once(base_url: str) -> None:
    async with client(base_url) as http:
        url = await address(http)
        async with connect(url, proxy=None):
            with pytest.raises(InvalidStatus) as refused:
                await connect(url, proxy=None)
            assert refused.value.response.status_code == 403
        with pytest.raises(InvalidStatus):
            await connect(f"{url}x", proxy=None)


async def test_each_envelope_goes_to_one_socket(base_url: str) -> None:
    async with client(base_url) as http, socket(http) as one, socket(http) as two:
        assert (await http.get("/_control/state")).json()["connected"] == 2

        async def acknowledge(websocket: ClientConnection, got: list[str]) -> None:
            async for text in websocket:
                envelope = json.loads(text)
                got.append(envelope["payload"]["text"])
                await websocket.send(json.dumps({"envelope_id": envelope["envelope_id"]}))

        got: list[str] = []
        readers = [asyncio.create_task(acknowledge(ws, got)) for ws in (one, two)]
        texts = [str(number) for number in range(10)]
        for text in texts:
            assert (await post(http, "command", **COMMAND | {"text": text}))["acknowledged"]
        assert got == texts
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


async def test_without_a_socket_the_app_cannot_be_reached(base_url: str) -> None:
    async with client(base_url) as http:
        told = await post(http, "command", **COMMAND)
        assert (told["acknowledged"], told["reason"]) == (False, "connection_failed")


async def test_silence_is_a_timeout_and_a_late_acknowledgement_changes_nothing() -> None:
    async for url in running(WorkspaceConfig(ack_seconds=0.05)):
        async with client(url) as http, socket(http) as websocket:
            told = await post(http, "command", **COMMAND)
            assert (told["acknowledged"], told["reason"]) == (False, "http_timeout")
            late = {
                "envelope_id": (await frame(websocket))["envelope_id"],
                "payload": {"text": "x"},
            }
            await websocket.send(json.dumps(late))
            await websocket.send("not json")
            await logged(http, "ack too late or unknown", 2)
            seen = (await http.get("/_control/messages/C01GENERAL?user=U01ANA")).json()
            assert len(seen["messages"]) == 1
            assert "did not respond" in seen["messages"][0]["text"]


async def logged(http: httpx.AsyncClient, summary: str, count: int) -> None:
    """Wait until that many entries of the traffic log have this summary."""
    async with http.stream("GET", "/_control/stream") as stream:
        async for _ in stream.aiter_lines():
            entries = (await http.get("/_control/log")).json()["entries"]
            if sum(entry["summary"] == summary for entry in entries) >= count:
                return


async def test_a_connection_that_breaks_fails_at_once(base_url: str) -> None:
    async with client(base_url) as http, socket(http) as websocket:
        typing = asyncio.create_task(post(http, "command", **COMMAND))
        await frame(websocket)
        await websocket.close()
        assert (await typing)["reason"] == "connection_failed"


async def test_a_payload_where_none_is_accepted_is_ignored(base_url: str) -> None:
    async with client(base_url) as http, socket(http) as websocket:
        opening = asyncio.create_task(post(http, "open-home", user="U01ANA"))
        envelope = await frame(websocket)
        assert envelope["type"] == "events_api"
        assert envelope["accepts_response_payload"] is False
        assert (envelope["retry_attempt"], envelope["retry_reason"]) == (0, "")
        answer = {"envelope_id": envelope["envelope_id"], "payload": {"text": "x"}}
        await websocket.send(json.dumps(answer))
        assert (await opening)["acknowledged"] is True


async def test_events_are_retried_in_envelopes() -> None:
    config = WorkspaceConfig(ack_seconds=0.05, event_retry_seconds=(0.0,))
    async for url in running(config):
        async with client(url) as http, socket(http) as websocket:
            assert (await post(http, "open-home", user="U01ANA"))["acknowledged"] is False
            first, second = await frame(websocket), await frame(websocket)
            assert (second["retry_attempt"], second["retry_reason"]) == (1, "http_timeout")
            assert second["payload"]["event_id"] == first["payload"]["event_id"]
            assert second["envelope_id"] != first["envelope_id"]


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
async def test_the_workspace_can_ask_to_leave(base_url: str, reason: str) -> None:
    async with client(base_url) as http, socket(http) as websocket:
        asking = asyncio.create_task(post(http, "sockets", disconnect=reason))
        left = await frame(websocket)
        assert (left["type"], left["reason"]) == ("disconnect", reason)
        await websocket.close()
        assert await asking == {"ok": True}
        assert (await http.get("/_control/state")).json()["connected"] == 0


async def test_the_workspace_can_hang_up(base_url: str) -> None:
    async with client(base_url) as http, socket(http) as websocket:
        await post(http, "sockets", cut=True)
        with pytest.raises(ConnectionClosed):
            await websocket.recv()


async def test_ten_sockets_are_enough(base_url: str) -> None:
    async with client(base_url) as http:
        sockets = [await connect(await address(http), proxy=None) for _ in range(10)]
        headers = {"Authorization": "Bearer xapp-sandbox"}
        await post(http, "reset")
        body = (await http.post("/api/apps.connections.open", headers=headers)).json()
        async with connect(body["url"], proxy=None) as eleventh:
            left = await frame(eleventh)
            assert (left["type"], left["reason"]) == ("disconnect", "too_many_websockets")
            with pytest.raises(ConnectionClosed):
                await eleventh.recv()
        for websocket in sockets:
            await websocket.close()


async def test_a_lost_acknowledgement(base_url: str) -> None:
    async with client(base_url) as http, socket(http) as websocket:
        await post(http, "faults", method="slash_commands", lose_answer=True)
        typing = asyncio.create_task(post(http, "command", **COMMAND))
        await websocket.send(json.dumps({"envelope_id": (await frame(websocket))["envelope_id"]}))
        assert (await typing)["reason"] == "http_timeout"
        await post(http, "faults", method="slash_commands", drop=True)
        assert (await post(http, "command", **COMMAND))["reason"] == "connection_failed"
