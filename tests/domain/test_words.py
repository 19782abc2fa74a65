"""Numbers as a person says them."""

import pytest

from ovbot.domain.words import counted, duration, size


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (723, "12 min 3 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (3605, "1 h"),
        (90_000, "1 d 1 h"),
        (-5, "0 s"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 bytes"), (999, "999 bytes"), (34_100_000, "34.1 MB"), (5 * 10**15, "5000.0 TB")],
)
def test_sizes(count: int, said: str) -> None:
    assert size(count) == said


def test_counts() -> None:
    assert counted(0, "person", "people") == "no people"
    assert counted(1, "person", "people") == "one person"
    assert counted(1200, "person", "people") == "1,200 people"
