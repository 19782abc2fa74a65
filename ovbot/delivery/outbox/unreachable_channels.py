"""A channel that ovbot can no longer post to: its bindings end, and who made them is told.

Slack says so when something is posted. The events that say it earlier need a scope that reads
every channel, so the manifest does without them; where they come, they count.
"""

from ovbot.delivery.outbox import deliver
from ovbot.domain.actor import OVBOT
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.ids import new_ref
from ovbot.domain.markup import Markup, channel_link, code, join, md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.store import audit, bindings, outbox
from ovbot.store.database import Tx
from ovbot.store.deliveries import Delivery

# Slack's error strings of chat.postMessage, and what they mean for the channel.
REASONS = {
    "is_archived": Markup("it was archived"),
    "not_in_channel": Markup("ovbot is not a member of it"),
    "channel_not_found": Markup("ovbot cannot see it any more"),
}


async def tell_person(tx: Tx, delivery: Delivery, now: int) -> None:
    """It may have arrived or not, and is not tried again: whom it concerns gets it alone."""
    if delivery.user and delivery.channel != delivery.user:
        notice = deliver.in_doubt(delivery.notice())
        await outbox.add(tx, delivery.team, delivery.server, now, [notice])


async def clean_up(tx: Tx, delivery: Delivery, reason: str, now: int) -> None:
    """Something could not be posted there: where its channel is lost, its bindings end."""
    await lose(tx, delivery.team, delivery.server, delivery.channel, reason, now)


async def lose(tx: Tx, team: str, server: str, channel: str, reason: str, now: int) -> None:
    """End the channel's bindings, if it has any; audited, and told to whoever made them."""
    bound = await bindings.in_channel(tx, team, server, channel)
    if not bound or reason not in REASONS:
        return
    await bindings.remove_all(tx, team, server, channel)
    ref = new_ref()
    patterns = [binding.pattern for binding in bound]
    await audit.append(
        tx,
        AuditEntry(
            ref=ref,
            phase=Phase.OUTCOME,
            at=now,
            team=team,
            server=server,
            actor=OVBOT,
            channel=channel,
            command="unbind",
            target=" ".join(patterns)[:300],
            outcome=Outcome.DONE,
            answer=reason,
        ),
    )
    said = md(
        ":warning: The channel {} is not bound to {} any more: {}. If it should be, invite ovbot "
        "there and bind it again.",
        channel_link(channel),
        join(", ", [code(pattern) for pattern in patterns[:20]]),
        REASONS[reason],
    )
    kept = Markup(
        "What had still to be told there is kept: `/openvidu outbox list --dead` shows it, "
        "`/openvidu outbox retry` sends it again."
    )
    reply = Reply(said, (Paragraph(said), Note(kept), Note(md("Reference {}", code(ref)))))
    makers = sorted({binding.created_by for binding in bound})
    told = [Notice(channel=user, key=f"lost:{ref}", reply=reply, user=user) for user in makers]
    await outbox.add(tx, team, server, now, told)
