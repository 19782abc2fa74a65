"""Replies as Block Kit, within Slack's limits by construction.

Limits: docs.slack.dev, "Block Kit" reference (blocks 50 a message and 100 a Home tab, section text
3000, header 150, ten fields of 2000, button text 75 and value 2000, confirm 100/300/30/30).
"""

from collections.abc import Iterable
from itertools import count
from typing import Any

import msgspec

from ovbot.domain.markup import Markup, md, plain, visible
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Facts,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
    Style,
)

MESSAGE_BLOCKS = 50
HOME_BLOCKS = 100
TEXT = 3900
"""Top-level text: Slack advises to stay under 4000."""
_SECTION = 3000
_FIELDS = 10
_FIELD = 2000
_HEADER = 150
_VALUE = 2000
_ROW = 5
"""Buttons in a row: Slack takes 25, a phone shows few."""
ACTION = "ov"
"""Every action id is ``ov:<verb>:<n>``; what counts is the button's value."""

Block = dict[str, Any]


class Message(msgspec.Struct, frozen=True):
    """A message as chat.postMessage takes it."""

    text: str
    blocks: list[Block]


def message(reply: Reply) -> Message:
    """A reply as a message. Too many parts end in "and N more" instead of an error."""
    return Message(clip(reply.text, TEXT), blocks(reply, MESSAGE_BLOCKS))


def blocks(reply: Reply, limit: int) -> list[Block]:
    """A reply's parts as at most ``limit`` blocks."""
    numbers = count(1)
    parts = reply.parts or (Paragraph(reply.text),)
    made = [block for part in parts for block in _blocks(part, numbers)]
    made = made or list(_blocks(Paragraph(reply.text), numbers))
    if len(made) <= limit:
        return made
    left = len(made) - (limit - 1)
    return [*made[: limit - 1], *_blocks(Note(md("… and {} more.", left)), numbers)]


def clip(text: str, limit: int) -> str:
    """Cut mrkdwn without leaving half an entity or half a mention at the end."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    opened = cut.rfind("<")
    if opened > cut.rfind(">"):
        cut = cut[:opened]
    entity = cut.rfind("&")
    if entity > cut.rfind(";"):
        cut = cut[:entity]
    return cut + "…"


def _blocks(part: Part, numbers: "count[int]") -> Iterable[Block]:
    match part:
        case Heading(text=text):
            yield {"type": "header", "text": plain_text(text, _HEADER)}
        case Paragraph(text=text, button=button):
            block: Block = {"type": "section", "text": _mrkdwn(text, _SECTION)}
            if button is not None and _fits(button):
                block["accessory"] = _button(button, numbers)
            yield block
        case Facts(pairs=pairs):
            for first in range(0, len(pairs), _FIELDS):
                chunk = pairs[first : first + _FIELDS]
                fields = [_mrkdwn(md("*{}*\n{}", name, value), _FIELD) for name, value in chunk]
                yield {"type": "section", "fields": fields}
        case Buttons(buttons=buttons):
            fitting = [button for button in buttons if _fits(button)]
            for first in range(0, len(fitting), _ROW):
                row = fitting[first : first + _ROW]
                yield {"type": "actions", "elements": [_button(b, numbers) for b in row]}
        case Note(text=text):
            yield {"type": "context", "elements": [_mrkdwn(text, _SECTION)]}
        case _:
            yield {"type": "divider"}


def _mrkdwn(text: Markup, limit: int) -> Block:
    # verbatim: Slack must not turn foreign text that looks like a link or a channel into one.
    return {"type": "mrkdwn", "text": clip(text, limit) or "-", "verbatim": True}


# plain_text is not parsed, but it is copied, logged and read by other apps: no angle brackets.
_ANGLES = str.maketrans({"<": "‹", ">": "›"})


def plain_text(text: str, limit: int) -> Block:
    """Text that Slack does not parse, at most ``limit`` long."""
    shown = visible(plain(text), limit).translate(_ANGLES)
    return {"type": "plain_text", "text": shown or "-", "emoji": True}


def _fits(button: Button) -> bool:
    # A command that was cut would be another command: such a button is left out.
    return len(button.command) <= _VALUE


def _button(button: Button, numbers: "count[int]") -> Block:
    verb = button.command.split(" ", 1)[0][:40] or "panel"
    element: Block = {
        "type": "button",
        "action_id": f"{ACTION}:{verb}:{next(numbers)}",
        "text": plain_text(button.label, 75),
        "value": button.command,
    }
    if button.style is not Style.DEFAULT:
        element["style"] = button.style.value
    if button.confirm is not None:
        element["confirm"] = _confirm(button.confirm, button.style)
    return element


def _confirm(confirm: Confirm, style: Style) -> Block:
    asked: Block = {
        "title": plain_text(confirm.title, 100),
        "text": plain_text(confirm.text, 300),
        "confirm": plain_text(confirm.yes, 30),
        "deny": plain_text(confirm.no, 30),
    }
    if style is not Style.DEFAULT:
        asked["style"] = style.value
    return asked
