"""Names arrive as people wrote them, from servers that write Latin-1 and from those that do not."""

import json

import pytest

from ovbot.domain.binding import Topic
from ovbot.openvidu.dialects import MIXED, Server
from ovbot.sandbox.openvidu.faults import Fault
from tests.delivery.stage import Stage

OLD, NEW = "2.15.0", "2.18.0"
NAMES = ["José", "Zoë 李娜", "Ã©ric", "Who?", "Ð\x90", "İ?ı", "éric", "Ana", "🙂", "ÿþ"]


def is_version(stage: Stage, version: str) -> None:
    stage.openvidu._link.server = Server(MIXED, version, "ce")


async def told(stage: Stage) -> list[str]:
    await stage.process()
    await stage.deliver(each=1)
    return [text.partition("*")[2].partition("*")[0] for text in stage.chat.texts("C1")]


@pytest.mark.parametrize(("version", "charset"), [(OLD, "latin-1"), (NEW, "utf-8")])
@pytest.mark.parametrize("name", NAMES)
async def test_whoever_comes_and_goes_has_their_name(
    stage: Stage, version: str, charset: str, name: str
) -> None:
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    is_version(stage, version)
    other = stage.simulator.join("demo", client_data="Ana Other")
    joined = stage.simulator.join("demo", client_data=name)
    await stage.arrive(*stage.sent(charset))
    assert await told(stage) == ["Ana Other", name.replace("\x90", "")]
    stage.simulator.leave("demo", joined.connection_id)
    stage.simulator.leave("demo", other.connection_id)
    await stage.arrive(*stage.sent(charset))
    assert (await told(stage))[2:] == [name.replace("\x90", ""), "Ana Other"]


async def test_nothing_is_told_until_the_name_is_known(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    is_version(stage, OLD)
    stage.simulator.join("demo", client_data="Ana")
    lina = stage.simulator.join("demo", client_data="李娜")
    await stage.arrive(*stage.sent("latin-1"))
    stage.simulator.faults.add(Fault("getSession", "status", times=99, status=500))
    assert await told(stage) == ["Ana"]
    stage.simulator.leave("demo", lina.connection_id)
    await stage.arrive(*stage.sent("latin-1"))
    is_version(stage, OLD)
    assert await told(stage) == ["Ana"]
    stage.simulator.faults.clear()
    for _ in range(8):
        stage.time.advance(31)
        await stage.process()
    assert await told(stage) == ["Ana", lina.connection_id, lina.connection_id]


async def test_thirty_who_join_at_once_are_looked_up_together(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    is_version(stage, OLD)
    names = [f"李娜 {number}" for number in range(30)]
    for name in names:
        stage.simulator.join("demo", client_data=name)
    await stage.arrive(*stage.sent("latin-1"))
    await stage.process()
    asked = [one.path for one in stage.simulator.app.requests]
    assert asked.count("/openvidu/api/sessions/demo") == 1
    assert await told(stage) == names


async def test_while_the_version_is_not_known_no_letter_is_made_up(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    stage.simulator.faults.add(Fault("*", "status", times=9_999, status=503))
    for who, name in enumerate(("Ana", "Zoë", "Li ?")):
        event = {
            "event": "participantJoined",
            "timestamp": stage.time.now_ms(),
            "sessionId": "demo",
            "connectionId": f"con_{who}",
            "clientData": name,
        }
        await stage.arrive(json.dumps(event, ensure_ascii=False).encode())
    assert await told(stage) == ["Ana"]
    for _ in range(9):
        stage.time.advance(31)
        await stage.process()
    assert await told(stage) == ["Ana", "Zoë", "con_2"]


async def test_a_recording_that_is_no_more_has_its_id_where_its_name_has_lost_letters(
    stage: Stage,
) -> None:
    await stage.bind("C1", topics=(Topic.RECORDINGS,))
    is_version(stage, OLD)
    await stage.tell(
        "recordingStatusChanged",
        sessionId="demo",
        id="demo-1",
        name="Vorlesung ?",
        status="ready",
        startTime=stage.time.now_ms(),
        size=9,
        duration=9.0,
    )
    await told(stage)
    (text,) = stage.chat.texts("C1")
    assert text.startswith("The recording `demo-1` of session `demo` is ready")
