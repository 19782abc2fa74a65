"""The Connection API of OpenVidu 2.16 and later: rows of the table, and the methods.

(OpenVidu docs 2.16+, REST API, "/openvidu/api/sessions/SESSION_ID/connection".)
"""

from __future__ import annotations

from collections.abc import Mapping

from ovbot.openvidu import decode, errors
from ovbot.openvidu.calls import Calls
from ovbot.openvidu.models import Connection, Listing, Role, Token
from ovbot.openvidu.wire import Meaning, Operation

_LIST = "List the sessions to see which exist."
_NO_SESSION = Meaning(errors.SessionNotFound, "There is no session {session} now.", _LIST)
_NO_CONNECTION = Meaning(
    errors.ConnectionNotFound,
    "Session {session} has no connection {connection} (any more).",
    "Look at the session to see who is in it.",
)

CREATE = Operation(
    name="create_connection",
    verb="invite",
    doing="make a token for session {session}",
    method="POST",
    path="sessions/{session}/connection",
    since=(2, 16),
    read=decode.join,
    budget=15.0,
    finder="connections",
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
CONNECTION = Operation(
    name="connection",
    verb="show",
    doing="look at {connection} in session {session}",
    method="GET",
    path="sessions/{session}/connection/{connection}",
    since=(2, 16),
    read=decode.connection,
    # as with DELETE, 400 is how OpenVidu says that the session does not exist
    meanings={400: _NO_SESSION, 404: _NO_CONNECTION},
)
CONNECTIONS = Operation(
    name="connections",
    verb="show",
    doing="list the connections of session {session}",
    method="GET",
    path="sessions/{session}/connection",
    since=(2, 16),
    read=decode.connections,
    meanings={404: _NO_SESSION},
)
MODIFY = Operation(
    name="modify_connection",
    verb="connection_set",
    doing="change {connection} in session {session}",
    method="PATCH",
    path="sessions/{session}/connection/{connection}",
    since=(2, 16),
    pro=True,
    read=decode.connection,
    budget=15.0,
    finder="connection",
    meanings={
        400: Meaning(
            errors.BadRequest,
            "OpenVidu refused the change; {connection} in session {session} is as it was.",
            "Correct the settings.",
        ),
        404: _NO_CONNECTION,
    },
)

OPERATIONS = (CREATE, CONNECTION, CONNECTIONS, MODIFY)


class ConnectionCalls(Calls):
    """The operations on connections that came with 2.16; before it they raise TooOld."""

    async def create_connection(
        self,
        session_id: str,
        *,
        role: Role | None = None,
        data: str | None = None,
        record: bool | None = None,
        kurento_options: Mapping[str, object] | None = None,
    ) -> Token:
        """Make a connection that one person may join with. Raises SessionNotFound, BadRequest."""
        body = {
            "type": "WEBRTC",
            "role": role,
            "data": data,
            "record": record,
            "kurentoOptions": kurento_options,
        }
        return await self._call(CREATE, {"session": session_id}, body=body)

    async def connection(self, session_id: str, connection_id: str) -> Connection:
        """One connection, joined or not. Raises ConnectionNotFound, SessionNotFound."""
        return await self._call(CONNECTION, {"session": session_id, "connection": connection_id})

    async def connections(
        self, session_id: str, *, pending: bool | None = None
    ) -> Listing[Connection]:
        """A session's connections, with the ``pending`` ones unless told otherwise.

        Raises SessionNotFound.
        """
        query = {"pendingConnections": pending}
        return await self._call(CONNECTIONS, {"session": session_id}, query=query)

    async def modify_connection(
        self,
        session_id: str,
        connection_id: str,
        *,
        role: Role | None = None,
        record: bool | None = None,
    ) -> Connection:
        """Change somebody's role, or whether they are recorded (Pro).

        Raises ConnectionNotFound, BadRequest, ProOnly.
        """
        ids = {"session": session_id, "connection": connection_id}
        return await self._call(MODIFY, ids, body={"role": role, "record": record})
