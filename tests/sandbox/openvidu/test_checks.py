"""The order of the server's checks and its exact bodies, by plain HTTP.

Every row is one request that is wrong in one or in several ways at once: which complaint comes
back shows which check comes first. ``None`` means an empty body without a Content-Type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.sandbox.openvidu.bench import Bench, bench, told

TYPE_ERROR = "Type error in some parameter"
NO_SESSION = '"session" parameter is mandatory'
WRONG_RESOLUTION = "Acceptable values from 100 to 1999 for both width and height"
BOTH_OFF = 'Cannot start a recording with both "hasAudio" and "hasVideo" set to false'
NO_RTSP = '"rtspUri" parameter is not a valid rtsp uri'
NO_BODY: Any = object()
CLASSIC = ("seed", "2.15")
ALL = ("seed", "2.15", "2.32")


@dataclass(frozen=True)
class Case:
    """One wrong request; ``settled`` says what is there before it."""

    name: str
    profiles: tuple[str, ...]
    method: str
    path: str
    status: int
    body: Any = NO_BODY
    message: str | None = None
    at: str = ""
    """The path that the error body names, below the API's prefix."""
    settled: str = "empty"
    settings: dict[str, Any] = field(default_factory=dict)


async def settle(bench: Bench, what: str) -> None:
    """``empty``, ``waiting`` (initialized), ``relayed``, ``people``, ``recording``, ``ready``."""
    if what == "empty":
        return
    mode = {"mediaMode": "RELAYED"} if what == "relayed" else {}
    await bench.session(**mode)
    if what != "waiting":
        await bench.join(publish="camera")
    if what in ("recording", "ready"):
        await bench.record()
    if what == "ready":
        assert (await bench.api("POST", "/recordings/stop/room")).status_code == 200


def composite(mode: object, output: object, layout: object, media: object) -> str:
    return (
        f"RecordingMode {mode} | Default OutputMode {output} | Default RecordingLayout {layout} | "
        f"MediaMode {media}. Some parameter is not defined"
    )


def post(
    name: str,
    profiles: tuple[str, ...],
    path: str,
    body: Any,
    status: int,
    message: str | None = None,
    at: str | None = None,
    settled: str = "empty",
    **settings: Any,
) -> Case:
    where = path if at is None else at
    return Case(name, profiles, "POST", path, status, body, message, where, settled, settings)


def start(
    name: str,
    profiles: tuple[str, ...],
    body: Any,
    status: int,
    message: str | None = None,
    settled: str = "empty",
    at: str | None = None,
    **settings: Any,
) -> Case:
    return post(name, profiles, "/recordings/start", body, status, message, at, settled, **settings)


SESSIONS = [
    post(
        "types before values",
        CLASSIC,
        "/sessions",
        {"mediaMode": 1, "recordingMode": "X", "customSessionId": "a b"},
        400,
        TYPE_ERROR,
    ),
    post(
        "every value of the composite, raw or null",
        CLASSIC,
        "/sessions",
        {"recordingMode": "X", "defaultOutputMode": "COMPOSED", "customSessionId": "a b"},
        400,
        composite("X", "COMPOSED", "null", "null"),
    ),
    post(
        "an empty enum is an error",
        CLASSIC,
        "/sessions",
        {"mediaMode": ""},
        400,
        composite("null", "null", "null", ""),
    ),
    post(
        "enums are case sensitive",
        CLASSIC,
        "/sessions",
        {"defaultRecordingLayout": "best_fit"},
        400,
        composite("null", "null", "best_fit", "null"),
    ),
    post(
        "the custom id is checked after the enums",
        ("seed",),
        "/sessions",
        {"customSessionId": "a/b"},
        400,
        "Parameter 'customSessionId' is wrong. Must be an alphanumeric string [a-zA-Z0-9_-]",
    ),
    post(
        "the custom id, in the words of 2.15",
        ("2.15",),
        "/sessions",
        {"customSessionId": "a/b"},
        400,
        'Parameter "customSessionId" is wrong. Must be an alphanumeric string',
    ),
    post(
        "an id that is initialized is taken",
        ALL,
        "/sessions",
        {"customSessionId": "room"},
        409,
        settled="waiting",
    ),
    post(
        "an id that is active is taken",
        ALL,
        "/sessions",
        {"customSessionId": "room"},
        409,
        settled="people",
    ),
    post(
        "an inner message in 2.32's envelope",
        ("2.32",),
        "/sessions",
        {"customSessionId": "a/b"},
        400,
        "Some parameter is not valid. Parameter 'customSessionId' is wrong. "
        "Must be an alphanumeric string [a-zA-Z0-9_-]",
    ),
    post(
        "a missing constant in 2.32's envelope",
        ("2.32",),
        "/sessions",
        {"recordingMode": "X", "mediaMode": "Y"},
        400,
        "Some parameter is not valid. No enum constant io.openvidu.java.client.RecordingMode.X",
    ),
    post(
        "the JVM's own words for a type",
        ("2.32",),
        "/sessions",
        {"mediaMode": 1},
        400,
        "Type error in some parameter: class java.lang.Integer cannot be cast to class "
        "java.lang.String (java.lang.Integer and java.lang.String are in module java.base of "
        "loader 'bootstrap')",
    ),
    post(
        "a codec nobody knows",
        ("2.32",),
        "/sessions",
        {"forcedVideoCodec": "AV1"},
        400,
        "Invalid value for parameter 'forcedVideoCodec': "
        "No enum constant io.openvidu.java.client.VideoCodec.AV1",
    ),
    post(
        "recording defaults that are no object",
        ("2.32",),
        "/sessions",
        {"defaultRecordingProperties": "x"},
        400,
        "Some parameter is not valid. Error in parameter 'defaultRecordingProperties'. "
        "It is not a valid JSON object",
    ),
    post(
        "recording defaults that cannot be",
        ("2.32",),
        "/sessions",
        {"defaultRecordingProperties": {"frameRate": 0}},
        400,
        "Some parameter is not valid. Parameter 'defaultRecordingProperties' is not valid: "
        "Wrong 'frameRate' parameter. Acceptable values are within range [1,120]",
    ),
    post(
        "a media node without an id",
        ("2.32",),
        "/sessions",
        {"mediaNode": {}},
        400,
        "Some parameter is not valid. Error in parameter 'mediaNode'. Property 'id' not found",
    ),
]

TOKENS = [
    post("types before the session", CLASSIC, "/tokens", {"role": 1}, 400, TYPE_ERROR),
    post("record is a boolean", ("seed",), "/tokens", {"record": "true"}, 400, TYPE_ERROR),
    post("record is unknown in 2.15", ("2.15",), "/tokens", {"record": 1}, 400, NO_SESSION),
    post("no session", ALL, "/tokens", {"role": "X", "kurentoOptions": 1}, 400, NO_SESSION),
    post(
        "an unknown session has a body",
        ALL,
        "/tokens",
        {"session": "nope", "role": "X"},
        404,
        "Session nope not found",
    ),
    post(
        "kurentoOptions before the role",
        CLASSIC,
        "/tokens",
        {"session": "room", "kurentoOptions": [], "role": "X"},
        400,
        "Error in parameter 'kurentoOptions'. It is not a valid JSON object",
        settled="waiting",
    ),
    post(
        "the role before what is inside kurentoOptions",
        CLASSIC,
        "/tokens",
        {"session": "room", "kurentoOptions": {"videoMaxRecvBandwidth": "x"}, "role": "X"},
        400,
        "Parameter role X is not defined",
        settled="waiting",
    ),
    post(
        "inside kurentoOptions",
        CLASSIC,
        "/tokens",
        {"session": "room", "kurentoOptions": {"videoMaxRecvBandwidth": "x"}},
        400,
        "Type error in some parameter of 'kurentoOptions'",
        settled="waiting",
    ),
    post(
        "2.32 checks the role first",
        ("2.32",),
        "/tokens",
        {"session": "room", "kurentoOptions": [], "role": "X"},
        400,
        "Parameter role X is not defined",
        "/sessions/room/connection",
        settled="waiting",
    ),
    post(
        "2.32's session must be a string",
        ("2.32",),
        "/tokens",
        {"session": 1},
        400,
        TYPE_ERROR,
    ),
]

SIGNALS = [
    post("types first", ALL, "/signal", {"type": 1}, 400, TYPE_ERROR),
    post("to must be a list", ALL, "/signal", {"to": "con_x"}, 400, TYPE_ERROR),
    post("no session", ALL, "/signal", {"to": []}, 400, NO_SESSION),
    post("unknown session", ALL, "/signal", {"session": "nope", "to": ["x"]}, 404),
    post(
        "only initialized", ALL, "/signal", {"session": "room", "to": ["x"]}, 406, settled="waiting"
    ),
    post(
        "somebody who is not there",
        ALL,
        "/signal",
        {"session": "room", "to": ["con_nobody"]},
        406,
        '"to" array has no valid connection identifiers',
        settled="people",
    ),
    post(
        "elements are not checked before 2.32",
        CLASSIC,
        "/signal",
        {"session": "room", "to": [1]},
        406,
        '"to" array has no valid connection identifiers',
        settled="people",
    ),
    post(
        "a null is nobody who is there",
        ALL,
        "/signal",
        {"session": "room", "to": [None]},
        406,
        '"to" array has no valid connection identifiers',
        settled="people",
    ),
    post(
        "elements are checked by 2.32",
        ("2.32",),
        "/signal",
        {"session": "room", "to": [1]},
        400,
        TYPE_ERROR,
        settled="people",
    ),
]

CAMERAS = [
    post("unknown session first", CLASSIC, "/sessions/nope/connection", {"rtspUri": 1}, 404),
    post(
        "types before presence",
        CLASSIC,
        "/sessions/room/connection",
        {"adaptativeBitrate": "true"},
        400,
        TYPE_ERROR,
        settled="waiting",
    ),
    post(
        "the cache is a number in the snapshot",
        ("seed",),
        "/sessions/room/connection",
        {"rtspUri": "x", "networkCache": "1"},
        400,
        TYPE_ERROR,
        settled="waiting",
    ),
    post(
        "the cache is unknown in 2.15",
        ("2.15",),
        "/sessions/room/connection",
        {"networkCache": "1"},
        400,
        '"rtspUri" parameter is mandatory',
        settled="waiting",
    ),
    post(
        "no rtspUri",
        CLASSIC,
        "/sessions/room/connection",
        {"type": "WEBRTC"},
        400,
        '"rtspUri" parameter is mandatory',
        settled="waiting",
    ),
    post(
        "another protocol",
        CLASSIC,
        "/sessions/room/connection",
        {"rtspUri": "http://camera/1"},
        400,
        NO_RTSP,
        settled="waiting",
    ),
    post(
        "no address at all",
        CLASSIC,
        "/sessions/room/connection",
        {"rtspUri": "rtsp://camera:port/x"},
        400,
        NO_RTSP,
        settled="waiting",
    ),
]

STARTS = [
    start("the module before the types", ALL, {"session": 1}, 501, recording=False),
    start("types before presence", CLASSIC, {"hasAudio": "true"}, 400, TYPE_ERROR),
    start("shmSize must spell a number", CLASSIC, {"shmSize": "1.5"}, 400, TYPE_ERROR),
    start("no session", ALL, {"resolution": "1x1"}, 400, NO_SESSION),
    start(
        "the name is checked, and blamed on another path",
        ("seed",),
        {"session": "nope", "name": "a b", "outputMode": "X"},
        400,
        "Parameter 'name' is wrong. Must be an alphanumeric string [a-zA-Z0-9_-]",
        at="/sessions",
    ),
    start("the name is not checked in 2.15", ("2.15",), {"session": "nope", "name": "a b"}, 404),
    start(
        "the output mode",
        ("seed",),
        {"session": "nope", "outputMode": "X", "resolution": "1x1"},
        400,
        "Type error in parameter 'outputMode'",
    ),
    start(
        "the output mode in 2.15's words",
        ("2.15",),
        {"session": "nope", "outputMode": "X", "resolution": "1x1"},
        400,
        TYPE_ERROR,
    ),
    start(
        "resolution before layout",
        ("seed",),
        {"session": "nope", "resolution": "99x1999", "recordingLayout": "X"},
        422,
        f"Wrong 'resolution' parameter. {WRONG_RESOLUTION}",
    ),
    start(
        "resolution in 2.15's quotes",
        ("2.15",),
        {"session": "nope", "resolution": "2000x100"},
        422,
        f'Wrong "resolution" parameter. {WRONG_RESOLUTION}',
    ),
    start(
        "layout before audio and video",
        ("2.15",),
        {"session": "nope", "recordingLayout": "X", "hasAudio": False, "hasVideo": False},
        400,
        TYPE_ERROR,
    ),
    start(
        "layout before audio and video, by its name",
        ("seed",),
        {"session": "nope", "recordingLayout": "X", "hasAudio": False, "hasVideo": False},
        400,
        "Type error in parameter 'recordingLayout'",
    ),
    start(
        "INDIVIDUAL is not asked for a resolution",
        CLASSIC,
        {"session": "nope", "outputMode": "INDIVIDUAL", "resolution": "x"},
        404,
    ),
    start(
        "neither audio nor video, before the session",
        CLASSIC,
        {"session": "nope", "hasAudio": False, "hasVideo": False},
        422,
        BOTH_OFF,
    ),
    start("unknown session", ALL, {"session": "nope"}, 404),
    start("nobody there", ALL, {"session": "room"}, 406, settled="waiting"),
    start("not routed", ALL, {"session": "room"}, 409, settled="relayed"),
    start("recorded already", ALL, {"session": "room"}, 409, settled="recording"),
    start(
        "shmSize after the session in old versions",
        CLASSIC,
        {"session": "room", "shmSize": 1},
        409,
        settled="recording",
    ),
    start(
        "shmSize",
        CLASSIC,
        {"session": "room", "shmSize": "134217727"},
        422,
        'Wrong "shmSize" parameter. Must be 134217728 (128 MB) minimum',
        settled="people",
    ),
    start(
        "2.32 looks at the session first",
        ("2.32",),
        {"session": "nope", "name": "a b", "resolution": "1x1"},
        404,
    ),
    start(
        "2.32's session must be a string",
        ("2.32",),
        {"session": 1},
        400,
        'Type error in parameter "session"',
    ),
    start(
        "2.32's name may have a tilde, but no blank",
        ("2.32",),
        {"session": "room", "name": "a b", "hasAudio": False, "hasVideo": False},
        400,
        "Parameter 'name' is wrong. Must be an alphanumeric string [a-zA-Z0-9_-~]+",
        settled="people",
        at="/sessions",
    ),
    start(
        "2.32 wants audio or video before it looks at the mode",
        ("2.32",),
        {"session": "room", "hasAudio": False, "hasVideo": False, "outputMode": "X"},
        422,
        BOTH_OFF,
        settled="people",
        at="/sessions",
    ),
    start(
        "2.32's frame rate",
        ("2.32",),
        {"session": "room", "frameRate": 121, "shmSize": 1},
        422,
        "Wrong 'frameRate' parameter. Acceptable values are within range [1,120]",
        settled="people",
        at="/sessions",
    ),
    start(
        "2.32's shared memory",
        ("2.32",),
        {"session": "room", "shmSize": 1},
        422,
        "Wrong 'shmSize' parameter. Must be 134217728 (128 MB) minimum",
        settled="people",
        at="/sessions",
    ),
    start(
        "2.32's empty mode is no mode",
        ("2.32",),
        {"session": "room", "outputMode": ""},
        400,
        "Type error in parameter 'outputMode'",
        settled="people",
        at="/sessions",
    ),
]

CONNECTIONS = [
    post("unknown session first", ("2.32",), "/sessions/nope/connection", {"type": 1}, 404),
    post(
        "the type",
        ("2.32",),
        "/sessions/room/connection",
        {"type": "X", "role": "Y"},
        400,
        "Parameter 'type' X is not defined",
        settled="waiting",
    ),
    post(
        "the role",
        ("2.32",),
        "/sessions/room/connection",
        {"role": "Y", "kurentoOptions": 1},
        400,
        "Parameter role Y is not defined",
        settled="waiting",
    ),
    post(
        "kurentoOptions",
        ("2.32",),
        "/sessions/room/connection",
        {"kurentoOptions": 1},
        400,
        "Error in parameter 'kurentoOptions'. It is not a valid JSON object",
        settled="waiting",
    ),
    post(
        "another protocol for a camera",
        ("2.32",),
        "/sessions/room/connection",
        {"type": "IPCAM", "rtspUri": "ftp://camera"},
        400,
        "Error in parameter 'rtspUri': RTSP URI does not contain a valid protocol "
        "[file, rtsp, rtsps, http, https]",
        settled="waiting",
    ),
    post(
        "a camera without an address is a type error",
        ("2.32",),
        "/sessions/room/connection",
        {"type": "IPCAM"},
        400,
        'Type error in some parameter: Cannot invoke "String.length()" because "this.input" is '
        "null",
        settled="waiting",
    ),
    Case("get, session", ("2.32",), "GET", "/sessions/nope/connection/con_x", 400),
    Case("get", ("2.32",), "GET", "/sessions/room/connection/con_x", 404, settled="people"),
    Case("list", ("2.32",), "GET", "/sessions/nope/connection", 404),
]

OTHERS = [
    Case("get session", ALL, "GET", "/sessions/nope", 404),
    Case("close session", ALL, "DELETE", "/sessions/nope", 404),
    Case("kick, unknown session", ALL, "DELETE", "/sessions/nope/connection/con_x", 400),
    Case("kick", ALL, "DELETE", "/sessions/room/connection/con_x", 404, settled="people"),
    Case("kick before", ALL, "DELETE", "/sessions/room/connection/con_x", 404, settled="waiting"),
    Case("unpublish, unknown session", ALL, "DELETE", "/sessions/nope/stream/str_x", 400),
    Case("unpublish", ALL, "DELETE", "/sessions/room/stream/str_x", 404, settled="people"),
    Case("unpublish early", ALL, "DELETE", "/sessions/room/stream/str_x", 404, settled="waiting"),
    Case("stop", ALL, "POST", "/recordings/stop/nope", 404),
    Case("stop what has stopped", ALL, "POST", "/recordings/stop/room", 404, settled="ready"),
    Case("get recording", ALL, "GET", "/recordings/nope", 404),
    Case("delete recording", ALL, "DELETE", "/recordings/nope", 404),
    Case("delete while started", ALL, "DELETE", "/recordings/room", 409, settled="recording"),
]

MODULE_OFF = [
    Case(f"{method} {path}", ("seed", "2.32"), method, path, 501, settings={"recording": False})
    for method, path in (
        ("POST", "/recordings/stop/x"),
        ("GET", "/recordings/x"),
        ("GET", "/recordings"),
        ("DELETE", "/recordings/x"),
    )
] + [
    Case("stop", ("2.15",), "POST", "/recordings/stop/x", 404, settings={"recording": False}),
    Case("get", ("2.15",), "GET", "/recordings/x", 404, settings={"recording": False}),
    Case("delete", ("2.15",), "DELETE", "/recordings/x", 404, settings={"recording": False}),
]

CASES = [
    pytest.param(case, profile, id=f"{profile}-{case.method}-{case.path}-{case.name}")
    for case in (SESSIONS + TOKENS + SIGNALS + CAMERAS + STARTS + CONNECTIONS + OTHERS + MODULE_OFF)
    for profile in case.profiles
]


@pytest.mark.parametrize(("case", "profile"), CASES)
async def test_what_is_complained_about_first(case: Case, profile: str) -> None:
    async with bench(profile, **case.settings) as on:
        await settle(on, case.settled)
        before = await on.look("state")

        options = {} if case.body is NO_BODY else {"json": case.body}
        answer = await on.api(case.method, case.path, **options)

        assert answer.status_code == case.status
        if case.message is None:
            assert answer.content == b""
            assert "content-type" not in answer.headers
            assert answer.headers["content-length"] == "0"
        else:
            expected = told(on, case.status, case.message, case.at)
            assert answer.headers["content-type"] == "application/json"
            assert list(answer.json().items()) == list(expected.items())
        assert await on.look("state") == before


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("content", [b"", b"null"])
@pytest.mark.parametrize("path", ["/tokens", "/signal", "/recordings/start"])
async def test_a_missing_body_is_the_frameworks_to_refuse(
    path: str, content: bytes, profile: str
) -> None:
    """Before the module is looked at."""
    async with bench(profile, recording=False) as on:
        headers = {"Content-Type": "application/json"}
        answer = await on.api("POST", path, content=content, headers=headers)
        if profile == "2.32":
            assert (answer.status_code, answer.content) == (403, b"")
        else:
            assert answer.status_code == 400
            assert answer.json()["message"].startswith("Required request body is missing: public")


@pytest.mark.parametrize("profile", CLASSIC)
@pytest.mark.parametrize(
    "value",
    ["RELAYED", "ROUTED"],
)
async def test_values_that_the_documentation_says_are_not_available_yet(
    profile: str, value: str
) -> None:
    async with bench(profile) as on:
        answer = await on.api(
            "POST",
            "/sessions",
            json={"mediaMode": value, "defaultRecordingLayout": "PICTURE_IN_PICTURE"},
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("profile", ALL)
async def test_empty_strings_in_start_count_as_absent_before_2_18(profile: str) -> None:
    async with bench(profile) as on:
        await settle(on, "people")
        answer = await on.api(
            "POST",
            "/recordings/start",
            json={"session": "room", "outputMode": "", "recordingLayout": "", "name": ""},
        )
        assert answer.status_code == (400 if profile == "2.32" else 200)


@pytest.mark.parametrize("profile", CLASSIC)
async def test_a_camera_cannot_be_unpublished(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        camera = await on.api("POST", "/sessions/room/connection", json={"rtspUri": "rtsp://a/b"})
        stream = camera.json()["publishers"][0]["streamId"]
        answer = await on.api("DELETE", f"/sessions/room/stream/{stream}")
        assert answer.status_code == 405
        assert answer.content == b""
