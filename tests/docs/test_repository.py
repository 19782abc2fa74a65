"""What the repository has beside code: the same checks everywhere, and one version."""

import re
import tomllib

import yaml

import ovbot
from tests.docs.tables import DOCS

ROOT = DOCS.parent
RUN = (ROOT / ".ci/run").read_text()


def test_what_is_checked_before_a_commit_is_what_is_checked_before_it_lands() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    hooks = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    before = {entry.removeprefix(".venv/bin/uv run --locked ") for entry in hooks}
    quick = RUN.partition('say "Lint')[2].partition('say "Browser')[0]
    lines = [line.removeprefix('"${run[@]}" ') for line in quick.splitlines()[1:]]
    checks = {line for line in lines if line and not line.startswith(("say ", "npm ci "))}
    assert before == checks


def test_the_version_stands_in_one_place() -> None:
    written = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert ovbot.__version__ == written
    for path in (ROOT / "ovbot").rglob("*.py"):
        assert f'"{written}"' not in path.read_text(), path


def test_every_form_of_the_repository_can_be_read() -> None:
    for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        form = yaml.safe_load(path.read_text())
        for part in form.get("body", []):
            assert part["type"] in {"markdown", "textarea", "input"}, path
            assert part["type"] == "markdown" or part["attributes"]["label"], path
    asked = (ROOT / ".github/pull_request_template.md").read_text()
    for name in re.findall(r"`?([A-Z]+\.md|\.ci/\w+)`?", asked):
        assert (ROOT / name).exists(), name
