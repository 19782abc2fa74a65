"""App Home: who I am here, how things are, what I did, and what is left to set up."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import ANA, BEN, MODERATION, Installation, eventually, installation

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path) as running:
        running.join("Lina")
        running.join("Tom")
        yield running


def home(world: Installation, user: str) -> str:
    return json.dumps(world.home(user), ensure_ascii=False)


def test_it_tells_an_admin_what_is_left_to_do_and_what_they_did(world: Installation) -> None:
    def opened() -> str:
        world.arrange("open-home", {"user": ANA})
        return home(world, ANA)

    eventually(lambda: "last webhook arrived <!date^" in opened(), "OpenVidu is heard")
    eventually(lambda: "Show demo" in home(world, ANA), "the sessions are there")
    first = home(world, ANA)
    assert "You are *admin*: you are named in OVBOT_ADMINS." in first
    assert "OpenVidu `default` is *reachable*: Community 2.15.0, checked <!date^" in first
    assert "to do: a channel is bound to a session" in first
    assert "What you did last" not in first
    # Whatever I do, wherever I do it, is on it at once; what is done is no more to do.
    world.type("bind demo")
    eventually(lambda: "*bind* demo: done" in home(world, ANA), "it is published anew")
    assert "to do:" not in home(world, ANA)


def test_it_shows_a_session_and_stays_there_when_somebody_is_kicked(world: Installation) -> None:
    world.arrange("open-home", {"user": ANA})
    eventually(lambda: "Show demo" in home(world, ANA), "the sessions are there")
    world.press_at_home("Show demo")
    eventually(lambda: "Kick Tom" in home(world, ANA), "the people are there")
    world.press_at_home("Kick Tom…")
    eventually(world.modal, "the form opens")
    assert world.submit()["ok"]
    eventually(lambda: "Kick Tom" not in home(world, ANA), "Tom has gone")
    assert "Kick Lina" in home(world, ANA)
    assert world.people() == ["Lina"]


def test_who_has_no_role_is_told_whom_to_ask_and_sees_nothing(world: Installation) -> None:
    world.arrange("open-home", {"user": BEN})
    eventually(lambda: "reachable" in home(world, BEN), "it is published")
    assert "You are *none*" in home(world, BEN)
    assert "Ask <@U01ANA>" in home(world, BEN)
    assert "demo" not in home(world, BEN)
    assert "Set-up" not in home(world, BEN)


def test_who_is_in_a_bound_channel_sees_its_sessions_and_looks_at_them(
    world: Installation,
) -> None:
    world.join("Mara", session="other")
    world.type("bind demo")
    world.hear("bound this channel")
    world.arrange("open-home", {"user": BEN})
    eventually(lambda: "Show demo" in home(world, BEN), "the sessions are there")
    assert f"You are *viewer*: you are in <#{MODERATION}>" in home(world, BEN)
    assert "other" not in home(world, BEN)
    world.press_at_home("Show demo", user=BEN)
    eventually(lambda: "Lina" in home(world, BEN), "the people are there")
    assert "Kick" not in home(world, BEN)
    world.press_at_home("List sessions", user=BEN)
    eventually(lambda: "Show demo" in home(world, BEN), "the list is back")


def test_while_slack_does_not_tell_home_says_that_sessions_may_be_missing(
    world: Installation,
) -> None:
    world.type("bind demo")
    world.hear("bound this channel")
    world.slack_fault(method="conversations.members", times=1, status=503)
    world.arrange("open-home", {"user": BEN})
    eventually(lambda: "Slack has not told yet who is in one" in home(world, BEN), "it is said")
    assert "Show demo" not in home(world, BEN)
    world.press_at_home("List sessions", user=BEN)
    eventually(lambda: "Show demo" in home(world, BEN), "the sessions are there")
    assert "has not told" not in home(world, BEN)
