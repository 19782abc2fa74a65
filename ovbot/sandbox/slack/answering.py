"""The response_url endpoint.

From the platform's documentation, "Handling user interaction", section on message responses.
"""

import json
import time
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ovbot.sandbox.slack.content import read_content
from ovbot.sandbox.slack.dropping import Dropped
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.faults import RESPONSE_URL, DroppedError, OddAnswerError
from ovbot.sandbox.slack.messages import Message
from ovbot.sandbox.slack.response_urls import Grant
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State


async def answer(state: State, request: Request) -> Response:
    """One use of a response_url: 200 and ``ok``, or the error with a 4xx status."""
    began = time.perf_counter()
    body: Any = None
    fault = state.faults.take(RESPONSE_URL, wildcard=False)
    try:
        if fault is not None:
            await fault.strike()
        grant = state.response_urls.redeem(request.url.path)
        body = await _body(request)
        _apply(state, grant, body)
        outcome: Json = {"ok": True}
        status = 200
    except DroppedError:
        return Dropped()
    except OddAnswerError as edge:
        return edge.answer.response()
    except ApiError as problem:
        outcome, status = problem.body(), problem.status if problem.status != 200 else 400
    state.traffic.record(
        "from_bot",
        "response_url",
        str(outcome.get("error", "answered")),
        request=body,
        response=outcome,
        status=status,
        began=began,
    )
    if fault is not None and fault.lose_answer:
        return Dropped() if fault.odd is None else fault.odd.response()
    return JSONResponse(outcome, status)


async def _body(request: Request) -> Json:
    raw = await request.body()
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        [raw] = parse_qs(raw).get(b"payload", [b""])[:1]
    try:
        body = json.loads(raw)
    except ValueError as problem:
        raise ApiError("invalid_payload") from problem
    if not isinstance(body, dict):
        raise ApiError("invalid_payload")
    return body


def _apply(state: State, grant: Grant, body: Json) -> None:
    source = None
    if grant.source is not None:
        source = state.messages.find(grant.channel, grant.source)
    if _yes(body.get("delete_original")):
        _delete(state, source)
        return
    content = read_content(body, blocks_longest=False)
    # After a slash command there is no original: asking to replace it posts a new message
    # (slackapi/bolt-python issue 1268).
    if _yes(body.get("replace_original")) and grant.source is not None:
        if source is None:
            raise ApiError("message_not_found", status=404)
        state.messages.edit(source, content, state.world.bot)
        state.changed(grant.channel)
        return
    kind = body.get("response_type", "ephemeral")
    if kind not in ("ephemeral", "in_channel"):
        raise ApiError("invalid_response_type")
    thread = body.get("thread_ts")
    state.post(
        grant.channel,
        state.world.bot,
        content,
        thread_ts=state.thread(grant.channel, None if thread is None else str(thread)),
        ephemeral_to=grant.user if kind == "ephemeral" else None,
    )


def _delete(state: State, source: Message | None) -> None:
    if source is None:
        raise ApiError("message_not_found", status=404)
    state.messages.delete(source)
    state.changed(source.channel)


def _yes(value: object) -> bool:
    """The documentation's examples say ``"true"`` in quotation marks; both are taken."""
    return value is True or value == "true"
