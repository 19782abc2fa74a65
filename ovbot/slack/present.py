"""Replies as Block Kit, within Slack's limits by construction.

Limits: docs.slack.dev, "Block Kit" reference (blocks 50 a message and 100 a Home tab, section text
3000, header 150, ten fields of 2000, button text 75 (about thirty are shown) and value 2000,
confirm 100/300/30/30, overflow five options of 75 with values of 150).
"""

import unicodedata
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
LABEL = 30
"""What a phone shows of a button's text; Slack takes 75."""
_SPOKEN = 75
_MENU = 5
_MENU_VALUE = 150
_ACTION_ID = 255
ACTION = "ov"
"""Every action id is ``ov:<verb>:<n>:<the panel's own question>``; what is done is the value."""

Block = dict[str, Any]


class Message(msgspec.Struct, frozen=True):
    """A message as chat.postMessage takes it."""

    text: str
    blocks: list[Block]


def message(reply: Reply) -> Message:
    """A reply as a message. Too many parts end in "and N more" instead of an error."""
    return Message(clip(reply.text, TEXT), blocks(reply, MESSAGE_BLOCKS))


def forms(reply: Reply) -> tuple[Message, ...]:
    """The reply as it is meant, then smaller, then as plain text: what Slack refuses for its
    blocks is said in the next form. Each says that it is not the whole."""
    whole = message(reply)
    parts = reply.parts or (Paragraph(reply.text),)
    small = blocks(Reply(reply.text, (*_beginning(parts), Note(_SHORTENED)), reply.again), _FEW)
    words = md("{}\n_{}_", Markup(clip(reply.text, TEXT - 100)), _SHORTENED)
    return whole, Message(whole.text, small), Message(words, [])


_FEW, _LITTLE = 20, 3_000
_SHORTENED = Markup("Shortened: Slack did not take the whole message.")


def _beginning(parts: tuple[Part, ...]) -> Iterable[Part]:
    """The first parts, as far as their letters go into a small message."""
    letters = 0
    for part in parts[: _FEW - 1]:
        letters += len(_said(part))
        if letters > _LITTLE:
            return
        yield part


def _said(part: Part) -> str:
    match part:
        case Paragraph(text=text) | Note(text=text) | Heading(text=text):
            return str(text)
        case Facts(pairs=pairs):
            return "".join(f"{name}{value}" for name, value in pairs)
        case _:
            return ""


def blocks(reply: Reply, limit: int) -> list[Block]:
    """A reply's parts as at most ``limit`` blocks."""
    ids = _Ids(reply.again)
    parts = reply.parts or (Paragraph(reply.text),)
    made = [block for part in parts for block in _blocks(part, ids)]
    made = made or list(_blocks(Paragraph(reply.text), ids))
    if len(made) <= limit:
        return made
    left = len(made) - (limit - 1)
    return [*made[: limit - 1], *_blocks(Note(md("… and {} more.", left)), ids)]


class _Ids:
    """The action ids of one message: no two are the same, and each remembers ``again``."""

    def __init__(self, again: str) -> None:
        self._numbers = count(1)
        self._again = again

    def next(self, verb: str) -> str:
        short = f"{ACTION}:{verb[:40]}:{next(self._numbers)}"
        whole = f"{short}:{self._again}"
        return whole if self._again and len(whole) <= _ACTION_ID else short


def asked_again(action_id: str) -> str:
    """The question that the message of a pressed button shows, or ``""``."""
    return action_id.split(":", 3)[3] if action_id.count(":") >= 3 else ""


def middle(text: str, limit: int) -> str:
    """Cut a label in its middle: the verb before it and what tells two names apart stay."""
    if len(text) <= limit:
        return text
    tail = text[-(limit // 3) :]
    while tail and hangs_on(tail[0]):  # no accent without its letter, no half of an emoji
        tail = tail[1:]
    return f"{text[: limit - 1 - len(tail)].rstrip(_JOINED)}…{tail.lstrip()}"


_JOINED = " \u200d"


def hangs_on(char: str) -> bool:
    """Whether a character is drawn onto the one before it."""
    return char == "\u200d" or unicodedata.category(char)[0] in "MZ" or "🏻" <= char <= "🏿"


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


def _blocks(part: Part, ids: _Ids) -> Iterable[Block]:
    match part:
        case Heading(text=text):
            yield {"type": "header", "text": plain_text(text, _HEADER)}
        case Paragraph(text=text, button=button, menu=menu):
            block: Block = {"type": "section", "text": _mrkdwn(text, _SECTION)}
            elements = _row((button,) if button else (), menu, ids)
            elements.sort(key=lambda element: element["type"] == "button")  # the menu beside it
            if elements:
                block["accessory"] = elements.pop(0)
            yield block
            if elements:  # what no menu can hold
                yield {"type": "actions", "elements": elements}
        case Facts(pairs=pairs):
            for first in range(0, len(pairs), _FIELDS):
                chunk = pairs[first : first + _FIELDS]
                fields = [_mrkdwn(md("*{}*\n{}", name, value), _FIELD) for name, value in chunk]
                yield {"type": "section", "fields": fields}
        case Buttons(buttons=buttons, more=more):
            elements = _row(buttons, more, ids)
            for first in range(0, len(elements), _ROW):
                yield {"type": "actions", "elements": elements[first : first + _ROW]}
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
    """Text that Slack does not parse, at most ``limit`` long. Names come here too: a code of an
    emoji in one stays a code, and none can be taken for a sign of ours."""
    shown = visible(plain(text), limit).translate(_ANGLES)
    return {"type": "plain_text", "text": shown or "-", "emoji": False}


def _fits(button: Button) -> bool:
    # A command that was cut would be another command: such a button is left out.
    return len(button.command) <= _VALUE


def _row(buttons: tuple[Button, ...], more: tuple[Button, ...], ids: _Ids) -> list[Block]:
    """Buttons, and behind three dots what is pressed seldom; what no menu can hold is a button, and
    so is what would be alone in one."""
    hidden = [button for button in more if _hides(button)][:_MENU]
    hidden = hidden if len(hidden) > 1 else []
    shown = (*buttons, *(button for button in more if button not in hidden))
    elements = [_button(button, ids) for button in shown if _fits(button)]
    options = [
        {"text": plain_text(middle(button.label, _SPOKEN), _SPOKEN), "value": button.command}
        for button in hidden
    ]
    if options:
        elements.append({"type": "overflow", "action_id": ids.next("more"), "options": options})
    return elements


def _hides(button: Button) -> bool:
    """A menu has no dialog for one of its options."""
    return button.confirm is None and 0 < len(button.command) <= _MENU_VALUE


def _button(button: Button, ids: _Ids) -> Block:
    whole = visible(plain(button.label), 4 * _SPOKEN)
    shown = middle(visible(plain(button.short), 4 * _SPOKEN) or whole, LABEL)
    element: Block = {
        "type": "button",
        "action_id": ids.next(button.command.split(" ", 1)[0] or "panel"),
        "text": plain_text(shown, 75),
        "value": button.command,
    }
    if shown != whole:
        element["accessibility_label"] = plain_text(middle(whole, _SPOKEN), _SPOKEN)["text"]
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
