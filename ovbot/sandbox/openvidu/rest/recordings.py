"""Recordings over REST, up to 2.15 and in the documentation's snapshot.

Documentation: REST API, POST /recordings/start to DELETE /recordings/<RECORDING_ID>.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ovbot.sandbox.openvidu.messages import Call, Refusal, Reply, json_reply
from ovbot.sandbox.openvidu.rest import params as read
from ovbot.sandbox.openvidu.rest.objects import recording_object
from ovbot.sandbox.openvidu.rest.sessions import LAYOUTS, OUTPUT_MODES, TYPE_ERROR
from ovbot.sandbox.openvidu.state import recorder
from ovbot.sandbox.openvidu.state.model import COMPOSED_MODES, RecordingProperties, Session, Unfit
from ovbot.sandbox.openvidu.state.recordings import StartFailed, StoppedMeanwhile
from ovbot.sandbox.openvidu.state.sessions import CUSTOM_ID
from ovbot.sandbox.openvidu.state.world import World

RESOLUTION = re.compile(r"(?!0)([0-9]{3}|1[0-9]{3})x(?!0)([0-9]{3}|1[0-9]{3})")
SMALLEST_SHM = 134217728
_LITERAL = "/recordings/start"


@dataclass(frozen=True)
class _Asked:
    """The body of POST /recordings/start, types and values checked."""

    session: str
    name: str
    mode: str
    resolution: str | None
    layout: str | None
    custom_layout: str | None
    has_audio: bool
    has_video: bool
    shm_size: int | None


async def start_recording(world: World, call: Call) -> Reply:
    """POST /recordings/start: the parameters first, then the session (reversed from 2.17)."""
    params = read.required_body(world, call)
    refuse_module_off(world)
    asked = _asked(world, params)
    session = session_to_record(world, asked.session)
    return await started(world, session, _properties(world, asked, session))


async def stop_recording(world: World, call: Call) -> Reply:
    """POST /recordings/stop/<RECORDING_ID>; one that has stopped already is not found."""
    _refuse_module_off_everywhere(world)
    recording = world.recordings.started.get(call.variables[0])
    if recording is None:
        return world.bodies.empty(406 if call.variables[0] in world.recordings.starting else 404)
    try:
        await world.recordings.stop(recording)
    except StoppedMeanwhile:
        # The real server dereferences the session that is gone.
        return world.bodies.spring(500, "No message available", call.path)
    return json_reply(recording_object(world.profile, recording))


async def get_recording(world: World, call: Call) -> Reply:
    """GET /recordings/<RECORDING_ID>."""
    _refuse_module_off_everywhere(world)
    recording = world.recordings.items.get(call.variables[0])
    if recording is None:
        return world.bodies.empty(404)
    return json_reply(recording_object(world.profile, recorder.read(recording), from_file=True))


async def list_recordings(world: World, call: Call) -> Reply:
    """GET /recordings."""
    _refuse_module_off_everywhere(world)
    items = [
        recording_object(world.profile, recorder.read(each), from_file=True)
        for each in world.recordings.items.values()
    ]
    return json_reply({"count": len(items), "items": items})


async def delete_recording(world: World, call: Call) -> Reply:
    """DELETE /recordings/<RECORDING_ID>."""
    _refuse_module_off_everywhere(world)
    recording = world.recordings.find(call.variables[0])
    if recording is None:
        return world.bodies.empty(404)
    try:
        world.recordings.delete(recording)
    except Unfit:
        return world.bodies.empty(409)
    return world.bodies.empty(204)


def refuse_module_off(world: World) -> None:
    if not world.settings.recording:
        raise Refusal(world.bodies.empty(501))


def session_to_record(world: World, session_id: str) -> Session:
    """404 unknown (OpenVidu 3: 400), 409 not ROUTED or recorded already, 406 empty; no bodies."""
    session = world.sessions.get(session_id)
    if session is None:
        raise Refusal(world.bodies.empty(400 if world.profile.compatible else 404))
    recorded = world.recordings.records(session.id)
    if session.properties.media_mode != "ROUTED" or recorded:
        raise Refusal(world.bodies.empty(409))
    if not session.active or not session.participants:
        raise Refusal(world.bodies.empty(406))
    return session


async def started(world: World, session: Session, properties: RecordingProperties) -> Reply:
    """Start and describe, or the plain text that is labelled as JSON."""
    if world.profile.unique_ids and not world.nodes.can_record(session, properties.media_node):
        message = "Error starting recording: the Media Node cannot host recordings"
        return world.bodies.mislabelled(503, message)
    try:
        recording = await world.recordings.start(session, properties)
    except StartFailed as error:
        return world.bodies.mislabelled(500, f"Error starting recording: {error}")
    return json_reply(recording_object(world.profile, recording))


def _refuse_module_off_everywhere(world: World) -> None:
    if world.profile.module_checked:
        refuse_module_off(world)


def _asked(world: World, params: read.Params) -> _Asked:
    def refuse(status: int, message: str, literal: str = _LITERAL) -> Refusal:
        return Refusal(world.bodies.told(status, message, literal))

    names = ("session", "name", "outputMode", "resolution", "recordingLayout", "customLayout")
    try:
        session, name, mode, resolution, layout, custom_layout = read.text(params, *names)
        has_audio, has_video = read.flag(params, "hasAudio"), read.flag(params, "hasVideo")
        shm_size = read.numeric(params, "shmSize")
    except read.TypeMismatch:
        raise refuse(400, TYPE_ERROR) from None
    if session is None:
        raise refuse(400, '"session" parameter is mandatory')
    if world.profile.names_checked and name and CUSTOM_ID.fullmatch(name) is None:
        message = "Parameter 'name' is wrong. Must be an alphanumeric string [a-zA-Z0-9_-]"
        raise refuse(400, message, "/sessions")  # the server's own slip
    if mode and mode not in OUTPUT_MODES:
        named = "parameter 'outputMode'" if world.profile.names_checked else "some parameter"
        raise refuse(400, f"Type error in {named}")
    if (mode or "COMPOSED") in COMPOSED_MODES:
        if resolution is not None and RESOLUTION.fullmatch(resolution) is None:
            raise refuse(422, _wrong_resolution(world))
        if layout and layout not in LAYOUTS:
            named = (
                "parameter 'recordingLayout'" if world.profile.names_checked else "some parameter"
            )
            raise refuse(400, f"Type error in {named}")
    if has_audio is False and has_video is False:
        message = 'Cannot start a recording with both "hasAudio" and "hasVideo" set to false'
        raise refuse(422, message)
    return _Asked(
        session=session,
        name=name or "",
        mode=mode or "COMPOSED",
        resolution=resolution,
        layout=layout or None,
        custom_layout=custom_layout,
        has_audio=has_audio is not False,
        has_video=has_video is not False,
        shm_size=shm_size,
    )


def _wrong_resolution(world: World) -> str:
    quote = world.profile.quotes
    allowed = "Acceptable values from 100 to 1999 for both width and height"
    return f"Wrong {quote}resolution{quote} parameter. {allowed}"


def _properties(world: World, asked: _Asked, session: Session) -> RecordingProperties:
    """The server's defaults: COMPOSED even where the session's default is INDIVIDUAL."""
    default = session.properties.recording
    mode = asked.mode
    if mode in COMPOSED_MODES and default.composed:
        mode = default.output_mode
    if mode in COMPOSED_MODES and asked.shm_size is not None and asked.shm_size < SMALLEST_SHM:
        message = 'Wrong "shmSize" parameter. Must be 134217728 (128 MB) minimum'
        raise Refusal(world.bodies.told(422, message, _LITERAL))
    custom_layout = ""
    if asked.layout == "CUSTOM":
        custom_layout = (
            default.custom_layout if asked.custom_layout is None else asked.custom_layout
        )
    return RecordingProperties(
        name=asked.name,
        output_mode=mode,
        has_audio=asked.has_audio,
        has_video=asked.has_video,
        layout=asked.layout or default.layout,
        custom_layout=custom_layout if asked.layout == "CUSTOM" else "",
        resolution=asked.resolution or world.profile.default_resolution,
    )
