"""What a process costs before anybody asks it anything: ``python -m tests.benchmarks process``.

``ovbot serve`` beside stand-ins for OpenVidu and Slack, in an installation of its own without the
tools for development, since libraries take along what they find. Where one is, ``OVBOT_PYTHON``
says (its python); without it, it is the one that runs this. Prints the memory of a process that
has nothing to do, and the processor time until it was ready.
"""

import os
import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.delivery import line
from tests.e2e.installation import Installation

IDLE_MB = 90
STARTS = 3
_SETTLES = 3.0
"""Seconds after which nothing of the start is under way."""


def memory(pid: int) -> float:
    """MB that the process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def spent(pid: int) -> float:
    """Seconds of processor time of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print every figure beside its limit."""
    print(f"\novbot serve over a socket, by {python()}")
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), "socket", OVBOT_SWEEP_SECONDS="60")
        installation.bot.python = python()
        held, took = [], []
        try:
            installation.start()  # the first makes the database
            for _ in range(STARTS):
                installation.bot.end()
                installation.start_bot()
                took.append(spent(installation.bot.pid))
                time.sleep(_SETTLES)
                held.append(memory(installation.bot.pid))
        finally:
            installation.stop()
    line("memory of an idle process", f"<= {IDLE_MB} MB", f"{median(held):.0f} MB")
    line("processor time until it is ready", "-", f"{median(took):.2f} s")


def python() -> str:
    """The interpreter of the installation that is measured."""
    return os.environ.get("OVBOT_PYTHON", sys.executable)


if __name__ == "__main__":
    main()
