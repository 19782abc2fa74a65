"""Sessions from POST to their end, and the people and cameras in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ovbot.sandbox.openvidu.clock import Timer
from ovbot.sandbox.openvidu.state.events import final_reason
from ovbot.sandbox.openvidu.state.model import (
    Camera,
    Participant,
    Session,
    SessionProperties,
    Stream,
    Subscription,
    Token,
    Unfit,
)

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]+")
ROLES = ("SUBSCRIBER", "PUBLISHER", "MODERATOR")
VIDEO = {"camera": "CAMERA", "screen": "SCREEN"}
PLATFORM = "Chrome 85.0.4183.121 on Linux 64-bit"


class BadToken(Exception):
    """The token was used before, or belongs to another session, or never existed."""


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

    def join(
        self,
        session_id: str,
        *,
        client_data: str = "",
        server_data: str = "",
        role: str = "PUBLISHER",
        publish: str | None = None,
        platform: str = PLATFORM,
        token: str | None = None,
    ) -> Participant:
        """A client connects, subscribes to everything, and perhaps publishes.

        With ``token`` that token decides role and server data and is used up (``BadToken``
        otherwise); without one the session is created if need be and a token made on the fly.
        """
        session, permission = None, None
        if token is not None:
            session, permission = self._find_token(session_id, token)
        if publish is not None:
            self._check_publishing(publish, permission.role if permission else role)
        if session is None:
            session = self._get_or_create(session_id)
        self._activate(session)  # or refuse, before anything is used up
        if permission is None:
            permission = self.new_token(session, role=role, data=server_data)
        del session.tokens[permission.connection_id]
        participant = Participant(
            id=permission.connection_id,
            joined_at=self._world.clock.millis(),
            token=permission,
            platform=platform,
            client_data=client_data,
            server_data=permission.data,
        )
        self._enter(session, participant)
        for publisher in session.publishers():
            self._subscribe(session, participant, publisher)
        if publish is not None:
            self.publish(session, participant, publish)
        return participant

    def add_camera(
        self, session: Session, camera: Camera, *, data: str, record: bool = True
    ) -> Participant:
        """An IP camera joins and publishes; it activates a session like a person does."""
        world = self._world
        self._activate(session)
        now = world.clock.millis()
        camera_id = world.ids.camera(camera.rtsp_uri)
        participant = Participant(
            id=camera_id,
            joined_at=now,
            token=Token(None, camera_id, now, data=data, record=record),
            platform="IPCAM",
            client_data="",
            server_data=data,
            camera=camera,
        )
        self._enter(session, participant)
        self._send(session, participant, "IPCAM")
        return participant

    def publish(self, session: Session, participant: Participant, kind: str) -> Stream:
        """``camera`` or ``screen``; each connection publishes one stream at most."""
        self._check_publishing(kind, participant.token.role)
        if participant.stream is not None:
            raise Unfit(f"{participant.id} is publishing already")
        return self._send(session, participant, VIDEO[kind])

    def unpublish(self, session: Session, participant: Participant, reason: str) -> None:
        """The stream ends, then everybody's subscription to it."""
        stream = participant.stream
        if stream is None:
            raise Unfit(f"{participant.id} is not publishing")
        participant.stream = None
        self._world.events.unpublished(session, participant, stream, reason)
        self._end_subscriptions_to(session, stream, reason)
        self._watch_silence(session)

    def leave(self, session: Session, participant: Participant, reason: str) -> None:
        """Somebody goes; the session goes with the last one, unless it is being recorded."""
        events = self._world.events
        if (stream := participant.stream) is not None:
            self._end_subscriptions_to(session, stream, reason)
        for subscription in participant.subscriptions.values():
            events.unsubscribed(session, participant, subscription, reason)
        participant.subscriptions.clear()
        if stream is not None:
            participant.stream = None
            events.unpublished(session, participant, stream, reason)
        del session.participants[participant.id]
        events.participant_left(session, participant, reason)
        if session.closed:
            return
        if session.participants or self._world.recordings.of_session(session.id) is not None:
            self._watch_silence(session)
        else:
            self.close(session, reason)

    def close(self, session: Session, reason: str) -> None:
        """Everybody leaves, the recording stops, the session is gone."""
        session.closed = True
        for participant in list(session.participants.values()):
            self.leave(session, participant, reason)
        self._world.recordings.session_closed(session, final_reason(reason))
        self._forget(session)
        if session.announced:
            self._world.events.session_destroyed(session, final_reason(reason))
        self._world.nodes.session_closed(session)

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

    def _check_publishing(self, kind: str, role: str) -> None:
        if kind not in VIDEO:
            raise Unfit(f"publish must be one of {', '.join(VIDEO)}, not {kind!r}")
        if role == "SUBSCRIBER":
            raise Unfit("a participant with role SUBSCRIBER may not publish")

    def _get_or_create(self, session_id: str) -> Session:
        if (session := self.get(session_id)) is not None:
            return session
        if CUSTOM_ID.fullmatch(session_id) is None:
            raise Unfit(f"{session_id!r} cannot be a session's id")
        return self.create(SessionProperties(custom_session_id=session_id))

    def _find_token(self, session_id: str, value: str) -> tuple[Session, Token]:
        session = self.get(session_id)
        tokens = session.tokens.values() if session is not None else ()
        for token in tokens:
            if session is not None and token.value == value:
                return session, token
        raise BadToken(f'Unable to join session {session_id}. Token "{value}" is not valid')

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

    def _activate(self, session: Session) -> None:
        if not session.active:
            self._world.nodes.place(session)
        session.active = True
        self._announce(session)

    def _announce(self, session: Session) -> None:
        if not session.announced:
            session.announced = True
            self._world.events.session_created(session)

    def _enter(self, session: Session, participant: Participant) -> None:
        session.participants[participant.id] = participant
        self._world.events.participant_joined(session, participant)

    def _send(self, session: Session, participant: Participant, kind: str) -> Stream:
        world = self._world
        camera = participant.camera
        stream = Stream(
            id=world.ids.stream(kind, participant.id),
            created_at=world.clock.millis(),
            kind=kind,
            frame_rate=None if camera else 30,
            dimensions=None if camera else '{"width":640,"height":480}',
            camera=camera,
        )
        participant.stream = stream
        world.events.published(session, participant, stream)
        for other in session.participants.values():
            if other is not participant and other.camera is None:
                self._subscribe(session, other, participant)
        world.recordings.stream_published(session, participant, stream)
        return stream

    def _subscribe(self, session: Session, receiver: Participant, sender: Participant) -> None:
        if (stream := sender.stream) is None:
            return
        subscription = Subscription(stream, sender.id, self._world.clock.millis())
        receiver.subscriptions[stream.id] = subscription
        self._world.events.subscribed(session, receiver, subscription)

    def _end_subscriptions_to(self, session: Session, stream: Stream, reason: str) -> None:
        for receiver in session.participants.values():
            if (subscription := receiver.subscriptions.pop(stream.id, None)) is not None:
                self._world.events.unsubscribed(session, receiver, subscription, reason)

    def _watch_silence(self, session: Session) -> None:
        """A recording of nobody stops by itself after a while."""
        if not session.publishers():
            self._world.recordings.begin_autostop(session)

    def _forget(self, session: Session) -> None:
        session.tokens.clear()
        self._all.pop(session.id, None)
