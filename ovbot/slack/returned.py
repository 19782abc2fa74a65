"""What comes back from forms and menus, as typed values.

Source: docs.slack.dev, "view_submission payload", "block_suggestion payload". A form may come back
without what was filled in (slackapi/bolt-js 1258), from an older ovbot, or from none at all.
"""

from typing import Any

import msgspec

from ovbot.domain.actor import Actor
from ovbot.engine.invocation import Invocation, Source
from ovbot.slack.menus import MORE
from ovbot.slack.modal import NOTHING, READY, Kept, Where
from ovbot.slack.origin import Sent, ViewOrigin

Values = dict[str, tuple[str, ...]]


class Submission(msgspec.Struct, frozen=True):
    """A submitted form, with the texts of each field.

    ``is_empty``: nothing of what stood in it came back. ``lost``: the fields that came back without
    their values, where it is not known any more what these were. ``unfinished``: those in which the
    line was chosen that only says how to find more. ``fields``: those that an error can stand at.
    """

    actor: Actor
    where: Where
    filled: Values
    interaction: str
    view: str
    """The view's id, for an answer that comes later."""
    hash: str
    """The view's state: what has changed meanwhile is not to be overwritten."""
    is_empty: bool = False
    lost: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()

    def invocation(self, text: str) -> Invocation:
        """The form's command, as an invocation."""
        return Invocation(
            actor=self.actor,
            channel=self.where.channel,
            text=text,
            interaction=self.interaction,
            source=Source.FORM,
            confirmed_ids=self.where.confirmed_ids,
        )


class Suggestion(msgspec.Struct, frozen=True):
    """What somebody types into a menu that is asked for."""

    actor: Actor
    where: Where
    kind: str
    typed: str
    session: str | None


def asked_in(private_metadata: str) -> str:
    """The channel that a modal belongs to, or ``""`` when it does not say."""
    try:
        return msgspec.json.decode(private_metadata, type=Where).channel
    except msgspec.DecodeError:
        return ""


def submission(payload: dict[str, Any]) -> Submission:
    """A submitted form, or one in which something was chosen.

    Raises msgspec.DecodeError (ValidationError is one) when it is no form of ours.
    """
    sent = msgspec.convert(payload, _Payload)
    kept, came = sent.view.kept(), _own_words_first(sent.view.came())
    # Who has just emptied a field means that; else what it was opened for stands.
    emptied = {action.block_id for action in sent.actions}
    meant = {n: v for n, v in (kept.meant or {}).items() if n not in emptied and n not in came}
    lost = [name for name, values in meant.items() if not values]
    if kept.meant is None and "session" not in came and "session" in sent.view.shown():
        lost.append("session")
    return Submission(
        sent.sender(sent.view),
        Where(kept.command, kept.channel, kept.confirmed_ids, kept.brief),
        {name: values for name, values in {**came, **meant}.items() if MORE not in values},
        f"view:{sent.view.id}",  # a form is submitted once, however often the press is repeated
        sent.view.id,
        sent.view.hash,
        is_empty=not sent.view.values(),
        lost=tuple(lost),
        unfinished=tuple(name for name, values in came.items() if MORE in values),
        fields=sent.view.shown(),
    )


def _own_words_first(came: Values) -> Values:
    """Each field once: with what was written, or else with the ready-made text that was chosen."""
    fields = {name: texts for name, texts in came.items() if not name.endswith(READY)}
    for name in came.keys() - fields.keys():
        own = name.removesuffix(READY)
        fields[own] = fields.get(own) or came[name]
    return fields


def suggestion(payload: dict[str, Any]) -> Suggestion:
    """Raises msgspec.DecodeError when it is no menu of ours."""
    sent = msgspec.convert(payload, _Payload)
    kept = sent.view.kept()
    values = {**(kept.meant or {}), **sent.view.came()}
    return Suggestion(
        sent.sender(sent.view),
        Where(kept.command, kept.channel),
        sent.action_id.rsplit(":", 1)[-1],
        sent.value,
        next(iter(values.get("session", ())), None),
    )


class _Chosen(msgspec.Struct, frozen=True):
    value: str


class _Element(msgspec.Struct, frozen=True):
    type: str
    value: str | None = None
    selected_option: _Chosen | None = None
    selected_options: tuple[_Chosen, ...] | None = None
    selected_user: str | None = None

    def texts(self) -> tuple[str, ...] | None:
        """What it holds; None where nothing came back of a menu, though it may have been empty."""
        if self.selected_options is not None:
            return tuple(option.value for option in self.selected_options)
        if self.selected_option is not None:
            value = self.selected_option.value
            return () if value == NOTHING else (value,)
        if self.selected_user:
            return (f"<@{self.selected_user}>",)
        if self.type == "plain_text_input":
            return (self.value,) if self.value else ()
        return None


class _State(msgspec.Struct, frozen=True):
    values: dict[str, dict[str, _Element]] | None = None


class _Block(msgspec.Struct, frozen=True):
    type: str = ""
    block_id: str = ""


class _View(ViewOrigin, frozen=True, kw_only=True):
    id: str
    hash: str = ""
    private_metadata: str = ""
    state: _State | None = None
    blocks: tuple[_Block, ...] = ()

    def came(self) -> Values:
        """Each field that came back with something, or emptied."""
        return {
            block: texts
            for block, elements in self.values().items()
            for element in elements.values()
            if (texts := element.texts()) is not None
        }

    def shown(self) -> frozenset[str]:
        """The fields that it shows, as far as Slack says."""
        return frozenset(self.values()) | {b.block_id for b in self.blocks if b.type == "input"}

    def values(self) -> dict[str, dict[str, _Element]]:
        """Each block with its one element."""
        return (self.state.values if self.state else None) or {}

    def kept(self) -> Kept:
        """What was kept in it."""
        return msgspec.json.decode(self.private_metadata, type=Kept)


class _Acted(msgspec.Struct, frozen=True):
    block_id: str = ""


class _Payload(Sent, frozen=True, kw_only=True):
    view: _View
    block_id: str = ""
    action_id: str = ""
    value: str = ""
    actions: tuple[_Acted, ...] = ()
