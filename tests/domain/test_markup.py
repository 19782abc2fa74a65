"""Foreign text can format nothing, link nothing and mention nobody."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.domain.markup import Markup, bold, code, escape, md, mention, plain, visible, when
from ovbot.domain.names import folded

HOSTILE = [
    "<!channel>",
    "<!here|x>",
    "<https://evil.example|click>",
    "<@U01ANA>",
    "*bold*",
    "_it_ ~no~ `code`",
    "&lt;!channel&gt;",
    "a\nb\r\nc\u2028d",
    "\u202egnp.exe",
    "\u200b\u200c\ufeff",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert(text: str) -> None:
    made = md("Hello {}.", text)
    assert "<" not in made
    assert ">" not in made
    assert not re.search(r"[*_~`\n]", made.removeprefix("Hello "))


def test_what_starts_no_formatting_can_be_copied() -> None:
    assert escape("OPENVIDU_SECRET room_7") == "OPENVIDU_SECRET room_7"
    assert escape("_a_ b_ _c é_é __") == "ˍaˍ bˍ ˍc éˍé ˍˍ"


@given(st.text())
def test_nothing_escapes_escape(text: str) -> None:
    made = escape(text)
    assert not re.search(r"[<>*`\n\r]|(?<![A-Za-z0-9])[_~]|[_~](?![A-Za-z0-9])", made)
    assert all(entity in {"&amp;", "&lt;", "&gt;"} for entity in re.findall(r"&[^;]*;", made))


@given(st.text())
def test_code_spans_cannot_be_left(text: str) -> None:
    made = code(text)
    assert made[0] == made[-1] == "`"
    assert "`" not in made[1:-1]


@given(st.text(max_size=50))
def test_plain_reads_what_escape_wrote(text: str) -> None:
    shown = visible(text)
    if not re.search(r"[*_~`]", shown):
        assert plain(escape(text)) == shown


def test_markup_passes_and_str_is_escaped() -> None:
    assert md("{} and {}", Markup("<@U1>"), "<@U1>") == "<@U1> and &lt;@U1&gt;"


def test_only_ids_become_mentions() -> None:
    assert mention("U01ANA") == "<@U01ANA>"
    assert "<" not in mention("U1> <!channel")


def test_adding_foreign_text_is_refused() -> None:
    with pytest.raises(TypeError):
        Markup("a") + "b"


def test_visible_keeps_joined_emoji_and_caps_length() -> None:
    assert visible("👨‍👩‍👧 Ana") == "👨‍👩‍👧 Ana"
    assert len(visible("x" * 10_000, 80)) == 80
    assert visible("\u200d\u200b \u202e") == ""


def test_bold_of_nothing_is_nothing() -> None:
    assert bold("\u200b") == ""


def test_times_are_in_the_readers_zone_with_utc_behind() -> None:
    assert when(0) == "(time not told)"
    assert when(1_600_000_000_000) == (
        "<!date^1600000000^{date_short_pretty} {time}|2020-09-13 12:26 UTC>"
    )
    assert when(1_600_000_000_000, seconds=True) == (
        "<!date^1600000000^{date_short_pretty} {time_secs}|2020-09-13 12:26:40 UTC>"
    )


@pytest.mark.parametrize(
    "name", [":white_check_mark: Done", ":+1:", "x:tada::tada:x", ":a:b:c:", "::tada::", ":100:"]
)
def test_the_code_of_an_emoji_in_a_name_is_no_sign_of_ours(name: str) -> None:
    for said in (md("{} joined", name), bold(name), escape(name)):
        assert not re.search(r":[a-z0-9_+'-]+:", said)
    assert folded(escape(name)) == folded(name.replace("_", "ˍ")) or "_" in name


MAKERS = {"md", "mention", "code", "bold", "exact", "channel_link", "user_group", "when", "join"}


def test_markup_goes_into_no_plain_text() -> None:
    """An f-string makes a plain ``str`` of markup, which is escaped where it is shown."""
    wrong = [
        f"{path}:{node.lineno}"
        for path in sorted(Path("ovbot").rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for node in ast.walk(text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS
    ]
    assert wrong == []
