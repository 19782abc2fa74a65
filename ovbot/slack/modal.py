"""Forms as Slack modals.

Source: docs.slack.dev, "Modals", "External data source". A block's id is the argument's name, so an
error can be shown at its field. What comes back is read in ``slack/returned``.
"""

import re

import msgspec

from ovbot.domain.markup import Markup
from ovbot.domain.reply import Button, Buttons, Note, Paragraph, Part, Reply
from ovbot.engine.forms import Form, FormField
from ovbot.engine.menus import Option
from ovbot.grammar.args import Kind
from ovbot.slack import present
from ovbot.slack.present import Block

CALLBACK = "ov:form"
FIELD = "ov:field"
_TITLE = 24
_PLACEHOLDER = 150
_OPTION_TEXT = 75
OPTION_VALUE = 150
"""@slack/types says 3000, slackblocks and the SDK say 150: stay below both."""
READY = ":ready"
"""What the block of a field's ready-made texts is called, behind the field's name."""
NOTHING = "ov:none"
"""The choice that leaves an argument out; nothing has that id."""
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")
_INPUT = 3000
_METADATA = 3000
_WRITTEN = frozenset({Kind.TEXT, Kind.URI, Kind.SETTING})
_HINT = 2000


class Where(msgspec.Struct, frozen=True):
    """Which command's form it is, asked for in which channel: an address, never an authority.

    ``confirmed_ids``: whom its text names, where the action holds to them. ``brief``: it has only
    the fields that such a form has.
    """

    command: str
    channel: str
    confirmed_ids: tuple[str, ...] | None = None
    brief: bool = False


class Kept(Where, frozen=True):
    """A form's private metadata: Slack takes 3000 characters, and the person's client can read it.

    ``meant`` is what the form was opened for, by field name: a submitted form may come back without
    what stood in it (slackapi/bolt-js 1258), and must not mean something else then. A field whose
    value does not fit has an empty one here. None: it is of an older ovbot.
    """

    meant: dict[str, tuple[str, ...]] | None = None


def view(form: Form, channel: str, *, waiting: bool = False) -> Block:
    """The modal of a form; ``waiting`` for what it will do."""
    parts: list[Part] = [Paragraph(form.text)]
    if waiting:
        parts.append(Note(Markup(":hourglass_flowing_sand: Asking OpenVidu what this will do …")))
    if form.again:
        parts.append(Buttons((Button("Try again", form.again),)))
    blocks = present.blocks(Reply(form.text, tuple(parts)), len(parts))
    for field in form.fields:
        blocks += _inputs(field)
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": _kept(form, channel),
        "title": present.plain_text(form.title, _TITLE),
        "submit": present.plain_text(form.submit or form.title, _TITLE),
        "close": present.plain_text("Cancel", _TITLE),
        "blocks": blocks,
    }


def _kept(form: Form, channel: str) -> str:
    """The metadata. Texts stay out of it: they can be long, and what is secret is a text."""
    meant = {
        field.name: field.values
        for field in form.fields
        if field.values and field.kind not in _WRITTEN
    }
    meant.update(form.kept)
    kept = Kept(form.command, channel, form.confirmed_ids, form.brief, meant)
    while len(encoded := msgspec.json.encode(kept).decode()) > _METADATA and any(meant.values()):
        meant[max(meant, key=lambda name: len("".join(meant[name])))] = ()
    return encoded


def answer(reply: Reply, where: Where) -> Block:
    """A modal that only shows a reply; its buttons ask on, in the same place."""
    return {
        "type": "modal",
        "private_metadata": msgspec.json.encode(Where(where.command, where.channel)).decode(),
        "title": present.plain_text(where.command.capitalize(), _TITLE),
        "close": present.plain_text("Close", _TITLE),
        "blocks": present.blocks(reply, present.HOME_BLOCKS),
    }


WAITING = Reply(
    Markup(":hourglass_flowing_sand: Asking OpenVidu …"),
    (Paragraph(Markup(":hourglass_flowing_sand: Asking OpenVidu …")),),
)


def _inputs(field: FormField) -> list[Block]:
    """The blocks of a field: where there are ready-made texts, these first."""
    if not field.ready:
        return [_input(field)]
    options = [option_block(Option(text, text)) for text in field.ready]
    picked = [option for option in options if (option["value"],) == field.values]
    choice: Block = {
        "type": "input",
        "block_id": f"{field.name}{READY}",
        "optional": True,
        "label": present.plain_text(field.label, 150),
        "element": {
            "type": "radio_buttons",
            "action_id": f"{FIELD}:{READY}",
            "options": options,
            **({"initial_option": picked[0]} if picked else {}),
        },
    }
    own = msgspec.structs.replace(
        field,
        label="In your own words",
        help=f"{field.help.rstrip('.')}. It replaces the choice above",
        values=() if picked else field.values,
    )
    return [choice, _input(own)]


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
        ticked = option_block(Option("yes", field.help or field.label))
        initial = {"initial_options": [ticked]} if field.values else {}
        return {"type": "checkboxes", "options": [ticked], **initial}
    if field.choices:
        return _menu(field)
    if field.offers and all(len(value) <= OPTION_VALUE for value in field.values):
        return _offered(field)
    user = _MENTION.fullmatch(field.values[0]) if field.values else None
    # A group or a channel is no choice of the menu of people: it is filled in as text.
    is_person = field.kind is Kind.SUBJECT and (user or not field.values)
    if (field.kind is Kind.USER or is_person) and not field.plural:
        return {"type": "users_select", **({"initial_user": user[1]} if user else {})}
    # What is too long for a menu is filled in as text: left out, another session could be meant.
    if field.searched and all(len(value) <= OPTION_VALUE for value in field.values):
        return _searched(field)
    text = "\n".join(field.values)[:_INPUT]
    return {
        "type": "plain_text_input",
        "multiline": field.multiline,
        "max_length": _INPUT,
        **({"initial_value": text} if text else {}),
    }


def _menu(field: FormField) -> Block:
    offered = [option_block(Option(choice, choice)) for choice in field.choices[:100]]
    chosen = [option for option in offered if option["value"] in field.values]
    if field.plural:
        initial: Block = {"initial_options": chosen} if chosen else {}
        return {"type": "multi_static_select", "options": offered, **initial}
    initial = {"initial_option": chosen[0]} if chosen else {}
    return {"type": "static_select", "options": offered, **initial}


def _offered(field: FormField) -> Block:
    """A menu of what is chosen mostly; what was written otherwise is in it too."""
    known = [Option(value or NOTHING, label) for value, label in field.offers]
    values = [option.value for option in known]
    known += [Option(value, value) for value in field.values if value not in values]
    wanted = field.values[0] if field.values else NOTHING
    initial = [option_block(option) for option in known if option.value == wanted]
    return {
        "type": "static_select",
        "options": [option_block(option) for option in known],
        **({"initial_option": initial[0]} if initial else {}),
    }


def _searched(field: FormField) -> Block:
    labels = field.labels or field.values
    chosen = [option_block(Option(*each)) for each in zip(field.values, labels, strict=True)]
    base: Block = {
        "min_query_length": 0,
        "placeholder": present.plain_text("Choose, or type to find", _PLACEHOLDER),
    }
    if field.plural:
        initial: Block = {"initial_options": chosen} if chosen else {}
        return {"type": "multi_external_select", **base, **initial}
    initial = {"initial_option": chosen[0]} if chosen else {}
    return {"type": "external_select", **base, **initial}


def option_block(option: Option) -> Block:
    """One choice of a menu."""
    return {"text": present.plain_text(option.label, _OPTION_TEXT), "value": option.value}
