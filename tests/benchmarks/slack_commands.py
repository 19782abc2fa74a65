"""From a signed command to its acknowledgement: ovbot beside the limit and beside Bolt.

``python -m tests.benchmarks.slack_commands``, on a machine that does nothing else. Each server and
the load are processes of their own; the servers take turns, a few commands each, so that what
disturbs the machine disturbs all of them. Prints medians and their ratios.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.benchmarks.delivery import bare_commit, build_shim, line, times
from tests.benchmarks.slack_servers import ACTION, READ, SESSION, nth

TURNS = 10
TO_ALL = f"--session {SESSION} --to-all hello"
ALOUD = f"{ACTION} {TO_ALL}"
COMMANDS = {1: 60, 16: 8}
"""How many rounds a turn has, by how many commands there are at once."""
SIZES = (10, 50, 200)
READ_GOAL, ACTION_GOAL, FLAT_GOAL = 1 / 50, 1.5, 1.1


@dataclass
class Asked:
    """One command to one server, and what its acknowledgements took, by how many at once."""

    port: int
    text: str
    spent: dict[int, list[float]] = field(default_factory=lambda: {many: [] for many in COMMANDS})

    def p50(self, many: int) -> float:
        """Milliseconds."""
        return median(self.spent[many])


class Running:
    """The servers of one part and their load, which end with it."""

    def __init__(self, stack: ExitStack, folder: Path, env: dict[str, str]) -> None:
        self._stack = stack
        self._folder = folder
        self._env = env
        self._load = self._process("slack_load")
        self.commit: list[float] = []
        """Milliseconds of a bare commit, in each turn."""
        self._outside = "-"
        self._outside = f"http://127.0.0.1:{self.start('outside')}"

    def start(self, what: str, many: int = 0) -> int:
        """Start a server; its port."""
        url = f"sqlite:///{self._folder}/{secrets.token_hex(4)}.db"
        process = self._process("slack_servers", what, self._outside, url, str(many))
        assert process.stdout is not None
        return int(process.stdout.readline())

    def _process(self, module: str, *arguments: str) -> subprocess.Popen[str]:
        process = self._stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, **self._env},
            )
        )
        self._stack.callback(process.kill)
        return process

    def take_turns(self, asked: list[Asked]) -> None:
        """Ask all of them, a little each time."""
        for _ in range(TURNS):
            self.commit.append(bare_commit(self._folder, self._env))
            for many, rounds in COMMANDS.items():
                for one in asked:
                    one.spent[many] += self._ask(one, many, rounds)

    def _ask(self, one: Asked, many: int, rounds: int) -> list[float]:
        assert self._load.stdin is not None
        assert self._load.stdout is not None
        line = json.dumps([one.port, self._outside, many, rounds, one.text])
        print(line, file=self._load.stdin, flush=True)
        found: list[float] = json.loads(self._load.stdout.readline())
        return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        beside_bolt(place)
        many_commands(place)
        shim = build_shim(place)
        if shim is None:
            print("Left out: with 1 ms more for each fsync, since there is no C compiler.")
        else:
            slow_disk(place, {"LD_PRELOAD": str(shim)})


def beside_bolt(folder: Path) -> None:
    print("\nSigned command to acknowledgement, disk as it is")
    with ExitStack() as stack:
        running = Running(stack, folder, {})
        echo = Asked(running.start("echo"), READ)
        bolt = Asked(running.start("bolt"), READ)
        ovbot = running.start("ovbot")
        read, action = (
            Asked(ovbot, READ),
            Asked(ovbot, ALOUD),
        )
        running.take_turns([echo, bolt, read, action])
    for many in COMMANDS:
        # At once, even the echo takes more than a fiftieth of Bolt's wait: a goal for one alone.
        goal = "<= 1/50" if many == 1 else "-"
        reads(many, echo, bolt, read, goal)
        # A goal where a commit waits for something: this disk's are a write to its host's memory.
        actions(many, action, read, median(running.commit), "-")


def reads(many: int, echo: Asked, bolt: Asked, read: Asked, goal: str) -> None:
    p50 = read.p50(many)
    line(f"{many:>2} at once: a bare ASGI echo, p50", "-", f"{echo.p50(many):.3f} ms")
    line(
        f"{many:>2} at once: a read against default Bolt, p50",
        goal,
        f"1/{bolt.p50(many) / p50:.0f} ({p50:.3f} / {bolt.p50(many):.2f} ms)",
    )
    line(f"{many:>2} at once: a read against the echo, p50", "-", times(p50 / echo.p50(many)))


def actions(many: int, action: Asked, read: Asked, commit: float, goal: str) -> None:
    limit, p50 = commit + read.p50(many), action.p50(many)
    line(
        f"{many:>2} at once: an action against one bare commit and a read, p50",
        goal,
        f"{times(p50 / limit)} ({p50:.2f} / {commit:.2f} + {read.p50(many):.2f} ms)",
    )


def many_commands(folder: Path) -> None:
    print("\nThe same with so many commands registered, the last of them asked for")
    with ExitStack() as stack:
        running = Running(stack, folder, {})
        servers = {size: running.start("ovbot", size) for size in SIZES}
        kinds = {
            "a read": {size: Asked(port, last(READ, size)) for size, port in servers.items()},
            "an action": {
                size: Asked(port, f"{last(ACTION, size)} {TO_ALL}")
                for size, port in servers.items()
            },
            "default Bolt": {size: Asked(running.start("bolt", size), READ) for size in SIZES},
        }
        running.take_turns([one for sizes in kinds.values() for one in sizes.values()])
    for what, sizes in kinds.items():
        goal = "-" if "Bolt" in what else "<= 1.1 x"
        for many in COMMANDS:
            took = [sizes[size].p50(many) for size in SIZES]
            shown = " / ".join(f"{p50:.2f}" for p50 in took)
            line(
                f"{many:>2} at once: {what}, 10 / 50 / 200 commands, p50 of 200 against 10",
                goal,
                f"{times(took[-1] / took[0])} ({shown} ms)",
            )


def last(name: str, size: int) -> str:
    """The last copy of a command among so many."""
    number = size - 4 - 1
    return nth(name, number if (name == READ) == bool(number % 2) else number - 1)


def slow_disk(folder: Path, env: dict[str, str]) -> None:
    print("\nSigned command to acknowledgement, 1 ms more for each fsync")
    with ExitStack() as stack:
        running = Running(stack, folder, env)
        ovbot = running.start("ovbot")
        read, action = (
            Asked(ovbot, READ),
            Asked(ovbot, ALOUD),
        )
        running.take_turns([read, action])
    for many in COMMANDS:
        goal = "<= 1.5 x" if many == 1 else "-"
        actions(many, action, read, median(running.commit), goal)


if __name__ == "__main__":
    main()
