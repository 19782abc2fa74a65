"""``python ahead.py FILE …``: ``ovbot …`` with a clock that is ahead by FILE's milliseconds."""

import sys
import time
from pathlib import Path

from ovbot.clock import SystemClock


def main() -> None:
    ahead = Path(sys.argv.pop(1))

    def now_ms(_clock: SystemClock) -> int:
        return time.time_ns() // 1_000_000 + int(ahead.read_text() or 0)

    setattr(SystemClock, "now_ms", now_ms)  # noqa: B010
    from ovbot.cli import main as run

    run()


if __name__ == "__main__":
    main()
