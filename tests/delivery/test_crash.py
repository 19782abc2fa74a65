"""SIGKILL between any two steps: nothing is lost, and nothing is said twice."""

import asyncio
import sys
import time as machine
from pathlib import Path

import pytest

from tests.delivery.crashing import webhook
from tests.delivery.fake import RecordingChat, Time, WatchedDatabase
from tests.delivery.stage import Stage

ROOT = Path(__file__).parents[2]


async def killed_at(url: str, point: str) -> list[str]:
    """Run a process up to the point and kill it there; what it had printed before."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.delivery.crashing",
        url,
        point,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(60):
        while (line := (await process.stdout.readline()).decode().strip()) != f"at {point}":
            assert line or process.returncode is None, "it died before the point"
            lines.append(line)
    process.kill()
    assert await process.wait() == -9
    return lines


async def after_restart(url: str, *, again: bool = False) -> list[str]:
    """What a new process tells the channel; ``again``: OpenVidu sends its event once more."""
    database, time = WatchedDatabase(url), Time(machine.time_ns() // 1_000_000)
    await database.open()
    chat = RecordingChat(time)
    async with Stage(database, time, chat) as stage:
        if again:
            assert await webhook(stage) == 200
        await stage.process()
        await stage.deliver()
    await database.close()
    return chat.texts("C1")


@pytest.fixture
async def bound_url(url: str) -> str:
    """A database in which a channel is bound to everything."""
    database, time = WatchedDatabase(url), Time()
    await database.open()
    async with Stage(database, time, RecordingChat(time)) as stage:
        await stage.bind("C1")
    await database.close()
    return url


@pytest.mark.parametrize("point", ["accepted", "processed", "posting"])
async def test_killed_before_the_message_it_is_told_once_after_the_restart(
    bound_url: str, point: str
) -> None:
    await killed_at(bound_url, point)
    (text,) = await after_restart(bound_url)
    assert text.startswith("The recording of session `demo` is ready: 12 min 3 s")
    assert await after_restart(bound_url, again=True) == []


async def test_killed_before_the_answer_was_written_down_it_is_told_again_and_not_lost(
    bound_url: str,
) -> None:
    lines = await killed_at(bound_url, "posted")
    assert any("recording:default:demo" in line for line in lines), "the chat has it"
    assert len(await after_restart(bound_url)) == 1
    assert await after_restart(bound_url) == []
