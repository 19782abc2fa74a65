"""A very full server, for tests of clients that have to read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.state.model import Participant, Publishing, SessionProperties

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World


def populate(world: World, sessions: int, connections: int) -> list[str]:
    """Make this many sessions with this many people in each; returns the sessions' ids.

    Everybody publishes, and subscribes to the one who came before: with a subscription to
    everybody a session of twenty would weigh as much as twenty sessions. No event tells of it.
    """
    made = []
    with world.events.silenced():
        for _ in range(sessions):
            session = world.sessions.create(SessionProperties())
            for number in range(connections):
                world.people.join(
                    session.id,
                    client_data=f'{{"clientData":"Participant {number}"}}',
                    server_data=f'{{"user":"user-{number}"}}',
                    publish=Publishing(),
                )
            _thin_out(list(session.participants.values()))
            made.append(session.id)
    return made


def _thin_out(people: list[Participant]) -> None:
    """Leave everybody the subscription to the one before, and the first one none."""
    for before, participant in zip([None, *people], people, strict=False):
        kept = before.stream.id if before is not None and before.stream is not None else None
        participant.subscriptions = {
            each: what for each, what in participant.subscriptions.items() if each == kept
        }
