"""Identifiers as OpenVidu makes them: a prefix, one capital, then letters and digits."""

from __future__ import annotations

import random
import re
import string

_ALNUM = string.ascii_letters + string.digits
_KINDS = {"CAMERA": "CAM", "SCREEN": "SCR", "IPCAM": "IPC", "MICROPHONE": "MIC"}
_UPPER_ALNUM = string.ascii_uppercase + string.digits


class Ids:
    """Random identifiers that never repeat within one simulator."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._given: set[str] = set()

    def session(self) -> str:
        return self._fresh("ses_", 9)

    def connection(self) -> str:
        return self._fresh("con_", 9)

    def token(self) -> str:
        return self._fresh("tok_", 15)

    def node(self, prefix: str) -> str:
        return self._fresh(f"{prefix}_", 7)

    def stream(self, kind: str, connection_id: str) -> str:
        """``str_CAM_GPdf_con_…``: the kind of video, four characters, the publisher."""
        short = _KINDS.get(kind, "CUS")
        return self._fresh(f"str_{short}_", 3, f"_{connection_id}")

    def camera(self, rtsp_uri: str) -> str:
        """``ipc_IPCAM_rtsp_8K5Y_my_camera``: scheme, four characters, the rest of the address."""
        scheme, _, rest = rtsp_uri.partition("://")
        place = re.sub(r"[/.:]", "_", rest.partition("?")[0]).replace("-", "")
        mark = "".join(self._random.choices(_UPPER_ALNUM, k=4))
        return f"ipc_IPCAM_{scheme}_{mark}_{place}"

    def turn(self) -> tuple[str, str]:
        """A TURN user name and credential."""
        name = "".join(self._random.choices(string.ascii_uppercase, k=6))
        return name, "".join(self._random.choices(string.ascii_lowercase + string.digits, k=6))

    def hexadecimal(self, length: int) -> str:
        return "".join(self._random.choices("0123456789abcdef", k=length))

    def _fresh(self, prefix: str, length: int, suffix: str = "") -> str:
        while True:
            capital = self._random.choice(string.ascii_uppercase)
            value = f"{prefix}{capital}{''.join(self._random.choices(_ALNUM, k=length))}{suffix}"
            if value not in self._given:
                self._given.add(value)
                return value
