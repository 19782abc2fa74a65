"""``config``: the server's configuration, with secrets masked.

OpenVidu: GET /openvidu/api/config, and GET config of OpenVidu Pro. What is secret in it is masked
where it is read (`openvidu/server_config`), so nothing here has ever held it.
"""

from typing import Annotated

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, code, join, md, when
from ovbot.domain.reply import Button, Buttons, Facts, Heading, Note, Paragraph, Part, Reply
from ovbot.domain.words import counted, duration
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.grammar.args import Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import ServerConfig
from ovbot.openvidu.server_config import Property
from ovbot.subjects.overview import edition

_LINES = 12
"""Properties in one paragraph: Slack takes 3000 characters."""
_VALUE = 120
"""Characters of a value."""
_ITEMS = 30
"""More events than OpenVidu has."""


class ConfigArgs(Args):
    pro: Annotated[bool, Opt(Kind.FLAG, "The configuration of OpenVidu Pro")] = False


class Configuration(msgspec.Struct, frozen=True):
    """A server's configuration as it was read at ``read_at``."""

    server: str
    config: ServerConfig
    edition: str
    args: ConfigArgs
    read_at: int


async def run(args: ConfigArgs, context: Context) -> Configuration:
    openvidu = context.openvidu
    config = await (openvidu.pro_config() if args.pro else openvidu.config())
    known = edition(openvidu, config)
    return Configuration(context.server, config, known, args, context.clock.now_ms())


def render(found: Configuration) -> Reply:
    config = found.config
    text = md("OpenVidu {} is {} {}.", code(found.server), found.edition, config.version)
    parts: list[Part] = [Heading("OpenVidu's configuration"), _facts(config, found.edition)]
    lines = [_line(key, value) for key, value in config.properties.items()]
    parts += [
        Paragraph(join("\n", lines[first : first + _LINES]))
        for first in range(0, len(lines), _LINES)
    ]
    again = Button("Refresh configuration", format_command("config", found.args))
    hint = "Secrets and webhook headers are masked. Read from OpenVidu {}"
    return Reply(
        text,
        (*parts, Buttons((again,)), Note(md(hint, when(found.read_at, seconds=True)))),
    )


def _facts(config: ServerConfig, edition: str) -> Facts:
    return Facts(
        (
            ("Version", md("{} {}", edition, config.version)),
            ("Address", code(config.public_url)),
            ("Recording", _recording(config)),
            ("Webhook", _webhook(config)),
        )
    )


def _recording(config: ServerConfig) -> Markup:
    if not config.recording:
        return Markup("off")
    files = "open to everybody" if config.recording_public_access else "behind the secret"
    said = md("on; files {}", files)
    timeout = config.recording_autostop_timeout
    if timeout is None:
        return said
    return said + md("; stops {} after the last stream", duration(timeout))


def _webhook(config: ServerConfig) -> Markup:
    if not config.webhook:
        return Markup("off")
    headers = counted(len(config.webhook_headers), "header", "headers")
    events = counted(len(config.webhook_events), "event", "events")
    return md("on; {} to {}, with {}", events, code(config.webhook_endpoint or ""), headers)


def _line(key: str, value: Property) -> Markup:
    if isinstance(value, list) and value:
        shown = join(", ", [code(each, _VALUE) for each in value[:_ITEMS]])
        more = md(" and {} more", len(value) - _ITEMS) if len(value) > _ITEMS else Markup("")
        return md("{} {}{}", code(key, 80), shown, more)
    return md("{} {}", code(key, 80), code(_text(value), _VALUE))


def _text(value: Property) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "none"
    return "" if value is None else str(value)


CONFIG = Question(
    name="config",
    label="Show configuration",
    summary="Show OpenVidu's configuration, without its secrets",
    args=ConfigArgs,
    needs=Role.OPERATOR,
    run=run,
    render=render,
)
