"""promote and demote: one step or a named role, the right person, and only who may."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.audit import Outcome, Phase
from ovbot.engine.recover import recover
from tests.commands.steps import fault
from tests.desk import BEN, TEAM, Desk, buttons, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, edition="pro", profile="2.32") as opened:
        yield opened


async def roles(desk: Desk) -> dict[str, str]:
    """Who has which role, by the real client."""
    found = await desk.openvidu.session("demo")
    return {each.client_data: each.role for each in found.connections}


async def test_one_step_up_and_down(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana Maria", role="SUBSCRIBER")
    for command, role, can in (
        ("promote", "publisher", "publish a camera or a screen"),
        ("promote", "moderator", "publish, and remove others from the session"),
        ("demote", "publisher", "publish a camera or a screen"),
        ("demote", "subscriber", "watch, and no longer publish"),
    ):
        await desk.type(f"{command} --session demo Ana Maria")
        assert (await desk.told_one()).text == (
            f":white_check_mark: <@U01ANA> made *Ana Maria* a *{role}* in session `demo`: "
            f"they can {can} now."
        )
        assert await roles(desk) == {"Ana Maria": role.upper()}
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.detail) == (Outcome.DONE, "subscriber: Ana Maria")


async def test_a_named_role_and_no_recording(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", role="SUBSCRIBER")
    await desk.type("promote demo Ana --to moderator --record off")
    told = await desk.told_one()
    assert "made *Ana* a *moderator*" in told.text
    assert "Their stream is not in individual recordings from now on." in told.text
    assert await roles(desk) == {"Ana": "MODERATOR"}


@pytest.mark.parametrize(
    ("text", "role", "outcome", "said"),
    [
        ("promote demo Ana", "MODERATOR", Outcome.ALREADY, "there is nothing above that"),
        ("demote demo Ana", "SUBSCRIBER", Outcome.ALREADY, "there is nothing below that"),
        ("promote demo Ana --to publisher", "PUBLISHER", Outcome.ALREADY, "is a publisher in"),
        ("promote demo Ana --to publisher", "MODERATOR", Outcome.REFUSED, "would demote them"),
        ("demote demo Ana --to publisher", "SUBSCRIBER", Outcome.REFUSED, "would promote them"),
    ],
)
async def test_never_in_the_other_direction(
    desk: Desk, text: str, role: str, outcome: Outcome, said: str
) -> None:
    desk.simulator.join("demo", client_data="Ana", role=role)
    await desk.type(text)
    assert said in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is outcome
    assert await roles(desk) == {"Ana": role}
    assert not [r for r in desk.simulator.app.asked() if r["operation"] == "patchConnection"]


async def test_of_two_of_a_name_the_one_is_chosen_by_a_button(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", role="SUBSCRIBER")
    desk.simulator.join("demo", client_data="Ana", role="SUBSCRIBER")
    await desk.type("promote demo Ana")
    asked = await desk.told_one()
    first, second = buttons(asked.reply)
    assert first.confirm is not None
    assert second.confirm is not None
    await desk.type(first.command)
    found = await desk.openvidu.session("demo")
    promoted = [c.connection_id for c in found.connections if c.role == "PUBLISHER"]
    assert promoted == [first.command.split()[-1]]


async def test_who_may_not_changes_nothing(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", role="SUBSCRIBER")
    reply = await desk.type("promote demo Ana", user=BEN)
    assert reply is not None
    assert "needs the role" in reply.text
    assert await roles(desk) == {"Ana": "SUBSCRIBER"}


async def test_an_ip_camera_has_no_other_role(desk: Desk) -> None:
    camera = await _camera(desk)
    await desk.type(f"demote demo {camera}")
    assert "is an IP camera" in (await desk.told_one()).text


async def _camera(desk: Desk) -> str:
    desk.simulator.join("demo", client_data="Ana")
    return (await desk.openvidu.add_camera("demo", "rtsp://cam.test/1")).connection_id


async def test_an_answer_that_got_lost_is_looked_up(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", role="SUBSCRIBER")
    await fault(desk, "patchConnection", "drop-after")
    await desk.type("promote demo Ana")
    assert "*Ana* is a publisher in session `demo`." in (await desk.told_one()).text
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "looked: PUBLISHER")
    await fault(desk, "patchConnection", "drop-before")
    await desk.type("promote demo Ana")
    assert "was not made a moderator. Try again." in (await desk.told_one()).text
    assert await roles(desk) == {"Ana": "PUBLISHER"}


async def test_community_says_that_it_takes_pro(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.32") as desk:
        desk.simulator.join("demo", client_data="Ana", role="SUBSCRIBER")
        await desk.type("promote demo Ana")
        assert "takes OpenVidu Pro" in (await desk.told_one()).text


async def test_a_server_that_is_too_old_says_so(tmp_path: Path) -> None:
    async with open_desk(tmp_path, edition="pro") as desk:
        desk.simulator.join("demo", client_data="Ana", role="SUBSCRIBER")
        await desk.type("promote demo Ana")
        assert "2.16" in (await desk.told_one()).text
        assert (await desk.audited())[-1].phase is Phase.OUTCOME
        assert await recover(desk.door, TEAM) == 0
