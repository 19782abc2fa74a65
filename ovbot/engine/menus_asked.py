"""Whether Slack has ever asked what a menu could hold: over HTTP it does only where the app's
settings say at which address, and a menu that is not asked for stays empty without a word.
"""

import structlog

from ovbot.clock import Clock
from ovbot.domain.markup import Markup, code, md
from ovbot.store import noticed
from ovbot.store.database import Database, Tx
from ovbot.store.failures import StoreError

log = structlog.get_logger(__name__)

_SUBJECT = "menus asked"
_EVERY_MS = 24 * 3600 * 1000
"""How often it is written anew, so that it is not pruned while it holds."""


class MenusAsked:
    """Remembers that a menu was asked for."""

    def __init__(self, store: Database, server: str, clock: Clock) -> None:
        self._store = store
        self._server = server
        self._clock = clock
        self._noted = 0

    async def heard(self) -> None:
        """A menu was asked for. Raises nothing: the menu itself does not depend on it."""
        now = self._clock.now_ms()
        if now - self._noted < _EVERY_MS:
            return
        self._noted = now
        try:
            async with self._store.begin() as tx:
                await noticed.forget(tx, self._server, [_SUBJECT])
                await noticed.since(tx, self._server, _SUBJECT, at=now)
        except StoreError as error:
            self._noted = 0
            log.info("menus.not_noted", why=error.code)


async def ever(tx: Tx, server: str) -> bool:
    """Whether one was."""
    return bool(await noticed.known(tx, server, [_SUBJECT]))


def never(url: str) -> Markup:
    """What to do where none was, and menus stay empty."""
    return md(
        "Slack has never asked what the menus in ovbot's forms could hold. If they stay empty, set "
        "the *Options Load URL* of the Slack app (Interactivity & Shortcuts) to {}.",
        code(url),
    )
