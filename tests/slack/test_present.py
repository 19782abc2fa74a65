"""Whatever a reply holds, the message stays within Slack's limits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from ovbot.domain.markup import md
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Facts,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
    Rule,
    Style,
)
from ovbot.slack import present

lengths = st.sampled_from([0, 1, 24, 76, 151, 301, 2001, 3001])
characters = st.sampled_from(["x", "<", "&", "*", "é", "\u202e", "👩", " ", "<!channel>"])
long_text = st.builds(lambda char, length: char * length, characters, lengths)
confirms = st.builds(Confirm, long_text, long_text, long_text)
buttons = st.builds(
    Button, long_text, long_text, st.sampled_from(Style), st.none() | confirms, long_text
)
safe = long_text.map(lambda text: md("{}", text))
parts: st.SearchStrategy[Part] = st.one_of(
    st.builds(Heading, long_text),
    st.builds(Paragraph, safe, st.none() | buttons, st.lists(buttons, max_size=7).map(tuple)),
    st.lists(st.tuples(long_text, safe), min_size=1, max_size=25).map(
        lambda pairs: Facts(tuple(pairs))
    ),
    st.lists(buttons, min_size=1, max_size=30).map(
        lambda many: Buttons(tuple(many[3:]), tuple(many[:3]))
    ),
    st.builds(Note, safe),
    st.just(Rule()),
)


@given(safe, st.lists(parts, max_size=60), long_text)
def test_every_reply_is_a_valid_message(text: str, many: list[Part], again: str) -> None:
    made = present.message(Reply(md("{}", text), tuple(many), again))
    assert 0 < len(made.blocks) <= present.MESSAGE_BLOCKS
    assert len(made.text) <= present.TEXT
    for block in made.blocks:
        Block.parse(block).to_dict()  # type: ignore[union-attr]  # raises beyond a limit
    ids = [
        element["action_id"]
        for block in made.blocks
        for element in [*block.get("elements", []), block.get("accessory", {})]
        if "action_id" in element
    ]
    assert len(ids) == len(set(ids))
    for element in (e for block in made.blocks for e in block.get("elements", [])):
        if element["type"] == "button":
            assert len(element["text"]["text"]) <= present.LABEL


def elements(*buttons: Button, more: tuple[Button, ...] = (), again: str = "") -> list[Any]:
    made = present.message(Reply(md("x"), (Buttons(buttons, more),), again))
    return [element for block in made.blocks for element in block["elements"]]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("Kick Ana", "Kick Ana"),
        ("Kick Maximiliane Freifrau von Hohenstein", "Kick Maximiliane Fr…Hohenstein"),
        ("Stop recording exam-room-2026-biology-1", "Stop recording exam…-biology-1"),
        ("Stop recording exam-room-2026-biology-2", "Stop recording exam…-biology-2"),
        ("Kick " + "e" + "\u0301" * 40, "Kick e" + "\u0301" * 23 + "…"),
        ("Kick " + "👩\u200d👩\u200d👧" * 9, None),
    ],
)
def test_a_label_is_cut_in_its_middle_and_spoken_whole(label: str, shown: str | None) -> None:
    (element,) = elements(Button(label, "kick 1"))
    text = element["text"]["text"]
    assert len(text) <= present.LABEL
    assert text.startswith(label.split()[0])
    assert shown is None or text == shown
    assert element.get("accessibility_label") == (label if text != label else None)
    whole = [part.strip("\u200d") for part in text.split("…")]
    assert not any(part and present.hangs_on(part[0]) for part in whole)


def test_what_is_pressed_seldom_is_behind_three_dots() -> None:
    long = Button("Recordings", "recording list " + "x" * 140)
    few = (Button("Card", "card demo"), Button("Invite", "invite demo ?"))
    first, second, menu = elements(Button("Kick Ana", "kick 1"), more=(*few, long))
    assert [first["type"], second["type"], menu["type"]] == ["button", "button", "overflow"]
    assert second["value"] == long.command, "what no menu can hold is a button"
    assert [option["value"] for option in menu["options"]] == ["card demo", "invite demo ?"]
    (alone,) = elements(more=few[:1])
    assert alone["type"] == "button", "one is no menu"


def test_a_row_has_its_menu_beside_it() -> None:
    asks = Button("Close", "close", confirm=Confirm("Close?", "Sure?", "Close"))
    long = Button("Recordings", "recording list " + "x" * 140)
    few = tuple(Button(f"Do {n}", f"show {n}") for n in range(7))
    (row,) = present.message(Reply(md("x"), (Paragraph(md("Ana"), menu=few[:5]),))).blocks
    assert row["accessory"]["type"] == "overflow"
    assert [each["value"] for each in row["accessory"]["options"]] == [b.command for b in few[:5]]
    reply = Reply(md("x"), (Paragraph(md("Ana"), menu=(*few, asks, long)),), "show demo")
    row, below = present.message(reply).blocks
    assert len(row["accessory"]["options"]) == 5
    assert present.asked_again(row["accessory"]["action_id"]) == "show demo"
    rest = [element["value"] for element in below["elements"]]
    assert rest == ["show 5", "show 6", "close", long.command], "nothing is lost"
    (row,) = present.message(Reply(md("x"), (Paragraph(md("Ana"), menu=few[:1]),))).blocks
    assert row["accessory"]["type"] == "button"


def test_what_the_message_says_already_is_spoken_and_not_shown() -> None:
    (element,) = elements(Button("Record consultation", "record start", short="Record"))
    assert element["text"]["text"] == "Record"
    assert element["accessibility_label"] == "Record consultation"


def test_a_button_remembers_what_its_message_shows() -> None:
    again = "show --find a:b --page 2 --session demo"
    (element,) = elements(Button("Kick Ana", "kick 1"), again=again)
    assert present.asked_again(element["action_id"]) == again
    (element,) = elements(Button("Kick Ana", "kick 1"), again="show " + "x" * 300)
    assert present.asked_again(element["action_id"]) == ""
    assert present.asked_again("ov:kick:3") == present.asked_again("other") == ""


def test_a_command_that_does_not_fit_has_no_button() -> None:
    long = Button("Kick", "kick " + "x" * 2000)
    made = present.message(Reply(md("x"), (Paragraph(md("x"), long), Buttons((long,)))))
    assert [block["type"] for block in made.blocks] == ["section"]
    assert "accessory" not in made.blocks[0]


def test_cutting_leaves_no_half_mention_or_entity() -> None:
    assert present.clip("abc <@U01ANA> def", 10) == "abc …"
    assert present.clip("abc &amp; def", 8) == "abc …"
    assert present.clip("short", 10) == "short"


def test_too_many_parts_are_counted_instead_of_refused() -> None:
    many = tuple(Paragraph(md("{}", i)) for i in range(80))
    made = present.message(Reply(md("x"), many))
    assert len(made.blocks) == 50
    assert "… and 31 more." in made.blocks[-1]["elements"][0]["text"]


def test_a_reply_without_parts_shows_its_text() -> None:
    assert present.message(Reply(md("Hello."))).blocks[0]["text"]["text"] == "Hello."
