"""The OpenVidu service beside its limits and its peers.

Run it as ``python -m tests.benchmarks.openvidu_client``, on a machine that does nothing else.

Prints ratios, since they carry from one machine to another, beside the goals, with the
milliseconds they are made of. All read the same bytes from the same server, each in a process of
its own, and take turns. Foreign clients are installed by name; without Node or a registry their
lines are left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.benchmarks.openvidu_measures import BIG_RUNS, SECRET
from tests.clients.installed import Unavailable, node_client, python_client

HERE: Final = Path(__file__).parent
CACHE: Final = HERE.parent.parent / ".pytest_cache" / "d" / "clients"
MEASURES: Final = str(HERE / "openvidu_measures.py")
NODE_SCRIPT: Final = str(HERE.parent / "clients" / "listing.js")

ROUNDS: Final = 5

Found = dict[str, float]
Run = Callable[[], Found]
Rounds = dict[str, list[Found]]


@contextmanager
def server() -> Iterator[str]:
    """The answering server in a process of its own; its URL."""
    command = [sys.executable, "-m", "tests.benchmarks.openvidu_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def run(*command: str, **environment: str) -> Any:
    """What a measurement prints in its last line."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def had(install: Callable[..., Path], *arguments: str) -> str | None:
    """Where a foreign client was installed, or None, saying why not."""
    try:
        return str(install(CACHE, *arguments))
    except Unavailable as problem:
        say(f"Left out: {problem}")
        return None


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def python_run(what: str, base: str, python: str = sys.executable) -> Run:
    """A measurement of openvidu_measures.py, to be run."""
    return lambda: run(python, MEASURES, what, base, PYTHONPATH=str(HERE.parent.parent))


def node_run(base: str, modules: str) -> Run:
    """The listing by openvidu-node-client, to be run."""
    told = {"OPENVIDU_URL": base, "OPENVIDU_SECRET": SECRET, "RUNS": str(BIG_RUNS)}
    return lambda: run("node", NODE_SCRIPT, NODE_PATH=modules, **told)


def rounds(**contenders: Run) -> Rounds:
    """Everybody in turn, time and again, so that a busy minute is a busy minute for all."""
    found: Rounds = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, measured in contenders.items():
            found[name].append(measured())
    return found


def say_ratio(what: str, found: Rounds, other: str, by: str, goal: float | None = None) -> None:
    """How ours compares to another: the median of what the rounds say, by wall and by CPU time.

    ``by`` is what the goal is about. On a machine that does other things as well, the other one
    of the two tells whether those were in the way.
    """
    pairs = list(zip(found["ours"], found[other], strict=True))
    ratio = {key: median(o[key] / t[key] for o, t in pairs) for key in ("wall", "cpu")}
    ours, theirs = (median(each[by] for each in found[name]) for name in ("ours", other))
    also = "cpu" if by == "wall" else "wall"
    say_line(what, goal, f"{ratio[by]:.2f}", f"{ours:.2f} / {theirs:.2f} ms; "
             f"by {also} {ratio[also]:.2f}")  # fmt: skip


def say_line(what: str, goal: float | None, reached: str, how: str) -> None:
    wanted = "" if goal is None else f"<= {goal:g}"
    say(f"  {what:<38}{wanted:>8}{reached:>9}   ({how})")


def small_calls(url: str, python: str | None) -> None:
    base = f"{url}/2.32/small"
    say("A session of ten, and one DELETE: CPU per call")
    for call, suffix in (("list", ""), ("DELETE", "-delete")):
        peers: dict[str, Run] = {}
        if python is not None:
            peers["pyopenvidu"] = python_run(f"pyopenvidu{suffix}", base, python)
        httpx = python_run(f"httpx{suffix}", base)
        found = rounds(ours=python_run(f"ours{suffix}", base), httpx=httpx, **peers)
        say_ratio(f"{call} / kept httpx client", found, "httpx", "cpu", 1.1)
        if python is not None:
            say_ratio(f"{call} / pyopenvidu", found, "pyopenvidu", "cpu")


def listings(url: str, shape: str, python: str | None, modules: str | None) -> None:
    base = f"{url}/{shape}/big"
    peers: dict[str, Run] = {}
    if python is not None:
        peers["orjson"] = python_run("orjson", base, python)
    if shape == "2.32":  # the foreign clients of today do not read the older shape
        if python is not None:
            peers["pyopenvidu"] = python_run("pyopenvidu", base, python)
        if modules is not None:
            peers["node"] = node_run(base, modules)
    found = rounds(raw=python_run("raw", base), ours=python_run("ours", base), **peers)
    size = found["raw"][0]["bytes"]
    above = median(each["grown"] for each in found["ours"]) - size
    stalls = [each["stall"] for each in found["ours"]]
    say(f"1,000 sessions of twenty, {shape}: {size / 1e6:.1f} MB")
    say_ratio("time / reading the bytes", found, "raw", "wall", 10)
    if "orjson" in found:
        say_ratio("time / orjson", found, "orjson", "wall")
    if "pyopenvidu" in found:
        say_ratio("time / pyopenvidu", found, "pyopenvidu", "wall", 0.1)
    if "node" in found:
        say_ratio("time / openvidu-node-client", found, "node", "wall", 0.2)
    say_line("peak memory above payload / payload", 1, f"{above / size:.2f}",
             f"{above / 1e6:.1f} MB")  # fmt: skip
    say_line("longest stall of the loop, ms", 25, f"{median(stalls):.1f}",
             f"from {min(stalls):.1f} to {max(stalls):.1f}")  # fmt: skip


def main() -> None:
    python = had(python_client, "pyopenvidu==0.2.1", "orjson")
    modules = had(node_client, "2.32.2")
    say(f"  {'':<38}{'goal':>8}{'reached':>9}   (ours / theirs)")
    with server() as url:
        small_calls(url, python)
        for shape in ("seed", "2.32"):
            listings(url, shape, python, modules)


if __name__ == "__main__":
    main()
