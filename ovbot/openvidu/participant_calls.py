"""Who and what is in a session: signals, disconnecting, unpublishing, IP cameras.

Rows of the operation table, and the methods that use them.
(OpenVidu docs, REST API, "List of available operations".)
"""

from __future__ import annotations

from collections.abc import Sequence

from ovbot.openvidu import decode, errors
from ovbot.openvidu.models import Connection, Session
from ovbot.openvidu.sessions import SessionCalls
from ovbot.openvidu.wire import Meaning, Operation, too_old

_LIST = "List the sessions to see which exist."
_SHOW = "Look at the session to see who and what is in it."

SIGNAL = Operation(
    name="signal",
    verb="signal",
    doing="send a signal to session {session}",
    method="POST",
    path="signal",
    read=decode.nothing,
    budget=15.0,
    finder="session",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused the signal to session {session}; nothing was sent.",
            "Correct the signal.",
        ),
        404: Meaning(
            errors.SessionNotFound,
            "There is no session {session} now, so nothing was sent.",
            _LIST,
        ),
        406: Meaning(
            errors.NobodyConnected,
            "Nothing was sent to anybody: nobody is connected to session {session}, "
            "or one of those named has left.",
            "Look at the session and send to those who are there.",
        ),
    },
)
DISCONNECT = Operation(
    name="disconnect",
    verb="kick",
    doing="disconnect {connection} from session {session}",
    method="DELETE",
    path="sessions/{session}/connection/{connection}",
    read=decode.nothing,
    budget=90.0,  # with the last one a session ends, and its recording is stopped first
    success=frozenset({200, 204}),
    finder="session",
    meanings={
        # here, unlike elsewhere, 400 is how OpenVidu says that the session does not exist
        400: Meaning(
            errors.SessionGone,
            "There is no session {session} now, so {connection} is not connected to it.",
            _LIST,
        ),
        404: Meaning(
            errors.ConnectionGone,
            "{connection} is not connected to session {session} (any more).",
            _SHOW,
        ),
    },
)
UNPUBLISH = Operation(
    name="unpublish",
    verb="unpublish",
    doing="unpublish stream {stream} of session {session}",
    method="DELETE",
    path="sessions/{session}/stream/{stream}",
    read=decode.nothing,
    budget=90.0,
    success=frozenset({200, 204}),
    finder="session",
    meanings={
        400: Meaning(
            errors.SessionGone,
            "There is no session {session} now, so {stream} is not published in it.",
            _LIST,
        ),
        404: Meaning(
            errors.StreamGone,
            "{stream} is not published in session {session} (any more).",
            _SHOW,
        ),
        405: Meaning(
            errors.CameraStream,
            "{stream} is the stream of an IP camera, which cannot be unpublished alone; "
            "it goes on.",
            "Disconnect the camera instead.",
        ),
    },
)
CAMERA = Operation(
    name="add_camera",
    verb="camera",
    doing="add an IP camera to session {session}",
    method="POST",
    path="sessions/{session}/connection",
    read=decode.connection,
    budget=45.0,
    finder="session",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused the IP camera's settings; session {session} is unchanged.",
            "Name the whole URI of the camera, such as rtsp://host:554/path.",
        ),
        404: Meaning(
            errors.SessionNotFound,
            "There is no session {session} now, so the camera was not added.",
            "Create the session first, or name one that exists.",
        ),
        500: Meaning(
            errors.CameraFailed,
            "OpenVidu could not publish the IP camera in session {session}.",
            "Check that the camera answers at that URI, then try again.",
        ),
    },
)


OPERATIONS = (SIGNAL, DISCONNECT, UNPUBLISH, CAMERA)


class ParticipantCalls(SessionCalls):
    """The operations on the people, cameras and streams in a session."""

    async def signal(
        self,
        session_id: str,
        data: str | None,
        *,
        type: str | None = None,
        to: Sequence[str] | None = None,
    ) -> None:
        """Send text, or a type alone, to the connections ``to``, or to everybody.

        Raises SessionNotFound, BadRequest, and NobodyConnected if a single one of ``to`` has
        left: then nothing was sent to the others either.
        """
        recipients = list(to) if to is not None else None
        body = {"session": session_id, "to": recipients, "type": type, "data": data}
        await self._call(SIGNAL, {"session": session_id}, body=body)

    async def disconnect(self, session_id: str, connection_id: str) -> None:
        """Put one connection out of a session. Raises ConnectionGone, SessionGone.

        The session ends with the last connection, unless it is being recorded.
        """

        async def there() -> bool:
            found = await self._find_session(session_id)
            if found is None:
                return False
            # whoever could not be read may be the one: to be removed again does no harm
            listed = any(c.connection_id == connection_id for c in found.connections)
            return listed or found.unreadable > 0

        await self._remove(DISCONNECT, {"session": session_id, "connection": connection_id}, there)

    async def withdraw(self, session_id: str, connection_id: str) -> None:
        """Void the token of a connection that nobody has joined with yet (2.16+).

        Raises ConnectionGone, SessionGone.
        """

        async def there() -> bool:
            try:
                found = await self.connection(session_id, connection_id)
            except (errors.ConnectionNotFound, errors.SessionNotFound):
                return False
            return found.status == "pending"  # who joined with it meanwhile is to stay

        await self._remove(DISCONNECT, {"session": session_id, "connection": connection_id}, there)

    async def unpublish(self, session_id: str, stream_id: str) -> None:
        """End one published stream. Raises StreamGone, SessionGone, CameraStream."""

        async def there() -> bool:
            found = await self._find_session(session_id)
            if found is None:
                return False
            people = found.connections
            listed = any(p.stream_id == stream_id for c in people for p in c.publishers)
            return listed or found.unreadable + sum(c.unreadable for c in people) > 0

        await self._remove(UNPUBLISH, {"session": session_id, "stream": stream_id}, there)

    async def add_camera(
        self,
        session_id: str,
        rtsp_uri: str,
        *,
        adaptative_bitrate: bool | None = None,
        only_play_with_subscribers: bool | None = None,
        network_cache: int | None = None,
        data: str | None = None,
    ) -> Connection:
        """Publish an IP camera in a session; ``network_cache`` in milliseconds.

        Raises SessionNotFound, BadRequest, CameraFailed, and TooOld where ``network_cache``
        would be ignored, and for ``rtsps://`` before 2.21.
        """
        server = await self._server_for(CAMERA)
        if rtsp_uri.startswith("rtsps:") and not server.since(2, 21):
            call = self._about(CAMERA, {"session": session_id})
            raise too_old(call, server, "To add a camera by rtsps", (2, 21))
        if network_cache is not None and not server.newer_settings:
            call = self._about(CAMERA, {"session": session_id})
            raise too_old(call, server, "To set the buffer of a camera", (2, 16))
        body = {
            "type": "IPCAM",
            "rtspUri": rtsp_uri,
            "adaptativeBitrate": adaptative_bitrate,
            "onlyPlayWithSubscribers": only_play_with_subscribers,
            "networkCache": network_cache,
            "data": data,
        }
        return await self._call(CAMERA, {"session": session_id}, body=body)

    async def _find_session(self, session_id: str) -> Session | None:
        try:
            return await self.session(session_id)
        except errors.SessionNotFound:
            return None
