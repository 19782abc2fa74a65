"""Sessions from POST to their end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ovbot.sandbox.openvidu.clock import Timer
from ovbot.sandbox.openvidu.state.events import final_reason
from ovbot.sandbox.openvidu.state.model import (
    Session,
    SessionProperties,
    Token,
    Uncaught,
    Unfit,
)

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]+")


class Sessions:
    """All sessions of one server, initialized and active."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._all: dict[str, Session] = {}
        self._collection: Timer | None = None
        self.schedule_collection()

    def all(self) -> list[Session]:
        return list(self._all.values())

    def get(self, session_id: str) -> Session | None:
        """Active, or merely initialized by POST."""
        return self._all.get(session_id)

    def create(self, properties: SessionProperties) -> Session:
        """Initialize a session; ``Unfit`` if its custom id is taken."""
        session_id = properties.custom_session_id or self._world.ids.session()
        if session_id in self._all:
            raise Unfit(f"Session {session_id} is already created")
        session = Session(session_id, self._world.clock.millis(), properties)
        self._all[session_id] = session
        if self._world.profile.created_at_post:
            self._announce(session)
        return session

    def new_token(
        self,
        session: Session,
        *,
        role: str = "PUBLISHER",
        data: str = "",
        record: bool = True,
        kurento_options: dict[str, Any] | None = None,
        ice_servers: list[dict[str, Any]] | None = None,
    ) -> Token:
        """A token that one client may use once; it never expires while the session lives."""
        token = Token(
            value=self._address(session.id, role),
            connection_id=self._world.ids.connection(),
            created_at=self._world.clock.millis(),
            role=role,
            data=data,
            record=record,
            kurento_options=kurento_options,
            ice_servers=ice_servers or [],
        )
        session.tokens[token.connection_id] = token
        return token

    def close(self, session: Session, reason: str | None) -> None:
        """Everybody leaves, the recording stops, the session is gone."""
        session.closed = True
        for participant in list(session.participants.values()):
            self._world.people.take_out(session, participant, reason)
        self.end_broadcast(session, final_reason(reason))
        try:
            self._world.recordings.session_closed(session, final_reason(reason))
        except Uncaught:
            session.closed = False
            raise
        self._forget(session)
        if session.announced:
            self._world.events.session_destroyed(session, final_reason(reason))
        self._world.nodes.session_closed(session)

    def end_broadcast(self, session: Session, reason: str | None) -> None:
        """Nothing is sent on any more, if anything was."""
        ended, session.broadcast = session.broadcast, None
        if ended is not None:
            self._world.events.broadcast_stopped(session, ended, reason)

    def broadcast_on(self, node_id: str) -> list[str]:
        """The sessions that a media node broadcasts."""
        sent = ((each.id, each.broadcast) for each in self.all())
        return [id_ for id_, broadcast in sent if broadcast and broadcast.node_id == node_id]

    def collect_garbage(self) -> None:
        """Initialized sessions that nobody joined in time vanish, without an event."""
        oldest = self._world.clock.millis() - self._world.settings.gc_threshold * 1000
        for session in self.all():
            if not session.active and session.created_at < oldest:
                session.closed = True
                self._forget(session)

    def schedule_collection(self) -> None:
        """Collect every OPENVIDU_SESSIONS_GARBAGE_INTERVAL seconds from now on, or never."""
        if self._collection is not None:
            self._collection.cancel()
        if (interval := self._world.settings.gc_interval) <= 0:
            return

        def collect() -> None:
            self.collect_garbage()
            self.schedule_collection()

        self._collection = self._world.clock.call_later(interval, collect)

    def vanish(self) -> None:
        """The server is killed: nobody is told anything."""
        for session in self.all():
            session.closed = True
            session.participants.clear()
            self._forget(session)
            self._world.nodes.session_closed(session)

    def get_or_create(self, session_id: str) -> Session:
        """The session that somebody joins without a token; ``Unfit`` if it cannot have that id."""
        if (session := self.get(session_id)) is not None:
            return session
        if CUSTOM_ID.fullmatch(session_id) is None:
            raise Unfit(f"{session_id!r} cannot be a session's id")
        return self.create(SessionProperties(custom_session_id=session_id))

    def _address(self, session_id: str, role: str) -> str:
        """What a client passes to openvidu-browser's ``Session.connect``."""
        world = self._world
        base = re.sub(r"^http", "ws", world.public_url)
        found = f"{base}?sessionId={session_id}&token={world.ids.token()}"
        if world.profile.bare_tokens:
            return found
        name, credential = world.ids.turn()
        host = re.sub(r"^\w+://|:\d+$", "", world.public_url)
        turn = f"&coturnIp={host}&turnUsername={name}&turnCredential={credential}"
        return f"{found}&role={role}&version={world.profile.version}{turn}"

    def activate(self, session: Session) -> None:
        """Somebody joins; ``Unfit`` if no media node takes it."""
        if not session.active:
            self._world.nodes.place(session)
        session.active = True
        self._announce(session)

    def _announce(self, session: Session) -> None:
        if not session.announced:
            session.announced = True
            self._world.events.session_created(session)

    def _forget(self, session: Session) -> None:
        session.tokens.clear()
        self._all.pop(session.id, None)
