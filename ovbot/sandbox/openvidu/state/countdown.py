"""The timer that stops a recording of nobody.

Documentation: OpenVidu configuration, OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.clock import Timer
from ovbot.sandbox.openvidu.state.model import Session, Uncaught

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World


class Countdowns:
    """The sessions in which nothing is left to record, and the timer of each."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._timers: dict[str, Timer] = {}

    def begin(self, session: Session) -> None:
        """Count down, unless that is going on already."""
        if session.id in self._timers or session.forsaken:
            return
        delay = self._world.settings.autostop
        timer = self._world.clock.call_later(delay, lambda: self._expire(session))
        self._timers[session.id] = timer

    def abort(self, session: Session) -> None:
        """Somebody publishes again, or the recording has ended otherwise."""
        if (timer := self._timers.pop(session.id, None)) is not None:
            timer.cancel()

    def _expire(self, session: Session) -> None:
        self._timers.pop(session.id, None)
        with suppress(Uncaught):  # nobody but the log would hear of it
            self._end(session)

    def _end(self, session: Session) -> None:
        """The session ends if nobody is in it, else only its recording."""
        world = self._world
        reason = "automaticStop"
        if world.profile.modern and world.settings.autostop == 0:
            reason = "lastParticipantLeft"
        if not session.participants:
            world.sessions.close(session, reason)
        elif (recording := world.recordings.of_session(session.id)) is not None:
            if recording.id in world.recordings.starting:
                world.recordings.begun(recording)
            world.recordings.end(recording, reason)
