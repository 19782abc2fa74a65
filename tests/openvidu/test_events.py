"""Webhook bodies: every kind and version, in either charset, and whatever else may arrive."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu.events import BODY_LIMIT, UnreadableEvent, WebhookEvent, parse_event

JOINED: dict[str, Any] = {
    "sessionId": "daily",
    "timestamp": 1601394690713,
    "participantId": "con_EIeO06zgMz",
    "location": "unknown",
    "platform": "Chrome 85.0.4183.121 on Linux 64-bit",
    "clientData": "Mike",
    "serverData": "{'user': 'client1'}",
    "event": "participantJoined",
}
RECORDING: dict[str, Any] = {
    "sessionId": "daily",
    "timestamp": 1601395365656,
    "startTime": 1601395005555,
    "duration": 8.6,
    "reason": "recordingStoppedByServer",
    "id": "daily-1",
    "name": "standup",
    "outputMode": "COMPOSED",
    "resolution": "1920x1080",
    "recordingLayout": "BEST_FIT",
    "hasAudio": True,
    "hasVideo": False,
    "size": 1973428,
    "status": "ready",
    "event": "recordingStatusChanged",
}


def read(event: dict[str, Any]) -> WebhookEvent:
    return parse_event(json.dumps(event).encode())


def test_somebody_joined() -> None:
    event = read(JOINED)
    assert event.kind == "participantJoined"
    assert event.session_id == "daily"
    assert event.connection_id == "con_EIeO06zgMz"
    assert event.timestamp == 1601394690713
    assert event.platform == "Chrome 85.0.4183.121 on Linux 64-bit"
    assert (event.client_data, event.server_data) == ("Mike", "{'user': 'client1'}")
    assert event.node_id is None
    assert event.recording_id is None


def test_newer_servers_call_the_participant_a_connection() -> None:
    newer = {**JOINED, "connectionId": "con_EIeO06zgMz", "uniqueSessionId": "daily_1", "ip": "::1"}
    assert read(newer) == read(JOINED)
    renamed = {k: v for k, v in newer.items() if k != "participantId"}
    assert read(renamed) == read(JOINED)


def test_a_recording_is_ready() -> None:
    event = read(RECORDING)
    assert (event.recording_id, event.session_id, event.node_id) == ("daily-1", "daily", None)
    assert (event.status, event.reason) == ("ready", "recordingStoppedByServer")
    assert (event.start_time, event.duration, event.size) == (1601395005555, 8.6, 1973428)
    assert (event.name, event.output_mode, event.resolution) == ("standup", "COMPOSED", "1920x1080")
    assert (event.has_audio, event.has_video) == (True, False)


def test_a_stream_begins_and_ends() -> None:
    event = read(
        {
            "sessionId": "daily",
            "timestamp": 2,
            "streamId": "str_CAM_1",
            "participantId": "con_2",
            "connection": "INBOUND",
            "receivingFrom": "con_1",
            "videoSource": "SCREEN",
            "videoFramerate": 30,
            "videoDimensions": '{"width":1280}',
            "audioEnabled": False,
            "videoEnabled": True,
            "rtspUri": "rtsp://admin:pw@cam",
            "event": "webrtcConnectionCreated",
        }
    )
    assert (event.stream_id, event.connection_id) == ("str_CAM_1", "con_2")
    assert (event.direction, event.receiving_from) == ("INBOUND", "con_1")
    assert (event.video_source, event.has_audio, event.has_video) == ("SCREEN", False, True)
    assert "pw" not in repr(event)


def test_a_media_node_changes() -> None:
    event = read(
        {
            "timestamp": 3,
            "id": "kms_1",
            "environmentId": "i-1",
            "newStatus": "running",
            "oldStatus": None,
            "event": "mediaNodeStatusChanged",
        }
    )
    assert (event.node_id, event.recording_id, event.session_id) == ("kms_1", None, None)
    assert (event.status, event.old_status) == ("running", None)
    crashed = read({"id": "kms_1", "nodeId": "other", "timestamp": 4, "event": "nodeCrashed"})
    assert crashed.node_id == "kms_1"
    assert read({"nodeId": "n", "timestamp": 4, "event": "HANodeRegistered"}).node_id == "n"


def test_a_signal_tells_nothing_of_its_content() -> None:
    event = read(
        {"sessionId": "daily", "from": None, "to": ["con_1"], "type": "chat", "data": "tok_secret"}
        | {"timestamp": 1, "event": "signalSent"}
    )
    assert event.signal_type == "chat"
    assert "tok_secret" not in repr(event)


def test_an_unknown_kind_is_kept() -> None:
    event = read({"event": "moonLanded", "sessionId": "daily", "timestamp": 1, "height": [1]})
    assert (event.kind, event.session_id) == ("moonLanded", "daily")


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_old_servers_write_latin_1(charset: str) -> None:
    body = json.dumps({**JOINED, "clientData": "Zoë Müller"}, ensure_ascii=False)
    assert parse_event(body.encode(charset)).client_data == "Zoë Müller"


def test_repeated_deliveries_have_one_key() -> None:
    assert read(RECORDING).key == read(RECORDING).key
    later = {**RECORDING, "size": 1, "duration": 2, "reason": "x", "name": "y", "hasAudio": False}
    assert read(later).key == read(RECORDING).key
    assert len(read(RECORDING).key) == 64
    assert set(read(RECORDING).key) <= set("0123456789abcdef")


def test_the_key_is_the_same_for_ever() -> None:
    """Keys are stored: a change of how they are made would let old events in again."""
    assert read(JOINED).key == "b3ab082b750c0f2437387a47bc331c2fe08cbd152dfe9f3e340037e4ce052d98"


@pytest.mark.parametrize(
    "other",
    [
        {"event": "participantLeft"},
        {"sessionId": "weekly"},
        {"id": "daily-2"},
        {"status": "stopped"},
        {"timestamp": 1601395365657},
        {"connectionId": "con_2"},
        {"streamId": "str_2"},
    ],
)
def test_different_events_have_different_keys(other: dict[str, Any]) -> None:
    assert read({**RECORDING, **other}).key != read(RECORDING).key


def test_parts_of_the_key_do_not_run_together() -> None:
    one = read({"event": "a", "sessionId": "b", "connectionId": "c"})
    two = read({"event": "a", "sessionId": 'b","c'})
    assert one.key != two.key


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"sessionId=daily", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"event": "a"} trailing', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "does not name an event"),
        (b'{"event": ""}', "does not name an event"),
        (b'{"event": 7}', "does not name an event"),
        (b'{"event": [' + b"1," * (BODY_LIMIT // 2) + b"1]}", "larger than 4 MB"),
    ],
)
def test_what_is_no_event_is_refused_in_words(body: bytes, why: str) -> None:
    with pytest.raises(UnreadableEvent, match=why):
        parse_event(body)


def test_values_of_the_wrong_type_are_as_if_absent() -> None:
    event = parse_event(
        b'{"event": "participantJoined", "sessionId": 7, "timestamp": "now", "duration": true,'
        b' "size": 1e200, "hasAudio": "yes", "clientData": {"a": 1}, "startTime": 1e300}'
    )
    bare = WebhookEvent(kind="participantJoined", key=event.key)
    assert event == bare


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_refused(body: bytes) -> None:
    try:
        event = parse_event(body)
    except UnreadableEvent as problem:
        refusal = str(problem)
    else:
        refusal = "" if event.kind else "no kind"
    assert refusal in ("", "the body is not JSON", "the body is not a JSON object") or (
        "name an event" in refusal
    )


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.fixed_dictionaries(
        {"event": st.text(min_size=1)}, optional=dict.fromkeys(set(RECORDING) - {"event"}, JSON)
    )
)
def test_any_object_with_a_kind_is_an_event(event: dict[str, Any]) -> None:
    event = {**event, "event": str(event["event"]) or "x"}
    body = json.dumps(event).encode()
    try:
        read_back = parse_event(body)
    except UnreadableEvent:
        assert any(0xD800 <= ord(c) <= 0xDFFF for c in str(event))
        return
    assert read_back.kind == event["event"]
    assert msgspec.json.decode(msgspec.json.encode(read_back), type=WebhookEvent) == read_back


def test_crashed_nodes_without_an_id_are_told_apart_by_their_address() -> None:
    crash = {"event": "nodeCrashed", "timestamp": 5, "id": None, "nodeRole": "masternode"}
    one, other = (read({**crash, "ip": ip}) for ip in ("10.0.0.7", "10.0.0.8"))
    assert (one.node_id, other.node_id) == ("10.0.0.7", "10.0.0.8")
    assert one.key != other.key
    assert read({**crash, "ip": "10.0.0.7", "id": "kms_1"}).node_id == "kms_1"
