"""What webhooks did not bring and the sweep found: operators hear of the gap, once.

A finding is stored with what came of it. It is told only after the webhook has had its time: one
that was merely slower than the sweep is no gap.
"""

from collections.abc import Iterable, Sequence

import msgspec

from ovbot.delivery import fan_out
from ovbot.delivery.admin_alerts import AdminAlerts
from ovbot.domain.markup import Markup, code, join, md, when
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.failpoints import reach
from ovbot.openvidu import ServerConfig
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.webhooks import is_sent
from ovbot.store import events
from ovbot.store.database import Database, Tx
from ovbot.store.events import Recovered

GRACE = 30_000
"""Milliseconds that the webhook gets after the sweep was faster."""
_EARLIER = 600_000
"""Milliseconds that a webhook may have been stored before what it tells was found by the sweep."""
_SHOWN = 10
_UNKNOWN = 600_000
"""Milliseconds that the configuration is waited for."""
_ADVICE = Markup("Their webhooks did not arrive: check that OpenVidu reaches ovbot, and its log.")
_LOST = Markup("Comings and goings of people cannot be recovered.")
_WORDS = {
    "sessionCreated": "session {} was created",
    "sessionDestroyed": "session {} ended",
    "recordingStatusChanged": "recording {} was finished",
}


class Missed(msgspec.Struct, frozen=True):
    """Something that happened unheard: an event's kind, the session's or recording's id, when it
    was created and when it happened (ms)."""

    kind: str
    subject: str
    created_at: int
    at: int


async def remember(tx: Tx, server: str, missed: Iterable[Missed], now: int) -> None:
    """Store what the sweep has just made up for, in the transaction that does so."""
    rows = [
        Recovered(
            key=fan_out.key("recovered", one.kind, one.subject, one.created_at),
            kind=one.kind,
            body=msgspec.json.encode(one).decode(),
        )
        for one in missed
    ]
    await events.add_recovered(tx, server, now, rows)


async def report(
    database: Database,
    operators: AdminAlerts,
    now: int,
    config: ServerConfig | None,
    wrong: Sequence[Markup] = (),
) -> int:
    """Tell of what was missed and whose webhook has not come since; how many events that were.

    ``config`` tells which events are sent at all: where it cannot be read that is waited for, but
    not for ever. ``wrong`` is what is known to be wrong with the webhooks.
    """
    server = operators.server
    grace = GRACE if config is not None else _UNKNOWN
    async with database.read() as tx:
        waiting = await events.recovered(tx, server, before=now - grace)
        if not waiting:
            return 0
        since = min(one.received_at for one in waiting) - _EARLIER
        heard = await events.heard(tx, server, kinds=tuple(_WORDS), since=since)
    told = [msgspec.json.decode(body, type=WebhookEvent) for body in heard]
    found = {one.id: msgspec.json.decode(one.body, type=Missed) for one in waiting}
    late = {number for number, one in found.items() if any(_is_of(one, event) for event in told)}
    unsent = {number for number, one in found.items() if config and not is_sent(one.kind, config)}
    missed = {number: one for number, one in found.items() if number not in late | unsent}
    async with database.begin() as tx:
        await events.settle_recovered(tx, late, "late")
        await events.settle_recovered(tx, unsent - late, "unsent")
        if await events.settle_recovered(tx, missed, "missed") and missed:
            key = fan_out.key("gap", server, min(missed), max(missed))
            await operators.tell(tx, key, _reply(list(missed.values()), wrong), now)
        reach("gap.written")
    reach("gap.committed")
    return len(missed)


def _is_of(missed: Missed, event: WebhookEvent) -> bool:
    if event.kind != missed.kind:
        return False
    if missed.kind == "recordingStatusChanged":
        return event.recording_id == missed.subject and event.status in {"ready", "failed"}
    return event.session_id == missed.subject


def _reply(missed: Sequence[Missed], wrong: Sequence[Markup]) -> Reply:
    first, last = min(one.at for one in missed), max(one.at for one in missed)
    span = md("at {}", when(first))
    if last - first >= 60_000:
        span = md("between {} and {}", when(first), when(last))
    number = len(missed)
    said = md(
        ":mag: {} {} missed {} and {} been recovered.",
        f"{number} event{'' if number == 1 else 's'}",
        "was" if number == 1 else "were",
        span,
        "has" if number == 1 else "have",
    )
    lines = [
        md("• {}: {}", when(one.at, seconds=True), md(_WORDS[one.kind], code(one.subject)))
        for one in sorted(missed, key=lambda one: one.at)
    ]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], md("… and {} more.", len(lines) - _SHOWN)]
    advice = join(" ", [*wrong, _LOST]) if wrong else md("{} {}", _ADVICE, _LOST)
    return Reply(said, (Paragraph(said), Paragraph(join("\n", lines)), Note(advice)))
