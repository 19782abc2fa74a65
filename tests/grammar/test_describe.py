"""Usage lines, argument help, did-you-mean, and Args classes that are refused."""

from typing import Annotated

import pytest
from pydantic import create_model

from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.describe import USAGE_LIMIT, arguments, suggest, usage
from tests.grammar.examples import BindArgs, CreateArgs, KickArgs, SignalArgs


@pytest.mark.parametrize(
    ("name", "args", "line"),
    [
        ("kick", KickArgs, "kick [session] <participant> [reason…] [--ban DURATION] [--dry-run]"),
        ("signal", SignalArgs, "signal [session] <text…> [--to PARTICIPANT,…] [--type TOPIC]"),
        ("bind", BindArgs, "bind <pattern> [events…]"),
        (
            "create",
            CreateArgs,
            (
                "create [session] [--record manual|always] [--layout WORD] [--people COUNT] "
                "[--no-adaptive] [--bind]"
            ),
        ),
    ],
)
def test_usage(name: str, args: type[Args], line: str) -> None:
    assert usage(name, args) == line


def test_a_long_usage_line_names_no_options() -> None:
    class LongArgs(KickArgs):
        must: Annotated[int, Opt(Kind.COUNT, "Needed")]
        another_option_of_some_length: Annotated[str | None, Opt(Kind.TEXT, "x")] = None
        still_another_option_of_length: Annotated[str | None, Opt(Kind.TEXT, "x")] = None

    line = "kick [session] <participant> [reason…] --must COUNT […options]"
    assert usage("kick", LongArgs) == line
    assert len(usage("k" * 200, LongArgs)) == USAGE_LIMIT


def test_arguments_tell_all_of_each() -> None:
    session, participant, *_ = arguments(KickArgs)
    assert (session.name, session.written, session.required) == ("session", "[session]", False)
    assert (participant.written, participant.required) == ("<participant>", True)
    assert participant.help.startswith("Their number")
    record = arguments(CreateArgs)[1]
    assert (record.written, record.choices) == ("[--record manual|always]", ("manual", "always"))
    assert record.kind is Kind.WORD
    assert arguments(BindArgs)[1].choices == ("session", "participants", "recordings")
    # A choice beside free values is no list to choose from.
    assert arguments(KickArgs)[3].choices == ()


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("kik", "kick"),
        ("KICK", "kick"),
        ("kcik", "kick"),
        ("lsit", "list"),
        ("sya", "say"),
        ("rec", "record start"),
        ("recrd start", "record start"),
        ("unpublsh", "unpublish"),
        ("z", None),
        ("", None),
        ("banana", None),
        ("x" * 5_000, None),
    ],
)
def test_did_you_mean(word: str, meant: str | None) -> None:
    assert suggest(word, ["kick", "list", "say", "record start", "unpublish", "show"]) == meant
    assert suggest(word, []) is None


def test_arguments_that_could_not_be_typed_are_refused() -> None:
    rest = Annotated[str, Arg(Kind.TEXT, "x", rest=True)]
    word = Annotated[str, Arg(Kind.WORD, "x")]
    session = Annotated[str, Arg(Kind.SESSION, "x")]
    key = Annotated[str, Opt(Kind.WORD, "x")]
    broken: list[dict[str, object]] = [
        {"a": rest, "b": word},
        {"a": str},
        {"a": session, "session": key},
        {"a": key, "b": Annotated[str, Opt(Kind.WORD, "x", aliases=("--a",))]},
        {"a": Annotated[tuple[str, ...], Arg(Kind.WORD, "x")]},
        {"a": Annotated[bool, Arg(Kind.FLAG, "x")]},
        {"a": (Annotated[bool | None, Opt(Kind.FLAG, "x")], True)},
    ]
    for fields in broken:
        made = create_model("Broken", __base__=Args, **fields)  # type: ignore[call-overload]
        with pytest.raises(TypeError, match="Broken"):
            usage("x", made)
