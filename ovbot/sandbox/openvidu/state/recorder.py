"""How the media server's recorder and Docker's container fail, and what comes of it.

INDIVIDUAL recordings are the media server's work, composed ones a container's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.state.model import Recording, Uncaught
from ovbot.sandbox.openvidu.state.refusals import ENDPOINTS

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

EMPTY = "empty"
"""The fault of a video without bytes."""
NO_CLOCK = 'Cannot invoke "java.lang.Long.longValue()" because "kmsDisconnectionTime" is null'
_NO_CLOCK_EITHER = NO_CLOCK.replace("kmsDisconnectionTime", "timeOfKmsDisconnection")
_NO_COMPOSITE = (
    'Cannot invoke "io.openvidu.server.recording.CompositeWrapper.{}connectPublisherEndpoint({})" '
    'because "compositeWrapper" is null'
)
_NO_RECORDING = (
    'Cannot invoke "io.openvidu.server.recording.Recording.getCreatedAt()" because '
    '"recording" is null'
)
_NO_ZIP = 'Cannot invoke "java.util.zip.ZipOutputStream.close()" because "zipOut" is null'
_DOCKER = "Couldn't initialize recording container. Error: "


@dataclass(frozen=True)
class Failure:
    """Why a recording did not start, and what it leaves behind."""

    text: str
    uncaught: bool = False
    """Not foreseen by the server, so that the framework answers."""
    listed: bool = False
    """Whether its folder existed: then it stays in the list, failed."""
    holds: bool = False
    """The session counts as recorded from now on, though nothing is."""


def start_failure(world: World, recording: Recording) -> Failure | None:
    """What goes wrong with this start, if anything."""
    if not recording.properties.composed:
        return _recorder_failure(world)
    if world.troubles.meet("start") is not None:
        status = "Status 500: " if world.profile.docker_tells_status else ""
        return Failure(f'{_DOCKER}{status}{{"message": "no space left on device"}}. Code: 703')
    if world.troubles.meet("video", "none") is not None:
        waited = "File does not exist and hasn't reached a size greater than 0 bytes in 15 seconds"
        return Failure(f"{_DOCKER}{waited}. Code: 703", listed=True)
    return None


def outcome(world: World, recording: Recording) -> tuple[str, str]:
    """``ready`` or ``failed``, and what is wrong with what is ready; ``Uncaught`` if it breaks."""
    troubles = world.troubles
    if (problem := flaw(world, recording, stopping=True)) is not None:
        raise problem
    if not recording.properties.composed and "/" in recording.properties.name:
        world.recordings.release(recording)
        raise Uncaught(_NO_ZIP)
    if not recording.properties.composed:
        return "ready", troubles.meet("record", "never-stops") or ""
    if troubles.meet("stop") is not None:
        return "failed", ""
    report = troubles.meet("report")
    if report == "none" and not world.profile.soft_failures:
        recording.broken = True
        raise Uncaught(_no_report(world, recording), told=world.profile.unique_ids)
    if report is not None:
        return "failed", ""
    return "ready", troubles.meet("video", EMPTY) or ""


def flaw(world: World, recording: Recording, *, stopping: bool = False) -> Uncaught | None:
    """The snapshot of the documentation could end nothing that the media server records."""
    properties = recording.properties
    if not flawed(world) or properties.composed_video:
        return None
    if not properties.composed:
        return Uncaught(NO_CLOCK)
    stopped = recording.status == "stopped" and not stopping
    return Uncaught(_NO_COMPOSITE.format("dis", "String") if stopped else _NO_CLOCK_EITHER)


def publishing_flaw(world: World, recording: Recording) -> Uncaught | None:
    """After a stop that broke nobody can publish into what records sound alone."""
    if flaw(world, recording) is None or recording.status != "stopped":
        return None
    if not recording.properties.composed:
        return None
    return Uncaught(_NO_COMPOSITE.format("", f"{ENDPOINTS}.PublisherEndpoint"))


def flawed(world: World) -> bool:
    """Whether the documentation's snapshot is played with all its faults."""
    return world.profile.name == "seed" and world.config.flawed


def read(recording: Recording) -> Recording:
    """The recording's file, parsed; ``Uncaught`` for ever if it is damaged."""
    if recording.damaged:
        raise Uncaught("java.io.EOFException: End of input at line 1 column 1 path $")
    return recording


def _recorder_failure(world: World) -> Failure | None:
    how = world.troubles.meet("record", "error", "never-starts")
    if how == "error":
        text = 'Recorder failed (Code:40001, Type:null, Data: {"type":"REFUSED"})'
        return Failure(text, uncaught=True, holds=world.profile.phantom_recordings)
    if how == "never-starts":
        return Failure(NO_CLOCK if flawed(world) else _NO_RECORDING, uncaught=True)
    return None


def _no_report(world: World, recording: Recording) -> str:
    place = f"{world.settings.recording_path}{recording.id}/{recording.id}.info"
    said = "There was an error generating the metadata report file for the recording: "
    return f"{said}{place} (No such file or directory). Code: 702"
