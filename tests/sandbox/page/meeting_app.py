"""An app for the page to talk to: connects by Socket Mode and answers as each test says."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect

Json = dict[str, Any]
Answer = Json | Callable[[Json], Awaitable[Json | None]]
"""What an envelope is acknowledged with: as it stands, or made from its payload."""


class MeetingApp:
    """Answers are looked up by what was done.

    That is the text of a command, the action_id of an action, and the type of everything else.
    """

    def __init__(self, base_url: str) -> None:
        self.answers: dict[str, Answer] = {}
        self.silent: set[str] = set()
        self.heard: list[Json] = []
        self._http = httpx.AsyncClient(base_url=base_url, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        opened = await self.call("apps.connections.open", token="xapp-sandbox")
        self._socket: ClientConnection = await connect(opened["url"], proxy=None)
        self._keep(self._listen())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._socket.close()
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._http.aclose()

    async def call(self, method: str, token: str = "xoxb-sandbox", **arguments: Any) -> Json:
        """One Web API method; its reply, which must be ok."""
        headers = {"authorization": f"Bearer {token}"}
        reply = await self._http.post(f"/api/{method}", json=arguments, headers=headers)
        body: Json = reply.json()
        assert body["ok"], (method, body)
        return body

    async def say(self, channel: str, text: str, **more: Any) -> str:
        """Post a message; its ts."""
        return str((await self.call("chat.postMessage", channel=channel, text=text, **more))["ts"])

    async def whisper(self, channel: str, user: str, text: str, **more: Any) -> None:
        """Post a message only `user` sees."""
        await self.call("chat.postEphemeral", channel=channel, user=user, text=text, **more)

    async def _listen(self) -> None:
        async for frame in self._socket:
            envelope: Json = json.loads(frame)
            if "envelope_id" in envelope:
                self._keep(self._answer(envelope))

    async def _answer(self, envelope: Json) -> None:
        payload: Json = envelope["payload"]
        self.heard.append(payload)
        name = _name_of(envelope["type"], payload)
        if name in self.silent:
            return
        answer = self.answers.get(name)
        body = await answer(payload) if callable(answer) else answer
        acknowledgement: Json = {"envelope_id": envelope["envelope_id"]}
        if body is not None:
            acknowledgement["payload"] = body
        await self._socket.send(json.dumps(acknowledgement))

    def _keep(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _name_of(kind: str, payload: Json) -> str:
    if kind == "slash_commands":
        return str(payload["text"])
    if kind == "events_api":
        return str(payload["event"]["type"])
    if payload["type"] == "block_actions":
        return str(payload["actions"][0]["action_id"])
    return str(payload["type"])
