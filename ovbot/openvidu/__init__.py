"""A thin, typed service for OpenVidu 2.x servers, Community and Pro.

It knows nothing of chat or of storage: `OpenVidu` talks to one server,
`ovbot.openvidu.models` is what it answers, `ovbot.openvidu.errors` what can go
wrong, `ovbot.openvidu.events` what the server's webhook says, and
`ovbot.openvidu.participants` what to call somebody.
"""

from ovbot.openvidu.client import OpenVidu
from ovbot.openvidu.dialects import Server
from ovbot.openvidu.errors import OpenViduError, Unknown, Unreachable
from ovbot.openvidu.models import (
    Connection,
    CreatedSession,
    Health,
    ListedSession,
    Listing,
    MediaNode,
    MediaOptions,
    Publisher,
    Recording,
    Session,
    Subscriber,
    Token,
)
from ovbot.openvidu.secret import Secret
from ovbot.openvidu.server_config import ServerConfig

__all__ = [
    "Connection",
    "CreatedSession",
    "Health",
    "ListedSession",
    "Listing",
    "MediaNode",
    "MediaOptions",
    "OpenVidu",
    "OpenViduError",
    "Publisher",
    "Recording",
    "Secret",
    "Server",
    "ServerConfig",
    "Session",
    "Subscriber",
    "Token",
    "Unknown",
    "Unreachable",
]
