"""An action asks only what it needs: every action, while every look fails, in every way."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ovbot.domain.audit import Outcome
from ovbot.openvidu.errors import RecordingNotFound
from tests.commands.steps import control, fault, form, submit
from tests.desk import SECRET, Desk, Told, buttons, open_desk, words

TROUBLES: dict[str, dict[str, object]] = {
    "500": {"fault": "status", "status": 500, "body": {"status": 500, "error": "Internal"}},
    "502": {"fault": "html", "status": 502},
    "503": {"fault": "html", "status": 503},
    "504": {"fault": "html", "status": 504},
    "403": {"fault": "status", "status": 403},
    "401": {"fault": "status", "status": 401},
    "truncated": {"fault": "truncate"},
    "cut": {"fault": "cut"},
    "silent": {"fault": "delay", "seconds": 60},
}
_ALWAYS = 100_000


@pytest.fixture(params=TROUBLES)
async def broken(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Desk, dict[str, object]]]:
    """A desk at which something will fail in one way."""
    async with open_desk(tmp_path, patience=0.03, profile="2.32") as desk:
        yield desk, TROUBLES[request.param]


async def _fails(desk: Desk, operation: str, trouble: dict[str, object]) -> None:
    kind = str(trouble["fault"])
    more = {name: value for name, value in trouble.items() if name != "fault"}
    await fault(desk, operation, kind, **(more | {"times": _ALWAYS}))


async def _works_again(desk: Desk) -> None:
    desk.simulator.faults.clear()


async def _last(desk: Desk) -> Outcome | None:
    return (await desk.audited())[-1].outcome


async def _asked_first(desk: Desk, text: str) -> Told:
    """The question that is answered instead, which says what could not be read, once."""
    await desk.type(text)
    told = await desk.told_one()
    assert await _last(desk) is Outcome.REFUSED, told.text
    assert told.text.count("doesn't show who is in session demo") == 1, told.text
    return told


async def test_what_needs_only_ids_is_done_after_a_question(
    broken: tuple[Desk, dict[str, object]],
) -> None:
    desk, trouble = broken
    people = [desk.simulator.join("demo", client_data=name, publish="camera") for name in "ABC"]
    await _fails(desk, "getSession", trouble)
    for text in (
        f"kick --session demo {people[0].connection_id}",
        "signal --session demo --to " + people[1].connection_id + " hello",
        "signal --session demo hello",
        f"unpublish --session demo {people[1].connection_id} --stream {people[1].stream_id}",
    ):
        question = await _asked_first(desk, text)
        (button,) = [b for b in buttons(question.reply) if b.command.startswith(text.split()[0])]
        await desk.type(button.command)
        done = await desk.told_one()
        assert await _last(desk) is Outcome.DONE, done.text
        assert done.audience == "channel", done.text
    await _works_again(desk)
    there = await desk.connections()
    assert sorted(c.client_data for c in there) == ["B", "C"]
    assert {c.client_data: len(c.publishers) for c in there} == {"B": 0, "C": 1}


async def test_the_form_says_that_nobody_was_looked_up_and_closes(
    broken: tuple[Desk, dict[str, object]],
) -> None:
    desk, trouble = broken
    desk.simulator.join("demo", client_data="Ana")
    await _fails(desk, "getSession", trouble)
    shown = await desk.type("show demo")
    broken_inside = trouble.get("status") in {401, 403, 500}
    assert ("Close demo" in [b.label for b in buttons(shown)]) is broken_inside
    asked = await form(desk, "close demo")
    assert "doesn't show who is in session demo" in asked.text
    assert "disconnected at once" in asked.text
    await submit(desk, "close --session demo --reason over")
    told = await desk.told_one()
    assert await _last(desk) is Outcome.DONE, told.text
    assert told.text.count("could not be") <= 2, told.text
    await _works_again(desk)
    assert await desk.openvidu.sessions() == ()


async def test_what_only_the_session_tells_is_told_as_unknown_and_nothing_is_done(
    broken: tuple[Desk, dict[str, object]],
) -> None:
    desk, trouble = broken
    ana = desk.simulator.join("demo", client_data="Ana", publish="camera")
    await _fails(desk, "getSession", trouble)
    for text in (
        "kick --session demo Ana",
        f"kick --session demo {ana.connection_id} --ban 1h",
        "signal --session demo --to Ana hello",
        "unpublish --session demo Ana",
    ):
        await desk.type(text)
        told = await desk.told_one()
        assert await _last(desk) is Outcome.FAILED, told.text
        assert told.audience == "only_user"
    await submit(desk, "close --session demo --warn 5m")
    assert await _last(desk) is Outcome.FAILED
    await _works_again(desk)
    assert len(await desk.connections()) == 1


async def test_what_openvidu_itself_checks_is_not_looked_up_first(
    broken: tuple[Desk, dict[str, object]],
) -> None:
    desk, trouble = broken
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await _fails(desk, "getSession", trouble)
    await desk.type("record start demo")
    assert await _last(desk) is Outcome.DONE, (await desk.told_one()).text
    await desk.type("record stop demo")
    assert await _last(desk) is Outcome.DONE, (await desk.told()).__repr__()
    await desk.type("invite --session demo <@U02BEN>")
    assert await _last(desk) is Outcome.DONE
    await desk.type("card demo")
    assert await _last(desk) is Outcome.DONE
    await submit(desk, "camera --session demo rtsp://cam.test/1")
    assert await _last(desk) is Outcome.DONE, [one.text for one in await desk.told()]


async def test_a_recording_is_shown_stopped_and_deleted_by_id_without_the_list(
    broken: tuple[Desk, dict[str, object]],
) -> None:
    desk, trouble = broken
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo")
    await desk.told()
    await _fails(desk, "listRecordings", trouble)
    assert "being recorded" in words(await desk.type("recording show demo"))
    await desk.type("record stop demo")
    told = await desk.told_one()
    assert await _last(desk) is Outcome.DONE, told.text
    await submit(desk, 'recording delete demo --now --reason "a test"')
    told = await desk.told_one()
    assert await _last(desk) is Outcome.DONE, told.text
    await _works_again(desk)
    assert await desk.openvidu.recordings() == ()


async def test_a_session_s_second_recording_is_stopped_without_the_list(
    broken: tuple[Desk, dict[str, object]],
) -> None:
    """Its id is not the session's: ovbot knows it of the start, and asks for it by that."""
    desk, trouble = broken
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    for text in ("record start demo", "record stop demo", "record start demo"):
        await desk.type(text)
    await desk.told()
    await _fails(desk, "listRecordings", trouble)
    await desk.type("record stop demo")
    told = await desk.told_one()
    assert await _last(desk) is Outcome.DONE, told.text
    await _works_again(desk)
    assert {r.status for r in await desk.openvidu.recordings()} == {"ready"}


async def test_one_recording_that_cannot_be_read_keeps_no_other_from_being_deleted(
    desk: Desk,
) -> None:
    for session in ("one", "two"):
        desk.simulator.join(session, publish="camera")
        await desk.type(f"record start {session}")
        await desk.type(f"record stop {session}")
    await desk.told()
    await control(desk, "recordings/one", status="damaged")
    await submit(desk, 'recording delete one two --now --reason "a test"')
    told = await desk.told_one()
    assert await _last(desk) is Outcome.DONE, told.text
    assert "one" in told.text
    assert "could not be read, and is left alone" in told.text
    with pytest.raises(RecordingNotFound):
        await desk.openvidu.recording("two")


async def test_the_list_of_recordings_is_told_from_what_is_known_where_it_is_broken(
    desk: Desk,
) -> None:
    for session in ("one", "two"):
        desk.simulator.join(session, publish="camera")
        await desk.type(f"record start {session}")
        await desk.type(f"record stop {session}")
    await control(desk, "recordings/one", status="damaged")
    said = words(await desk.type("recording list"))
    assert said.count("list of recordings can't be read: it answered 500") == 1, said
    assert "*two*" in said
    assert "Show recording two" in [b.label for b in buttons(await desk.type("recording list"))]


async def test_what_could_not_be_read_of_a_session_is_counted_and_can_be_removed(
    desk: Desk,
) -> None:
    ana = desk.simulator.join("demo", client_data="Ana")
    ben = desk.simulator.join("demo", client_data="Ben")
    body = await _asked(desk, "sessions/demo")
    for each in body["connections"]["content"]:
        if each["connectionId"] == ben.connection_id:
            each["connectionId"] = None
    await fault(desk, "getSession", "status", status=200, body=body, times=_ALWAYS)
    said = words(await desk.type("show demo"))
    assert "1 of 2 people could not be read" in said
    assert "Ana" in said
    await desk.type(f"kick --session demo {ben.connection_id}")
    assert await _last(desk) is Outcome.DONE
    await _works_again(desk)
    assert [c.connection_id for c in await desk.connections()] == [ana.connection_id]


async def test_sessions_that_could_not_be_read_are_counted(desk: Desk) -> None:
    for session in ("one", "two"):
        desk.simulator.join(session)
    body = await _asked(desk, "sessions")
    body["content"][0]["sessionId"] = None
    await fault(desk, "listSessions", "status", status=200, body=body, times=_ALWAYS)
    assert "1 of 2 sessions could not be read" in words(await desk.type("list"))


@pytest.mark.parametrize("unread", [1, 2, 3, 4])
async def test_what_could_not_be_read_is_never_told_as_nothing(desk: Desk, unread: int) -> None:
    """Of four sessions, three people and three recordings so many have no usable id."""
    for name in ("one", "two", "three"):
        desk.simulator.join("demo", client_data=name)
        desk.simulator.join(name, publish="camera")
        await desk.type(f"record start {name}")
        await desk.type(f"record stop {name}")
    lists = {
        "sessions": ("listSessions", ("content",), "sessionId"),
        "sessions/demo": ("getSession", ("connections", "content"), "connectionId"),
        "recordings": ("listRecordings", ("items",), "id"),
    }
    for path, (operation, where, id_) in lists.items():
        body = entries = await _asked(desk, path)
        for key in where:
            entries = entries[key]
        for entry in entries[:unread]:
            entry |= {"id": None, id_: None}
        await fault(desk, operation, "status", status=200, body=body, times=_ALWAYS)
    told = {
        text: words(await desk.type(text))
        for text in ("list", "recording list", "status", "show demo")
    }
    nothing = ("no live session", "There are no recordings that you may see here.", "lists no")
    for text, said in told.items():
        assert not [claim for claim in nothing if claim in said], (text, said)
    assert "is live with three participants" in told["show demo"]
    assert "3 people (0 sending)" in told["show demo"]
    assert "It lists four sessions" in told["status"]
    assert "three people will be disconnected" in str((await form(desk, "close demo")).text)
    await desk.told()
    await desk.type("kick --session demo Nemo")
    missed = f"({min(unread, 3)} of 3 people could not be read)"
    assert missed in (await desk.told_one()).text
    assert missed in str((await form(desk, "kick --session demo --match nemo*")).text)


async def _asked(desk: Desk, path: str) -> Any:
    """What the simulated server answers, as it is."""
    transport = httpx.ASGITransport(app=desk.simulator.app)
    url, auth = "http://openvidu.test", ("OPENVIDUAPP", SECRET)
    async with httpx.AsyncClient(transport=transport, base_url=url, auth=auth) as client:
        answer = await client.get(f"/openvidu/api/{path}")
        assert answer.status_code == 200
        return answer.json()
