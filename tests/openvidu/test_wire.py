"""Requests: paths of every dialect, ids that stay ids, and what a server cannot do."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu import sessions
from ovbot.openvidu.connections import MODIFY
from ovbot.openvidu.dialects import API, DIALECTS, MIXED, OPENVIDU, Server
from ovbot.openvidu.errors import BadArgument, ProOnly, TooOld
from ovbot.openvidu.operations import OPERATIONS
from ovbot.openvidu.participant_calls import DISCONNECT, SIGNAL
from ovbot.openvidu.wire import Call, Operation, build, check

IDS = {
    "session": "daily",
    "connection": "con_1",
    "stream": "str_1",
    "recording": "r",
    "node": "n",
    "file": "a.log",
    "page": "team/wide/index.html",
}
OLD = Server(API, "2.15.0", "ce")


def used(path: str) -> dict[str, str]:
    return {name: value for name, value in IDS.items() if f"{{{name}}}" in path}


@pytest.mark.parametrize(
    ("operation", "dialect", "path"),
    [
        ("sessions", "api", "/api/sessions"),
        ("sessions", "mixed", "/openvidu/api/sessions"),
        ("sessions", "openvidu", "/openvidu/api/sessions"),
        ("config", "api", "/config"),
        ("config", "mixed", "/openvidu/api/config"),
        ("config", "openvidu", "/openvidu/api/config"),
        ("pro_config", "api", "/pro/config"),
        ("pro_config", "mixed", "/pro/config"),
        ("pro_config", "openvidu", "/openvidu/api/config"),
        ("restart", "api", "/pro/restart"),
        ("restart", "openvidu", "/openvidu/api/restart"),
        ("media_node", "mixed", "/pro/media-nodes/n"),
        ("media_node", "openvidu", "/openvidu/api/media-nodes/n"),
        ("health", "openvidu", "/openvidu/api/health"),
        ("disconnect", "api", "/api/sessions/daily/connection/con_1"),
        ("stop_recording", "mixed", "/openvidu/api/recordings/stop/r"),
    ],
)
def test_each_dialect_has_its_paths(operation: str, dialect: str, path: str) -> None:
    row = OPERATIONS[operation]
    call = Call(row, "h", used(row.path))
    assert build(call, Server(DIALECTS[dialect], "2.20.0", "pro")).path == path


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda o: o.name)
def test_no_path_ends_in_a_slash_or_keeps_a_brace(operation: Operation[Any]) -> None:
    for dialect in (API, MIXED, OPENVIDU):
        call = Call(operation, "h", used(operation.path))
        path = build(call, Server(dialect, "2.20.0", "pro")).path
        assert not path.endswith("/")
        assert "{" not in path


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_an_id_never_becomes_another_path(session: str, connection: str) -> None:
    if {session, connection} & {".", ".."}:
        return
    call = Call(DISCONNECT, "h", {"session": session, "connection": connection})
    path = build(call, OLD).path
    assert path.isascii()
    assert not set(path) & set("?#\\ \r\n")
    _, api, word, first, noun, second = path.split("/")
    assert (api, word, noun) == ("api", "sessions", "connection")
    assert (unquote(first), unquote(second)) == (session, connection)


@pytest.mark.parametrize("bad", ["", ".", "..", "x" * 513])
def test_what_cannot_be_an_id_is_refused_before_it_is_sent(bad: str) -> None:
    with pytest.raises(BadArgument) as caught:
        build(Call(DISCONNECT, "h", {"session": "daily", "connection": bad}), OLD)
    assert caught.value.code == "kick.bad_argument"
    assert len(caught.value.sentence) < 200


def test_half_a_character_is_refused_in_words() -> None:
    half = "\ud83d"
    with pytest.raises(BadArgument, match="half a character"):
        build(Call(SIGNAL, "h", {"session": "daily"}), OLD, body={"data": half})
    with pytest.raises(BadArgument, match="half a character"):
        build(Call(DISCONNECT, "h", {"session": half, "connection": "con_1"}), OLD)


def test_none_is_left_out_of_query_and_body() -> None:
    row = OPERATIONS["add_media_node"]
    request = build(
        Call(row, "h", {}), OLD, query={"wait": True, "x": None}, body={"uri": None, "a": False}
    )
    assert request.path == "/pro/media-nodes?wait=true"
    assert request.body is not None
    assert msgspec.json.decode(request.body) == {"a": False}


def test_a_call_without_a_body_sends_none() -> None:
    assert build(Call(sessions.SESSIONS, "h", {}), OLD).body is None


def test_text_in_ids_is_quoted_and_never_expanded() -> None:
    call = Call(SIGNAL, "h", {"session": "{host}\u202e\n" + "x" * 200})
    words = call.words("in {session} on {host}: {other}")
    assert words.startswith("in {host} xxx")
    assert words.endswith("… on h: {other}")
    assert "\u202e" not in words


def test_what_a_server_is_too_old_for_is_known_before_the_call() -> None:
    call = Call(OPERATIONS["connections"], "h", {"session": "daily"})
    with pytest.raises(TooOld, match=r"takes OpenVidu 2\.16 or later; h is 2\.15\.0"):
        check(call, OLD)
    with pytest.raises(TooOld, match="of an unknown version"):
        check(call, Server(OPENVIDU, "", "ce"))
    check(call, Server(OPENVIDU, "2.16.0", "ce"))


def test_what_takes_pro_is_known_before_the_call() -> None:
    call = Call(MODIFY, "h", {"session": "daily", "connection": "con_1"})
    with pytest.raises(ProOnly, match=r"takes OpenVidu Pro; h is OpenVidu CE 2\.20\.0"):
        check(call, Server(OPENVIDU, "2.20.0", "ce"))
    check(call, Server(OPENVIDU, "2.20.0", "pro"))
