"""From an HTTP request to a method and back."""

import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ovbot.sandbox.slack.api import apps, chat, conversations, groups, people, screens
from ovbot.sandbox.slack.api.arguments import Arguments, read_call
from ovbot.sandbox.slack.api.methods import METHODS, Method
from ovbot.sandbox.slack.dropping import Dropped
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.faults import DroppedError, OddAnswer, OddAnswerError
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State

FAMILIES = (apps, chat, conversations, groups, people, screens)
"""The modules that fill the table of methods."""


async def call(state: State, request: Request) -> Response:
    """One call of the Web API. Failures are 200 with ``ok: false``, except 429 and faults."""
    began = time.perf_counter()
    name = request.path_params["method"]
    arguments: Any = None
    fault = state.faults.take(name)
    try:
        if fault is not None:
            await fault.strike()
        token, arguments = await read_call(request)
        body: Json = {"ok": True, **await _run(state, name, token, arguments)}
        status, headers = 200, {}
    except ApiError as problem:
        body, status, headers = problem.body(), problem.status, problem.headers()
    except DroppedError:
        return _lost(state, name, None, began)
    except OddAnswerError as edge:
        return _lost(state, name, None, began, edge.answer)
    if fault is not None and fault.lose_answer:
        return _lost(state, name, arguments, began, fault.odd)
    state.traffic.record(
        "from_bot",
        "api",
        f"{name} {body.get('error', '')}".strip(),
        request=None if arguments is None else dict(arguments.values),
        response=body,
        status=status,
        began=began,
    )
    return JSONResponse(body, status, {**headers, **_scopes(state, name)})


def _lost(
    state: State,
    name: str,
    arguments: Arguments | None,
    began: float,
    odd: OddAnswer | None = None,
) -> Response:
    state.traffic.record(
        "from_bot",
        "api",
        f"{name} (connection dropped)" if odd is None else f"{name} (odd answer)",
        request=None if arguments is None else dict(arguments.values),
        status=None if odd is None else odd.status,
        began=began,
    )
    return Dropped() if odd is None else odd.response()


async def _run(state: State, name: str, token: str | None, args: Arguments) -> Json:
    method = METHODS.get(name)
    if method is None:
        raise ApiError("unknown_method", extra={"req_method": name})
    _authorise(state, method, token)
    state.rates.method(name, method.tier)
    return await method.run(state, args)


def _authorise(state: State, method: Method, token: str | None) -> None:
    """Token, its kind, and its scopes ("Using the Web API", authentication errors)."""
    if method.needs == "none":
        return
    config = state.config
    if token is None:
        raise ApiError("not_authed")
    if token not in (config.bot_token, config.app_token):
        raise ApiError("invalid_auth")
    if (token == config.app_token) != (method.needs == "app"):
        raise ApiError("not_allowed_token_type")
    if state.token_error:
        raise ApiError(state.token_error)
    granted = state.blueprint.scopes
    if method.needs == "bot" and method.scopes and not set(method.scopes) & set(granted):
        raise ApiError(
            "missing_scope",
            extra={"needed": ",".join(method.scopes), "provided": ",".join(granted)},
        )


def _scopes(state: State, name: str) -> dict[str, str]:
    method = METHODS.get(name)
    if method is None or method.needs != "bot":
        return {}
    return {
        "X-OAuth-Scopes": ",".join(state.blueprint.scopes),
        "X-Accepted-OAuth-Scopes": ",".join(method.scopes),
    }
