"""What phones, Slack and people do to text, and the words that come out."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import TEXT_LIMIT, tokenize


def words(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", []),
        ("   ", []),
        ("  kick   3  ", ["kick", "3"]),
        ("kick\u00a03\u2003now\tplease\nthen", ["kick", "3", "now", "please", "then"]),
        # Quotes, straight and curly, of several languages.
        ('kick "Ana Maria"', ["kick", "Ana Maria"]),
        ("kick 'Ana Maria'", ["kick", "Ana Maria"]),
        ("kick “Ana Maria”", ["kick", "Ana Maria"]),
        ("kick „Ana Maria“", ["kick", "Ana Maria"]),
        ("kick «Ana Maria»", ["kick", "Ana Maria"]),
        ("kick ‘Ana Maria’", ["kick", "Ana Maria"]),
        ('kick ""', ["kick", ""]),
        ('"say "hi" now" 3', ['say "hi', 'now"', "3"]),
        ('“it\'s "fine" here”', ['it\'s "fine" here']),
        ('reason:"two words" --to="a b" x', ["reason:two words", "--to=a b", "x"]),
        ("—reason=“two words”", ["--reason=two words"]),
        # Apostrophes.
        ("don't shout", ["don't", "shout"]),
        ("don’t shout", ["don’t", "shout"]),
        ("O'Brien's boys' room", ["O'Brien's", "boys'", "room"]),
        ("'don't do that' 3", ["don't do that", "3"]),
        ("'tis late", ["'tis", "late"]),
        ("‘tis late", ["‘tis", "late"]),
        # A quote that is never closed is a character.
        ('kick "Ana Maria', ["kick", '"Ana', "Maria"]),
        ('the 5" and 7"x lens', ["the", '5"', "and", '7"x', "lens"]),
        ('"', ['"']),
        # Dashes of phones.
        ("kick 3 —dry-run", ["kick", "3", "--dry-run"]),
        ("kick 3 –dry-run", ["kick", "3", "--dry-run"]),
        ("kick 3 ——dry-run", ["kick", "3", "--dry-run"]),
        ("—Être", ["--Être"]),
        ("wait — what", ["wait", "—", "what"]),
        ("9–5 a—b —5", ["9–5", "a—b", "—5"]),
        ('"—dry-run"', ["—dry-run"]),
        # Slack's forms.
        ("<@U1|ana> <@W2>", ["<@U1>", "<@W2>"]),
        ("<#C1|general> <#C2>", ["<#C1>", "<#C2>"]),
        ("<!subteam^S1|@ops> <!channel>", ["<!subteam^S1>", "<!channel>"]),
        ("<https://a|b> <https://a>", ["https://a", "https://a"]),
        ("<https://a.example/?x=1&amp;y=2|two words>", ["https://a.example/?x=1&y=2"]),
        ("<mailto:x@y.example|x@y.example>", ["x@y.example"]),
        ("<http://room.example|room.example>", ["room.example"]),
        ("--uri=<rtsp://u:p@h/s>", ["--uri=rtsp://u:p@h/s"]),
        ("&lt;@U1|x&gt; &amp;lt; R&amp;D R&D", ["<@U1|x>", "&lt;", "R&D", "R&D"]),
        ("a < b <nothing> <@ana>", ["a", "<", "b", "<nothing>", "<@ana>"]),
        ("say &quot;two words&quot;", ["say", '"two', 'words"']),
        # What nobody can see is not there.
        ("ki\u200bck\u202e 3\ufeff\u00ad", ["kick", "3"]),
        ("\u200b \u2066\u2069 \u3164", []),
        ("a\x00b\x1b[0m", ["ab[0m"]),
        ("-\u200b-dry-run", ["--dry-run"]),
        # Other scripts, emoji.
        ("kick שלום עליכם", ["kick", "שלום", "עליכם"]),
        ("kick مرحبا", ["kick", "مرحبا"]),
        ("👩\u200d💻 ❤\ufe0f\u200d🔥 a\u200db", ["👩\u200d💻", "❤\ufe0f\u200d🔥", "ab"]),
        ("会议 录制", ["会议", "录制"]),
        # Ids that look like options.
        ("-- -x --", ["--", "-x", "--"]),
        (r"C:\path \n \"", ["C:\\path", "\\n", '\\"']),
    ],
)
def test_words(typed: str, expected: list[str]) -> None:
    assert words(typed) == expected


def test_ten_thousand_characters_are_refused() -> None:
    with pytest.raises(GrammarError, match="10,000 characters") as caught:
        tokenize("x" * 10_000)
    assert caught.value.code == "grammar.too_long"
    assert words("x" * TEXT_LIMIT) == ["x" * TEXT_LIMIT]


@pytest.mark.parametrize("mark", ['"', 'x"', '"x ', "x:'", "<@U1", "<https://a|", "&amp;"])
def test_as_much_as_fits_is_read_at_once(mark: str) -> None:
    assert words(mark * (TEXT_LIMIT // len(mark)))


def test_where_a_word_stood() -> None:
    text = "\u200bsay  “two words” <@U1|ana>"
    say, quoted, mention = tokenize(text)
    assert text[quoted.start : quoted.end] == quoted.typed == "“two words”"
    assert (quoted.text, quoted.quoted, quoted.gap) == ("two words", True, "  ")
    assert text[mention.start : mention.end] == "<@U1|ana>"
    assert (say.quoted, mention.quoted) == (False, False)


CHAT = st.text(
    st.one_of(st.sampled_from("\"'“”„«»‘’—–- :=\n\u200b\u200d\u202eab&;"), st.characters()),
    max_size=200,
)


@given(CHAT)
def test_no_visible_word_is_lost(text: str) -> None:
    """Letters and digits come out as they went in; only Slack's labels are dropped."""
    text = text.replace("<", "").replace("&", "")

    def seen(chars: str) -> str:
        return "".join(char for char in chars if unicodedata.category(char)[0] in "LNS")

    fillers = "".join(char for char in text if char not in "\u115f\u1160\u3164\uffa0")
    assert seen("".join(words(text))) == seen(fillers)


@given(CHAT, st.sampled_from(["", "<@U1|ana>", "<https://a|b c>", "&lt;", "<"]))
def test_every_text_that_fits_is_read(text: str, form: str) -> None:
    for token in tokenize(f"{text}{form}{text}"):
        assert token.start < token.end
        assert token.typed
