"""Networks that are cut: people stay listed until the server notices, and may come back."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.clock import Timer
from ovbot.sandbox.openvidu.state.model import Participant, Session, Uncaught, Unfit

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

NOTICED_AFTER = {"reset": 10.0, "silence": 25.0}
"""Seconds that somebody stays listed: after a connection that broke, and after no word at all."""


class Network:
    """Those of whom the server does not know yet that they are gone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ghosts: dict[str, Timer] = {}

    def cut(self, session: Session, participant: Participant, how: str) -> None:
        """Their network goes; ``how`` is ``reset`` or ``silence``."""
        if participant.camera is not None:
            raise Unfit("an IP camera has no connection of its own")

        def notice() -> None:
            self._ghosts.pop(participant.id, None)
            if session.participants.get(participant.id) is participant:
                with suppress(Uncaught):  # nobody but the log would hear of it
                    self._world.people.leave(session, participant, "networkDisconnect")

        self.forget(participant)
        self._ghosts[participant.id] = self._world.clock.call_later(NOTICED_AFTER[how], notice)

    def back(self, session: Session, participant: Participant) -> None:
        """They reconnect in time: the same connection goes on, and no event tells of it.

        What was published meanwhile they watch now.
        """
        if not self.is_cut(participant):
            raise Unfit(f"the network of {participant.id} is not cut")
        self.forget(participant)
        for other in session.publishers():
            new = other.stream is not None and other.stream.id not in participant.subscriptions
            if participant.watches and new and other is not participant:
                self._world.watching.begin(session, participant, other)

    def is_cut(self, participant: Participant) -> bool:
        """Whether they are listed and not there."""
        return participant.id in self._ghosts

    def forget(self, participant: Participant) -> None:
        if (timer := self._ghosts.pop(participant.id, None)) is not None:
            timer.cancel()

    def reach(
        self, session: Session, whom: Iterable[str] | None = None, reason: str | None = None
    ) -> bool:
        """Something is said to these, or to everybody: from 2.31 on whom it misses is put out.

        Whether it missed anybody.
        """
        if not self._world.profile.evicts_ghosts or session.closed:
            return False
        missed = False
        for connection_id in list(session.participants if whom is None else whom):
            participant = session.participants.get(connection_id)
            if participant is not None and self.is_cut(participant):
                self.forget(participant)
                self._world.people.take_out(session, participant, reason)
                missed = True
        return missed
