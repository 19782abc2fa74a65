"""A menu fits what Slack takes, offers the best first, and always lets an id be typed."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ovbot.engine.menus import Option
from ovbot.slack import menus

LIMIT = 16_000
"""Bytes, of the 20,000 at which Slack drops an acknowledgement."""
NAMES = st.text(st.characters() | st.sampled_from("株式会社🎉👩\u200déA"), min_size=1, max_size=80)
FOUND = st.lists(st.builds(Option, NAMES, NAMES), max_size=150)


@given(FOUND, st.text(max_size=200))
def test_every_menu_fits_a_socket_and_slacks_rules(found: list[Option], typed: str) -> None:
    offered = menus.offered(found, typed)
    frame = json.dumps({"envelope_id": "x" * 40, "payload": {"options": offered}})
    assert len(frame) < LIMIT
    assert len(offered) <= 100
    for option in offered:
        assert 0 < len(option["text"]["text"]) <= 75
        assert 0 < len(option["value"]) <= 150


@given(FOUND)
def test_what_is_left_out_is_counted_and_can_be_found(found: list[Option]) -> None:
    offered = [each["value"] for each in menus.offered(found)]
    if len(found) > len([value for value in offered if value != menus.MORE]):
        assert offered[-1] == menus.MORE
    else:
        assert menus.MORE not in offered


def test_a_hundred_long_names_are_cut_by_bytes() -> None:
    people = [
        Option(f"con_{n}", f"株式会社サンプル 営業部 山田太郎 第{n}会議室") for n in range(100)
    ]
    offered = menus.offered(people)
    assert 30 < len(offered) < 100
    assert offered[-1]["text"]["text"].startswith("Type to find more: ")
    assert [each["value"] for each in offered[:2]] == ["con_0", "con_1"]


def test_what_was_typed_comes_last_where_not_all_is_shown() -> None:
    found = [Option(f"con_{n}", f"Joana {n}") for n in range(150)]
    offered = menus.offered(found, "ana")
    assert [each["value"] for each in offered[-2:]] == [menus.MORE, "ana"]
    assert offered[-1]["text"]["text"] == "Use “ana” as it is"
    assert len(menus.offered(found[:3], "ana")) == 3


def test_an_id_can_be_typed_also_where_nothing_was_found() -> None:
    assert [each["value"] for each in menus.offered([], " exam-7 ")] == ["exam-7"]
    assert menus.offered([], "x" * 200) == []
    assert menus.offered([], "") == []


def test_a_hundred_that_fit_are_all_shown() -> None:
    found = [Option(f"con_{n}", f"Person {n}") for n in range(101)]
    assert len(menus.offered(found[:100])) == 100
    assert [each["value"] for each in menus.offered(found)][98:] == ["con_98", menus.MORE]
