"""Rich text: sections, lists, quotes and code, and what stands in them.

From the platform's reference, "Rich text block".
"""

from collections.abc import Callable

from ovbot.sandbox.slack.blockkit import texts
from ovbot.sandbox.slack.blockkit.place import Place

_STYLES = ("bold", "italic", "strike", "underline", "code", "highlight", "client_highlight")

_LEAVES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "text": (("text",), ()),
    "link": (("url",), ("text", "unsafe")),
    "user": (("user_id",), ()),
    "usergroup": (("usergroup_id",), ()),
    "channel": (("channel_id",), ()),
    "team": (("team_id",), ()),
    "emoji": (("name",), ("unicode", "skin_tone")),
    "broadcast": (("range",), ()),
    "color": (("value",), ()),
    "date": (("timestamp", "format"), ("url", "fallback")),
}
"""Required and optional members of each kind of leaf, beside ``type`` and ``style``."""


def rich_text(place: Place) -> None:
    """A whole rich text block."""
    members = place.members(("type", "elements"), ("block_id",))
    members.check("type", Place.one_of, "rich_text")
    members.check("block_id", Place.string, 255)
    if "elements" in members:
        for item in members["elements"].items(least=0):
            kind = item.kind(_PARTS)
            if kind is not None:
                _PARTS[kind](item)


def _section(place: Place) -> None:
    _leaves(place, ())


def _preformatted(place: Place) -> None:
    _leaves(place, ("border", "language"))


def _quote(place: Place) -> None:
    _leaves(place, ("border",))


def _list(place: Place) -> None:
    members = place.members(("type", "style", "elements"), ("indent", "offset", "border"))
    members.check("style", Place.one_of, "bullet", "ordered")
    members.check("indent", Place.integer, 0, 8)
    members.check("offset", Place.integer, 0)
    members.check("border", Place.integer, 0, 1)
    if "elements" in members:
        for item in members["elements"].items():
            if item.kind(("rich_text_section",)):
                _section(item)


def _leaves(place: Place, extra: tuple[str, ...]) -> None:
    members = place.members(("type", "elements"), extra)
    members.check("border", Place.integer, 0, 1)
    members.check("language", Place.string)
    if "elements" in members:
        for item in members["elements"].items(least=0):
            _leaf(item)


def _leaf(place: Place) -> None:
    kind = place.kind(_LEAVES)
    if kind is None:
        return
    required, optional = _LEAVES[kind]
    members = place.members(("type", *required), ("style", *optional))
    for name in ("user_id", "usergroup_id", "channel_id", "team_id", "name", "value", "format"):
        members.check(name, Place.string)
    # An empty text leaf is refused by the platform although an empty section is not.
    members.check("text", Place.string)
    members.check("url", texts.link)
    members.check("timestamp", Place.integer, 0)
    members.check("range", Place.one_of, "here", "channel", "everyone")
    members.check("style", _style)


def _style(place: Place) -> None:
    for flag in place.members((), (*_STYLES, "unlink")).values():
        flag.boolean()


_PARTS: dict[str, Callable[[Place], None]] = {
    "rich_text_section": _section,
    "rich_text_list": _list,
    "rich_text_preformatted": _preformatted,
    "rich_text_quote": _quote,
}
