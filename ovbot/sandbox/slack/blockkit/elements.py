"""Elements a person can press or choose from: buttons, menus, pickers.

Limits from the platform's reference, "Block elements".
"""

from collections.abc import Callable
from typing import Any

from ovbot.sandbox.slack.blockkit import texts
from ovbot.sandbox.slack.blockkit.place import Members, Place

Rule = Callable[[Place], None]


def members_of(element: Place, required: str, optional: str) -> Members:
    """Members of an element that has a ``type`` and may have an ``action_id``."""
    members = element.members(("type", *required.split()), ("action_id", *optional.split()))
    members.check("action_id", Place.string, 255)
    members.check("confirm", texts.confirm)
    members.check("placeholder", texts.plain, 150)
    members.check("focus_on_load", Place.boolean)
    members.check("accessibility_label", Place.string, 75)
    members.check("style", Place.one_of, "primary", "danger")
    return members


def button(element: Place) -> None:
    """Text 75, value 2000, address 3000 characters."""
    members = members_of(
        element,
        "text",
        "url value style confirm accessibility_label agent_prompt agent_prompt_display "
        "visible_to_user_ids",
    )
    members.check("text", texts.plain, 75)
    members.check("url", texts.link)
    members.check("value", Place.string, 2000)
    members.check("agent_prompt", Place.string, 4000)
    members.check("visible_to_user_ids", people)


def workflow_button(element: Place) -> None:
    """A button that starts a workflow by its trigger's address."""
    members = members_of(element, "text workflow action_id", "style accessibility_label")
    members.check("text", texts.plain, 75)
    members.check("workflow", _workflow)


def _workflow(place: Place) -> None:
    place.members(("trigger",)).check("trigger", _workflow_trigger)


def _workflow_trigger(place: Place) -> None:
    members = place.members(("url",), ("customizable_input_parameters",))
    members.check("url", texts.link)
    members.check("customizable_input_parameters", Place.items)


def icon_button(element: Place) -> None:
    """A small button with a picture, for ``context_actions``."""
    members = members_of(
        element, "icon text", "value confirm accessibility_label visible_to_user_ids"
    )
    members.check("icon", Place.one_of, "trash")
    members.check("text", texts.plain, 75)
    members.check("value", Place.string, 2000)
    members.check("visible_to_user_ids", people)


def feedback_buttons(element: Place) -> None:
    """Thumbs up and down, for ``context_actions``."""
    members = members_of(element, "positive_button negative_button", "")
    members.check("positive_button", _feedback)
    members.check("negative_button", _feedback)


def _feedback(place: Place) -> None:
    members = place.members(("text", "value"), ("accessibility_label",))
    members.check("text", texts.plain, 75)
    members.check("value", Place.string, 2000)
    members.check("accessibility_label", Place.string, 75)


def overflow(element: Place) -> None:
    """One to five options behind three dots."""
    members = members_of(element, "options", "confirm")
    members.check("options", texts.options, 5, url=True)


def checkboxes(element: Place) -> None:
    """One to ten boxes."""
    members = members_of(element, "options", "initial_options confirm focus_on_load")
    members.check("options", texts.options, 10, rich=True)
    members.check("initial_options", texts.options, 10, rich=True)
    _initial_among_options(element, members)


def radio_buttons(element: Place) -> None:
    """One to ten choices."""
    members = members_of(element, "options", "initial_option confirm focus_on_load")
    members.check("options", texts.options, 10, rich=True)
    members.check("initial_option", texts.option, rich=True)
    _initial_among_options(element, members)


def static_select(element: Place) -> None:
    """A menu of up to a hundred options, or of up to a hundred groups."""
    members = members_of(
        element, "", "options option_groups initial_option confirm focus_on_load placeholder"
    )
    members.check("initial_option", texts.option)
    _either_options_or_groups(element, members)
    _initial_among_options(element, members)


def multi_static_select(element: Place) -> None:
    """The same, several at once."""
    members = members_of(
        element,
        "",
        "options option_groups initial_options max_selected_items confirm focus_on_load "
        "placeholder",
    )
    members.check("initial_options", texts.options, 100)
    members.check("max_selected_items", Place.integer, 1)
    _either_options_or_groups(element, members)
    _initial_among_options(element, members)


def external_select(element: Place) -> None:
    """A menu that asks the app for its options."""
    members = members_of(
        element, "", "initial_option min_query_length confirm focus_on_load placeholder"
    )
    members.check("initial_option", texts.option)
    members.check("min_query_length", Place.integer, 0)


def multi_external_select(element: Place) -> None:
    """The same, several at once."""
    members = members_of(
        element,
        "",
        "initial_options min_query_length max_selected_items confirm focus_on_load placeholder",
    )
    members.check("initial_options", texts.options, 100)
    members.check("min_query_length", Place.integer, 0)
    members.check("max_selected_items", Place.integer, 1)


def _menu(initial: str, extra: str = "", *, several: bool = False) -> Rule:
    """A menu the workspace fills itself: people, conversations, channels."""

    def rule(element: Place) -> None:
        optional = f"{initial} {extra} confirm focus_on_load placeholder"
        members = members_of(element, "", optional + (" max_selected_items" if several else ""))
        members.check(initial, people if several else Place.string)
        members.check("max_selected_items", Place.integer, 1)
        members.check("default_to_current_conversation", Place.boolean)
        members.check("response_url_enabled", Place.boolean)
        members.check("filter", _filter)

    return rule


def _filter(place: Place) -> None:
    members = place.members(
        (), ("include", "exclude_external_shared_channels", "exclude_bot_users")
    )
    if not members:
        place.wrong("must define at least one filter")
    if "include" in members:
        for item in members["include"].items():
            item.one_of("im", "mpim", "private", "public")
    members.check("exclude_external_shared_channels", Place.boolean)
    members.check("exclude_bot_users", Place.boolean)


def people(place: Place) -> None:
    """A list of ids."""
    for item in place.items():
        item.string()


def _either_options_or_groups(element: Place, members: Members) -> None:
    if ("options" in members) == ("option_groups" in members):
        element.wrong("must define either `options` or `option_groups`")
    members.check("options", texts.options, 100)
    members.check("option_groups", texts.option_groups)


def _initial_among_options(element: Place, members: Members) -> None:
    """What is chosen at first must be exactly one of the options."""
    if not isinstance(element.value, dict):
        return
    offered = offered_options(element.value)
    for name in ("initial_option", "initial_options"):
        if name in members:
            value = members[name].value
            chosen = value if isinstance(value, list) else [value]
            if any(one not in offered for one in chosen):
                members[name].wrong("must exactly match one of the provided options")


def offered_options(element: dict[str, Any]) -> list[Any]:
    """All options of a menu, its groups flattened."""
    options = element.get("options")
    found = list(options) if isinstance(options, list) else []
    groups = element.get("option_groups")
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, dict) and isinstance(group.get("options"), list):
            found.extend(group["options"])
    return found


BUTTONS: dict[str, Rule] = {"button": button, "workflow_button": workflow_button}

SELECTS: dict[str, Rule] = {
    "static_select": static_select,
    "external_select": external_select,
    "users_select": _menu("initial_user"),
    "conversations_select": _menu(
        "initial_conversation", "default_to_current_conversation response_url_enabled filter"
    ),
    "channels_select": _menu("initial_channel", "response_url_enabled"),
}

MULTI_SELECTS: dict[str, Rule] = {
    "multi_static_select": multi_static_select,
    "multi_external_select": multi_external_select,
    "multi_users_select": _menu("initial_users", several=True),
    "multi_conversations_select": _menu(
        "initial_conversations", "default_to_current_conversation filter", several=True
    ),
    "multi_channels_select": _menu("initial_channels", several=True),
}

CHOICES: dict[str, Rule] = {"checkboxes": checkboxes, "radio_buttons": radio_buttons}

CONTEXT_ACTIONS: dict[str, Rule] = {
    "feedback_buttons": feedback_buttons,
    "icon_button": icon_button,
}
