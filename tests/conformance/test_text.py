"""What a command's arguments are written as reads back as the same arguments, everywhere."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ovbot.domain.actor import Actor
from ovbot.engine.command import AnyCommand
from ovbot.engine.invocation import Invocation, Source
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import Context, of_values
from tests.conformance.commands import each_command, fields_of, read
from tests.conformance.values import args_of, shortest, taken, takes, without_rivals
from tests.desk import ANA, GENERAL, TEAM, Desk

CONTEXTS = (
    Context(),
    Context(session_optional=True),
    Context(session_optional=True, known_sessions=frozenset({"demo", "7", "Tom", "con_1", "*"})),
)


@each_command
def test_each_argument_takes_something(command: AnyCommand) -> None:
    for field in fields_of(command):
        assert taken(command, field)


@each_command
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_canonical_text_reads_back(command: AnyCommand, data: st.DataObject) -> None:
    args = data.draw(args_of(command))
    text = format_command(command.name, args)
    for context in CONTEXTS:
        found, again = read(text, context)
        assert found is command
        assert again == args
        assert format_command(command.name, again) == text


@pytest.mark.asyncio(loop_scope="module")
@each_command
async def test_words_that_ask_for_help_or_a_form_can_be_part_of_a_text(
    quiet_desk: Desk, command: AnyCommand
) -> None:
    """`kick Tom why ?` asks for the form; the form itself can be submitted with just that."""
    for field in fields_of(command):
        for said in ("?", "why ?", "help"):
            value = (said,) if field.plural else said
            if not field.flag and takes(command.args, field, value):
                others = without_rivals(command, shortest(command), field.name)
                args = of_values(command.args, {**others, field.name: value})
                text = format_command(command.name, args)
                asked = Invocation(
                    actor=Actor(TEAM, ANA),
                    channel=GENERAL,
                    text=text,
                    interaction=f"{text} {field.name}",
                    source=Source.FORM,
                )
                entered = await quiet_desk.door.enter(asked)
                assert entered.form is None, text
                assert entered.name == command.name, text
