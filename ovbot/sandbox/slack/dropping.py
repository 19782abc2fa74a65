"""Closing a connection without an answer."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

SCOPE_KEY = "ovbot.sandbox.transport"
_TURNS = 3


def remember_transport(scope: Scope, send: Send) -> None:
    """Note the connection's transport, while `send` is still the server's own.

    ASGI has no way to hang up, so the server's cycle object is asked for its transport; under
    another server there is none, and `Dropped` raises instead.
    """
    scope[SCOPE_KEY] = getattr(getattr(send, "__self__", None), "transport", None)


class Dropped(Response):
    """No response at all: the connection is aborted."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hang up."""
        transport = scope.get(SCOPE_KEY)
        if not isinstance(transport, asyncio.Transport):
            raise ConnectionAbortedError("the connection was dropped on demand")
        transport.abort()
        # The server notices on a later turn of the loop that the peer is gone; until then it
        # would take the missing response for a mistake.
        for _ in range(_TURNS):
            await asyncio.sleep(0)
