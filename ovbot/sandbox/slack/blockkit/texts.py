"""Composition objects: texts, confirm dialogs, options.

Limits from the platform's reference, "Composition objects".
"""

from ovbot.sandbox.slack.blockkit.place import Place

BOTH = ("mrkdwn", "plain_text")
PLAIN = ("plain_text",)


def text(place: Place, most: int = 3000, kinds: tuple[str, ...] = BOTH) -> None:
    """A text object of 1 to `most` characters."""
    kind = place.kind(kinds)
    if kind is None:
        return
    extra = "emoji" if kind == "plain_text" else "verbatim"
    members = place.members(("type", "text"), (extra,))
    members.check("text", Place.string, most)
    members.check(extra, Place.boolean)


def plain(place: Place, most: int) -> None:
    """A text object that must not be mrkdwn."""
    text(place, most, PLAIN)


def confirm(place: Place) -> None:
    """A confirm dialog: title 100, text 300, both buttons 30 characters."""
    members = place.members(("title", "text", "confirm", "deny"), ("style",))
    members.check("title", plain, 100)
    members.check("text", text, 300)
    members.check("confirm", plain, 30)
    members.check("deny", plain, 30)
    members.check("style", Place.one_of, "primary", "danger")


def option(place: Place, *, rich: bool = False, url: bool = False) -> None:
    """An option: text 75, value 150, description 75 characters.

    `rich` lets text and description be mrkdwn (checkboxes and radio buttons); `url` is for
    overflow menus only.
    """
    kinds = BOTH if rich else PLAIN
    members = place.members(("text", "value"), ("description", "url") if url else ("description",))
    members.check("text", text, 75, kinds)
    members.check("value", Place.string, 150)
    members.check("description", text, 75, kinds)
    members.check("url", link)


def options(place: Place, most: int, *, rich: bool = False, url: bool = False) -> None:
    """One to `most` options."""
    for item in place.items(most):
        option(item, rich=rich, url=url)


def option_groups(place: Place) -> None:
    """One to a hundred groups of one to a hundred options, label 75 characters."""
    for group in place.items(100):
        members = group.members(("label", "options"))
        members.check("label", plain, 75)
        members.check("options", options, 100)


def link(place: Place) -> None:
    """An address of at most 3000 characters."""
    place.string(3000)
    if isinstance(place.value, str) and ":" not in place.value:
        place.wrong("must be a valid URL", type="format", expected="uri")


def image_source(place: Place) -> None:
    """Exactly one of ``image_url`` and ``slack_file``."""
    if not isinstance(place.value, dict):
        return
    if ("image_url" in place.value) == ("slack_file" in place.value):
        place.wrong("must define either `image_url` or `slack_file`")


def stored_file(place: Place) -> None:
    """A reference to an uploaded file, by id or by address."""
    members = place.members((), ("id", "url"))
    members.check("id", Place.string)
    members.check("url", link)
    if len(members) != 1:
        place.wrong("must define either `id` or `url`")
