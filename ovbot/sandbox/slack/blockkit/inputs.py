"""Elements a person fills in: text, numbers, dates, files.

Limits from the platform's reference, "Block elements".
"""

import re
from datetime import date

from ovbot.sandbox.slack.blockkit import rich_text
from ovbot.sandbox.slack.blockkit.elements import Rule, members_of
from ovbot.sandbox.slack.blockkit.place import Members, Place

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def plain_text_input(element: Place) -> None:
    """A text field; lengths up to 3000."""
    members = members_of(
        element,
        "",
        "initial_value multiline min_length max_length dispatch_action_config focus_on_load "
        "placeholder",
    )
    members.check("initial_value", Place.string, None, 0)
    members.check("multiline", Place.boolean)
    members.check("min_length", Place.integer, 0, 3000)
    members.check("max_length", Place.integer, 1, 3000)
    members.check("dispatch_action_config", _dispatch)
    _ordered(element, members, "min_length", "max_length")


def _line(element: Place) -> None:
    """An e-mail address or a URL."""
    members = members_of(
        element, "", "initial_value dispatch_action_config focus_on_load placeholder"
    )
    members.check("initial_value", Place.string)
    members.check("dispatch_action_config", _dispatch)


def number_input(element: Place) -> None:
    """A number as a string, within its bounds."""
    members = members_of(
        element,
        "is_decimal_allowed",
        "initial_value min_value max_value dispatch_action_config focus_on_load placeholder",
    )
    members.check("is_decimal_allowed", Place.boolean)
    for name in ("initial_value", "min_value", "max_value"):
        members.check(name, _matches, _NUMBER, "must be a number in a string")
    members.check("dispatch_action_config", _dispatch)
    _ordered(element, members, "min_value", "max_value")


def rich_text_input(element: Place) -> None:
    """A text field with a toolbar."""
    members = members_of(
        element,
        "action_id",
        "initial_value dispatch_action_config focus_on_load placeholder min_lines max_lines",
    )
    members.check("initial_value", rich_text.rich_text)
    members.check("min_lines", Place.integer, 1, 100)
    members.check("max_lines", Place.integer, 1, 100)
    members.check("dispatch_action_config", _dispatch)


def file_input(element: Place) -> None:
    """One to ten files; modals only."""
    members = members_of(element, "", "filetypes max_files")
    if "filetypes" in members:
        for item in members["filetypes"].items():
            item.string()
    members.check("max_files", Place.integer, 1, 10)


def datepicker(element: Place) -> None:
    """A day, YYYY-MM-DD."""
    members = members_of(element, "", "initial_date confirm focus_on_load placeholder")
    members.check("initial_date", _day)


def timepicker(element: Place) -> None:
    """A time, HH:mm of a 24-hour clock."""
    members = members_of(element, "", "initial_time timezone confirm focus_on_load placeholder")
    members.check("initial_time", _matches, _TIME, "must be a time as HH:mm")
    members.check("timezone", Place.string)


def datetimepicker(element: Place) -> None:
    """A moment, in seconds since the epoch, ten digits."""
    members = members_of(element, "", "initial_date_time confirm focus_on_load")
    members.check("initial_date_time", Place.integer, 1_000_000_000, 9_999_999_999)


def _dispatch(place: Place) -> None:
    members = place.members(("trigger_actions_on",))
    if "trigger_actions_on" in members:
        for item in members["trigger_actions_on"].items(2):
            item.one_of("on_enter_pressed", "on_character_entered")


def _day(place: Place) -> None:
    try:
        date.fromisoformat(place.value)
    except (TypeError, ValueError):
        place.wrong("must be a date as YYYY-MM-DD", type="format")
    else:
        _matches(place, re.compile(r"\d{4}-\d\d-\d\d"), "must be a date as YYYY-MM-DD")


def _matches(place: Place, pattern: re.Pattern[str], message: str) -> None:
    if not isinstance(place.value, str) or pattern.fullmatch(place.value) is None:
        place.wrong(message, type="format")


def _ordered(element: Place, members: Members, low: str, high: str) -> None:
    """`low` must not be above `high`; values that are no numbers were refused already."""
    try:
        crossed = float(members[low].value) > float(members[high].value)
    except (KeyError, TypeError, ValueError):
        return
    if crossed:
        element.wrong(f"{low} must not be greater than {high}")


PICKERS: dict[str, Rule] = {"datepicker": datepicker, "timepicker": timepicker}

MOMENTS: dict[str, Rule] = {"datetimepicker": datetimepicker}

FIELDS: dict[str, Rule] = {
    "plain_text_input": plain_text_input,
    "email_text_input": _line,
    "url_text_input": _line,
    "number_input": number_input,
    "rich_text_input": rich_text_input,
    "file_input": file_input,
}
