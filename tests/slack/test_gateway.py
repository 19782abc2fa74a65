"""Looking for a message that may have been posted, in the local workspace, over the wire."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ovbot.domain.markup import Markup, md
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Posted, Unsupported
from ovbot.sandbox.slack import WorkspaceConfig, serve
from ovbot.slack.gateway import Gateway

MODERATION = "C02MODERATION"
SINCE = int(time.time() * 1000)
NOTICE = Notice(channel=MODERATION, key="k", reply=Reply(md("Hello")))


class Workspace:
    """A running workspace, and the gateway to it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.gateway = Gateway("xoxb-sandbox", f"{url}/api/")

    async def fault(self, **fault: Any) -> None:
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self._url}/_control/faults", json=fault)
            assert answer.status_code == 200, answer.text


async def running(config: WorkspaceConfig) -> AsyncIterator[Workspace]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(config, ready=ready.set_result, handle_signals=False))
    workspace = Workspace(await ready)
    yield workspace
    await workspace.gateway.close()
    serving.cancel()
    await asyncio.wait([serving])


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async for one in running(WorkspaceConfig(rate_limits=False)):
        yield one


@pytest.fixture
async def closed_workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """Where the app has the scopes of the manifest and no other."""
    description = tmp_path / "workspace.yml"
    description.write_text("scopes: [commands, 'chat:write']\n")
    async for one in running(WorkspaceConfig(config_file=description)):
        yield one


@asynccontextmanager
async def a_slack(
    answer: Callable[[web.Request], Awaitable[web.Response]],
) -> AsyncIterator[Gateway]:
    """A gateway to a Slack that knows one method."""
    app = web.Application()
    app.router.add_post("/api/chat.postMessage", answer)
    async with TestServer(app) as slack:
        gateway = Gateway("xoxb-sandbox", str(slack.make_url("/api/")))
        yield gateway
        await gateway.close()


async def test_two_hundred_messages_are_under_way_at_once() -> None:
    arrived, all_there = 0, asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        nonlocal arrived
        arrived += 1
        if arrived == 200:
            all_there.set()
        await all_there.wait()
        return web.json_response({"ok": True, "channel": "C1", "ts": "1.0"})

    async with a_slack(answer) as gateway, asyncio.timeout(120):
        await asyncio.gather(*(gateway.post(NOTICE, f"id-{n}") for n in range(200)))
    assert arrived == 200


@pytest.mark.parametrize("word", ["Zoë 李娜 🙂", "half \ud83d"])
async def test_any_letters_arrive(word: str) -> None:
    said: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        said.append((await request.json())["text"])
        return web.json_response({"ok": True, "channel": "C1", "ts": "1.0"})

    async with a_slack(answer) as gateway:
        await gateway.post(Notice(channel="C1", key="k", reply=Reply(Markup(word))), "id-1")
    assert said == [word]


async def test_a_message_whose_answer_was_lost_is_found(workspace: Workspace) -> None:
    await workspace.fault(method="chat.postMessage", lose_answer=True)
    with pytest.raises(ChatFailure) as lost:
        await workspace.gateway.post(NOTICE, "id-1")
    assert lost.value.kind is FailureKind.AMBIGUOUS
    found = await workspace.gateway.find(NOTICE, "id-1", SINCE)
    assert isinstance(found, Posted)
    assert found.channel == MODERATION


async def test_what_was_not_posted_is_not_found(workspace: Workspace) -> None:
    await workspace.gateway.post(NOTICE, "another")
    assert await workspace.gateway.find(NOTICE, "id-1", SINCE) is None


async def test_it_is_found_behind_others_and_in_its_thread(workspace: Workspace) -> None:
    together = msgspec.structs.replace(NOTICE, tells=7)
    first = await workspace.gateway.post(together, "id-1")
    for number in range(120):
        await workspace.gateway.post(NOTICE, f"other-{number}")
    found = await workspace.gateway.find(NOTICE, "id-1", SINCE)
    assert found == msgspec.structs.replace(first, tells=7)
    answer = Notice(channel=MODERATION, key="t", reply=NOTICE.reply, thread=first.ts)
    posted = await workspace.gateway.post(answer, "id-2")
    found = await workspace.gateway.find(answer, "id-2", SINCE)
    assert found == msgspec.structs.replace(posted, tells=1)


async def test_without_the_scope_it_is_asked_once_and_never_again(
    closed_workspace: Workspace,
) -> None:
    gateway = closed_workspace.gateway
    for _ in range(3):
        assert await gateway.find(NOTICE, "id-1", SINCE) == Unsupported()
    assert gateway._may_read is False


async def test_what_only_one_person_sees_cannot_be_looked_for(workspace: Workspace) -> None:
    notice = Notice(
        channel=MODERATION,
        key="k",
        reply=NOTICE.reply,
        audience=Audience.ONLY_USER,
        user="U01ANA",
    )
    assert await workspace.gateway.find(notice, "id-1", SINCE) == Unsupported()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 429, "retry_after": 7}, FailureKind.WAIT),
        ({"status": 500}, FailureKind.RETRY),
        ({"drop": True}, FailureKind.RETRY),
    ],
)
async def test_a_look_that_fails_says_nothing_of_the_message(
    workspace: Workspace, fault: dict[str, Any], kind: FailureKind
) -> None:
    await workspace.fault(method="conversations.history", **fault)
    with pytest.raises(ChatFailure) as failed:
        await workspace.gateway.find(NOTICE, "id-1", SINCE)
    assert failed.value.kind is kind


async def test_a_channel_that_may_not_be_read_leaves_the_others(workspace: Workspace) -> None:
    await workspace.fault(method="conversations.history", error="not_in_channel")
    assert await workspace.gateway.find(NOTICE, "id-1", SINCE) == Unsupported()
    assert await workspace.gateway.find(NOTICE, "id-1", SINCE) is None
