"""help, whoami, audit, and what is not understood."""

import pytest

from tests.desk import ANA, BEN, GENERAL, MODERATION, Desk, buttons, words


async def test_help_lists_what_i_may_and_names_what_i_may_not(desk: Desk) -> None:
    mine = words(await desk.type("help", user=BEN, channel=GENERAL))
    assert "`whoami`" in mine
    assert ", kick, " in mine
    assert "(moderator); " in mine
    assert "<@U01ANA>" in mine
    assert "Needs another role" not in words(await desk.type("help"))


async def test_help_begins_with_what_one_can_do_here(desk: Desk) -> None:
    await desk.type("bind demo")
    mine = words(await desk.type("help", user=BEN))
    assert mine.index("`show`") < mine.index("`whoami`") < mine.index("Needs another role")
    assert "It works in" not in mine


@pytest.mark.parametrize("typed", ["help", "show demo", "list"])
async def test_who_types_where_it_is_not_bound_is_told_where_it_works(
    desk: Desk, typed: str
) -> None:
    await desk.type("bind demo", channel=MODERATION)
    said = words(await desk.type(typed, user=BEN, channel=GENERAL))
    assert f"<#{MODERATION}>" not in said, "of a channel that they are not in"
    assert "ovbot's Home tab shows the sessions of your channels" in said
    desk.members.of[MODERATION] = {BEN}
    said = words(await desk.type(typed, user=BEN, channel=GENERAL))
    assert f"It works in <#{MODERATION}>, where you are: type `/openvidu` there." in said


async def test_nobody_is_asked_who_is_where_before_an_action_is_acknowledged(desk: Desk) -> None:
    desk.members.of[MODERATION] = {BEN}
    await desk.type("bind demo", channel=MODERATION)
    said = words(await desk.type("kick demo Ana", user=BEN, channel=GENERAL))
    assert "ovbot's Home tab" in said
    assert f"<#{MODERATION}>" not in said


@pytest.mark.parametrize("typed", ["help kick", "kick help", "HELP Kick"])
async def test_help_for_one_command(desk: Desk, typed: str) -> None:
    said = words(await desk.type(typed))
    usage = "kick [session] [participant] [reason…] [--match PATTERN] [--ban DURATION] [--dry-run]"
    assert f"`/openvidu {usage}`" in said


async def test_help_for_a_group(desk: Desk) -> None:
    said = words(await desk.type("help record"))
    assert "record start" in said
    assert "record stop" in said


async def test_unknown_verbs_are_echoed_with_the_nearest(desk: Desk) -> None:
    reply = await desk.type("kik Ana")
    assert "There is no command “kik”. Did you mean *kick*?" in words(reply)
    assert "usage" not in words(reply).lower()
    assert [b.command for b in buttons(reply)] == ["kick Ana", "help kick", "help"]
    hostile = words(await desk.type("<!channel> now"))
    assert "<!channel>" not in hostile


async def test_half_a_verb_names_the_rest(desk: Desk) -> None:
    assert "`/openvidu record start` or `/openvidu record stop`" in words(await desk.type("record"))


async def test_ten_thousand_characters_are_refused_in_words(desk: Desk) -> None:
    assert "Not understood" in words(await desk.type("kick " + "x" * 10_000))


async def test_whoami_says_why(desk: Desk) -> None:
    assert "*admin*, because you are named in OVBOT_ADMINS" in words(await desk.type("whoami"))
    stranger = words(await desk.type("whoami", user=BEN))
    assert "*none*" in stranger
    assert "Ask <@U01ANA>" in stranger
    await desk.type("bind demo")
    assert "*viewer*" in words(await desk.type("whoami", user=BEN))


async def test_audit_shows_who_did_what(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("kick --session demo Ana noisy")
    await desk.type("kick --session demo Ana", user=BEN)
    said = words(await desk.type("audit"))
    assert "<@U02BEN> *kick*" in said
    assert "*denied* (needs moderator, has none)" in said
    assert "intent → attempt → *done* (204)" in said
    assert "reason=`noisy`" in said
    only = words(await desk.type("audit --outcome denied"))
    assert f"<@{ANA}>" not in only
    only = words(await desk.type("audit --actor <@U02BEN|ben>"))
    assert f"<@{ANA}>" not in only


async def test_help_opens_the_form_for_who_may_use_it(desk: Desk) -> None:
    (button,) = buttons(await desk.type("help record start"))
    assert (button.label, button.command) == ("Form: Start recording", "record start ?")
    assert buttons(await desk.type("help record start", user=BEN)) == []


async def test_several_values_are_audited_as_they_are_written(desk: Desk) -> None:
    await desk.type("bind demo session recordings")
    assert (await desk.audited())[0].arguments["topics"] == "session, recordings"


async def test_an_actor_is_somebody(desk: Desk) -> None:
    for nobody in ("<@0>", "<@>", "<@C01GENERAL>", "ben"):
        assert "Not understood" in words(await desk.type(f"audit --actor '{nobody}'")), nobody


async def test_audit_is_for_admins(desk: Desk) -> None:
    assert "needs the role *admin*" in words(await desk.type("audit", user=BEN))
