"""The live sessions that a command names in a channel that is bound by a glob.

There a session's id is as good a name as in a channel that is bound to it by its id: ``kick demo
Ana``. Which words are ids is told by what is known to be live, since nobody is asked before the
command is acknowledged.
"""

import re
from collections.abc import Sequence

from ovbot.domain.binding import Binding
from ovbot.grammar.lexer import Token
from ovbot.store import sessions
from ovbot.store.database import Database

_ID = re.compile(r"[a-zA-Z0-9_-]{1,200}")
_FIRST = 6
"""Words among which it can stand: the command's own, and an option before it."""


async def named_sessions(
    tokens: Sequence[Token], bindings: Sequence[Binding], store: Database, server: str
) -> frozenset[str]:
    """Those of the first words that are ids of live sessions which a glob of the channel fits."""
    globs = [binding for binding in bindings if binding.is_glob]
    if not globs:
        return frozenset()
    words = [token.text for token in tokens[:_FIRST]]
    fitting = {
        word for word in words if _ID.fullmatch(word) and any(glob.matches(word) for glob in globs)
    }
    if not fitting:
        return frozenset()
    async with store.read() as tx:
        return await sessions.alive_among(tx, server, fitting)
