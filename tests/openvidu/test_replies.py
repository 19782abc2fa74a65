"""Replies: every documented status of every operation, and everything else a server may say."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu import errors as e
from ovbot.openvidu.dialects import OPENVIDU, Server
from ovbot.openvidu.errors import OpenViduError
from ovbot.openvidu.operations import OPERATIONS
from ovbot.openvidu.replies import decipher, judge
from ovbot.openvidu.wire import Call, Operation, Reply

IDS = {
    "file": "a.log",
    "session": "daily",
    "connection": "con_1",
    "stream": "str_1",
    "recording": "r",
    "node": "n",
    "page": "team/wide/index.html",
}

DOCUMENTED: dict[tuple[str, int], tuple[type[OpenViduError], str, str]] = {
    ("cdr_piece", 404): (e.CdrFileGone, "cdr.no_file", "none"),
    ("create_session", 400): (e.BadRequest, "create.bad_request", "none"),
    ("create_session", 409): (e.SessionExists, "create.exists", "already"),
    ("create_token", 400): (e.BadRequest, "invite.bad_request", "none"),
    ("create_token", 404): (e.SessionNotFound, "invite.no_session", "none"),
    ("session", 404): (e.SessionNotFound, "show.no_session", "none"),
    ("signal", 400): (e.BadRequest, "signal.bad_request", "none"),
    ("signal", 404): (e.SessionNotFound, "signal.no_session", "none"),
    ("signal", 406): (e.NobodyConnected, "signal.nobody_connected", "none"),
    ("close_session", 400): (e.SessionBusy, "close.busy", "none"),
    ("close_session", 404): (e.SessionGone, "close.no_session", "already"),
    ("disconnect", 400): (e.SessionGone, "kick.no_session", "already"),
    ("disconnect", 404): (e.ConnectionGone, "kick.no_connection", "already"),
    ("unpublish", 400): (e.SessionGone, "unpublish.no_session", "already"),
    ("unpublish", 404): (e.StreamGone, "unpublish.no_stream", "already"),
    ("unpublish", 405): (e.CameraStream, "unpublish.camera", "none"),
    ("add_camera", 400): (e.BadRequest, "camera.bad_request", "none"),
    ("add_camera", 404): (e.SessionNotFound, "camera.no_session", "none"),
    ("add_camera", 500): (e.CameraFailed, "camera.camera_failed", "none"),
    ("start_recording", 400): (e.BadRequest, "record_start.bad_request", "none"),
    ("start_recording", 404): (e.SessionNotFound, "record_start.no_session", "none"),
    ("start_recording", 406): (e.NobodyConnected, "record_start.nobody_connected", "none"),
    ("start_recording", 409): (e.AlreadyRecording, "record_start.already_recording", "none"),
    ("start_recording", 422): (e.BadRecordingSettings, "record_start.bad_settings", "none"),
    ("start_recording", 501): (e.RecordingDisabled, "record_start.recording_disabled", "none"),
    ("start_recording", 503): (e.NodeCannotRecord, "record_start.node_cannot_record", "none"),
    ("stop_recording", 404): (e.RecordingGone, "record_stop.no_recording", "already"),
    ("stop_recording", 406): (e.RecordingStarting, "record_stop.starting", "none"),
    ("stop_recording", 409): (e.RecordingGone, "record_stop.no_recording", "already"),
    ("stop_recording", 501): (e.RecordingDisabled, "record_stop.recording_disabled", "none"),
    ("recording", 404): (e.RecordingNotFound, "recording_show.no_recording", "none"),
    ("recording", 501): (e.RecordingDisabled, "recording_show.recording_disabled", "none"),
    ("recordings", 501): (e.RecordingDisabled, "recording_list.recording_disabled", "none"),
    ("delete_recording", 404): (e.RecordingGone, "recording_delete.no_recording", "already"),
    ("delete_recording", 409): (e.RecordingRunning, "recording_delete.running", "none"),
    ("delete_recording", 501): (e.RecordingDisabled, "recording_delete.recording_disabled", "none"),
    ("start_broadcast", 400): (e.BadRequest, "broadcast_start.bad_request", "none"),
    ("start_broadcast", 404): (e.SessionNotFound, "broadcast_start.no_session", "none"),
    ("start_broadcast", 406): (e.NobodyConnected, "broadcast_start.nobody_connected", "none"),
    ("start_broadcast", 409): (e.AlreadyBroadcast, "broadcast_start.already_broadcast", "none"),
    ("start_broadcast", 422): (e.BadRecordingSettings, "broadcast_start.bad_settings", "none"),
    ("stop_broadcast", 400): (e.BadRequest, "broadcast_stop.bad_request", "none"),
    ("stop_broadcast", 404): (e.SessionGone, "broadcast_stop.no_session", "already"),
    ("stop_broadcast", 409): (e.NotBroadcast, "broadcast_stop.not_broadcast", "already"),
    ("media_node", 404): (e.NodeNotFound, "node_show.no_node", "none"),
    ("add_media_node", 400): (e.BadRequest, "node_add.bad_request", "none"),
    ("add_media_node", 404): (e.NodeUnreachable, "node_add.node_unreachable", "none"),
    ("add_media_node", 405): (e.NotOnThisCluster, "node_add.not_on_this_cluster", "none"),
    ("add_media_node", 409): (e.NodeExists, "node_add.exists", "already"),
    ("add_media_node", 501): (e.NodeUriNeeded, "node_add.uri_needed", "none"),
    ("add_media_node", 502): (e.NodeLaunchFailed, "node_add.launch_failed", "none"),
    ("remove_media_node", 404): (e.NodeGone, "node_remove.no_node", "already"),
    ("remove_media_node", 405): (e.NotOnThisCluster, "node_remove.not_on_this_cluster", "none"),
    ("remove_media_node", 409): (e.NodeBusy, "node_remove.node_busy", "none"),
    ("remove_media_node", 502): (
        e.NodeTerminationFailed,
        "node_remove.termination_failed",
        "none",
    ),
    ("modify_media_node", 400): (e.BadTransition, "node_set.bad_transition", "none"),
    ("modify_media_node", 404): (e.NodeNotFound, "node_set.no_node", "none"),
    ("modify_media_node", 405): (e.NotOnThisCluster, "node_set.not_on_this_cluster", "none"),
    ("modify_media_node", 501): (e.NotOnThisCluster, "node_set.not_on_this_cluster", "none"),
    ("discover_media_nodes", 405): (
        e.NotOnThisCluster,
        "node_discover.not_on_this_cluster",
        "none",
    ),
    ("restart", 400): (e.BadProperty, "restart.bad_property", "none"),
    ("create_connection", 400): (e.BadRequest, "invite.bad_request", "none"),
    ("create_connection", 404): (e.SessionNotFound, "invite.no_session", "none"),
    ("connection", 400): (e.SessionNotFound, "show.no_session", "none"),
    ("connection", 404): (e.ConnectionNotFound, "show.no_connection", "none"),
    ("connections", 404): (e.SessionNotFound, "show.no_session", "none"),
    ("modify_connection", 400): (e.BadRequest, "connection_set.bad_request", "none"),
    ("modify_connection", 404): (e.ConnectionNotFound, "connection_set.no_connection", "none"),
}
"""What the documentation (and, for a few, the source) says that a status means."""

ACTIONS = [o for o in OPERATIONS.values() if not o.safe]
QUESTIONS = [o for o in OPERATIONS.values() if o.safe]


def answered(operation: str, status: int, body: bytes = b"", **headers: str) -> Any:
    call = Call(OPERATIONS[operation], "ov.test:4443", IDS)
    return decipher(call, Reply(status, headers, body))


def refused(operation: str, status: int, body: bytes = b"", **headers: str) -> OpenViduError:
    with pytest.raises(OpenViduError) as caught:
        answered(operation, status, body, **headers)
    return caught.value


def problem_of(operation: str, status: int, body: bytes) -> OpenViduError | None:
    try:
        answered(operation, status, body)
    except OpenViduError as problem:
        return problem
    return None


def test_the_rows_hold_every_documented_status_and_no_other() -> None:
    rows = {(o.name, status) for o in OPERATIONS.values() for status in o.meanings}
    assert rows == set(DOCUMENTED)


@pytest.mark.parametrize(("operation", "status"), DOCUMENTED)
def test_a_documented_status_has_its_own_meaning(operation: str, status: int) -> None:
    kind, code, effect = DOCUMENTED[operation, status]
    problem = refused(operation, status)
    assert type(problem) is kind
    assert (problem.code, problem.effect, problem.status) == (code, effect, status)
    assert problem.operation == operation
    assert problem.already == (effect == "already")


@pytest.mark.parametrize(("operation", "status"), DOCUMENTED)
def test_every_sentence_reads_well(operation: str, status: int) -> None:
    problem = refused(operation, status)
    for text in (problem.sentence, problem.next_step):
        assert text.endswith(".")
        assert text[0].isupper() or text.startswith(("con_1", "str_1", "ov.test"))
        assert "{" not in text
        assert "  " not in text
    assert str(problem) == problem.sentence


_IDS = ("session", "connection", "stream", "recording", "node", "file", "path")


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda o: o.name)
def test_each_status_of_an_operation_has_a_sentence_of_its_own(operation: Any) -> None:
    said = [meaning.sentence for meaning in operation.meanings.values()]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("operation", ACTIONS, ids=lambda o: o.name)
def test_every_action_names_who_finds_out(operation: Any) -> None:
    assert operation.finder in OPERATIONS
    assert OPERATIONS[operation.finder].safe


@pytest.mark.parametrize("operation", QUESTIONS, ids=lambda o: o.name)
def test_no_question_has_an_effect_to_find_out(operation: Any) -> None:
    assert operation.finder is None


_IDS = ("session", "connection", "stream", "recording", "node", "file", "path")


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda o: o.name)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, e.Forbidden),
        (403, e.Forbidden),
        (413, e.TooLarge),
        (429, e.TooManyRequests),
        (301, e.Redirected),
        (307, e.Redirected),
        (418, e.Unexpected),
    ],
)
def test_an_undocumented_refusal_had_no_effect(operation: Any, status: int, kind: type) -> None:
    problem = refused(operation.name, status, b"<html>no</html>")
    assert type(problem) is kind
    assert problem.effect == "none"
    assert problem.message == ""
    assert problem.sentence.endswith("Nothing was done.")


_IDS = ("session", "connection", "stream", "recording", "node", "file", "path")


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda o: o.name)
def test_a_refused_secret_had_no_effect(operation: Any) -> None:
    body = b'{"timestamp":"2020-05-12T20:57:57.221+0000","status":401,"error":"Unauthorized"}'
    problem = refused(operation.name, 401, body)
    assert type(problem) is e.Unauthorized
    assert problem.effect == "none"
    assert problem.message == ""
    assert problem.sentence.endswith("Nothing was done.")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        (o.name, status)
        for o in ACTIONS
        for status in (500, 502, 504, 599)
        if (o.name, status) not in DOCUMENTED
    ],
)
def test_a_failing_server_leaves_an_action_unknown(name: str, status: int) -> None:
    problem = refused(name, status, b"<html>Bad Gateway</html>")
    assert type(problem) is e.Unknown
    assert problem.effect == "unknown"
    assert problem.finder == OPERATIONS[name].finder
    assert problem.status == status
    assert "not known" in problem.sentence
    assert problem.next_step.startswith(("Look", "List", "Read"))


@pytest.mark.parametrize("operation", QUESTIONS, ids=lambda o: o.name)
def test_a_failing_server_leaves_a_question_open(operation: Any) -> None:
    assert type(refused(operation.name, 500)) is e.ServerFault
    assert issubclass(e.ServerFault, e.Unexpected)
    assert type(refused(operation.name, 502)) is e.Unavailable
    assert type(refused(operation.name, 504)) is e.Unavailable


def test_503_before_an_action_means_that_it_was_not_tried() -> None:
    problem = refused("disconnect", 503, b"<html>")
    assert type(problem) is e.Unavailable
    assert problem.status == 503


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>Please log in</body></html>",
        b"[]",
        b"null",
        b'"text"',
        b"",
        b'{"id": 7}',
        b'{"content": 3}',
        b'{"sessionId": "x", "connections": {"content": [{}]}}',
        b'{"sessionId": "half',
        b"\xff\xfe",
    ],
)
def test_an_answer_that_is_not_openvidus_is_told_as_such(body: bytes) -> None:
    for operation in ("session", "sessions", "recording", "recordings", "config", "media_nodes"):
        problem = refused(operation, 200, body, **{"content-type": "text/html"})
        assert type(problem) is e.Unexpected
        assert "text/html" in problem.sentence
    for operation in ("create_session", "create_token", "start_recording", "add_camera"):
        if (operation, body) == ("create_session", b'{"id": 7}'):
            continue
        problem = refused(operation, 200, body)
        assert type(problem) is e.Unknown


def test_a_web_page_is_not_the_empty_answer_of_an_action() -> None:
    page = {"content-type": "text/html; charset=utf-8"}
    assert type(refused("signal", 200, b"<html>", **page)) is e.Unknown
    assert answered("signal", 200, b"") is None
    assert answered("close_session", 204, b"") is None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b'{"message": "Type error in some parameter"}', "Type error in some parameter"),
        (b'{"message": ""}', ""),
        (b'{"message": null, "status": 400}', ""),
        (b'{"message": {"a": 1}}', ""),
        (b'{"timestamp":"2020-05-12T20:57:57.221+0000","message":"No message available"}', ""),
        (b"Error starting recording: no space", "Error starting recording: no space"),
        (b"<html><h1>400</h1></html>", ""),
        (b'["message"]', ""),
        (b'{"message": "a\\u0000b\\u202ec\\nd\\te"}', "abc d e"),
        (b'{"message": "' + b"x" * 5000 + b'"}', "x" * 299 + "…"),
        (b"\xff\xfe\x00", "\ufffd\ufffd"),
        (b"x" * 70_000, ""),
    ],
)
def test_openvidus_own_words_are_quoted_if_there_are_any(body: bytes, message: str) -> None:
    assert refused("create_token", 400, body).message == message


@given(st.sampled_from(sorted(OPERATIONS)), st.integers(100, 599), st.binary(max_size=200))
def test_any_reply_is_an_answer_or_a_clear_error(name: str, status: int, body: bytes) -> None:
    problem = problem_of(name, status, body)
    if problem is None:
        assert status in OPERATIONS[name].success
    else:
        assert problem.sentence
        assert problem.code.startswith(OPERATIONS[name].verb + ".")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_json_is_an_answer_or_a_clear_error(value: object) -> None:
    for name in ("session", "sessions", "recordings", "config", "create_session", "media_nodes"):
        body = msgspec.json.encode({"sessionId": value, "id": value, "content": value})
        problem = problem_of(name, 200, body)
        assert problem is None or problem.status == 200


def test_a_redirect_names_the_host_and_not_the_rest() -> None:
    target = {"location": "https://user:pw@evil.test/login?token=abc"}
    problem = refused("session", 302, b"", **target)
    assert "evil.test" in problem.sentence
    for secret in ("user", "pw", "token", "abc"):
        assert secret not in problem.sentence
    assert "to" not in refused("session", 302).sentence.split("redirects")[1].split("(")[0]


_IDS = ("session", "connection", "stream", "recording", "node", "file", "path")


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation.name)
def test_another_success_than_the_documented_one_is_never_nothing(
    operation: Operation[Any],
) -> None:
    """A proxy or a later version answers 201, 202 or 204: then it may well be done."""
    for status in {200, 201, 202, 203, 204, 205, 206} - operation.success:
        call = Call(operation, "ov.test", dict.fromkeys(_IDS, "x"))
        with pytest.raises(OpenViduError) as caught:
            judge(call, Reply(status, {}, b""), Server(OPENVIDU, "2.32.1", "pro"))
        assert "Nothing was done" not in caught.value.sentence
        if not operation.safe:
            assert type(caught.value) is e.Unknown
