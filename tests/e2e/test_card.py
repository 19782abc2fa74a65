"""The live card: one message that follows its session, with the small news in its thread."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import BEN, Installation, Message, eventually, installation

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as running:
        running.join("Lina")
        running.type("bind demo session participants recordings moderation")
        running.hear("bound this channel")
        running.type("card")
        running.hear("Session demo is live with one participant", user=BEN)
        yield running


def cards(world: Installation) -> list[Message]:
    return [m for m in world.messages(user=BEN) if "Session demo" in m["text"]]


def test_it_follows_who_comes_and_goes(world: Installation) -> None:
    tom = world.join("Tom")
    eventually(lambda: "two participants" in cards(world)[0]["text"], "Tom is on the card")
    world.control("sessions/demo/leave", {"connectionId": tom})
    eventually(lambda: "one participant" in cards(world)[0]["text"], "Tom has left the card")
    (card,) = cards(world)
    # Comings and goings are in the thread, and not in the channel too.
    joined = world.hear("Tom", user=BEN)
    assert joined["thread_ts"] == card["ts"]


def test_a_kick_from_the_card_is_shown_at_once_and_told_in_its_thread(world: Installation) -> None:
    world.join("Tom")
    eventually(lambda: "two participants" in cards(world)[0]["text"], "Tom is on the card")
    world.kick("Tom", cards(world)[0])
    told = world.hear("removed *Tom*", user=BEN)
    assert told["thread_ts"] == cards(world)[0]["ts"]
    eventually(lambda: "one participant" in cards(world)[0]["text"], "the card is shown anew")
    assert world.people() == ["Lina"]


def test_who_may_not_presses_in_vain(world: Installation) -> None:
    world.press("Kick Lina…", cards(world)[0], user=BEN)
    world.hear("needs the role *moderator*", user=BEN)
    assert world.modal(user=BEN) is None
    assert world.people() == ["Lina"]


def test_it_ends_with_a_summary(world: Installation) -> None:
    world.kick("Lina", cards(world)[0])
    ended = eventually(
        lambda: [m for m in world.messages(user=BEN) if "At most one person" in json.dumps(m)],
        "the card is closed",
    )
    assert len(ended) == 1
    assert '"button"' not in json.dumps(ended[0])
    # That it ended is told once to the channel, by the card, and once in its thread.
    told = eventually(lambda: _telling("Session `demo` ended", world), "the thread is told")
    assert [message.get("thread_ts") for message in told if message["ts"] != ended[0]["ts"]] == [
        ended[0]["ts"]
    ]


def _telling(words: str, world: Installation) -> list[Message]:
    found = [m for m in world.messages(user=BEN) if words in m["text"]]
    return found if len(found) > 1 else []


def test_a_deleted_card_is_posted_anew(world: Installation) -> None:
    world.slack_fault(method="chat.update", times=1, error="message_not_found")
    world.join("Tom")
    eventually(lambda: len(cards(world)) == 2, "a new card")
    assert "two participants" in cards(world)[-1]["text"]


def test_a_second_card_takes_over_and_the_first_says_where_it_is(world: Installation) -> None:
    (first,) = cards(world)
    world.type("card")
    moved = world.hear("live card of session `demo` is further down now", user=BEN)
    assert moved["ts"] == first["ts"]
    assert '"button"' not in json.dumps(moved)
    world.join("Tom")
    eventually(lambda: "two participants" in cards(world)[-1]["text"], "the second follows")
    assert len(cards(world)) == 1
    assert cards(world)[0]["ts"] > first["ts"]


def test_two_cards_at_once_leave_one_that_lives(world: Installation) -> None:
    # The first is on its way to Slack while the second is asked for.
    world.slack_fault(method="chat.postMessage", times=2, delay=0.5)
    world.slack_fault(method="chat.update", times=2, delay=0.5)
    for _ in range(3):
        world.type("card")
    eventually(lambda: len(_saying("asked for a live card", world)) == 4, "all three are told")
    eventually(lambda: _saying("is further down now", world), "those before are left")
    eventually(lambda: len(cards(world)) == 1, "one lives")
    world.join("Tom")
    eventually(lambda: "two participants" in cards(world)[0]["text"], "and follows")
    shown = [m for m in world.messages(user=BEN) if '"button"' in json.dumps(m["blocks"])]
    assert [m["ts"] for m in shown] == [cards(world)[0]["ts"]]
    assert not _saying("was to begin here", world)


def test_a_card_whose_answer_was_lost_is_found(world: Installation) -> None:
    world.slack_fault(method="chat.postMessage", lose_answer=True, times=2)
    world.type("card")
    eventually(lambda: _saying("is further down now", world), "the second took over")
    eventually(lambda: len(cards(world)) == 1, "one lives")
    assert not _saying("was to begin here", world)


def _saying(words: str, world: Installation) -> list[Message]:
    return [m for m in world.messages(user=BEN) if words in m["text"]]
