"""Other people's OpenVidu clients, installed by name into a folder that is kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

INSTALL_SECONDS = 300


class Unavailable(Exception):
    """It cannot be had here: no Node, or no registry; the text says which."""


def node_client(cache: Path, version: str) -> Path:
    """Where ``openvidu-node-client`` of that version lies: a folder for NODE_PATH."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Unavailable("Node is not installed")
    home = cache / f"node-{version}"
    npm = ["npm", "install", "--loglevel=error", "--no-audit", "--no-fund", "--prefix", str(home)]
    _install(home, [[*npm, f"openvidu-node-client@{version}"]])
    return home / "node_modules"


def python_client(cache: Path, *requirements: str) -> Path:
    """A Python interpreter that has the requirements, and nothing of ours."""
    home = cache / f"python-{'-'.join(requirements).replace('=', '')}"
    python = home / "bin" / "python"
    _install(
        home,
        [
            [sys.executable, "-m", "venv", str(home)],
            [str(python), "-m", "pip", "install", "--quiet", *requirements],
        ],
    )
    return python


def _install(home: Path, commands: Sequence[Sequence[str]]) -> None:
    """Run the commands, once and for all: a marker says that they have succeeded."""
    marker = home / ".complete"
    if marker.exists():
        return
    home.mkdir(parents=True, exist_ok=True)
    for command in commands:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"installing {home.name} did not finish in time") from None
        if done.returncode != 0:
            raise Unavailable(f"installing {home.name} failed: {done.stderr.strip()[-300:]}")
    marker.touch()
