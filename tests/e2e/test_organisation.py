"""Another company in a shared channel, and ovbot in a whole organisation, in both modes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import GENERAL, Installation, eventually, installation

pytestmark = pytest.mark.slow

SISTER, OUT = "U02SIS", "U0OUT"
WORKSPACE = """
organisation: {id: E01ORG, name: Org, org_wide: true, teams: [T02SISTER]}
users:
  - {id: U01ANA, name: ana}
  - {id: U02SIS, name: sister, team: T02SISTER}
  - {id: U0OUT, name: out, team: T9PARTNER}
"""


@pytest.fixture(params=["socket", "http"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    described = tmp_path / "workspace.yml"
    described.write_text(WORKSPACE)
    with installation(tmp_path, request.param, workspace=str(described)) as running:
        running.join("Lina")
        running.type("bind demo", channel=GENERAL)
        running.hear("bound this channel", channel=GENERAL)
        yield running


def test_who_belongs_to_the_organisation_and_who_does_not(world: Installation) -> None:
    world.type("show", user=SISTER, channel=GENERAL)
    panel = world.hear("Session demo is live", user=SISTER, channel=GENERAL)
    assert "Lina" in json.dumps(panel)
    world.type("show", user=OUT, channel=GENERAL)
    refused = world.hear("Not allowed", user=OUT, channel=GENERAL)
    assert "from another Slack workspace" in refused["text"]
    world.type("card", channel=GENERAL)
    card = world.hear("Session demo is live", channel=GENERAL)
    label = next(text for text in labels(card) if text.startswith("Refresh"))
    world.press(label, card, user=OUT, channel=GENERAL)
    eventually(
        lambda: len(world.saying("Not allowed", user=OUT, channel=GENERAL)) == 2, "refused again"
    )
    world.arrange("open-home", {"user": OUT})
    eventually(lambda: world.home(OUT).get("view"), "their Home tab")
    assert "demo" not in json.dumps(world.home(OUT))
    world.arrange("open-home", {"user": SISTER})
    eventually(lambda: "demo" in json.dumps(world.home(SISTER)), "hers")
    world.type("audit", channel=GENERAL)
    eventually(lambda: OUT in json.dumps(world.messages(channel=GENERAL)), "the audit names them")


def labels(message: dict[str, object]) -> list[str]:
    """The texts of a message's buttons."""
    found = json.loads(json.dumps(message))
    return [
        element["text"]["text"]
        for block in found["blocks"]
        for element in (*block.get("elements", ()), block.get("accessory", {}))
        if element.get("type") == "button"
    ]
