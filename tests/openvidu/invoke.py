"""Every operation of the client, called as if in the middle of a meeting named daily."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from ovbot.openvidu import OpenVidu
from ovbot.openvidu.restart import RestartProperties
from ovbot.openvidu.secret import Secret


class Names(Protocol):
    """Who and what is there."""

    connection: str
    stream: str
    node: str
    file: str


Invoke = Callable[[OpenVidu, Names], Awaitable[Any]]

INVOKE: Final[dict[str, Invoke]] = {
    "create_session": lambda c, s: c.create_session(custom_session_id="new"),
    "create_token": lambda c, s: c.create_token("daily"),
    "session": lambda c, s: c.session("daily"),
    "sessions": lambda c, s: c.sessions(),
    "signal": lambda c, s: c.signal("daily", "hello"),
    "close_session": lambda c, s: c.close_session("daily"),
    "disconnect": lambda c, s: c.disconnect("daily", s.connection),
    "unpublish": lambda c, s: c.unpublish("daily", s.stream),
    "add_camera": lambda c, s: c.add_camera("daily", "rtsp://cam.example/1"),
    "start_recording": lambda c, s: c.start_recording("other"),
    "stop_recording": lambda c, s: c.stop_recording("daily-1"),
    "recording": lambda c, s: c.recording("daily"),
    "recordings": lambda c, s: c.recordings(),
    "delete_recording": lambda c, s: c.delete_recording("daily"),
    "config": lambda c, s: c.config(),
    "create_connection": lambda c, s: c.create_connection("daily"),
    "connection": lambda c, s: c.connection("daily", s.connection),
    "connections": lambda c, s: c.connections("daily"),
    "modify_connection": lambda c, s: c.modify_connection("daily", s.connection, record=False),
    "media_node": lambda c, s: c.media_node(s.node),
    "media_nodes": lambda c, s: c.media_nodes(),
    "add_media_node": lambda c, s: c.add_media_node(),
    "remove_media_node": lambda c, s: c.remove_media_node(s.node, deletion_strategy="now"),
    "modify_media_node": lambda c, s: c.modify_media_node(s.node, "waiting-idle-to-terminate"),
    "discover_media_nodes": lambda c, s: c.discover_media_nodes(),
    "pro_config": lambda c, s: c.pro_config(),
    "restart": lambda c, s: c.restart(RestartProperties(openvidu_cdr=True)),
    "health": lambda c, s: c.health(),
    "layout": lambda c, s: c.has_layout("team/wide"),
    "start_broadcast": lambda c, s: c.start_broadcast("other", Secret("rtmp://live.test/app/KEY")),
    "stop_broadcast": lambda c, s: c.stop_broadcast("daily"),
    "cdr_files": lambda c, s: c.cdr_files(),
    "cdr_piece": lambda c, s: c.cdr_piece(s.file, 0),
}
COMMUNITY: Final = list(INVOKE)[:15]
LATER: Final = list(INVOKE)[15:]
"""What only 2.16 and later, or only Pro, can do."""
