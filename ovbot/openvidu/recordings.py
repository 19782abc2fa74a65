"""Recordings: rows of the operation table, and the methods that use them."""

from __future__ import annotations

from ovbot.openvidu import decode, errors
from ovbot.openvidu.calls import Calls
from ovbot.openvidu.models import Listing, Recording
from ovbot.openvidu.recording_settings import DEFAULT, RecordingSettings
from ovbot.openvidu.wire import Meaning, Operation

_DISABLED = Meaning(
    errors.RecordingDisabled,
    "Recording is switched off on {host}, so there is nothing to record with or to look at.",
    "Its operator switches it on with OPENVIDU_RECORDING=true.",
)
_LIST = "List the recordings to see which exist."

START = Operation(
    name="start_recording",
    verb="record_start",
    doing="record session {session}",
    method="POST",
    path="recordings/start",
    read=decode.recording,
    budget=90.0,  # a composed one takes up to 25 s on a healthy server
    finder="recordings",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused the recording's settings; session {session} is not recorded by it.",
            "Correct the settings; a name may hold letters, digits, - and _ only.",
        ),
        404: Meaning(
            errors.SessionNotFound,
            "There is no session {session} now, so nothing is recorded.",
            "Name a session that exists.",
        ),
        406: Meaning(
            errors.NobodyConnected,
            "Nobody is connected to session {session}, so it cannot be recorded yet.",
            "Start the recording when somebody has joined.",
        ),
        409: Meaning(
            errors.AlreadyRecording,
            "No recording was started: session {session} is being recorded already, "
            "or its media does not pass through OpenVidu (media mode RELAYED).",
            "List the recordings to see the one that runs.",
        ),
        422: Meaning(
            errors.BadRecordingSettings,
            "OpenVidu cannot record session {session} in that size or with neither sound nor "
            "picture; no recording was started.",
            "Width and height may be 100 to 1999 pixels, and audio and video not both off.",
        ),
        501: _DISABLED,
        503: Meaning(
            errors.NodeCannotRecord,
            "The media node of session {session} takes no recordings now; none was started.",
            "Try again in a moment.",
        ),
    },
)
STOP = Operation(
    name="stop_recording",
    verb="record_stop",
    doing="stop recording {recording}",
    method="POST",
    path="recordings/stop/{recording}",
    read=decode.recording,
    budget=90.0,
    finder="recording",
    meanings={
        404: Meaning(
            errors.RecordingGone,
            "Recording {recording} does not run: it was stopped already, or never existed.",
            _LIST,
        ),
        406: Meaning(
            errors.RecordingStarting,
            "Recording {recording} is still starting and cannot be stopped yet.",
            "Stop it again in a few seconds.",
        ),
        409: Meaning(
            errors.RecordingGone,
            "Recording {recording} does not run: its session is not being recorded.",
            _LIST,
        ),
        501: _DISABLED,
    },
)
RECORDING = Operation(
    name="recording",
    verb="recording_show",
    doing="look at recording {recording}",
    method="GET",
    path="recordings/{recording}",
    read=decode.recording,
    meanings={
        404: Meaning(
            errors.RecordingNotFound,
            "There is no recording {recording}: it was deleted, or never existed.",
            _LIST,
        ),
        501: _DISABLED,
    },
)
RECORDINGS = Operation(
    name="recordings",
    verb="recording_list",
    doing="list the recordings",
    method="GET",
    path="recordings",
    read=decode.recordings,
    budget=30.0,
    bulky=True,
    meanings={501: _DISABLED},
)
DELETE = Operation(
    name="delete_recording",
    verb="recording_delete",
    doing="delete recording {recording}",
    method="DELETE",
    path="recordings/{recording}",
    read=decode.nothing,
    budget=90.0,
    success=frozenset({200, 204}),
    finder="recording",
    meanings={
        404: Meaning(
            errors.RecordingGone,
            "There is no recording {recording}: it was deleted already, or never existed.",
            _LIST,
        ),
        409: Meaning(
            errors.RecordingRunning,
            "Recording {recording} is not finished, so it was not deleted.",
            "Stop it first, and wait until it is ready.",
        ),
        501: _DISABLED,
    },
)

OPERATIONS = (START, STOP, RECORDING, RECORDINGS, DELETE)


class RecordingCalls(Calls):
    """The operations on recordings."""

    async def start_recording(
        self,
        session_id: str,
        settings: RecordingSettings = DEFAULT,
    ) -> Recording:
        """Start to record.

        Raises SessionNotFound, NobodyConnected, AlreadyRecording, BadRequest, TooOld,
        BadRecordingSettings, RecordingDisabled, NodeCannotRecord.
        """
        ids = {"session": session_id}
        chosen = settings.to_start(self._about(START, ids), await self._server_for(START))
        return await self._call(START, ids, body={**ids, **chosen})

    async def stop_recording(self, recording_id: str) -> Recording:
        """Stop; Community answers ``ready``, Pro ``stopped`` and is ready later.

        Raises RecordingGone, RecordingStarting, RecordingDisabled.
        """
        return await self._call(STOP, {"recording": recording_id})

    async def recording(self, recording_id: str) -> Recording:
        """A recording as it is now. Raises RecordingNotFound, RecordingDisabled."""
        return await self._call(RECORDING, {"recording": recording_id})

    async def recordings(self) -> Listing[Recording]:
        """All recordings, in no order. Raises RecordingDisabled."""
        return await self._call(RECORDINGS)

    async def delete_recording(self, recording_id: str) -> None:
        """Delete the files of a recording. Raises RecordingGone, RecordingRunning."""

        async def there() -> bool:
            try:
                await self.recording(recording_id)
            except errors.RecordingNotFound:
                return False
            return True

        await self._remove(DELETE, {"recording": recording_id}, there)
