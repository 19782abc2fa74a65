"""kick: the right person, once, with everybody told."""

import pytest

from ovbot.domain.audit import Outcome, Phase
from ovbot.engine.invocation import Source
from ovbot.store import last_lists
from tests.commands.steps import fault, form, submit, whom
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk, buttons, words


async def people(desk: Desk, session: str = "demo") -> list[str]:
    """The client data of everybody in the session, by the real client."""
    found = await desk.openvidu.session(session)
    return sorted(c.client_data for c in found.connections)


async def test_by_name_with_a_reason(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    desk.simulator.join("demo", client_data="Ben")
    assert await desk.type("kick --session demo Ana spamming the chat", channel=GENERAL) is None
    assert await people(desk) == ["Ben"]
    told = await desk.told_one()
    assert told.channel == GENERAL
    assert told.text == (
        ":white_check_mark: <@U01ANA> removed *Ana* from session `demo`. Reason: spamming the chat"
    )


async def test_the_audit_has_intent_attempt_and_outcome(desk: Desk) -> None:
    joined = desk.simulator.join("demo", client_data="Ana")
    await desk.type("kick --session demo Ana because")
    intent, attempt, outcome = await desk.audited()
    assert [e.phase for e in (intent, attempt, outcome)] == list(Phase)
    assert intent.actor == "U01ANA"
    assert intent.arguments == {"session": "demo", "participant": "Ana because"}
    assert (
        attempt.arguments
        == outcome.arguments
        == intent.arguments
        | {
            "participant": "Ana",
            "reason": "because",
        }
    )
    assert attempt.target == outcome.target == joined.connection_id
    assert (outcome.outcome, outcome.answer, outcome.detail) == (Outcome.DONE, "204", "Ana")


async def test_bound_channels_hear_of_it_once(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    await desk.type("bind demo*")
    await desk.told()
    await desk.type("kick --session demo Ana", channel=GENERAL)
    assert sorted(one.channel for one in await desk.told()) == [GENERAL, MODERATION]


async def test_a_number_means_the_last_list_that_i_saw(desk: Desk) -> None:
    for name in ("Ana", "Ben", "Cleo"):
        desk.simulator.join("demo", client_data=name)
    shown = await desk.type("show demo")
    second = [b for b in buttons(shown) if b.label.startswith("Kick")][1]
    connection = whom(second)
    # Somebody leaves, so that a count of the live list would hit another person.
    first = next(b for b in buttons(shown) if b.label.startswith("Kick"))
    desk.simulator.leave("demo", whom(first))
    await desk.type("kick 2")
    assert (await desk.audited())[-1].target == connection


async def test_a_form_says_who_a_number_is_and_in_which_session(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Tom")
    desk.simulator.join("demo", client_data="Tom")
    reply = await desk.type("show demo", channel=GENERAL)
    second = [whom(b) for b in buttons(reply) if b.label.startswith("Kick")][1]
    opened = {field.name: field for field in (await form(desk, "kick 2 ?", channel=GENERAL)).fields}
    assert opened["session"].values == ("demo",)
    assert opened["participant"].values == (second,)
    assert opened["participant"].labels == (f"Tom ({second})",)
    # In a channel that is bound to another session it says nothing of this one.
    await desk.type("bind other")
    opened = {field.name: field for field in (await form(desk, "kick 2 ?")).fields}
    assert opened["session"].values == ("other",)
    assert opened["participant"].values == ("2",)


@pytest.mark.parametrize("number", ["0", "3", "9" * 3_000])
async def test_a_number_that_nobody_has_stays_in_the_form_as_it_was_typed(
    desk: Desk, number: str
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("show demo", channel=GENERAL)
    opened = {f.name: f for f in (await form(desk, f"kick {number} ?", channel=GENERAL)).fields}
    assert opened["participant"].values == (number,)
    await desk.type(f"kick --session demo {number}", channel=GENERAL)
    told = await desk.told_one()
    assert told.text.startswith(":warning: *Not done.*"), told.text


async def test_a_form_names_nobody_while_openvidu_is_away(desk: Desk) -> None:
    tom = desk.simulator.join("demo", client_data="Tom")
    await desk.type("show demo", channel=GENERAL)
    await fault(desk, "getSession", "status", status=500, times=9)
    opened = {field.name: field for field in (await form(desk, "kick 1 ?", channel=GENERAL)).fields}
    assert opened["participant"].values == (tom.connection_id,)
    assert opened["participant"].labels == (tom.connection_id,)


async def test_a_number_whose_person_left_is_already_gone(desk: Desk) -> None:
    gone = desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    shown = await desk.type("show demo")
    kicks = [whom(b) for b in buttons(shown) if b.label.startswith("Kick")]
    number = 1 + kicks.index(gone.connection_id)
    desk.simulator.leave("demo", gone.connection_id)
    await desk.type(f"kick {number}")
    told = await desk.told_one()
    assert told.audience == "only_user"
    assert "has left session demo already" in told.text
    assert await people(desk) == ["Ben"]


async def test_a_number_without_a_list_is_refused(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    await desk.told()
    await desk.type("kick 1")
    assert "you have not seen a list of demo" in (await desk.told_one()).text
    assert await people(desk) == ["Ana"]


async def test_several_of_the_name_are_asked_about(desk: Desk) -> None:
    for name in ("Ana", "Ana", "Ben"):
        desk.simulator.join("demo", client_data=name)
    await desk.type("kick --session demo ana rude")
    told = await desk.told_one()
    offered = buttons(told.reply)
    assert "could be 2 people" in told.text
    assert await people(desk) == ["Ana", "Ana", "Ben"]
    await desk.type(offered[0].command, source=Source.BUTTON)
    assert await people(desk) == ["Ana", "Ben"]
    assert "Reason: rude" in (await desk.told())[-1].text


async def test_a_whole_name_wins_over_a_part(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana Maria")
    desk.simulator.join("demo", client_data="ANA")
    await desk.type("kick --session demo ana")
    assert await people(desk) == ["Ana Maria"]


@pytest.mark.parametrize("name", ["<!channel>", "<https://evil|click>", "*bold*", "عنا", "👩‍🚀"])
async def test_hostile_names_are_told_inert(desk: Desk, name: str) -> None:
    joined = desk.simulator.join("demo", client_data=name)
    await desk.type(f"kick --session demo {joined.connection_id}")
    text = (await desk.told_one()).text
    assert "<!channel>" not in text
    assert "<https" not in text
    assert "*∗bold∗*" in text or "bold" not in text


async def test_a_name_that_is_an_id_or_a_number_is_not_taken_for_one(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="1")
    victim = desk.simulator.join("demo", client_data="Ben")
    desk.simulator.join("demo", client_data=victim.connection_id)
    await desk.type(f"kick --session demo {victim.connection_id}")
    assert await people(desk) == ["1", victim.connection_id]


async def test_kicking_the_last_person_ends_the_session(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("kick --session demo Ana")
    assert "removed *Ana*" in (await desk.told_one()).text
    assert await desk.openvidu.sessions() == ()


async def test_dry_run_changes_nothing(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("kick --session demo Ana --dry-run")
    assert "Nothing was done" in (await desk.told_one()).text
    assert await people(desk) == ["Ana"]
    assert (await desk.audited())[-1].outcome is Outcome.DRY_RUN


async def test_an_id_with_slashes_and_dots_goes_nowhere_else(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("kick --session ../recordings/x con_1")
    assert (await desk.told_one()).audience == "only_user"
    assert await people(desk) == ["Ana"]


async def test_who_may_not_is_denied_and_audited(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    await desk.told()
    reply = await desk.type("kick Ana", user=BEN)
    assert "needs the role *moderator*, and yours here is *viewer*" in words(reply)
    assert "<@U01ANA>" in words(reply)
    assert await people(desk) == ["Ana"]
    (denial,) = await desk.audited()
    assert (denial.actor, denial.outcome) == (BEN, Outcome.DENIED)


async def test_a_button_gives_no_right(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    kick = next(b for b in buttons(await desk.type("show")) if b.label.startswith("Kick"))
    await desk.told()
    reply = await desk.type(kick.command, user=BEN, source=Source.BUTTON)
    assert "needs the role" in words(reply)
    assert await people(desk) == ["Ana"]


async def test_the_same_click_twice_is_one_action(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("kick --session demo Ana", interaction="same")
    reply = await desk.type("kick --session demo Ana", interaction="same")
    assert "received already and is not done twice; it ended as *done*" in words(reply)
    assert len(await desk.told()) == 1


async def test_a_button_shows_its_panel_anew(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    kick = next(b for b in buttons(await desk.type("show demo")) if b.label.startswith("Kick"))
    # As the panels of older messages have it: their buttons ask by themselves.
    panel = await desk.type(kick.command.removesuffix(" ?"), source=Source.BUTTON)
    assert "one participant" in words(panel)


async def test_a_cameras_password_reaches_neither_slack_nor_the_store(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.openvidu.add_camera("demo", "rtsp://admin:hunter2@cam.example:554/live")
    panel = await desk.type("show demo --streams")
    kick = next(b for b in buttons(panel) if b.label.startswith("Kick IP camera"))
    assert "hunter2" not in words(panel) + kick.command
    await submit(desk, kick.command.removesuffix(" ?"))
    assert "hunter2" not in (await desk.told_one()).text
    assert await people(desk) == ["Ana"]
    assert "hunter2" not in str(await desk.audited())
    async with desk.store.read() as tx:
        assert "hunter2" not in str(await last_lists.recall(tx, team=TEAM, user=ANA))
