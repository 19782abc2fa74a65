"""The workspace as one ASGI app."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from ovbot.sandbox.slack.answering import answer
from ovbot.sandbox.slack.api.endpoint import call
from ovbot.sandbox.slack.blueprint import load_blueprint
from ovbot.sandbox.slack.config import WorkspaceConfig
from ovbot.sandbox.slack.control.routes import routes
from ovbot.sandbox.slack.guard import Guard
from ovbot.sandbox.slack.shapes import Clock
from ovbot.sandbox.slack.state import State

_PAGE = Path(__file__).parent / "page"


class Workspace:
    """A local team with people, channels and one app: the bot.

    `app` is the ASGI app; `start` and `stop` open and close the way to the bot. `clock` stands
    for the wall clock wherever the platform's rules speak of time.
    """

    def __init__(self, config: WorkspaceConfig, *, clock: Clock = time.time) -> None:
        self.config = config
        self.state = State(config, load_blueprint(config.config_file), clock)
        self.app: ASGIApp = Guard(_app(self.state))

    @property
    def base_url(self) -> str:
        """Where people and the bot find it; set it once the port is known."""
        return self.state.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.state.base_url = url

    async def start(self) -> None:
        """Get ready to reach the bot; in HTTP mode, begin to verify its address."""
        await self.state.delivery.start()

    async def stop(self) -> None:
        """Close every connection and end every stream."""
        await self.state.stop()


def _app(state: State) -> Starlette:
    async def index(request: Request) -> Response:
        return FileResponse(_PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def socket(websocket: WebSocket) -> None:
        await state.sockets.serve(websocket)

    return Starlette(
        routes=[
            Route("/", index),
            Mount("/page", StaticFiles(directory=_PAGE, check_dir=False)),
            Route("/api/{method}", _bound(state, call), methods=["GET", "POST"]),
            Route("/response/{rest:path}", _bound(state, answer), methods=["POST"]),
            WebSocketRoute("/link/", socket),
            Mount("/_control", routes=routes(state)),
        ]
    )


def _bound(
    state: State, endpoint: Callable[[State, Request], Awaitable[Response]]
) -> Callable[[Request], Awaitable[Response]]:
    async def bound(request: Request) -> Response:
        return await endpoint(state, request)

    return bound
