"""The official SDK and Bolt against the workspace: the same conversation in both modes."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import uvicorn
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ovbot.sandbox.slack import WorkspaceConfig
from tests.sandbox.slack.conftest import actions, button, field_block, modal, option, running

GENERAL = "C01GENERAL"
Json = dict[str, Any]


def bolt() -> AsyncApp:
    """A small bot with one listener of each kind."""
    app = AsyncApp(
        client=AsyncWebClient(token="xoxb-sandbox"),
        signing_secret="sandbox-signing-secret",
        process_before_response=True,
        logger=logging.getLogger("tests.bolt"),
    )
    menu = {"type": "external_select", "action_id": "who", "min_query_length": 0}

    @app.command("/openvidu")
    async def command(ack: AsyncAck, command: Json, say: AsyncSay, client: AsyncWebClient) -> None:
        if command["text"] == "form":
            form = modal(field_block(), field_block("who", element=menu), callback_id="form")
            await client.views_open(trigger_id=command["trigger_id"], view=form)
            await ack()
        elif command["text"] == "silence":
            return
        else:
            await ack(text="working", blocks=[actions(button("Kick", "kick", value="7"))])
            await say(text=f"<@{command['user_id']}> said {command['text']}")

    @app.action("kick")
    async def kick(ack: AsyncAck, respond: AsyncRespond, action: Json) -> None:
        await ack()
        await respond(text=f"kicked {action['value']}", replace_original=True)

    @app.options("who")
    async def who(ack: AsyncAck, options: Json) -> None:
        await ack(options=[option("7", f"found {options['value']}")])

    @app.view("form")
    async def form(ack: AsyncAck, view: Json) -> None:
        reason = view["state"]["values"]["reason"]["text"]["value"]
        if reason == "bad":
            await ack(response_action="errors", errors={"reason": "Say more."})
        else:
            await ack()

    @app.event("app_home_opened")
    async def home(event: Json, client: AsyncWebClient) -> None:
        view = {"type": "home", "blocks": [actions(button("Kick", "kick"))]}
        await client.views_publish(user_id=event["user"], view=view)

    return app


async def over_socket(app: AsyncApp, ack_seconds: float = 3.0) -> AsyncIterator[str]:
    """The bot connected to a workspace by Socket Mode."""
    async for url in running(WorkspaceConfig(ack_seconds=ack_seconds)):
        app.client.base_url = f"{url}/api/"
        handler: Any = AsyncSocketModeHandler(app, "xapp-sandbox")
        await handler.connect_async()
        await connected(url)
        yield url
        await handler.close_async()


async def over_http(app: AsyncApp) -> AsyncIterator[str]:
    """The bot behind an address of its own, which the workspace sends signed requests to."""
    handler = AsyncSlackRequestHandler(app)

    async def endpoint(request: Request) -> Response:
        return await handler.handle(request)

    web = Starlette(routes=[Route("/slack/events", endpoint, methods=["POST"])])
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        config = uvicorn.Config(web, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server._serve([sock]))
        address = f"http://127.0.0.1:{sock.getsockname()[1]}/slack/events"
        async for url in running(WorkspaceConfig(mode="http", request_url=address)):
            app.client.base_url = f"{url}/api/"
            await connected(url)
            yield url
        server.should_exit = True
        await task


async def connected(url: str) -> None:
    """Wait until the workspace has its way to the bot."""
    async with httpx.AsyncClient(base_url=url) as http, http.stream("GET", "/_control/stream") as s:
        async for _ in s.aiter_lines():
            if (await http.get("/_control/state")).json()["connected"]:
                return


@pytest.fixture(params=[over_socket, over_http], ids=["socket", "http"])
async def people(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """The control surface of a workspace whose bot is Bolt."""
    async for url in request.param(bolt()):
        async with httpx.AsyncClient(base_url=f"{url}/_control", timeout=30) as http:
            yield http


async def act(people: httpx.AsyncClient, path: str, **body: Any) -> Json:
    response = await people.post(f"/{path}", json={"user": "U01ANA", **body})
    assert response.status_code == 200, response.text
    return response.json()  # type: ignore[no-any-return]


async def command(people: httpx.AsyncClient, text: str) -> Json:
    return await act(people, "command", channel=GENERAL, command="/openvidu", text=text)


async def seen(people: httpx.AsyncClient, user: str = "U01ANA") -> list[Json]:
    answer = await people.get(f"/messages/{GENERAL}", params={"user": user})
    return answer.json()["messages"]  # type: ignore[no-any-return]


async def test_a_conversation(people: httpx.AsyncClient) -> None:
    assert (await command(people, "hello"))["acknowledged"] is True
    messages = await seen(people)
    assert sorted(message["text"] for message in messages) == ["<@U01ANA> said hello", "working"]
    assert [message["text"] for message in await seen(people, "U02BEN")] == ["<@U01ANA> said hello"]
    [working] = [message for message in messages if message.get("is_ephemeral")]
    await act(people, "interact", channel=GENERAL, messageTs=working["ts"], action="Kick")
    assert "kicked 7" in [message["text"] for message in await seen(people)]


async def test_a_form(people: httpx.AsyncClient) -> None:
    await command(people, "form")
    answer = await act(people, "options", action="who", query="ana")
    assert answer["options"] == [option("7", "found ana")]
    answer = await act(people, "view/submit", values={"reason": "bad", "who": "7"})
    assert answer["errors"] == {"reason": "Say more."}
    answer = await act(people, "view/submit", values={"reason": "good"})
    assert answer["acknowledged"] is True
    assert (await people.get("/view/U01ANA")).json()["views"] == []


async def test_home(people: httpx.AsyncClient) -> None:
    assert (await act(people, "open-home"))["acknowledged"] is True
    view = (await people.get("/home/U01ANA")).json()["view"]
    assert view["blocks"][0]["elements"][0]["action_id"] == "kick"


async def test_a_listener_that_does_not_acknowledge() -> None:
    async for url in over_socket(bolt(), ack_seconds=0.05):
        async with httpx.AsyncClient(base_url=f"{url}/_control", timeout=30) as people:
            answer = await command(people, "silence")
            assert answer["reason"] == "http_timeout"
            assert "failed because the app" in (await seen(people))[-1]["text"]


async def test_the_sdk_reconnects_when_asked_to() -> None:
    app = bolt()
    async for url in over_socket(app):
        async with httpx.AsyncClient(base_url=f"{url}/_control", timeout=30) as people:
            for reason in ("refresh_requested", "warning"):
                await people.post("/sockets", json={"disconnect": reason})
                await connected(url)
                assert (await command(people, reason))["acknowledged"] is True


async def test_the_sdk_understands_refusals(base_url: str) -> None:
    client = AsyncWebClient(token="xoxb-sandbox", base_url=f"{base_url}/api/")
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel=GENERAL, text="x", blocks=[{"type": "section"}])
    assert refused.value.response["error"] == "invalid_blocks"
    assert "/blocks/0" in refused.value.response["errors"][0]
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await client.blocks_validate(blocks=[{"type": "section"}])
    with pytest.raises(SlackApiError, match="unknown_method"):
        await client.chat_meMessage(channel=GENERAL, text="x")
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await AsyncWebClient(token="xoxb-x", base_url=f"{base_url}/api/").auth_test()


async def test_the_sdk_waits_when_told_to(base_url: str) -> None:
    client = AsyncWebClient(token="xoxb-sandbox", base_url=f"{base_url}/api/")
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    async with httpx.AsyncClient(base_url=base_url) as http:
        fault = {"method": "auth.test", "error": "ratelimited", "retry_after": 0}
        await http.post("/_control/faults", json=fault)
        assert (await client.auth_test())["ok"] is True
        await http.post("/_control/faults", json={"method": "auth.test", "drop": True})
        assert (await client.auth_test())["ok"] is True


async def test_the_sdk_speaks_every_method(base_url: str) -> None:
    client = AsyncWebClient(token="xoxb-sandbox", base_url=f"{base_url}/api/")
    await client.api_test()
    posted = await client.chat_postMessage(
        channel="U01ANA",
        text="hi",
        metadata={
            "event_type": "x",
            "event_payload": {},
        },
    )
    where = {"channel": posted["channel"]}
    await client.chat_update(ts=posted["ts"], text="hi again", **where)
    assert (await client.chat_getPermalink(message_ts=posted["ts"], **where))["permalink"]
    history = await client.conversations_history(include_all_metadata=True, limit=1, **where)
    assert history["messages"][0]["metadata"]["event_type"] == "x"
    assert (await client.conversations_replies(ts=posted["ts"], **where))["messages"]
    await client.chat_delete(ts=posted["ts"], **where)
    await client.chat_postEphemeral(channel=GENERAL, user="U01ANA", text="psst")
    assert (await client.conversations_info(channel=GENERAL))["channel"]["name"] == "general"
    assert (await client.conversations_list(types=["public_channel", "im"]))["channels"]
    assert (await client.conversations_members(channel=GENERAL))["members"]
    assert (await client.conversations_open(users=["U01ANA"]))["channel"]["id"] == "D01ANA"
    assert (await client.users_info(user="U01ANA"))["user"]["real_name"] == "Ana"
    assert (await client.users_list())["members"]
    assert (await client.bots_info(bot="B0OVBOT"))["bot"]["name"] == "ovbot"
