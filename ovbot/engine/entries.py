"""An invocation as an audit entry. Secrets end here: what is audited can be read by auditors."""

from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.engine.command import AnyCommand
from ovbot.engine.context import Context
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.layout import layout_of
from ovbot.openvidu.foreign import ID as ID_LIMIT
from ovbot.openvidu.secret import shown_uri

LONGEST_SHOWN = 300
"""Characters of one argument that are kept."""


def entry(
    command: AnyCommand,
    args: Args | None,
    context: Context,
    phase: Phase,
    *,
    interaction: str | None = None,
    outcome: Outcome | None = None,
    detail: str = "",
    process: str = "",
) -> AuditEntry:
    """An audit entry of this invocation. Arguments are kept as short texts, without secrets."""
    given = {} if args is None else _texts(args)
    return AuditEntry(
        ref=context.ref,
        phase=phase,
        at=context.clock.now_ms(),
        team=context.actor.team,
        server=context.server,
        actor=context.actor.user,
        channel=context.channel,
        command=command.name,
        session=given.get("session", "")[:ID_LIMIT],
        arguments={name: text[:LONGEST_SHOWN] for name, text in given.items()},
        interaction=interaction,
        outcome=outcome,
        detail=detail,
        process=process,
    )


def _texts(args: Args) -> dict[str, str]:
    """What was asked for, by field name; of a camera only host and port."""
    given = args.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
    uris = {field.name for field in layout_of(type(args)).fields if field.note.kind is Kind.URI}
    texts = {n: ", ".join(map(str, v)) if isinstance(v, list) else str(v) for n, v in given.items()}
    return {name: shown_uri(text) if name in uris else text for name, text in texts.items()}
