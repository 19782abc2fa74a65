"""Pressing and choosing: block_actions.

From the platform's documentation, "block_actions payload".
"""

from typing import Any

from ovbot.sandbox.slack.delivery.envelope import Envelope, Receipt
from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.interaction.elements import Found, pick
from ovbot.sandbox.slack.interaction.payloads import common, in_message, in_view
from ovbot.sandbox.slack.interaction.values import Choices, chosen, given, initial_state, key_of
from ovbot.sandbox.slack.messages import Message
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.views import View
from ovbot.sandbox.slack.world import Channel, Person

UNANSWERED = "That did not work: the app did not respond in time. Nothing may have happened."

_SHOWN = ("text", "placeholder", "confirm", "style", "url", "accessibility_label")


async def act_in_message(
    state: State,
    person: Person,
    channel: Channel,
    message: Message,
    action: str,
    *,
    block_id: str | None = None,
    value: Any = None,
    filled: Json | None = None,
) -> Receipt:
    """Use one element of a message, its confirm dialog accepted.

    `filled` is ``state.values`` of the other elements, as far as the client knows better.
    """
    found = pick(message.content.blocks or [], action, block_id)
    value = found.value_of(action) if value is None else value
    parts = chosen(found, value, choices(state, person, found))
    values = state.picked.setdefault(
        (channel.id, message.ts, person.id), initial_state(message.content.blocks or [])
    )
    fill(state, person, message.content.blocks or [], values, filled or {})
    _remember(values, found, parts)
    path = state.response_urls.issue(person.id, channel.id, message.ts)
    payload = {
        **common(state, "block_actions", person),
        **in_message(state, channel, message.ts),
        "trigger_id": state.triggers.issue(person.id),
        "state": {"values": values},
        "response_url": state.base_url + path,
        "actions": [_action(state, found, parts)],
    }
    receipt = await state.delivery.deliver(Envelope("interactive", payload))
    if not receipt.acknowledged:
        state.notice(channel.id, person.id, UNANSWERED)
    return receipt


async def act_in_view(
    state: State,
    person: Person,
    view: View,
    action: str,
    *,
    block_id: str | None = None,
    value: Any = None,
    filled: Json | None = None,
) -> Receipt | None:
    """Use one element of a modal or Home tab; None when the app is not told before submitting."""
    found = pick(view.blocks, action, block_id)
    value = found.value_of(action) if value is None else value
    parts = chosen(found, value, choices(state, person, found))
    fill(state, person, view.blocks, view.state, filled or {})
    _remember(view.state, found, parts)
    if not found.dispatches:
        return None
    payload = {
        **common(state, "block_actions", person),
        **in_view(state, view),
        "trigger_id": state.triggers.issue(person.id, view.id),
        "actions": [_action(state, found, parts)],
    }
    receipt = await state.delivery.deliver(Envelope("interactive", payload))
    if not receipt.acknowledged:
        view.problem = UNANSWERED
        kind = "home" if view.definition["type"] == "home" else "view"
        state.changes.tell(kind, user=person.id)
    return receipt


def choices(state: State, person: Person, found: Found) -> Choices:
    """What menus without own options offer to this person."""
    channels = [channel for channel in state.world.open_to(person.id) if not channel.is_archived]
    if "channels_select" in found.type:
        channels = [c for c in channels if c.direct_to is None and not c.is_private]
    return Choices(
        [human.id for human in state.world.people.values()],
        [channel.id for channel in channels],
        state.offered.get((person.id, found.block_id, found.action_id), []),
    )


def fill(state: State, person: Person, blocks: list[Json], values: Json, filled: Json) -> None:
    """Put what a client has filled in into `values`, each entry checked like an own action.

    `filled` is ``{block_id: {action_id: entry}}``. Raises ControlError.
    """
    for block_id, entries in filled.items():
        if not isinstance(entries, dict):
            raise ControlError(f"the values of block {block_id!r} must be an object")
        for action_id, entry in entries.items():
            found = pick(blocks, action_id, block_id)
            value = given(entry)
            known = choices(state, person, found)
            before = values.get(block_id, {}).get(action_id)
            if value != given(before):
                _remember(values, found, chosen(found, value, known))


def _remember(values: Json, found: Found, parts: Json) -> None:
    if key_of(found.type) is not None and found.type != "overflow":
        values.setdefault(found.block_id, {})[found.action_id] = {"type": found.type, **parts}


def _action(state: State, found: Found, parts: Json) -> Json:
    return {
        "action_id": found.action_id,
        "block_id": found.block_id,
        "type": found.type,
        **{name: found.element[name] for name in _SHOWN if name in found.element},
        **parts,
        "action_ts": f"{state.clock():.6f}",
    }
