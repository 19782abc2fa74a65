"""What a running command may use, and who is asking."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from ovbot.clock import Clock
from ovbot.domain.actor import Actor
from ovbot.domain.binding import Binding
from ovbot.domain.ready_texts import MESSAGES, REASONS
from ovbot.engine.access import Access
from ovbot.engine.allowed_hosts import NOWHERE, Allowed
from ovbot.engine.outcomes import Hearers, Planned
from ovbot.engine.ports import NO_ROSTER, NOBODY, Chat, Directory, Roster
from ovbot.engine.standing import Standing
from ovbot.engine.webhooks import Webhooks
from ovbot.grammar.args import Ready
from ovbot.grammar.parser import Context as Grammar
from ovbot.openvidu import OpenVidu
from ovbot.openvidu.broadcast_targets import Targets
from ovbot.openvidu.protected import NOBODY as NOBODY_PROTECTED
from ovbot.openvidu.protected import Protected
from ovbot.store.database import Database

DELETE_GRACE = timedelta(minutes=15)
READY = {Ready.REASONS: REASONS, Ready.MESSAGES: MESSAGES}

if TYPE_CHECKING:
    from ovbot.engine.registry import Registry


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
    roster: Roster = NO_ROSTER
    """Who belongs to a user group, or a channel, that was given a role."""
    allowed: Allowed = NOWHERE
    """Where OpenVidu may be sent."""
    protected: Protected = NOBODY_PROTECTED
    """Who is removed, or has a stream ended, only where a second person approves."""
    broadcast_targets: Targets = field(default_factory=dict)
    """Where sessions may be broadcast to."""
    ready: Mapping[Ready, tuple[str, ...]] = field(default_factory=lambda: dict(READY))
    """The texts that forms offer ready-made."""
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
    plan: int | None = None
    """The planned command that this is (``store.later``)."""
    thread: str = ""
    """The thread that it was pressed in; "" for the channel itself."""
    access_of: Callable[[str], Awaitable[Access]]
    """What somebody (a Slack user id) may do here, found out anew: this person, or another."""

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
