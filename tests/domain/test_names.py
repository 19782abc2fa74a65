"""Names are compared as people see and type them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.domain.emoji import drawn
from ovbot.domain.names import closest, folded

NAMES = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("éÅøßıİÆçñйが안’‘“”—–-'\"`´″‶′:_ \u0301\u0308\u200d\ufe0f🎉👩👋🏼🇪🇸ﬁｊ"),
    ),
    max_size=40,
)
CODES = {
    "🎉": ":tada:",
    "👋🏼": ":wave::skin-tone-3:",
    "🇪🇸": ":flag-es:",
    "👩‍💻": ":female-technologist:",
    "❤️": ":heart:",
    "👍": ":+1:",
}


@given(NAMES)
def test_folding_again_changes_nothing(name: str) -> None:
    assert folded(folded(name)) == folded(name)


@given(NAMES, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_however_it_is_composed_it_is_the_same_name(name: str, form: str) -> None:
    written = unicodedata.normalize(form, name)  # type: ignore[arg-type]  # one of the four
    assert folded(written) == folded(name)


@given(NAMES, NAMES)
def test_a_name_finds_whoever_is_called_so(name: str, other: str) -> None:
    found = closest(name, [other, name], str)
    assert name in found or not folded(name)
    assert folded(other) == folded(name) or other not in found


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("o'neil", "O’Neil"),
        ("O’Neil", "O'Neil"),
        ("jose", "Jose\u0301"),
        ("José", "JOSE"),
        ("Soren", "Søren"),
        ("lukasz", "Łukasz"),
        ("STRASSE", "Straße"),
        ("istanbul", "İSTANBUL"),
        ("Ａｎａ", "Ana"),
        ("Αθηνα", "Αθήνα"),
        ("Andrei-Marie", "Andrei–Marie"),
        ('the "boss"', "the “boss”"),
        *((f"O'Neil {n}", f"O{quote}Neil {n}") for n, quote in enumerate("‘’‚‛′‵ʹʻʼʽˊˋ´`＇΄")),
        *((f'say "Q" {n}', f"say {quote}Q{quote} {n}") for n, quote in enumerate("“”„‟″‶«»‹›")),
        *((f"A-B {n}", f"A{dash}B {n}") for n, dash in enumerate("‐‑‒–—―−﹘﹣－⁃")),
        ('the "boss"', "the ''boss''"),
        ("Ana  Maria", "Ana\u00a0Maria"),
        ("👩👩👧", "👩‍👩‍👧"),
        ("❤ Ana", "❤️ Ana"),
        *((f"{code} Party", f"{character} Party") for character, code in CODES.items()),
    ],
)
def test_what_looks_alike_is_alike(typed: str, name: str) -> None:
    assert folded(typed) == folded(name)
    assert closest(typed, [name, "Somebody else"], str) == [name]


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("กา", "ก้า"), ("Ana", "Anna")])
def test_what_is_another_letter_stays_one(one: str, other: str) -> None:
    assert folded(one) != folded(other)


def test_the_very_same_name_comes_before_one_that_is_alike() -> None:
    assert closest("josé", ["Jose", "José", "Josépha"], str) == ["José"]
    assert closest("jose", ["JosÉ", "Josépha"], str) == ["JosÉ"]
    assert closest("jos", ["José", "Josépha", "Ana"], str) == ["José", "Josépha"]
    assert closest("\u0301 \u200b", ["Ana"], str) == []


@pytest.mark.parametrize(("character", "code"), CODES.items())
def test_codes_are_drawn(character: str, code: str) -> None:
    assert drawn(f"a {code}, {code}") == f"a {character}, {character}"


@pytest.mark.parametrize("text", [":our-own-parrot:", "10:30:15", "a::b", ":", ":TADA", "::: x :"])
def test_what_is_no_code_stays(text: str) -> None:
    assert drawn(text) == text
