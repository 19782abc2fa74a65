"""Where the simulator is not what the traces show, on purpose, each with its reason."""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """Steps of one scenario, in these versions (empty: in all), that may be unlike."""

    scenario: str
    steps: tuple[int, ...]
    versions: tuple[str, ...]
    reason: str


ON_PURPOSE: tuple[Difference, ...] = (
    Difference(
        "cdr",
        (13,),
        (),
        "the file of the real server began with the scenarios that were played before",
    ),
)


def reason(version: str, scenario: str, step: int) -> str | None:
    """Why this step may be unlike, if it may."""
    for each in ON_PURPOSE:
        known = not each.versions or version in each.versions
        if each.scenario == scenario and step in each.steps and known:
            return each.reason
    return None
