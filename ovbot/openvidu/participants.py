"""What to call somebody who is in a session, by what their browser or the server said of them.

Everything here is foreign text: anybody who joins chooses it. The names are made short and
visible, not safe for any markup; whoever shows them escapes them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from ovbot.openvidu.foreign import cut_id, document
from ovbot.openvidu.models import Connection, is_camera_id

NAME_LIMIT: Final = 80
NAME_FIELDS: Final = ("clientData", "name", "userName", "nickname", "displayName")
"""Where applications put a name in their JSON; OpenVidu's own call application uses the first."""

_SKIPPED: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
"""Control, format (zero-width, bidirectional), surrogate, private and unassigned characters."""
_BLANK: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
"""Characters that count as letters, symbols or marks and yet show nothing."""


def display_name(connection: Connection) -> str:
    """A name for a connection: never empty, one line, at most 80 characters."""
    return name_from(connection.connection_id, connection.client_data, connection.server_data)


@lru_cache(maxsize=512)
def name_from(connection_id: str, client_data: str | None, server_data: str | None) -> str:
    """A name from what the client said, else from what the server said, else the id."""
    for data in (client_data, server_data):
        name = visible(_name_in(data or ""))
        if name:
            return name
    if is_camera_id(connection_id):
        return _camera(connection_id)
    return visible(connection_id) or "?"


def _camera(connection_id: str) -> str:
    """OpenVidu makes a camera's id out of its URI, user and password included: not to be shown."""
    found = re.match(r"ipc_IPCAM_[a-z]+_([A-Za-z0-9]{4})_", connection_id)
    return f"IP camera {found[1]}" if found else "IP camera"


def public_id(id_: str) -> str:
    """A connection's or stream's id as it may be shown and kept.

    OpenVidu makes a camera's ids out of its URI, whose path may be as secret as its password: cut
    after the random part, which is enough to tell it from the others of its session.
    """
    return cut_id(_CAMERAS.sub(r"\1", id_))


_CAMERAS = re.compile(
    r"^((?:str_IPC_[A-Za-z0-9]{4}_)?ipc_IPCAM_[a-z]+_[A-Za-z0-9]{4})_.*$", re.DOTALL
)


def name_key(client_data: str | None) -> str:
    """The name that somebody's browser gave, as it is compared: whatever its case, its width and
    what in it cannot be seen; ``""`` when it gave none.
    """
    name = visible(_name_in(client_data or ""))
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def visible(text: str) -> str:
    """``text`` on one line, without what cannot be seen, at most 80 characters."""
    kept = "".join(_seen(c) for c in text[: NAME_LIMIT * 8])
    words = " ".join(kept.split())
    if not any(unicodedata.category(c)[0] in "LNPS" for c in words):
        return ""  # nothing but marks: they would hang on what is shown before them
    return words if len(words) <= NAME_LIMIT else words[: NAME_LIMIT - 1].rstrip() + "…"


def _seen(character: str) -> str:
    if character.isspace():
        return " "
    hidden = character in _BLANK or unicodedata.category(character) in _SKIPPED
    return "" if hidden or _is_tag(character) else character


def _is_tag(character: str) -> bool:
    """Variation selectors: marks that only change how the character before them is drawn."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _name_in(data: str) -> str:
    """The name in client or server data: a field of a JSON object, a JSON string, or the text."""
    said = document(data)
    if isinstance(said, str):
        return said
    if not isinstance(said, dict):
        return ""
    values = (said.get(field) for field in NAME_FIELDS)
    return next((v for v in values if isinstance(v, str) and visible(v)), "")
