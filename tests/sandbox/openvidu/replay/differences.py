"""Where the simulator is not what the traces show, on purpose, each with its reason."""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """Steps of one scenario, in these versions (empty: in all), that may be unlike."""

    scenario: str
    steps: tuple[int, ...]
    versions: tuple[str, ...]
    reason: str


_HASH = "people are in a hash map, and another one came first"
ON_PURPOSE: tuple[Difference, ...] = (
    Difference("life", (83, 84), ("seed",), "a cut network's ten seconds ended a step earlier"),
    Difference("media_restart", (12,), ("seed",), "the media server numbers its endpoints itself"),
    Difference(
        "autostop",
        (12,),
        ("seed",),
        "the snapshot's fault goes on: a stream that cannot end, and another one beside it",
    ),
    Difference("always", (15,), ("seed",), _HASH),
    Difference(
        "cdr",
        (13,),
        (),
        "the file of the real server began with the scenarios that were played before",
    ),
    Difference(
        "config",
        (14, 15),
        ("seed",),
        "the real server still had the sessions of scenarios that were played before",
    ),
    Difference(
        "config",
        (32,),
        ("seed",),
        "the snapshot left its new paths open to everybody; what was documented, and what every "
        "release does, is that they need credentials",
    ),
    Difference(
        "connections",
        (33,),
        ("2.20",),
        "the trace's words are spoilt: the role of another token was put into the middle of one",
    ),
    Difference(
        "sessions",
        (2, 3, 75, 76),
        ("2.32",),
        "the real server's webhook came after the answer to the next request",
    ),
)


def reason(version: str, scenario: str, step: int) -> str | None:
    """Why this step may be unlike, if it may."""
    for each in ON_PURPOSE:
        known = not each.versions or version in each.versions
        if each.scenario == scenario and step in each.steps and known:
            return each.reason
    return None
