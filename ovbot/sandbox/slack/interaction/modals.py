"""Submitting and closing modals.

From the platform's documentation, "Modals" and "View submission payload": an acknowledgement
may carry a ``response_action`` (errors, update, push, clear); without one the view closes.
"""

from typing import Any

from ovbot.sandbox.slack.api.screens import checked_view
from ovbot.sandbox.slack.delivery.envelope import Envelope, Receipt
from ovbot.sandbox.slack.errors import ApiError, ControlError
from ovbot.sandbox.slack.interaction.actions import UNANSWERED, fill
from ovbot.sandbox.slack.interaction.elements import interactive, pick
from ovbot.sandbox.slack.interaction.payloads import common
from ovbot.sandbox.slack.interaction.values import is_empty
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.views import View
from ovbot.sandbox.slack.world import Person

REQUIRED = "Please fill this in."


async def submit(state: State, person: Person, values: Json) -> Json:
    """Fill in `values` and submit the modal on top.

    `values` is ``state.values``, or values by the names `pick` knows. Answers ``errors`` by
    block when the client (empty required fields) or the app refuses. Raises ControlError.
    """
    view = _top(state, person)
    if view.definition.get("submit") is None:
        raise ControlError("this view has no submit button", status=409)
    fill(state, person, view.blocks, view.state, _by_block(view, values))
    missing = _missing(view)
    if missing:
        return {"ok": False, "error": "required fields are empty", "errors": missing}
    receipt = await state.delivery.deliver(_submission(state, person, view))
    if receipt.acknowledged:
        try:
            _respond(state, view, receipt.body)
        except ApiError as problem:
            why = "; ".join([problem.error, *problem.messages])
            view.problem = f"The app's answer was refused: {why}"
    else:
        view.problem = UNANSWERED
    state.changes.tell("view", user=person.id)
    answer = receipt.as_json() | {"response_action": _action_of(receipt)}
    if view.errors:
        answer["errors"] = view.errors
    if view.problem:
        answer["error"] = view.problem
    return answer


async def close(state: State, person: Person, *, everything: bool) -> Receipt | None:
    """Close the modal on top, or all; the app is told if the view asked for it."""
    view = _top(state, person)
    everything = everything or view.definition.get("clear_on_close") is True
    closed = state.views.close(person.id, everything=everything)
    state.changes.tell("view", user=person.id)
    receipt = None
    for one in closed:
        if one.definition.get("notify_on_close") is True:
            payload = {
                **common(state, "view_closed", person),
                "view": one.as_json(state.blueprint),
                "is_cleared": everything,
            }
            receipt = await state.delivery.deliver(Envelope("interactive", payload))
    return receipt


def _top(state: State, person: Person) -> View:
    view = state.views.top(person.id)
    if view is None:
        raise ControlError(f"{person.id} has no modal open", status=404)
    return view


def _by_block(view: View, values: Json) -> Json:
    """``state.values`` as it is; values by name, sorted into their blocks."""
    blocks = {block["block_id"] for block in view.blocks}
    sorted_in: Json = {}
    for name, value in values.items():
        if name in blocks and isinstance(value, dict):
            sorted_in.setdefault(name, {}).update(value)
        else:
            found = pick(view.blocks, name)
            sorted_in.setdefault(found.block_id, {})[found.action_id] = value
    return sorted_in


def _missing(view: View) -> dict[str, str]:
    return {
        found.block_id: REQUIRED
        for found in interactive(view.blocks)
        if found.is_input
        and found.block.get("optional") is not True
        and is_empty(view.state.get(found.block_id, {}).get(found.action_id))
    }


def _submission(state: State, person: Person, view: View) -> Envelope:
    payload = {
        **common(state, "view_submission", person),
        "trigger_id": state.triggers.issue(person.id, view.id),
        "view": view.as_json(state.blueprint),
        "response_urls": _response_urls(state, person, view),
    }
    return Envelope("interactive", payload, True)


def _response_urls(state: State, person: Person, view: View) -> list[Json]:
    """One for each chosen conversation whose select asked for it."""
    urls = []
    for found in interactive(view.blocks):
        if found.element.get("response_url_enabled") is not True:
            continue
        entry = view.state.get(found.block_id, {}).get(found.action_id, {})
        channel = entry.get("selected_conversation") or entry.get("selected_channel")
        if channel is not None:
            path = state.response_urls.issue(person.id, channel)
            urls.append(
                {
                    "block_id": found.block_id,
                    "action_id": found.action_id,
                    "channel_id": channel,
                    "response_url": state.base_url + path,
                }
            )
    return urls


def _respond(state: State, view: View, body: Any) -> None:
    """Do what the acknowledgement asks for. Raises ApiError for what cannot be done."""
    view.errors, view.problem = {}, ""
    action = body.get("response_action") if isinstance(body, dict) else None
    if action is None:
        _close_one(state, view)
    elif action == "clear":
        state.views.close(view.user, everything=True)
    elif action == "errors":
        view.errors = _checked_errors(view, body.get("errors"))
    elif action == "update":
        state.views.update(view, checked_view(body, "modal"), None)
    elif action == "push":
        state.views.push(view.user, checked_view(body, "modal"), view.id)
    else:
        raise ApiError("invalid_arguments", messages=[f"unknown response_action {action!r}"])


def _close_one(state: State, view: View) -> None:
    # The app may have opened something else meanwhile; only what was submitted closes.
    if state.views.top(view.user) is view:
        state.views.close(view.user)


def _checked_errors(view: View, errors: Any) -> dict[str, str]:
    """``errors`` must name input blocks of this very view."""
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise ApiError("invalid_arguments", messages=["missing required field: errors"])
    for block_id, message in errors.items():
        if block_id not in inputs:
            raise ApiError("invalid_arguments", messages=[f"{block_id} is no input block"])
        if not isinstance(message, str) or not message:
            raise ApiError("invalid_arguments", messages=[f"the error at {block_id} is no text"])
    return errors


def _action_of(receipt: Receipt) -> str | None:
    body = receipt.body
    action = body.get("response_action") if isinstance(body, dict) else None
    return action if isinstance(action, str) else None
