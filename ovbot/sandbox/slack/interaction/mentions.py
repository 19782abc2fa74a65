"""Turning what people type into the platform's own mentions.

From the platform's documentation, "Slash commands", section on escaping: with
``should_escape`` in the manifest, names arrive with their ids.
"""

import re

from ovbot.sandbox.slack.world import World

_NAME = re.compile(r"(?<![\w<@#|/])([@#])([\w.-]*\w)")


def with_ids(text: str, world: World) -> str:
    """``@ana`` becomes ``<@U01ANA|ana>``, ``#general`` becomes ``<#C01GENERAL|general>``,
    ``@teachers`` ``<!subteam^S01TEACHERS|@teachers>``.

    Names nobody has are left alone, as is everything else.
    """

    def replaced(match: re.Match[str]) -> str:
        mark, name = match.groups()
        if mark == "@":
            person = next((p for p in world.people.values() if p.name == name.lower()), None)
            if person is not None:
                return f"<@{person.id}|{person.name}>"
            group = next((g for g in world.groups.values() if g.handle == name.lower()), None)
            return match[0] if group is None else f"<!subteam^{group.id}|@{group.handle}>"
        channel = next((c for c in world.channels.values() if c.name == name.lower()), None)
        return match[0] if channel is None else f"<#{channel.id}|{channel.name}>"

    return _NAME.sub(replaced, text)
