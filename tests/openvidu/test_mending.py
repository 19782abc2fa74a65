"""One odd entry never costs the list: real answers and events, changed at every single path."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu import Connection, Listing, Session, decode
from ovbot.openvidu.errors import Unexpected
from ovbot.openvidu.events import UnreadableEvent, parse_event
from ovbot.openvidu.operations import OPERATIONS
from ovbot.openvidu.replies import decipher
from ovbot.openvidu.wire import Call, Reply
from tests.openvidu.test_decode import MODERN, SEED, listing_of, reply

TRACES: Final = Path(__file__).parent.parent / "traces"
Path_ = tuple[str | int, ...]
MISSING: Final = object()
DEEP: Final = 3000
"""Levels; Python's own limit is a thousand."""


def nested(value: Any) -> Any:
    return [{"x": [value]}]


RETYPED: Final[tuple[Any, ...]] = (7, -1, 1.5, 10**30, "text", "12", True, [], {}, [None], {"a": 1})
CHANGES: Final[dict[str, Callable[[Any], list[Any]]]] = {
    "drop": lambda _: [MISSING],
    "null": lambda _: [None],
    "retype": lambda was: [new for new in RETYPED if type(new) is not type(was)],
    "nest": lambda was: [nested(was)],
    "lengthen": lambda was: [_longer(was)],
    "empty": lambda was: [""] if isinstance(was, str) else [],
}


def _longer(was: Any) -> Any:
    if isinstance(was, str):
        return was + "ñ\u202e" * 5000
    if isinstance(was, bool | int | float):
        return 10**40
    return was


# ---- the answers -------------------------------------------------------------------------------

READ: Final = {
    ("sessions",): "sessions",
    ("recordings",): "recordings",
    ("sessions", "*"): "session",
    ("sessions", "*", "connection"): "connections",
    ("sessions", "*", "connection", "*"): "connection",
    ("recordings", "*"): "recording",
    ("config",): "config",
}
"""Which operation an address is, by its parts below the API's root."""


def operation_at(method: str, path: str) -> str | None:
    """The client's operation that asks for that, of those that only ask."""
    parts = path.partition("?")[0].strip("/").removeprefix("openvidu/").removeprefix("api/")
    below = tuple("*" if number % 2 else part for number, part in enumerate(parts.split("/")))
    return READ.get(below) if method == "GET" else None


def kinds_of(value: Any) -> Any:
    """What tells two answers of the same make: names and types, not values."""
    if isinstance(value, dict):
        return tuple(sorted((name, kinds_of(v)) for name, v in value.items()))
    if isinstance(value, list):
        return ("list", tuple(sorted({repr(kinds_of(v)) for v in value})), min(len(value), 3))
    return type(value).__name__


def numbers_for_roles(value: Any) -> Any:
    """The traces have roles in the place of times and sizes."""
    if isinstance(value, dict):
        return {name: numbers_for_roles(v) for name, v in value.items()}
    if isinstance(value, list):
        return [numbers_for_roles(v) for v in value]
    roles = {"<ms>": 1601394690713, "<duration>": 12.5, "<duration 0>": 0.0, "<size>": 4096}
    return (
        roles.get(value, 0 if value == "<size 0>" else value) if isinstance(value, str) else value
    )


@cache
def answers() -> tuple[tuple[str, str, Any], ...]:
    """Version and scenario, operation, body: each make of answer once."""
    found: dict[Any, tuple[str, str, Any]] = {}
    for file in sorted(TRACES.glob("*/*.json")):
        for step in json.loads(file.read_text()):
            asked, told = step["do"], step.get("answer") or {}
            name = operation_at(asked.get("method", ""), asked.get("path", ""))
            if name is None or told.get("status") != 200 or not isinstance(told["body"], dict):
                continue
            body = numbers_for_roles(told["body"])
            where = f"{file.parent.name}/{file.stem}#{step['step']}"
            found.setdefault((name, kinds_of(body)), (where, name, body))
    return tuple(found.values())


@cache
def events() -> tuple[dict[str, Any], ...]:
    """Each make of event once."""
    found: dict[Any, dict[str, Any]] = {}
    for file in sorted(TRACES.glob("*/*.json")):
        for step in json.loads(file.read_text()):
            for event in step.get("events", []):
                told = numbers_for_roles(event)
                found.setdefault((told["event"], kinds_of(told)), told)
    return tuple(found.values())


def paths(value: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every place in a value but the top."""
    below = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in below:
        yield (*at, key)
        if isinstance(inner, dict | list):
            yield from paths(inner, (*at, key))


def at(value: Any, path: Path_) -> Any:
    for key in path:
        value = value[key]
    return value


def changed(value: Any, path: Path_, new: Any) -> Any:
    """A copy with another value in one place."""
    copied = copy.deepcopy(value)
    holder = at(copied, path[:-1])
    if new is MISSING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = new
    return copied


def changes(value: Any, tried: set[Any]) -> Iterator[tuple[Path_, str, Any]]:
    """Every single change of a value: where, how, and the result.

    Places that are alike (another entry of a list, another answer) are changed once; ``tried``
    remembers them.
    """
    for path in paths(value):
        was = at(value, path)
        alike = (tuple("*" if isinstance(key, int) else key for key in path), type(was))
        if alike in tried:
            continue
        tried.add(alike)
        for how, make in CHANGES.items():
            for new in make(was):
                yield path, how, changed(value, path, new)


def read(operation: str, body: Any) -> Any:
    ids = dict.fromkeys(("session", "connection", "recording"), "x")
    raw = json.dumps(body).encode()
    return decipher(Call(OPERATIONS[operation], "ov.test", ids), Reply(200, {}, raw))


ENTRIES: Final = {"sessions": "content", "recordings": "items", "connections": "content"}


def entries(found: Any) -> list[Any]:
    """What the answer lists at the top: sessions, recordings, connections, a session's people."""
    if isinstance(found, Session):
        return list(found.connections)
    return list(found) if isinstance(found, Listing) else [found]


def entry_of(operation: str, path: Path_) -> int | None:
    """The entry of that list in which a path lies; None if it is not in one."""
    into = ("connections", "content") if operation == "session" else (ENTRIES.get(operation),)
    if path[: len(into)] == into and len(path) > len(into):
        return int(path[len(into)])
    return None


def holds_list(operation: str, path: Path_) -> bool:
    """Whether the path is the list itself, or what it is in."""
    into = ("connections", "content") if operation == "session" else (ENTRIES.get(operation),)
    return path == into[: len(path)]


def check_answer(where: str, operation: str, body: Any, alike: set[Any]) -> int:
    """No change makes an error where something can be read, or costs another entry."""
    good, tried = entries(read(operation, body)), 0
    for path, how, odd in changes(body, alike):
        tried += 1
        place = f"{where} {operation} {path} {how}"
        try:
            found = read(operation, odd)
        except Unexpected:
            # the answer as a whole: its list, or the id without which it is none
            top = len(path) == 1 and path[0] in ("id", "sessionId", "connectionId")
            if not (top or holds_list(operation, path)):
                raise AssertionError(place) from None
            continue
        except Exception as problem:
            raise AssertionError(place) from problem
        hit = entry_of(operation, path)
        if hit is None:
            if holds_list(operation, path):
                assert how in ("drop", "null") or found.unreadable or entries(found) == good, place
            elif isinstance(found, Session | Listing):
                assert entries(found) == good, place
            continue
        kept = entries(found)
        whole = len(path) == (3 if operation == "session" else 2)
        others = [entry for number, entry in enumerate(good) if number != hit]
        assert [each for each in kept if each in others] == others, place
        lost = len(good) - len(kept)
        assert lost in (0, 1), place
        assert found.unreadable == (0 if whole and how == "drop" else lost), place
    return tried


@pytest.mark.parametrize("operation", sorted(set(READ.values())))
def test_no_change_of_a_real_answer_costs_more_than_what_was_changed(operation: str) -> None:
    with structlog.testing.capture_logs() as logs:
        alike: set[Any] = set()
        tried = sum(check_answer(*each, alike) for each in answers() if each[1] == operation)
    assert tried > 100
    for line in logs:
        assert line["event"] == "openvidu.unreadable"
        assert set(line) == {"event", "log_level", "field", "entries"}  # and nothing foreign


def test_no_change_of_a_real_event_costs_more_than_what_was_changed() -> None:
    assert len({event["event"] for event in events()}) >= 6
    for told in events():
        alike: set[Any] = set()
        good = msgspec.structs.asdict(parse_event(json.dumps(told).encode()))
        for path, how, odd in changes(told, alike):
            place = f"{told['event']} {path} {how}"
            try:
                event = parse_event(json.dumps(odd).encode())
            except UnreadableEvent:
                assert path == ("event",), place
                continue
            except Exception as problem:
                raise AssertionError(place) from problem
            if path == ("event",):
                continue
            now = msgspec.structs.asdict(event)
            differ = {name for name in good if good[name] != now[name]} - {"key"}
            allowed = 2 if path[0] in ("participantId", "connectionId") else 1
            assert len(differ) <= allowed, f"{place}: {differ}"


# ---- what JSON itself may not hold -------------------------------------------------------------

NOT_QUITE_JSON: Final = {
    "nan": b"NaN",
    "infinity": b"-Infinity",
    "huge": b"1e999",
    "digits": b"9" * 5000,
    "half-a-character": rb'"\ud800 half"',
    "not-utf-8": b'"Jos\xe9"',
    "control": b'"a\x01b\nc"',
    "deep": b"[" * DEEP + b"]" * DEEP,
    "deep-objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
}
FIELDS: Final = ("createdAt", "clientData", "platform", "kurentoOptions", "publishers", "activeAt")


@pytest.mark.parametrize("odd", NOT_QUITE_JSON.values(), ids=NOT_QUITE_JSON)
@pytest.mark.parametrize("field", FIELDS)
def test_what_is_not_even_json_costs_its_field(field: str, odd: bytes) -> None:
    (person,) = MODERN["connections"]["content"]
    people = [{**person, "connectionId": f"con_{n}", "token": None} for n in range(3)]
    people[1][field] = "HERE"
    told = {**MODERN, "connections": {"content": people}}
    body = json.dumps(told).encode().replace(b'"HERE"', odd, 1)
    found = decode.session(Reply(200, {}, body))
    assert [c.connection_id for c in found.connections] == ["con_0", "con_1", "con_2"]
    assert found.unreadable == 0
    listing = b'{"content":[' + body + b"]}"
    (listed,) = decode.sessions(Reply(200, {}, listing))
    assert listed.connected == 3


@pytest.mark.parametrize("odd", NOT_QUITE_JSON.values(), ids=NOT_QUITE_JSON)
@pytest.mark.parametrize("field", ["duration", "clientData", "timestamp", "extra"])
def test_what_is_not_even_json_costs_its_field_of_an_event(field: str, odd: bytes) -> None:
    told = {
        "event": "participantLeft",
        "sessionId": "daily",
        "connectionId": "con_1",
        field: "HERE",
    }
    body = json.dumps(told).encode().replace(b'"HERE"', odd, 1)
    event = parse_event(body)
    assert (event.kind, event.session_id, event.connection_id) == (
        "participantLeft",
        "daily",
        "con_1",
    )


# ---- what real servers do ----------------------------------------------------------------------


@pytest.mark.parametrize("shape", [SEED, MODERN], ids=["seed", "2.32"])
def test_somebody_who_just_begins_to_watch(shape: dict[str, Any]) -> None:
    """From the making of a subscription to the end of its negotiation."""
    (person,) = shape["connections"]["content"]
    half = {**person, "subscribers": [{"createdAt": None, "streamId": None}]}
    with structlog.testing.capture_logs() as logs:
        found = decode.session(reply({**shape, "connections": {"content": [half, person]}}))
    assert len(found.connections) == 2
    assert [s.stream_id for s in found.connections[0].subscribers] == [""]
    assert (found.unreadable, found.connections[0].unreadable, logs) == (0, 0, [])


def test_who_cannot_be_read_is_counted_and_told_once_by_the_field() -> None:
    (person,) = MODERN["connections"]["content"]
    nameless = {**person, "connectionId": None}
    body = {**MODERN, "connections": {"content": [person, nameless, 7, None, "x"]}}
    reader = decode.Reader(decode._SessionBody)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            found = reader(reply(body)).session()
    assert (len(found.connections), found.unreadable) == (1, 4)
    field = "connections.content[]"
    assert {(line["field"], line["entries"]) for line in logs} == {
        (f"{field}.connectionId", 1),
        (field, 3),
    }
    assert len(logs) == 2


def test_a_stream_without_an_id_is_counted_at_its_connection() -> None:
    (person,) = MODERN["connections"]["content"]
    told = {**person, "publishers": [{"createdAt": 3, "streamId": None}, *person["publishers"]]}
    found = decode.connection(reply(told))
    assert ([p.stream_id for p in found.publishers], found.unreadable) == (["str_1"], 1)


def test_a_list_that_is_none_is_told_as_unreadable() -> None:
    nonsense: tuple[object, ...] = (7, "x", [], {"content": 7})
    for each in nonsense:
        found = decode.session(reply({**SEED, "connections": each}))
        assert (found.connections, found.unreadable) == ((), 1)
    nothing = decode.session(reply({**SEED, "connections": None}))
    assert (nothing.connections, nothing.unreadable) == ((), 0)


@pytest.mark.parametrize(
    ("content", "kept", "connected"),
    [
        ([{}], [], []),
        ([7], [], []),
        ([{"sessionId": 7}], [], []),
        ([{"sessionId": "s", "connections": {"content": [{}]}}], ["s"], [1]),
        ([{"sessionId": "s", "connections": {"content": [7, None]}}], ["s"], [2]),
        ([SEED, {"sessionId": None}, MODERN], ["daily", "daily"], [1, 1]),
    ],
)
def test_a_listing_with_odd_entries(content: Any, kept: list[str], connected: list[int]) -> None:
    found = decode.sessions(reply(listing_of(*content)))
    assert [s.session_id for s in found] == kept
    assert [s.connected for s in found] == connected
    assert found.unreadable == len(content) - len(kept)


def test_letters_that_are_none_are_shown_as_such() -> None:
    (listed,) = decode.sessions(Reply(200, {}, b'{"content":[{"sessionId":"s","createdAt":"7"}]}'))
    assert listed.created_at == 7
    (odd,) = decode.sessions(Reply(200, {}, b'{"content":[{"sessionId":"\xff"}]}'))
    assert odd.session_id == "\ufffd"


def test_a_web_page_is_not_mended() -> None:
    page = Reply(200, {"content-type": "text/html"}, b'{"content":[{}]}')
    with pytest.raises(msgspec.DecodeError):
        decode.sessions(page)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(("connectionId", "publishers", "subscribers", "streamId", "x")),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_anything_in_the_place_of_a_person_leaves_the_others(odd: Any) -> None:
    (person,) = SEED["connections"]["content"]
    body = json.dumps({**SEED, "connections": {"content": [person, odd, person]}})
    found = decode.session(Reply(200, {}, body.encode()))
    straight = decode.connection(reply(person))
    assert found.connections[0] == found.connections[-1] == straight
    assert len(found.connections) + found.unreadable == 3
    assert all(isinstance(each, Connection) for each in found.connections)
