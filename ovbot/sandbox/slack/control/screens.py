"""What people do in modals, Home tabs and menus."""

from ovbot.sandbox.slack.control.acting import filled, told
from ovbot.sandbox.slack.control.body import Body, channel_with, message_of, person_of
from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.interaction import modals
from ovbot.sandbox.slack.interaction.actions import act_in_view
from ovbot.sandbox.slack.interaction.elements import pick
from ovbot.sandbox.slack.interaction.payloads import in_message, in_view
from ovbot.sandbox.slack.interaction.suggestions import suggest
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.views import View
from ovbot.sandbox.slack.world import Person


async def submit(state: State, body: Body) -> Json:
    """``{user, values?}``: fill in and submit the modal on top."""
    body.only("user", "values")
    return await modals.submit(state, person_of(state, body.text("user")), body.object("values"))


async def close(state: State, body: Body) -> Json:
    """``{user, clear?}``: close the modal on top, or the whole stack."""
    body.only("user", "clear")
    person = person_of(state, body.text("user"))
    return told(await modals.close(state, person, everything=body.flag("clear", False)))


async def action(state: State, body: Body) -> Json:
    """``{user, action, view_id?, block_id?, value?, state?}``: use an element of a view.

    Without `view_id` the modal on top is meant, or the Home tab when there is none.
    """
    body.only("user", "action", "view_id", "block_id", "value", "state")
    person = person_of(state, body.text("user"))
    receipt = await act_in_view(
        state,
        person,
        _view(state, person, body),
        body.text("action"),
        block_id=body.text("block_id", None),
        value=body.values.get("value"),
        filled=filled(body),
    )
    return told(receipt)


async def options(state: State, body: Body) -> Json:
    """``{user, action, query, block_id?, view_id? | channel, messageTs}``: open a menu."""
    body.only("user", "action", "query", "block_id", "view_id", "channel", "messageTs")
    person = person_of(state, body.text("user"))
    name, block_id = body.text("action"), body.text("block_id", None)
    if "messageTs" in body.values:
        channel = channel_with(state, body.text("channel"), person)
        message = message_of(state, channel, body.text("messageTs"), person)
        found = pick(message.content.blocks or [], name, block_id)
        where = in_message(state, channel, message.ts)
    else:
        view = _view(state, person, body)
        found = pick(view.blocks, name, block_id)
        where = in_view(state, view)
    return await suggest(state, person, found, where, body.text("query", ""))


def _view(state: State, person: Person, body: Body) -> View:
    wanted = body.text("view_id", None)
    if wanted is None:
        view = state.views.top(person.id) or state.views.homes.get(person.id)
    else:
        view = state.views.find(wanted)
    if view is None or view.user != person.id:
        raise ControlError(f"{person.id} has no such view open", status=404)
    if view.definition["type"] == "modal" and state.views.top(person.id) is not view:
        raise ControlError("another view covers this one", status=409)
    return view
