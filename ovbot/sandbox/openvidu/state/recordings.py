"""Recordings from start to deletion, and the timer that stops a recording of nobody.

Documentation: REST API, Recording object (status); Advanced features, Recording.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.clock import Timer
from ovbot.sandbox.openvidu.state import media
from ovbot.sandbox.openvidu.state.model import (
    Participant,
    Recording,
    RecordingProperties,
    Session,
    Stream,
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
        self.starting: dict[str, Recording] = {}
        self.started: dict[str, Recording] = {}
        self._of_session: dict[str, Recording] = {}
        self._autostops: dict[str, Timer] = {}

    def of_session(self, session_id: str) -> Recording | None:
        """The one that is starting or started."""
        return self._of_session.get(session_id)

    def has_recorder(self, session: Session) -> bool:
        """Whether the hidden participant RECORDER is in the session: composed, with video."""
        recording = self.of_session(session.id)
        return (
            recording is not None
            and recording.id in self.started
            and recording.properties.composed_video
        )

    async def start(self, session: Session, properties: RecordingProperties) -> Recording:
        """Record; ``StartFailed`` if the session ends before the file exists."""
        recording = self._begin(session, properties)
        await self._world.clock.sleep(self._world.config.start_seconds)
        if recording.id not in self.starting:
            raise StartFailed(f"Session {session.id} was closed while its recording was starting")
        self._begun(recording)
        return recording

    async def stop(self, recording: Recording) -> None:
        """What POST recordings/stop does; an empty session ends with its recording."""
        await self._world.clock.sleep(self._world.config.stop_seconds)
        if self.started.get(recording.id) is not recording:
            raise StoppedMeanwhile
        recording.session.recording_stopped_by_hand = True
        self._end(recording, STOPPED_BY_SERVER)
        self._close_if_empty(recording.session)

    def delete(self, recording: Recording) -> None:
        """Remove its files; its id is free again. ``Unfit`` while it is being recorded."""
        if recording.id in self.started or recording.id in self.starting:
            raise Unfit(f"recording {recording.id} is {recording.status}")
        del self.items[recording.id]

    def force(self, recording: Recording, status: str) -> None:
        """Make happen what a test wants to see: stopped, ready, failed, or a forgotten one.

        ``orphan`` leaves ``started`` on disk for ever, as a crashed server does (issue 433).
        """
        if status == "orphan" and recording.status == "started":
            self._release(recording)
            return
        order = ("starting", "started", "stopped", "ready")
        forward = status in order[2:] and recording.status in order[: order.index(status)]
        if not (forward or (status == "failed" and recording.status in order[:3])):
            raise Unfit(f"a recording that is {recording.status} cannot become {status}")
        if recording.id in self.starting:
            self._begun(recording)
        if recording.id in self.started:
            self._release(recording)
            self._set(recording, "stopped", STOPPED_BY_SERVER)
        if status != "stopped":
            self._conclude(recording, status, STOPPED_BY_SERVER)
        self._close_if_empty(recording.session)

    def stream_published(self, session: Session, sender: Participant, stream: Stream) -> None:
        """Somebody publishes: an ALWAYS session starts, a countdown ends."""
        self._abort_autostop(session)
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
        ):
            begun = self._begin(session, replace(properties.recording, name=""))
            if (delay := self._world.config.start_seconds) > 0:
                self._world.clock.call_later(delay, lambda: self._begun_later(begun))
            else:
                self._begun(begun)

    def begin_autostop(self, session: Session) -> None:
        """Count down to the end of a recording that has nothing to record."""
        if self.of_session(session.id) is None or session.id in self._autostops:
            return
        delay = self._world.settings.autostop
        timer = self._world.clock.call_later(delay, lambda: self._autostop(session))
        self._autostops[session.id] = timer

    def session_closed(self, session: Session, reason: str) -> None:
        """Stop what is being recorded; what was only starting disappears."""
        self._abort_autostop(session)
        recording = self.of_session(session.id)
        if recording is None:
            return
        if recording.id in self.starting:
            self._release(recording)
            del self.items[recording.id]
        else:
            self._end(recording, reason)

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
        self.items[recording_id] = self.starting[recording_id] = recording
        self._of_session[session.id] = recording
        return recording

    def _free_id(self, session_id: str) -> str:
        """The session's own id, or the lowest free number after it."""
        number, found = 0, session_id
        while found in self.items:
            number += 1
            found = f"{session_id}{self._world.profile.id_separator}{number}"
        return found

    def _include(self, recording: Recording, sender: Participant, stream: Stream) -> None:
        if sender.token.record:
            recording.streams.append((sender, stream))

    def _begun_later(self, recording: Recording) -> None:
        if self.starting.get(recording.id) is recording:
            self._begun(recording)

    def _begun(self, recording: Recording) -> None:
        self.started[recording.id] = self.starting.pop(recording.id)
        self._set(recording, "started")
        if not recording.session.publishers():
            self.begin_autostop(recording.session)

    def _end(self, recording: Recording, reason: str) -> None:
        """Stopped, then ready: at once on CE, after processing on Pro."""
        self._release(recording)
        self._set(recording, "stopped", reason)
        if self._world.config.edition == "ce":
            self._conclude(recording, "ready", reason)
            return

        def processed() -> None:
            if self.items.get(recording.id) is recording and recording.status == "stopped":
                self._conclude(recording, "ready", reason)

        self._world.clock.call_later(self._world.config.processing_seconds, processed)

    def _release(self, recording: Recording) -> None:
        self._abort_autostop(recording.session)
        self.starting.pop(recording.id, None)
        if self.started.pop(recording.id, None) is not None:
            # Elapsed, not the sample's own length: people compare it with the meeting.
            elapsed = (self._world.clock.millis() - recording.created_at) / 1000
            recording.length = max(elapsed, media.LENGTH)
        if self._of_session.get(recording.session.id) is recording:
            del self._of_session[recording.session.id]

    def _conclude(self, recording: Recording, status: str, reason: str) -> None:
        """Ready or failed: the address is known; only what is ready has content."""
        world = self._world
        name = media.file_name(recording)
        recording.url = f"{world.public_url}{world.profile.recordings}/{recording.id}/{name}"
        if status == "ready":
            recording.duration = recording.length
            recording.files = media.files(recording)
            recording.size = len(recording.files[name])
        self._set(recording, status, reason)

    def _set(self, recording: Recording, status: str, reason: str | None = None) -> None:
        recording.status = status
        self._world.events.recording_changed(recording, reason)

    def _abort_autostop(self, session: Session) -> None:
        if (timer := self._autostops.pop(session.id, None)) is not None:
            timer.cancel()

    def _autostop(self, session: Session) -> None:
        self._autostops.pop(session.id, None)
        reason = "automaticStop"
        if self._world.profile.modern and self._world.settings.autostop == 0:
            reason = "lastParticipantLeft"
        if not session.participants:
            self._world.sessions.close(session, reason)
        elif (recording := self.of_session(session.id)) is not None:
            if recording.id in self.starting:
                self._begun(recording)
            self._end(recording, reason)

    def _close_if_empty(self, session: Session) -> None:
        if session.active and not session.closed and not session.participants:
            self._world.sessions.close(session, STOPPED_BY_SERVER)
