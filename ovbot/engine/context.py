"""What a running command may use, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ovbot.clock import Clock
from ovbot.domain.actor import Actor, Role
from ovbot.domain.binding import Binding
from ovbot.engine.allowed_hosts import NOWHERE, Allowed
from ovbot.engine.outcomes import Hearers, Planned
from ovbot.engine.ports import NOBODY, Chat, Directory
from ovbot.engine.standing import Standing
from ovbot.engine.webhooks import Webhooks
from ovbot.grammar.parser import Context as Grammar
from ovbot.openvidu import OpenVidu
from ovbot.openvidu.broadcast_targets import Targets
from ovbot.store.database import Database

DELETE_GRACE = timedelta(minutes=15)

if TYPE_CHECKING:
    from ovbot.engine.registry import Registry


@dataclass(frozen=True)
class Access:
    """What one person may do in one channel, or in App Home.

    Admins can do everything. Members of a bound channel are viewers of its sessions: in the
    channel, where being able to speak is the membership, and in App Home, where Slack tells of it.
    Who is ``foreign`` is given no bindings: nobody is a member from another workspace.
    """

    actor: Actor
    admins: tuple[str, ...]
    bindings: tuple[Binding, ...]
    """The bindings of the channel that the command was given in."""
    joined: tuple[Binding, ...] = ()
    """In App Home, which is no channel: those of the channels that the person is in."""
    at_home: bool = False
    foreign: str = ""
    """The other workspace that the person is of, as in a shared channel: that gives no role."""
    unknown: int = 0
    """In App Home: of how many bound channels it is not known whether the person is in them."""

    @property
    def is_admin(self) -> bool:
        return self.actor.user in self.admins

    @property
    def here(self) -> Role:
        """The role for what concerns no single session."""
        if self.is_admin:
            return Role.ADMIN
        return Role.VIEWER if self.bindings or self.joined else Role.NONE

    def on(self, session: str) -> Role:
        """The role for one session."""
        if self.is_admin:
            return Role.ADMIN
        bound = any(binding.matches(session) for binding in (*self.bindings, *self.joined))
        return Role.VIEWER if bound else Role.NONE

    def sees(self, session: str) -> bool:
        """Whether the session may be shown at all."""
        return self.on(session) >= Role.VIEWER


@dataclass(frozen=True, kw_only=True)
class Powers:
    """What every command may use, whoever gives it. ``openvidu`` is live: nothing here is a cached
    state."""

    commands: Registry
    openvidu: OpenVidu
    server: str
    """The name under which rows speak of this OpenVidu server."""
    chat: Chat
    """For what must not be stored on its way, such as a join token. All else is a notice."""
    store: Database
    clock: Clock
    hearers: Hearers
    planned: Planned
    directory: Directory = NOBODY
    allowed: Allowed = NOWHERE
    """Where OpenVidu may be sent."""
    broadcast_targets: Targets = field(default_factory=dict)
    """Where sessions may be broadcast to."""
    delete_grace: timedelta = DELETE_GRACE
    """How long recordings can be kept after all."""
    webhooks: Webhooks = field(default_factory=Webhooks)
    """What OpenVidu's webhooks have to be like."""
    standing: Standing = field(default_factory=Standing)
    """Whether the chat takes anything from us."""
    menus_url: str = ""
    """Where Slack has to be told to ask what menus could hold; "" where it asks over a socket."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """One invocation's surroundings."""

    powers: Powers
    ref: str
    channel: str
    access: Access
    asked_at: int
    """When the invocation came in, ms UTC."""
    named: frozenset[str] = frozenset()
    """Live sessions that the command names, where a glob binds the channel to them."""
    filled: bool = False
    """Each argument was given for itself, as in a form: none is to be read out of another."""
    confirmed_ids: tuple[str, ...] | None = None
    """Whom the submitted form has named; None: there was no form, or it named nobody."""
    thread: str = ""
    """The thread that it was pressed in; "" for the channel itself."""

    @property
    def openvidu(self) -> OpenVidu:
        return self.powers.openvidu

    @property
    def server(self) -> str:
        return self.powers.server

    @property
    def store(self) -> Database:
        return self.powers.store

    @property
    def clock(self) -> Clock:
        return self.powers.clock

    @property
    def commands(self) -> Registry:
        return self.powers.commands

    @property
    def actor(self) -> Actor:
        return self.access.actor

    @property
    def bindings(self) -> tuple[Binding, ...]:
        """The bindings of this channel."""
        return self.access.bindings

    @property
    def bound_session(self) -> str | None:
        """The session that this channel is bound to, if it is bound to one and to nothing else."""
        if len(self.bindings) != 1 or self.bindings[0].is_glob:
            return None
        return self.bindings[0].pattern

    @property
    def grammar(self) -> Grammar:
        """What words are read by here."""
        known = frozenset(b.pattern for b in self.bindings if not b.is_glob)
        return Grammar(session_optional=bool(self.bindings), known_sessions=known | self.named)
