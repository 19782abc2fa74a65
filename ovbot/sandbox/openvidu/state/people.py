"""People and cameras in sessions: they join, publish, watch, and leave."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ovbot.sandbox.openvidu.state import closing, recorder, refusals
from ovbot.sandbox.openvidu.state.model import (
    Camera,
    Participant,
    Publishing,
    Session,
    Stream,
    Token,
    Unfit,
)

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

ROLES = ("SUBSCRIBER", "PUBLISHER", "MODERATOR")
VIDEO = {"camera": "CAMERA", "screen": "SCREEN", "custom": "CUSTOM"}
PLATFORM = "Chrome 85.0.4183.121 on Linux 64-bit"


class People:
    """What the clients in all sessions of one server do."""

    def __init__(self, world: World) -> None:
        self._world = world

    def join(
        self,
        session_id: str,
        *,
        client_data: str = "",
        server_data: str = "",
        role: str = "PUBLISHER",
        publish: Publishing | None = None,
        watch: bool = True,
        platform: str = PLATFORM,
        token: str | None = None,
    ) -> Participant:
        """A client connects, subscribes to everything unless told not to, and perhaps publishes.

        With ``token`` that token decides role and server data and is used up (``BadToken``
        otherwise); without one the session is created if need be and a token made on the fly.
        """
        sessions = self._world.sessions
        session, permission = None, None
        if token is not None:
            session, permission = self._find_token(session_id, token)
        if publish is not None:
            check_publishing(permission.role if permission else role)
        if session is None:
            session = sessions.get_or_create(session_id)
        sessions.activate(session)  # or refuse, before anything is used up
        if permission is None:
            permission = sessions.new_token(session, role=role, data=server_data)
        del session.tokens[permission.connection_id]
        participant = Participant(
            id=permission.connection_id,
            joined_at=self._world.clock.millis(),
            token=permission,
            platform=platform,
            client_data=client_data,
            server_data=permission.data,
            watches=watch,
        )
        self._enter(session, participant)
        if watch:
            for publisher in session.publishers():
                self._world.watching.begin(session, participant, publisher)
        if publish is not None:
            self.publish(session, participant, publish)
        return participant

    def add_camera(
        self, session: Session, camera: Camera, *, data: str, record: bool = True
    ) -> Participant:
        """An IP camera joins and publishes; it activates a session like a person does."""
        world = self._world
        world.sessions.activate(session)
        now = world.clock.millis()
        camera_id = world.ids.camera(camera.rtsp_uri)
        participant = Participant(
            id=camera_id,
            joined_at=now,
            token=Token(None, camera_id, now, data=data, record=record),
            platform="IPCAM",
            client_data="",
            server_data=data,
            ip=_address(camera),
            camera=camera,
        )
        self._enter(session, participant)
        if world.troubles.meet("sdp") or world.troubles.meet("create", "error"):
            raise refusals.no_endpoint()  # and it stays, without a stream
        self._send(session, participant, Publishing("IPCAM", frame_rate=None, dimensions=None))
        return participant

    def publish(self, session: Session, participant: Participant, how: Publishing) -> None:
        """Somebody starts to publish, and does once that is negotiated.

        Each connection has one stream at most.
        """
        check_publishing(participant.token.role)
        world = self._world
        if participant.stream is not None:
            if session.media_gone and world.profile.socket == "2.15":
                raise refusals.endpoint_gone(world.ids.token()[-8:])
            raise refusals.publishes_already(session.id, participant.id)
        recording = world.recordings.of_session(session.id)
        if recording and (problem := recorder.publishing_flaw(world, recording)):
            raise problem
        if world.troubles.meet("sdp") or world.troubles.meet("create", "error"):
            raise refusals.no_endpoint()
        world.troubles.meet("create", "nothing")  # it looks like any other
        if (seconds := world.pace.publishing) <= 0:
            self._send(session, participant, how)
            return

        def negotiated() -> None:
            if session.participants.get(participant.id) is participant:
                self._send(session, participant, how)

        participant.publishing_until = world.clock.now() + seconds
        world.clock.call_later(seconds, negotiated)

    def unpublish(self, session: Session, participant: Participant, reason: str) -> None:
        """The stream ends, then everybody's subscription to it.

        That alone does not begin a countdown: only somebody's leaving does.
        """
        stream = participant.stream
        if stream is None:
            raise refusals.not_publishing(session.id, participant.id)
        if (problem := closing.obstacle(self._world, session)) is not None:
            raise problem
        participant.stream = None
        self._world.events.unpublished(session, participant, stream, reason)
        self._world.watching.end_all_of(session, stream, reason)

    def signal(
        self,
        session: Session,
        type_: str | None,
        data: str | None,
        *,
        to: list[str] | None = None,
        sender: str | None = None,
    ) -> None:
        """Somebody, or the server, says something to these connections, or to everybody."""
        heard = to or list(session.participants)
        self._world.events.signal_sent(session, heard, type_, data, sender=sender)
        if self._world.network.reach(session, heard):
            self._settle(session, None)

    def leave(self, session: Session, participant: Participant, reason: str | None) -> None:
        """Somebody goes; the session goes with the last one, unless it is being recorded.

        ``Uncaught`` if their stream cannot be ended: they are gone all the same.
        """
        problem = closing.obstacle(self._world, session)
        if problem is not None and participant.stream is not None:
            closing.break_off(self._world, session, participant, reason)
            raise problem
        self.take_out(session, participant, reason)
        self._settle(session, reason)

    def _settle(self, session: Session, reason: str | None) -> None:
        """What becomes of a session that people have left."""
        if session.closed:
            return
        recordings = self._world.recordings
        if not session.participants and recordings.forsaken_by_last(session):
            return
        if session.participants or recordings.records(session.id):
            if not session.publishers():
                recordings.begin_autostop(session)
        elif not session.forsaken:
            self._world.sessions.close(session, reason)

    def take_out(self, session: Session, participant: Participant, reason: str | None) -> None:
        """Everything of theirs ends and they are gone; the session goes on."""
        stream = participant.stream
        self.end_watching(session, participant, reason)
        if stream is not None:
            participant.stream = None
            self._world.events.unpublished(session, participant, stream, reason)
        del session.participants[participant.id]
        self._world.network.reach(session, reason=reason)
        self._world.events.participant_left(session, participant, reason)

    def end_watching(self, session: Session, participant: Participant, reason: str | None) -> None:
        """Nobody watches them any more, and they watch nobody."""
        if (stream := participant.stream) is not None:
            self._world.watching.end_all_of(session, stream, reason)
        self._world.watching.end_all_by(session, participant, reason)

    def _find_token(self, session_id: str, value: str) -> tuple[Session, Token]:
        session = self._world.sessions.get(session_id)
        if session is None:
            raise refusals.no_session(session_id)
        for token in session.tokens.values():
            if token.value == value:
                return session, token
        raise refusals.bad_token(self._world.profile, session_id, value)

    def _enter(self, session: Session, participant: Participant) -> None:
        session.participants[participant.id] = participant
        session.forsaken = False  # it ends with its last one again
        self._world.network.reach(session)
        self._world.events.participant_joined(session, participant)

    def _send(self, session: Session, participant: Participant, how: Publishing) -> None:
        world = self._world
        kind = how.kind if how.has_video else "MICROPHONE"
        stream = Stream(
            id=world.ids.stream(kind if how.kind != "IPCAM" else how.kind, participant.id),
            created_at=world.clock.millis(),
            how=how,
            camera=participant.camera,
        )
        participant.stream = stream
        world.events.published(session, participant, stream)
        world.recordings.stream_published(session, participant, stream)
        for other in list(session.participants.values()):
            if other is not participant and other.watches and not world.network.is_cut(other):
                world.watching.begin(session, other, participant)


def _address(camera: Camera) -> str | None:
    """A camera's, where its URI says so: nothing looks up names here."""
    host = urlsplit(camera.rtsp_uri).hostname or "localhost"  # as Java looks it up
    try:
        return str(ip_address("127.0.0.1" if host == "localhost" else host))
    except ValueError:
        return None


def publishing(kind: str) -> Publishing:
    """``camera``, ``screen`` or ``custom``, as most people publish it."""
    if kind not in VIDEO:
        raise Unfit(f"publish must be one of {', '.join(VIDEO)}, not {kind!r}")
    return Publishing(VIDEO[kind])


def check_publishing(role: str) -> None:
    """``Unfit`` if somebody of this role may not publish."""
    if role == "SUBSCRIBER":
        raise Unfit(refusals.MAY_NOT_PUBLISH)
