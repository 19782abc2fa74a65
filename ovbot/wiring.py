"""The composition root: settings become running parts, started in order and closed in reverse.

A side task that dies stops the process loudly: everything runs in one task group.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

import structlog
from starlette.applications import Starlette

from ovbot.clock import SystemClock
from ovbot.delivery.cards import Cards
from ovbot.delivery.ingest import Inbox
from ovbot.delivery.process import Processor
from ovbot.delivery.sweep import Sweeper
from ovbot.delivery.worker import Worker
from ovbot.engine.pipeline import Door
from ovbot.engine.recover import recover
from ovbot.engine.registry import Registry
from ovbot.errors import FaultError
from ovbot.openvidu import OpenVidu
from ovbot.settings import Settings
from ovbot.slack.app import SlackApp
from ovbot.slack.events import SlackEndpoint
from ovbot.slack.gateway import Gateway
from ovbot.slack.home import Home
from ovbot.slack.identity import Identity
from ovbot.slack.socket import Socket
from ovbot.store import audit
from ovbot.store.database import Database
from ovbot.web.app import build_app
from ovbot.web.health import Health
from ovbot.web.listener import Listener
from ovbot.web.webhook import Webhook

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 25.0
"""What a stop waits for work that was acknowledged. Platforms kill after thirty seconds."""
_RECOVER_AGAIN_SECONDS = 30.0


async def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT; exits with status 1 when a part of it dies.

    Raises FaultError (in a group) when it cannot start.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await run(settings, stop=stop, ready=lambda url: log.info("serve.ready", url=url))
    except* FaultError:
        raise
    except* Exception as died:
        log.critical("serve.died", exc_info=died)
        sys.exit(1)


async def run(
    settings: Settings, *, stop: asyncio.Event, ready: Callable[[str], None] | None = None
) -> None:
    """Run the bot until ``stop`` is set; ``ready`` hears the base URL once all of it works.

    Raises FaultError when something that it needs is not there or not right.
    """
    started_at = SystemClock().now_ms()
    async with AsyncExitStack() as stack:
        bot = Bot(settings)
        await bot.open(stack)
        async with asyncio.TaskGroup() as side:
            tasks = [side.create_task(work) for work in bot.side_tasks(started_at)]
            await bot.start_taking()
            if ready is not None:
                ready(bot.listener.url)
            await stop.wait()
            log.info("serve.stopping", drain_seconds=DRAIN_SECONDS)
            await bot.stop_taking()
            for task in tasks:
                task.cancel()


class Bot:
    """The parts of one process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = SystemClock()
        self._socket: Socket | None = None
        self._taking = False

    async def open(self, stack: AsyncExitStack) -> None:
        """Open everything that does not take payloads yet."""
        settings, name = self._settings, self._settings.openvidu_name
        self.store = Database(settings.database_url.get_secret_value())
        await self.store.open()
        stack.push_async_callback(self.store.close)
        gateway = Gateway(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        stack.push_async_callback(gateway.close)
        self.identity = await gateway.identify()
        self.openvidu = OpenVidu(
            settings.openvidu_url,
            settings.openvidu_secret.get_secret_value(),
            ca_file=settings.openvidu_ca_file,
        )
        await self.openvidu.start()
        stack.push_async_callback(self.openvidu.aclose)
        self.door = Door(
            commands=Registry.scan("ovbot.commands"),
            openvidu=self.openvidu,
            chat=gateway,
            store=self.store,
            server=name,
            admins=settings.admins,
            clock=self._clock,
        )
        self.slack = self._slack_app(gateway, self.identity)
        self.inbox = Inbox(self.store, name, self._clock)
        stack.push_async_callback(self.inbox.close)
        self.processor = Processor(self.store, name, self.openvidu, self._clock)
        self.sweeper = Sweeper(
            self.store, name, self.openvidu, self._clock, every=settings.sweep_seconds
        )
        self.cards = Cards(self.store, name, self.openvidu, gateway, self._clock)
        self.worker = Worker(self.store, gateway, self._clock)
        self.listener = Listener(self._web(), settings.host, settings.port)
        self.listener.bind()
        stack.callback(self.listener.unbind)

    def _slack_app(self, gateway: Gateway, identity: Identity) -> SlackApp:
        signing = self._settings.slack_signing_secret
        return SlackApp(
            door=self.door,
            gateway=gateway,
            identity=identity,
            signing_secret=signing.get_secret_value() if signing else "",
            home=Home(self.door, gateway, identity.team),
        )

    def _web(self) -> Starlette:
        secret = self._settings.webhook_secret
        if self._settings.slack_app_token is not None:
            self._socket = Socket(self.slack.bolt, self._settings.slack_app_token)
        return build_app(
            webhook=Webhook(secret.get_secret_value() if secret else None, self.inbox.accept),
            health=Health(
                ping=self.store.ping,
                slack_ready=self._slack_ready,
                openvidu_contact=lambda: self.sweeper.last_contact,
                clock=self._clock,
            ),
            slack=None if self._socket else SlackEndpoint(self.slack.bolt),
        )

    def _slack_ready(self) -> bool:
        return self._taking and (self._socket is None or self._socket.connected)

    def side_tasks(self, started_at: int) -> list[Coroutine[Any, Any, None]]:
        """What runs beside the taking of payloads."""
        return [
            self.listener.run(),
            self.processor.run(),
            self.sweeper.run(),
            self.worker.run(),
            self.cards.run(),
            self._recover(started_at),
        ]

    async def _recover(self, started_at: int) -> None:
        """Close what an earlier process left open; again while OpenVidu is away."""
        team = self.identity.team
        while True:
            await recover(self.door, team, before=started_at)
            async with self.store.read() as tx:
                if not await audit.open_intents(tx, team, self.door.server):
                    return
            await asyncio.sleep(_RECOVER_AGAIN_SECONDS)

    async def start_taking(self) -> None:
        """Take payloads: from here on people can use it."""
        await self.listener.listening()
        if self._socket is not None:
            await self._socket.open()
        self._taking = True

    async def stop_taking(self) -> None:
        """Take no more, finish what was acknowledged, deliver what is under way."""
        self._taking = False
        if self._socket is not None:
            with contextlib.suppress(Exception):
                await self._socket.close()
        self.listener.stop()
        left = await self.slack.tasks.drain(DRAIN_SECONDS)
        await self.worker.stop(5.0)
        log.info("serve.stopped", cut_off=left)
