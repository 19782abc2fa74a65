"""close --warn: announced to the channel and to the people in it, carried out at its time, and
called off by keep."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ovbot.clock import Clock
from ovbot.delivery.outbox.cards import Cards
from ovbot.domain.audit import Outcome
from ovbot.domain.markup import when
from ovbot.engine.invocation import Source
from ovbot.store import later
from tests.commands.later import Hours, open_hours
from tests.commands.steps import fault, form, killed, reads_back, started_again, submit
from tests.delivery.fake import START
from tests.delivery.test_cards import Channel
from tests.desk import ANA, BEN, GENERAL, MODERATION, Desk, buttons, words

DUE = START + 300_000
ANNOUNCE = "close --session demo --warn 5m --reason over"


@pytest.fixture
async def hours(tmp_path: Path) -> AsyncIterator[Hours]:
    async with open_hours(tmp_path) as opened:
        for name in ("Ana", "Ben"):
            opened.desk.simulator.join("demo", client_data=name)
        yield opened


@pytest.fixture
def desk(hours: Hours) -> Desk:
    return hours.desk


def signalled(desk: Desk) -> list[dict[str, Any]]:
    """The signals that OpenVidu was asked to send, their data read."""
    bodies = [one["body"] for one in desk.simulator.app.asked() if one["operation"] == "signal"]
    return [body | {"data": json.loads(body["data"])} for body in bodies]


async def sessions(desk: Desk) -> list[str]:
    return [each.session_id for each in await desk.openvidu.sessions()]


async def test_the_form_tells_when(desk: Desk) -> None:
    asked = await form(desk, "close demo --warn 5m --reason over")
    assert asked.text == (
        f"Session `demo` is closed 5 min after you submit this, {when(DUE)}. Its people "
        "(two people now) are told by a signal at once, and disconnected then."
    )
    fields = {field.name: field for field in asked.fields}
    assert list(fields) == ["session", "reason", "warn"], "--only is no field"
    assert fields["warn"].values == ("5m",)
    assert fields["warn"].told, "the sentence follows what is filled in"
    await desk.type("record start --session demo")
    assert "Its recording stops then and is kept" in (await form(desk, "close demo --warn 5m")).text


async def test_it_is_announced_and_then_done(hours: Hours, desk: Desk) -> None:
    await desk.type("bind demo", channel=GENERAL)
    await desk.told()
    await submit(desk, ANNOUNCE)
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, MODERATION]
    assert told[0].text == (
        f":white_check_mark: <@U01ANA> will close session `demo` (two people) in 5 min, "
        f"{when(DUE)}. The people in it were told by a signal. Reason: over"
    )
    keep, longer, now = buttons(told[0].reply)
    assert [keep.label, now.label] == ["Keep demo open", "Close demo now"]
    assert longer.label == "Extend demo by 10 min"
    offered = [reads_back(desk, button) for button in (keep, longer, now)]
    assert offered == ["keep", "extend", "close"]
    assert "two people will be disconnected at once" in (await form(desk, now.command)).text
    assert signalled(desk) == [
        {
            "session": "demo",
            "type": "ovbot:closing",
            "data": {"closesAt": DUE, "reason": "over"},
        }
    ]
    intent, attempt, outcome = await desk.audited()
    assert intent.arguments == {"session": "demo", "reason": "over", "warn": "PT5M"}
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "200")
    await hours.pass_by(299)
    assert await sessions(desk) == ["demo"]
    await hours.pass_by(1)
    assert await sessions(desk) == []
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, MODERATION]
    assert told[0].text == (
        ":white_check_mark: <@U01ANA> closed session `demo` (two people). Reason: over"
    )
    entries = await desk.audited()
    assert entries[0].arguments == {
        "session": "demo",
        "reason": "over",
        "only": attempt.target,
    }
    assert entries[0].interaction == "later:1"
    assert [entry.actor for entry in entries] == [ANA] * 3
    assert entries[-1].outcome is Outcome.DONE


async def test_typed_without_its_form_nothing_is_announced(hours: Hours, desk: Desk) -> None:
    await desk.type("close demo --warn 5m")
    assert await hours.planned("close") == ()
    assert signalled(desk) == []


@pytest.mark.parametrize("warn", ["29s", "25h", "soon"])
async def test_too_soon_and_too_late_are_refused(hours: Hours, desk: Desk, warn: str) -> None:
    reply = await submit(desk, f"close --session demo --warn {warn}")
    assert "Not understood" in words(reply)
    assert "--warn" in words(reply)
    assert await hours.planned("close") == ()


async def test_the_panel_and_the_card_say_when_and_by_whom(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    panel = await desk.type("show demo")
    assert f":hourglass_flowing_sand: Closes {when(DUE)} (<@U01ANA>)" in words(panel)
    assert "Keep demo open" in [button.label for button in buttons(panel)]
    await desk.type("bind demo")
    assert "Keep demo open" not in [b.label for b in buttons(await desk.type("show", user=BEN))]
    await desk.type("card demo")
    channel = Channel()
    await Cards(desk.store, "default", desk.openvidu, channel, clock_of(hours)).step()
    (card,) = channel.replies
    assert f":hourglass_flowing_sand: Closes {when(DUE)} (<@U01ANA>)" in words(card)
    assert "Keep demo open" in [button.label for button in buttons(card)]
    await desk.type("keep demo", source=Source.BUTTON)
    assert "Closes" not in words(await desk.type("show demo"))


def clock_of(hours: Hours) -> Clock:
    return hours.time


async def test_pressed_keep_shows_the_panel_anew(desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    shown = await desk.type("keep --session demo", source=Source.BUTTON, panel="show demo")
    assert "Session demo" in words(shown)
    assert "Closes" not in words(shown)


async def test_called_off_it_stays_open_and_everybody_hears_it(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE, channel=GENERAL)
    await desk.told()
    await hours.pass_by(60)
    await desk.type("keep --session demo")
    told = await desk.told_one()
    assert (told.channel, told.audience) == (MODERATION, "channel")
    assert told.text == (
        ":white_check_mark: <@U01ANA> called off the closing of session `demo` that <@U01ANA> had "
        f"announced for {when(DUE)}. It stays open."
    )
    assert signalled(desk)[-1]["data"] == {"closesAt": None, "reason": ""}
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer, outcome.session) == (
        Outcome.DONE,
        "called off",
        "demo",
    )
    await desk.type("keep --session demo")
    again = await desk.told_one()
    assert (
        "No change needed.* What <@U01ANA> had planned for session `demo` was called off"
        in again.text
    )
    await hours.pass_by(600)
    assert await sessions(desk) == ["demo"]
    assert await desk.told() == []


async def test_keep_without_anything_announced_says_so(desk: Desk) -> None:
    await desk.type("keep --session demo")
    assert (
        "No change needed.* No closing of session `demo` is announced."
        in (await desk.told_one()).text
    )


async def test_too_late_to_keep_it(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await hours.pass_by(300)
    await desk.told()
    await desk.type("keep --session demo")
    told = await desk.told_one()
    assert f"Too late: session `demo` was closed {when(DUE)}." in told.text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_keep_that_comes_second_is_told_so(
    hours: Hours, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(desk, ANNOUNCE)
    await desk.told()
    real = later.call_off

    async def second(tx: Any, number: int, **more: Any) -> bool:
        assert await later.enter(tx, number, at=DUE)
        return await real(tx, number, **more)

    monkeypatch.setattr(later, "call_off", second)
    await desk.type("keep --session demo")
    assert "Too late: session `demo` is being closed now." in (await desk.told_one()).text
    assert len(signalled(desk)) == 1, "nobody is told that it was called off"


async def test_missed_is_not_kept(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await desk.told()
    await hours.pass_by(3600)
    missed = await desk.told_one()
    assert f"<@U01ANA> wanted to close session `demo` {when(DUE)}" in missed.text
    (now,) = buttons(missed.reply)
    assert now.label == "Close demo now"
    asked = await form(desk, now.command)
    assert "two people will be disconnected at once" in asked.text
    assert {f.name: f.values for f in asked.fields}["reason"] == ("over",)
    await desk.type("keep --session demo")
    assert "was not done: ovbot was away" in (await desk.told_one()).text


async def test_a_second_announcement_replaces_the_first(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await desk.told()
    await hours.pass_by(60)
    replaces = f"This replaces the closing that <@U01ANA> announced for {when(DUE)}."
    assert replaces in (await form(desk, "close demo --warn 10m")).text
    await submit(desk, "close --session demo --warn 10m")
    assert replaces in (await desk.told_one()).text
    (plan,) = await hours.planned("close")
    assert plan.due_at == START + 660_000
    await hours.pass_by(599)
    assert await sessions(desk) == ["demo"]
    await hours.pass_by(1)
    assert await sessions(desk) == []


async def test_a_session_that_ended_meanwhile_is_already_closed(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    desk.simulator.close_session("demo")
    await desk.told()
    await hours.pass_by(300)
    told = await desk.told_one()
    assert (told.channel, told.audience) == (MODERATION, "only_user")
    assert "No change needed.* Session demo is closed already" in told.text


async def test_closed_by_hand_before_it_is_closed_once(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await submit(desk, "close --session demo")
    await desk.told()
    await hours.pass_by(300)
    assert await desk.told() == [], "closing it by hand was what had been announced"
    says = await desk.now_says(":white_check_mark: <@U01ANA> will close session `demo`")
    assert says.text.endswith(f"<@U01ANA> did it {when(START)}.")
    assert buttons(says) == []


async def test_a_later_session_of_the_same_id_is_left_alone(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    desk.simulator.close_session("demo")
    hours.time.advance(10)
    desk.simulator.join("demo", client_data="Cleo")
    await desk.told()
    assert "Closes" not in words(await desk.type("show demo"))
    await hours.pass_by(300)
    told = await desk.told_one()
    assert "No change needed.* The session demo that was to be closed has ended." in told.text
    assert await sessions(desk) == ["demo"]
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_an_empty_session_is_announced_all_the_same(hours: Hours, desk: Desk) -> None:
    desk.simulator.create_session("empty")
    await submit(desk, "close --session empty --warn 5m")
    assert "Nobody is in it who could be told." in (await desk.told_one()).text
    await hours.pass_by(300)
    assert await sessions(desk) == ["demo"]


@pytest.mark.parametrize(("kind", "status"), [("status", 500), ("status-after", 504)])
async def test_a_signal_that_fails_is_told_and_the_closing_stands(
    hours: Hours, desk: Desk, kind: str, status: int
) -> None:
    await fault(desk, "signal", kind, status=status)
    await submit(desk, ANNOUNCE)
    text = (await desk.told_one()).text
    assert "will close session `demo`" in text
    assert "The people in it could not be told: " in text
    assert len(await hours.planned("close")) == 1


async def test_a_session_that_goes_as_it_is_announced_is_not_planned(
    hours: Hours, desk: Desk
) -> None:
    await fault(desk, "signal", "status", status=404)
    await submit(desk, ANNOUNCE)
    assert "No change needed.* Session `demo` was closed already." in (await desk.told_one()).text
    assert await hours.planned("close") == ()


async def test_who_lost_the_right_meanwhile_closes_nothing(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await desk.told()
    desk.door = replace(desk.door, admins=("U09OTHER",))
    await hours.pass_by(300)
    told = await desk.told_one()
    assert told.audience == "only_user"
    assert "You may not use *close* for session `demo`: it needs the role *operator*" in told.text
    assert await sessions(desk) == ["demo"]


async def test_who_may_not_calls_nothing_off(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await desk.type("bind demo")
    reply = await desk.type("keep", user=BEN)
    assert "needs the role *operator*, and yours here is *viewer*" in words(reply)
    assert len(await hours.planned("close")) == 1


async def test_killed_while_it_announces_it_says_that_nothing_will_happen(
    hours: Hours, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed(desk, monkeypatch, "signal", ANNOUNCE, form=True)
    outcome = await started_again(desk)
    assert (outcome.outcome, outcome.answer) == (Outcome.FAILED, "looked: not planned")
    told = await desk.told_one()
    assert "it will not be closed by itself" in told.text
    (again,) = buttons(told.reply)
    assert reads_back(desk, again) == "close"
    await hours.pass_by(600)
    assert await sessions(desk) == ["demo"]


async def test_killed_after_it_was_called_off_that_is_told(
    hours: Hours, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(desk, ANNOUNCE)
    await desk.told()
    await killed(desk, monkeypatch, "signal", "keep --session demo")
    outcome = await started_again(desk)
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "looked: called off")
    assert "called off the closing of session `demo`" in (await desk.told_one()).text


async def test_it_can_be_explained_from_either_end(hours: Hours, desk: Desk) -> None:
    async def newest() -> str:
        return (await desk.audited())[0].ref

    async def told(ref: str) -> str:
        return words(await desk.type(f"explain {ref}"))

    at = when(DUE, seconds=True)
    planned = f"It planned to close session `demo` {at}: "
    await submit(desk, ANNOUNCE)
    first = await newest()
    assert f"{planned}that waits." in await told(first)
    await submit(desk, ANNOUNCE)
    second = await newest()
    assert f"{planned}that was called off by `{second}`." in await told(first)
    await hours.pass_by(300)
    closing = await newest()
    assert f"{planned}that was asked for as `{closing}`." in await told(second)
    assert f"It had been planned by `{second}`." in await told(closing)


async def test_refused_or_missed_that_is_explained(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    first = (await desk.audited())[0].ref
    door, desk.door = desk.door, replace(desk.door, admins=("U09OTHER",))
    await hours.pass_by(300)
    desk.door = door
    assert "that was refused." in words(await desk.type(f"explain {first}"))
    await submit(desk, ANNOUNCE)
    second = (await desk.audited())[0].ref
    await hours.pass_by(3600)
    assert "ovbot was away then, and it was not done." in words(
        await desk.type(f"explain {second}")
    )


async def test_a_card_forgets_what_ended_without_closing(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await desk.type("card demo")
    channel = Channel()
    cards = Cards(desk.store, "default", desk.openvidu, channel, clock_of(hours))
    await cards.step()
    assert "Closes" in words(channel.replies[-1])
    desk.door = replace(desk.door, admins=("U09OTHER",))
    await hours.pass_by(300)
    assert await cards.step() == 0, "it is shown anew"
    assert "Closes" not in words(channel.replies[-1])


@pytest.mark.parametrize("operation", ["getSession", "closeSession"])
@pytest.mark.parametrize("status", [400, 403, 500, 503, 504])
async def test_what_meets_passing_trouble_is_tried_again_until_it_is_done(
    hours: Hours, desk: Desk, operation: str, status: int
) -> None:
    await submit(desk, ANNOUNCE)
    await desk.told()
    await fault(desk, operation, "status", status=status, times=99)
    await hours.pass_by(300)
    card = await desk.type("show demo") if operation == "closeSession" else None
    assert card is None or "Closes" in words(card), "it is still to be done"
    for _ in range(60):
        await hours.pass_by(1)
    (told,) = await desk.told()
    assert told.audience == "only_user"
    assert "ovbot could not close session `demo` yet and keeps trying." in told.text
    desk.simulator.faults.clear()
    await hours.pass_by(60)
    assert await sessions(desk) == []
    (done,) = await desk.told()
    assert "closed session `demo` (two people). Reason: over" in done.text
    assert "until OpenVidu did it." in done.text
    assert await hours.planned("close") == ()


async def test_what_meets_trouble_can_be_called_off(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await fault(desk, "closeSession", "status", status=503, times=4)
    await hours.pass_by(300)
    await desk.type("keep demo")
    assert "called off the closing of session `demo`" in (await desk.told())[-1].text
    await hours.pass_by(120)
    assert await sessions(desk) == ["demo"]


async def test_the_trouble_is_over_with_the_session(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    await fault(desk, "closeSession", "status", status=503, times=99)
    await hours.pass_by(300)
    desk.simulator.close_session("demo")
    await hours.pass_by(60)
    assert await hours.planned("close") == ()
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_hostile_words_are_told_inert(hours: Hours, desk: Desk) -> None:
    await submit(desk, 'close --session demo --warn 5m --reason "<!channel> *x* <https://e|x>"')
    text = (await desk.told_one()).text
    assert "<!channel" not in text
    assert "<https" not in text
    assert signalled(desk)[0]["data"]["reason"] == "<!channel> *x* https://e"
    await hours.pass_by(300)
    text = (await desk.told_one()).text
    assert "closed session `demo`" in text
    assert "<!channel" not in text


async def test_it_is_put_off_by_a_button_of_its_announcement(hours: Hours, desk: Desk) -> None:
    await submit(desk, ANNOUNCE)
    _keep, longer, _now = buttons((await desk.told_one()).reply)
    await desk.type(longer.command, source=Source.BUTTON)
    told = await desk.told_one()
    assert told.text == (
        ":white_check_mark: <@U01ANA> put off the closing of session `demo` by 10 min. "
        f"It will be closed {when(DUE + 600_000)}."
    )
    assert buttons(told.reply) == [], "its buttons stand at the announcement alone"
    said = await desk.now_says(":white_check_mark: <@U01ANA> will close session `demo`")
    assert f"Put off by <@U01ANA>: it will be closed {when(DUE + 600_000)}." in words(said)
    assert [b.label for b in buttons(said)] == [
        "Keep demo open",
        "Extend demo by 10 min",
        "Close demo now",
    ]
    assert signalled(desk)[-1]["data"] == {"closesAt": DUE + 600_000, "reason": "over"}
    await hours.pass_by(301)
    assert await sessions(desk) == ["demo"]
    await hours.pass_by(600)
    assert await sessions(desk) == []


@pytest.mark.parametrize(
    "typed", ["extend demo 10m", "snooze demo 10m", "extend --session demo 10m"]
)
async def test_it_is_put_off_by_what_is_typed_and_called_off_after_all(
    hours: Hours, desk: Desk, typed: str
) -> None:
    await submit(desk, ANNOUNCE)
    keep, longer, _now = buttons((await desk.told_one()).reply)
    await desk.type(typed, channel=GENERAL)
    (plan,) = await hours.planned("close")
    assert plan.due_at == DUE + 600_000
    await desk.type(keep.command)
    assert await hours.planned("close") == ()
    await desk.told()
    await desk.type(longer.command)
    assert "called off already" in (await desk.told_one()).text
    assert await hours.planned("close") == ()


async def test_nothing_is_put_off_that_is_not_announced_or_for_too_long(
    hours: Hours, desk: Desk
) -> None:
    await desk.type("extend demo 10m")
    assert "No closing of session `demo` is announced" in (await desk.told_one()).text
    await submit(desk, ANNOUNCE)
    await desk.told()
    await desk.type("extend demo 24h")
    assert "at most 24 hours from now" in (await desk.told_one()).text
    (plan,) = await hours.planned("close")
    assert plan.due_at == DUE


async def test_killed_after_it_was_put_off_that_is_told(
    hours: Hours, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submit(desk, ANNOUNCE)
    await desk.told()
    await killed(desk, monkeypatch, "signal", "extend --session demo 10m")
    assert (await started_again(desk)).outcome is Outcome.DONE
    (plan,) = await hours.planned("close")
    assert plan.due_at == DUE + 600_000
    assert "put off the closing of session `demo`. It will be" in (await desk.told_one()).text
