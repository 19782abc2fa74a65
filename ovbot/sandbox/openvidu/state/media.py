"""The files a finished recording leaves: small, real and playable.

Documentation: Advanced features, Recording (where the files are and what they are called).
"""

from __future__ import annotations

import io
import json
import zipfile
from functools import cache
from importlib import resources

from ovbot.sandbox.openvidu.state.model import Recording

FRAMES = 30
"""Frames a second of the sample video."""
LENGTH = 3.0
"""Seconds that the sample media last."""


@cache
def sample(name: str) -> bytes:
    """A file out of the package: composed.mp4, audio.webm, stream.webm, thumbnail.jpg."""
    return resources.files(__package__).joinpath("samples", name).read_bytes()


def extension(recording: Recording) -> str:
    if not recording.properties.composed:
        return "zip"
    return "mp4" if recording.properties.has_video else "webm"


def file_name(recording: Recording) -> str:
    return f"{recording.properties.name}.{extension(recording)}"


def files(recording: Recording) -> dict[str, bytes]:
    """Every file by its name; the thumbnail is named by id, the recording by its name."""
    main = file_name(recording)
    if not recording.properties.composed:
        return {main: _individual(recording)}
    if not recording.properties.has_video:
        return {main: sample("audio.webm")}
    return {main: sample("composed.mp4"), f"{recording.id}.jpg": sample("thumbnail.jpg")}


def _individual(recording: Recording) -> bytes:
    properties = recording.properties
    content = sample("stream.webm") if properties.has_video else sample("audio.webm")
    described = []
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for participant, stream in recording.streams:
            archive.writestr(_entry(f"{stream.id}.webm"), content)
            found = {
                "connectionId": participant.id,
                "streamId": stream.id,
                "size": len(content),
                "clientData": participant.client_data,
                "serverData": participant.server_data,
                "hasAudio": stream.how.has_audio and properties.has_audio,
                "hasVideo": stream.how.has_video and properties.has_video,
            }
            if found["hasVideo"]:
                found["typeOfVideo"] = stream.how.kind
            began = max(stream.created_at - recording.created_at, 0)
            ended = max(began, int(recording.duration * 1000))
            described.append(found | {"startTimeOffset": began, "endTimeOffset": ended})
        about = {
            "createdAt": recording.created_at,
            "id": recording.id,
            "name": properties.name,
            "sessionId": recording.session.id,
            "files": described,
        }
        archive.writestr(_entry(f"{properties.name}.json"), json.dumps(about, ensure_ascii=False))
    return packed.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    # A fixed date keeps the archive's bytes the same from run to run.
    return zipfile.ZipInfo(name, date_time=(2020, 10, 3, 0, 0, 0))
