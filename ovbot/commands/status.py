"""``status``: how ovbot is, asked now: OpenVidu, the database, and what waits.

OpenVidu: GET /openvidu/api/config and GET /openvidu/api/sessions.
"""

import asyncio

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, code, join, md, when
from ovbot.domain.reply import Button, Buttons, Facts, Heading, Note, Paragraph, Part, Reply
from ovbot.domain.words import counted, duration
from ovbot.engine import menus_asked
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.reasons import all_switched_off
from ovbot.grammar.args import Args
from ovbot.openvidu import OpenViduError, ServerConfig, Unreachable
from ovbot.openvidu.certificates import DAY_MS, Certificate
from ovbot.store import audit, bindings, outbox
from ovbot.store.deliveries import Status
from ovbot.store.failures import StoreError
from ovbot.subjects.overview import edition, not_granted
from ovbot.subjects.undelivered import held_up
from ovbot.subjects.webhooks import Arrivals, arrivals

PATIENCE = 10.0
"""Seconds: who asks how things are wants to know that they are slow, too."""
_SKEWED = 30_000
"""Milliseconds between two clocks that are worth a word."""
_GOOD, _ODD, _BAD = ":large_green_circle:", ":large_yellow_circle:", ":red_circle:"


class StatusArgs(Args):
    pass


class Stock(msgspec.Struct, frozen=True):
    """What the database holds: notices that wait or are lost, open actions, bindings."""

    waiting: int
    dead: int
    open: int
    bindings: int


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at ``at``; whatever did not answer has its reason in words instead."""

    server: str
    config: ServerConfig | None
    edition: str
    unreachable: str
    stock: Stock | None
    no_database: str
    at: int
    arrivals: Arrivals | None = None
    """How OpenVidu's webhooks are; None where the database does not tell."""
    listed: int | None = None
    """How many sessions are live; None where they could not be listed."""
    certificate_ends: int | None = None
    """When OpenVidu's certificate ends (milliseconds), if that is soon."""
    held_up: Markup | None = None
    """Why no message leaves now; None while they do."""
    ahead: int = 0
    """How far OpenVidu's clock is ahead of ours (ms)."""
    unasked: Markup | None = None
    """What to do where menus may stay empty; None where they were asked for."""
    off: Markup = Markup("")
    """What is switched off for everybody, in a line each."""
    not_granted: tuple[Markup, ...] = ()
    """What ovbot could do with rights that it does not have."""


async def run(_args: StatusArgs, context: Context) -> Health:
    (config, listed, unreachable), (stock, no_database) = await asyncio.gather(
        _openvidu(context), _database(context)
    )
    found = None if stock is None else await _arrivals(config, context)
    now = context.clock.now_ms()
    known = edition(context.openvidu, config) if config else ""
    return Health(
        server=context.server,
        config=config,
        edition=known,
        unreachable=unreachable,
        stock=stock,
        no_database=no_database,
        at=now,
        arrivals=found,
        listed=listed,
        certificate_ends=_ending(context.openvidu.certificate, now),
        ahead=context.openvidu.ahead,
        held_up=held_up(context.powers.standing),
        unasked=await _unasked(context) if stock and context.powers.menus_url else None,
        off=all_switched_off(context.access),
        not_granted=tuple(not_granted(context.powers.directory)),
    )


async def _unasked(context: Context) -> Markup | None:
    try:
        async with context.store.read() as tx:
            asked = await menus_asked.ever(tx, context.server)
    except StoreError:
        return None
    return None if asked else menus_asked.never(context.powers.menus_url)


def _ending(shown: Certificate | None, now: int) -> int | None:
    """When OpenVidu's certificate ends, if somebody should see to it."""
    return shown.ends_at if shown is not None and shown.days_left(now) is not None else None


async def _openvidu(context: Context) -> tuple[ServerConfig | None, int | None, str]:
    """Its configuration and how many sessions it lists: either may work without the other."""
    config, listed, wrong = None, None, ""
    try:
        async with asyncio.timeout(PATIENCE):
            try:
                config = await context.openvidu.config()
            except Unreachable:
                raise
            except OpenViduError as error:
                wrong = _said(error)
            sessions = await context.openvidu.sessions()
            listed = len(sessions) + sessions.unreadable
    except OpenViduError as error:
        wrong = wrong or _said(error)
    except TimeoutError:
        wrong = f"It did not answer within {PATIENCE:.0f} seconds."
    return config, listed, wrong


def _said(error: OpenViduError) -> str:
    return f"{error.sentence} {error.next_step}".strip()


async def _arrivals(config: ServerConfig | None, context: Context) -> Arrivals | None:
    try:
        async with context.store.read() as tx:
            return await arrivals(
                tx, context.server, context.powers.webhooks, config, context.openvidu
            )
    except StoreError:
        return None


async def _database(context: Context) -> tuple[Stock | None, str]:
    team, server = context.actor.team, context.server
    try:
        await context.store.ping()
        async with context.store.read() as tx:
            notices = await outbox.counts(tx)
            unfinished = await audit.open_intents(tx, team, server)
            bound = [each for each in await bindings.every(tx, server) if each.team == team]
    except StoreError as error:
        return None, f"{error.sentence} {error.next_step}".strip()
    waiting, dead = notices[Status.PENDING], notices[Status.DEAD]
    return Stock(waiting, dead, len(unfinished), len(bound)), ""


def render(health: Health) -> Reply:
    text = md("ovbot needs attention.")
    if health.listed is not None and health.stock is not None and not health.stock.dead:
        text = md("ovbot works, but not by OpenVidu's webhooks.")
        if health.arrivals is not None and health.arrivals.well:
            text = md("ovbot is well.")
    if health.held_up:
        text = md("ovbot needs attention: Slack takes no messages from it.")
    checked = Note(md("Checked {}", when(health.at, seconds=True)))
    stock = (_stock(health.stock),) if health.stock else ()
    return Reply(
        text,
        (
            Heading("Status of ovbot"),
            *((Paragraph(md("{} {}", Markup(_ODD), health.off)),) if health.off else ()),
            Paragraph(_openvidu_line(health)),
            *_certificate(health.certificate_ends, health.at),
            *_clock(health.ahead),
            Paragraph(_database_line(health)),
            *((Paragraph(health.held_up),) if health.held_up else ()),
            *_webhooks(health.arrivals),
            *stock,
            *((Paragraph(md("{} {}", Markup(_ODD), health.unasked)),) if health.unasked else ()),
            *(Note(md("Optional: {}.", text)) for text in health.not_granted),
            Buttons((Button("Check again", "status"),)),
            checked,
        ),
    )


def _openvidu_line(health: Health) -> Markup:
    if health.config is None and health.listed is not None:
        listed = counted(health.listed, "session", "sessions")
        text = (
            "{} OpenVidu {} is *reachable* and lists {}, but its configuration cannot be read. {}"
        )
        return md(text, Markup(_ODD), code(health.server), listed, health.unreachable)
    if health.config is None:
        return md(
            "{} OpenVidu {} is *not reachable*. {}",
            Markup(_BAD),
            code(health.server),
            health.unreachable,
        )
    known = (code(health.server), health.edition, health.config.version)
    if health.listed is None:
        text = "{} OpenVidu {} is *reachable* ({} {}), but its sessions cannot be listed. {}"
        return md(text, Markup(_BAD), *known, health.unreachable)
    listed = counted(health.listed, "session", "sessions")
    return md("{} OpenVidu {} is *reachable*: {} {}. It lists {}.", Markup(_GOOD), *known, listed)


def _certificate(ends_at: int | None, at: int) -> tuple[Part, ...]:
    """Told in time: when it has ended, OpenVidu is not asked any more."""
    if ends_at is None:
        return ()
    days = counted(max(0, (ends_at - at) // DAY_MS), "day", "days")
    text = (
        "{} OpenVidu's certificate ends in {}, {}. Renew it, and make the new one known to ovbot."
    )
    return (Paragraph(md(text, Markup(_ODD), days, when(ends_at))),)


def _clock(ahead: int) -> tuple[Part, ...]:
    """Told where somebody should set it right; ovbot takes the difference off every time."""
    if abs(ahead) <= _SKEWED:
        return ()
    which = "ahead of" if ahead > 0 else "behind"
    text = "{} OpenVidu's clock is {} {} ovbot's. Set both by NTP; ovbot takes it into account."
    return (Paragraph(md(text, Markup(_ODD), duration(abs(ahead) / 1000), which)),)


def _webhooks(found: Arrivals | None) -> tuple[Part, ...]:
    if found is None:
        return ()
    first, *more = found.lines
    lines = [md("{} {}", Markup(_GOOD if found.well else _ODD), first)]
    return (Paragraph(join("\n", lines + [md("• {}", one) for one in more])),)


def _database_line(health: Health) -> Markup:
    if health.stock is None:
        return md("{} The database *does not answer*. {}", Markup(_BAD), health.no_database)
    return md("{} The database *answers*.", Markup(_GOOD))


def _stock(stock: Stock) -> Facts:
    lost = md("{} {}", Markup(_ODD), stock.dead) if stock.dead else md("none")
    return Facts(
        (
            ("Notices that wait", md("{}", stock.waiting or "none")),
            ("Notices never delivered", lost),
            ("Actions not finished", md("{}", stock.open or "none")),
            ("Bindings", md("{}", counted(stock.bindings, "binding", "bindings"))),
        )
    )


STATUS = Question(
    name="status",
    label="Show status",
    summary="Show how ovbot and its OpenVidu server are",
    args=StatusArgs,
    needs=Role.OPERATOR,
    run=run,
    render=render,
)
