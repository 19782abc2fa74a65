"""What the release script makes: a wheel, and a list of all that an installation has."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(".venv", ".git", ".hypothesis", "*_cache", "dist")


def test_a_release_lists_all_that_it_installs(tmp_path: Path) -> None:
    copy = tmp_path / "ovbot"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    subprocess.run(["bash", ".ci/release"], cwd=copy, check=True, capture_output=True)
    dist = copy / "dist"
    (bill,) = dist.glob("*.cdx.json")
    listed = {one["name"].lower() for one in json.loads(bill.read_text())["components"]}
    (pinned,) = dist.glob("*.requirements.txt")
    installed = set(re.findall(r"^([A-Za-z0-9_.-]+)==", pinned.read_text(), re.MULTILINE))
    assert {"slack-bolt", "asyncpg", "cryptography"} <= installed
    assert installed <= listed
    assert not {"pytest", "pyyaml", "websockets"} & (installed | listed)
    sums = (dist / "SHA256SUMS").read_text()
    assert all(file.name in sums for file in dist.glob("ovbot-*"))
