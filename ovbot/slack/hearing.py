"""The one way into Bolt: whatever a payload looks like, something is answered.

Bolt reads much of a payload before any listener does, and fails on what it does not expect; Slack
adds kinds and keys as it likes. Slack switches events off where more than 95 % of an hour's fail
(docs.slack.dev, "The Events API"), and over a socket nothing counts but an acknowledgement.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

log = structlog.get_logger(__name__)

_ODD = (KeyError, IndexError, TypeError, AttributeError, ValueError, RecursionError)
"""What reading fails with where something is missing, or is of another kind."""


async def hear(
    bolt: AsyncApp,
    body: str | dict[str, Any],
    *,
    headers: dict[str, str | Sequence[str]] | None = None,
    context: dict[str, Any] | None = None,
) -> BoltResponse:
    """Hand over a payload, as the text of a request or as it was already read; never raises."""
    mode = "http" if isinstance(body, str) else "socket_mode"
    try:
        request = AsyncBoltRequest(mode=mode, body=body, headers=headers, context=context)
        return await bolt.async_dispatch(request)
    except _ODD as error:
        log.warning("payload.odd", exc_info=error)
        return BoltResponse(status=200, body="")


async def answer_failure(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Bolt's error handler.

    What nobody listens to, or nobody can read, is acknowledged: it would be no other the next time.
    So is every event. Of anything else that fails Slack tells the person who did it.
    """
    kind = str(body.get("type") or body.get("command"))[:60]
    if isinstance(error, BoltUnhandledRequestError):
        log.info("payload.unheard", type=kind)
    elif isinstance(error, msgspec.ValidationError):
        log.warning("payload.odd", type=kind, exc_info=error)
    else:
        log.error("payload.failed", type=kind, exc_info=error)
        if not is_event(body):
            return BoltResponse(status=500, body="")
    return BoltResponse(status=200, body="")


def is_event(body: Mapping[str, Any]) -> bool:
    """Whether it tells of something that happened, and nobody waits for an answer."""
    return body.get("type") == "event_callback"
