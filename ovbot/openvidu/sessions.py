"""Sessions and their tokens: rows of the operation table, and the methods that use them.

(OpenVidu docs, REST API, "List of available operations".)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from ovbot.openvidu import decode, errors
from ovbot.openvidu.connections import ConnectionCalls
from ovbot.openvidu.models import (
    CreatedSession,
    ListedSession,
    Listing,
    MediaMode,
    RecordingMode,
    Role,
    Session,
    Token,
    VideoCodec,
)
from ovbot.openvidu.recording_settings import DEFAULT, RecordingSettings
from ovbot.openvidu.wire import Meaning, Operation, pro_only, too_old

_LIST = "List the sessions to see which exist."
_SHOW = "Look at the session to see who and what is in it."
_PREFERRED_SINCE: Final = (2, 21)
"""The first whose VideoCodec has MEDIA_SERVER_PREFERRED, then its default (openvidu #667)."""

CREATE = Operation(
    name="create_session",
    verb="create",
    doing="create a session",
    method="POST",
    path="sessions",
    read=decode.created_session,
    budget=25.0,  # 2.32 waits up to 15 s for a closing session of the same id
    finder="sessions",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused the settings of the new session; none was created.",
            "Correct the settings; an id may hold letters, digits, - and _ only.",
        ),
        409: Meaning(
            errors.SessionExists,
            "A session of that id exists already; nothing was changed.",
            "Use that session as it is, or choose another id.",
        ),
    },
)
TOKEN = Operation(
    name="create_token",
    verb="invite",
    doing="make a token for session {session}",
    method="POST",
    path="tokens",
    read=decode.token,
    budget=15.0,
    finder="session",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused the settings of the token for session {session}; none was made.",
            "Correct the settings.",
        ),
        404: Meaning(
            errors.SessionNotFound,
            "There is no session {session} now, so no token was made.",
            "Create the session first, or name one that exists.",
        ),
    },
)
SESSION = Operation(
    name="session",
    verb="show",
    doing="look at session {session}",
    method="GET",
    path="sessions/{session}",
    read=decode.session,
    meanings={
        404: Meaning(
            errors.SessionNotFound,
            "There is no session {session} now: it was closed, or never created.",
            _LIST,
        ),
    },
)
SESSIONS = Operation(
    name="sessions",
    verb="list",
    doing="list the sessions",
    method="GET",
    path="sessions",
    read=decode.sessions,
    budget=30.0,
    bulky=True,
)
CLOSE = Operation(
    name="close_session",
    verb="close",
    doing="close session {session}",
    method="DELETE",
    path="sessions/{session}",
    read=decode.nothing,
    budget=90.0,  # evicts one by one, and stops a recording first
    success=frozenset({200, 204}),
    finder="session",
    meanings={
        400: Meaning(
            errors.SessionBusy,
            "Session {session} is still open: something else held it for too long.",
            "Try again in a moment.",
        ),
        404: Meaning(
            errors.SessionGone,
            "Session {session} is closed already, or never existed.",
            _LIST,
        ),
    },
)
OPERATIONS = (CREATE, TOKEN, SESSION, SESSIONS, CLOSE)


class SessionCalls(ConnectionCalls):
    """The operations on sessions as a whole."""

    async def create_session(
        self,
        *,
        custom_session_id: str | None = None,
        media_mode: MediaMode | None = None,
        recording_mode: RecordingMode | None = None,
        recording: RecordingSettings = DEFAULT,
        forced_video_codec: VideoCodec | None = None,
        allow_transcoding: bool | None = None,
        media_node: str | None = None,
    ) -> CreatedSession:
        """Create a session; ``recording`` is how it is recorded unless a start says otherwise.

        Raises SessionExists (usable as it is), BadRequest, and before anything is asked TooOld
        and ProOnly: a server ignores what it does not know without a word.
        """
        call, server = self._about(CREATE), await self._server_for(CREATE)
        if media_node is not None:
            pro_only(call, server, "To choose the media node of a session")
        for given, what, since in (
            (media_node, "To choose the media node of a session", (2, 16)),
            (forced_video_codec, "To force a video codec", (2, 17)),
            (allow_transcoding, "To allow transcoding", (2, 17)),
        ):
            if given is not None and not server.since(*since):
                raise too_old(call, server, what, since)
        # others are OpenVidu's to refuse: a name that its enum lacks is a 400, and creates nothing
        preferred = forced_video_codec == "MEDIA_SERVER_PREFERRED"
        if preferred and not server.since(*_PREFERRED_SINCE):
            what = "To leave the video codec to the media server"
            raise too_old(call, server, what, _PREFERRED_SINCE)
        body = {
            "customSessionId": custom_session_id,
            "mediaMode": media_mode,
            "recordingMode": recording_mode,
            **recording.as_defaults(call, server),
            "forcedVideoCodec": forced_video_codec,
            "allowTranscoding": allow_transcoding,
            "mediaNode": {"id": media_node} if media_node is not None else None,
        }
        return await self._call(CREATE, body=body)

    async def create_token(
        self,
        session_id: str,
        *,
        role: Role | None = None,
        data: str | None = None,
        record: bool | None = None,
        video_max_recv_bandwidth: int | None = None,
        video_min_recv_bandwidth: int | None = None,
        video_max_send_bandwidth: int | None = None,
        video_min_send_bandwidth: int | None = None,
        allowed_filters: Sequence[str] | None = None,
    ) -> Token:
        """Make a join credential; bandwidths in kbit/s. Raises SessionNotFound, BadRequest.

        Raises TooOld where ``record`` would be ignored.
        By POST tokens before 2.16, and by POST connection since, where tokens is deprecated.
        """
        options = {
            "videoMaxRecvBandwidth": video_max_recv_bandwidth,
            "videoMinRecvBandwidth": video_min_recv_bandwidth,
            "videoMaxSendBandwidth": video_max_send_bandwidth,
            "videoMinSendBandwidth": video_min_send_bandwidth,
            "allowedFilters": list(allowed_filters) if allowed_filters else None,
        }
        kurento = {key: value for key, value in options.items() if value is not None} or None
        server = await self._server_for(TOKEN)
        if record is False and not server.newer_settings:  # it would record all the same
            call = self._about(TOKEN, {"session": session_id})
            raise too_old(call, server, "To leave somebody out of a recording", (2, 16))
        if server.since(2, 16):
            return await self.create_connection(
                session_id, role=role, data=data, record=record, kurento_options=kurento
            )
        body = {
            "session": session_id,
            "role": role,
            "data": data,
            "record": record,
            "kurentoOptions": kurento,
        }
        return await self._call(TOKEN, {"session": session_id}, body=body)

    async def session(self, session_id: str) -> Session:
        """A session as it is now. Raises SessionNotFound."""
        found = await self._call(SESSION, {"session": session_id})
        return found if found.session_id else replace(found, session_id=session_id)

    async def sessions(self) -> Listing[ListedSession]:
        """All sessions, those that nobody has joined yet among them, in no order.

        Who is in one is told by `session`: of a full server that would be megabytes.
        """
        listed = await self._call(SESSIONS)
        self._link.has_listed = True
        return listed

    async def close_session(self, session_id: str) -> None:
        """Disconnect everybody and end the session. Raises SessionGone, SessionBusy."""
        await self._remove(CLOSE, {"session": session_id}, lambda: self._exists(session_id))

    async def _exists(self, session_id: str) -> bool:
        try:
            await self.session(session_id)
        except errors.SessionNotFound:
            return False
        return True
