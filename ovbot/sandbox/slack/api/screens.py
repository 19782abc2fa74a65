"""views.*: Home tabs and modals."""

from typing import Literal

from ovbot.sandbox.slack.api.arguments import Arguments
from ovbot.sandbox.slack.api.methods import method
from ovbot.sandbox.slack.blockkit import view_problems
from ovbot.sandbox.slack.content import decoded, refuse
from ovbot.sandbox.slack.errors import ApiError, missing_argument
from ovbot.sandbox.slack.ratelimits import Tier
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.views import View


@method("views.publish", Tier.FOUR)
async def publish(state: State, args: Arguments) -> Json:
    """Put up one person's Home tab."""
    user = args.required("user_id")
    if state.world.human(user) is None:
        raise ApiError("invalid_arguments", messages=["invalid `user_id`"])
    view = state.views.publish(user, checked_view(args.values, "home"), args.text("hash"))
    state.changes.tell("home", user=user)
    return _shown(state, view)


@method("views.open", Tier.FOUR)
async def open_(state: State, args: Arguments) -> Json:
    """Open a modal for whoever caused the trigger."""
    name = args.required("trigger_id")
    definition = checked_view(args.values, "modal")
    trigger = state.triggers.exchange(name)
    view = state.views.open(trigger.user, definition)
    state.changes.tell("view", user=trigger.user)
    return _shown(state, view)


@method("views.push", Tier.FOUR)
async def push(state: State, args: Arguments) -> Json:
    """Open another modal above the one the trigger came from."""
    name = args.required("trigger_id")
    definition = checked_view(args.values, "modal")
    trigger = state.triggers.exchange(name)
    view = state.views.push(trigger.user, definition, trigger.view)
    state.changes.tell("view", user=trigger.user)
    return _shown(state, view)


@method("views.update", Tier.FOUR)
async def update(state: State, args: Arguments) -> Json:
    """Show something else in an open modal, or in a Home tab."""
    view_id, external_id = args.text("view_id"), args.text("external_id")
    if view_id is None and external_id is None:
        raise missing_argument("view_id")
    view = state.views.find(view_id, external_id)
    if view is None:
        raise ApiError("not_found")
    kind: Literal["home", "modal"] = "home" if view.definition["type"] == "home" else "modal"
    state.views.update(view, checked_view(args.values, kind), args.text("hash"))
    state.changes.tell("home" if kind == "home" else "view", user=view.user)
    return _shown(state, view)


def checked_view(source: object, kind: Literal["home", "modal"]) -> Json:
    """The ``view`` argument, strictly checked.

    Raises ApiError ``invalid_arguments`` with pointers.
    """
    values = source if isinstance(source, dict) else {}
    if not values.get("view"):
        raise missing_argument("view")
    view = decoded(values, "view", "invalid_arguments")
    problems = view_problems(view)
    if problems:
        raise refuse("invalid_arguments", problems)
    if view["type"] != kind:
        messages = [f"[ERROR] unsupported type: {view['type']} [json-pointer:/view/type]"]
        raise ApiError("invalid_arguments", messages=messages, errors=messages)
    checked: Json = view
    return checked


def _shown(state: State, view: View) -> Json:
    return {"view": view.as_json(state.blueprint)}
