"""Names as they are compared: what looks alike to whoever types it is alike.

Names come from browsers of every kind, and what is typed comes from phones: one writes ’ for an
apostrophe and an accent as a letter of its own, another leaves accents out.
"""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from ovbot.domain.emoji import drawn

T = TypeVar("T")

_ALIKE: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′‵ʹʻʼʽˊˋ´`＇", "'"),
        **dict.fromkeys("“”„‟″‶«»‹›", '"'),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－⁃", "-"),
        # Letters that no accent can be taken from, as people write them without their stroke.
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "æ": "ae",
        "œ": "oe",
    }
)
"""In whatever form they are left by NFKC, which takes ´ and ″ apart."""
_ACCENTED: Final = ("LATIN ", "GREEK ", "CYRILLIC ")
"""Elsewhere a mark makes another letter: か is not が."""
_UNSEEN: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u180b\u180c\u180d")


def folded(name: str) -> str:
    """``name`` as it is compared, on one line; folding it once more changes nothing."""
    name = name.replace("∶", ":")  # as an emoji's code is shown
    while (next_ := _folded(name)) != name:
        name = next_
    return name


def closest(typed: str, among: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """Those who are called ``typed``; else those whose name has it in it.

    Whose name is the very same, but for its case, comes before who is only called alike.
    """
    named = [(name(one), one) for one in among]
    exact = _cased(typed)
    if same := [one for called, one in named if _cased(called) == exact]:
        return same
    wanted = folded(typed)
    if not wanted:
        return []
    alike = [(folded(called), one) for called, one in named]
    whole = [one for called, one in alike if called == wanted]
    return whole or [one for called, one in alike if wanted in called]


def _cased(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", drawn(name)).casefold())


def _folded(name: str) -> str:
    text = unicodedata.normalize("NFKC", drawn(name)).casefold()
    text = "".join(_kept(unicodedata.normalize("NFD", text)))
    text = text.replace(" \u0301", "'").translate(_ALIKE).replace("''", '"')
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _kept(decomposed: str) -> Iterable[str]:
    """What can be seen, without accents: é is e here."""
    base = ""
    for char in decomposed:
        category = unicodedata.category(char)
        if char.isspace():
            base = char
            yield " "
        elif category[0] == "C" or char in _UNSEEN or "\ufe00" <= char <= "\ufe0f":
            continue
        elif category[0] != "M":
            base = char
            yield char
        elif not (base and unicodedata.name(base, "").startswith(_ACCENTED)):
            yield char
