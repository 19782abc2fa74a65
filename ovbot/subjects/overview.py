"""One person's overview, for App Home: what waits for them, their role, the server's health, and
last what they did."""

import asyncio

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry
from ovbot.domain.markup import Markup, bold, code, join, md, mention, title_of, when
from ovbot.domain.reply import Button, Heading, Note, Paragraph, Part
from ovbot.engine.calls import call
from ovbot.engine.context import Context
from ovbot.engine.ports import Directory
from ovbot.engine.reasons import all_switched_off, who_grants_more, why
from ovbot.openvidu import OpenVidu, OpenViduError, ServerConfig
from ovbot.store import audit, bindings, later
from ovbot.subjects.plans import CLOSE
from ovbot.subjects.undelivered import held_up
from ovbot.subjects.webhooks import arrivals

_PATIENCE = 5.0
_RECENT = 5
_CLOSINGS = 3


async def overview(context: Context) -> list[Part]:
    """All of it, top to bottom."""
    first, last = await around(context)
    return first + last


async def around(context: Context) -> tuple[list[Part], list[Part]]:
    """What stands above the sessions, and what below them. A server that is away is told above,
    and leaves the rest readable."""
    role = md("You are {}: {}.", bold(context.access.here.word), why(context.access))
    if context.access.here is not Role.ADMIN:
        role = md("{} {}", role, who_grants_more(context.access))
    config, health = await _health(context)
    first = await _closings(context)
    if context.access.off:
        first.insert(0, Paragraph(md(":no_entry: {}", all_switched_off(context.access))))
    last: list[Part] = [Note(role)]
    (last if config is not None else first).append(Paragraph(health))
    if held := held_up(context.powers.standing):
        first.append(Paragraph(held))
    if context.access.is_admin and config is not None:
        first += await _set_up(config, context)
    if context.access.is_admin:
        last += [Note(md("Optional: {}.", text)) for text in not_granted(context.powers.directory)]
    return first, last + await _recent(context)


async def _closings(context: Context) -> list[Part]:
    """The announced closings of sessions that the person may see: who may can call them off."""
    async with context.store.read() as tx:
        plans = await later.waiting(tx, context.actor.team, context.server, CLOSE)
    seen = [plan for plan in plans if context.access.sees(plan.session)]
    parts: list[Part] = []
    for plan in seen[:_CLOSINGS]:
        text = ":hourglass_flowing_sand: {} closes {}, announced by {}."
        said = md(text, title_of(plan.session), when(plan.due_at), mention(plan.actor))
        may = context.access.on(plan.session) >= Role.OPERATOR
        keep = Button(f"Keep {plan.session} open", call("keep", session=plan.session))
        parts.append(Paragraph(said, keep if may else None))
    return parts


async def _health(context: Context) -> tuple[ServerConfig | None, Markup]:
    name = code(context.server)
    try:
        async with asyncio.timeout(_PATIENCE):
            config = await context.openvidu.config()
    except (OpenViduError, TimeoutError) as error:
        reason = error.sentence if isinstance(error, OpenViduError) else "It answers too slowly."
        return None, md(":red_circle: OpenVidu {} is *not reachable*. {}", name, reason)
    said = md(
        ":large_green_circle: OpenVidu {} is *reachable*: {} {}, checked {}.",
        name,
        edition(context.openvidu, config),
        config.version,
        when(context.clock.now_ms(), seconds=True),
    )
    return config, said


def edition(openvidu: OpenVidu, config: ServerConfig) -> str:
    """The server's edition in a word. A Pro server's plain configuration does not always tell."""
    known = openvidu.server.edition if openvidu.server else config.edition
    return "Pro" if known == "pro" else "Community"


async def _set_up(config: ServerConfig, context: Context) -> list[Part]:
    """The checklist of admins; nothing once all of it is done."""
    openvidu, hooks = context.openvidu, context.powers.webhooks
    async with context.store.read() as tx:
        bound = await bindings.every(tx, context.server)
        found = await arrivals(tx, context.server, hooks, config, openvidu)
    steps = [
        *((False, wrong) for wrong in found.wrong),
        (found.last is not None, found.lines[0] if found.wrong else join(" ", found.lines)),
        (config.recording, "recording is switched on (OPENVIDU_RECORDING=true)"),
        (bool(bound), "a channel is bound to a session (/openvidu bind in that channel)"),
    ]
    if all(done for done, _step in steps):
        return []
    marks = {
        True: Markup(":white_check_mark: done:"),
        False: Markup(":black_square_button: to do:"),
    }
    lines = join("\n", [md("{} {}", marks[done], step) for done, step in steps])
    return [Heading("Set-up"), Paragraph(lines)]


def not_granted(directory: Directory) -> list[Markup]:
    """What ovbot could do with rights that it does not have: ``the scope `x` gives: …``."""
    return [
        md("the Slack scope {} gives: {}", code(one.scope), one.gives) for one in directory.lacking
    ]


async def _recent(context: Context) -> list[Part]:
    async with context.store.read() as tx:
        actor = context.actor
        found = await audit.latest(tx, actor.team, limit=_RECENT, actor=actor.user)
    if not found:
        return []
    lines = join("\n", [_line(entries) for entries in found])
    return [Heading("What you did last"), Paragraph(lines)]


def _line(entries: tuple[AuditEntry, ...]) -> Markup:
    first, last = entries[0], entries[-1]
    ended = last.outcome.value if last.outcome else "not finished"
    about = last.detail or last.target or last.session
    said = md("{} {}", when(first.at), bold(first.command))
    if about and last.outcome and last.outcome.value != "denied":
        said = md("{} {}", said, about)
    return md("{}: {}", said, ended)
