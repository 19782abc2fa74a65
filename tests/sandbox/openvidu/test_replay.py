"""The simulator answers and tells what real OpenVidu servers did, step by step (tests/traces).

OVBOT_TRACES names another folder of the same form, to judge by further scenarios.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, cast

import pytest

from ovbot.sandbox.openvidu.config import ProfileName
from tests.sandbox.openvidu.replay.differences import reason
from tests.sandbox.openvidu.replay.player import Judged, Player

OURS = Path(__file__).parents[2] / "traces"
TRACES = Path(os.environ.get("OVBOT_TRACES", OURS))
BEFORE = {
    ("seed", "media_restart"): ("composed",),
    ("seed", "always"): ("composed", "media_restart"),
    ("seed", "recording_trouble"): ("composed", "media_restart", "always"),
}
"""Scenarios whose recordings the real server could not get rid of before another one."""
LEAST = 0.98
"""Of all steps, how many are alike at least; what is not has its reason in one table."""


def _steps(version: str, scenario: str) -> list[dict[str, Any]]:
    file = TRACES / version / f"{scenario}.json"
    if not file.exists():
        file = OURS / version / f"{scenario}.json"  # what was played before is not judged again
    steps: list[dict[str, Any]] = json.loads(file.read_text())
    return steps


def _is_ours(file: Path) -> bool:
    """Whether it is a trace that was recorded after the others here."""
    same = OURS / file.parent.name / file.name
    return same.exists() and same.read_bytes() == file.read_bytes()


def _versions() -> list[str]:
    return sorted(each.name for each in TRACES.iterdir() if each.is_dir())


async def _played(version: str) -> dict[str, list[Judged]]:
    played = {}
    for file in sorted((TRACES / version).glob("*.json")):
        player = Player(cast(ProfileName, version), file.stem)
        left = BEFORE.get((version, file.stem), ()) if _is_ours(file) else ()
        before = [_steps(version, each) for each in left]
        played[file.stem] = await player.play(_steps(version, file.stem), before)
    return played


@pytest.mark.parametrize("version", _versions())
async def test_the_simulator_is_what_the_real_server_was(version: str) -> None:
    steps, alike = 0, 0
    unlike = []
    for scenario, judged in (await _played(version)).items():
        good = sum(each.unlike is None for each in judged)
        steps, alike = steps + len(judged), alike + good
        print(f"{version:>5} {scenario:<20} {good}/{len(judged)}")
        for each in judged:
            if each.unlike is not None:
                why = reason(version, scenario, each.step)
                known = f"   (on purpose: {why})" if why else ""
                unlike.append(f"{version} {scenario} {each.step}: {each.unlike}{known}")
    print(f"{version:>5} {'all':<20} {alike}/{steps}")
    print("\n".join(unlike))
    assert TRACES != OURS or not [each for each in unlike if "on purpose" not in each]
    assert alike >= LEAST * steps
