"""kick --match: those whom the form has named, and nobody else, however it goes for each."""

import asyncio

import pytest

from ovbot.domain.audit import Outcome
from ovbot.engine.invocation import Source
from ovbot.openvidu.errors import Unreachable
from ovbot.slack import modal
from ovbot.subjects.bulk import MOST
from tests.commands.steps import fault, form, killed, reads_back, started_again, submit
from tests.desk import BEN, GENERAL, Desk, buttons, words


async def people(desk: Desk, session: str = "demo") -> list[str]:
    found = await desk.openvidu.session(session)
    return sorted(c.client_data for c in found.connections)


def asked_to_disconnect(desk: Desk) -> int:
    return sum(each["operation"] == "disconnect" for each in desk.simulator.app.asked())


async def test_the_form_names_them_and_only_they_are_removed(desk: Desk) -> None:
    for name in ("Spam-1", "SPAM-2", "Ana", "nospam"):
        desk.simulator.join("demo", client_data=name)
    await desk.openvidu.add_camera("demo", "rtsp://cam.test/1", data="spam-cam")
    shown = await form(desk, "kick demo --match spam-* --reason raid")
    assert shown.text == (
        "2 of the 4 people in session `demo` are removed at once: *Spam-1*, *SPAM-2*. They can "
        "come back if your application lets them in. People who join after this aren't affected."
    )
    assert asked_to_disconnect(desk) == 0
    await submit(desk, "kick --session demo --match spam-* --reason raid", after=shown)
    told = await desk.told_one()
    assert told.audience == "channel"
    assert told.text == (
        ":white_check_mark: <@U01ANA> removed two people from session `demo`: *Spam-1*, *SPAM-2*. "
        "Reason: raid"
    )
    assert [c.client_data for c in await desk.connections() if not c.is_ip_camera] == [
        "Ana",
        "nospam",
    ]
    assert len(await desk.connections()) == 3
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "204")
    assert sorted(outcome.target.split()) == sorted(shown.confirmed_ids or ())
    assert outcome.arguments["match"] == "spam-*"


async def test_who_joins_while_the_form_is_open_stays_and_is_told_of(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="spam 1")
    desk.simulator.join("demo", client_data="Ana")
    shown = await form(desk, "kick demo --match spam*")
    desk.simulator.join("demo", client_data="spam 2")
    await submit(desk, "kick --session demo --match spam*", after=shown)
    told = await desk.told_one()
    assert "One person fits whom the form had not named: they were left alone." in told.text
    assert await people(desk) == ["Ana", "spam 2"]
    (again,) = buttons(told.reply)
    assert again.label == "Kick one person"
    assert reads_back(desk, again) == "kick"
    anew = await form(desk, again.command)
    await submit(desk, again.command.removesuffix(" ?"), after=anew)
    assert await people(desk) == ["Ana"]


async def test_a_form_that_named_nobody_removes_nobody(desk: Desk) -> None:
    """It was filled in by hand and submitted before ovbot could tell whom it means."""
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    for after in (None, await form(desk, "kick demo ?")):
        await submit(desk, "kick --session demo --match *", after=after)
        told = await desk.told_one()
        assert told.audience == "only_user"
        assert "Two people fit “∗” in session demo, and the form had named none" in told.text
        assert (await desk.audited())[-1].outcome is Outcome.REFUSED
        assert buttons(told.reply)[0].command.endswith(" ?")
    assert asked_to_disconnect(desk) == 0


async def test_who_was_named_and_has_left_is_not_replaced_by_another(desk: Desk) -> None:
    named = desk.simulator.join("demo", client_data="spam")
    desk.simulator.join("demo", client_data="Ana")
    shown = await form(desk, "kick demo --match spam")
    desk.simulator.leave("demo", named.connection_id)
    await submit(desk, "kick --session demo --match spam", after=shown)
    assert "Nobody in session demo has a name that fits “spam”" in (await desk.told_one()).text
    desk.simulator.join("demo", client_data="spam")
    await submit(desk, "kick --session demo --match spam", after=shown)
    assert "the form had named none of them" in (await desk.told_one()).text
    assert await people(desk) == ["Ana", "spam"]


async def test_a_star_is_everybody_and_says_so(desk: Desk) -> None:
    for name in ("Ana", "Ana", "Ben"):
        desk.simulator.join("demo", client_data=name)
    shown = await form(desk, "kick --session demo --match *")
    assert shown.text.startswith(
        "All 3 people in session `demo` are removed at once: *Ana* (2 times), *Ben*."
    )
    await submit(desk, "kick --session demo --match *", after=shown)
    assert "removed three people from session `demo`" in (await desk.told_one()).text
    assert await desk.openvidu.sessions() == ()


async def test_a_dry_run_names_them_without_a_form(desk: Desk) -> None:
    for number in range(40):
        desk.simulator.join("demo", client_data=f"Spam {number:02}")
    await desk.type("kick demo --match spam* --dry-run")
    told = await desk.told_one()
    assert "All 40 people in session `demo`" in told.text
    assert "*Spam 00*" in told.text
    assert "and 25 more. They can come back" in told.text
    assert told.text.endswith("Nothing was done.")
    assert (await desk.audited())[-1].outcome is Outcome.DRY_RUN
    assert asked_to_disconnect(desk) == 0


async def test_a_participant_and_a_glob_do_not_go_together(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    reply = await desk.type("kick demo Ana --match A*")
    assert "--match stands in the place of the participant" in words(reply)
    assert "Usage: `/openvidu kick" in words(reply)
    assert await people(desk) == ["Ana"]


async def test_neither_of_them_opens_the_form(desk: Desk) -> None:
    shown = await form(desk, "kick")
    assert [f.label for f in shown.fields if f.required and not f.values] == ["Session"]
    assert {field.name for field in shown.fields} >= {"participant", "match", "reason"}
    matching = await form(desk, "kick --match x")
    assert {f.name: f.values for f in matching.fields}["match"] == ("x",)


async def test_more_than_can_be_removed_at_once(desk: Desk) -> None:
    for number in range(MOST + 1):
        desk.simulator.join("demo", client_data=f"guest {number}")
    shown = await form(desk, "kick demo --match guest*")
    assert f"{MOST + 1} people in session demo fit “guest∗”, and at most {MOST}" in shown.text
    assert shown.confirmed_ids is None
    await submit(desk, "kick --session demo --match guest*", after=shown)
    told = await desk.told_one()
    assert "nobody was" in told.text
    assert [b.label for b in buttons(told.reply)] == ["Close demo"]
    assert asked_to_disconnect(desk) == 0


async def test_as_many_as_can_be_removed_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MOST):
        desk.simulator.join("demo", client_data=f"<!here> & *guest* {number}" + "&" * 60)
    desk.simulator.join("demo", client_data="Ana")
    shown = await form(desk, "kick demo --match *guest*")
    view = modal.view(shown, GENERAL)
    assert len(view["private_metadata"]) < 3000
    at_once, most = 0, 0
    real = type(desk.openvidu).disconnect

    async def counted(*args: str) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        await real(*args)  # type: ignore[arg-type]
        at_once -= 1

    monkeypatch.setattr(type(desk.openvidu), "disconnect", counted)
    await submit(desk, "kick --session demo --match *guest*", after=shown)
    assert f"removed {MOST} people" in (await desk.told_one()).text
    assert await people(desk) == ["Ana"]
    assert 1 < most <= 4


async def test_each_ending_is_told(desk: Desk) -> None:
    for name in ("spam 1", "spam 2", "spam 3", "Ana"):
        desk.simulator.join("demo", client_data=name)
    shown = await form(desk, "kick demo --match spam*")
    gone = next(c for c in await desk.connections() if c.client_data == "spam 3")
    await fault(desk, "disconnect", "html", status=403)
    real = type(desk.openvidu).session
    left = False

    async def leaves_after_the_look(*args: str) -> object:
        nonlocal left
        found = await real(*args)  # type: ignore[arg-type]
        if not left:
            left = True
            desk.simulator.leave("demo", gone.connection_id)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(desk.openvidu), "session", leaves_after_the_look)
        await submit(desk, "kick --session demo --match spam*", after=shown)
    told = await desk.told_one()
    assert "removed one person from session `demo`: *spam 2*." in told.text
    assert "Gone from session `demo` already: *spam 3*." in told.text
    assert "Not removed: *spam 1*." in told.text
    assert "403" in (await desk.audited())[-1].answer
    assert [b.label for b in buttons(told.reply)] == ["Kick one person"]
    assert await people(desk) == ["Ana", "spam 1"]


async def test_once_openvidu_is_silent_nobody_else_is_begun_with(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        desk.simulator.join("demo", client_data=f"spam {number}")
    shown = await form(desk, "kick demo --match spam*")
    await fault(desk, "disconnect", "status", status=504, times=100)
    real, looks = type(desk.openvidu).session, 0

    async def away_after_the_first_look(*args: str) -> object:
        nonlocal looks
        looks += 1
        if looks > 1:
            raise Unreachable("OpenVidu does not answer.")
        return await real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.openvidu), "session", away_after_the_first_look)
        await submit(desk, "kick --session demo --match spam*", after=shown)
    told = await desk.told_one()
    assert (await desk.audited())[-1].outcome is Outcome.UNKNOWN
    assert "Not known whether removed: " in told.text
    assert "Not tried after that: " in told.text
    assert 1 <= asked_to_disconnect(desk) <= 4
    assert [b.label for b in buttons(told.reply)] == ["Kick 12 people"]


async def test_a_lost_answer_is_looked_at(desk: Desk) -> None:
    for number in range(3):
        desk.simulator.join("demo", client_data=f"spam {number}")
    desk.simulator.join("demo", client_data="Ana")
    shown = await form(desk, "kick demo --match spam*")
    await fault(desk, "disconnect", "status-after", status=504, times=3)
    await submit(desk, "kick --session demo --match spam*", after=shown)
    assert "removed three people" in (await desk.told_one()).text
    assert asked_to_disconnect(desk) == 3


async def test_after_a_crash_those_who_are_gone_are_told_from_those_who_stay(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = desk.simulator.join("demo", client_data="spam 1")
    for name in ("spam 2", "Ana"):
        desk.simulator.join("demo", client_data=name)
    shown = await form(desk, "kick demo --match spam*")
    text = "kick --session demo --match spam* --reason raid"
    await killed(desk, monkeypatch, "disconnect", text, after=shown)
    desk.simulator.leave("demo", first.connection_id)
    outcome = await started_again(desk)
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "looked: 1 gone")
    told = await desk.told_one()
    assert "Of two people (spam 1, spam 2) one is not in session `demo` any more." in told.text
    assert "One of them stayed." in told.text
    assert told.text.endswith("is not known. Reason: raid")


async def test_after_a_crash_where_nobody_is_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("spam 1", "spam 2"):
        desk.simulator.join("demo", client_data=name)
    shown = await form(desk, "kick demo --match spam*")
    await killed(desk, monkeypatch, "disconnect", "kick --session demo --match spam*", after=shown)
    assert (await started_again(desk)).outcome is Outcome.FAILED
    assert "nobody was removed" in (await desk.told_one()).text


async def test_in_a_channel_of_several_sessions_each_is_asked_about_by_its_form(desk: Desk) -> None:
    for session in ("exam-1", "exam-2"):
        desk.simulator.join(session, client_data="spam")
    await desk.type("bind exam-*")
    await desk.told()
    await submit(desk, "kick --match spam")
    told = await desk.told_one()
    assert [b.label for b in buttons(told.reply)] == ["In exam-1", "In exam-2"]
    shown = await form(desk, buttons(told.reply)[1].command)
    assert "in session `exam-2`" in shown.text


async def test_who_may_not_is_denied_and_sees_no_names(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="spam")
    await desk.type("bind demo")
    await desk.told()
    for source in (Source.TYPED, Source.FORM):
        reply = await desk.type("kick --match spam", user=BEN, source=source)
        assert "needs the role *moderator*" in words(reply)
        assert (await desk.audited())[-1].outcome is Outcome.DENIED
    assert await people(desk) == ["spam"]
