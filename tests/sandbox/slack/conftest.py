"""A workspace in the same process, a scripted bot, and hands on the clock."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from ovbot.sandbox.slack import Workspace, WorkspaceConfig, serve
from ovbot.sandbox.slack.state import State
from tests.sandbox.slack.bot import URL, ScriptedBot

BASE = "http://127.0.0.1"


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_760_000_000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@dataclass
class Desk:
    """One workspace and everything to use it with."""

    workspace: Workspace
    bot: ScriptedBot
    clock: Hands
    http: httpx.AsyncClient
    token: str | None = "xoxb-sandbox"

    @property
    def state(self) -> State:
        """The parts inside."""
        return self.workspace.state

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call the Web API with JSON; the body it answers."""
        return (await self.call_raw(method, **arguments)).json()  # type: ignore[no-any-return]

    async def call_raw(self, method: str, **arguments: Any) -> httpx.Response:
        """The same, the whole response."""
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        return await self.http.post(f"/api/{method}", json=arguments, headers=headers)

    async def ok(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call a method that must succeed."""
        body = await self.call(method, **arguments)
        assert body["ok"] is True, body
        return body

    async def act(self, path: str, expect: int = 200, **body: Any) -> dict[str, Any]:
        """Use the control surface."""
        response = await self.http.post(f"/_control/{path}", json=body)
        assert response.status_code == expect, response.text
        return response.json()  # type: ignore[no-any-return]

    async def look(self, path: str, status: int = 200, **query: Any) -> dict[str, Any]:
        """Read from the control surface."""
        response = await self.http.get(f"/_control/{path}", params=query)
        assert response.status_code == status, response.text
        return response.json()  # type: ignore[no-any-return]

    async def texts(self, channel: str, user: str) -> list[str]:
        """What one person reads in a channel."""
        seen = await self.look(f"messages/{channel}", user=user)
        return [message["text"] for message in seen["messages"]]

    async def command(self, text: str = "", user: str = "U01ANA") -> dict[str, Any]:
        """Type /openvidu in #general."""
        return await self.act(
            "command", channel="C01GENERAL", user=user, command="/openvidu", text=text
        )


async def desk(
    clock: Hands, config: WorkspaceConfig | None = None, *, verify: bool = True
) -> AsyncIterator[Desk]:
    """A started workspace in HTTP mode whose bot is the scripted one."""
    bot = ScriptedBot(clock)
    config = config or WorkspaceConfig()
    config = replace(config, mode="http", request_url=URL, event_retry_seconds=(0.0, 0.0, 0.0))
    workspace = Workspace(config, clock=clock)
    assert workspace.state.http is not None
    workspace.state.http.transport = httpx.ASGITransport(app=bot)
    await workspace.start()
    while verify and not await workspace.state.http.verify():
        pass  # a loaded machine may not meet the challenge in time at once
    transport = httpx.ASGITransport(app=workspace.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        yield Desk(workspace, bot, clock, http)
    await workspace.stop()


@pytest.fixture
def clock() -> Hands:
    """Time, to be moved by hand."""
    return Hands()


@pytest.fixture
async def at(clock: Hands) -> AsyncIterator[Desk]:
    """The fixed workspace."""
    async for one in desk(clock):
        yield one


@pytest.fixture
async def impatient(clock: Hands) -> AsyncIterator[Desk]:
    """One that waits only a moment for an acknowledgement."""
    async for one in desk(clock, WorkspaceConfig(ack_seconds=0.1)):
        yield one


@pytest.fixture
async def base_url() -> AsyncIterator[str]:
    """The fixed workspace on a real port, in Socket Mode."""
    async with asyncio.timeout(180):
        async for url in running(WorkspaceConfig()):
            yield url


async def running(config: WorkspaceConfig) -> AsyncIterator[str]:
    """A workspace on a real port."""
    told: asyncio.Queue[str] = asyncio.Queue()
    task = asyncio.create_task(serve(config, ready=told.put_nowait, handle_signals=False))
    task.add_done_callback(lambda _: told.put_nowait(""))
    url = await told.get()
    if not url:
        task.result()
    try:
        yield url
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def described(tmp_path: Path, text: str) -> WorkspaceConfig:
    """A workspace described by YAML."""
    path = tmp_path / "workspace.yml"
    path.write_text(text, encoding="utf-8")
    return WorkspaceConfig(config_file=path)


def button(text: str = "Go", action_id: str = "go", **more: Any) -> dict[str, Any]:
    """A button."""
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def plain(text: str) -> dict[str, Any]:
    """A plain text."""
    return {"type": "plain_text", "text": text}


def option(value: str, text: str | None = None) -> dict[str, Any]:
    """An option."""
    return {"text": plain(text or value), "value": value}


def actions(*elements: dict[str, Any], block_id: str = "b") -> dict[str, Any]:
    """An actions block."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A modal with a submit button."""
    return {
        "type": "modal",
        "title": plain("Title"),
        "submit": plain("Submit"),
        "blocks": list(blocks) or [{"type": "divider"}],
        **more,
    }


def field_block(block_id: str = "reason", **more: Any) -> dict[str, Any]:
    """An input block with a text field."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("Reason"),
        "element": {"type": "plain_text_input", "action_id": "text"},
        **more,
    }
