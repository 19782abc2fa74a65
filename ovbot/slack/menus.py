"""What a menu offers while somebody types, and how much of it Slack takes.

Source: docs.slack.dev, "Select menu of external data source". Socket Mode drops an acknowledgement
of about 20 kB and more without a word (slack-go/slack 1196), so that the menu would stay empty.
"""

import json
from collections.abc import Iterable, Sequence

from ovbot.domain.words import counted
from ovbot.engine.menus import Option
from ovbot.slack import modal
from ovbot.slack.present import Block

MOST = 100
BYTES = 15_000
"""Of all options together, as the SDK writes them: ``\\\\u2026`` is six bytes there."""
MORE = "ov:more"
"""The value of the last line of a menu that does not hold everything; nothing has that id."""


def offered(found: Sequence[Option], typed: str = "") -> list[Block]:
    """The options as a menu, in their order.

    Where nothing fits what was ``typed``, or not all that does is shown, it can be chosen as it is:
    so an id is never out of reach, also while OpenVidu does not answer.
    """
    fitting = [o for o in found if 0 < len(o.value) <= modal.OPTION_VALUE]
    blocks = [modal.option_block(o) for o in fitting]
    shown = list(_within(blocks, MOST, BYTES))
    if shown and len(shown) == len(found):
        return shown
    own = [modal.option_block(o) for o in _as_typed(fitting, typed)]
    shown = list(_within(blocks, MOST - 1 - len(own), BYTES - _size(own)))
    if left := len(found) - len(shown):
        said = f"Type to find more: {counted(left, 'is', 'are')} not shown"
        shown.append(modal.option_block(Option(MORE, said)))
    return shown + own


def _as_typed(found: Sequence[Option], typed: str) -> list[Option]:
    text = typed.strip()
    if not text or len(text) > modal.OPTION_VALUE or any(o.value == text for o in found):
        return []
    return [Option(text, f"Use “{text}” as it is")]


def _within(blocks: Iterable[Block], most: int, size: int) -> Iterable[Block]:
    for number, block in enumerate(blocks):
        size -= _size([block])
        if number == most or size < 0:
            return
        yield block


def _size(blocks: Sequence[Block]) -> int:
    return sum(len(json.dumps(block)) + 2 for block in blocks)
