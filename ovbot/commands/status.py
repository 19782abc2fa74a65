"""``status``: how ovbot is, asked now: OpenVidu, the database, and what waits.

OpenVidu: GET /openvidu/api/config.
"""

import asyncio

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, code, md, when
from ovbot.domain.reply import Button, Buttons, Facts, Heading, Note, Paragraph, Reply
from ovbot.domain.words import counted
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.overview import edition, not_granted
from ovbot.grammar.args import Args
from ovbot.openvidu import OpenViduError, ServerConfig
from ovbot.store import audit, bindings, outbox
from ovbot.store.deliveries import Status
from ovbot.store.failures import StoreError

PATIENCE = 10.0
"""Seconds: who asks how things are wants to know that they are slow, too."""
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
    not_granted: tuple[Markup, ...] = ()
    """What ovbot could do with rights that it does not have."""


async def run(_args: StatusArgs, context: Context) -> Health:
    (config, unreachable), (stock, no_database) = await asyncio.gather(
        _openvidu(context), _database(context)
    )
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
        not_granted=tuple(not_granted(context.directory)),
    )


async def _openvidu(context: Context) -> tuple[ServerConfig | None, str]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await context.openvidu.config(), ""
    except OpenViduError as error:
        return None, f"{error.sentence} {error.next_step}".strip()
    except TimeoutError:
        return None, f"It did not answer within {PATIENCE:.0f} seconds."


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
    well = health.config is not None and health.stock is not None and not health.stock.dead
    text = md("ovbot is well.") if well else md("ovbot needs attention.")
    checked = Note(md("Checked {}", when(health.at, seconds=True)))
    stock = (_stock(health.stock),) if health.stock else ()
    return Reply(
        text,
        (
            Heading("Status of ovbot"),
            Paragraph(_openvidu_line(health)),
            Paragraph(_database_line(health)),
            *stock,
            *(Note(md("Optional: {}.", text)) for text in health.not_granted),
            Buttons((Button("Check again", "status"),)),
            checked,
        ),
    )


def _openvidu_line(health: Health) -> Markup:
    if health.config is None:
        return md(
            "{} OpenVidu {} is *not reachable*. {}",
            Markup(_BAD),
            code(health.server),
            health.unreachable,
        )
    return md(
        "{} OpenVidu {} is *reachable*: {} {}.",
        Markup(_GOOD),
        code(health.server),
        health.edition,
        health.config.version,
    )


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
