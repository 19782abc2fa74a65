"""What a dialog asks before something is done: to whom, by name, where, and what follows."""

import pytest
from msgspec.structs import replace

from ovbot.domain.reply import Button, Confirm
from ovbot.engine.invocation import Source
from ovbot.subjects import people
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
    kick = await form(desk, panel["Kick Ana…"].command)
    assert kick.text == (
        "*Ana* is removed from session `demo` at once. They can come back if your application lets "
        "them in."
    )
    unpublish = await form(desk, panel["Unpublish Ana…"].command)
    assert unpublish.text == (
        "The *camera of Ana* ends in session `demo`. They stay, and can turn it back on themselves."
    )
    assert "con_" not in f"{kick.text} {unpublish.text}"


async def test_who_sends_two_streams_can_have_each_ended(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    (ana,) = (await desk.openvidu.session("demo")).connections
    (camera,) = ana.publishers
    shown = replace(camera.media_options, type_of_video="SCREEN")
    screen = replace(camera, stream_id="str_SCR_1", media_options=shown)
    both = replace(ana, publishers=(camera, screen))
    endings = [b for b in people.menu(both, "demo", "Ana") if b.label.startswith("Unpublish")]
    assert [b.label for b in endings] == ["Unpublish camera of Ana…", "Unpublish screen of Ana…"]
    assert [b.command.split()[3] for b in endings] == ["--stream", "--stream"]
    assert (
        "The *camera of Ana* ends in session `demo`." in (await form(desk, endings[0].command)).text
    )
    many = replace(ana, publishers=(camera, screen, replace(camera, stream_id="str_CAM_2")))
    (any_of_them,) = (b for b in people.menu(many, "demo", "Ana") if b.label[0] == "U")
    assert any_of_them.label == "Unpublish Ana…", "its form asks which"


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
