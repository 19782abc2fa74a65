"""What the media server and Docker do wrong from here on.

Parts and ways are named after what broke on real servers; what each way does to a call differs
by version and is decided where the call is served.
"""

from __future__ import annotations

from dataclasses import dataclass

KINDS: dict[str, dict[str, str]] = {
    "record": {
        "error": "the media server's recorder fails at once: an INDIVIDUAL start fails",
        "never-starts": "the recorder never says that it records: an INDIVIDUAL start fails",
        "never-stops": "the recorder never says that it stopped: `ready` with a duration of 0",
    },
    "sdp": {"error": "the media server refuses to negotiate: who publishes or subscribes fails"},
    "create": {
        "error": "the media server makes no endpoint: who publishes or subscribes fails",
        "nothing": "the endpoint is made and nothing ever flows",
    },
    "start": {"error": "Docker starts no container: a COMPOSED start fails, nothing is listed"},
    "video": {
        "none": "the container writes no video: a COMPOSED start fails and stays listed `failed`",
        "empty": "the video stays empty: `ready` with a size and a duration of 0",
    },
    "report": {
        "no-video": "the video's report knows no video: a stop answers `failed`",
        "none": "there is no report: a stop breaks, up to 2.31 for ever",
    },
    "stop": {"never": "the container never ends: a stop answers `failed`"},
    "left": {"untold": "somebody goes and no participantLeft is sent"},
    "time": {"steps-back": "an event's timestamp lies 120 ms before the one of its predecessor"},
    "close": {
        "error": "closing a session breaks half-way: 500, a second one ends it",
        "timeout": "a session's lock is not to be had: DELETE answers 400, nothing is done",
    },
}
"""Every way to go wrong, by the part that does."""


@dataclass
class Trouble:
    """One part's way to go wrong, and how often it still will; None is for ever."""

    part: str
    how: str
    times: int | None = 1


class Troubles:
    """The troubles that are waiting; each part has one at most."""

    def __init__(self) -> None:
        self._waiting: dict[str, Trouble] = {}

    def set(self, part: str, how: str, times: int | None = 1) -> None:
        self._waiting[part] = Trouble(part, how, times)

    def clear(self) -> None:
        self._waiting.clear()

    def listed(self) -> list[dict[str, str | int | None]]:
        return [vars(each).copy() for each in self._waiting.values()]

    def meet(self, part: str, *ways: str) -> str | None:
        """How this part fails now, of the ways that matter here; counted down."""
        trouble = self._waiting.get(part)
        if trouble is None or (ways and trouble.how not in ways):
            return None
        if trouble.times is not None:
            trouble.times -= 1
            if trouble.times <= 0:
                del self._waiting[part]
        return trouble.how
