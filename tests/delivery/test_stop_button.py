"""The button that stops a recording goes when the recording is over, however that came."""

import json
from pathlib import Path

from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.delivery.arrivals.process import Processor
from ovbot.openvidu.events import parse_event
from tests.delivery.fake import Time
from tests.desk import Desk, buttons, open_desk, words

STARTED = ":white_check_mark: <@U01ANA> started recording session `demo`"


async def arrive(desk: Desk, time: Time) -> None:
    """What OpenVidu tells is brought and dealt with."""
    inbox = Inbox(desk.store, "default", time)
    processor = Processor(desk.store, "default", desk.openvidu, time)
    log = desk.simulator.webhooks.log
    bodies = [json.dumps(one.event).encode() for one in log]
    log.clear()
    for body in bodies:
        await inbox.accept([parse_event(body)])
    while await processor.step() == 0:
        pass
    await inbox.close()


async def test_it_goes_when_the_recording_has_ended(tmp_path: Path) -> None:
    time = Time()
    source = lambda: time.now_ms() / 1000  # noqa: E731
    hook = "http://127.0.0.1:9/nobody"
    async with open_desk(tmp_path, "", time, time_source=source, webhook=hook) as desk:
        desk.simulator.webhooks.switch("off")  # they are brought by hand
        desk.simulator.join("demo", client_data="Ana", publish="camera")
        await desk.type("record start demo")
        await arrive(desk, time)
        assert "Stop recording demo" in [b.label for b in buttons(await desk.now_says(STARTED))]
        time.advance(5)
        await desk.simulator.stop_recording("demo")  # by nobody here
        await arrive(desk, time)
        now = await desk.now_says(STARTED)
        assert "Stop recording demo" not in [b.label for b in buttons(now)]
        assert "It ended <!date^" in words(now)
