"""close: only by its form, which tells what it costs; told to everybody concerned."""

import pytest

from ovbot.domain.audit import Outcome
from tests.commands.steps import fault, form, killed, reads_back, started_again, submit
from tests.desk import BEN, GENERAL, MODERATION, Desk, buttons, words


async def test_the_form_tells_what_it_costs(desk: Desk) -> None:
    for name in ("Ana", "Ben"):
        desk.simulator.join("demo", client_data=name)
    await desk.openvidu.add_camera("demo", "rtsp://cam.test/1")
    asked = await form(desk, "close demo")
    assert asked.text == (
        "Session `demo` is closed: two people and one IP camera will be disconnected at once. "
        "With a time under *Warn* they are told first, and it is closed then."
    )
    await desk.type("record start demo")
    asked = await form(desk, "close demo --reason over ?")
    assert "at once. Its recording stops and is kept. With a time" in asked.text
    assert {field.name: field.values for field in asked.fields} == {
        "session": ("demo",),
        "reason": ("over",),
        "warn": (),
    }
    desk.simulator.create_session("empty")
    assert "nobody is connected to it" in (await form(desk, "close empty")).text
    assert "is closed already" in (await form(desk, "close nope")).text
    assert len(await desk.openvidu.sessions()) == 2


async def test_submitted_it_ends_the_session(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    await desk.type("bind demo")
    await desk.type("record start demo")
    await desk.told()
    created = (await desk.openvidu.session("demo")).created_at
    await submit(desk, 'close --session demo --reason "the exam is over"', channel=GENERAL)
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, MODERATION]
    assert told[0].text == told[1].text
    assert told[0].text == (
        ":white_check_mark: <@U01ANA> closed session `demo` (two people, being recorded). "
        "Reason: the exam is over"
    )
    assert await desk.openvidu.sessions() == ()
    assert [r.status for r in await desk.openvidu.recordings()] == ["ready"]
    intent, attempt, outcome = await desk.audited()
    assert intent.arguments == {"session": "demo", "reason": "the exam is over"}
    assert attempt.target == f"demo_{created}"
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "204")
    assert outcome.detail == "two people, being recorded"


async def test_typed_it_closes_nothing(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("close demo --reason quick")
    assert len(await desk.openvidu.sessions()) == 1
    assert await desk.told() == []


async def test_what_is_closed_is_told_as_such(desk: Desk) -> None:
    await submit(desk, "close --session demo")
    told = await desk.told_one()
    assert "No change needed.* Session demo is closed already" in told.text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_404_is_already_closed(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "closeSession", "status", status=404)
    await submit(desk, "close --session demo")
    assert "Session `demo` was closed already." in (await desk.told_one()).text
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.ALREADY, "404 close.no_session")


async def test_400_is_busy_and_offers_another_try(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "closeSession", "status", status=400)
    await submit(desk, "close --session demo --reason over")
    told = await desk.told_one()
    assert "Session demo is still open: something else held it for too long." in told.text
    assert (await desk.audited())[-1].answer == "400 close.busy"
    (again,) = buttons(told.reply)
    assert reads_back(desk, again) == "close"
    assert (await form(desk, again.command)).fields[1].values == ("over",)


async def test_accepted_but_still_open_is_a_failure(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "closeSession", "status", status=204)
    await submit(desk, "close --session demo")
    assert "accepted to close session `demo`, but it is open" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.FAILED


async def test_a_new_session_of_the_same_id_is_another_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    real = type(desk.openvidu).close_session

    async def reopened(*args: object) -> None:
        await real(*args)  # type: ignore[arg-type]
        desk.simulator.clock.advance(1)
        desk.simulator.join("demo", client_data="Ana")

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.openvidu), "close_session", reopened)
        await submit(desk, "close --session demo")
    assert "closed session `demo`" in (await desk.told_one()).text
    assert len(await desk.openvidu.sessions()) == 1


async def test_a_lost_answer_is_looked_up(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "closeSession", "status-after", status=504)
    await submit(desk, "close --session demo")
    assert "closed session `demo` (one person). Reason: none given." in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.DONE


@pytest.mark.parametrize("worked", [True, False])
async def test_after_a_crash_the_truth_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, worked: bool
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    text = "close --session demo --reason over"
    await killed(desk, monkeypatch, "close_session", text, form=True)
    if worked:
        desk.simulator.close_session("demo")
    outcome = await started_again(desk)
    assert outcome.outcome is (Outcome.DONE if worked else Outcome.FAILED)
    told = (await desk.told_one()).text
    assert ("Session `demo` (one person) is closed." in told) is worked
    assert ("it was not closed" in told) is not worked


async def test_in_a_channel_of_several_sessions_each_button_opens_a_form(desk: Desk) -> None:
    for session in ("exam-1", "exam-2"):
        desk.simulator.join(session)
    await desk.type("bind exam-*")
    await desk.told()
    await submit(desk, "close --reason over")
    offered = buttons((await desk.told_one()).reply)
    assert [reads_back(desk, button) for button in offered] == ["close", "close"]
    assert "one person" in (await form(desk, offered[0].command)).text
    assert len(await desk.openvidu.sessions()) == 2


async def test_the_panel_opens_its_form(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    panel = buttons(await desk.type("show demo"))
    (close,) = [button for button in panel if button.label == "Close demo"]
    assert "one person will be disconnected" in (await form(desk, close.command)).text


async def test_a_hostile_reason_is_told_inert(desk: Desk) -> None:
    desk.simulator.join("demo")
    await submit(desk, 'close --session demo --reason "<!channel> *over* <https://e.test|x>"')
    text = (await desk.told_one()).text
    assert "<!" not in text
    assert "<https" not in text
    assert "∗over∗" in text


async def test_who_may_not_gets_no_form(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    for reply in (await desk.type("close", user=BEN), await submit(desk, "close", user=BEN)):
        assert "needs the role *operator*, and yours here is *viewer*" in words(reply)
        assert (await desk.audited())[-1].outcome is Outcome.DENIED
    assert len(await desk.openvidu.sessions()) == 1


async def test_the_form_tells_the_consequences_for_the_bound_session(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    asked = await form(desk, "close")
    assert "Session `demo` is closed: one person will be disconnected" in asked.text
    assert {field.name: field.values for field in asked.fields}["session"] == ("demo",)
