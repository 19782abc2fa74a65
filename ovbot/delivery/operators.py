"""What ovbot's own operators are told, by direct message: each of OVBOT_ADMINS, once."""

import msgspec

from ovbot.delivery import hear
from ovbot.delivery.lost import REASONS
from ovbot.domain.markup import Markup, channel_link, code, md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.store import outbox
from ovbot.store.database import Tx
from ovbot.store.deliveries import Status, Step


class Operators(msgspec.Struct, frozen=True):
    """Who they are (Slack user ids), and in which team."""

    team: str
    server: str
    admins: tuple[str, ...]

    async def tell(self, tx: Tx, key: str, reply: Reply, at: int) -> int:
        """Put the reply into the outbox for each of them; a key that was told stays told."""
        notices = [Notice(channel=user, key=key, reply=reply, user=user) for user in self.admins]
        return await outbox.add(tx, self.team, self.server, at, notices)


async def tell_of_dead(tx: Tx, operators: Operators, step: Step) -> None:
    """A notice will not be delivered: told once for each channel and reason.

    Not where the channel itself was lost, which ``delivery.lost`` tells those who bound it; nor
    for what the operators themselves cannot be told.
    """
    channel = step.delivery.channel
    if step.status is not Status.DEAD or step.lost in REASONS or channel in operators.admins:
        return
    where = channel_link(channel) if channel[:1] in "CGD" else md("{}", channel)
    if step.ambiguous or step.delivery.ambiguous:
        fate = "may have been posted, or not: {}. It is not sent again."
    else:
        fate = "was not delivered: {}."
    said = md(":warning: A message to {} {}", where, md(fate, code(step.reason)))
    more = Markup(
        "It is kept, with others that meet the same: `/openvidu outbox list --dead` shows them, "
        "`/openvidu outbox retry` sends them again."
    )
    reply = Reply(said, (Paragraph(said), Note(more)))
    await operators.tell(tx, hear.key("dead", channel, step.reason), reply, step.at)


def ghosts(counted: int, own: int) -> Reply:
    """Slack has more sockets of this app than ovbot opened."""
    said = md(
        ":warning: Slack counts {} connections of this app, and ovbot opened {}. Slack spreads "
        "commands over all of them, so some will not be answered. Is another program started with "
        "the same SLACK_APP_TOKEN?",
        counted,
        own,
    )
    return Reply(said, (Paragraph(said),))
