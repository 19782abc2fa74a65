"""The parts of one process together: a part that dies takes the process with it, loudly."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from ovbot import wiring
from ovbot.sandbox import openvidu, slack
from ovbot.settings import Settings
from ovbot.store.failures import StoreError


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    """Of a bot whose OpenVidu and workspace run here."""
    urls: list[asyncio.Future[str]] = [asyncio.get_running_loop().create_future() for _ in range(2)]
    simulator = openvidu.SimulatorConfig(port=0, secret="secret", deprecated_api=False)
    running = [
        asyncio.create_task(
            openvidu.serve(simulator, ready=urls[0].set_result, handle_signals=False)
        ),
        asyncio.create_task(
            slack.serve(slack.WorkspaceConfig(), ready=urls[1].set_result, handle_signals=False)
        ),
    ]
    server, workspace = await urls[0], await urls[1]
    yield Settings.model_construct(
        slack_bot_token=SecretStr("xoxb-sandbox"),
        slack_signing_secret=SecretStr("sandbox-signing-secret"),
        slack_api_url=f"{workspace}/api/",
        openvidu_url=server,
        openvidu_secret=SecretStr("secret"),
        database_url=SecretStr(f"sqlite:///{tmp_path}/ovbot.sqlite3"),
        port=0,
    )
    for task in running:
        task.cancel()
    await asyncio.wait(running)


async def test_the_paths_that_are_given_are_the_ones_that_are_asked(settings: Settings) -> None:
    """The server here keeps its API at /openvidu/api; told otherwise, the bot asks nowhere else."""
    bot = wiring.Bot(settings.model_copy(update={"openvidu_dialect": "api"}))
    async with AsyncExitStack() as stack:
        await bot.open(stack)
        assert bot.openvidu.server is None
        assert "404" in str(bot.openvidu.problem)
    bot = wiring.Bot(settings)
    async with AsyncExitStack() as stack:
        await bot.open(stack)
        assert bot.openvidu.server is not None
        assert bot.openvidu.server.dialect.name == "mixed"


def with_a_task_that_dies(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """One more side task, which dies when everything works."""
    tasks, start = wiring.Bot.side_tasks, wiring.Bot.start_taking
    up = asyncio.Event()

    async def dying() -> None:
        await up.wait()
        raise error

    def side_tasks(bot: wiring.Bot) -> list[Coroutine[Any, Any, None]]:
        return [*tasks(bot), dying()]

    async def start_taking(bot: wiring.Bot) -> None:
        await start(bot)
        up.set()

    monkeypatch.setattr(wiring.Bot, "side_tasks", side_tasks)
    monkeypatch.setattr(wiring.Bot, "start_taking", start_taking)


@pytest.mark.parametrize("error", [ZeroDivisionError("why"), StoreError("away")])
async def test_a_side_task_that_dies_ends_the_process_with_status_1(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with_a_task_that_dies(monkeypatch, error)
    async with asyncio.timeout(180):
        with capture_logs() as logs, pytest.raises(SystemExit) as ended:
            await wiring.serve(settings)
    assert ended.value.code == 1
    (line,) = [one for one in logs if one["event"] == "serve.died"]
    assert line["log_level"] == "critical"
    assert error in line["exc_info"].exceptions
