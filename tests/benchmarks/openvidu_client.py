"""The OpenVidu service beside its limits and its peers.

Run it as ``python -m tests.benchmarks.openvidu_client``, on a machine that does nothing else.

Prints ratios, since they carry from one machine to another, with the milliseconds they are made
of. Foreign clients are installed by name; without Node or a registry their lines are left out.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.clients.installed import Unavailable, node_client, python_client

HERE: Final = Path(__file__).parent
CACHE: Final = HERE.parent.parent / ".pytest_cache" / "d" / "clients"
MEASURES: Final = str(HERE / "openvidu_measures.py")
NODE_SCRIPT: Final = str(HERE.parent / "clients" / "listing.js")

Found = dict[str, float]


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


def here(what: str, base: str) -> Found:
    found: Found = run(sys.executable, MEASURES, what, base, PYTHONPATH=str(HERE.parent.parent))
    return found


def had(install: Callable[..., Path], *arguments: str) -> str | None:
    """Where a foreign client was installed, or None, saying why not."""
    try:
        return str(install(CACHE, *arguments))
    except Unavailable as problem:
        say(f"Left out: {problem}")
        return None


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def ratio(name: str, ours: float, other: float, goal: str = "", unit: str = "ms") -> None:
    wanted = f"   goal {goal}" if goal else ""
    say(f"  {name:<44}{ours / other:6.2f}   ({ours:.2f} / {other:.2f} {unit}){wanted}")


def calmest(what: str, base: str) -> Found:
    """The run of three that the machine disturbed least."""
    return min((here(what, base) for _ in range(3)), key=lambda found: found["cpu"])


def small_calls(url: str, python: str | None) -> None:
    base = f"{url}/2.32/small"
    bare, ours = calmest("httpx", base), calmest("ours", base)
    bare_delete, ours_delete = calmest("httpx-delete", base), calmest("ours-delete", base)
    say("A session of ten, and one DELETE: CPU per call")
    ratio("list / kept httpx client and json", ours["cpu"], bare["cpu"], "<= 1.10")
    ratio("DELETE / kept httpx client", ours_delete["cpu"], bare_delete["cpu"], "<= 1.10")
    if python is not None:
        other: Found = run(python, MEASURES, "pyopenvidu", base)
        ratio("list / pyopenvidu", ours["cpu"], other["cpu"])


def listings(url: str, python: str | None, modules: str | None) -> None:
    for shape in ("seed", "2.32"):
        base = f"{url}/{shape}/big"
        raw, ours = here("raw", base), here("ours", base)
        size = raw["bytes"]
        say(f"1,000 sessions of twenty, {shape}: {size / 1e6:.1f} MB")
        ratio("time / reading the bytes", ours["best"], raw["best"], "<= 10")
        ratio("peak memory above the payload / payload", (ours["grown"] - size) / 1e6, size / 1e6,
              "<= 1.00", "MB")  # fmt: skip
        say(f"  {'longest stall of the loop':<44}{ours['stall']:6.1f} ms   goal <= 25 ms")
        if python is not None:
            ratio("time / orjson", ours["best"], run(python, MEASURES, "orjson", base)["best"])
        if shape != "2.32":
            continue  # the foreign clients of today do not read the older shape
        if python is not None:
            other = run(python, MEASURES, "pyopenvidu", base)
            ratio("time / pyopenvidu", ours["best"], other["best"], "<= 0.10")
        if modules is not None:
            environment = {"OPENVIDU_URL": base, "OPENVIDU_SECRET": "MY_SECRET", "RUNS": "15"}
            node = run("node", NODE_SCRIPT, NODE_PATH=modules, **environment)
            ratio("time / openvidu-node-client", ours["best"], node["best"], "<= 0.20")


def main() -> None:
    python = had(python_client, "pyopenvidu==0.2.1", "orjson")
    modules = had(node_client, "2.32.2")
    with server() as url:
        small_calls(url, python)
        listings(url, python, modules)


if __name__ == "__main__":
    main()
