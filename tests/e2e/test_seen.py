"""Whoever typed or pressed sees how it ended at once, where they are."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import BEN, Installation, eventually, installation

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as running:
        running.join("Lina")
        running.type("bind demo session recordings moderation")
        running.hear("bound this channel")
        yield running


def test_what_goes_into_the_thread_of_a_card_is_seen_in_the_channel_too(
    world: Installation,
) -> None:
    world.join("Tom")
    world.type("card")
    card = world.hear("Session demo is live", user=BEN)
    world.hear("asked for a live card", user=BEN)
    world.type("kick Tom spam")
    public = world.hear("removed *Tom*", user=BEN)
    assert public["thread_ts"] == card["ts"]
    mine = eventually(
        lambda: [m for m in world.saying("removed *Tom*") if m.get("is_ephemeral")],
        "an answer for Ana alone",
    )
    assert [m.get("thread_ts") for m in mine] == [None], "where it was typed, once"
    in_channel = [m for m in world.messages() if m.get("thread_ts") in {None, m["ts"]}]
    below = in_channel[in_channel.index(mine[0]) + 1 :]
    assert [m["text"] for m in below] == [], "and nothing stands below it"


def test_where_everybody_sees_it_nobody_is_told_twice(world: Installation) -> None:
    world.join("Tom")
    world.type("kick Tom spam")
    world.hear("removed *Tom*", user=BEN)
    world.type("record start")
    world.hear("started recording", user=BEN)
    assert len(world.saying("removed *Tom*")) == 1


def test_what_was_chosen_takes_the_place_of_the_question(world: Installation) -> None:
    world.join("Max")
    world.join("Max")
    world.type("kick Max")
    question = world.hear("could be 2 people")
    buttons = [
        element
        for block in question["blocks"]
        for element in block.get("elements", ())
        if element.get("type") == "button" and "Kick" in json.dumps(element)
    ]
    world.press(buttons[0]["text"]["text"], question)
    world.hear("removed *Max*", user=BEN)
    now = eventually(
        lambda: [m for m in world.saying("removed *Max*") if m.get("is_ephemeral")],
        "the outcome in its place",
    )
    assert now[0]["ts"] == question["ts"]
    assert not world.saying("could be 2 people")


def test_a_choice_that_came_to_nothing_leaves_no_question_either(world: Installation) -> None:
    first, _second = world.join("Max"), world.join("Max")
    world.type("kick Max")
    question = world.hear("could be 2 people")
    labels = [
        element["text"]["text"]
        for block in question["blocks"]
        for element in block.get("elements", ())
        if element.get("type") == "button" and first in json.dumps(element)
    ]
    world.control("sessions/demo/leave", {"connectionId": first})
    world.press(labels[0], question)
    world.hear("No change needed")
    assert not world.saying("could be 2 people")
