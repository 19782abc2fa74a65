"""What a person chooses or types, as the platform puts it into payloads.

From the platform's documentation, "block_actions payload" and "View submission payload".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ovbot.sandbox.slack.blockkit.elements import offered_options
from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.interaction.elements import Found, interactive
from ovbot.sandbox.slack.shapes import Json

_KEYS = {
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "users_select": "selected_user",
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "checkboxes": "selected_options",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "rich_text_input": "rich_text_value",
    "file_input": "files",
}
"""Under which name each type of element keeps what was chosen."""

_INITIAL = {"value": "initial_value", "rich_text_value": "initial_value", "files": "initial_files"}
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True)
class Choices:
    """What may be chosen beside an element's own options."""

    users: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    offered: list[Json] = field(default_factory=list)


def key_of(kind: str) -> str | None:
    """Under which name an element of this type keeps its value; None for buttons."""
    return _KEYS.get(kind)


def initial_state(blocks: list[Json]) -> Json:
    """``state.values`` before anybody touched anything."""
    values: Json = {}
    for found in interactive(blocks):
        key = _KEYS.get(found.type)
        if key is None or found.type == "overflow":
            continue
        initial = found.element.get(_INITIAL.get(key, key.replace("selected", "initial")))
        several = key.endswith("s") and initial is None
        entry: Json = {"type": found.type, key: [] if several else initial}
        values.setdefault(found.block_id, {})[found.action_id] = entry
    return values


def chosen(found: Found, value: Any, choices: Choices) -> Json:
    """The part of an action, or of ``state.values``, that says what was chosen.

    Raises ControlError for a value the element does not offer: a client would not let a person
    choose it.
    """
    key = _KEYS.get(found.type)
    if key is None:
        return _pressed(found, value)
    if found.type in ("overflow", "radio_buttons") and value is None:
        raise ControlError(f"choose one of {found.action_id!r} by `value`")
    if key.endswith("s"):
        values = [] if value is None else value
        if not isinstance(values, list):
            raise ControlError(f"{found.action_id!r} takes a list of values")
        _not_too_many(found, values)
        return {key: [_one(found, item, choices) for item in values]}
    return {key: None if value in (None, "") else _one(found, value, choices)}


def given(entry: Any) -> Any:
    """The value in a ``state.values`` entry, as `chosen` takes it."""
    key = _KEYS.get(str(entry.get("type"))) if isinstance(entry, dict) else None
    if key is None:
        return entry
    value = entry.get(key)
    if isinstance(value, list):
        return [
            item["value"] if isinstance(item, dict) and "value" in item else item for item in value
        ]
    if isinstance(value, dict) and "value" in value:
        return value["value"]
    return value


def is_empty(entry: Json | None) -> bool:
    """Whether nothing was chosen or typed."""
    if entry is None:
        return True
    return entry.get(_KEYS[entry["type"]]) in (None, "", [])


def _pressed(found: Found, value: Any) -> Json:
    own = found.element.get("value")
    if found.type == "feedback_buttons":
        offers = [found.element[name] for name in ("positive_button", "negative_button")]
        if value not in [offer["value"] for offer in offers]:
            raise ControlError(f"choose one of {found.action_id!r} by `value`")
        return {"value": value}
    if value not in (None, own):
        raise ControlError(f"the value of {found.action_id!r} is {own!r}, not {value!r}")
    return {} if own is None else {"value": own}


def _one(found: Found, value: Any, choices: Choices) -> Any:
    kind = found.type.removeprefix("multi_")
    if kind in ("static_select", "radio_buttons", "overflow", "checkboxes"):
        return _option(found, value, offered_options(found.element))
    if kind == "external_select":
        return _option(found, value, [*choices.offered, *_initial(found.element)])
    if kind == "users_select":
        return _known(found, value, choices.users)
    if kind in ("conversations_select", "channels_select"):
        return _known(found, value, choices.channels)
    return _CHECKS.get(kind, _any)(found, value)


def _option(found: Found, value: Any, options: list[Json]) -> Json:
    for option in options:
        if option["value"] == value:
            return option
    named = {option["value"]: option for option in options if option["text"]["text"] == value}
    if len(named) == 1:
        return next(iter(named.values()))
    offered = ", ".join(dict.fromkeys(option["value"] for option in options)) or "nothing"
    raise ControlError(f"{found.action_id!r} does not offer {value!r}; it offers: {offered}")


def _initial(element: Json) -> list[Json]:
    """What was chosen before anybody asked the app."""
    single = [element["initial_option"]] if "initial_option" in element else []
    return [*single, *element.get("initial_options", [])]


def _known(found: Found, value: Any, known: list[str]) -> Any:
    if value not in known:
        raise ControlError(f"{found.action_id!r} does not offer {value!r}")
    return value


def _not_too_many(found: Found, values: list[Any]) -> None:
    most = found.element.get("max_selected_items")
    if most is not None and len(values) > most:
        raise ControlError(f"{found.action_id!r} takes no more than {most} values")


def _any(found: Found, value: Any) -> Any:
    return value


def _typed(found: Found, value: Any) -> str:
    if not isinstance(value, str):
        raise ControlError(f"{found.action_id!r} takes a text")
    least, most = found.element.get("min_length", 0), found.element.get("max_length", 3000)
    if not least <= len(value) <= most:
        raise ControlError(f"{found.action_id!r} takes {least} to {most} characters")
    return value


def _number(found: Found, value: Any) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError) as problem:
        raise ControlError(f"{found.action_id!r} takes a number") from problem
    element = found.element
    low, high = float(element.get("min_value", "-inf")), float(element.get("max_value", "inf"))
    whole = not element["is_decimal_allowed"]
    if not low <= number <= high or (whole and number != int(number)):
        raise ControlError(f"{found.action_id!r} does not take {value}")
    return str(value)


def _address(found: Found, value: Any) -> str:
    mark = "@" if found.type == "email_text_input" else "://"
    if not isinstance(value, str) or mark not in value:
        raise ControlError(f"{found.action_id!r} does not take {value!r}")
    return value


def _day(found: Found, value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError) as problem:
        raise ControlError(f"{found.action_id!r} takes a date as YYYY-MM-DD") from problem


def _time(found: Found, value: Any) -> str:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise ControlError(f"{found.action_id!r} takes a time as HH:mm")
    return value


def _moment(found: Found, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ControlError(f"{found.action_id!r} takes seconds since the epoch")
    return value


_CHECKS: dict[str, Callable[[Found, Any], Any]] = {
    "plain_text_input": _typed,
    "number_input": _number,
    "email_text_input": _address,
    "url_text_input": _address,
    "datepicker": _day,
    "timepicker": _time,
    "datetimepicker": _moment,
}
