"""Recordings from start to deletion.

Documentation: REST API, Recording object (status); Advanced features, Recording.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.state import media, recorder
from ovbot.sandbox.openvidu.state.countdown import Countdowns
from ovbot.sandbox.openvidu.state.model import (
    Participant,
    Recording,
    RecordingProperties,
    Session,
    Stream,
    Uncaught,
    Unfit,
)

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

STOPPED_BY_SERVER = "recordingStoppedByServer"


class StartFailed(Exception):
    """The recording could not be started; the text is what the server answers."""


class StoppedMeanwhile(Exception):
    """The session ended while its recording was being stopped."""


class Recordings:
    """Every recording on the server's disk, and which session each one is of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.items: dict[str, Recording] = {}
        """On disk: a starting one has no file yet, so nothing lists it."""
        self.starting: dict[str, Recording] = {}
        self.started: dict[str, Recording] = {}
        """Those being stopped too, and for ever those whose stop broke."""
        self.phantoms: set[str] = set()
        """Sessions that count as recorded without a recording, after a recorder's error."""
        self._of_session: dict[str, Recording] = {}
        self._stopping: set[str] = set()
        self._countdowns = Countdowns(world)

    def of_session(self, session_id: str) -> Recording | None:
        """The one that is starting, started or being stopped."""
        return self._of_session.get(session_id)

    def on_node(self, node_id: str) -> list[Recording]:
        """Those that a media node is making, and that have begun."""
        running = (each for each in self._of_session.values() if each.status != "starting")
        return [each for each in running if each.node_id == node_id]

    def records(self, session_id: str) -> bool:
        """What the session's ``recording`` says, and what forbids another start."""
        return session_id in self._of_session or session_id in self.phantoms

    def find(self, recording_id: str) -> Recording | None:
        """On disk or on its way there."""
        return self.items.get(recording_id) or self.starting.get(recording_id)

    def has_recorder(self, session: Session) -> bool:
        """Whether the hidden participant RECORDER is in the session: composed, with video."""
        recording = self.of_session(session.id)
        return (
            recording is not None
            and recording.id in self.started
            and recording.properties.composed_video
        )

    async def start(self, session: Session, properties: RecordingProperties) -> Recording:
        """Record; ``StartFailed`` or ``Uncaught`` if that does not come about."""
        recording = self._begin(session, properties)
        await self._world.clock.sleep(self._world.pace.starting)
        if self.starting.get(recording.id) is not recording:
            raise StartFailed(f"Session {session.id} was closed while its recording was starting")
        if session.forsaken:
            self._drop_start(recording)
            raise StartFailed(f"Nobody was left in session {session.id}")
        if (failure := recorder.start_failure(self._world, recording)) is not None:
            self._fail_start(recording, failure)
            raise Uncaught(failure.text) if failure.uncaught else StartFailed(failure.text)
        self.begun(recording)
        return recording

    async def stop(self, recording: Recording) -> None:
        """What POST recordings/stop does; an empty session ends with its recording.

        ``stopped`` is said first, whatever comes of it. A second stop changes nothing.
        """
        session = recording.session
        session.recording_stopped_by_hand = True
        self.set_status(recording, "stopped", STOPPED_BY_SERVER)
        if recording.id in self._stopping or recording.broken:
            return
        self._stopping.add(recording.id)
        await self._world.clock.sleep(self._world.pace.stopping)
        self._stopping.discard(recording.id)
        if self.started.get(recording.id) is not recording:
            raise StoppedMeanwhile
        self._finish(recording, STOPPED_BY_SERVER)
        if session.closed:
            raise StoppedMeanwhile
        self.close_if_empty(session)

    def delete(self, recording: Recording) -> None:
        """Remove its files; its id is free again. ``Unfit`` while it is being recorded."""
        if recording.id in self.started or recording.id in self.starting:
            raise Unfit(f"recording {recording.id} is {recording.status}")
        recorder.read(recording)
        del self.items[recording.id]

    def stream_published(self, session: Session, sender: Participant, stream: Stream) -> None:
        """Somebody publishes: an ALWAYS session starts, a countdown ends."""
        self._countdowns.abort(session)
        recording = self.of_session(session.id)
        if recording is not None:
            self._include(recording, sender, stream)
            return
        properties = session.properties
        if (
            properties.recording_mode == "ALWAYS"
            and properties.media_mode == "ROUTED"
            and self._world.settings.recording
            and not session.recording_stopped_by_hand
            and len(session.publishers()) == 1
        ):
            self._start_unasked(session, replace(properties.recording, name=""))

    def begin_autostop(self, session: Session) -> None:
        """Count down to the end of a recording that has nothing to record."""
        if self.records(session.id):
            self._countdowns.begin(session)

    def forsaken_by_last(self, session: Session) -> bool:
        """Before 2.32 nothing ends a session whose last one left while Docker was starting."""
        recording = self.of_session(session.id)
        if recording is None or recording.id not in self.starting:
            return False
        session.forsaken = recording.properties.composed and not self._world.profile.soft_failures
        return session.forsaken

    def session_closed(self, session: Session, reason: str) -> None:
        """Stop what is being recorded; what was only starting never comes to be."""
        self._countdowns.abort(session)
        self.phantoms.discard(session.id)
        recording = self.of_session(session.id)
        if recording is None:
            return
        if recording.id in self.starting:
            self._drop_start(recording)
        else:
            self.end(recording, reason)

    def end(self, recording: Recording, reason: str) -> None:
        """Stop without being asked to; a report that is not there is only logged."""
        self.set_status(recording, "stopped", reason)
        if recording.id in self._stopping or recording.broken:
            return
        try:
            self._finish(recording, reason)
        except Uncaught:
            if not recording.broken:
                raise

    def begun(self, recording: Recording) -> None:
        """It records from now on."""
        self.items[recording.id] = self.started[recording.id] = self.starting.pop(recording.id)
        self.set_status(recording, "started")
        if not recording.session.publishers():
            self.begin_autostop(recording.session)

    def release(self, recording: Recording) -> None:
        """Its session is free for another one."""
        self._countdowns.abort(recording.session)
        self.starting.pop(recording.id, None)
        if self.started.pop(recording.id, None) is not None:
            # Elapsed, not the sample's own length: people compare it with the meeting.
            elapsed = (self._world.clock.millis() - recording.created_at) / 1000
            recording.length = max(elapsed, media.LENGTH)
        if self._of_session.get(recording.session.id) is recording:
            del self._of_session[recording.session.id]

    def conclude(self, recording: Recording, status: str, reason: str, fault: str = "") -> None:
        """Ready or failed: the address is known; only what is ready has content."""
        world = self._world
        name = media.file_name(recording)
        recording.url = f"{world.public_url}{world.profile.recordings}/{recording.id}/{name}"
        if status == "ready":
            recording.duration = 0.0 if fault else recording.length
            recording.files = media.files(recording)
            if fault == recorder.EMPTY:
                recording.files[name] = b""
            recording.size = len(recording.files[name])
            if world.profile.measures_frames:
                recording.properties = replace(recording.properties, frame_rate=media.FRAMES)
        self.set_status(recording, status, reason)

    def set_status(self, recording: Recording, status: str, reason: str | None = None) -> None:
        recording.status = status
        self._world.events.recording_changed(recording, reason)

    def let_go(self) -> None:
        """The server was killed: what is on disk stays as it says, and nothing is recorded."""
        self.starting.clear()
        self.started.clear()
        self.phantoms.clear()
        self._of_session.clear()
        self._stopping.clear()

    def close_if_empty(self, session: Session) -> None:
        if session.active and not session.closed and not session.participants:
            self._world.sessions.close(session, STOPPED_BY_SERVER)

    def _begin(self, session: Session, properties: RecordingProperties) -> Recording:
        recording_id = self._free_id(session.id)
        recording = Recording(
            id=recording_id,
            session=session,
            created_at=self._world.clock.millis(),
            properties=replace(properties, name=properties.name or recording_id),
            node_id=properties.media_node or session.node_id,
        )
        for sender in session.publishers():
            if sender.stream is not None:
                self._include(recording, sender, sender.stream)
        self.starting[recording_id] = self._of_session[session.id] = recording
        return recording

    def _start_unasked(self, session: Session, properties: RecordingProperties) -> None:
        """In a thread of its own, whose failure is only logged."""
        recording = self._begin(session, properties)
        if self._world.profile.unique_ids and properties.composed_video and not recording.node_id:
            recording.node_id, recording.node_unsaved = self._world.media_server_id, True

        def later() -> None:
            if self.starting.get(recording.id) is not recording:
                return
            if (failure := recorder.start_failure(self._world, recording)) is not None:
                self._fail_start(recording, failure)
            else:
                self.begun(recording)

        if (delay := self._world.pace.starting) > 0:
            self._world.clock.call_later(delay, later)
        else:
            later()

    def _free_id(self, session_id: str) -> str:
        """The session's own id, or the lowest free number after it."""
        number, found = 0, session_id
        while found in self.items or found in self.starting:
            number += 1
            found = f"{session_id}{self._world.profile.id_separator}{number}"
        return found

    def _include(self, recording: Recording, sender: Participant, stream: Stream) -> None:
        if sender.token.record:
            recording.streams.append((sender, stream))

    def _fail_start(self, recording: Recording, failure: recorder.Failure) -> None:
        self.release(recording)
        recording.status = "failed"
        if failure.listed:
            self.items[recording.id] = recording
        if failure.holds:
            self.phantoms.add(recording.session.id)
        if self._world.profile.soft_failures:
            self._world.events.recording_changed(recording)

    def _drop_start(self, recording: Recording) -> None:
        """The session went while its recording was starting."""
        self.release(recording)
        if self._world.profile.soft_failures:
            self.set_status(recording, "stopped", "sessionClosedByServer")
            recording.status = "failed"
            self._world.clock.call_later(0, lambda: self._world.events.recording_changed(recording))

    def _finish(self, recording: Recording, reason: str) -> None:
        """Ready or failed: at once on CE, after processing on Pro. ``Uncaught`` if it breaks."""
        status, fault = recorder.outcome(self._world, recording)
        self.release(recording)
        if self._world.config.edition == "ce":
            self.conclude(recording, status, reason, fault)
            return

        def processed() -> None:
            if self.items.get(recording.id) is recording and recording.status == "stopped":
                self.conclude(recording, status, reason, fault)

        self._world.clock.call_later(self._world.config.processing_seconds, processed)
