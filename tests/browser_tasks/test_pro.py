"""What only a newer OpenVidu Pro can do, in conversations: by mouse, and by keys at 390 px."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import open_browser, open_page
from tests.browser_tasks.chat import accept, button, message, modal, say
from tests.browser_tasks.conftest import PATIENCE
from tests.browser_tasks.hands import Hand, Keys, Mouse
from tests.e2e.installation import MODERATION, Installation

pytestmark = pytest.mark.browser
KEY = "S3CR3T-KEY"
TARGETS = f"youtube=rtmp://live.test/app/{KEY}, twitch=rtmps://ingest.test/app/{KEY}"


class Place(NamedTuple):
    """Somebody before the page, and what is behind it."""

    hand: Hand
    world: Installation


@pytest.fixture(scope="module", params=[Mouse, Keys], ids=["mouse", "keys at 390 px"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Ana in #moderation, bound to a session of OpenVidu Pro 2.32 with two people in it."""
    server = ("--edition", "pro", "--profile", "2.32")
    folder: Path = tmp_path_factory.mktemp("pro")
    world = Installation(folder, "socket", server, OVBOT_BROADCAST_TARGETS=TARGETS)
    width, height = request.param.size
    expect.set_options(timeout=PATIENCE)
    try:
        world.start()
        world.join("Lina Okafor")
        world.join("Tom")
        world.type("bind demo moderation recordings")
        world.hear("bound this channel")
        url = f"{world.slack_url}/#U01ANA/{MODERATION}"
        with open_browser() as browser, open_page(browser, url, width=width, height=height) as page:
            page.get_by_test_id("composer").wait_for()
            yield Place(request.param(page), world)
        assert world.bot.end(signal.SIGTERM) == 0
        assert "Traceback" not in world.bot.said
    finally:
        world.stop()
        expect.set_options(timeout=30_000)


def submit(hand: Hand) -> None:
    """Send the form that is open."""
    form = modal(hand)
    hand.press(hand.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()


def fits(hand: Hand, shown: Locator) -> None:
    """Nothing of it is beyond the side of the screen."""
    assert hand.page.evaluate("document.documentElement.scrollWidth") <= hand.size[0]
    box = shown.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= hand.size[0]


def test_broadcast_to_a_target_and_stop(place: Place) -> None:
    hand, _ = place
    say(hand, "/openvidu broadcast start demo")
    question = message(hand, "Broadcast to which target?")
    hand.press(button(question, "Broadcast to twitch"))
    accept(hand, "twitch")
    expect(message(hand, "started broadcasting session demo")).to_contain_text("twitch")
    say(hand, "/openvidu broadcast show")
    shown = message(hand, "Broadcast of session demo")
    expect(shown).to_contain_text("live to twitch, started by @Ana")
    fits(hand, shown)
    hand.press(button(shown, "Stop broadcast demo"))
    accept(hand, "demo")
    expect(message(hand, "stopped the broadcast of session demo")).to_be_visible()
    assert KEY not in hand.page.content()


def test_promote_and_demote_through_the_form(place: Place) -> None:
    hand, world = place
    say(hand, "/openvidu promote tom --to moderator")
    expect(message(hand, "made Tom a moderator in session demo")).to_be_visible()
    say(hand, "/openvidu demote tom --to subscriber ?")
    expect(modal(hand).get_by_label("Participant")).to_have_value("tom")
    submit(hand)
    told = message(hand, "made Tom a subscriber in session demo")
    expect(told).to_contain_text("watch, and no longer publish")
    fits(hand, told)
    people = world.truth_of("demo")
    assert {who["clientData"]: who["role"] for who in people}["Tom"] == "SUBSCRIBER"


def test_unused_invitations_are_listed_and_withdrawn(place: Place) -> None:
    hand, _ = place
    for _again in range(2):
        said = hand.page.get_by_test_id("message").filter(has_text="invited @Ben")
        before = said.count()
        say(hand, "/openvidu invite @ben")
        expect(said).to_have_count(before + 1)
    say(hand, "/openvidu invite list")
    listed = message(hand, "Unused invitations")
    expect(listed).to_contain_text("2 invitations to session demo are unused")
    fits(hand, listed)
    hand.press(listed.get_by_role("button", name=re.compile("^Withdraw con_")).first)
    accept(hand, "Withdraw con_")
    expect(message(hand, "withdrew one unused invitation")).to_be_visible()
    # The list says at once what is left, and is not asked for anew.
    left = message(hand, "Unused invitations")
    expect(left).to_contain_text("1 invitation to session demo is unused")
    hand.press(left.get_by_role("button", name=re.compile("^Withdraw con_")))
    accept(hand, "Withdraw con_")
    expect(message(hand, "No invitation to session demo is unused")).to_be_visible()


def test_create_and_record_with_what_the_version_takes(place: Place) -> None:
    hand, world = place
    say(hand, "/openvidu create exam ?")
    form = modal(hand)
    hand.write("lecture", form.get_by_label("Recording name"))
    hand.write("640x480", form.get_by_role("textbox", name="Size (optional)", exact=True))
    hand.write("12", form.get_by_label("Frame rate"))
    hand.tick(form.get_by_role("checkbox", name=re.compile("^Translate")))
    submit(hand)
    expect(message(hand, "created session exam")).to_be_visible()
    world.join("Ana", "exam")
    say(hand, "/openvidu show exam --details")
    shown = message(hand, "Session exam")
    for fact in ("lecture", "640x480, 12 a second", "Transcoding", "Media mode"):
        expect(shown).to_contain_text(fact)
    fits(hand, shown)
    say(hand, "/openvidu record start exam ?")
    form = modal(hand)
    hand.write("30", form.get_by_label("Frame rate"))
    hand.write("256", form.get_by_label("Shm size"))
    submit(hand)
    expect(message(hand, "started recording").filter(has_text="exam")).to_be_visible()
    made = world.recording("exam")
    assert (made["frameRate"], made["name"], made["resolution"]) == (30, "lecture", "640x480")


def test_what_openvidu_would_ignore_is_refused(place: Place) -> None:
    hand, _ = place
    say(hand, "/openvidu record start demo --frame-rate 12 ?")
    hand.tick(modal(hand).get_by_role("checkbox", name=re.compile("Without picture")))
    submit(hand)
    refused = message(hand, "--frame-rate is about the picture")
    expect(refused).to_contain_text("Leave out --frame-rate or --audio-only")
    fits(hand, refused)


def test_a_media_node_tells_what_it_makes(place: Place) -> None:
    hand, world = place
    say(hand, "/openvidu broadcast start demo --to youtube")
    expect(message(hand, "started broadcasting session demo to youtube")).to_be_visible()
    say(hand, "/openvidu node list")
    listed = message(hand, "Media nodes")
    expect(listed).to_contain_text("one broadcast")
    hand.press(listed.get_by_role("button", name=re.compile("^Show media_")))
    shown = message(hand, "Id in its environment")
    expect(shown).to_contain_text("one broadcast (demo)")
    fits(hand, shown)
    assert KEY not in json.dumps(world.messages())
