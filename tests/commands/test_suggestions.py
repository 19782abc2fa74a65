"""What somebody means who does not know the commands, or mistypes them: offered, and never run."""

import pytest

from ovbot.domain.reply import Reply
from tests.commands.steps import form, reads_back
from tests.desk import ANA, BEN, GENERAL, Desk, buttons, words


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
        ("kick Ana --ban 5min", ["kick Ana --ban 5m"]),
        ("kick Ana --ban 5 minutes", ["kick Ana --ban 5m"]),
        ("kick Ana --ban=1.5h", ["kick Ana --ban=1h30m"]),
        ("kick Ana --ban forever", ["kick Ana --ban perm"]),
        ("close --warn 10", ["close --warn 10m"]),
        ("close --warn 1 hour", ["close --warn 1h"]),
        ("record start --mode composd", ["record start --mode composed"]),
        ("record start mode:indivdual", ["record start mode:individual"]),
        (f"invite <@{BEN}> --role publischer", [f"invite <@{BEN}> --role publisher"]),
        ("bind demo sesion recodings", ["bind demo session recordings"]),
        ("list --sort poeple", ["list --sort people"]),
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


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("show dmeo", "show --session demo"),
        ("kick dmeo Ana", "kick --session demo Ana"),
        ("record start demmo", "record start --session demo"),
        ("signal dmeo all hello", "signal --session demo"),
        ("recording show lecture-1~", "recording show lecture-1"),
    ],
)
async def test_what_is_there_is_offered_where_something_alike_was_named(
    desk: Desk, said: str, offered: str
) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    desk.simulator.join("lecture-1", client_data="Ben", publish="camera")
    await desk.simulator.start_recording("lecture-1", name="x")
    reply = await desk.type(said, channel=GENERAL)
    reply = reply or (await desk.told_one()).reply
    (button, *_others) = buttons(reply)
    assert button.command.startswith(offered), buttons(reply)
    assert "Did you mean" in reply.text
    assert len(await desk.connections()) == 2


async def test_nothing_is_offered_that_is_far_from_it_or_not_to_be_seen(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("secret-room", client_data="Ben")
    await desk.type("bind demo")
    await desk.told()
    for said, user in (("show zzz", ANA), ("show secret-roon", BEN)):
        reply = await desk.type(said, user=user)
        assert "Did you mean" not in words(reply)
        assert "secret-room" not in words(reply)


@pytest.mark.parametrize(
    ("said", "offered"),
    [
        ("kick Anna", "Ana"),
        ("kick anna too loud", "Ana"),
        ("unpublish Bne", "Ben"),
        ("kick Anna: spam", "Ana"),
    ],
)
async def test_somebody_of_nearly_that_name_is_offered_and_left_alone(
    bound: Desk, said: str, offered: str
) -> None:
    await bound.type(said)
    told = await bound.told_one()
    (button, *_others) = buttons(told.reply)
    assert button.label.endswith(offered)
    assert button.confirm is not None
    assert len(await bound.connections()) == 2
    reads_back(bound, button)
    if "loud" in said or "spam" in said:
        await bound.type(button.command)
        assert said.split()[-1] in (await bound.told_one()).text


async def test_a_form_says_what_may_have_been_meant(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    assert "Did you mean `demo`?" in (await form(desk, "close dmeo")).text
