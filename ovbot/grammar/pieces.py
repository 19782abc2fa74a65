"""What the lexer scans: the visible characters of a text, with Slack's own forms resolved.

The forms are described under "Formatting text for app surfaces"; slash commands get them with
"Escape channels, users, and links to your app" switched on.
"""

import re
import unicodedata
from dataclasses import dataclass

_JOINER = "\u200d"
# Invisible, though Unicode calls them letters or marks.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\u180b\u180c\u180d")
_FORM = re.compile(
    r"<(?P<mention>@[UW][A-Z0-9]+|#[CGD][A-Z0-9]+|!subteam\^S[A-Z0-9]+|!(?:here|channel|everyone))"
    r"(?:\|(?P<name>[^<>]*))?>"
    r"|<(?P<link>[A-Za-z][A-Za-z0-9+.-]*:[^\s<>|]+)(?:\|(?P<label>[^<>]*))?>"
)
# Slack sends only the first three, and `&` always as `&amp;`, so nobody can type the fourth: it
# is what `pack` writes for a quote inside quotes.
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}
_ENTITY = re.compile("|".join(_ENTITIES))


@dataclass(frozen=True)
class Piece:
    """A character, or what a form or an entity stands for: ``inert``, it never acts as syntax.

    ``start`` and ``end`` are offsets into the text as it came. ``look`` is what people see there.
    """

    text: str
    start: int
    end: int
    inert: bool = False
    look: str = ""

    @property
    def is_space(self) -> bool:
        """Whether it parts words."""
        return not self.inert and self.text.isspace()


def pieces(text: str) -> list[Piece]:
    """Take a text apart; what nobody can see is dropped."""
    cleaned, origin = _clean(text)
    found: list[Piece] = []
    at = 0
    while at < len(cleaned):
        match = _FORM.match(cleaned, at) or _ENTITY.match(cleaned, at)
        end = match.end() if match else at + 1
        meant = _meaning(match) if match else cleaned[at]
        look = _look(match) if match else ""
        found.append(
            Piece(meant, origin[at], origin[end - 1] + 1, match is not None, look or meant)
        )
        at = end
    return found


def _meaning(match: re.Match[str]) -> str:
    if match.re is _ENTITY:
        return _ENTITIES[match[0]]
    if match["mention"]:
        return f"<{match['mention']}>"
    link, label = _decoded(match["link"]), _decoded(match["label"] or "")
    if link.startswith(("mailto:", "tel:")):
        return link.partition(":")[2]
    # Slack makes a link of a bare `room.example`: its label is what the person typed.
    return label if link == f"http://{label}" else link


def _look(match: re.Match[str]) -> str:
    """The name that Slack shows for a mention or a channel, or ``""`` where it gives none."""
    if match.re is _ENTITY or not match["mention"] or not match["name"]:
        return ""
    return f"{match['mention'][0].replace('!', '@')}{_decoded(match['name']).lstrip('@#')}"


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda entity: _ENTITIES[entity[0]], text)


def _clean(text: str) -> tuple[str, list[int]]:
    """The visible characters, and where each of them stood."""
    kept = [(char, index) for index, char in enumerate(text) if _is_kept(char)]
    chars = ["", *(char for char, _ in kept), ""]
    # A joiner is kept only where it makes one emoji out of two.
    kept = [
        pair
        for pair, before, after in zip(kept, chars[:-2], chars[2:], strict=True)
        if pair[0] != _JOINER or (_is_picture(before) and _is_picture(after))
    ]
    return "".join(char for char, _ in kept), [index for _, index in kept]


def _is_kept(char: str) -> bool:
    if char.isspace() or char == _JOINER:
        return True
    # Cc: control, Cf: zero width and bidi, Cs: half a character.
    return char not in _FILLERS and unicodedata.category(char) not in {"Cc", "Cf", "Cs"}


def _is_picture(char: str) -> bool:
    # U+FE0F asks for the colourful form; Cn holds emoji newer than this Python's tables.
    return char == "\ufe0f" or (char != "" and unicodedata.category(char) in {"So", "Sk", "Cn"})
