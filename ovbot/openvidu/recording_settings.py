"""How to record: what POST recordings/start takes, and what a session can be created with.

OpenVidu docs, REST API, "Start recording", and "Initialize session" for what is the default.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ovbot.openvidu.dialects import Server
from ovbot.openvidu.models import OutputMode, RecordingLayout
from ovbot.openvidu.wire import Call, pro_only, too_old

SINCE: Final = (2, 18)
"""The first with frame rates, ``ignoreFailedStreams`` and ``defaultRecordingProperties``."""
_READ_WITHOUT_MODE: Final = (2, 21)
"""Before it a session's defaults of composed recordings are read only beside their mode."""
SMALLEST_SHM: Final = 134_217_728
"""Bytes of shared memory that OpenVidu gives the browser of a composed recording at the least."""
_COMPOSED_ONLY: Final = ("recordingLayout", "customLayout", "resolution", "frameRate", "shmSize")
_PLACED_SINCE: Final = (2, 17)
_TO_PLACE: Final = "To choose the media node of a recording or broadcast"
_NEW: Final = {
    "frame_rate": "To choose a recording's frame rate",
    "ignore_failed_streams": "To record although single streams fail",
}
_NEW_AS_DEFAULT: Final = {
    "name": "To name a session's recordings beforehand",
    "has_audio": "To leave the sound out of a session's recordings",
    "has_video": "To leave the picture out of a session's recordings",
    "resolution": "To choose the size of a session's recordings",
    "shm_size": "To choose the memory of a session's recordings",
    "media_node": _TO_PLACE,
    **_NEW,
}


class RecordingSettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is chosen of a recording; what is None is the server's default, or the session's."""

    name: str | None = None
    output_mode: OutputMode | None = None
    has_audio: bool | None = None
    has_video: bool | None = None
    recording_layout: RecordingLayout | None = None
    custom_layout: str | None = None
    """A folder below the server's folder of layouts."""
    resolution: str | None = None
    """``1280x720``, each side 100 to 1999."""
    frame_rate: int | None = None
    """1 to 120 a second (2.18+)."""
    shm_size: int | None = None
    """Bytes, at least `SMALLEST_SHM`."""
    ignore_failed_streams: bool | None = None
    """Individual recordings go on without the streams that cannot be recorded (2.18+)."""
    media_node: str | None = None
    """Where it is made, if not where the session is: of composed ones (Pro 2.17+)."""

    def to_start(self, call: Call[Any], server: Server) -> dict[str, object]:
        """As POST recordings/start takes them. Raises TooOld."""
        self._check(_NEW, call, server)
        return self._given()

    def as_defaults(self, call: Call[Any], server: Server) -> dict[str, object]:
        """As POST sessions takes them: in one object since 2.18, where three keys of before are
        ignored without a word. Raises TooOld for what those cannot say.
        """
        given = self._given()
        self._check({} if server.since(*SINCE) else _NEW_AS_DEFAULT, call, server)
        if not server.since(*SINCE):
            return {f"default{key[0].upper()}{key[1:]}": value for key, value in given.items()}
        if not server.since(*_READ_WITHOUT_MODE) and any(key in given for key in _COMPOSED_ONLY):
            given.setdefault("outputMode", "COMPOSED")
        return {"defaultRecordingProperties": given} if given else {}

    def _check(self, new: dict[str, str], call: Call[Any], server: Server) -> None:
        if self.media_node is not None:
            pro_only(call, server, _TO_PLACE)
            if not server.since(*_PLACED_SINCE):
                raise too_old(call, server, _TO_PLACE, _PLACED_SINCE)
        for field, what in new.items():
            if getattr(self, field) is not None and not server.since(*SINCE):
                raise too_old(call, server, what, SINCE)

    def _given(self) -> dict[str, object]:
        told: dict[str, object] = msgspec.to_builtins(self)
        given = {key: value for key, value in told.items() if value is not None}
        return given | ({"mediaNode": {"id": self.media_node}} if self.media_node else {})


DEFAULT: Final = RecordingSettings()
"""Nothing is chosen."""
