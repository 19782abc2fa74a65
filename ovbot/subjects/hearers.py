"""Who hears of what was done: the channels that are bound, in the threads of their cards."""

from ovbot.domain.audit import AuditEntry
from ovbot.domain.binding import Topic, hearing
from ovbot.store import bindings, cards
from ovbot.store.database import Tx


class BoundChannels:
    """See ``ovbot.engine.outcomes.Hearers``."""

    async def changed(self, tx: Tx, ended: AuditEntry) -> None:
        """The session's cards are due at once."""
        await cards.touch(tx, ended.server, ended.session, at_once=True)

    async def channels(self, tx: Tx, ended: AuditEntry, topic: Topic) -> tuple[str, ...]:
        """The channels that are bound to the session and hear of the topic."""
        every = await bindings.every(tx, ended.server)
        return hearing([b for b in every if b.team == ended.team], ended.session, topic)

    async def thread(self, tx: Tx, ended: AuditEntry, channel: str) -> str:
        """That of the session's card in the channel."""
        return await cards.thread(tx, ended.team, ended.server, ended.session, channel)
