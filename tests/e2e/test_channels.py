"""Channels that ovbot is removed from, or that are archived."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import ANA, BEN, GENERAL, Installation, eventually, installation

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


@pytest.mark.parametrize(
    ("private", "error", "why"),
    [
        (False, "not_in_channel", "ovbot is not a member of it"),
        (True, "channel_not_found", "ovbot is not a member of it"),
    ],
)
def test_a_channel_that_ovbot_was_removed_from_is_unbound(
    world: Installation, private: bool, error: str, why: str
) -> None:
    """All that waits for it is dead with the reason, and its maker is told of it once."""
    room = "C03ROOM"
    world.arrange("channels", {"id": room, "name": "room", "is_private": private})
    world.type("bind demo participants recordings moderation", channel=room)
    world.hear("bound this channel", channel=room)
    world.slack_fault(method="chat.postMessage", times=2, status=429, retry_after=5)
    for name in ("Tom", "Mara", "Nils", "Ida", "Olaf", "Pia", "Quirin"):
        world.join(name)  # more than five: they wait to be told in one message
    world.type("record start --session demo", channel=room)

    def waiting() -> str:
        world.type("outbox list")
        return json.dumps(world.messages()[-1])

    eventually(lambda: waiting().count("joined") >= 7, "all of it waits")
    world.arrange("membership", {"channel": room, "user": "U0OVBOT", "member": False})
    told = world.hear("is not bound to `demo` any more", channel=ANA)
    assert f"any more: {why}." in told["text"]
    assert "outbox list --dead" in json.dumps(told)
    world.hear("started recording", channel=ANA)  # whoever acts is told, wherever it was

    def status() -> str:
        world.type("status")
        return json.dumps(world.messages()[-1])

    eventually(lambda: "needs attention" in status(), "what waited is dead")

    def dead() -> str:
        world.type("outbox list --dead")
        return json.dumps(world.messages()[-1])

    listed = eventually(lambda: said if (said := dead()).count(error) >= 7 else "", "all are dead")
    assert "waiting" not in listed
    assert len(world.saying("is not bound to", channel=ANA)) == 1
    assert not world.saying("was not delivered", channel=ANA), "it is told once, and not again"
    world.arrange("membership", {"channel": room, "user": "U0OVBOT", "member": True})
    world.type("bindings", channel=room)
    world.hear("This channel is bound to no session", channel=room)
    world.type(f"explain {json.dumps(told).split('Reference `')[1].split('`')[0]}")
    eventually(lambda: "unbind" in json.dumps(world.messages()[-1]), "it is explained")


def test_where_ovbot_is_not_a_member_the_actor_is_told_directly(world: Installation) -> None:
    world.arrange("membership", {"channel": GENERAL, "user": "U0OVBOT", "member": False})
    world.type("kick --session demo Lina", channel=GENERAL)
    world.hear("removed *Lina*", channel=ANA)
    seen = world.hear("removed *Lina*", channel=GENERAL)
    assert seen["is_ephemeral"] is True, "and sees it where it was typed"
    assert not world.saying("removed *Lina*", channel=GENERAL, user=BEN)
    world.hear("removed *Lina*")


def test_who_is_banned_is_removed_when_they_join_until_it_is_lifted(world: Installation) -> None:
    world.join("Tom")
    world.type("kick Tom --ban 1h")
    told = world.hear("and banned them until")
    assert "Lift ban of Tom" in json.dumps(told)
    world.join("TOM")
    world.hear("*TOM* joined session `demo` and was removed: <@U01ANA> banned them until")
    assert world.people() == ["Lina"]
    world.type("unban Tom")
    world.hear("lifted the ban of *Tom*")
    world.join("Tom")
    assert world.people() == ["Lina", "Tom"]
