"""docs/contributing.md is followed to the letter: its files are written, and its lines are run."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.tables import DOCS

ROOT = DOCS.parent
ELSEWHERE = shutil.ignore_patterns(".venv*", ".git", ".*_cache", "node_modules", "dist")
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w/]+\.py)`")


def test_a_question_and_an_action_from_nothing_to_green(tmp_path: Path) -> None:
    tree = tmp_path / "ovbot"
    shutil.copytree(ROOT, tree, ignore=ELSEWHERE)
    said = ""
    text = (DOCS / "contributing.md").read_text()
    walk = text.partition("### From nothing to green")[2].partition("\n## ")[0]
    written, end = 0, 0
    for block in _BLOCK.finditer(walk):
        prose, end = walk[end : block.start()], block.end()
        match block[1]:
            case "python":
                written += 1
                (tree / _FILE.findall(prose)[-1]).write_text(block[2])
            case "sh":
                said, ends = run(block[2], tree)
                told = re.match(r"\s*```text\n(.*?)^```$", walk[end:], re.MULTILINE | re.DOTALL)
                expected = told[1].splitlines() if told else []
                assert [line for line in expected if line not in said] == [], said
                failed = any(line.endswith(" failed") for line in expected)
                assert [end != 0 for end in ends] == [*[False] * (len(ends) - 1), failed], said
            case _:
                assert block[1] == "text"
    assert written == 4


def run(lines: str, tree: Path) -> tuple[str, list[int]]:
    """What was said in the tree, and how each line ended."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "COV_"))}
    bin_ = Path(sys.executable).parent
    said, ends = "", []
    for line in lines.splitlines():
        asked = line.removeprefix(".venv/bin/uv run ")
        assert asked != line, f"not by this repository's own tools: {line}"
        if asked.startswith("pytest "):  # from the copy, and not from where it is installed
            asked = f"python -m {asked}"
        done = subprocess.run(
            f"{bin_}/{asked}", shell=True, cwd=tree, env=ours, capture_output=True, text=True
        )
        said += done.stdout + done.stderr
        ends.append(done.returncode)
    return said, ends
