"""When Slack took a message: by its own clock, as far as ours can be compared with it."""

from ovbot.delivery.pace import Pace

NOW = 1_700_000_000_000
SLACK = 1_700_000_005.0
"""Slack's clock is five seconds ahead of ours."""


def test_the_first_answer_says_nothing_of_its_way_back() -> None:
    pace = Pace()
    assert pace.taken_at(f"{SLACK}", sent_at=NOW - 100, answered_at=NOW) == NOW


def test_what_took_longer_than_the_quickest_was_taken_earlier() -> None:
    pace = Pace()
    pace.taken_at(f"{SLACK}", sent_at=NOW - 20, answered_at=NOW)
    slow = pace.taken_at(f"{SLACK + 1:.6f}", sent_at=NOW + 990, answered_at=NOW + 1_200)
    assert slow == NOW + 1_000
    quicker = pace.taken_at(f"{SLACK + 2:.6f}", sent_at=NOW + 1_990, answered_at=NOW + 1_995)
    assert quicker == NOW + 1_995
    slow = pace.taken_at(f"{SLACK + 3:.6f}", sent_at=NOW + 2_980, answered_at=NOW + 3_200)
    assert slow == NOW + 2_995


def test_it_is_never_before_it_was_sent_nor_after_it_was_answered() -> None:
    pace = Pace()
    pace.taken_at(f"{SLACK}", sent_at=NOW, answered_at=NOW)
    set_back = pace.taken_at(f"{SLACK - 3600}", sent_at=NOW + 1_000, answered_at=NOW + 1_100)
    assert set_back == NOW + 1_000
    set_ahead = pace.taken_at(f"{SLACK + 3600}", sent_at=NOW + 2_000, answered_at=NOW + 2_100)
    assert set_ahead == NOW + 2_100


def test_a_clock_that_was_set_is_known_again_after_two_minutes() -> None:
    pace = Pace()
    pace.taken_at(f"{SLACK}", sent_at=NOW, answered_at=NOW)
    for seconds in range(1, 130):
        answered = NOW + seconds * 1_000
        taken = pace.taken_at(
            f"{SLACK - 3600 + seconds}", sent_at=answered - 50, answered_at=answered
        )
        assert taken == (answered - 50 if seconds <= 121 else answered)


def test_what_is_no_moment_counts_from_its_answer() -> None:
    for ts in ("", "never", "inf", "nan", "1e400"):
        assert Pace().taken_at(ts, sent_at=NOW, answered_at=NOW + 7) == NOW + 7
