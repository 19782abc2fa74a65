"""When Slack took a message: by its own clock, as far as ours can be compared with it."""

import random

import pytest

from ovbot.delivery.outbox.pace import Pace

NOW = 1_700_000_000_000
AHEAD = 5_000
"""Milliseconds that Slack's clock is ahead of ours."""


def message(pace: Pace, taken: int, *, there: int, back: int, ahead: int = AHEAD) -> int:
    """A message that Slack took at ``taken`` by our clock; how much later or earlier we say."""
    ts = f"{(taken + ahead) / 1000:.6f}"
    return pace.taken_at(ts, sent_at=taken - there, answered_at=taken + back) - taken


def test_the_first_answer_says_nothing_of_its_way_back() -> None:
    assert message(Pace(), NOW, there=30, back=70) == 70


def test_of_a_few_it_is_late_by_the_quickest_answer() -> None:
    pace = Pace()
    message(pace, NOW, there=30, back=20)
    assert message(pace, NOW + 1_000, there=30, back=300) == 20
    assert message(pace, NOW + 2_000, there=30, back=5) == 5
    assert message(pace, NOW + 3_000, there=30, back=300) == 5


def test_of_many_it_is_early_by_the_quickest_way_there() -> None:
    pace = Pace()
    said = [message(pace, NOW + n * 1_000, there=30 + n % 7, back=80) for n in range(60)]
    assert said == [80] * 49 + [-30] * 11


def test_many_of_one_moment_are_as_few() -> None:
    """A burst opens connections, and is slow."""
    pace = Pace()
    said = [message(pace, NOW + n, there=200, back=80) for n in range(500)]
    assert set(said) == {80}


@pytest.mark.parametrize("seed", range(20))
def test_the_next_message_is_never_too_early(seed: int) -> None:
    """Whatever the ways are like, once one in fifty was nearly as quick as they get."""
    dice = random.Random(seed)
    pace, taken = Pace(), NOW
    for _ in range(2_000):
        there = 20 + round(dice.expovariate(1 / 15))
        said = taken + message(pace, taken, there=there, back=20 + dice.randrange(200))
        following = said + 1_005 + 20 + round(dice.expovariate(1 / 15))
        assert following - taken >= 1_000
        taken = following


def test_a_clock_that_was_set_is_known_again_after_two_minutes() -> None:
    pace = Pace()
    message(pace, NOW, there=0, back=0)
    said = [
        message(pace, NOW + n * 1_000, there=30, back=40, ahead=AHEAD - 3_600_000)
        for n in range(1, 200)
    ]
    assert said[:120] == [40] * 120, "from the answer, which is always late enough"
    assert said[-20:] == [-30] * 20


def test_a_ts_that_only_counts_is_no_moment() -> None:
    """Whole seconds with a number behind them."""
    pace, dice = Pace(), random.Random(1)
    for n in range(300):
        taken = NOW + n * 100 + dice.randrange(1_000)
        ts = f"{taken // 1000}.{n:06}"
        said = pace.taken_at(ts, sent_at=taken - 30, answered_at=taken + 40)
        assert n < 20 or said == taken + 40


def test_what_is_no_number_counts_from_its_answer() -> None:
    for ts in ("", "never", "inf", "nan", "1e400"):
        assert Pace().taken_at(ts, sent_at=NOW, answered_at=NOW + 7) == NOW + 7
