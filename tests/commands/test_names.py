"""Whoever is typed on a phone is found, however their browser wrote their name."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ovbot.commands.kick import KickArgs
from ovbot.domain.actor import Actor
from ovbot.domain.names import folded
from ovbot.grammar.args import Kind
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import Context, parse
from ovbot.openvidu import Connection
from ovbot.openvidu.participants import display_name
from ovbot.subjects.names import by_name, read_name
from tests.commands.test_kick import people
from tests.desk import ANA, GENERAL, TEAM, Desk, buttons, words

CODES = {"🎉": ":tada:", "👋": ":wave:", "🚀": ":rocket:"}
HARD = [
    ("O'Neil", "O’Neil"),
    ("O’Neil", "O'Neil"),
    ("josé", "Jose\u0301"),
    ("jose", "José"),
    (":tada: Party", "🎉 Party"),
    (":wave::skin-tone-3: Ana", "👋🏼 Ana"),
    ("R&amp;D team", "R&D team"),
    ("&lt;b&gt; Ana", "<b> Ana"),
    ("<@U01ANA|ana>", "@ana"),
    ("<@U01ANA|ana>", "Ana"),
    ("<#C01GENERAL|general>", "#general"),
    ("ANA–MARIA", "Ana-Maria"),
    ("ليلى", "ليلى"),
]


@pytest.mark.parametrize(("typed", "name"), HARD)
async def test_kick_finds_them(desk: Desk, typed: str, name: str) -> None:
    for one in (name, "Zoe"):
        desk.simulator.join("demo", client_data=one)
    assert await desk.type(f"kick --session demo {typed}") is None
    assert await people(desk) == ["Zoe"]
    assert "Reason: none given" in (await desk.told_one()).text


async def test_a_name_of_two_words_needs_no_quotes_and_leaves_the_reason(desk: Desk) -> None:
    for name in ("Ana", "Ana María", "Ben"):
        desk.simulator.join("demo", client_data=name, publish="camera")
    await desk.type("kick --session demo ana maria too loud")
    assert await people(desk) == ["Ana", "Ben"]
    assert (await desk.told_one()).text.endswith("Reason: too loud")
    await desk.type("unpublish --session demo ana maria")
    assert "Reason: maria\n" in (await desk.told_one()).text


async def test_menus_lists_and_globs_compare_alike(desk: Desk) -> None:
    for name in ("José", "Jose\u0301 B", "Ben"):
        desk.simulator.join("demo", client_data=name)
    shown = words(await desk.type("show demo --find jose"))
    assert "José" in shown
    assert "Ben" not in shown
    await desk.type("kick --session demo --match JOSE* --dry-run")
    dry = (await desk.told_one()).text
    assert "Ben" not in dry
    assert dry.count("Jos") >= 2


async def test_a_signal_reaches_people_as_it_looks(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type(
        "signal --session demo all :tada: ask <@U01ANA|ana> in <#C01GENERAL|general> at 10:30:15"
    )
    [sent] = [each["body"] for each in desk.simulator.app.asked() if each["operation"] == "signal"]
    assert sent["data"] == "🎉 ask @ana in #general at 10:30:15"


@pytest.mark.parametrize(
    ("typed", "there", "removed", "reason"),
    [
        ("maria lopez", ["Maria Weber"], None, ""),
        ("maria", ["Maria Weber"], "Maria Weber", "none given"),
        ("maria web", ["Maria Weber"], "Maria Weber", "none given"),
        ("maria weber", ["Maria Weber", "Maria"], "Maria Weber", "none given"),
        ("maria weber lopez", ["Maria Weber"], "Maria Weber", "lopez"),
        ("maria lopez", ["Maria", "Maria Lopez Diaz"], None, ""),
        ("maria spam", ["Maria", "Maria Lopez"], "Maria", "spam"),
        ("anna schulz", ["Anna Schulz", "Anna Schulze", "Anna"], "Anna Schulz", "none given"),
        ("maria: lopez", ["Maria Weber"], "Maria Weber", "lopez"),
        ("maria for being loud", ["Maria Weber"], "Maria Weber", "being loud"),
        ('"maria" lopez', ["Maria Weber"], "Maria Weber", "lopez"),
        ("maria --reason lopez", ["Maria Weber"], "Maria Weber", "lopez"),
        ("maria weber --reason lopez", ["Maria Weber"], "Maria Weber", "lopez"),
        ("tom lopez", ["Maria Weber"], None, ""),
        ("maria: x", ["Maria Weber", "Maria Lopez"], None, ""),
    ],
)
async def test_nobody_is_removed_whose_name_is_not_certain(
    desk: Desk, typed: str, there: list[str], removed: str | None, reason: str
) -> None:
    there = [*there, "Zoe"]
    for name in there:
        desk.simulator.join("demo", client_data=name)
    await desk.type(f"kick --session demo {typed}")
    told = await desk.told_one()
    left = sorted(name for name in there if name != removed)
    assert await people(desk) == left
    assert (f"Reason: {reason}" in told.text) is (removed is not None), told.text
    if removed is None and "tom" not in typed:
        offered = [button for button in buttons(told.reply) if button.label.startswith("Kick")]
        assert offered
        assert all(button.confirm is not None for button in offered)
        assert len(offered) == len(there) - 1, "everybody who may have been meant"
        await desk.type(offered[0].command)
        assert len(await people(desk)) == len(there) - 1


_PIECE = st.sampled_from(["Ana", "Maria", "Ana-Maria", "Weber", "Lopez", "de", "O'Neil", "Jo"])
_NAME = st.lists(_PIECE, min_size=1, max_size=3).map(" ".join)


@given(st.lists(_NAME, min_size=1, max_size=6), st.lists(_PIECE, min_size=1, max_size=5))
def test_what_is_read_is_somebody_s_whole_name_or_a_part_with_nothing_left_over(
    names: list[str], typed: list[str]
) -> None:
    crowd = [
        Connection(connection_id=f"con_{number}", client_data=name)
        for number, name in enumerate(names)
    ]
    text = " ".join(typed).casefold()
    read = read_name(text, crowd)
    if not read.sure:
        return
    whole = {folded(name) for name in names}
    if read.reason is None:
        assert read.name == text
        return
    assert folded(read.name) in whole
    assert f"{read.name} {read.reason}" == text
    longer = (" ".join(typed[:count]) for count in range(len(read.name.split()) + 1, 6))
    assert not whole & {folded(each) for each in longer}
    assert not by_name(text, crowd)


def _typed(name: str) -> str:
    """What Slack sends for a name that somebody types or pastes."""
    text = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for character, code in CODES.items():
        text = text.replace(character, code)
    return text.replace("'", "’")


@given(
    st.text(
        st.one_of(
            st.characters(categories=["L", "M", "So"]), st.sampled_from(" '’-&<>🎉👋🚀é\u0301")
        ),
        min_size=1,
        max_size=60,
    )
)
def test_what_slack_sends_for_any_shown_name_finds_its_person(data: str) -> None:
    them = Connection(connection_id="con_A", client_data=data)
    other = Connection(connection_id="con_B", client_data="Somebody else entirely")
    name = display_name(them)
    assume(name != "con_A")
    assume(not unicodedata.category(name[0]).startswith("M"))
    assume(not name.startswith(("-", "’", "'")))  # an option, or a quote that opens
    args = parse(KickArgs, tokenize(f"{_typed(name)}"), Context(session_optional=True))
    assert args.reason is None
    read = read_name(args.participant or "", [them, other])
    assert read.sure
    assert read.reason is None
    assert by_name(read.name, [them, other]) == [them]


async def test_a_menu_offers_the_best_first(desk: Desk) -> None:
    for name in ("Joana", "Zoe", "Ánabel"):
        desk.simulator.join("demo", client_data=name)
    found = await desk.door.options(
        Actor(TEAM, ANA), GENERAL, "kick", Kind.PARTICIPANT, "ana", "demo"
    )
    assert [option.label.split(" ")[0] for option in found] == ["Ánabel", "Joana"]
