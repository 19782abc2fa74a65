"""What is told of a recording offers what can be done with it, as long as that can be done."""

import pytest

from ovbot.delivery.arrivals import announcements
from ovbot.engine.invocation import Source
from ovbot.slack import present
from ovbot.store.recordings import Known, Seen
from tests.commands.steps import form, reads_back
from tests.desk import TEAM, Desk, buttons, words


def known(recording: str = "demo", name: str = "demo", status: str = "ready") -> Known:
    seen = Seen(
        recording=recording,
        created_at=1_700_000_000_000,
        session="demo",
        name=name,
        status=status,
        duration=3.0,
        size=24_000,
    )
    return Known("default", seen, TEAM, "U01ANA", None, 0)


async def test_started_recording_can_be_stopped_where_it_is_told(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo")
    told = await desk.told_one()
    (stop,) = buttons(told.reply)
    assert stop.label == "Stop recording demo"
    assert stop.confirm is not None
    assert "session demo" in stop.confirm.text
    assert reads_back(desk, stop) == "record stop"
    await desk.type(stop.command, source=Source.BUTTON)
    assert "stopped the recording of session `demo`." in (await desk.told())[0].text


@pytest.mark.parametrize(
    ("recording", "name", "said"),
    [
        ("demo", "demo", "The recording of session `demo` is ready: 3 s"),
        ("demo", "lecture", "The recording *lecture* of session `demo` is ready: 3 s"),
        ("demo~1", "demo~1", "The recording `demo~1` of session `demo` is ready: 3 s"),
        ("demo~1", "lecture", "The recording *lecture* (`demo~1`) of session `demo` is ready: 3 s"),
    ],
)
async def test_each_name_is_said_once(desk: Desk, recording: str, name: str, said: str) -> None:
    reply = announcements.recording(known(recording, name), TEAM)
    assert reply.text.startswith(said)
    assert [b.label for b in buttons(reply)] == [f"Show recording {recording}", f"Delete {name}"]
    for button in buttons(reply):
        reads_back(desk, button)
    assert (await form(desk, buttons(reply)[1].command)).command == "recording delete"


@pytest.mark.parametrize("status", ["failed", "ready"])
async def test_an_id_that_nobody_could_ask_for_has_no_buttons(desk: Desk, status: str) -> None:
    reply = announcements.recording(known("<!here> x", status=status), TEAM)
    assert buttons(reply) == []
    assert "<!here>" not in words(reply)
    assert present.message(reply).blocks
