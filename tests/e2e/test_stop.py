"""A real SIGTERM or SIGINT, wherever the start has got to: the process ends within five seconds."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests import fresh
from tests.e2e.installation import environment, free_port
from tests.e2e.slow_slack import SlowSlack

pytestmark = pytest.mark.slow

AT_MOST = 5.0
PATIENCE = 180.0
"""For a start, on a machine where much else runs."""


class Bot:
    """``ovbot serve`` as a process."""

    def __init__(self, folder: Path, **settings: str) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "bot.log"
        self._env = environment(
            {
                "SLACK_BOT_TOKEN": "xoxb-1",
                "SLACK_APP_TOKEN": "xapp-1",
                "OVBOT_OPENVIDU_URL": "http://127.0.0.1:9",
                "OVBOT_OPENVIDU_SECRET": "MY_SECRET",
                "OVBOT_DATABASE_URL": fresh.sqlite(folder / "bot.sqlite3"),
                "OVBOT_PORT": str(port),
                **settings,
            }
        )
        self._folder = folder

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ovbot", "serve"),
                env=self._env,
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )

    async def ready(self) -> httpx.Response | None:
        async with httpx.AsyncClient(trust_env=False) as client:
            try:
                return await client.get(f"{self.url}/readyz")
            except httpx.TransportError:
                return None

    async def is_ready(self, status: int = 200) -> httpx.Response:
        async with asyncio.timeout(PATIENCE):
            while (answer := await self.ready()) is None or answer.status_code != status:
                assert self.process.returncode is None, self.log.read_text()
                await asyncio.sleep(0.05)
        return answer

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def end(self, number: signal.Signals) -> float:
        """Seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(number)
        await self.ended()
        took = time.monotonic() - began
        print(f"{number.name} took {took:.1f} s, status {self.process.returncode}")
        return took

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not check():  # noqa: ASYNC110  another process does it
            await asyncio.sleep(0.05)


@asynccontextmanager
async def silent() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A port where everything is taken and nothing is answered; and when somebody came."""
    came, over = asyncio.Event(), asyncio.Event()

    async def keep(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await over.wait()
        writer.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        yield f"{host}:{port}", came
    finally:
        over.set()
        server.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(
    "phase", ["auth.test", "apps.connections.open", "handshake", "hello", "ready"]
)
async def test_wherever_slack_keeps_silent(
    tmp_path: Path, phase: str, number: signal.Signals
) -> None:
    async with SlowSlack(phase).listening() as slack:
        bot = Bot(tmp_path, SLACK_API_URL=slack.url)
        await bot.start()
        try:
            if phase == "ready":
                await bot.is_ready()
            else:
                async with asyncio.timeout(PATIENCE):
                    await slack.reached.wait()
            assert await bot.end(number) < AT_MOST
            assert bot.process.returncode == 0
            assert "Traceback" not in bot.log.read_text()
        finally:
            await bot.kill()


@pytest.mark.parametrize("what", ["OVBOT_OPENVIDU_URL", "OVBOT_DATABASE_URL"])
async def test_wherever_another_keeps_silent(tmp_path: Path, what: str) -> None:
    url = {"OVBOT_OPENVIDU_URL": "http://{}", "OVBOT_DATABASE_URL": "postgresql://u@{}/x"}[what]
    async with SlowSlack().listening() as slack, silent() as (address, came):
        bot = Bot(tmp_path, **{"SLACK_API_URL": slack.url, what: url.format(address)})
        await bot.start()
        try:
            async with asyncio.timeout(PATIENCE):
                await came.wait()
            assert await bot.end(signal.SIGTERM) < AT_MOST
        finally:
            await bot.kill()


async def test_while_slack_is_asked_again_and_again(tmp_path: Path) -> None:
    slack = SlowSlack()
    slack.says["apps.connections.open"] = [{"ok": False, "error": "internal_error"}]
    async with slack.listening():
        bot = Bot(tmp_path, SLACK_API_URL=slack.url)
        await bot.start()
        try:
            answer = await bot.is_ready(503)
            await until(lambda: slack.calls.count("apps.connections.open") >= 3)
            answer = await bot.is_ready(503)
            assert "internal_error" in answer.json()["slack"]
            assert await bot.end(signal.SIGTERM) < AT_MOST
        finally:
            await bot.kill()


@pytest.mark.parametrize(
    ("method", "error", "words"),
    [
        ("auth.test", "invalid_auth", "SLACK_BOT_TOKEN"),
        ("auth.test", "account_inactive", "SLACK_BOT_TOKEN"),
        ("apps.connections.open", "invalid_auth", "SLACK_APP_TOKEN"),
        ("apps.connections.open", "not_allowed_token_type", "SLACK_APP_TOKEN"),
        ("apps.connections.open", "missing_scope", "connections:write"),
        ("apps.connections.open", "socket_mode_not_enabled", "SLACK_SIGNING_SECRET"),
    ],
)
async def test_what_is_final_is_told_in_words_with_status_2(
    tmp_path: Path, method: str, error: str, words: str
) -> None:
    slack = SlowSlack()
    slack.says[method] = [{"ok": False, "error": error}]
    async with slack.listening():
        bot = Bot(tmp_path, SLACK_API_URL=slack.url)
        await bot.start()
        try:
            assert await bot.ended() == 2
        finally:
            await bot.kill()
    said = bot.log.read_text()
    assert words in said
    assert "Traceback" not in said
    assert slack.calls.count(method) == 1


async def test_a_hiccup_at_the_start_heals_and_each_try_has_an_address_of_its_own(
    tmp_path: Path,
) -> None:
    slack = SlowSlack()
    well: dict[str, object] = {"ok": True, "team_id": "T1", "user_id": "U0", "bot_id": "B"}
    slack.says["auth.test"] = [{"ok": False, "error": "fatal_error"}, {}, well]
    slack.handshakes = [503, 408]
    async with slack.listening():
        bot = Bot(tmp_path, SLACK_API_URL=slack.url)
        await bot.start()
        try:
            await bot.is_ready()
            assert slack.used == slack.tickets == ["t0", "t1", "t2"]
            slack.handshakes = [503]
            await slack.sockets[-1].close()
            await until(lambda: len(slack.tickets) == 5)
            await bot.is_ready()
            assert slack.used == slack.tickets
        finally:
            await bot.kill()
