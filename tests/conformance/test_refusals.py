"""What every command says of what it cannot read: a proper sentence as a reply and at a field."""

import re

import pytest

from ovbot.engine import sentences
from ovbot.engine.command import AnyCommand
from ovbot.engine.forms import FormProblems, command_text
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.layout import Field
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import of_values, parse
from tests.conformance.commands import REGISTRY, each_command, fields_of
from tests.conformance.rendering import check_message

PROPER = re.compile(r"[A-Z“].*[.?]", re.DOTALL)
FOREIGN = re.compile(
    r"None|\(\)|\('|pydantic|Input should|Value error|NoneType|[a-z]_[a-z]+ (is|are)"
)
ILL = (
    *(
        "",
        " ",
        "-1",
        "0",
        "1.5",
        "99999999999999999999",
        "a,b",
        "a b",
        "x" * 2_000,
        "none of these",
    ),
    *(
        "<!channel>",
        "*bold* `code`",
        "\u202egnp.exe",
        "rtsp://me:hunter2@h/x",
        "compos",
        "{}",
        "%s",
    ),
    "recordin",
)
TYPED = (
    *(
        "",
        "--x",
        "--sesion a",
        "--session",
        "--session a --session b",
        "--session= x",
        "a b c d e f",
    ),
    *(
        "--dry-run=yes",
        "--to a,,b",
        "--to",
        "--sort",
        "--no-match=x",
        "—x",
        '""',
        "<!channel> <!here>",
    ),
)


def ill_of(field: Field) -> tuple[str, ...]:
    """Only a setting's value is known to be a secret."""
    return (*ILL, "SECRET=hunter2") if field.note.kind is Kind.SETTING else ILL


def check(error: GrammarError, command: AnyCommand) -> None:
    for said in filter(None, (error.sentence, error.next_step)):
        assert PROPER.fullmatch(said), said
        assert not FOREIGN.search(said), said
        assert "hunter2" not in said
        assert "  " not in said
    check_message(sentences.grammar_error(error, command, "k7f3q9wd"))


@each_command
def test_a_wrong_value_is_refused_in_a_proper_sentence(command: AnyCommand) -> None:
    args: type[Args] = command.args
    for field in fields_of(command):
        for ill in ill_of(field):
            value: object = tuple(ill.split(",")) * 9 if field.plural else ill
            try:
                of_values(args, {field.name: value})
            except GrammarError as error:
                check(error, command)


@each_command
def test_what_cannot_be_read_is_refused_in_a_proper_sentence(command: AnyCommand) -> None:
    for typed in TYPED:
        try:
            parse(command.args, tokenize(typed))
        except GrammarError as error:
            check(error, command)


@each_command
def test_an_error_at_a_field_is_a_short_sentence_that_repeats_nothing(command: AnyCommand) -> None:
    for field in fields_of(command):
        for ill in ill_of(field):
            try:
                command_text(command, {field.name: (ill,)})
            except FormProblems as wrong:
                for name, said in wrong.sentences.items():
                    assert PROPER.fullmatch(said), (name, said)
                    assert not FOREIGN.search(said), (name, said)
                    assert len(said) <= 150, (name, said)
                    assert "hunter2" not in said
                    assert "<!" not in said


def test_a_list_that_is_too_long_is_told_as_it_was_typed() -> None:
    """And not as Python would write it."""
    with pytest.raises(GrammarError) as caught:
        parse(
            REGISTRY["recording delete"].args,
            tokenize(" ".join(f"r{number}" for number in range(300))),
        )
    assert "“r0 r1 r2 " in caught.value.sentence
