"""camera: added by its form; its user and password are seen by nobody."""

from pathlib import Path

import msgspec
import pytest

from ovbot.domain.audit import Outcome
from ovbot.openvidu import Session
from ovbot.sandbox.openvidu.config import ProfileName
from tests.commands.steps import control, fault, form, killed, reads_back, started_again, submit
from tests.desk import BEN, GENERAL, Desk, buttons, open_desk, words

URI = "rtsp://admin:pass-w0rd@cam.test:554/live?key=s3cret"
MASKED = "rtsp://cam.test:554/***"


async def stored(desk: Desk) -> str:
    """Everything that the database files hold, as text."""
    async with desk.store.read() as tx:
        path = tx.engine.url.database
    assert path is not None
    files = sorted(Path(path).parent.iterdir())
    return "".join(file.read_bytes().decode("latin-1") for file in files)


def is_hidden(text: str) -> bool:
    return not any(secret in text for secret in ("pass", "w0rd", "admin:", "s3cret"))


async def test_submitted_it_is_added_and_told_masked(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await submit(desk, f'camera --session demo {URI} --name "Front door"', channel=GENERAL)
    told = await desk.told_one()
    assert (told.channel, told.audience) == (GENERAL, "channel")
    assert told.text == (
        f":white_check_mark: <@U01ANA> added the IP camera *Front door* (`{MASKED}`) to session "
        "`demo`."
    )
    (camera,) = [
        p for p in desk.simulator.world.sessions.all()[0].participants.values() if p.camera
    ]
    assert camera.camera is not None
    assert (camera.camera.rtsp_uri, camera.server_data) == (URI, "Front door")
    intent, attempt, outcome = await desk.audited()
    assert intent.arguments == {"session": "demo", "uri": MASKED, "name": "Front door"}
    assert attempt.target == outcome.target == MASKED
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "200")
    assert outcome.detail == "Front door"
    kept = await stored(desk)
    assert "camera" in kept
    shown = words(await desk.type("show demo --streams")) + repr(await desk.type("show demo"))
    assert "*Front door*\n:satellite: IP camera" in shown
    logged = capsys.readouterr()
    for text in (repr(told), repr(await desk.audited()), kept, shown, logged.out, logged.err):
        assert is_hidden(text)


async def test_the_form_tells_what_it_does(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    asked = await form(desk, f"camera --session demo {URI}")
    assert asked.text == (
        f"The IP camera at `{MASKED}` is published in session `demo`, to one person who can see "
        "and hear it. It plays while somebody watches."
    )
    assert "all the time" in (await form(desk, f"camera demo {URI} --always-on")).text
    assert len((await desk.openvidu.session("demo")).connections) == 1


async def test_its_settings_reach_openvidu(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await submit(
        desk, "camera --session demo --no-adaptive --always-on --cache 500 rtsp://cam.test/1"
    )
    (added,) = desk.simulator.world.sessions.all()[0].participants.values()
    assert added.camera is not None
    assert added.camera.adaptative_bitrate is False
    assert added.camera.only_play_with_subscribers is False
    assert added.camera.network_cache == 500
    told = (await desk.told_one()).text
    assert "added the IP camera *IP camera " in told


async def test_a_newer_server(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.32") as desk:
        desk.simulator.join("demo", client_data="Ana")
        await submit(desk, f"camera --session demo {URI} --name Door")
        assert f"added the IP camera *Door* (`{MASKED}`)" in (await desk.told_one()).text
        await fault(desk, "createConnection", "status-after", status=504)
        await submit(desk, f"camera --session demo {URI} --name Gate")
        assert "*Gate*" in (await desk.told_one()).text
        assert (await desk.audited())[-1].answer == "looked: there"


async def test_an_older_server_cannot_set_the_buffer(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.15") as desk:
        desk.simulator.create_session("demo")
        await submit(desk, "camera --session demo --cache 500 rtsp://cam.test/1")
        assert "takes OpenVidu 2.16 or later" in (await desk.told_one()).text
        assert (await desk.openvidu.session("demo")).connections == ()


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("http://admin:pass-w0rd@cam.test/1", "is written as rtsp://"),
        ("cam.test/1", "is written as rtsp://"),
        ("rtsp://", "is written as rtsp://"),
        ("file:///etc/passwd", "reads the media server's own disk"),
        ("FILE:///etc/passwd", "reads the media server's own disk"),
        ("file:/etc/passwd", "reads the media server's own disk"),
    ],
)
async def test_what_is_no_camera_is_refused_before_openvidu(
    desk: Desk, uri: str, sentence: str
) -> None:
    desk.simulator.create_session("demo")
    said = words(await submit(desk, f"camera --session demo {uri}"))
    assert sentence in said
    assert "w0rd" not in said
    assert (await desk.openvidu.session("demo")).connections == ()


async def test_a_phone_writes_the_first_letter_large(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await submit(desk, "camera --session demo <Rtsp://cam.test/1>")
    assert "added the IP camera" in (await desk.told_one()).text


@pytest.mark.parametrize(
    ("status", "sentence", "answer"),
    [
        (400, "OpenVidu refused the IP camera's settings", "400 camera.bad_request"),
        (404, "There is no session demo now", "404 camera.no_session"),
        (500, "OpenVidu could not publish the IP camera", "500 camera.camera_failed"),
    ],
)
async def test_each_refusal_has_its_sentence(
    desk: Desk, status: int, sentence: str, answer: str
) -> None:
    desk.simulator.create_session("demo")
    body = {"timestamp": 1_700_000_000_000, "status": status, "message": f"cannot open {URI}"}
    await fault(desk, "addCamera", "status", status=status, body=body)
    await submit(desk, f"camera --session demo {URI}")
    told = await desk.told_one()
    assert sentence in told.text
    assert is_hidden(repr(told))
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.FAILED, answer)


async def test_a_camera_that_is_lost_at_once_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    real = type(desk.openvidu).session
    asked = 0

    async def lost(*args: object) -> Session:
        nonlocal asked
        asked += 1
        found: Session = await real(*args)  # type: ignore[arg-type]
        people = tuple(c for c in found.connections if not c.is_ip_camera)
        return found if asked == 1 else msgspec.structs.replace(found, connections=people)

    monkeypatch.setattr(type(desk.openvidu), "session", lost)
    await submit(desk, f"camera --session demo {URI}")
    told = await desk.told_one()
    assert "but it is not there any more" in told.text
    assert is_hidden(repr(told))
    assert (await desk.audited())[-1].outcome is Outcome.FAILED


@pytest.mark.parametrize("trouble", [{"sdp": "error"}, {"create": "error"}], ids=str)
@pytest.mark.parametrize("profile", ["2.15", "seed", "2.20", "2.31", "2.32"])
async def test_a_camera_that_is_listed_without_a_stream_is_told_so_and_removed(
    tmp_path: Path, profile: ProfileName, trouble: dict[str, str]
) -> None:
    async with open_desk(tmp_path, profile=profile) as desk:
        desk.simulator.join("demo", client_data="Ana", publish="camera")
        await control(desk, "troubles", **trouble)
        await submit(desk, f"camera --session demo {URI} --name Door")
        told = await desk.told_one()
        assert "could not publish the IP camera" in told.text
        assert "listed there without a stream, and ovbot has removed it again" in told.text
        assert is_hidden(repr(told))
        assert (await desk.audited())[-1].outcome is Outcome.FAILED
        assert [each.kind for each in (await desk.openvidu.session("demo")).connections] == [
            "WEBRTC"
        ]


@pytest.mark.parametrize(
    ("kind", "outcome", "answer"),
    [
        ("status-after", Outcome.DONE, "looked: there"),
        ("status", Outcome.FAILED, "looked: not there"),
    ],
)
async def test_a_lost_answer_is_looked_up_and_not_repeated(
    desk: Desk, kind: str, outcome: Outcome, answer: str
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "addCamera", kind, status=504)
    await submit(desk, f"camera --session demo {URI} --name Door")
    ended = (await desk.audited())[-1]
    assert (ended.outcome, ended.answer) == (outcome, answer)
    there = len((await desk.openvidu.session("demo")).connections)
    assert there == (2 if outcome is Outcome.DONE else 1)
    assert is_hidden(repr(await desk.told()))


@pytest.mark.parametrize("worked", [True, False])
async def test_after_a_crash_the_truth_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, worked: bool
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    text = f"camera --session demo {URI} --name Door"
    await killed(desk, monkeypatch, "add_camera", text, form=True)
    if worked:
        await desk.openvidu.add_camera("demo", URI, data="Door")
    outcome = await started_again(desk)
    assert outcome.outcome is (Outcome.DONE if worked else Outcome.FAILED)
    told = await desk.told_one()
    assert ("The IP camera *Door*" in told.text) is worked
    assert is_hidden(repr(told))


async def test_an_earlier_camera_of_that_address_proves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.openvidu.add_camera("demo", URI)
    monkeypatch.setattr(type(desk.door.powers.clock), "now_ms", lambda _clock: 10**13)
    await killed(desk, monkeypatch, "add_camera", f"camera --session demo {URI}", form=True)
    assert (await started_again(desk)).outcome is Outcome.UNKNOWN
    assert "it is not known whether another one was added" in (await desk.told_one()).text


async def test_a_session_that_ended_meanwhile_has_no_camera(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.create_session("demo")
    await killed(desk, monkeypatch, "add_camera", f"camera --session demo {URI}", form=True)
    desk.simulator.close_session("demo")
    assert (await started_again(desk)).outcome is Outcome.FAILED


async def test_a_choice_of_sessions_is_offered_without_the_password(desk: Desk) -> None:
    for session in ("exam-1", "exam-2"):
        desk.simulator.join(session)
    await desk.type("bind exam-*")
    await desk.told()
    await submit(desk, f"camera {URI}")
    told = await desk.told_one()
    assert "Say which one, before the address: exam-1, exam-2." in told.text
    assert buttons(told.reply) == []
    assert is_hidden(repr(told))
    await submit(desk, "camera rtsp://cam.test/path-that-opens-it")
    assert buttons((await desk.told_one()).reply) == []
    assert "path-that-opens-it" not in await stored(desk)
    await submit(desk, "camera rtsp://cam.test:554")
    offered = buttons((await desk.told_one()).reply)
    assert [reads_back(desk, button) for button in offered] == ["camera", "camera"]
    assert "session `exam-1`" in (await form(desk, offered[0].command)).text
    assert is_hidden(await stored(desk))


async def test_a_hostile_name_is_told_inert(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await submit(desk, 'camera --session demo rtsp://cam.test/1 --name "<!channel> *x*"')
    text = (await desk.told_one()).text
    assert "<!" not in text
    assert "∗x∗" in text


async def test_who_may_not_gets_no_form(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    for reply in (
        await desk.type(f"camera {URI}", user=BEN),
        await submit(desk, f"camera {URI}", user=BEN),
    ):
        assert "needs the role *operator*, and yours here is *viewer*" in words(reply)
        (denial,) = await desk.audited()
        assert denial.outcome is Outcome.DENIED
        assert is_hidden(repr(denial))
    assert len((await desk.openvidu.session("demo")).connections) == 1


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("rtsp://elsewhere.test/1", "elsewhere.test isn't an allowed host"),
        ("rtsp://admin:s3cret@elsewhere.test./1", "elsewhere.test isn't an allowed host"),
        ("rtsp://11.0.0.1/1", "11.0.0.1 isn't an allowed host"),
        ("rtsp://admin:s3cret@cam.test@elsewhere.test/1", "read in more than one way"),
        ("rtsp://elsewhere.test/s3cret@cam.test/1", "read in more than one way"),
        ("rtsp://167772161/1", "read in more than one way"),
    ],
)
async def test_openvidu_is_sent_to_named_hosts_only(desk: Desk, address: str, said: str) -> None:
    desk.simulator.join("demo", client_data="Ana")
    asked = await form(desk, f"camera demo {address} ?")
    assert said in asked.text
    await submit(desk, f"camera --session demo {address}")
    told = await desk.told_one()
    assert told.audience == "only_user"
    assert said in told.text
    assert ("OVBOT_CAMERA_HOSTS" in told.text) is ("an allowed host" in said)
    entries = await desk.audited()
    assert entries[-1].outcome is Outcome.REFUSED
    assert "s3cret" not in repr((told, entries, asked.text))
    assert all(not c.is_ip_camera for c in (await desk.openvidu.session("demo")).connections)


async def test_rtsps_where_the_server_takes_it(tmp_path: Path) -> None:
    uri = "rtsps://admin:pw@cam.test:322/1"
    async with open_desk(tmp_path, profile="2.32") as desk:
        desk.simulator.create_session("demo")
        await submit(desk, f"camera --session demo {uri}")
        assert "(`rtsps://cam.test:322/***`)" in (await desk.told_one()).text
        (added,) = desk.simulator.world.sessions.all()[0].participants.values()
        assert added.camera is not None
        assert added.camera.rtsp_uri == uri
    (old := tmp_path / "old").mkdir()
    async with open_desk(old) as desk:
        desk.simulator.create_session("demo")
        await submit(desk, f"camera --session demo {uri}")
        told = (await desk.told_one()).text
        assert "To add a camera by rtsps takes OpenVidu 2.21 or later" in told
        assert "pw" not in told
