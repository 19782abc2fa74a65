"""Broadcasting a session to an ingestion service: OpenVidu Pro since 2.26.

(OpenVidu docs, REST API, "Start broadcast", "Stop broadcast"; "Broadcast to YouTube/Twitch".)
"""

from __future__ import annotations

import re
from typing import Final

from ovbot.openvidu import decode, errors
from ovbot.openvidu.calls import Calls
from ovbot.openvidu.recording_settings import DEFAULT, RecordingSettings
from ovbot.openvidu.secret import Secret
from ovbot.openvidu.wire import Meaning, Operation, pro_only, too_old

SINCE: Final = (2, 26)
_WHAT: Final = "To broadcast sessions"
_LIST = "List the sessions to see which exist."

START = Operation(
    name="start_broadcast",
    verb="broadcast_start",
    doing="broadcast session {session}",
    method="POST",
    path="broadcast/start",
    since=SINCE,
    pro=True,
    read=decode.nothing,
    budget=60.0,  # as of a composed recording, by whose module it is made
    finder="session",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused the settings of the broadcast; session {session} is not broadcast.",
            "Leave out or correct the settings: a media node must exist and be running. If that "
            "doesn't help, have whoever runs the bot check the target's address.",
        ),
        404: Meaning(
            errors.SessionNotFound,
            "There is no session {session} now, so nothing is broadcast.",
            _LIST,
        ),
        406: Meaning(
            errors.NobodyConnected,
            "Nobody is connected to session {session}, so it cannot be broadcast yet.",
            "Start the broadcast when somebody has joined.",
        ),
        409: Meaning(
            errors.AlreadyBroadcast,
            "No broadcast was started: session {session} is being broadcast already, or its media "
            "does not pass through OpenVidu (media mode RELAYED).",
            "Look at the session to see which.",
        ),
        422: Meaning(
            errors.BadRecordingSettings,
            "OpenVidu cannot broadcast session {session} in that size, or with so many frames or "
            "so little memory; nothing was started.",
            "Width and height may be 100 to 1999 pixels, frames 1 to 120 a second, and memory "
            "128 MB or more.",
        ),
    },
)
STOP = Operation(
    name="stop_broadcast",
    verb="broadcast_stop",
    doing="stop the broadcast of session {session}",
    method="POST",
    path="broadcast/stop",
    since=SINCE,
    pro=True,
    read=decode.nothing,
    budget=60.0,
    finder="session",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused to stop the broadcast of session {session}.",
            "Look at the session.",
        ),
        404: Meaning(
            errors.SessionGone,
            "Session {session} is closed, and its broadcast with it.",
            _LIST,
        ),
        409: Meaning(
            errors.NotBroadcast,
            "Session {session} is not being broadcast.",
            "Look at the session.",
        ),
    },
)
OPERATIONS = (START, STOP)

_PIECES: Final = re.compile(r"[^/?&=#]+")
_TELLING: Final = 4
"""So many characters of an address in a message may be a part of its key."""


class BroadcastCalls(Calls):
    """Starting and stopping broadcasts; whether there is one is told by the session."""

    @property
    def broadcasts(self) -> bool:
        """Whether the server is known to be able to."""
        server = self.server
        return server is not None and server.edition == "pro" and server.since(*SINCE)

    async def check_broadcast(self) -> None:
        """Raise ProOnly or TooOld where the server is known to broadcast nothing."""
        call, server = self._about(START), await self._server_for(START)
        pro_only(call, server, _WHAT)
        if not server.since(*SINCE):
            raise too_old(call, server, _WHAT, SINCE)

    async def start_broadcast(
        self, session_id: str, to: Secret, settings: RecordingSettings = DEFAULT
    ) -> None:
        """Broadcast to an address, whose key no error repeats.

        Of ``settings`` counts what a composed recording has: sound, size, frame rate, layout and
        memory, and the media node. Raises SessionNotFound, NobodyConnected, AlreadyBroadcast,
        BadRequest, BadRecordingSettings, TooOld, ProOnly.
        """
        ids = {"session": session_id}
        chosen = settings.to_start(self._about(START, ids), await self._server_for(START))
        try:
            await self._call(START, ids, body={**ids, "broadcastUrl": to.reveal(), **chosen})
        except errors.OpenViduError as error:
            if _tells_of(error.message, to):
                error.message = ""
            raise

    async def stop_broadcast(self, session_id: str) -> None:
        """Stop it. Raises SessionGone, NotBroadcast, TooOld, ProOnly."""
        ids = {"session": session_id}
        await self._call(STOP, ids, body=dict(ids))


def _tells_of(message: str, address: Secret) -> bool:
    """Whether anything of the address behind its host is in a message."""
    rest = address.reveal().partition("://")[2].partition("/")[2]
    return any(len(p) >= _TELLING and p in message for p in _PIECES.findall(rest))
