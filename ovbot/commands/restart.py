"""``restart``: restart OpenVidu Pro with other settings.

OpenVidu Pro: POST /pro/restart. Only the documented settings; OPENVIDU_SECRET is refused here.
"""

import asyncio
import re
from collections.abc import Iterable
from typing import Annotated

import msgspec
from pydantic import BeforeValidator, PlainSerializer

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, join, md, mention
from ovbot.domain.words import counted
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.openvidu import ListedSession
from ovbot.openvidu.errors import BadProperty, ProOnly, Unreachable
from ovbot.openvidu.restart import RestartProperties, restart_properties
from ovbot.openvidu.secret import MASK
from ovbot.openvidu.server_config import Property, ServerConfig
from ovbot.subjects import media_nodes
from ovbot.subjects.after_look import so_now
from ovbot.subjects.node_outcomes import because, done

_HEADERS = "OPENVIDU_WEBHOOK_HEADERS"
_ARROW = " → "
_SPACED = re.compile(r"[^\s,]\s+[^\s,]")
_NEXT_SETTING = re.compile(r"\s+(?=OPENVIDU_\w+=)", re.IGNORECASE)
_LOOK_TRIES = 6
_LOOK_PAUSE = 3.0
"""Seconds. A server that restarts answers as before for a moment, and then not at all."""


def _settings(given: object) -> object:
    """One setting each: a form hands over several in one text. No sentence here tells a value."""
    if not isinstance(given, tuple | list) or not all(isinstance(text, str) for text in given):
        return given
    settings = tuple(one for text in given for one in _NEXT_SETTING.split(text.strip()))
    _read(settings)
    return settings


def _read(settings: Iterable[str]) -> RestartProperties:
    """The settings, typed by the client's own model; raises ValueError with a sentence."""
    texts: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        name = key.strip().upper()
        if not equals:
            raise ValueError("A setting is KEY=VALUE; with spaces in it, the whole goes in quotes.")
        if not name.startswith("OPENVIDU_"):
            # Not repeated: it may be a piece of a header that was written without quotes.
            raise ValueError("The names of the settings that can be changed begin with OPENVIDU_.")
        if name in texts:
            raise ValueError(f"{name[:80]} is given twice.")
        texts[name] = value
        if re.search(r"[\r\n]", value) or (name != _HEADERS and _SPACED.search(value)):
            raise ValueError(f"The value of {name[:80]} cannot hold spaces or line breaks.")
    properties = restart_properties(texts)
    if any(":" not in header for header in properties.openvidu_webhook_headers or ()):
        raise ValueError("A webhook header is Name: value; a comma begins the next one.")
    return properties


def _kept(settings: tuple[str, ...]) -> str:
    """The settings as the audit keeps them: headers and credentials masked."""
    shown = _read(settings).shown()
    return " ".join(f"{key}={_text(value)}" for key, value in shown.items())


class RestartArgs(Args):
    settings: Annotated[
        tuple[str, ...],
        Arg(Kind.SETTING, "KEY=VALUE by OpenVidu's names; commas part a list's items", many=True),
        BeforeValidator(_settings),
        PlainSerializer(_kept, when_used="json"),
    ]
    reason: media_nodes.Reason = None


class Change(msgspec.Struct, frozen=True):
    """One setting that is named, masked: as it is (None: not shown), and as it is to be."""

    key: str
    before: Property
    after: Property

    @property
    def stays(self) -> bool:
        """Whether it is the same already. Of what is masked that cannot be told."""
        return _same(_text(self.before), _text(self.after)) and MASK not in _text(self.after)

    @property
    def line(self) -> str:
        """For the audit, which is all that `look` has: only what will be seen has an arrow."""
        before, after = _text(self.before), _text(self.after)
        if _same(before, after):
            return f"{self.key}: {after} ({'as it is' if self.stays else 'not shown'})"
        return f"{self.key}: {before}{_ARROW}{after}"


class Restart(msgspec.Struct, frozen=True):
    """What is to change on which server, and the sessions that drop."""

    properties: RestartProperties
    changes: tuple[Change, ...]
    sessions: tuple[ListedSession, ...]
    server: str
    reason: str | None


def _same(one: str, other: str) -> bool:
    return one.rstrip("/") == other.rstrip("/")  # OpenVidu ends its paths with a slash


def _text(value: Property) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(value) or "nothing"
    return "not shown" if value is None else str(value) or "nothing"


def _changes(properties: RestartProperties, config: ServerConfig) -> tuple[Change, ...]:
    now = config.properties
    return tuple(Change(key, now.get(key), new) for key, new in properties.shown().items())


async def resolve(args: RestartArgs, context: Context) -> Restart:
    properties = _read(args.settings)
    try:
        config = await context.openvidu.pro_config()
        await context.openvidu.check_restart(properties)
    except ProOnly as none:
        raise UserError(
            "This server is the Community edition, which cannot be restarted from here.",
            "Change its configuration file and restart it where it runs.",
            code="restart.community",
        ) from none
    sessions = await context.openvidu.sessions()
    changes = _changes(properties, config)
    return Restart(properties, changes, sessions, context.server, args.reason)


def target(restart: Restart) -> Target:
    return Target("", restart.server, "\n".join(change.line for change in restart.changes))


async def consider(restart: Restart, context: Context) -> Markup:
    live = md("no session is live now")
    if restart.sessions:
        live = md("what is live drops: {}", media_nodes.named(restart.sessions, context.access))
    lines = [md(":warning: OpenVidu restarts; {}.", live)]
    for change in restart.changes:
        stays = Markup(" (as it is)" if change.stays else "")
        old, new = code(_text(change.before)), code(_text(change.after))
        lines.append(md("• {}: {} → {}{}", code(change.key), old, new, stays))
    if any(c.key.startswith("OPENVIDU_WEBHOOK") and not c.stays for c in restart.changes):
        lines.append(
            Markup(
                "ovbot hears of OpenVidu by the webhook. If it does not lead here afterwards, "
                "bound channels are told late or not at all."
            )
        )
    lines.append(Markup("What is not named stays as it is. The new values are kept for good."))
    return join("\n", lines)


async def act(restart: Restart, context: Context) -> Result:
    try:
        await context.openvidu.restart(restart.properties)
    except BadProperty as bad:
        # What OpenVidu says of a header could repeat it.
        kept_back = any(change.key == _HEADERS for change in restart.changes)
        own = (
            md(" OpenVidu says: “{}”", bad.message) if bad.message and not kept_back else Markup("")
        )
        said = md(
            "OpenVidu refused {}, so it was not restarted and nothing was changed.{} Give them "
            "other values.",
            join(", ", [code(change.key) for change in restart.changes]),
            own,
        )
        answer = f"{bad.status} {bad.code}"
        return Result(outcome=Outcome.REFUSED, said=said, answer=answer)
    keys = [change.key for change in restart.changes]
    return _begun(context.actor.user, keys, restart.reason, "200", len(restart.sessions))


def _begun(
    actor: str, keys: Iterable[str], reason: str | None, answer: str, sessions: int
) -> Result:
    """It was begun: whether the server comes back is for a later look."""
    said = md(
        "{} is restarting OpenVidu with other settings ({}). {} It is away for a moment; "
        "/openvidu config --pro tells when it is back, and with what.{}",
        mention(actor),
        join(", ", [code(key) for key in keys]),
        _dropped(sessions),
        because(reason),
    )
    return done(said, answer)


def _dropped(sessions: int) -> Markup:
    if not sessions:
        return Markup("No session was live.")
    live = counted(sessions, "live session drops", "live sessions drop")
    return md("{}.", live.capitalize())


async def look(attempt: AuditEntry, context: Context) -> Result:
    """The settings tell whether the restart took place: those that it was to change visibly."""
    lines = dict(line.partition(": ")[::2] for line in attempt.detail.splitlines())
    now = (await _config_after(context)).properties
    wanted = {
        key: line.partition(_ARROW)[2]
        for key, line in lines.items()
        if _ARROW in line and now.get(key) is not None
    }
    if not wanted:
        said = Markup(
            "OpenVidu answers, but by its settings it cannot be told whether it was restarted. "
            "/openvidu list shows whether the sessions are still there."
        )
        return Result(
            outcome=Outcome.UNKNOWN, said=said, answer="looked: cannot tell", helps=("list",)
        )
    left = [key for key, new in wanted.items() if not _same(_text(now[key]), new)]
    if not left:
        changed = join(", ", [code(key) for key in lines])
        state = md("OpenVidu runs with the other settings ({}). Live sessions drop.", changed)
        return done(so_now(attempt, state), "looked: changed")
    said = md(
        "OpenVidu was not restarted: it runs with {} as before. Try again.",
        join(", ", [code(key) for key in left]),
    )
    return Result(outcome=Outcome.FAILED, said=said, answer="looked: as before")


async def _config_after(context: Context) -> ServerConfig:
    """The configuration, once the server answers; raises Unreachable if it stays away."""
    for _ in range(_LOOK_TRIES - 1):
        await asyncio.sleep(_LOOK_PAUSE)
        try:
            return await context.openvidu.pro_config()
        except Unreachable:
            continue
    await asyncio.sleep(_LOOK_PAUSE)
    return await context.openvidu.pro_config()


RESTART = Action(
    name="restart",
    label="Restart OpenVidu",
    summary="Restart OpenVidu Pro with other settings",
    args=RestartArgs,
    needs=Role.ADMIN,
    pro=True,
    resolve=resolve,
    target=target,
    act=act,
    look=look,
    guard=Guard.FORM,
    consequences=consider,
)
