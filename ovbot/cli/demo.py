"""``ovbot demo``: both stand-ins and the bot in one process, through the wiring of ``serve``."""

import asyncio
import secrets
import signal
import socket
import tempfile
import webbrowser
from collections.abc import Callable, Coroutine
from typing import Any

from pydantic import SecretStr

from ovbot import logs, wiring
from ovbot.errors import FaultError
from ovbot.sandbox import openvidu, slack
from ovbot.sandbox.story import ADMIN, CHANNEL, Story
from ovbot.settings import Settings

_THREE_THINGS = """The demo is running; Ctrl+C stops it. Open {url}
Three things to try there, as Ana in #moderation:
  1. /openvidu show              who is in the meeting; the menu beside a name has Kick
  2. /openvidu record start      then /openvidu record stop, and wait for the ready message
  3. /openvidu audit             who did what"""


async def run(*, port: int, browser: bool) -> None:
    """Run the demo until Ctrl+C. Everything it writes is gone afterwards."""
    logs.configure("error")
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    with tempfile.TemporaryDirectory(prefix="ovbot-demo-") as folder:
        async with asyncio.TaskGroup() as group:
            running = Demo(group, folder, stop)
            # The page opens where the meeting is, as the person who may do everything there.
            url = f"{await running.start(port)}/#{ADMIN}/{CHANNEL}"
            print(_THREE_THINGS.format(url=url), flush=True)
            if browser:
                await asyncio.to_thread(webbrowser.open, url)
            await stop.wait()
            await running.end()


class Demo:
    """The parts of the demo, started one after the other."""

    def __init__(self, group: asyncio.TaskGroup, folder: str, stop: asyncio.Event) -> None:
        self._group = group
        self._folder = folder
        self._stop = stop
        self._stand_ins: list[asyncio.Task[None]] = []
        self._bot: asyncio.Task[None] | None = None
        self._story: Story | None = None
        self._telling: asyncio.Task[None] | None = None

    async def start(self, port: int) -> str:
        """Start everything; returns the page's URL."""
        secret, webhook_secret = secrets.token_urlsafe(), secrets.token_urlsafe()
        bot_port = _free_port()
        simulator = openvidu.SimulatorConfig(
            port=0,
            secret=secret,
            webhook=f"http://127.0.0.1:{bot_port}/webhooks/openvidu",
            webhook_headers=(f"Authorization: Bearer {webhook_secret}",),
        )
        workspace = slack.WorkspaceConfig(port=port)
        server_url = await self._stand_in(
            lambda ready: openvidu.serve(simulator, ready=ready, handle_signals=False)
        )
        page_url = await self._stand_in(
            lambda ready: slack.serve(workspace, ready=ready, handle_signals=False)
        )
        settings = Settings.model_construct(
            slack_bot_token=SecretStr(workspace.bot_token),
            slack_app_token=SecretStr(workspace.app_token),
            slack_api_url=f"{page_url}/api/",
            openvidu_url=server_url,
            openvidu_secret=SecretStr(secret),
            database_url=SecretStr(f"sqlite:///{self._folder}/demo.sqlite3"),
            webhook_secret=SecretStr(webhook_secret),
            admins=(ADMIN,),
            camera_hosts=("camera.example",),
            port=bot_port,
        )
        ready = asyncio.get_running_loop().create_future()
        self._bot = self._group.create_task(
            wiring.run(settings, stop=self._stop, ready=ready.set_result)
        )
        await ready
        self._story = Story(server_url, page_url, secret)
        await self._story.begin()
        self._telling = self._group.create_task(self._story.go_on())
        return page_url

    async def _stand_in(
        self, serve: Callable[[Callable[[str], None]], Coroutine[Any, Any, None]]
    ) -> str:
        ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        task = self._group.create_task(_or_fault(serve(ready.set_result)))
        self._stand_ins.append(task)
        return await ready

    async def end(self) -> None:
        """The bot first, so that what it still delivers has somewhere to go."""
        if self._telling is not None:
            self._telling.cancel()
        if self._bot is not None:
            await asyncio.wait([self._bot])
        if self._story is not None:
            await self._story.close()
        for task in self._stand_ins:
            task.cancel()


async def _or_fault(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except OSError as error:
        raise FaultError(
            f"The demo cannot listen ({error.strerror}).", "Choose another --port.", code="listen"
        ) from error


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
