"""What somebody means who does not know the commands, or mistypes them: offered, and never run."""

import pytest

from ovbot.domain.reply import Reply
from tests.commands.steps import form, reads_back
from tests.desk import ANA, BEN, Desk, buttons, words


async def typed(desk: Desk, text: str, *, user: str = ANA) -> Reply:
    """The answer; nobody else is told of anything."""
    reply = await desk.type(text, user=user)
    assert reply is not None
    assert await desk.told() == []
    return reply


@pytest.fixture
async def bound(desk: Desk) -> Desk:
    for name in ("Ana", "Ben"):
        desk.simulator.join("demo", client_data=name, publish="camera")
    await desk.type("bind demo")
    await desk.told()
    return desk


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("remove Ana", ["kick Ana"]),
        ("boot Ana too loud", ["kick Ana too loud"]),
        ("eject Ana", ["kick Ana"]),
        ("BAN Ana", ["kick Ana --ban 1h"]),
        ("mute Ana", ["unpublish Ana"]),
        ("who", ["show"]),
        ("people", ["show"]),
        ("participants demo", ["show demo"]),
        ("stop", ["record stop", "close"]),
        ("stop demo", ["record stop demo", "close demo"]),
        ("kik Ana too loud", ["kick Ana too loud"]),
        ("recrod start", ["record start"]),
        ("shwo demo", ["show demo"]),
        ("kick Ana --dryrun", ["kick Ana --dry-run"]),
        ('kick "Ana" --bann=1h', ['kick "Ana" --ban=1h']),
    ],
)
async def test_the_command_that_is_meant_is_offered_whole_and_not_run(
    bound: Desk, said: str, offered: list[str]
) -> None:
    reply = await typed(bound, said)
    assert "Not understood" in reply.text
    commands = [b for b in buttons(reply) if not b.command.startswith("help")]
    assert [b.command.removesuffix(" ?") for b in commands] == offered
    for button in commands:
        reads_back(bound, button)
    assert len(await bound.connections()) == 2


async def test_what_is_pressed_does_it(bound: Desk) -> None:
    (kick, _help) = buttons(await typed(bound, "ban Ana"))
    assert kick.confirm is not None
    assert kick.confirm.title == "Kick Ana --ban 1h?"
    assert "again whenever they join, for 1 h" in kick.confirm.text
    await bound.type(kick.command)
    assert "removed *Ana* from session `demo` and banned them" in (await bound.told_one()).text


async def test_mute_says_what_the_nearest_does(bound: Desk) -> None:
    said = words(await typed(bound, "mute Ana"))
    assert "Did you mean `/openvidu unpublish`? OpenVidu can't mute anybody." in said
    assert "can turn it back on themselves" in said


async def test_stop_opens_the_form_of_close(bound: Desk) -> None:
    close = next(b for b in buttons(await typed(bound, "stop")) if b.command.startswith("close"))
    await bound.type(close.command)
    assert await bound.openvidu.sessions() != ()


async def test_nothing_is_offered_that_the_person_may_not_do(bound: Desk) -> None:
    for said in ("remove Ana", "kik Ana", "stop"):
        reply = await typed(bound, said, user=BEN)
        assert all(b.command.startswith("help") for b in buttons(reply))


async def test_no_button_holds_a_secret(bound: Desk) -> None:
    reply = await typed(bound, "camara rtsp://u:s3cret@cam.test/1")
    assert "s3cret" not in repr(buttons(reply))
    camera = next(b for b in buttons(reply) if b.command.startswith("camera"))
    assert (await form(bound, camera.command)).command == "camera"


async def test_what_is_hostile_is_only_echoed(bound: Desk) -> None:
    reply = await typed(bound, "remove <!channel> *Ana*")
    assert "<!channel>" not in words(reply)
    assert await typed(bound, "remove " + "x" * 5000) is not None
