"""After a crash nobody is credited with what somebody else may have done since.

Each time an attempt was begun, OpenVidu was not asked, and somebody else did the same meanwhile.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from ovbot.delivery.arrivals import announcements
from ovbot.domain.audit import Outcome
from ovbot.store import recordings
from tests.commands.steps import killed, started_again
from tests.desk import ANA, TEAM, Desk, open_desk


async def lina(desk: Desk) -> str:
    session = await desk.openvidu.session("demo")
    return next(c.connection_id for c in session.connections if "Lina" in str(c.client_data))


async def leave(desk: Desk) -> None:
    desk.simulator.leave("demo", await lina(desk))


async def unpublish(desk: Desk) -> None:
    desk.simulator.unpublish("demo", await lina(desk))


async def close(desk: Desk) -> None:
    desk.simulator.close_session("demo")


async def create(desk: Desk) -> None:
    desk.simulator.create_session("new")


async def record(desk: Desk) -> None:
    await desk.simulator.start_recording("demo")


async def stop(desk: Desk) -> None:
    await desk.simulator.stop_recording("old")


async def delete(desk: Desk) -> None:
    await desk.openvidu.delete_recording("done")


class Case(NamedTuple):
    """A command, the call to OpenVidu at which its process dies, and what is said of it later."""

    text: str
    dies_at: str
    meanwhile: Callable[[Desk], Awaitable[object]]
    said: str


CASES = [
    Case("kick --session demo Lina", "disconnect", leave, "*Lina* is not in session `demo`"),
    Case("unpublish --session demo Lina", "unpublish", unpublish, "The *camera of Lina* has ended"),
    Case("close --session demo", "close_session", close, "Session `demo` (two people) is closed"),
    Case("create new", "create_session", create, "Session `new` is there"),
    Case("record start demo", "start_recording", record, "Session `demo` is being recorded"),
    Case("record stop old", "stop_recording", stop, "recording of session `old` has stopped"),
    Case("recording delete --now done", "delete_recording", delete, "Not there any more: `done`"),
]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        for session in ("demo", "old", "done"):
            made.simulator.join(session, client_data="Host", publish="camera")
            made.simulator.join(session, client_data="Lina", publish="camera")
        await made.simulator.start_recording("old")
        await made.simulator.start_recording("done")
        await made.simulator.stop_recording("done")
        yield made


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
async def test_it_is_said_what_is_so_and_not_who_did_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    form = case.text.startswith(("close", "recording delete"))
    await killed(desk, monkeypatch, case.dies_at, case.text, form=form)
    await case.meanwhile(desk)
    ended = await started_again(desk)
    assert (ended.outcome, ended.answer.partition(":")[0]) == (Outcome.DONE, "looked")
    told = (await desk.told_one()).text
    assert case.said in told
    assert f"<@{ANA}> had asked for it; whether that did it, or somebody else, is not" in told


async def test_a_recording_is_not_told_to_be_of_who_may_not_have_started_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed(desk, monkeypatch, "start_recording", "record start demo")
    await record(desk)
    await started_again(desk)
    async with desk.store.read() as tx:
        (known,) = [one for one in await recordings.known(tx, "default") if one.started_by]
    said = announcements.recording(known, TEAM).text
    assert "recorded by whom is not known" in said
    assert ANA not in said
