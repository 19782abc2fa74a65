"""Forms as Slack modals, and what comes back from them.

Source: docs.slack.dev, "Modals", "view_submission payload", "block_suggestion payload". A block's
id is the argument's name, so an error can be shown at its field. The private metadata says where
the form was asked for; it is an address, never an authority.
"""

import re
from typing import Any

import msgspec

from ovbot.domain.actor import Actor
from ovbot.domain.markup import Markup, md
from ovbot.domain.reply import Note, Paragraph, Part, Reply
from ovbot.engine.form import Form, FormField
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.options import Option
from ovbot.grammar.args import Kind
from ovbot.slack import present
from ovbot.slack.origin import Sent, ViewOrigin
from ovbot.slack.present import Block

CALLBACK = "ov:form"
FIELD = "ov:field"
_TITLE = 24
_PLACEHOLDER = 150
_OPTION_TEXT = 75
_OPTION_VALUE = 150
"""@slack/types says 3000, slackblocks and the SDK say 150: stay below both."""
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")
_INPUT = 3000
_HINT = 2000


class Where(msgspec.Struct, frozen=True):
    """The private metadata of a form: which command, asked for in which channel.

    ``told_of``: whom its text names, where the action holds to them; Slack takes 3000 characters.
    """

    command: str
    channel: str
    told_of: tuple[str, ...] | None = None


class Submission(msgspec.Struct, frozen=True):
    """A submitted form, with the texts of each field."""

    actor: Actor
    where: Where
    filled: dict[str, tuple[str, ...]]
    interaction: str
    view: str
    """The view's id, for an answer that comes later."""
    hash: str
    """The view's state: what has changed meanwhile is not to be overwritten."""

    def invocation(self, text: str) -> Invocation:
        """The form's command, as an invocation."""
        return Invocation(
            actor=self.actor,
            channel=self.where.channel,
            text=text,
            interaction=self.interaction,
            source=Source.FORM,
            told_of=self.where.told_of,
        )


class Suggestion(msgspec.Struct, frozen=True):
    """What somebody types into a menu that is asked for."""

    actor: Actor
    where: Where
    field: str
    typed: str
    session: str | None


def view(form: Form, channel: str, *, waiting: bool = False) -> Block:
    """The modal of a form; ``waiting`` for what it will do."""
    parts: list[Part] = [Paragraph(form.text)]
    if waiting:
        parts.append(Note(Markup(":hourglass_flowing_sand: Asking OpenVidu what this will do …")))
    if form.missing:
        parts.append(Note(md(":warning: Still missing: {}.", ", ".join(form.missing).lower())))
    blocks = present.blocks(Reply(form.text, tuple(parts)), len(parts))
    blocks += [_input(field) for field in form.fields]
    where = Where(form.command, channel, form.told_of)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": msgspec.json.encode(where).decode(),
        "title": present.plain_text(form.title, _TITLE),
        "submit": present.plain_text(form.title, _TITLE),
        "close": present.plain_text("Cancel", _TITLE),
        "blocks": blocks,
    }


def answer(reply: Reply, where: Where) -> Block:
    """A modal that only shows a reply; its buttons ask on, in the same place."""
    return {
        "type": "modal",
        "private_metadata": msgspec.json.encode(where).decode(),
        "title": present.plain_text(where.command.capitalize(), _TITLE),
        "close": present.plain_text("Close", _TITLE),
        "blocks": present.blocks(reply, present.HOME_BLOCKS),
    }


WAITING = Reply(
    Markup(":hourglass_flowing_sand: Asking OpenVidu …"),
    (Paragraph(Markup(":hourglass_flowing_sand: Asking OpenVidu …")),),
)


def _input(field: FormField) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field.name,
        "optional": not field.required or field.flag,
        "label": present.plain_text(field.label, 150),
        "element": {"action_id": f"{FIELD}:{field.kind.value}", **_element(field)},
    }
    if field.told:
        block["dispatch_action"] = True
    # A box to tick says itself what it means.
    if field.help and not field.flag:
        block["hint"] = present.plain_text(field.help, _HINT)
    return block


def _element(field: FormField) -> Block:
    if field.flag:
        ticked = _option(Option("yes", field.help or field.label))
        initial = {"initial_options": [ticked]} if field.values else {}
        return {"type": "checkboxes", "options": [ticked], **initial}
    if field.choices:
        return _menu(field)
    if field.kind is Kind.USER and not field.plural:
        user = _MENTION.fullmatch(field.values[0]) if field.values else None
        return {"type": "users_select", **({"initial_user": user[1]} if user else {})}
    # What is too long for a menu is filled in as text: left out, another session could be meant.
    if field.searched and all(len(value) <= _OPTION_VALUE for value in field.values):
        return _searched(field)
    text = "\n".join(field.values)[:_INPUT]
    return {
        "type": "plain_text_input",
        "multiline": field.multiline,
        "max_length": _INPUT,
        **({"initial_value": text} if text else {}),
    }


def _menu(field: FormField) -> Block:
    offered = [_option(Option(choice, choice)) for choice in field.choices[:100]]
    chosen = [option for option in offered if option["value"] in field.values]
    if field.plural:
        initial: Block = {"initial_options": chosen} if chosen else {}
        return {"type": "multi_static_select", "options": offered, **initial}
    initial = {"initial_option": chosen[0]} if chosen else {}
    return {"type": "static_select", "options": offered, **initial}


def _searched(field: FormField) -> Block:
    labels = field.labels or field.values
    chosen = [_option(Option(*each)) for each in zip(field.values, labels, strict=True)]
    base: Block = {
        "min_query_length": 0,
        "placeholder": present.plain_text("Choose, or type to find", _PLACEHOLDER),
    }
    if field.plural:
        initial: Block = {"initial_options": chosen} if chosen else {}
        return {"type": "multi_external_select", **base, **initial}
    initial = {"initial_option": chosen[0]} if chosen else {}
    return {"type": "external_select", **base, **initial}


def _option(option: Option) -> Block:
    return {"text": present.plain_text(option.label, _OPTION_TEXT), "value": option.value}


def suggestions(options: tuple[Option, ...]) -> list[Block]:
    """What a menu offers; values that Slack would refuse are left out, they can be typed."""
    return [_option(o) for o in options if 0 < len(o.value) <= _OPTION_VALUE][:100]


def asked_in(private_metadata: str) -> str:
    """The channel that a modal belongs to, or ``""`` when it does not say."""
    try:
        return msgspec.json.decode(private_metadata, type=Where).channel
    except msgspec.DecodeError:
        return ""


def submission(payload: dict[str, Any]) -> Submission:
    """A submitted form, or one in which something was chosen; raises msgspec.ValidationError when
    it is no form of ours."""
    sent = msgspec.convert(payload, _Payload)
    filled = {block: _texts(element) for block, element in sent.view.elements()}
    return Submission(
        sent.sender(sent.view),
        sent.view.where(),
        filled,
        f"view:{sent.view.id}",  # a form is submitted once, however often the press is repeated
        sent.view.id,
        sent.view.hash,
    )


def suggestion(payload: dict[str, Any]) -> Suggestion:
    """Raises msgspec.ValidationError when it is no menu of ours."""
    sent = msgspec.convert(payload, _Payload)
    session = dict(sent.view.elements()).get("session")
    return Suggestion(
        sent.sender(sent.view),
        sent.view.where(),
        sent.block_id,
        sent.value,
        next(iter(_texts(session)), None) if session else None,
    )


class _Chosen(msgspec.Struct, frozen=True):
    value: str


class _Element(msgspec.Struct, frozen=True):
    type: str
    value: str | None = None
    selected_option: _Chosen | None = None
    selected_options: tuple[_Chosen, ...] | None = None
    selected_user: str | None = None


class _State(msgspec.Struct, frozen=True):
    values: dict[str, dict[str, _Element]] = {}


class _View(ViewOrigin, frozen=True, kw_only=True):
    id: str
    hash: str = ""
    private_metadata: str = ""
    state: _State = _State()

    def elements(self) -> list[tuple[str, _Element]]:
        """Each block's id with its one element."""
        return [
            (block, element)
            for block, elements in self.state.values.items()
            for element in elements.values()
        ]

    def where(self) -> Where:
        """Where the form was asked for."""
        return msgspec.json.decode(self.private_metadata, type=Where)


class _Payload(Sent, frozen=True, kw_only=True):
    view: _View
    block_id: str = ""
    value: str = ""


def _texts(element: _Element) -> tuple[str, ...]:
    if element.selected_options is not None:
        return tuple(option.value for option in element.selected_options)
    if element.selected_option is not None:
        return (element.selected_option.value,)
    if element.selected_user:
        return (f"<@{element.selected_user}>",)
    return (element.value,) if element.value else ()
