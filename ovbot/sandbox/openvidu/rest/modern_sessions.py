"""POST /sessions and POST /recordings/start as 2.17 and later read them.

Documentation (2.32): REST API, POST /openvidu/api/sessions, POST /openvidu/api/recordings/start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ovbot.sandbox.openvidu.messages import Call, Refusal, Reply, json_reply
from ovbot.sandbox.openvidu.rest import describe, java
from ovbot.sandbox.openvidu.rest import params as read
from ovbot.sandbox.openvidu.rest.recordings import (
    RESOLUTION,
    SMALLEST_SHM,
    refuse_module_off,
    session_to_record,
    started,
)
from ovbot.sandbox.openvidu.rest.sessions import LAYOUTS, MEDIA_MODES, OUTPUT_MODES, RECORDING_MODES
from ovbot.sandbox.openvidu.state.model import (
    COMPOSED_MODES,
    RecordingProperties,
    SessionProperties,
    Unfit,
)
from ovbot.sandbox.openvidu.state.sessions import CUSTOM_ID
from ovbot.sandbox.openvidu.state.world import World

_NAME = re.compile(r"[a-zA-Z0-9_~-]+")
_START = "/recordings/start"


async def create_session(world: World, call: Call) -> Reply:
    """POST /sessions: answers the whole Session object."""
    try:
        properties = _session_properties(world, read.optional_body(world, call))
    except java.Illegal as error:
        raise Refusal(world.bodies.told(400, str(error), "/sessions")) from None
    try:
        session = world.sessions.create(properties)
    except Unfit:
        raise Refusal(world.bodies.empty(409)) from None
    return json_reply(describe.session(world, session))


async def start_recording(world: World, call: Call) -> Reply:
    """POST /recordings/start: the session first, then the parameters."""
    params = read.required_body(world, call)
    refuse_module_off(world)
    session_id = params.get("session")
    if session_id is not None and not isinstance(session_id, str):
        raise Refusal(world.bodies.told(400, 'Type error in parameter "session"', _START))
    if session_id is None:
        raise Refusal(world.bodies.told(400, '"session" parameter is mandatory', _START))
    session = session_to_record(world, session_id)
    try:
        properties = recording_properties(world, params, session.properties.recording)
    except java.IllegalValue as error:
        # The path names another operation: the server's own slip.
        raise Refusal(world.bodies.told(422, str(error), "/sessions")) from None
    except java.Illegal as error:
        raise Refusal(world.bodies.told(400, str(error), "/sessions")) from None
    return await started(world, session, properties)


def recording_properties(
    world: World, params: dict[str, Any], default: RecordingProperties
) -> RecordingProperties:
    """How to record, over the session's defaults; ``Illegal`` 400, ``IllegalValue`` 422."""
    java.cast(params.get("session"), str)
    name = java.cast(params.get("name"), str)
    has_audio = java.cast(params.get("hasAudio"), bool)
    has_video = java.cast(params.get("hasVideo"), bool)
    mode = java.cast(params.get("outputMode"), str)
    layout = java.cast(params.get("recordingLayout"), str)
    resolution = java.cast(params.get("resolution"), str)
    strict = world.profile.strict_parameters
    frame_rate = (java.number if strict else java.whole)(params.get("frameRate"))
    shm_size = (java.number if strict else java.spelled)(params.get("shmSize"))
    custom_layout = java.cast(params.get("customLayout"), str)
    ignore = java.cast(params.get("ignoreFailedStreams"), bool)
    if name and (_NAME if strict else CUSTOM_ID).fullmatch(name) is None:
        letters = "a-zA-Z0-9_-~" if strict else "a-zA-Z0-9_-"
        wanted = f"Must be an alphanumeric string [{letters}]+"
        raise java.Illegal(f"Parameter 'name' is wrong. {wanted}")
    has_audio = default.has_audio if has_audio is None else has_audio
    has_video = default.has_video if has_video is None else has_video
    if not has_audio and not has_video:
        raise java.IllegalValue(
            'Cannot start a recording with both "hasAudio" and "hasVideo" set to false'
        )
    mode = _output_mode(mode, default)
    if mode in COMPOSED_MODES:
        _check_composed(layout, resolution, frame_rate, shm_size)
    return RecordingProperties(
        name=name or default.name,
        output_mode=mode,
        has_audio=has_audio,
        has_video=has_video,
        layout=layout or default.layout,
        custom_layout=default.custom_layout if custom_layout is None else custom_layout,
        resolution=resolution or default.resolution,
        frame_rate=frame_rate or default.frame_rate,
        shm_size=shm_size or default.shm_size,
        ignore_failed_streams=default.ignore_failed_streams if ignore is None else ignore,
        media_node=_media_node(params, default) if mode in COMPOSED_MODES else None,
    )


def _output_mode(mode: str | None, default: RecordingProperties) -> str:
    if mode is None:
        return default.output_mode
    if mode not in OUTPUT_MODES:
        raise java.Illegal("Type error in parameter 'outputMode'")
    # The two composed modes give way to whichever the session was made for.
    return default.output_mode if mode in COMPOSED_MODES and default.composed else mode


def _check_composed(
    layout: str | None, resolution: str | None, frame_rate: int | None, shm_size: int | None
) -> None:
    if layout is not None and layout not in LAYOUTS:
        raise java.Illegal("Type error in parameter 'recordingLayout'")
    if resolution is not None and RESOLUTION.fullmatch(resolution) is None:
        allowed = "Acceptable values from 100 to 1999 for both width and height"
        raise java.IllegalValue(f"Wrong 'resolution' parameter. {allowed}")
    if frame_rate is not None and not 1 <= frame_rate <= 120:
        allowed = "Acceptable values are within range [1,120]"
        raise java.IllegalValue(f"Wrong 'frameRate' parameter. {allowed}")
    if shm_size is not None and shm_size < SMALLEST_SHM:
        raise java.IllegalValue("Wrong 'shmSize' parameter. Must be 134217728 (128 MB) minimum")


def _media_node(params: dict[str, Any], default: RecordingProperties) -> str | None:
    """Pro: an object with an id, or the id alone."""
    found = params.get("mediaNode")
    if default.media_node is not None or found is None:
        return default.media_node
    if isinstance(found, str):
        return found or None
    return _node_id(found)


def _node_id(found: Any) -> str:
    if not isinstance(found, dict):
        raise java.Illegal("Error in parameter 'mediaNode'. It is not a valid JSON object")
    if "id" not in found:
        raise java.Illegal("Error in parameter 'mediaNode'. Property 'id' not found")
    if not isinstance(found["id"], str):
        raise java.Illegal("Type error in parameter 'mediaNode.id': not a String")
    return found["id"]


def _session_properties(world: World, params: dict[str, Any]) -> SessionProperties:
    media_mode = java.cast(params.get("mediaMode"), str)
    recording_mode = java.cast(params.get("recordingMode"), str)
    custom_id = java.cast(params.get("customSessionId"), str)
    codec = java.cast(params.get("forcedVideoCodec"), str)
    transcoding = java.cast(params.get("allowTranscoding"), bool)
    strict = world.profile.strict_parameters
    codecs = world.profile.codecs
    wrong = "Some parameter is not valid."
    with _said("Invalid value for parameter 'forcedVideoCodec': {}" if strict else f"{wrong} {{}}"):
        java.constant(codec, codecs, "VideoCodec")
    with _said(f"{wrong} {{}}"):
        java.constant(recording_mode, RECORDING_MODES, "RecordingMode")
        java.constant(media_mode, MEDIA_MODES, "MediaMode")
    with _said(f"{wrong} {{}}" if strict else "{}"):
        if custom_id and CUSTOM_ID.fullmatch(custom_id) is None:
            wanted = "Must be an alphanumeric string [a-zA-Z0-9_-]"
            raise java.Illegal(f"Parameter 'customSessionId' is wrong. {wanted}")
        recording = _default_recording(world, params.get("defaultRecordingProperties"))
        pro = world.config.edition == "pro"
        node = params.get("mediaNode") if strict or pro else None
        media_node = None if node is None else _node_id(node)
        if pro and media_node is not None and media_node not in world.nodes.all:
            raise java.Illegal(f"Media Node {media_node} does not exist")
    return SessionProperties(
        media_mode=media_mode or "ROUTED",
        recording_mode=recording_mode or "MANUAL",
        custom_session_id=custom_id or "",
        recording=recording,
        forced_video_codec=codec or codecs[0],
        allow_transcoding=bool(transcoding),
        media_node=media_node,
    )


@contextmanager
def _said(form: str) -> Iterator[None]:
    """What is illegal inside is said in this form."""
    try:
        yield
    except java.Illegal as error:
        raise java.Illegal(form.format(error)) from None


def _default_recording(world: World, params: Any) -> RecordingProperties:
    default = RecordingProperties(
        resolution=world.profile.default_resolution, frame_rate=world.profile.frame_rate
    )
    if params is None:
        return default
    if not isinstance(params, dict):
        what = "It is not a valid JSON object"
        raise java.Illegal(f"Error in parameter 'defaultRecordingProperties'. {what}")
    with _said("Parameter 'defaultRecordingProperties' is not valid: {}"):
        if not world.profile.strict_parameters:
            return _lenient(params, default)
        try:
            return recording_properties(world, params, default)
        except java.IllegalValue as error:
            raise java.Illegal(str(error)) from None


def _lenient(params: dict[str, Any], default: RecordingProperties) -> RecordingProperties:
    """Up to 2.20 a session's defaults are only read, not judged.

    What belongs to composed recordings is read only where the mode is given.
    """
    given = java.constant(params.get("outputMode"), OUTPUT_MODES, "Recording.OutputMode")
    read_ones = replace(
        default,
        name=str(params.get("name") or ""),
        has_audio=params.get("hasAudio") is not False,
        has_video=params.get("hasVideo") is not False,
        output_mode=given or default.output_mode,
        ignore_failed_streams=params.get("ignoreFailedStreams") is True,
    )
    if given not in COMPOSED_MODES:
        return read_ones
    layout = java.constant(params.get("recordingLayout"), LAYOUTS, "RecordingLayout")
    return replace(
        read_ones,
        layout=layout or default.layout,
        custom_layout=str(params.get("customLayout") or ""),
        resolution=str(params.get("resolution") or default.resolution),
        frame_rate=java.spelled(params.get("frameRate")) or default.frame_rate,
        shm_size=java.spelled(params.get("shmSize")) or default.shm_size,
    )
