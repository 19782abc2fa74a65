"""``ovbot`` processes forked from one that has imported it already.

Each is a process of its own, with its own environment, log and death by SIGKILL; only the second
that Python needs to import everything is saved, a hundred times and more.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Lock
from typing import Any

from tests.e2e.installation import PATIENCE, Process, environment

FORKER = "tests.crash.forks"


class Forker:
    """The process that forks. ``close`` it at the end."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._running = subprocess.Popen(
            [sys.executable, "-m", FORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=environment({}),
        )

    def fork(self, args: tuple[str, ...], env: dict[str, str], log: Path) -> int:
        """Start ``ovbot args`` with its output in a file; its process id."""
        return int(self._ask(args=args, env=environment(env), log=str(log)))

    def status(self, pid: int) -> int | None:
        """How it ended, as ``subprocess`` says it; None while it runs."""
        found = self._ask(pid=pid)
        return None if found is None else int(found)

    def close(self) -> None:
        """End it; what it forked was ended before."""
        with self._running:  # closes both pipes and waits
            pass
        assert self._running.returncode == 0

    def _ask(self, **what: Any) -> Any:
        with self._one_at_a_time:
            assert self._running.stdin is not None
            assert self._running.stdout is not None
            self._running.stdin.write(json.dumps(what) + "\n")
            return json.loads(self._running.stdout.readline())


class Forked(Process):
    """The same as a process that was started the usual way."""

    def __init__(
        self, forker: Forker, log: Path, *args: str, env: dict[str, str] | None = None
    ) -> None:
        super().__init__(log, *args, env=env)
        self._forker = forker
        self._pid = 0
        self._ended: int | None = None

    def start(self) -> None:
        self._pid, self._ended = self._forker.fork(self._args, self._env, self._log), None

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self._pid
        if number and self.alive:
            os.kill(self._pid, number)
        until = time.monotonic() + PATIENCE
        while self.alive:
            assert time.monotonic() < until, f"{self._args} does not end"
            time.sleep(0.01)
        assert self._ended is not None
        return self._ended

    @property
    def alive(self) -> bool:
        if self._pid and self._ended is None:
            self._ended = self._forker.status(self._pid)
        return bool(self._pid) and self._ended is None


def _serve() -> None:
    """Fork as told by lines of standard input, until it ends."""
    import ovbot.cli.app
    import ovbot.store.migrations
    import ovbot.wiring  # noqa: F401  what each of them needs

    for line in sys.stdin:
        told = json.loads(line)
        answer = _status(told["pid"]) if "pid" in told else os.fork() or _become(told)
        print(json.dumps(answer), flush=True)


def _status(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _become(told: dict[str, Any]) -> int:
    """The forked process: what ``python -m ovbot`` would be."""
    from ovbot.cli import main

    os.environ.clear()
    os.environ.update(told["env"])
    with Path(told["log"]).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.chdir(Path(told["log"]).parent)
    sys.argv = ["ovbot", *told["args"]]
    try:
        main()
    finally:
        sys.stdout.flush()
    sys.exit(0)


if __name__ == "__main__":
    _serve()
