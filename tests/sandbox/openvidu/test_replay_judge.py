"""The judge of the replay sees whatever is not as a trace shows it, and nothing else."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.openvidu.replay import events
from tests.sandbox.openvidu.replay.roles import Roles

TRACES = Path(__file__).parents[2] / "traces"
SCENARIOS = [("2.15", "kick_all"), ("2.32", "connections"), ("2.31", "composed")]
MADE_UP = {
    "session": "ses_{}",
    "connection": "con_Role{}",
    "camera": "ipc_IPCAM_rtsp_{}",
    "token": "tok_Role{}",
}
FIXED: dict[str, Any] = {
    "<ms>": 1601394690000,
    "<duration>": 3.5,
    "<duration 0>": 0,
    "<size>": 4096,
    "<size 0>": 0,
    "<unique>": "life_1601394690000",
}


def played(value: Any) -> Any:
    """A trace's value as a server might have said it."""
    if isinstance(value, dict):
        return {name: played(each) for name, each in value.items()}
    if isinstance(value, list):
        return [played(each) for each in value]
    if not isinstance(value, str):
        return value
    if value in FIXED:
        return FIXED[value]
    text = value.replace("<wss>", "wss://127.0.0.1:4443").replace("<url>", "https://127.0.0.1:4443")
    text = re.sub(r"(?<=str_[A-Z]{3}_)xxxx", "Ab12", text)
    text = re.sub(r"<iso(\+[\d:]+)>", r"2026-11-28T00:25:04.009\1", text)
    return re.sub(r"<([a-z]+)(\d+)>", lambda found: MADE_UP[found[1]].format(found[2]), text)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*path, name))


def changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    if not path:
        return to
    made = copy.deepcopy(value)
    inner = made
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = to
    return made


def bodies() -> Iterator[Any]:
    for version, scenario in SCENARIOS:
        for step in json.loads((TRACES / version / f"{scenario}.json").read_text()):
            body = (step["answer"] or {}).get("body")
            if isinstance(body, dict):
                yield body
            yield from step.get("events", [])


def test_every_answer_is_like_itself_and_unlike_whatever_is_changed() -> None:
    tried = 0
    for body in islice(bodies(), 0, None, 3):
        said = played(body)
        assert Roles().difference(body, said) is None
        for path in places(said):
            tried += 1
            for to in (None, [1], {"x": 1}, "something else"):
                inner = said
                for name in path:
                    inner = inner[name]
                if inner == to:
                    continue
                assert Roles().difference(body, changed(said, path, to)) is not None, (path, to)
            if isinstance(inner, dict):
                more = changed(said, path, {**inner, "more": None})
                assert Roles().difference(body, more) is not None, path
    assert tried > 500


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (0, 0.0),
        (1, True),
        ("1", 1),
        ("<ms>", "1601394690000"),
        ("<ms>", True),
        (["<connection1>", "<connection1>"], ["con_a", "con_b"]),
        (["<connection1>", "<connection2>"], ["con_a", "con_a"]),
        ("<connection1>", "tok_a"),
        ("str_CAM_xxxx_<connection1>", "str_SCR_Ab12_con_a"),
        ("<url>/recordings/a.mp4", "https://127.0.0.1/recordings/b.mp4"),
        ("JSON parse error: Unexpected character ('}'", "JSON parse error: Unrecognized token 'a'"),
        ({"content": ["a", "b"]}, {"content": ["a", "a"]}),
        ({"videos": ["a", "b"]}, {"videos": ["b", "a"]}),
    ],
)
def test_what_is_not_the_same(expected: Any, found: Any) -> None:
    assert Roles().difference(expected, found) is not None


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("<ms>", 1601394690000),
        ("<duration 0>", 12.5),
        ({"content": ["a", "b"]}, {"content": ["b", "a"]}),
        (
            {"items": [{"id": "<session1>"}, {"id": "x"}]},
            {"items": [{"id": "x"}, {"id": "ses_A"}]},
        ),
        ("JSON parse error: Unexpected character ('}'", "JSON parse error: Unexpected character x"),
    ],
)
def test_what_is_arbitrary(expected: Any, found: Any) -> None:
    assert Roles().difference(expected, found) is None


def event(name: str, who: str | None = None, stream: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"event": name}
    if who is not None:
        found["participantId"] = who
    if stream is not None:
        found |= {"connection": "INBOUND", "streamId": stream}
    return found


LEFT_A, LEFT_B = event("participantLeft", "con_a"), event("participantLeft", "con_b")
ENDED_A = event("webrtcConnectionDestroyed", "con_a", "str_c")
ENDED_B = event("webrtcConnectionDestroyed", "con_b", "str_c")
OVER = event("sessionDestroyed")


@pytest.mark.parametrize(
    ("expected", "found", "alike"),
    [
        ([ENDED_A, ENDED_B], [ENDED_B, ENDED_A], True),
        ([LEFT_A, LEFT_B], [LEFT_B, LEFT_A], False),
        ([ENDED_A, LEFT_A], [LEFT_A, ENDED_A], False),
        ([LEFT_A, LEFT_B, OVER], [LEFT_B, LEFT_A, OVER], True),
        ([ENDED_A, LEFT_A, OVER], [LEFT_A, ENDED_A, OVER], False),
        ([LEFT_A], [LEFT_A, LEFT_A], False),
        ([LEFT_A, OVER], [LEFT_A], False),
        ([LEFT_A], [LEFT_B], False),
    ],
)
def test_the_order_of_events(
    expected: list[dict[str, Any]], found: list[dict[str, Any]], alike: bool
) -> None:
    assert (events.difference(Roles(), expected, found) is None) is alike
