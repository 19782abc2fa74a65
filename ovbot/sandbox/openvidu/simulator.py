"""A simulated OpenVidu deployment, in process."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass

import httpx

from ovbot.sandbox.openvidu.app import App
from ovbot.sandbox.openvidu.clock import Clock
from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.faults import Faults
from ovbot.sandbox.openvidu.profile import PROFILES
from ovbot.sandbox.openvidu.rest.api import Api
from ovbot.sandbox.openvidu.state.model import (
    Participant,
    RecordingProperties,
    Session,
    SessionProperties,
    Unfit,
)
from ovbot.sandbox.openvidu.state.people import PLATFORM, publishing
from ovbot.sandbox.openvidu.state.world import World
from ovbot.sandbox.openvidu.webhooks import Webhooks


@dataclass(frozen=True)
class Joined:
    """Who came in: the connection, and the stream if they publish."""

    connection_id: str
    stream_id: str | None


class Simulator:
    """One deployment: its world, its API, its webhook worker, its control surface.

    ``app`` is an ASGI application. ``start`` begins sending webhooks and letting time do its
    work; without it the API answers all the same. The methods below act like people and like an
    application server would, for demos and stories; each raises ``Unfit`` with a sentence if the
    server's state does not allow it.
    """

    def __init__(
        self,
        config: SimulatorConfig | None = None,
        *,
        webhook_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.config = config or SimulatorConfig()
        self.clock = Clock(self.config.time_source)
        self.faults = Faults()
        self.api = Api(self.config)
        self.webhooks = Webhooks(
            PROFILES[self.config.profile],
            self.clock,
            lambda: self.world.settings,
            webhook_transport,
        )
        self.world = World(self.config, self.clock, self.webhooks.put)
        self.app = App(self)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def public_url(self) -> str:
        return self.world.public_url

    async def start(self) -> None:
        """Start the webhook worker and the timers."""
        self._tasks = [
            asyncio.create_task(self.clock.run(), name="openvidu-simulator-clock"),
            asyncio.create_task(self.webhooks.run(), name="openvidu-simulator-webhooks"),
        ]

    async def stop(self) -> None:
        """Stop them; what was queued is lost, as with OpenVidu."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    async def idle(self) -> None:
        """Wait until every webhook has been sent; needs ``start``."""
        await self.webhooks.idle()

    def reset(self) -> None:
        """Forget everything but the configuration and the time."""
        self.clock.clear()
        self.faults.clear()
        self.webhooks.forget()
        self.app.requests.clear()
        self.world = World(self.config, self.clock, self.webhooks.put)

    def create_session(
        self, session_id: str = "", *, recording_mode: str = "MANUAL", output_mode: str = "COMPOSED"
    ) -> str:
        """Initialize a session like POST /sessions; returns its id."""
        resolution = self.world.profile.default_resolution
        recording = RecordingProperties(output_mode=output_mode, resolution=resolution)
        properties = SessionProperties(
            custom_session_id=session_id, recording_mode=recording_mode, recording=recording
        )
        return self.world.sessions.create(properties).id

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
    ) -> Joined:
        """Somebody connects; an unknown session is created. ``publish``: camera or screen."""
        participant = self.world.people.join(
            session_id,
            client_data=client_data,
            server_data=server_data,
            role=role,
            publish=None if publish is None else publishing(publish),
            platform=platform,
            token=token,
        )
        return _joined(participant)

    def leave(self, session_id: str, connection_id: str, *, reason: str = "disconnect") -> None:
        """Somebody goes."""
        session, participant = self._find(session_id, connection_id)
        self.world.people.leave(session, participant, reason)

    def publish(self, session_id: str, connection_id: str, *, publish: str = "camera") -> Joined:
        """Somebody starts to publish."""
        session, participant = self._find(session_id, connection_id)
        self.world.people.publish(session, participant, publishing(publish))
        return _joined(participant)

    def unpublish(self, session_id: str, connection_id: str) -> None:
        """Somebody stops publishing and stays."""
        session, participant = self._find(session_id, connection_id)
        self.world.people.unpublish(session, participant, "unpublish")

    async def start_recording(self, session_id: str, *, name: str = "") -> str:
        """Record like POST /recordings/start; returns the recording's id."""
        session = self._session(session_id)
        if not session.participants or self.world.recordings.records(session_id):
            raise Unfit(f"session {session_id} is empty or is being recorded already")
        resolution = self.world.profile.default_resolution
        properties = RecordingProperties(name=name, resolution=resolution)
        return (await self.world.recordings.start(session, properties)).id

    async def stop_recording(self, recording_id: str) -> None:
        """Stop like POST /recordings/stop."""
        recording = self.world.recordings.started.get(recording_id)
        if recording is None:
            raise Unfit(f"recording {recording_id} is not being made")
        await self.world.recordings.stop(recording)

    def close_session(self, session_id: str) -> None:
        """End a session like DELETE /sessions/<SESSION_ID>."""
        self.world.sessions.close(self._session(session_id), "sessionClosedByServer")

    def _session(self, session_id: str) -> Session:
        session = self.world.sessions.get(session_id)
        if session is None:
            raise Unfit(f"there is no session {session_id}")
        return session

    def _find(self, session_id: str, connection_id: str) -> tuple[Session, Participant]:
        session = self._session(session_id)
        participant = session.participants.get(connection_id)
        if participant is None:
            raise Unfit(f"there is no participant {connection_id} in session {session_id}")
        return session, participant


def _joined(participant: Participant) -> Joined:
    stream = participant.stream
    return Joined(participant.id, stream.id if stream is not None else None)
