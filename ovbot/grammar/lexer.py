"""Chat text to words, forgiving what phones and Slack do to it.

Chat is not a shell: there are no escapes, an apostrophe is mostly an apostrophe, and a quote that
is never closed is just a character.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ovbot.grammar.errors import GrammarError
from ovbot.grammar.pieces import Piece, pieces

TEXT_LIMIT = 4_000

# Opening mark → marks that close it. Some languages open with what others close with.
QUOTES = {
    '"': '"',
    "“": "”“",
    "”": "”",
    "„": "“”",
    "«": "»",
    "»": "«",
    "'": "'",
    "‘": "’",
    "’": "’",
}
_KEY = re.compile(r"[-—–]*[^\W\d_][\w-]*[:=]")
_DASHES = re.compile(r"[—–]+(?=[^\W\d_])")


@dataclass(frozen=True)
class Token:
    """One word.

    ``text`` is what is meant; ``typed`` is what stood there, with quotes and long dashes kept;
    ``gap`` is the space before it. ``look`` and ``shown`` are these two with ``@ana`` for a mention
    whose name Slack tells. ``start`` and ``end`` are offsets into the text as it came. ``quoted``
    is true for a word wholly in quotes, which is never an option.
    """

    text: str
    quoted: bool
    start: int
    end: int
    typed: str = ""
    gap: str = " "
    look: str = ""
    shown: str = ""


@lru_cache(maxsize=16)  # one command is asked about two or three times before it is acknowledged
def tokenize(text: str) -> tuple[Token, ...]:
    """Split chat text into words. Raises GrammarError only for text over 4,000 characters."""
    if len(text) > TEXT_LIMIT:
        raise GrammarError(
            f"That is {len(text):,} characters; a command can have at most {TEXT_LIMIT:,}.",
            "Send it again, shorter.",
            code="grammar.too_long",
        )
    return tuple(_Scanner(text).tokens())


class _Scanner:
    """Groups pieces into tokens, left to right."""

    def __init__(self, text: str) -> None:
        self._pieces = pieces(text)
        self._never_closed: set[str] = set()

    def tokens(self) -> list[Token]:
        found: list[Token] = []
        end = 0
        while True:
            begin = self._past_space(end)
            if begin == len(self._pieces):
                return found
            gap = _text(self._pieces[end:begin])
            meant, quoted, end = self._word(begin)
            stood = self._pieces[begin:end]
            text, look = _text(meant), _look(meant)
            if not quoted:
                text, look = _short_dashes(text), _short_dashes(look)
            found.append(
                Token(
                    text,
                    quoted,
                    stood[0].start,
                    stood[-1].end,
                    typed=_text(stood),
                    gap=gap,
                    look=look,
                    shown=_look(stood),
                )
            )

    def _word(self, begin: int) -> tuple[list[Piece], bool, int]:
        """The word that begins here: what it means, whether it is quoted, and where it ends."""
        close = self._closing(begin)
        if close is not None:
            return self._pieces[begin + 1 : close], True, close + 1
        meant: list[Piece] = []
        at = begin
        while at < len(self._pieces) and not self._pieces[at].is_space:
            # `reason:"two words"`: quotes open after a key too, and nowhere else inside a word.
            after_key = self._pieces[at].text in QUOTES and _KEY.fullmatch(_text(meant))
            close = self._closing(at) if after_key else None
            if close is not None:
                meant += self._pieces[at + 1 : close]
                at = close + 1
            else:
                meant.append(self._pieces[at])
                at += 1
        return meant, False, at

    def _closing(self, at: int) -> int | None:
        """Where the quote that opens here closes: before a space or at the end.

        So ``'don't do that'`` is one group, and the marks in ``the 5" and 7" lens`` are inches.
        """
        opening = self._pieces[at]
        if opening.inert or opening.text not in QUOTES or opening.text in self._never_closed:
            return None
        for index in range(at + 1, len(self._pieces)):
            piece = self._pieces[index]
            ends_word = index + 1 == len(self._pieces) or self._pieces[index + 1].is_space
            if ends_word and not piece.inert and piece.text in QUOTES[opening.text]:
                return index
        # Remembered, so that thousands of lone quotes do not cost thousands of searches each.
        self._never_closed.add(opening.text)
        return None

    def _past_space(self, at: int) -> int:
        while at < len(self._pieces) and self._pieces[at].is_space:
            at += 1
        return at


def _text(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def _look(pieces: list[Piece]) -> str:
    return "".join(piece.look for piece in pieces)


def _short_dashes(text: str) -> str:
    """Phones make one long dash of two short ones."""
    return _DASHES.sub("--", text, count=1) if _DASHES.match(text) else text
