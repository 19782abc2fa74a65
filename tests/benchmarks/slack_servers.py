"""The servers of the Slack command benchmark, each a process.

Given as ``slack_servers WHAT OUTSIDE URL N``. ``echo`` reads the request and answers; ``bolt`` is
Bolt as its documentation sets it up; ``ovbot`` is ovbot's own endpoint with its door, store and
clients behind it. With N, that many commands are registered. ``outside`` stands for Slack's Web API
and for OpenVidu, with answers prepared beforehand. Each prints its port.
"""

import asyncio
import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import structlog
import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ovbot import memory
from ovbot.clock import SystemClock
from ovbot.engine.command import AnyCommand
from ovbot.engine.context import Powers
from ovbot.engine.pipeline import Door
from ovbot.engine.registry import Registry
from ovbot.openvidu import OpenVidu
from ovbot.slack.app import SlackApp
from ovbot.slack.events import SlackEndpoint
from ovbot.slack.gateway import Gateway
from ovbot.slack.home import Home
from ovbot.slack.outcomes import Outcomes
from ovbot.store.database import Database
from ovbot.subjects.hearers import BoundChannels
from ovbot.subjects.scheduled import Scheduler
from ovbot.web.app import build_app
from ovbot.web.health import Health
from tests.benchmarks.openvidu_server import listing

SIGNING_SECRET = "signing-secret"
TEAM, USER, SESSION = "T1", "U1", "daily"
READ, ACTION = "list", "signal"
SETTLED = "/settled"
"""Answers once everything that was acknowledged is done."""

WHO: dict[str, Any] = {"ok": True, "team_id": TEAM, "user_id": "UBOT", "bot_id": "B1"}


def nth(name: str, number: int) -> str:
    """The name of a copy of a command, beyond the real ones; letters only."""
    return f"z{name} {''.join(chr(ord('a') + int(digit)) for digit in str(number))}"


def registry(many: int) -> Registry:
    """The real commands, or so many: a few of them, copies, and the two that are asked for."""
    real = Registry.scan("ovbot.commands")
    if not many:
        return real
    found: list[AnyCommand] = [real[name] for name in ("help", "show", READ, ACTION)]
    for number in range(many - len(found)):
        copied = real[READ if number % 2 else ACTION]
        found.append(replace(copied, name=nth(copied.name, number), aliases=()))
    return Registry(found)


class Outside:
    """Slack's Web API and OpenVidu, from memory."""

    def __init__(self, sessions: dict[str, Any]) -> None:
        session = sessions["content"][0] | {"sessionId": SESSION, "id": SESSION}
        api = "/openvidu/api"
        self._answers = {
            f"{api}/sessions": json.dumps(sessions | {"content": [session]}).encode(),
            f"{api}/sessions/{SESSION}": json.dumps(session).encode(),
            f"{api}/config": b'{"VERSION":"2.32.2"}',
            "/api/auth.test": json.dumps(WHO).encode(),
            "/answer": b"ok",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        body = self._answers.get(scope["path"], b'{"ok":true,"ts":"1.0"}')
        await _answer(send, 200, body)


async def _answer(send: Send, status: int, body: bytes) -> None:
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """The least that takes a request and answers it."""
    message = await receive()
    await _answer(send, 200, message.get("body", b""))


def bolt(outside: str, many: int) -> ASGIApp:
    """Bolt for Python as its documentation has it: AsyncApp's defaults, ack, then respond."""
    os.environ["SLACK_SIGNING_SECRET"] = SIGNING_SECRET
    app = AsyncApp(client=AsyncWebClient("xoxb-b", base_url=f"{outside}/api/"))

    async def repeat_text(ack: AsyncAck, respond: AsyncRespond, command: dict[str, Any]) -> None:
        await ack()
        await respond(f"{command['text']}")

    for number in range(many - 1):
        app.command(f"/command-{number}")(repeat_text)
    app.command("/openvidu")(repeat_text)
    handler = AsyncSlackRequestHandler(app)

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == SETTLED:
            await asyncio.sleep(0.005)  # the answers are sent while Bolt waits for the next tick
            await _answer(send, 200, b"")
            return
        request = Request(scope, receive)
        response = await handler.handle(request)
        await response(scope, receive, send)

    return endpoint


async def _nothing(*_more: object) -> None:
    """What follows an action where nobody delivers its notice."""


async def ovbot(outside: str, url: str, many: int) -> ASGIApp:
    """ovbot in HTTP mode. What it does after the acknowledgement goes to ``outside``."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    store = Database(url)
    await store.open(migrate=True)
    gateway = Gateway("xoxb-b", f"{outside}/api/")
    identity = await gateway.identify()
    openvidu = OpenVidu(outside, "MY_SECRET")
    await openvidu.start()
    door = Door(
        powers=Powers(
            commands=registry(many),
            openvidu=openvidu,
            chat=gateway,
            store=store,
            server="default",
            clock=SystemClock(),
            hearers=BoundChannels(),
            planned=Scheduler(),
        ),
        workspace=identity.workspace,
        admins=(USER,),
    )
    # Nobody delivers here, so there is nothing to wait for behind an action.
    setattr(Outcomes, "let_see", _nothing)  # noqa: B010 - as a method it is of another type
    slack = SlackApp(
        door=door,
        gateway=gateway,
        identity=identity,
        home=Home(door, gateway),
    )
    health = Health(
        ping=store.ping,
        slack=lambda: "ok",
        openvidu_contact=lambda: None,
        clock=SystemClock(),
    )
    endpoint = SlackEndpoint(slack, SIGNING_SECRET, is_up=lambda: True)
    app = build_app(health=health, slack=endpoint)

    async def settled(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == SETTLED:
            await slack.tasks.drain(10)
            await _answer(send, 200, b"")
            return
        await app(scope, receive, send)

    return settled


async def serve(what: str, outside: str, url: str, many: int) -> None:
    """Listen until killed."""
    makers: dict[str, Callable[[], Any]] = {
        "echo": lambda: echo,
        "bolt": lambda: bolt(outside, many or 1),
    }
    if what == "ovbot":
        app = await ovbot(outside, url, many)
    elif what == "outside":
        app = Outside(json.loads(await listing("2.32", 1, 10)))
    else:
        app = makers[what]()
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(256)
    print(listening.getsockname()[1], flush=True)
    memory.freeze_gc()  # as ovbot serve does; here for each of them alike
    config = uvicorn.Config(
        app, log_level="error", access_log=False, lifespan="off", proxy_headers=False
    )
    await uvicorn.Server(config).serve([listening])


def main() -> None:
    what, outside, url, many = sys.argv[1:]
    with asyncio.Runner(loop_factory=uvicorn.Config("", loop="auto").get_loop_factory()) as runner:
        runner.run(serve(what, outside, url, int(many)))


if __name__ == "__main__":
    main()
