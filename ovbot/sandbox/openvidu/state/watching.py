"""Who receives which stream, from the making of the endpoint to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.state import refusals
from ovbot.sandbox.openvidu.state.model import (
    Participant,
    Session,
    Stream,
    Subscription,
    Unfit,
)

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World


class Watching:
    """The subscriptions of one server.

    While one is negotiated it is half-made: REST lists it with neither time nor stream, and no
    event has told of it.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def subscribe(self, session: Session, receiver: Participant, wanted: str) -> None:
        """Somebody asks for a stream, by its id or its sender's; ``Unfit`` as the server says."""
        sender_id = wanted[wanted.find("_con_") + 1 :] if "_con_" in wanted else wanted
        profile, troubles = self._world.profile, self._world.troubles
        sender = session.participants.get(sender_id)
        if sender is None:
            raise refusals.nobody_to_watch(session.id, sender_id)
        if sender.stream is None:
            raise refusals.not_publishing(session.id, sender_id)
        if sender.stream.id in receiver.subscriptions:
            raise refusals.watches_already(profile, receiver.id, sender.id)
        if troubles.meet("sdp") or troubles.meet("create", "error"):
            raise refusals.not_negotiated(profile, receiver.id, sender.id)
        self.begin(session, receiver, sender)

    def unsubscribe(self, session: Session, receiver: Participant, sender_id: str) -> None:
        """Somebody stops watching and stays."""
        sender = session.participants.get(sender_id)
        if sender is None:
            raise refusals.nobody_watched(session.id, sender_id)
        stream = sender.stream
        if stream is None or (found := receiver.subscriptions.pop(stream.id, None)) is None:
            raise Unfit(f"{receiver.id} does not watch {sender_id}")
        self._ended(session, receiver, found, "unsubscribe")

    def begin(self, session: Session, receiver: Participant, sender: Participant) -> None:
        """Negotiate, for as long as the server takes now."""
        if (stream := sender.stream) is None:
            return
        subscription = Subscription(stream, sender.id, None)
        receiver.subscriptions[stream.id] = subscription
        if (seconds := self._world.pace.negotiating) > 0:
            self._world.clock.call_later(
                seconds, lambda: self._made(session, receiver, subscription)
            )
        else:
            self._made(session, receiver, subscription)

    def end_all_of(self, session: Session, stream: Stream, reason: str | None) -> None:
        """Everybody's subscription to a stream ends."""
        for receiver in session.participants.values():
            if (found := receiver.subscriptions.pop(stream.id, None)) is not None:
                self._ended(session, receiver, found, reason)

    def end_all_by(self, session: Session, receiver: Participant, reason: str | None) -> None:
        """Everything that somebody watches ends."""
        for subscription in receiver.subscriptions.values():
            self._ended(session, receiver, subscription, reason)
        receiver.subscriptions.clear()

    def _made(self, session: Session, receiver: Participant, what: Subscription) -> None:
        there = receiver.subscriptions.get(what.stream.id) is what
        # 2.32 tells even of what has ended meanwhile, and never tells its end.
        if there or self._world.profile.soft_failures:
            what.created_at = self._world.clock.millis()
            self._world.events.subscribed(session, receiver, what)

    def _ended(
        self, session: Session, receiver: Participant, what: Subscription, reason: str | None
    ) -> None:
        if what.created_at is not None:
            self._world.events.unsubscribed(session, receiver, what, reason)
