"""Which part of the server data names one person, so that it tells that it is them again.

The application's server writes that data into a token, and whoever joins cannot choose it. But what
it means only the application knows: it may say who somebody is, or of what class they are. So it
is told by a setting, and never guessed from who happens to be there.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from ovbot.openvidu.foreign import document

PATTERN: Final = r"^(|none|serverData(\.[A-Za-z0-9_-]{1,80}){0,5})$"

_NAMES_ONE: Final = re.compile(r"(?=.*[^A-Za-z])[^\s{}\[\]\"]+")
"""One word that is not letters alone: ``user-17``, ``ana@example.com``, and not ``student``."""


class Identity(msgspec.Struct, frozen=True):
    """Reads server data. ``setting`` is OVBOT_IDENTITY; "" where that is not set."""

    setting: str = ""

    def key(self, server_data: str | None) -> str:
        """What tells somebody apart, to be compared and to be kept; "" where nothing does.

        A digest: the data may hold what is nobody's business.
        """
        named = self._named(server_data or "")
        if not named:
            return ""
        written = f"{self.setting.removeprefix('serverData')}={named}"
        return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()

    @property
    def words(self) -> str:
        """By what it is, in a sentence."""
        field = self.setting.removeprefix("serverData").removeprefix(".")
        return f"the “{field}” in the server data" if field else "the server data"

    def _named(self, data: str) -> str:
        if self.setting == "none":
            return ""
        if self.setting == "serverData":
            return data.strip()
        said = document(data)
        if not self.setting:
            return said if isinstance(said, str) and _NAMES_ONE.fullmatch(said) else ""
        for field in self.setting.split(".")[1:]:
            said = said.get(field) if isinstance(said, dict) else None
        if isinstance(said, bool) or not isinstance(said, str | int):
            return ""
        return str(said).strip()
