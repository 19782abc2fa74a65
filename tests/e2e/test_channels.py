"""Channels that ovbot is removed from, or that are archived."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import ANA, GENERAL, Installation, installation

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as running:
        running.join("Lina")
        running.type("bind demo recordings moderation")
        running.hear("bound this channel")
        yield running


def test_an_archived_channel_is_unbound_and_its_maker_told(world: Installation) -> None:
    world.arrange("archive", {"channel": "C02MODERATION", "archived": True})
    world.type("kick --session demo Lina", channel=GENERAL)
    world.hear("removed *Lina*", channel=GENERAL)
    told = world.hear("is not bound to `demo` any more: it was archived", channel=ANA)
    assert "Reference" in json.dumps(told)
    world.arrange("archive", {"channel": "C02MODERATION", "archived": False})
    world.type("bindings")
    world.hear("This channel is bound to no session")
    world.type("audit")
    world.hear("of the audit")


def test_where_ovbot_is_not_a_member_the_actor_is_told_directly(world: Installation) -> None:
    world.arrange("membership", {"channel": GENERAL, "user": "U0OVBOT", "member": False})
    world.type("kick --session demo Lina", channel=GENERAL)
    world.hear("removed *Lina*", channel=ANA)
    assert not world.saying("removed *Lina*", channel=GENERAL)
    world.hear("removed *Lina*")
