"""The events a server tells its webhook, keys in the server's order, ``event`` last.

Documentation: OpenVidu CDR and OpenVidu Webhook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ovbot.sandbox.openvidu.clock import Clock
from ovbot.sandbox.openvidu.profile import Profile
from ovbot.sandbox.openvidu.state.model import (
    Broadcast,
    Participant,
    Recording,
    Session,
    Stream,
    Subscription,
)
from ovbot.sandbox.openvidu.state.troubles import Troubles

Json = dict[str, Any]
Late = Callable[[], Json]
Sink = Callable[[Json, Late | None], None]
"""Takes an event, and what of it is known only when it is sent."""

STEP_BACK = 120
"""Milliseconds that an event's timestamp may lie before its predecessor's."""
_INEXACT = "lastParticipantLeft"
# Why a participant left is not why its session ended: then the last one has left.
_LAST_LEFT = ("disconnect", "forceDisconnectByUser", "forceDisconnectByServer", "networkDisconnect")


def final_reason(reason: str | None) -> str:
    """The reason of a session's or a recording's end, from the one that caused it."""
    return _INEXACT if reason is None or reason in _LAST_LEFT else reason


class Events:
    """Makes each event's payload and hands it to the sink, in the order things happen."""

    def __init__(self, profile: Profile, clock: Clock, troubles: Troubles, sink: Sink) -> None:
        self._profile = profile
        self._clock = clock
        self._troubles = troubles
        self._sink = sink
        self._silent = False

    @contextmanager
    def silenced(self) -> Iterator[None]:
        """Nobody hears of what happens inside."""
        self._silent = True
        try:
            yield
        finally:
            self._silent = False

    def session_created(self, session: Session) -> None:
        self._send("sessionCreated", self._head(session, session.created_at))

    def session_destroyed(self, session: Session, reason: str) -> None:
        reason = _INEXACT if self._profile.compatible else reason
        self._send("sessionDestroyed", self._ended(session, session.created_at, reason))

    def participant_joined(self, session: Session, participant: Participant) -> None:
        head = self._head(session, participant.joined_at)
        self._send("participantJoined", head | self._who(participant))

    def participant_left(
        self, session: Session, participant: Participant, reason: str | None
    ) -> None:
        if self._troubles.meet("left") is not None:
            return
        head = self._ended(session, participant.joined_at, reason)
        self._send("participantLeft", head | self._who(participant))

    def published(self, session: Session, sender: Participant, stream: Stream) -> None:
        head = self._head(session, stream.created_at)
        self._send("webrtcConnectionCreated", head | self._media(sender, stream, None))

    def unpublished(
        self, session: Session, sender: Participant, stream: Stream, reason: str | None
    ) -> None:
        head = self._ended(session, stream.created_at, reason)
        self._send("webrtcConnectionDestroyed", head | self._media(sender, stream, None))

    def subscribed(self, session: Session, receiver: Participant, what: Subscription) -> None:
        if self._profile.compatible:
            return
        head = self._head(session, what.created_at or self._clock.millis())
        body = self._media(receiver, what.stream, what.sender)
        self._send("webrtcConnectionCreated", head | body)

    def unsubscribed(
        self, session: Session, receiver: Participant, what: Subscription, reason: str | None
    ) -> None:
        if self._profile.compatible:
            return
        head = self._ended(session, what.created_at or self._clock.millis(), reason)
        body = self._media(receiver, what.stream, what.sender)
        self._send("webrtcConnectionDestroyed", head | body)

    def recording_changed(self, recording: Recording, reason: str | None = None) -> None:
        started = recording.status == "started"
        when = recording.created_at if started else self._clock.millis()
        head = self._head(recording.session, when)
        head |= {"startTime": recording.created_at, "duration": recording.duration}
        if reason is not None and not started:
            head["reason"] = reason
        properties = recording.properties
        head |= {
            "id": recording.id,
            "name": properties.name,
            "outputMode": properties.output_mode,
        }
        if properties.composed_video:
            head["resolution"] = properties.resolution
            if self._profile.modern:
                head["frameRate"] = properties.frame_rate
            head["recordingLayout"] = properties.layout
            if properties.layout == "CUSTOM" and properties.custom_layout:
                head["customLayout"] = properties.custom_layout
        if self._profile.unique_ids and recording.node_id is not None:
            head["media_node_id"] = recording.node_id
        head |= {
            "hasAudio": properties.has_audio,
            "hasVideo": properties.has_video,
            "size": recording.size,
            "status": recording.status,
        }

        # The body is made of the recording as it is when the event's turn has come.
        def late() -> Json:
            return {"size": recording.size, "duration": recording.duration}

        self._send("recordingStatusChanged", head, late)

    def broadcast_started(self, session: Session, broadcast: Broadcast) -> None:
        """Pro since 2.26. What else it tells is not documented; the address is to be expected."""
        head = self._head(session, broadcast.created_at)
        self._send("broadcastStarted", head | {"broadcastUrl": broadcast.url})

    def broadcast_stopped(self, session: Session, broadcast: Broadcast, reason: str | None) -> None:
        head = self._ended(session, broadcast.created_at, reason)
        self._send("broadcastStopped", head | {"broadcastUrl": broadcast.url})

    def signal_sent(
        self,
        session: Session,
        to: list[str],
        type_: str | None,
        data: str | None,
        sender: str | None = None,
    ) -> None:
        """2.17+; ``from`` is null where the server itself spoke, the rest what was not given."""
        if not self._profile.unique_ids:
            return
        head = self._head(session, self._clock.millis())
        body = {"from": sender, "to": to, "type": type_, "data": data}
        self._send("signalSent", head | body)

    def cluster(self, event: str, body: Json) -> None:
        """An event of Pro's cluster; these have no sessionId."""
        self._send(event, body)

    def _send(self, event: str, body: Json, late: Late | None = None) -> None:
        if self._silent:
            return
        if self._troubles.meet("time") is not None:
            body = body | {"timestamp": body["timestamp"] - STEP_BACK}
        self._sink(body | {"event": event}, late)

    def _head(self, session: Session, timestamp: int) -> Json:
        found: Json = {"sessionId": session.id}
        if self._profile.unique_ids:
            found["uniqueSessionId"] = session.unique_id
        return found | {"timestamp": timestamp}

    def _ended(self, session: Session, began: int, reason: str | None) -> Json:
        now = self._clock.millis()
        if self._profile.compatible:  # OpenVidu 3 does not know why
            reason = reason if reason == _INEXACT else "disconnect"
        ended: Json = {"startTime": began, "duration": (now - began) // 1000}
        if reason is not None:
            ended["reason"] = reason
        return self._head(session, now) | ended

    def _who(self, participant: Participant) -> Json:
        found: Json = {"participantId": participant.id}
        if self._profile.unique_ids:
            found["connectionId"] = participant.id
        found["location"] = "unknown"
        if self._profile.ips:
            found["ip"] = participant.ip
        return found | {
            "platform": participant.platform,
            "clientData": participant.client_data,
            "serverData": participant.server_data,
        }

    def _media(self, owner: Participant, stream: Stream, sender: str | None) -> Json:
        found: Json = {"streamId": stream.id, "participantId": owner.id}
        if self._profile.unique_ids:
            found["connectionId"] = owner.id
        if sender is None:
            found["connection"] = "OUTBOUND"
            if (camera := stream.camera) is not None:
                found["rtspUri"] = camera.rtsp_uri
                found["adaptativeBitrate"] = camera.adaptative_bitrate
                found["onlyPlayWithSubscribers"] = camera.only_play_with_subscribers
                if self._profile.network_cache:
                    found["networkCache"] = camera.network_cache
        else:
            found |= {"connection": "INBOUND", "receivingFrom": sender}
        how = stream.how
        if how.has_video:
            found["videoSource"] = how.kind
            found["videoFramerate"] = how.frame_rate
            found["videoDimensions"] = how.dimensions
        return found | {"audioEnabled": how.has_audio, "videoEnabled": how.has_video}
