"""Who is never removed by one person alone: told by a setting, and read from what joins.

What the application's server writes into a token tells it surely. A name is chosen by whoever
joins: somebody who takes a protected one is protected too, which costs a second person's press.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from ovbot.domain.binding import matches
from ovbot.domain.names import folded
from ovbot.openvidu.foreign import document
from ovbot.openvidu.models import Connection
from ovbot.openvidu.participants import display_name

_RULE: Final = re.compile(
    r"(?P<data>serverData|clientData)(?P<fields>(?:\.[A-Za-z0-9_-]{1,80}){0,5})=(?P<glob>.{1,80})"
)


class Rule(msgspec.Struct, frozen=True):
    """``data`` is "serverData", "clientData", or "" for the name that is shown."""

    data: str
    fields: tuple[str, ...]
    glob: str

    def fits(self, connection: Connection) -> bool:
        """Whether somebody is meant, compared as names are."""
        return any(matches(folded(self.glob), folded(said)) for said in self._said(connection))

    def _said(self, connection: Connection) -> tuple[str, ...]:
        if not self.data:
            return (display_name(connection),)
        whole = connection.server_data if self.data == "serverData" else connection.client_data
        if not self.fields:
            return (whole.strip(),)
        found = document(whole)
        for field in self.fields:
            found = found.get(field) if isinstance(found, dict) else None
        every = found if isinstance(found, list) else [found]
        return tuple(str(one) for one in every if isinstance(one, str | int))


class Protected(msgspec.Struct, frozen=True):
    """The rules of OVBOT_PROTECTED: any one is enough."""

    rules: tuple[Rule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.rules)

    def protects(self, connection: Connection) -> bool:
        """Whether somebody is protected; an IP camera is nobody."""
        return not connection.is_ip_camera and any(rule.fits(connection) for rule in self.rules)


NOBODY: Final = Protected()


def protected(entries: Iterable[str]) -> Protected:
    """Read the setting; raises ValueError with a sentence for an entry that is none."""
    return Protected(tuple(map(_rule, entries)))


def _rule(entry: str) -> Rule:
    if found := _RULE.fullmatch(entry):
        return Rule(found["data"], tuple(found["fields"].split(".")[1:]), found["glob"].strip())
    if "=" in entry or not folded(entry).strip():
        raise ValueError(
            f"“{entry}” protects nobody: write a name or a glob of names such as Dr. *, or "
            "serverData.role=doctor"
        )
    return Rule("", (), entry)
