"""What SECURITY.md says stands against a threat is there, and installing goes by the lock."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_threat_has_a_test_that_exists() -> None:
    rows = re.findall(r"^\|(?!--).*\|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)[2:]
    assert len(rows) >= 12
    for row in rows:
        named = re.findall(r"`(tests/[^`]+)`", row.rsplit("|", 2)[1])
        assert named, row
        for test in named:
            assert "def test_" in (ROOT / test).read_text(), test


def test_every_line_that_installs_goes_by_the_lock() -> None:
    pages = [ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")]
    lines = [line for page in pages for line in page.read_text().splitlines()]
    for line in lines:
        assert not re.search(r"pip install (?!-q uv\b)", line), line
        if re.search(r"\buv (run|sync)\b", line) and ".venv/bin/pip" in line:
            assert "--locked" in line, line


def test_the_demo_line_names_what_only_the_demo_needs() -> None:
    (demo,) = [x for x in (ROOT / "README.md").read_text().splitlines() if x.endswith("ovbot demo")]
    assert "--extra sandbox" in demo
    assert "--no-dev" in demo


def test_the_lock_has_a_digest_of_everything() -> None:
    lock = (ROOT / "uv.lock").read_text()
    for package in lock.split("[[package]]")[1:]:
        ours = 'source = { editable = "." }' in package
        files = re.findall(r"\{ url = .*\}", package)
        assert ours or files, package
        assert all("sha256:" in file for file in files), package
