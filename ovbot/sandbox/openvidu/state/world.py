"""One simulated server: everything it remembers, and how the parts reach each other."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from ovbot.sandbox.openvidu.bodies import Bodies
from ovbot.sandbox.openvidu.clock import Clock
from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.profile import PROFILES
from ovbot.sandbox.openvidu.state.autoscaling import Autoscaling
from ovbot.sandbox.openvidu.state.cdr import Cdr
from ovbot.sandbox.openvidu.state.events import Events, Json, Late, Sink
from ovbot.sandbox.openvidu.state.ids import Ids
from ovbot.sandbox.openvidu.state.model import Uncaught
from ovbot.sandbox.openvidu.state.network import Network
from ovbot.sandbox.openvidu.state.nodes import Nodes
from ovbot.sandbox.openvidu.state.people import People
from ovbot.sandbox.openvidu.state.recordings import Recordings
from ovbot.sandbox.openvidu.state.sessions import Sessions
from ovbot.sandbox.openvidu.state.settings import initial
from ovbot.sandbox.openvidu.state.troubles import Troubles
from ovbot.sandbox.openvidu.state.watching import Watching

RECORDING = {"started": "recordingStarted", "ready": "recordingStopped"}
"""What the CDR has beside a change of status, up to 2.15."""


@dataclass
class Pace:
    """How long the server takes from here on, in seconds."""

    starting: float
    """A recording, until POST start answers; nothing lists it until then."""
    stopping: float
    negotiating: float
    """A subscription, which is half-made until then."""
    publishing: float = 0.0
    """Somebody's stream, which is not listed until then; a kick of theirs waits."""


class World:
    """The state behind the API. It survives nothing: it is a simulator's."""

    def __init__(self, config: SimulatorConfig, clock: Clock, sink: Sink) -> None:
        self.config = config
        self.profile = PROFILES[config.profile]
        self.clock = clock
        self.settings = initial(config, self.profile)
        self.ids = Ids(config.random_seed)
        self.media_server_id = self.ids.node("media")
        """CE has one too, and names it where a session's mode started a recording."""
        self.bodies = Bodies(self.profile, clock)
        self.cdr = Cdr(clock)
        self._sink = sink
        self.troubles = Troubles()
        self.pace = Pace(config.start_seconds, config.stop_seconds, config.negotiate_seconds)
        self.events = Events(self.profile, clock, self.troubles, self._tell)
        self.people = People(self)
        self.watching = Watching(self)
        self.network = Network(self)
        self.recordings = Recordings(self)
        self.sessions = Sessions(self)
        self.nodes = Nodes(self)
        self.autoscaling = Autoscaling(self)
        self.deaths = 0
        """How often it was killed: whoever waited for an answer then never gets one."""
        self.away_until = 0.0
        """While a restart lasts nobody answers but the proxy in front."""

    @property
    def away(self) -> bool:
        return self.clock.now() < self.away_until

    def _tell(self, event: Json, late: Late | None) -> None:
        """Write an event down, then send it."""
        if self.settings.cdr:
            body = {name: event[name] for name in event if name != "event"}
            if self.profile.cdr_recordings and (more := RECORDING.get(event.get("status", ""))):
                self.cdr.write(more, {name: body[name] for name in body if name != "status"})
            self.cdr.write(event["event"], body)
        self._sink(event, late)

    def kill(self) -> None:
        """The server dies without a word and comes back after a while, as after power loss.

        What was being recorded stays on disk as it was, and nothing is at work on it any more.
        """
        self.deaths += 1
        self.sessions.vanish()
        self.recordings.let_go()
        self._come_back()

    def restart(self, settings: dict[str, Any]) -> None:
        """Close everything, come back after a while with these settings by field name.

        Recordings survive on disk, and the media nodes run on. What was stuck is free again.
        """
        for session in self.sessions.all():
            with suppress(Uncaught):  # whoever cannot be closed is gone all the same
                self.sessions.close(session, "openviduServerStopped")
        self.sessions.vanish()
        self.recordings.let_go()
        self.settings = replace(self.settings, **settings)
        self.sessions.schedule_collection()
        self._come_back()

    def _come_back(self) -> None:
        """After a while, with a new file of the CDR."""
        self.away_until = self.clock.now() + self.config.restart_seconds
        self.cdr.begin(self.away_until)

    @property
    def public_url(self) -> str:
        """OPENVIDU_PUBLICURL, without a slash at its end."""
        if self.config.public_url is not None:
            return self.config.public_url.rstrip("/")
        host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
        return f"{'https' if self.config.tls else 'http'}://{host}:{self.config.port}"
