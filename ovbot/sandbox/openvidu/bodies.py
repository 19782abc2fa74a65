"""OpenVidu's three kinds of error body.

Empty, which is most of them; its own JSON, with the time in milliseconds; and Spring's, with the
time as text. A client has to decide by the status alone.
"""

from __future__ import annotations

from datetime import UTC, datetime

from ovbot.sandbox.openvidu.clock import Clock
from ovbot.sandbox.openvidu.messages import Reply, dumps, json_reply
from ovbot.sandbox.openvidu.profile import Profile

# Not http.HTTPStatus: Python 3.13 renamed 422, and Java's names are what clients see.
PHRASES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    415: "Unsupported Media Type",
    416: "Requested range not satisfiable",
    422: "Unprocessable Entity",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Bodies:
    """Error answers of one server version."""

    def __init__(self, profile: Profile, clock: Clock) -> None:
        self._profile = profile
        self._clock = clock

    def empty(self, status: int) -> Reply:
        return Reply(status)

    def told(self, status: int, message: str, path: str) -> Reply:
        """OpenVidu's own; ``path`` is the literal in its code, below the API's prefix."""
        return json_reply(
            {
                "timestamp": self._clock.millis(),
                "status": status,
                "error": PHRASES[status],
                "message": message,
                "path": f"{self._root(path)}{path}",
            },
            status,
        )

    def _root(self, path: str) -> str:
        pro = path.startswith(("/media-nodes", "/restart"))
        return self._profile.pro if pro else self._profile.api

    def spring(
        self,
        status: int,
        message: str,
        path: str,
        headers: tuple[tuple[str, str], ...] = (),
        content_type: str = "application/json",
    ) -> Reply:
        """Spring Boot's own. Boot 3 denies its internal /error page: an empty 403, whatever it
        was, unless nobody had shown credentials.
        """
        style = self._profile.framework
        if style == "denied":
            return Reply(401 if status == 401 else 403, headers=headers)
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        zone = "+0000" if style == "telling" else "+00:00"
        body = {
            "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}{zone}",
            "status": status,
            "error": PHRASES[status],
            "message": message if style == "telling" else "",
            "path": path,
        }
        if style == "short":
            del body["message"]
        return Reply(status, dumps(body), content_type, headers)

    def mislabelled(self, status: int, text: str) -> Reply:
        """Plain text under a JSON Content-Type: what start-recording answers when it fails."""
        return Reply(status, text.encode(), "application/json")
