"""What the documents say is what the code does."""

import re
from pathlib import Path

import pytest
import yaml

from ovbot.settings import Settings
from ovbot.slack.directory import OPTIONAL
from tests.docs.tables import DOCS, PAGES

ROOT = DOCS.parent


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run: python -m tests.docs.tables"


def test_every_local_link_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if not link.startswith("http"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_every_setting_named_in_the_documents_exists() -> None:
    known = str([field.validation_alias for field in Settings.model_fields.values()])
    for test in ROOT.glob("tests/**/*.py"):
        read = re.findall(r'environ\.get\("(OVBOT_(?:TEST_[A-Z]+|TRACES))"', test.read_text())
        known += " ".join(read)
    for page in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for name in re.findall(r"\b(?:OVBOT|SLACK)_[A-Z_]+\b", page.read_text()):
            assert name in known, f"{page.name}: {name}"


def test_the_manifest_asks_for_what_is_used_and_no_more() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    scopes = manifest["oauth_config"]["scopes"]
    assert scopes["bot"] == ["commands", "chat:write"]
    assert set(scopes["bot_optional"]) == {one.scope for one in OPTIONAL}
    operating = (ROOT / "docs/operating.md").read_text()
    assert [scope for scope in scopes["bot_optional"] if f"`{scope}`" not in operating] == []
    # These need no scope; others would, and ovbot does without.
    events = ["app_home_opened", "app_uninstalled", "tokens_revoked"]
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == events
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == "/openvidu"
    # Without it mentions would arrive as plain names, which can be chosen.
    assert command["should_escape"] is True
    assert len(command["usage_hint"]) <= 1000
    assert len(manifest["display_information"]["description"]) <= 140


def test_the_manifest_for_http_mode_has_every_url_and_differs_in_nothing_else() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    over_http = yaml.safe_load((ROOT / "manifest.http.yml").read_text())
    url = "https://YOUR_HOST/slack/events"
    settings = manifest["settings"]
    manifest["features"]["slash_commands"][0]["url"] = url
    settings["event_subscriptions"]["request_url"] = url
    settings["interactivity"] |= {"request_url": url, "message_menu_options_url": url}
    settings["socket_mode_enabled"] = False
    assert over_http == manifest


def test_the_procfile_runs_commands_that_exist() -> None:
    lines = Path(ROOT / "Procfile").read_text().splitlines()
    assert [line.split(":")[0] for line in lines] == ["release", "web", "worker"]
