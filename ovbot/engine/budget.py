"""How much one person may ask: enough for anybody who reads the answers.

Only what is asked counts, and only of people who may not act: whoever moderates is trusted, and an
action is never refused for having asked too much.
"""

import time
from collections.abc import Callable

from ovbot.domain.actor import Actor

MOST = 20.0
"""Questions at once."""
PER_SECOND = 0.5
SHARED = 10.0
"""What a question counts whose answer everybody in the channel reads: Slack takes one message a
second there."""
OWN = 0.1
"""What a question counts that everybody may ask: ovbot knows the answer itself."""
MENU = 0.2
"""What a look at a menu counts: there is one for each letter that is typed."""
_REMEMBERED = 10_000


class Budget:
    """What is left to each person, in questions."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[Actor, tuple[float, float]] = {}  # how much, and when that was so

    def take(self, actor: Actor, cost: float = 1.0) -> float:
        """Ask: 0 where it may be, else in how many seconds it may."""
        now = self._clock()
        left, at = self._left.pop(actor, (MOST, now))
        left = min(MOST, left + (now - at) * PER_SECOND)
        missing = cost - left
        self._left[actor] = (left if missing > 0 else left - cost, now)
        if len(self._left) > _REMEMBERED:
            del self._left[next(iter(self._left))]  # whoever has not asked for longest
        return max(0.0, missing / PER_SECOND)
