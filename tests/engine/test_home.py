"""What somebody may do in App Home: what they may in the channels that they are in, to look."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.audit import Outcome
from ovbot.domain.markup import Markup
from ovbot.domain.reply import Reply
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.ports import Lacking
from ovbot.grammar.args import Kind
from ovbot.subjects.overview import overview
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk, buttons, open_desk, words

CLEO = "U03CLEO"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        for session in ("demo", "exam-1", "exam-2", "secret"):
            opened.simulator.join(session, client_data="Lina", publish="camera")
        await opened.type("bind demo", channel=MODERATION)
        await opened.type("bind exam-*", channel=GENERAL)
        await opened.told()
        yield opened


async def at_home(desk: Desk, text: str, user: str = BEN) -> Reply | None:
    return await desk.type(text, user=user, channel=user, source=Source.HOME)


async def listed(desk: Desk, user: str = BEN) -> list[str]:
    found = buttons(await at_home(desk, "list", user))
    return sorted(b.label.removeprefix("Show ") for b in found if b.label.startswith("Show "))


async def test_the_sessions_of_all_my_channels_and_no_others(desk: Desk) -> None:
    desk.members.of = {MODERATION: {BEN}, GENERAL: {BEN, CLEO}}
    assert await listed(desk) == ["demo", "exam-1", "exam-2"]
    assert await listed(desk, CLEO) == ["exam-1", "exam-2"]
    assert await listed(desk, ANA) == ["demo", "exam-1", "exam-2", "secret"]
    assert "needs the role *viewer*" in words(await at_home(desk, "list", "U99"))


async def test_a_press_is_checked_anew(desk: Desk) -> None:
    desk.members.of = {MODERATION: {BEN}}
    found = buttons(await at_home(desk, "list"))
    show = next(b for b in found if b.label == "Show demo")
    assert "Session demo is live" in words(await at_home(desk, show.command))
    desk.members.of = {}
    said = words(await at_home(desk, show.command))
    assert "*Not allowed.* You may not use *show* for session `demo`" in said
    (ended,) = await desk.audited()
    assert (ended.outcome, ended.command) == (Outcome.DENIED, "show")


@pytest.mark.parametrize(
    "text", ["kick demo Lina", "record start demo", "close demo", "bind demo", "unbind demo"]
)
async def test_being_in_a_channel_makes_viewers_there(desk: Desk, text: str) -> None:
    desk.members.of = {MODERATION: {BEN}, GENERAL: {BEN}}
    for source in (Source.HOME, Source.BUTTON, Source.FORM):
        reply = await desk.type(text, user=BEN, channel=BEN, source=source)
        assert "*Not allowed.*" in words(reply)
        assert "being in a channel makes nobody more than a *viewer*" in words(reply)
    assert len(await desk.connections()) == 4


async def test_no_button_of_a_moderator_is_shown_to_a_viewer(desk: Desk) -> None:
    desk.members.of = {MODERATION: {BEN}}
    labels = [b.label for b in buttons(await at_home(desk, "show demo"))]
    assert labels == ["Recordings of demo", "Refresh demo"]


async def test_a_session_is_never_meant_by_itself(desk: Desk) -> None:
    """Home is no channel, also for who is in only one that is bound."""
    desk.members.of = {MODERATION: {BEN}}
    assert "say which one" in words(await at_home(desk, "show"))


async def test_elsewhere_the_channels_that_i_am_in_do_not_count(desk: Desk) -> None:
    desk.members.of = {MODERATION: {BEN}, GENERAL: {BEN}}
    said = words(await desk.type("show exam-1", user=BEN, channel=MODERATION))
    assert "You may not use *show* for session `exam-1`" in said
    said = words(await desk.type("show demo", user=BEN, channel="D02BEN"))
    assert "You may not use *show* for session `demo`" in said
    # Another person's Home is no place to ask from.
    said = words(await desk.type("show demo", user=CLEO, channel=BEN))
    assert "You may not use *show*" in said


async def test_a_form_of_home_offers_what_home_shows(desk: Desk) -> None:
    desk.members.of = {GENERAL: {BEN}}
    found = await desk.door.options(Actor(TEAM, BEN), BEN, "show", Kind.SESSION, "", None)
    assert sorted(option.value for option in found) == ["exam-1", "exam-2"]


async def test_home_says_why_and_what_it_could_not_find_out(desk: Desk) -> None:
    async def role(user: str) -> str:
        asked = Invocation(actor=Actor(TEAM, user), channel=user, text="", interaction="")
        context = await desk.door.context(asked, "home")
        return (
            f"{words(Reply(parts=tuple(await overview(context)), text=Markup('')))}{context.access}"
        )

    desk.members.of = {GENERAL: {BEN}}
    desk.members.lacking = (Lacking("x:read", "more of everything"),)
    said = await role(BEN)
    assert f"You are *viewer*: you are in <#{GENERAL}>, and members of a bound channel" in said
    assert "x:read" not in said
    assert "You are *none*" in await role(CLEO)
    assert "knows of no bound channel that you are in" in await role(CLEO)
    assert "Optional: the Slack scope `x:read` gives: more of everything." in await role(ANA)
    assert "Optional: the Slack scope `x:read` gives" in words(await desk.type("status"))
    desk.members.unknown = {MODERATION}
    assert "unknown=1" in await role(BEN)
