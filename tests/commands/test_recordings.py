"""recording list, recording show and recording delete."""

import asyncio
import re
from pathlib import Path

import pytest

from ovbot.domain.actor import Role
from ovbot.domain.audit import Outcome
from ovbot.engine.access import Access
from ovbot.sandbox.openvidu.state import stuck
from ovbot.slack import present
from tests.commands.steps import fault, form, killed, reads_back, started_again, submit
from tests.desk import BEN, GENERAL, MODERATION, Desk, buttons, open_desk, words


async def recorded(desk: Desk, session: str = "demo", *, name: str = "") -> str:
    """A finished recording; returns its id."""
    if session not in {each.session_id for each in await desk.openvidu.sessions()}:
        desk.simulator.join(session, client_data="Ana", publish="camera")
    recording = await desk.simulator.start_recording(session, name=name)
    await desk.simulator.stop_recording(recording)
    return recording


async def left(desk: Desk) -> list[str]:
    return sorted(recording.id for recording in await desk.openvidu.recordings())


async def test_each_line_of_the_list_leads_to_its_recording(desk: Desk) -> None:
    await recorded(desk, name="lecture")
    await recorded(desk, name="seminar")
    *listed, find, again = buttons(await desk.type("recording list --session demo"))
    assert (find.label, find.command) == ("Find recordings", "recording list --session demo ?")
    assert again.command == "recording list --session demo"
    assert sorted(button.command for button in listed) == [
        "recording show demo",
        "recording show demo-1",
    ]
    assert [reads_back(desk, button) for button in listed] == ["recording show"] * 2
    assert "Show recording demo" in [button.label for button in listed]


async def test_since_leaves_out_what_is_older(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await recorded(desk, name="old")
    (old,) = await desk.openvidu.recordings()
    day = 86_400_000
    monkeypatch.setattr(
        type(desk.door.powers.clock), "now_ms", lambda _clock: old.created_at + 7 * day
    )
    assert "one recording" in words(await desk.type("recording list --since 7d"))
    assert "no recordings that match" in words(await desk.type("recording list --since 6d23h"))
    assert "Not understood" in words(await desk.type("recording list --since yesterday"))


async def test_show_tells_all_about_one(desk: Desk) -> None:
    await recorded(desk, name="lecture")
    said = words(await desk.type("recording show demo"))
    assert "The recording *lecture* of session `demo`: :white_check_mark: ready." in said
    assert "Content: sound and picture" in said
    assert "Files: one file for all" in said
    assert "Picture: 1920x1080" in said
    assert " MB" in said or " kB" in said
    assert "http" not in said


async def test_show_offers_what_fits(desk: Desk) -> None:
    await recorded(desk, name="lecture")
    offered = buttons(await desk.type("recording show demo"))
    assert [button.label for button in offered] == ["Refresh lecture", "Delete lecture"]
    assert re.fullmatch(r"recording delete --only demo_\d+ demo \?", offered[1].command)
    assert "lost for good" in (await form(desk, offered[1].command)).text
    running = await desk.simulator.start_recording("demo", name="live")
    offered = buttons(await desk.type(f"recording show {running}"))
    assert [button.label for button in offered] == ["Stop recording demo-1", "Refresh live"]
    assert offered[0].confirm is not None
    assert {reads_back(desk, button) for button in offered} == {"record stop", "recording show"}
    assert "Length: not known yet" in words(await desk.type(f"recording show {running}"))


async def test_members_see_theirs_without_buttons_to_act(desk: Desk) -> None:
    await recorded(desk, name="lecture")
    await recorded(desk, "other")
    await desk.type("bind demo")
    offered = buttons(await desk.type("recording show demo", user=BEN))
    assert [button.label for button in offered] == ["Refresh lecture"]
    hidden = words(await desk.type("recording show other", user=BEN))
    missing = words(await desk.type("recording show nope", user=BEN))
    assert "There is no recording “other” that you may see here" in hidden
    assert hidden.split("Reference")[0].replace("other", "nope") == missing.split("Reference")[0]
    assert "needs the role" in words(
        await desk.type("recording show demo", user=BEN, channel=GENERAL)
    )


async def test_a_failed_recording_is_told_so(desk: Desk) -> None:
    desk.simulator.join("demo", publish="camera")
    recording = await desk.simulator.start_recording("demo")
    world = desk.simulator.world
    stuck.force(world, world.recordings.items[recording], "failed")
    assert ":x: failed" in words(await desk.type(f"recording show {recording}"))


async def test_recording_switched_off_is_told(tmp_path: Path) -> None:
    async with open_desk(tmp_path, recording=False) as desk:
        for text in ("recording list", "recording show demo"):
            assert "Recording is switched off" in words(await desk.type(text))
        await submit(desk, "recording delete --now demo")
        assert "Recording is switched off" in (await desk.told_one()).text
        assert (await desk.audited())[-1].answer == "501 recording_show.recording_disabled"


async def test_an_id_with_slashes_and_dots_goes_nowhere_else(desk: Desk) -> None:
    for text in ("recording show ../sessions/x", "recording delete a/b", "recording delete .."):
        assert "Not understood" in words(await desk.type(text))


async def test_the_form_names_what_is_lost(desk: Desk) -> None:
    await recorded(desk, name="lecture")
    await recorded(desk, name="seminar")
    one = await form(desk, "recording delete --now demo")
    assert one.text.startswith(
        "One recording will be lost for good, at once: *lecture* (`demo`, session `demo`, "
    )
    assert "kB, " in one.text or "MB, " in one.text
    both = await form(desk, "recording delete --now demo demo-1 nope --reason old ?")
    assert both.text.startswith("Two recordings will be lost for good, at once: *lecture*")
    assert both.text.endswith("Not there: `nope`.")
    assert {field.name: field.values for field in both.fields} == {
        "recordings": ("demo", "demo-1", "nope"),
        "reason": ("old",),
        "now": ("yes",),
    }
    assert await left(desk) == ["demo", "demo-1"]


async def test_submitted_it_is_deleted_and_told(desk: Desk) -> None:
    await recorded(desk, name="lecture")
    await desk.type("bind demo")
    await desk.told()
    text = 'recording delete --now demo --reason "the consent was withdrawn"'
    await submit(desk, text, channel=GENERAL)
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, MODERATION]
    assert told[0].text.startswith(
        ":white_check_mark: <@U01ANA> deleted recording *lecture* (`demo`, session `demo`, "
    )
    assert told[0].text.endswith(". Reason: the consent was withdrawn")
    assert await left(desk) == []
    _intent, attempt, outcome = await desk.audited()
    assert (attempt.session, attempt.target, attempt.detail) == ("demo", "demo", "lecture")
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "204")


async def test_typed_it_deletes_nothing(desk: Desk) -> None:
    await recorded(desk)
    await desk.type("recording delete --now demo")
    assert await left(desk) == ["demo"]


async def test_several_are_told_each_in_one_outcome(desk: Desk) -> None:
    for name in ("a", "b"):
        await recorded(desk, name=name)
    running = await desk.simulator.start_recording("demo", name="live")
    await submit(desk, f"recording delete --now demo demo-1 {running} nope demo")
    told = await desk.told_one()
    assert told.audience == "channel"
    assert "deleted two recordings: *a* (`demo`" in told.text
    assert f"`{running}` is still being recorded: stop it first." in told.text
    assert "Recording `nope` is not there (any more)." in told.text
    assert told.text.endswith("Reason: none given.")
    (stop,) = buttons(told.reply)
    assert (stop.label, stop.command) == (
        f"Stop recording {running}",
        f"record stop --session {running}",
    )
    assert stop.confirm is not None
    assert await left(desk) == [running]
    outcome = (await desk.audited())[-1]
    assert outcome.outcome is Outcome.DONE
    assert outcome.answer == "204, 409 recording_delete.running"
    await desk.type(stop.command)
    await submit(desk, f"recording delete --now {running}")
    assert await left(desk) == []


async def test_what_is_running_must_be_stopped_first(desk: Desk) -> None:
    desk.simulator.join("demo", publish="camera")
    running = await desk.simulator.start_recording("demo")
    await submit(desk, f"recording delete --now {running}")
    told = await desk.told_one()
    assert "Not done.* `demo` is still being recorded: stop it first." in told.text
    assert told.audience == "only_user"
    assert "Reason" not in told.text
    assert [reads_back(desk, button) for button in buttons(told.reply)] == ["record stop"]
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (
        Outcome.REFUSED,
        "409 recording_delete.running",
    )


async def test_what_is_not_there_is_deleted_already(desk: Desk) -> None:
    await submit(desk, "recording delete --now nope")
    assert "There is no recording nope: deleted already, or never there." in (
        (await desk.told_one()).text
    )
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_404_is_deleted_already(desk: Desk) -> None:
    await recorded(desk)
    await fault(desk, "deleteRecording", "status", status=404)
    await submit(desk, "recording delete --now demo")
    assert "Recording `demo` is not there (any more)." in (await desk.told_one()).text
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (
        Outcome.ALREADY,
        "404 recording_delete.no_recording",
    )


async def test_one_that_fails_does_not_hide_the_others(desk: Desk) -> None:
    for name in ("a", "b"):
        await recorded(desk, name=name)
    await fault(desk, "deleteRecording", "html", status=403)
    await submit(desk, "recording delete --now demo demo-1")
    told = await desk.told_one()
    assert "deleted recording *b*" in told.text
    assert "keeps the bot out (403). Nothing was done." in told.text
    assert await left(desk) == ["demo"]
    assert (await desk.audited())[-1].outcome is Outcome.DONE


async def test_a_refusal_by_the_proxy_is_a_failure(desk: Desk) -> None:
    await recorded(desk)
    await fault(desk, "deleteRecording", "html", status=403)
    await submit(desk, "recording delete --now demo")
    assert (await desk.audited())[-1].answer == "403 recording_delete.forbidden"
    assert (await desk.audited())[-1].outcome is Outcome.FAILED


async def test_accepted_but_still_there_is_a_failure(desk: Desk) -> None:
    await recorded(desk)
    await fault(desk, "deleteRecording", "status", status=204)
    await submit(desk, "recording delete --now demo")
    assert "OpenVidu accepted to delete `demo`, but it is there." in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.FAILED


async def test_a_new_recording_with_the_same_id_is_another_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded(desk, name="old")
    real = type(desk.openvidu).delete_recording

    async def used_again(*args: object) -> None:
        await real(*args)  # type: ignore[arg-type]
        desk.simulator.clock.advance(1)
        await recorded(desk, name="new")

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.openvidu), "delete_recording", used_again)
        await submit(desk, "recording delete --now demo")
    assert "deleted recording *old*" in (await desk.told_one()).text
    assert await left(desk) == ["demo"]


async def test_a_lost_answer_is_looked_up(desk: Desk) -> None:
    await recorded(desk)
    await fault(desk, "deleteRecording", "status-after", status=504)
    await submit(desk, "recording delete --now demo")
    assert "deleted recording" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.DONE


async def test_what_cannot_be_looked_up_is_not_known(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded(desk)
    real = type(desk.openvidu).delete_recording

    async def lost(*args: object) -> None:
        await fault(desk, "deleteRecording", "status", status=504, times=5)
        await fault(desk, "getRecording", "status", status=500, times=20)
        await real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(type(desk.openvidu), "delete_recording", lost)
    await submit(desk, "recording delete --now demo")
    told = await desk.told_one()
    assert "Not known yet" in told.text
    assert "Look at the recording before trying again." in told.text
    assert (await desk.audited())[-1].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("gone", "outcome"), [(0, Outcome.FAILED), (1, Outcome.DONE), (2, Outcome.DONE)]
)
async def test_after_a_crash_the_truth_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, gone: int, outcome: Outcome
) -> None:
    ids = [await recorded(desk, name=name) for name in ("a", "b")]
    text = f"recording delete --now {ids[0]} {ids[1]} --reason old"
    await killed(desk, monkeypatch, "delete_recording", text, form=True)
    for each in ids[:gone]:
        await desk.openvidu.delete_recording(each)
    assert (await started_again(desk)).outcome is outcome
    told = (await desk.told_one()).text
    assert ("Not there any more: `demo`" in told and "Reason: old" in told) is (gone > 0)
    assert (f"Still there: {'`demo`, ' if gone == 0 else ''}`demo-1`." in told) is (gone < 2)


async def test_after_a_crash_a_later_recording_is_not_taken_for_the_old_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded(desk, name="old")
    await killed(desk, monkeypatch, "delete_recording", "recording delete --now demo", form=True)
    await desk.openvidu.delete_recording("demo")
    await asyncio.sleep(0.01)
    await recorded(desk, name="new")
    assert (await started_again(desk)).outcome is Outcome.DONE


async def test_what_is_out_of_scope_is_not_there_and_not_deleted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await recorded(desk, "demo")
    await recorded(desk, "other")
    roles = {"demo": Role.OPERATOR, "third": Role.VIEWER}
    monkeypatch.setattr(Access, "on", lambda _access, session: roles.get(session, Role.NONE))
    monkeypatch.setattr(Access, "here", property(lambda _access: Role.OPERATOR))
    monkeypatch.setattr(Access, "most", property(lambda _access: Role.OPERATOR))
    await submit(desk, "recording delete --now demo other", user=BEN)
    told = await desk.told_one()
    assert "deleted recording *demo*" in told.text
    assert "Recording `other` is not there (any more)." in told.text
    await recorded(desk, "third")
    await submit(desk, "recording delete --now third", user=BEN)
    assert "needs the role *operator*, and yours here is *viewer*" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.DENIED
    assert await left(desk) == ["other", "third"]


async def test_who_may_not_gets_no_form(desk: Desk) -> None:
    await recorded(desk)
    await desk.type("bind demo")
    for reply in (
        await desk.type("recording delete --now demo", user=BEN),
        await submit(desk, "recording delete --now demo", user=BEN),
    ):
        assert "needs the role *operator*, and yours here is *viewer*" in words(reply)
        assert (await desk.audited())[-1].outcome is Outcome.DENIED
    assert await left(desk) == ["demo"]


@pytest.mark.parametrize("name", ["<!channel>", "*bold*", "`code`"])
async def test_hostile_names_are_told_inert(tmp_path: Path, name: str) -> None:
    async with open_desk(tmp_path, profile="2.15") as desk:  # which takes any name
        await recorded(desk, name=name)
        said: list[str] = []
        for question in ("recording list", "recording show demo"):
            reply = await desk.type(question)
            assert reply is not None
            said.append(repr(present.message(reply)))
        said.append((await form(desk, "recording delete --now demo")).text)
        await submit(desk, 'recording delete --now demo --reason "<!here> *x*"')
        said.append((await desk.told_one()).text)
        for text in said:
            assert "<!" not in text.replace("<!date", "")
            assert "**bold" not in text
            assert "``" not in text
        assert "∗x∗" in said[-1]


async def test_many_are_told_with_their_reason(desk: Desk) -> None:
    ids = [await recorded(desk, name=f"{'lecture-' * 20}{number}") for number in range(20)]
    await submit(desk, f"recording delete --now {' '.join(ids)} --reason '{'old ' * 60}'")
    told = await desk.told_one()
    assert "deleted 20 recordings: *lecture-" in told.text
    assert all(f"`{each}`" in told.text for each in ids)
    assert len(told.text) < 3000
    assert (await desk.audited())[-1].detail.endswith(" and 12 more")
    assert await left(desk) == []


async def test_too_many_at_once_are_refused(desk: Desk) -> None:
    said = words(
        await submit(desk, "recording delete --now " + " ".join(f"r{n}" for n in range(21)))
    )
    assert "Not understood" in said
