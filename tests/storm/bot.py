"""``ovbot serve`` as processes that are watched, killed and replaced."""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp

from tests.e2e.installation import HOOK, free_port
from tests.storm.openvidu import SECRET
from tests.storm.slack import TOKEN


class Bot:
    """One process. ``memory`` is what it holds, in bytes."""

    def __init__(self, folder: Path, *, database: str, openvidu: str, slack: str) -> None:
        self._log = folder / "bot.log"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("OVBOT_", "SLACK_"))}
        self._env = {
            **clean,
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": "storm",
            "SLACK_API_URL": slack,
            "OVBOT_OPENVIDU_URL": openvidu,
            "OVBOT_OPENVIDU_SECRET": SECRET,
            "OVBOT_WEBHOOK_SECRET": HOOK,
            "OVBOT_DATABASE_URL": database,
            "OVBOT_PORT": str(port),
            "OVBOT_SWEEP_SECONDS": "2",
            "OVBOT_LOG_LEVEL": "error",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, http: aiohttp.ClientSession) -> None:
        """Return once it is ready."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ovbot", "serve"), env=self._env, stdout=log, stderr=log
            )
        async with asyncio.timeout(60):
            while not await self.is_ready(http):
                assert self._process.returncode is None, self._log.read_text()[-3000:]
                await asyncio.sleep(0.05)

    async def is_ready(self, http: aiohttp.ClientSession) -> bool:
        try:
            async with http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def memory(self) -> int:
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        (line,) = [one for one in status.splitlines() if one.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024

    async def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def deliver(self, http: aiohttp.ClientSession, body: bytes) -> bool:
        """A webhook; whether it was taken (exactly 200)."""
        headers = {"Authorization": f"Bearer {HOOK}", "Content-Type": "application/json"}
        try:
            async with http.post(
                f"{self.url}/webhooks/openvidu", data=body, headers=headers
            ) as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False
