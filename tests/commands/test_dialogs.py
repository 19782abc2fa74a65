"""What a dialog asks before something is done: to whom, by name, where, and what follows."""

import pytest

from ovbot.domain.reply import Button, Confirm
from ovbot.engine.invocation import Source
from tests.commands.steps import form, reads_back
from tests.desk import Desk, buttons


def asked(button: Button) -> Confirm:
    """What the dialog of a button says; no id stands in it."""
    assert button.confirm is not None, button.label
    assert "con_" not in f"{button.confirm.title} {button.confirm.text}"
    return button.confirm


async def offered(desk: Desk, typed: str) -> list[Button]:
    await desk.told()
    await desk.type(typed)
    return buttons((await desk.told_one()).reply)


async def test_in_a_panel(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    panel = {button.label: button for button in buttons(await desk.type("show demo"))}
    kick, unpublish = panel["Kick Ana"], panel["Unpublish Ana"]
    assert asked(kick).title == "Kick Ana?"
    assert asked(kick).text == (
        "Ana is removed from session demo at once. They can come back if your application lets "
        "them in."
    )
    assert asked(unpublish).title == "Unpublish Ana?"
    assert "session demo; they stay" in asked(unpublish).text


@pytest.mark.parametrize(
    ("verb", "follows"),
    [
        ("kick {}", "They're removed from session demo at once. They can come back if"),
        ("kick {} --ban 1h", "at once, and again whenever they join, for 1 h."),
        ("kick {} --ban perm", "at once, and again whenever they join, for good."),
        ("unpublish {}", "Their stream ends in session demo; they stay."),
    ],
)
async def test_which_of_two_of_one_name(desk: Desk, verb: str, follows: str) -> None:
    for publish in ("camera", "screen"):
        desk.simulator.join("demo", client_data="Max", publish=publish)
    choices = await offered(desk, f"{verb.format('Max')} --session demo")
    assert len(choices) == 2
    for choice in choices:
        assert asked(choice).title == f"{choice.label}?"
        assert "Max (" in asked(choice).title, "what tells them apart"
        assert follows in asked(choice).text
        reads_back(desk, choice)


async def test_which_session(desk: Desk) -> None:
    for session in ("demo-1", "demo-2"):
        desk.simulator.join(session, client_data="Ana")
    await desk.type("bind demo-*")
    choices = await offered(desk, "record stop")
    assert [asked(one).title for one in choices] == [
        f"Stop recording: {one.label}?" for one in choices
    ]
    assert "The recording of session demo-1 ends here" in asked(choices[0]).text


async def test_after_a_kick_they_can_be_invited_back(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    (back,) = await offered(desk, "kick --session demo Ana")
    assert back.label == "Invite Ana back"
    shown = await form(desk, back.command)
    assert shown.command == "invite"
    assert {f.name: f.values for f in shown.fields}["session"] == ("demo",)


async def test_after_a_ban_it_can_be_lifted_too(desk: Desk) -> None:
    for name in ("Ana", "Ben"):
        desk.simulator.join("demo", client_data=name)
    lift, back = await offered(desk, "kick --session demo Ana --ban 1h")
    assert [lift.label, back.label] == ["Lift ban of Ana", "Invite Ana back"]
    told = ":white_check_mark: <@U01ANA> removed *Ana*"
    await desk.type(lift.command, source=Source.BUTTON)
    assert [b.label for b in buttons(await desk.now_says(told))] == ["Invite Ana back"]


async def test_nobody_invites_a_camera_back(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("camera --session demo rtsp://cam.test/1 --name Door", source=Source.FORM)
    assert await offered(desk, "kick --session demo Door") == []
