"""Canonical text: short where it can be, and always read back as the same arguments."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ovbot.grammar.args import Args
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import Context, parse
from ovbot.grammar.pieces import pieces
from tests.grammar.examples import (
    BindArgs,
    CreateArgs,
    EitherArgs,
    Event,
    KickArgs,
    OddArgs,
    SignalArgs,
)

CONTEXTS = (Context(), Context(True), Context(True, frozenset({"ana", "hello", "a", "daily"})))


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (KickArgs(participant="3"), "do 3"),
        (KickArgs(session="daily", participant="con_1"), "do --session daily con_1"),
        (KickArgs(participant="ana"), "do --no-session ana"),
        (KickArgs(participant="<@U1>"), "do <@U1>"),
        (
            KickArgs(session="s", participant="Ana Maria", reason="don't be rude", dry_run=True),
            'do --session s --dry-run "Ana Maria" don\'t be rude',
        ),
        (
            KickArgs(session="--x", participant="--", ban=timedelta(hours=26)),
            'do --session "--x" --ban 1d2h -- --',
        ),
        (KickArgs(participant="3", ban="perm"), "do --ban perm 3"),
        (EitherArgs(who="3", reason="reason: noise"), "do -- 3 reason: noise"),
        (EitherArgs(match="x*"), "do --match x*"),
        (EitherArgs(session="s", match="x*", reason="a"), "do --session s --no-who --match x* a"),
        (SignalArgs(session="s", text="to:me"), "do --session s -- to:me"),
        (SignalArgs(session="s", text='say "hi" now'), 'do --session s say "hi" now'),
        (SignalArgs(session="s", text='"hi"'), 'do --session s "&quot;hi&quot;"'),
        (SignalArgs(session="s", text=" two\nlines"), 'do --session s " two\nlines"'),
        (SignalArgs(session="s", text="a < b & c"), "do --session s a < b & c"),
        (SignalArgs(session="s", text="&lt;"), 'do --session s "&amp;lt;"'),
        (SignalArgs(session="s", text="x", to=("a", "b")), "do --session s --to a,b x"),
        (BindArgs(pattern="d*", events=(Event.SESSION,)), "do d* session"),
        (CreateArgs(), "do"),
        (
            CreateArgs(session="7", adaptive=False, people=5),
            "do --session 7 --people 5 --no-adaptive",
        ),
        (OddArgs(second="x"), "do --no-session one x"),
        (OddArgs(first=None, words=()), "do --no-first --no-words"),
        (OddArgs(words=("a", "c")), "do --no-session --no-second one a c"),
    ],
)
def test_canonical_text(args: Args, text: str) -> None:
    assert format_command("do", args) == text
    assert_reads_back(args)


def assert_reads_back(args: Args) -> None:
    tokens = tokenize(format_command("do", args))
    assert tokens[0].text == "do"
    for context in CONTEXTS:
        assert parse(type(args), tokens[1:], context) == args


def survives(text: str) -> bool:
    """Whether all of a text can be typed at all."""
    return len(pieces(text)) > 0 and "".join(each.text for each in pieces(_escaped(text))) == text


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


TRAPS = r"""
-- -x --dry-run —dry-run --to --no-session type:x session=a ses_A1 con_1 7 hello ana
<@U1> <https://a|b> <http://a|a> <#C1|x> &lt; &quot; < > |
" ' ’ „ "a b" 'a b' b" x:"a \ \" a\
"""
LOOK_ALIKES = st.sampled_from(TRAPS.split())
ANY = st.text(
    st.one_of(st.sampled_from("\"'“”„«»‘’—–- :=,<>&;|\\\n\u00a0\u200dab"), st.characters()),
    min_size=1,
    max_size=25,
)
TEXT = st.one_of(
    LOOK_ALIKES,
    st.lists(st.one_of(LOOK_ALIKES, ANY), min_size=1, max_size=4).map(" ".join),
    ANY,
).filter(survives)
ITEM = TEXT.filter(lambda text: "," not in text and text == text.strip())
DURATION = st.integers(0, 10**8).map(lambda seconds: timedelta(seconds=seconds))


@given(
    st.builds(
        KickArgs,
        session=st.none() | TEXT,
        participant=TEXT,
        reason=st.none() | TEXT,
        ban=st.none() | st.just("perm") | DURATION,
        dry_run=st.booleans(),
    )
)
def test_kick_reads_back(args: KickArgs) -> None:
    assert_reads_back(args)


@given(
    st.builds(
        SignalArgs,
        session=st.none() | TEXT,
        text=TEXT,
        to=st.lists(ITEM, max_size=3).map(tuple),
        type=TEXT,
    )
)
def test_signal_reads_back(args: SignalArgs) -> None:
    assert_reads_back(args)


@given(
    st.builds(
        OddArgs,
        first=st.none() | TEXT,
        session=st.none() | TEXT,
        second=st.none() | TEXT,
        words=st.lists(TEXT, max_size=3).map(tuple),
        note=st.none() | TEXT,
        sizes=st.lists(st.integers(-9, 9), max_size=3).map(tuple),
        no_record=st.booleans(),
    )
)
def test_odd_arguments_read_back(args: OddArgs) -> None:
    assert_reads_back(args)


@given(
    st.builds(
        CreateArgs,
        session=st.none() | TEXT,
        record=st.sampled_from(["manual", "always"]),
        people=st.none() | st.integers(1, 800),
        adaptive=st.booleans(),
        bind=st.booleans(),
    ),
    st.builds(BindArgs, pattern=TEXT, events=st.lists(st.sampled_from(Event)).map(tuple)),
)
def test_create_and_bind_read_back(create: CreateArgs, bind: BindArgs) -> None:
    assert_reads_back(create)
    assert_reads_back(bind)


@pytest.mark.parametrize("item", ["a,b", " a", "a ", ""])
def test_a_list_holds_only_what_can_be_written(item: str) -> None:
    with pytest.raises(ValidationError):
        SignalArgs(text="x", to=(item,))
