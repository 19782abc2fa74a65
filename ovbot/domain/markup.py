"""Slack mrkdwn that can be built only by escaping.

``Markup`` is text that is already safe to send. ``md`` is the one way to make it: its template is
ours, its arguments are foreign unless they are ``Markup`` themselves. Escaping follows Slack's
"Formatting text for app surfaces" (``& < >``); the characters that would start formatting are
swapped for look-alikes, because Slack has no escape for them.
"""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack has no escape for these; each becomes a character that looks the same and means nothing.
_LOOK_ALIKES = str.maketrans({"*": "∗", "`": "ˋ"})
# Inside a word they start nothing, and whoever copies OPENVIDU_SECRET, or the recording demo~1,
# must get just that.
_EDGES = re.compile(r"(?<![A-Za-z0-9])[_~]|[_~](?![A-Za-z0-9])")
_AT_AN_EDGE = {"_": "ˍ", "~": "∼"}
# ``:white_check_mark:`` in a name would be a sign of ours.
_EMOJI = re.compile(r"(:[A-Za-z0-9_+'-]+):")
_CODE_LOOK_ALIKES = str.maketrans({"`": "ˋ"})
_JOINER = "\u200d"  # kept: family and flag emoji are made with it
FOREIGN_LIMIT = 300


class Markup(str):
    """mrkdwn text that is safe to send to Slack as it is."""

    __slots__ = ()

    def __add__(self, other: str) -> "Markup":
        if not isinstance(other, Markup):
            raise TypeError("only Markup can be added to Markup; fill a template with md()")
        return Markup(str.__add__(self, other))


def visible(text: str, limit: int = FOREIGN_LIMIT) -> str:
    """Foreign text on one line: no control, bidi or zero-width characters, at most ``limit`` long.

    Returns ``""`` when nothing visible is left.
    """
    # A cap before the work: 10 MB of client data must cost no more than a long name.
    kept = []
    for char in text[: limit * 4]:
        category = unicodedata.category(char)
        if category in {"Zl", "Zp"} or char.isspace():
            kept.append(" ")
        elif category[0] == "C" and char != _JOINER:
            continue
        else:
            kept.append(char)
    line = " ".join("".join(kept).split())
    if not line.replace(_JOINER, "").strip():
        return ""
    return line if len(line) <= limit else line[: limit - 1] + "…"


def escape(text: str, limit: int = FOREIGN_LIMIT) -> Markup:
    """Foreign text as inert mrkdwn: it can format nothing, link nothing and mention nobody."""
    inert = _EMOJI.sub("\\1∶", visible(text, limit))
    inert = _EDGES.sub(lambda edge: _AT_AN_EDGE[edge[0]], inert).translate(_LOOK_ALIKES)
    return Markup(inert.translate(_ENTITIES))


def code(text: str, limit: int = FOREIGN_LIMIT) -> Markup:
    """An id or other machine text in a code span, kept to the letter but for backquotes."""
    inner = visible(text, limit).translate(_CODE_LOOK_ALIKES).translate(_ENTITIES)
    return Markup(f"`{inner or '-'}`")


def bold(text: str) -> Markup:
    """Foreign text in bold."""
    inner = _safe(text)
    return Markup(f"*{inner}*") if inner.strip() else Markup(inner)


def exact(text: str) -> Markup:
    """An id or a pattern in a sentence, with its real characters: as it is where it can be, or else
    in a code span, so that whoever copies it gets just that."""
    plain = escape(text)
    return plain if plain == text else code(text)


def title_of(text: str) -> Markup:
    """The same in bold."""
    return bold(text) if escape(text) == text else code(text)


def mention(user: str) -> Markup:
    """A person by Slack user id. Only for ids that came from Slack itself or from a setting."""
    return Markup(f"<@{user}>") if user.isalnum() else escape(user)


def user_group(group: str) -> Markup:
    """A Slack user group by its id: a mention would call everybody in it."""
    return code(group)


def channel_link(channel: str) -> Markup:
    """A channel by Slack channel id."""
    return Markup(f"<#{channel}>") if channel.isalnum() else escape(channel)


def when(at_ms: int, *, seconds: bool = False, day: bool = True) -> Markup:
    """A moment (ms UTC) in the reader's own zone, with UTC as the fallback; one that was not told,
    which is 0, is no day in 1970. Without its ``day`` where it is clear which is meant."""
    if at_ms <= 0:
        return Markup("(time not told)")
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    fallback = moment.strftime("%Y-%m-%d %H:%M:%S UTC" if seconds else "%Y-%m-%d %H:%M UTC")
    clock = "{time_secs}" if seconds else "{time}"
    shown = f"{{date_short_pretty}} {clock}" if day else clock
    return Markup(f"<!date^{at_ms // 1000}^{shown}|{fallback}>")


def md(template: str, *args: object, **kwargs: object) -> Markup:
    """Fill ``template`` (ours, mrkdwn) with values; every one that is not ``Markup`` is escaped."""
    safe: list[Any] = [_safe(arg) for arg in args]
    named: dict[str, Any] = {name: _safe(value) for name, value in kwargs.items()}
    return Markup(template.format(*safe, **named))


def join(separator: str, parts: "list[Markup] | tuple[Markup, ...]") -> Markup:
    """Join safe parts with a separator of ours."""
    return Markup(separator.join(parts))


def plain(markup: str) -> str:
    """What a person reads of mrkdwn made here: the inverse of the entities, for plain_text."""
    return markup.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _safe(value: object) -> str:
    if isinstance(value, Markup):
        return str(value)
    return str(escape(str(value)))
