"""What people do: type, press, open."""

from typing import Any

from ovbot.sandbox.slack.control.body import Body, channel_with, message_of, person_of
from ovbot.sandbox.slack.delivery.envelope import Receipt
from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.interaction.actions import act_in_message
from ovbot.sandbox.slack.interaction.commands import run_command
from ovbot.sandbox.slack.interaction.home import open_home
from ovbot.sandbox.slack.interaction.mentions import with_ids
from ovbot.sandbox.slack.messages import Content
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State

UNTOLD: Json = {"ok": True, "acknowledged": None, "status": None, "ms": 0}
"""What is answered when the app was not told, because it did not ask to be."""


def told(receipt: Receipt | None) -> Json:
    """What the control surface says came of it."""
    return UNTOLD if receipt is None else receipt.as_json()


async def command(state: State, body: Body) -> Json:
    """``{channel, user, command, text}``: type a slash command."""
    body.only("channel", "user", "command", "text")
    person = person_of(state, body.text("user"))
    channel = channel_with(state, body.text("channel"), person)
    receipt = await run_command(state, person, channel, body.text("command"), body.text("text", ""))
    return told(receipt)


async def message(state: State, body: Body) -> Json:
    """``{channel, user, text, thread_ts?}``: say something that is no command."""
    body.only("channel", "user", "text", "thread_ts")
    person = person_of(state, body.text("user"))
    channel = channel_with(state, body.text("channel"), person)
    if channel.is_archived:
        raise ControlError(f"{channel.id} is archived", status=409)
    text = body.text("text")
    if not text.strip():
        raise ControlError("'text' is empty")
    thread = body.text("thread_ts", None)
    if thread is not None:
        parent = message_of(state, channel, thread, person)
        if parent.ephemeral_to is not None:
            raise ControlError("an ephemeral message has no thread")
        thread = parent.thread_ts or parent.ts
    said = state.post(channel.id, person.id, Content(with_ids(text, state.world)), thread_ts=thread)
    return {"ok": True, "ts": said.ts}


async def interact(state: State, body: Body) -> Json:
    """``{channel, messageTs, user, action, block_id?, value?, state?}``: use an element.

    Its confirm dialog counts as accepted. `state` is ``{"values": …}`` as the platform has it.
    """
    body.only("channel", "messageTs", "user", "action", "block_id", "value", "state")
    person = person_of(state, body.text("user"))
    channel = channel_with(state, body.text("channel"), person)
    target = message_of(state, channel, body.text("messageTs"), person)
    receipt = await act_in_message(
        state,
        person,
        channel,
        target,
        body.text("action"),
        block_id=body.text("block_id", None),
        value=body.values.get("value"),
        filled=filled(body),
    )
    return told(receipt)


async def home(state: State, body: Body) -> Json:
    """``{user}``: open the app's Home tab."""
    body.only("user")
    return told(await open_home(state, person_of(state, body.text("user"))))


def filled(body: Body) -> Json:
    """``state.values``, as far as the request brings it."""
    values: Any = body.object("state").get("values", {})
    if not isinstance(values, dict):
        raise ControlError("'state.values' must be an object")
    return values
