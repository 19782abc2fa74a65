"""A session or a connection as this server's version describes it."""

from __future__ import annotations

from typing import Any

from ovbot.sandbox.openvidu.rest import modern_objects, objects
from ovbot.sandbox.openvidu.state.model import Participant, Session, Uncaught
from ovbot.sandbox.openvidu.state.world import World

Json = dict[str, Any]
_UNREADABLE = (
    'Cannot invoke "io.openvidu.server.kurento.endpoint.PublisherEndpoint.toJson()" because '
    '"this.publisher" is null'
)


def session(world: World, found: Session, *, stats: bool = False, pending: bool = False) -> Json:
    """The Session object; ``pending`` adds unused tokens from 2.16 on.

    ``Uncaught`` if it cannot be read, and with it no list of sessions can.
    """
    if found.unreadable:
        raise Uncaught(_UNREADABLE)
    recorded = world.recordings.records(found.id)
    if world.profile.modern:
        return modern_objects.session_object(
            world.profile, found, recorded=recorded, pending=pending, stats=stats
        )
    return objects.session_object(world.profile, found, recorded=recorded, stats=stats)


def connection(world: World, found: Session, participant: Participant) -> Json:
    """The Connection object."""
    if world.profile.modern:
        return modern_objects.connection_object(world.profile, found, participant)
    return objects.connection_object(world.profile, participant)
