"""recording delete with its grace: told at once, done later, and called off by recording keep."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ovbot.domain.audit import Outcome
from ovbot.domain.markup import when
from ovbot.engine.invocation import Source
from ovbot.store import later
from ovbot.subjects import announced, plans
from tests.commands.later import Hours, open_hours
from tests.commands.steps import Killed, fault, form, reads_back, started_again, submit
from tests.desk import ANA, BEN, GENERAL, MODERATION, Desk, buttons, words

GRACE = 900


@pytest.fixture
async def hours(tmp_path: Path) -> AsyncIterator[Hours]:
    async with open_hours(tmp_path) as opened:
        for name in ("a", "b", "c"):
            await recorded(opened.desk, name)
        yield opened


@pytest.fixture
def desk(hours: Hours) -> Desk:
    return hours.desk


async def recorded(desk: Desk, name: str) -> str:
    """A recording that is ready; the ids are demo, demo-1, demo-2."""
    desk.simulator.join("demo", publish="camera")
    recording = await desk.simulator.start_recording("demo", name=name)
    await desk.simulator.stop_recording(recording)
    return recording


async def left(desk: Desk) -> list[str]:
    return sorted(each.id for each in await desk.openvidu.recordings())


def due(hours: Hours) -> str:
    """The moment at which what is asked for now is done."""
    return str(when(hours.time.now_ms() + GRACE * 1000))


async def test_the_form_says_which_it_will_be(hours: Hours, desk: Desk) -> None:
    asked = await form(desk, "recording delete demo")
    assert asked.text.startswith(
        "One recording will be lost for good 15 min after you submit this; until then it can "
        "be kept: *a* (`demo`, session `demo`"
    )
    at_once = await form(desk, "recording delete demo demo-1 --now")
    assert at_once.text.startswith("Two recordings will be lost for good, at once: *a*")
    fields = {field.name: field for field in asked.fields}
    assert list(fields) == ["recordings", "reason", "now"]
    assert fields["now"].told, "the sentence follows what is ticked"
    desk.given(delete_grace=timedelta(0))
    assert "lost for good, at once" in (await form(desk, "recording delete demo")).text


async def test_it_is_told_and_then_done(hours: Hours, desk: Desk) -> None:
    await desk.type("bind demo", channel=GENERAL)
    await desk.told()
    moment = due(hours)
    await submit(desk, 'recording delete demo --reason "no consent"')
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, MODERATION]
    assert told[0].text.startswith(
        ":white_check_mark: <@U01ANA> will delete recording *a* (`demo`, session `demo`"
    )
    assert told[0].text.endswith(f") in 15 min, {moment}. Reason: no consent")
    keep, now = buttons(told[0].reply)
    assert [keep.label, now.label] == ["Keep demo", "Delete demo now"]
    assert [reads_back(desk, b) for b in (keep, now)] == ["recording keep", "recording delete"]
    assert "at once" in (await form(desk, now.command)).text
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "planned")
    await hours.pass_by(GRACE - 1)
    assert await left(desk) == ["demo", "demo-1", "demo-2"]
    await hours.pass_by(1)
    assert await left(desk) == ["demo-1", "demo-2"]
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, MODERATION]
    assert "<@U01ANA> deleted recording *a*" in told[0].text
    assert told[0].text.endswith("Reason: no consent")
    intent, attempt, outcome = await desk.audited()
    assert (intent.actor, intent.interaction) == (ANA, "later:1")
    assert intent.arguments["now"] == "True"
    assert (attempt.target, outcome.answer) == ("demo", "204")


async def test_typed_without_its_form_nothing_is_planned(hours: Hours, desk: Desk) -> None:
    await desk.type("recording delete demo")
    assert await hours.planned(plans.DELETE) == ()


@pytest.mark.parametrize("status", [403, 503])
async def test_what_meets_trouble_is_tried_again_and_what_is_done_is_not(
    hours: Hours, desk: Desk, status: int
) -> None:
    await submit(desk, "recording delete demo demo-1 demo-2")
    await desk.told()
    # After an answer that tells nothing the client looks, and asks once more by itself.
    await fault(desk, "deleteRecording", "status", status=status, times=2 if status == 403 else 1)
    await hours.pass_by(GRACE)
    assert await left(desk) == ["demo"]
    (told,) = await desk.told()
    assert "<@U01ANA> deleted two recordings: *b*" in told.text
    assert "ovbot keeps trying what is left." in told.text
    (again,) = await hours.planned(plans.DELETE)
    assert again.said == "delete recording `demo`"
    await hours.pass_by(1)
    assert await left(desk) == []
    assert "deleted recording *a*" in (await desk.told_one()).text
    assert await hours.planned(plans.DELETE) == ()


async def test_without_a_grace_it_is_done_at_once(hours: Hours, desk: Desk) -> None:
    desk.given(delete_grace=timedelta(0))
    await submit(desk, "recording delete demo")
    assert "deleted recording *a*" in (await desk.told_one()).text
    assert await left(desk) == ["demo-1", "demo-2"]


async def test_the_list_and_the_recording_say_when(hours: Hours, desk: Desk) -> None:
    await desk.type("bind demo")
    moment = due(hours)
    await submit(desk, "recording delete demo-1")
    for question in ("recording list", "recording show demo-1"):
        reply = await desk.type(question)
        assert f"will be deleted {moment} (<@U01ANA>)" in words(reply)
        keep = [button for button in buttons(reply) if button.label.startswith("Keep")]
        assert [button.label for button in keep] == ["Keep demo-1"]
        assert "Keep demo-1" not in [b.label for b in buttons(await desk.type(question, user=BEN))]
    assert "will be deleted" not in words(await desk.type("recording show demo"))
    shown = await desk.type(keep[0].command, source=Source.BUTTON, panel="recording list")
    assert "will be deleted" not in words(shown)


async def test_some_are_kept_and_the_others_go(hours: Hours, desk: Desk) -> None:
    await submit(desk, "recording delete demo demo-1 demo-2 --reason old", channel=GENERAL)
    told = await desk.told_one()
    assert "will delete three recordings: *a*" in told.text
    assert [b.label for b in buttons(told.reply)] == [
        "Keep these 3 recordings",
        "Delete these 3 recordings now",
    ]
    await hours.pass_by(60)
    await desk.type("recording keep demo-1")
    kept = await desk.told_one()
    assert (kept.channel, kept.audience) == (MODERATION, "channel")
    assert kept.text == ":white_check_mark: <@U01ANA> called off the deletion of `demo-1`."
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer, outcome.session) == (
        Outcome.DONE,
        "called off",
        "demo",
    )
    await desk.type("recording keep demo-1")
    again = (await desk.told_one()).text
    assert (
        "No change needed.* What <@U01ANA> had planned for recording `demo-1` was called off"
        in again
    )
    await hours.pass_by(GRACE - 60)
    assert await left(desk) == ["demo-1"]
    done = await desk.told_one()
    assert done.channel == GENERAL
    assert "deleted two recordings: *a*" in done.text
    assert done.text.endswith("Reason: old")


async def test_all_are_kept_by_the_button(hours: Hours, desk: Desk) -> None:
    await submit(desk, "recording delete demo demo-1")
    keep, _now = buttons((await desk.told_one()).reply)
    await desk.type(keep.command, source=Source.BUTTON)
    assert "called off the deletion of `demo`, `demo-1`." in (await desk.told_one()).text
    await hours.pass_by(GRACE)
    assert len(await left(desk)) == 3
    assert await desk.told() == []


async def test_what_is_to_be_deleted_is_not_planned_twice(hours: Hours, desk: Desk) -> None:
    moment = due(hours)
    await submit(desk, "recording delete demo")
    await desk.told()
    await hours.pass_by(60)
    await submit(desk, "recording delete demo")
    again = await desk.told_one()
    assert again.audience == "only_user"
    said = f"`demo` will be deleted {moment} already: <@U01ANA> asked for it."
    assert f"No change needed.* {said}" in again.text
    assert [b.label for b in buttons(again.reply)] == ["Keep demo", "Delete demo now"]
    await submit(desk, "recording delete demo demo-1")
    both = (await desk.told_one()).text
    assert "will delete recording *b*" in both
    assert said in both
    waiting = await hours.planned(plans.DELETE)
    assert [len(plan.about.split()) for plan in waiting] == [1, 1]
    await hours.pass_by(GRACE)
    assert await left(desk) == ["demo-2"]


async def test_what_is_running_is_told_now_and_not_planned(hours: Hours, desk: Desk) -> None:
    running = await desk.simulator.start_recording("demo", name="live")
    await submit(desk, f"recording delete {running}")
    told = await desk.told_one()
    assert f"Not done.* `{running}` is still being recorded: stop it first." in told.text
    assert [reads_back(desk, button) for button in buttons(told.reply)] == ["record stop"]
    assert await hours.planned(plans.DELETE) == ()
    await submit(desk, f"recording delete demo {running} nope")
    told = await desk.told_one()
    assert "will delete recording *a*" in told.text
    assert "stop it first. Not there: `nope`." in told.text
    assert len(buttons(told.reply)) == 3


async def test_deleted_by_hand_meanwhile_it_is_gone_already(hours: Hours, desk: Desk) -> None:
    await submit(desk, "recording delete demo")
    await submit(desk, "recording delete --now demo")
    await desk.told()
    await hours.pass_by(GRACE)
    assert await desk.told() == [], "that was what had been planned"
    says = await desk.now_says(":white_check_mark: <@U01ANA> will delete recording")
    assert "<@U01ANA> did it " in says.text
    assert buttons(says) == []


async def test_a_later_recording_of_the_same_id_stays(hours: Hours, desk: Desk) -> None:
    await submit(desk, "recording delete demo demo-1")
    await desk.openvidu.delete_recording("demo")
    hours.time.advance(10)
    assert await recorded(desk, "new") == "demo"
    assert "will be deleted" not in words(await desk.type("recording show demo"))
    await desk.told()
    await hours.pass_by(GRACE)
    assert await left(desk) == ["demo", "demo-2"]
    text = (await desk.told_one()).text
    assert "deleted recording *b*" in text
    assert "Recording `demo` is not there (any more)." in text


async def test_too_late_to_keep(hours: Hours, desk: Desk) -> None:
    moment = due(hours)
    await submit(desk, "recording delete demo")
    await hours.pass_by(GRACE)
    await desk.told()
    await desk.type("recording keep demo nope")
    text = (await desk.told_one()).text
    assert f"Too late: recording `demo` was deleted {moment}." in text
    assert "No deletion of `nope` is planned." in text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_keep_that_comes_second_is_told_so(
    hours: Hours, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(desk, "recording delete demo demo-1")
    await desk.told()
    real = later.call_off

    async def second(tx: Any, number: int, **more: Any) -> bool:
        assert await later.enter(tx, number, at=1)
        return await real(tx, number, **more)

    monkeypatch.setattr(later, "call_off", second)
    await desk.type("recording keep demo")
    assert "Too late: recording `demo` is being deleted now." in (await desk.told_one()).text
    assert await hours.planned(plans.DELETE) == (), "nothing is planned instead"


async def test_missed_it_is_told_with_a_button(hours: Hours, desk: Desk) -> None:
    await submit(desk, "recording delete demo demo-1 --reason old")
    await desk.told()
    await hours.pass_by(GRACE + 3600)
    told = await desk.told_one()
    assert "wanted to delete two recordings: `demo`, `demo-1` " in told.text
    (now,) = buttons(told.reply)
    assert now.label == "Delete these 2 now"
    asked = await form(desk, now.command)
    assert "Two recordings will be lost for good, at once" in asked.text
    assert len(await left(desk)) == 3


async def test_who_lost_the_right_meanwhile_deletes_nothing(hours: Hours, desk: Desk) -> None:
    await submit(desk, "recording delete demo")
    await desk.told()
    desk.door = replace(desk.door, admins=("U09OTHER",))
    await hours.pass_by(GRACE)
    assert "needs the role *operator*" in (await desk.told_one()).text
    assert len(await left(desk)) == 3


async def test_who_may_not_keeps_nothing(hours: Hours, desk: Desk) -> None:
    await submit(desk, "recording delete demo")
    await desk.type("bind demo")
    reply = await desk.type("recording keep demo", user=BEN)
    assert "needs the role *operator*, and yours here is *viewer*" in words(reply)
    assert len(await hours.planned(plans.DELETE)) == 1


async def test_killed_before_it_was_planned_that_is_told(
    hours: Hours, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(later, "add", end)
        with pytest.raises(Killed):
            await submit(desk, "recording delete demo")
    outcome = await started_again(desk)
    assert (outcome.outcome, outcome.answer) == (Outcome.FAILED, "looked: not planned")
    assert "nothing will be deleted" in (await desk.told_one()).text
    await hours.pass_by(GRACE)
    assert len(await left(desk)) == 3


async def test_killed_while_it_deletes_it_is_done_after_the_start(
    hours: Hours, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(desk, "recording delete demo demo-1")
    await desk.told()

    async def end(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.openvidu), "delete_recording", end)
        await hours.pass_by(GRACE)
    assert (await started_again(desk)).outcome is Outcome.FAILED
    assert "it was not done yet. It is done now." in (await desk.told_one()).text
    await hours.pass_by(0)
    assert await left(desk) == ["demo-2"]
    assert "deleted two recordings" in (await desk.told_one()).text


async def test_killed_while_several_are_kept_it_says_which(
    hours: Hours, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("demo", "demo-1"):
        await submit(desk, f"recording delete {each}")
    await desk.told()
    real = announced.keep
    calls: list[Any] = []

    async def once(*args: Any, **more: Any) -> bool:
        if calls:
            raise Killed
        calls.append(args)
        return await real(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(announced, "keep", once)
        with pytest.raises(Killed):
            await desk.type("recording keep demo demo-1")
    outcome = await started_again(desk)
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "looked: called off")
    text = (await desk.told_one()).text
    assert "called off the deletion of `demo`. Not called off: `demo-1`. Try again." in text


async def test_twenty_are_told_kept_and_deleted(hours: Hours, desk: Desk) -> None:
    ids = [await recorded(desk, f"{'lecture-' * 20}{number}") for number in range(20)]
    await submit(desk, f"recording delete {' '.join(ids)} --reason '{'old ' * 60}'")
    keep, _now = buttons((await desk.told_one()).reply)
    assert keep.label == "Keep these 20 recordings"
    await desk.type("recording list")
    await desk.type(f"recording keep {ids[0]}")
    assert "called off" in (await desk.told_one()).text
    await hours.pass_by(GRACE)
    assert await left(desk) == sorted(["demo", "demo-1", "demo-2", ids[0]])
