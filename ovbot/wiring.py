"""The composition root: settings become running parts, started in order and closed in reverse.

``serve`` takes payloads and does all the rest; ``work`` does all the rest alone, beside processes
that serve. A side task that dies stops the process loudly: everything runs in one task group.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Collection, Coroutine
from contextlib import AsyncExitStack
from typing import Any, NoReturn

import structlog

from ovbot import memory
from ovbot.clock import SystemClock
from ovbot.delivery.admin_alerts import AdminAlerts, ghosts
from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.delivery.arrivals.process import Processor
from ovbot.delivery.arrivals.sweep import Sweeper
from ovbot.delivery.outbox import unreachable_channels
from ovbot.delivery.outbox.cards import Cards
from ovbot.delivery.outbox.gate import Gate
from ovbot.delivery.outbox.worker import Worker
from ovbot.delivery.prune import Pruner
from ovbot.delivery.recovery import Recovery
from ovbot.delivery.scheduled import Later
from ovbot.domain.hosts import hosts
from ovbot.engine import menus_asked
from ovbot.engine.allowed_hosts import Allowed
from ovbot.engine.context import Powers
from ovbot.engine.pipeline import Door
from ovbot.engine.registry import Registry
from ovbot.engine.switches import by_setting
from ovbot.engine.webhooks import Webhooks
from ovbot.errors import FaultError
from ovbot.failpoints import reach
from ovbot.grammar.args import Ready
from ovbot.openvidu import OpenVidu
from ovbot.openvidu.identity import Identity as Naming
from ovbot.openvidu.protected import protected
from ovbot.openvidu.secret import Secret
from ovbot.settings import Settings
from ovbot.slack.app import SlackApp
from ovbot.slack.directory import Directory
from ovbot.slack.events import SlackEndpoint
from ovbot.slack.gateway import Gateway
from ovbot.slack.happenings import Happenings
from ovbot.slack.home import Home
from ovbot.slack.identity import Identity, settled
from ovbot.slack.roster import Roster
from ovbot.slack.socket import Socket
from ovbot.stopping import end_soon, unless
from ovbot.store import grants
from ovbot.store.database import Database
from ovbot.store.peers import Peers
from ovbot.subjects.hearers import BoundChannels
from ovbot.subjects.scheduled import Scheduler
from ovbot.weak import weaknesses
from ovbot.web.app import App, build_app
from ovbot.web.health import Health
from ovbot.web.listener import Listener
from ovbot.web.webhook import Webhook

log = structlog.get_logger(__name__)

DRAIN_SECONDS = 25.0
"""What a stop takes at most. Platforms kill after thirty seconds."""
_LAST_SECONDS = 2.0
"""Of these: what messages get that can leave now, and then what is under way."""


async def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT; exits with status 1 when a part of it dies.

    Raises FaultError (in a group) when it cannot start.
    """
    for problem in weaknesses(settings):
        log.warning("settings.weak", problem=problem)
    await _until_signalled(settings, taking=True)


async def work(settings: Settings) -> None:
    """Do what needs no payload from Slack or OpenVidu, as ``serve`` does beside taking them.

    Raises FaultError as ``serve`` does, and on SQLite: its file cannot be shared.
    """
    await _until_signalled(settings, taking=False)


async def _until_signalled(settings: Settings, *, taking: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    started = False

    def end() -> None:
        stop.set()
        if not started:
            end_soon()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)

    def ready(url: str) -> None:
        nonlocal started
        started = True
        memory.freeze_gc()
        log.info("serve.ready", url=url, taking=taking)

    try:
        await run(settings, stop=stop, ready=ready, taking=taking)
    except* FaultError as refused:
        if not started:
            raise
        _die(refused)
    except* Exception as died:
        _die(died)


def _die(group: ExceptionGroup[Exception]) -> NoReturn:
    log.critical("serve.died", exc_info=group)
    sys.exit(1)


async def run(
    settings: Settings,
    *,
    stop: asyncio.Event,
    ready: Callable[[str], None] | None = None,
    taking: bool = True,
) -> None:
    """Run the bot until ``stop`` is set; ``ready`` hears the base URL once all of it works.

    ``taking`` payloads, or only what needs none. Raises FaultError when something that it needs
    is not there or not right.
    """
    async with AsyncExitStack() as stack:
        bot = Bot(settings, taking=taking)
        if not await unless(stop, bot.open(stack)):
            return
        async with asyncio.TaskGroup() as side:
            tasks = [side.create_task(task) for task in bot.side_tasks()]
            if await unless(stop, _begin(bot, ready)):
                await stop.wait()
            log.info("serve.stopping", drain_seconds=DRAIN_SECONDS)
            await bot.stop_taking()
            for task in tasks:
                task.cancel()


async def _begin(bot: "Bot", ready: Callable[[str], None] | None) -> None:
    await bot.start_taking()
    if ready is not None:
        ready(bot.listener.url)


class Bot:
    """The parts of one process."""

    def __init__(self, settings: Settings, *, taking: bool = True) -> None:
        self._settings = settings
        self._takes = taking
        self._clock = SystemClock()
        self.slack: SlackApp | None = None
        self._socket: Socket | None = None
        self._up = False
        self._stopping = False

    async def open(self, stack: AsyncExitStack) -> None:
        """Open everything that does not take payloads yet."""
        self._commands = Registry.scan("ovbot.commands")
        self._off = by_setting(self._settings.disable, self._commands)
        await self._open_store(stack)
        await self._open_slack(stack)
        await self._open_openvidu(stack)
        self.door = self._door()
        stack.push_async_callback(self.door.close)
        self._arrivals(stack)
        self._outgoing()
        self.recovery = Recovery(self.door, self.identity.team, self.peers)
        self.later = Later(self.door, self.identity.team, turn=self.peers.elected)
        if self._takes:
            self.slack = self._slack_app(self.gateway, self.identity)
        settings = self._settings
        keep = settings.keep_alive_seconds
        self.listener = Listener(self._web(), settings.host, settings.port, keep_alive=keep)
        self.listener.bind()
        stack.callback(self.listener.unbind)

    async def _open_store(self, stack: AsyncExitStack) -> None:
        self.store = Database(self._settings.database_url.get_secret_value())
        if not self._takes and self.store.is_sqlite:
            raise FaultError(
                "ovbot worker shares a database with ovbot serve, which a SQLite file cannot be.",
                "Use PostgreSQL (OVBOT_DATABASE_URL), or ovbot serve alone: it does everything.",
                code="worker.sqlite",
            )
        await self.store.open()
        stack.push_async_callback(self.store.close)
        self.peers = Peers(self.store, self._settings.openvidu_name)
        await self.peers.open()
        stack.push_async_callback(self.peers.close)
        self.pruner = Pruner(self.store, self._clock, turn=self.peers.elected)

    async def _open_slack(self, stack: AsyncExitStack) -> None:
        settings = self._settings
        self.gateway = Gateway(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        stack.push_async_callback(self.gateway.close)
        self.standing = self.gateway.standing
        self.identity = await settled(self.gateway.wire)
        self.directory = Directory(self.gateway.wire, self.identity, self._clock)
        stack.push_async_callback(self.directory.close)
        asked = (self._given_a_role, self._grants_changed)
        self.roster = Roster(self.gateway.wire, self.identity, self._clock, *asked)

    async def _open_openvidu(self, stack: AsyncExitStack) -> None:
        settings = self._settings
        self.openvidu = OpenVidu(
            settings.openvidu_url,
            settings.openvidu_secret.get_secret_value(),
            ca_file=settings.openvidu_ca_file,
            pins=settings.openvidu_cert_sha256,
            dialect=settings.openvidu_dialect,
            version=settings.openvidu_version,
            edition=settings.openvidu_edition,
        )
        self.openvidu.identity = Naming(settings.identity)
        await self.openvidu.start()
        stack.push_async_callback(self.openvidu.aclose)
        secret = settings.webhook_secret
        self.webhooks = Webhooks(
            Secret(secret.get_secret_value()) if secret else None, settings.public_url
        )

    def _door(self) -> Door:
        settings = self._settings
        powers = Powers(
            commands=self._commands,
            openvidu=self.openvidu,
            chat=self.gateway,
            directory=self.directory,
            roster=self.roster,
            standing=self.standing,
            store=self.store,
            server=settings.openvidu_name,
            clock=self._clock,
            allowed=Allowed(hosts(settings.camera_hosts), hosts(settings.node_hosts)),
            protected=protected(settings.protected),
            broadcast_targets={
                name: Secret(address.get_secret_value())
                for name, address in settings.broadcast_targets.items()
            },
            ready={Ready.REASONS: settings.reasons, Ready.MESSAGES: settings.messages},
            delete_grace=settings.delete_grace,
            webhooks=self.webhooks,
            menus_url="" if settings.socket_mode else self._events_url,
            hearers=BoundChannels(),
            planned=Scheduler(),
        )
        return Door(
            powers=powers,
            workspace=self.identity.workspace,
            admins=settings.admins,
            off=self._off,
            process=self.peers.process,
        )

    def _arrivals(self, stack: AsyncExitStack) -> None:
        """What OpenVidu tells, and what is asked of it, into the store."""
        settings, name = self._settings, self._settings.openvidu_name
        self.operators = AdminAlerts(self.identity.team, name, settings.admins)
        self.inbox = Inbox(self.store, name, self._clock)
        stack.push_async_callback(self.inbox.close)
        self.processor = Processor(
            self.store, name, self.openvidu, self._clock, after=self._caught_up
        )
        self.sweeper = Sweeper(
            self.store,
            name,
            self.openvidu,
            self._clock,
            every=settings.sweep_seconds,
            operators=self.operators if settings.webhook_secret else None,
            webhooks=self.webhooks,
            turn=self.peers.elected,
        )

    def _outgoing(self) -> None:
        """Notices and cards out of the store, to Slack."""
        gateway, name = self.gateway, self._settings.openvidu_name
        gate = Gate(self.standing, gateway.check, self._clock)
        self.worker = Worker(self.store, gateway, self._clock, operators=self.operators, gate=gate)
        self.cards = Cards(
            self.store, name, self.openvidu, gateway, self._clock, standing=self.standing
        )

    def _slack_app(self, gateway: Gateway, identity: Identity) -> SlackApp:
        return SlackApp(
            door=self.door,
            gateway=gateway,
            identity=identity,
            home=Home(self.door, gateway),
            happenings=Happenings(self.standing, identity, self.directory, self._channel_lost),
        )

    async def _given_a_role(self) -> Collection[str]:
        async with self.store.read() as tx:
            return await grants.subjects(tx, self.identity.team, self._settings.openvidu_name)

    async def _grants_changed(self, seconds: float) -> None:
        await self.store.wake.wait(grants.WAKE, seconds)

    async def _channel_lost(self, channel: str, reason: str) -> None:
        async with self.store.begin() as tx:
            team, server = self.identity.team, self._settings.openvidu_name
            await unreachable_channels.lose(tx, team, server, channel, reason, self._clock.now_ms())

    def _web(self) -> App:
        health = Health(
            ping=self.store.ping,
            slack=self._slack_state,
            openvidu_contact=lambda: self.sweeper.last_contact,
            clock=self._clock,
            stopping=lambda: self._stopping,
        )
        if self.slack is None:
            return build_app(health=health)
        secret = self._settings.webhook_secret
        webhook = Webhook(
            secret.get_secret_value() if secret else None,
            self.inbox.accept,
            self.webhooks.refused,
        )
        if self._settings.slack_app_token is not None:
            self._socket = Socket(
                self.slack.bolt,
                self.gateway.wire,
                self._settings.slack_app_token,
                own=self._own_sockets,
                ghosts=self._tell_of_ghosts,
            )
            return build_app(health=health, webhook=webhook)
        signing = self._settings.slack_signing_secret
        key = signing.get_secret_value() if signing else ""
        endpoint = SlackEndpoint(self.slack, key, is_up=lambda: self._up)
        return build_app(health=health, webhook=webhook, slack=endpoint)

    async def _caught_up(self) -> None:
        """What was missed comes before what is told now; where another process lives, it reads."""
        if self.peers.is_elected:
            await self.sweeper.caught_up()

    async def _own_sockets(self) -> int:
        """At most: a process that only works has none."""
        return len(await self.peers.alive())

    async def _tell_of_ghosts(self, counted: int, own: int) -> None:
        async with self.store.begin() as tx:
            key = f"ghosts:{self.peers.process}"
            await self.operators.tell(tx, key, ghosts(counted, own), self._clock.now_ms())
            reach("ghosts.written")
        reach("ghosts.committed")

    def _slack_state(self) -> str:
        """ "ok", or why payloads cannot arrive or messages cannot leave."""
        if self.standing.reason:
            return f"refused ({self.standing.reason}). {self.standing.advice}"
        if self._socket is not None and not self._socket.connected:
            return f"not connected: {self._socket.trouble or 'connecting'}"
        return "ok" if self._up else "not connected"

    def side_tasks(self) -> list[Coroutine[Any, Any, None]]:
        """What runs beside the taking of payloads."""
        socket = [] if self._socket is None else [self._socket.run()]
        return [
            *socket,
            self.store.run(),
            self.peers.run(),
            self.listener.run(),
            self.processor.run(),
            self.sweeper.run(),
            self.worker.run(),
            self.cards.run(),
            self.later.run(),
            self.recovery.run(),
            self.pruner.run(),
            self.roster.run(),
        ]

    @property
    def _events_url(self) -> str:
        return f"{self._settings.public_url or 'https://YOUR_HOST'}/slack/events"

    async def start_taking(self) -> None:
        """Take payloads: from here on people can use it."""
        await self.listener.listening()
        if self._takes and self.door.powers.menus_url:
            async with self.store.read() as tx:
                if not await menus_asked.ever(tx, self._settings.openvidu_name):
                    log.warning("menus.never_asked", advice=menus_asked.never(self._events_url))
        if self._socket is not None:
            await self._socket.opened()
        self._up = True

    async def stop_taking(self) -> None:
        """Take no more, finish what was acknowledged, deliver what is under way.

        Until that is done the port answers: that this process is not ready, and OpenVidu's
        webhooks, which another process would have to be found for first.
        """
        self._up, self._stopping = False, True
        if self._socket is not None:
            with contextlib.suppress(Exception):
                await self._socket.close()
        seconds = DRAIN_SECONDS - 2 * _LAST_SECONDS
        drains = [self.later.stop(seconds)]
        if self.slack is not None:
            drains.append(self.slack.tasks.drain(seconds))
        left = sum(await asyncio.gather(*drains))
        await self.worker.settle(_LAST_SECONDS)  # above all the outcomes of what was drained
        self.listener.stop()
        await asyncio.gather(self.listener.ended(_LAST_SECONDS), self.worker.stop(_LAST_SECONDS))
        log.info("serve.stopped", cut_off=left)
