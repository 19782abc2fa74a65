"""Parts of a deployment fail, take their time, and get stuck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.control.body import Json, Mistake, number, one_of, text, whole
from ovbot.sandbox.openvidu.state import media_server, stuck
from ovbot.sandbox.openvidu.state.troubles import KINDS

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.simulator import Simulator

_PACES = ("starting", "stopping", "negotiating", "publishing")


async def get_troubles(simulator: Simulator, body: Json, _: str) -> Json:
    return {"troubles": simulator.world.troubles.listed(), "kinds": KINDS}


async def add_troubles(simulator: Simulator, body: Json, _: str) -> Json:
    """Each part named goes wrong its way, ``times`` times (1; 0 is for ever)."""
    times = whole(body, "times", 0)
    wanted = {part: one_of(body, part, tuple(KINDS[part])) for part in KINDS if part in body}
    if unknown := body.keys() - KINDS.keys() - {"times"}:
        raise Mistake(f"nothing called {min(unknown)} can fail; there are {', '.join(KINDS)}")
    if not wanted:
        raise Mistake(f"what is to fail? One or more of {', '.join(KINDS)}")
    for part, how in wanted.items():
        simulator.world.troubles.set(part, how, 1 if times is None else times or None)
    return {"troubles": simulator.world.troubles.listed()}


async def clear_troubles(simulator: Simulator, body: Json, _: str) -> Json:
    simulator.world.troubles.clear()
    return {"troubles": []}


async def set_pace(simulator: Simulator, body: Json, _: str) -> Json:
    """How many seconds a start, a stop, a subscription, a stream take from here on."""
    pace = simulator.world.pace
    wanted = {name: number(body, name) for name in _PACES if name in body}
    for name, seconds in wanted.items():
        setattr(pace, name, seconds)
    return {name: getattr(pace, name) for name in _PACES}


async def stick_session(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Bring a session into a state that it does not get out of by itself."""
    session = simulator.world.sessions.get(session_id)
    if session is None:
        raise Mistake(f"there is no session {session_id}")
    stuck.stick(simulator.world, session, one_of(body, "how", tuple(stuck.SESSIONS)))
    return {}


async def force_recording(simulator: Simulator, body: Json, recording_id: str) -> Json:
    """Make a recording stop, be ready, fail, or get stuck."""
    recording = simulator.world.recordings.find(recording_id)
    if recording is None:
        raise Mistake(f"there is no recording {recording_id}")
    stuck.force(simulator.world, recording, text(body, "status") or "")
    return {"status": recording.status}


async def act_on_media_server(simulator: Simulator, body: Json, _: str) -> Json:
    """The media server is started anew, and its streams are gone."""
    one_of(body, "action", ("restart",))
    media_server.restart(simulator.world)
    return {}


async def kill(simulator: Simulator, body: Json, _: str) -> Json:
    """The server dies: sessions are gone, recordings stay as they were, nobody is told."""
    simulator.world.kill()
    simulator.webhooks.lose_queue()
    return {}
