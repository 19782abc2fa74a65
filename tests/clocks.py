"""A clock for tests."""


class Hands:
    """Stands still until it is moved. ``now`` in ms."""

    def __init__(self, now: int = 1_800_000_000_000) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += round(seconds * 1000)
