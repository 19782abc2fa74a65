"""Usage, help and arguments of every command agree, and fit where they are shown."""

import pytest

from ovbot.domain.actor import Role
from ovbot.domain.markup import code, escape
from ovbot.engine.command import Action, AnyCommand, Guard
from ovbot.grammar.describe import USAGE_LIMIT, arguments, usage
from tests.conformance.commands import COMMANDS, each_command, fields_of
from tests.conformance.rendering import check_message
from tests.desk import ANA, BEN, GENERAL, Desk, buttons, words

pytestmark = pytest.mark.asyncio(loop_scope="module")
HELP_LIMIT = 100
SUMMARY_LIMIT = 70


async def test_every_command_of_the_package_is_here() -> None:
    assert {"show", "list", "kick", "record start", "bind"} <= {each.name for each in COMMANDS}


@each_command
async def test_usage_fits_a_line(command: AnyCommand) -> None:
    line = usage(command.name, command.args)
    assert len(line) <= USAGE_LIMIT
    assert not line.endswith("…"), "what is needed is cut off"
    for field in fields_of(command):
        if field.required:
            assert field.label in line


@each_command
async def test_what_is_hidden_is_written_by_ovbot_alone(command: AnyCommand) -> None:
    for field in fields_of(command):
        if field.hidden:
            assert not field.required
            assert f"--{field.key}" not in usage(command.name, command.args)
            assert field.name not in [each.name for each in arguments(command.args)]


@each_command
async def test_the_words_are_short_and_plain(command: AnyCommand) -> None:
    assert command.summary[:1].isupper()
    assert len(command.summary) <= SUMMARY_LIMIT
    for argument in arguments(command.args):
        assert 0 < len(argument.help) <= HELP_LIMIT, argument.name
        assert not argument.help.endswith("."), argument.name


@each_command
async def test_an_action_that_asks_tells_what_it_asks_about(command: AnyCommand) -> None:
    if isinstance(command, Action) and command.guard not in {Guard.NONE, Guard.CONFIRM}:
        assert command.consequences is not None
    if isinstance(command, Action):
        assert command.needs >= Role.MODERATOR or command.name == "ask"


@each_command
async def test_help_answers_and_agrees_with_the_arguments(
    quiet_desk: Desk, command: AnyCommand
) -> None:
    for user in (ANA, BEN):
        for name in (command.name, *command.aliases):
            before = await quiet_desk.type(f"help {name}", user=user, channel=GENERAL)
            behind = await quiet_desk.type(f"{name} help", user=user, channel=GENERAL)
            assert before is not None
            assert words(before) == words(behind)
            check_message(before)
            said = words(before)
            assert command.summary in said
            assert command.needs.word in said
            assert str(code(f"/openvidu {usage(command.name, command.args)}")) in said
            for argument in arguments(command.args):
                assert str(code(argument.written)) in said
                assert str(escape(argument.help)) in said


@each_command
async def test_the_help_of_all_names_it(quiet_desk: Desk, command: AnyCommand) -> None:
    for user in (ANA, BEN):
        assert command.name in words(await quiet_desk.type("help", user=user, channel=GENERAL))


@each_command
async def test_a_slip_of_the_finger_leads_to_help(quiet_desk: Desk, command: AnyCommand) -> None:
    reply = await quiet_desk.type(f"{command.name}qx", channel=GENERAL)
    assert reply is not None
    check_message(reply)
    assert "Not understood" in words(reply)
    assert any(button.command.startswith("help") for button in buttons(reply))
