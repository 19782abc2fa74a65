"""What ovbot's own operators are told, by direct message: each of OVBOT_ADMINS, once."""

import msgspec

from ovbot.delivery import fan_out
from ovbot.delivery.outbox.gate import Outage
from ovbot.delivery.outbox.unreachable_channels import REASONS
from ovbot.domain.markup import Markup, channel_link, code, md, mention, when
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.store import outbox
from ovbot.store.database import Tx
from ovbot.store.deliveries import Status, Step


class AdminAlerts(msgspec.Struct, frozen=True):
    """Who they are (Slack user ids), and in which team."""

    team: str
    server: str
    admins: tuple[str, ...]

    async def tell(self, tx: Tx, key: str, reply: Reply, at: int) -> int:
        """Put the reply into the outbox for each of them; a key that was told stays told."""
        notices = [Notice(channel=user, key=key, reply=reply, user=user) for user in self.admins]
        return await outbox.add(tx, self.team, self.server, at, notices)


async def tell_of_refused(tx: Tx, operators: AdminAlerts, step: Step) -> None:
    """A notice was not taken where it belongs: told for each channel and reason once a day.

    Not where the channel itself was lost, which ``delivery.lost`` tells those who bound it; nor
    for what the operators themselves cannot be told.
    """
    channel = step.delivery.channel
    is_dead = step.status is Status.DEAD
    refused = step.reason if is_dead else step.lost
    if not refused or step.lost in REASONS or channel in operators.admins:
        return
    if not is_dead and step.status is not Status.SENT:
        return
    where = channel_link(channel) if channel[:1] in "CGD" else md("{}", channel)
    if not is_dead:
        fate = md("went to {} instead: {}.", mention(step.delivery.user), code(refused))
    elif step.ambiguous or step.delivery.ambiguous:
        fate = md("may have been posted, or not: {}. It is not sent again.", code(refused))
    else:
        fate = md("was not delivered: {}.", code(refused))
    said = md(":warning: A message to {} {}", where, fate)
    reply = Reply(said, (Paragraph(said), Note(_KEPT if is_dead else _ELSEWHERE)))
    key = fan_out.key("dead" if is_dead else "elsewhere", channel, refused, step.at // _DAY)
    await operators.tell(tx, key, reply, step.at)


_DAY = 24 * 3600 * 1000
_KEPT = Markup(
    "It is kept, with others that meet the same: `/openvidu outbox list --dead` shows them, "
    "`/openvidu outbox retry` sends them again."
)
_ELSEWHERE = Markup(
    "ovbot can't post in that channel, so people get their answers by direct message, and nobody "
    "else there sees them. Check the channel's posting permissions and that ovbot is a member."
)


async def tell_of_outage(operators: AdminAlerts, seen: Outage, tx: Tx) -> None:
    """Nobody could be posted to for a while; not told where it was one channel, or one moment."""
    if seen.refusals < 2:
        return
    said = md(
        ":warning: Slack took no messages from ovbot from {} to {}: {}.",
        when(seen.began, seconds=True),
        when(seen.ended, seconds=True),
        code(seen.reason),
    )
    more = Markup("Everything that waited is being sent now, in order. Nothing was dropped.")
    key = f"outage:{seen.reason}:{seen.ended // 60_000}"
    await operators.tell(tx, key, Reply(said, (Paragraph(said), Note(more))), seen.ended)


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
