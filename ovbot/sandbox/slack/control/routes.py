"""The table of the control surface."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ovbot.sandbox.slack.control import acting, arranging, looking, screens
from ovbot.sandbox.slack.control.body import Body, read_body
from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State

Act = Callable[[State, Body], Awaitable[Json]]
Look = Callable[[State, Request], Awaitable[Json]]

ACTS: dict[str, Act] = {
    "command": acting.command,
    "message": acting.message,
    "interact": acting.interact,
    "open-home": acting.home,
    "view/submit": screens.submit,
    "view/close": screens.close,
    "view/action": screens.action,
    "options": screens.options,
    "wait": looking.wait,
    "reset": arranging.reset,
    "faults": arranging.faults,
    "membership": arranging.membership,
    "archive": arranging.archive,
    "channels": arranging.channels,
    "usergroups": arranging.usergroups,
    "people": arranging.people,
    "tokens": arranging.tokens,
    "sockets": arranging.sockets,
}

LOOKS: dict[str, Look] = {
    "messages/{channel}": looking.messages,
    "home/{user}": looking.home,
    "view/{user}": looking.views,
    "log": looking.log,
    "state": looking.workspace,
}


def routes(state: State) -> list[BaseRoute]:
    """All routes below ``/_control``."""

    async def stream(request: Request) -> Response:
        return StreamingResponse(
            looking.stream(state),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    return [
        *(Route(f"/{name}", _act(state, act), methods=["POST"]) for name, act in ACTS.items()),
        *(Route(f"/{name}", _look(state, look)) for name, look in LOOKS.items()),
        Route("/stream", stream),
    ]


def _act(state: State, act: Act) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await act(state, await read_body(request)))
        except ControlError as problem:
            return JSONResponse(problem.body(), problem.status)

    return endpoint


def _look(state: State, look: Look) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(await look(state, request))
        except ControlError as problem:
            return JSONResponse(problem.body(), problem.status)

    return endpoint
