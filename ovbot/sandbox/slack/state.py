"""Everything one workspace holds, in one place."""

from dataclasses import dataclass, field

from ovbot.sandbox.slack.blueprint import Blueprint
from ovbot.sandbox.slack.changes import Changes
from ovbot.sandbox.slack.config import WorkspaceConfig
from ovbot.sandbox.slack.delivery.envelope import Delivery
from ovbot.sandbox.slack.delivery.events import Events
from ovbot.sandbox.slack.delivery.http import HttpDelivery
from ovbot.sandbox.slack.delivery.socket import SocketDelivery
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.faults import Faults
from ovbot.sandbox.slack.messages import NOTICES, Content, Message, MessageBook
from ovbot.sandbox.slack.ratelimits import RateLimits
from ovbot.sandbox.slack.response_urls import ResponseUrls
from ovbot.sandbox.slack.shapes import Clock, Json
from ovbot.sandbox.slack.traffic import TrafficLog
from ovbot.sandbox.slack.triggers import Triggers
from ovbot.sandbox.slack.views import Views
from ovbot.sandbox.slack.world import World


@dataclass
class State:
    """The parts, made once; `reset` makes those anew that remember what happened."""

    config: WorkspaceConfig
    blueprint: Blueprint
    clock: Clock
    base_url: str = field(init=False)
    changes: Changes = field(default_factory=Changes)
    faults: Faults = field(default_factory=Faults)
    traffic: TrafficLog = field(init=False)
    sockets: SocketDelivery = field(init=False)
    http: HttpDelivery | None = field(init=False, default=None)
    events: Events = field(init=False)
    world: World = field(init=False)
    messages: MessageBook = field(init=False)
    views: Views = field(init=False)
    rates: RateLimits = field(init=False)
    triggers: Triggers = field(init=False)
    response_urls: ResponseUrls = field(init=False)
    picked: dict[tuple[str, str, str], Json] = field(init=False)
    """``state.values`` of a message, per channel, ts and person."""
    offered: dict[tuple[str, str, str], list[Json]] = field(init=False)
    """What the app last offered, per person, block and action."""
    token_error: str = field(init=False)
    """Why the bot's token is refused; empty while it is good."""

    def __post_init__(self) -> None:
        config, app = self.config, self.blueprint.app
        self.base_url = config.base_url
        secrets = (config.bot_token, config.app_token, config.signing_secret)
        self.traffic = TrafficLog(self.clock, self.changes, secrets)
        self.sockets = SocketDelivery(
            app.id, config.ack_seconds, self.traffic, self.changes, self.faults
        )
        if config.mode == "http" and config.request_url is not None:
            self.http = HttpDelivery(
                config.request_url,
                config.signing_secret,
                config.ack_seconds,
                self.clock,
                self.traffic,
                self.faults,
                self.changes,
                options_url=config.options_url,
            )
        self.events = Events(self.blueprint, self.clock, self.delivery, config.event_retry_seconds)
        self.reset()

    @property
    def delivery(self) -> Delivery:
        """The way to the bot."""
        return self.sockets if self.http is None else self.http

    @property
    def connected(self) -> int:
        """How many ways to the bot are open: its sockets, or its verified address."""
        return self.sockets.connected if self.http is None else int(self.http.verified)

    def reset(self) -> None:
        """Forget everything that happened; connections stay."""
        team = self.blueprint.team.id
        limited = self.config.rate_limits and self.blueprint.rate_limits
        self.world = World(self.blueprint)
        self.messages = MessageBook(self.blueprint, self.clock)
        self.views = Views(self.blueprint, self.clock)
        self.rates = RateLimits(self.clock, limited)
        self.triggers = Triggers(team, self.clock)
        self.response_urls = ResponseUrls(team, self.clock)
        self.faults.clear()
        self.picked, self.offered = {}, {}
        self.token_error = ""
        self.traffic.clear()
        for channel in self.world.channels:
            self.changes.tell("messages", channel=channel)
        for person in self.world.humans:
            self.changes.tell("home", user=person.id)
            self.changes.tell("view", user=person.id)
        self.changes.tell("state")

    def post(
        self,
        channel: str,
        user: str,
        content: Content,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        ephemeral_to: str | None = None,
    ) -> Message:
        """Add a message and tell everybody who watches."""
        message = self.messages.post(
            channel,
            user,
            content,
            thread_ts=thread_ts,
            broadcast=broadcast,
            ephemeral_to=ephemeral_to,
        )
        self.changed(channel)
        return message

    def thread(self, channel: str, ts: str | None) -> str | None:
        """The ``ts`` of the first message of the thread that `ts` is in; none outside of one.

        A reply to a deleted message goes into the channel without a word (slack-go/slack 1571), but
        where it has replies, whose thread stays. Raises ApiError ``thread_not_found`` or, since
        nobody else sees it, ``cannot_reply_to_message``.
        """
        if ts is None:
            return None
        parent = self.messages.find(channel, ts)
        if parent is None and self.messages.was_deleted(channel, ts):
            return ts if self.messages.replies(channel, ts) else None
        if parent is None:
            raise ApiError("thread_not_found")
        if parent.ephemeral_to is not None:
            raise ApiError("cannot_reply_to_message")
        return parent.thread_ts or parent.ts

    def notice(self, channel: str, user: str, text: str) -> None:
        """Tell one person, on the workspace's own behalf, that something did not work."""
        self.post(channel, NOTICES, Content(text), ephemeral_to=user)

    def changed(self, channel: str) -> None:
        """Tell that the messages of a channel are not what they were."""
        self.changes.tell("messages", channel=channel)
        self.changes.tell("state")

    async def stop(self) -> None:
        """Let go of everybody."""
        self.changes.close()
        await self.events.stop()
        await self.delivery.stop()
