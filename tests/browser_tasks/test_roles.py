"""Ben, who has read nothing, is made a moderator, is refused more, asks for it, gets it and loses
it: with what the page offers, by mouse, and by keys at 390 px."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, expect

from tests.browser import open_browser, open_page
from tests.browser_tasks.chat import accept, button, choose, message, modal, say
from tests.browser_tasks.conftest import PATIENCE
from tests.browser_tasks.hands import Hand, Keys, Mouse
from tests.e2e import ahead
from tests.e2e.installation import GENERAL, Installation

pytestmark = pytest.mark.browser
HOUR = 3_600_000


class Place(NamedTuple):
    """Ana and Ben, each before their own page, and what is behind it."""

    ana: Hand
    ben: Hand
    world: Installation
    ahead: Path


@pytest.fixture(params=[Mouse, Keys], ids=["mouse", "keys at 390 px"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Two exams and a meeting; a clock that can be set ahead."""
    world, clock = Installation(tmp_path, "socket"), tmp_path / "ahead"
    clock.write_text("0")
    world.bot.program = (ahead.__file__, str(clock))
    width, height = request.param.size
    expect.set_options(timeout=PATIENCE)
    try:
        world.start()
        for session in ("exam-7", "demo"):
            for name in ("Lina", "Tom"):
                world.join(name, session)
        with (
            open_browser() as browser,
            open_page(
                browser, f"{world.slack_url}/#U01ANA/{GENERAL}", width=width, height=height
            ) as anas,
            open_page(
                browser, f"{world.slack_url}/#U02BEN/{GENERAL}", width=width, height=height
            ) as bens,
        ):
            for page in (anas, bens):
                page.get_by_test_id("composer").wait_for()
            yield Place(request.param(anas), request.param(bens), world, clock)
        assert world.bot.end(signal.SIGTERM) == 0
        assert "Traceback" not in world.bot.said
    finally:
        world.stop()
        expect.set_options(timeout=5_000)


def fits(hand: Hand, shown: Locator) -> None:
    """Nothing of it is beyond the side of the screen."""
    assert hand.page.evaluate("document.documentElement.scrollWidth") <= hand.size[0]
    box = shown.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= hand.size[0]


def submit(hand: Hand) -> None:
    """Send the form that is open."""
    form = modal(hand)
    hand.press(hand.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()


def test_from_nothing_to_an_hour_and_back(place: Place) -> None:
    ana, ben, world, ahead_file = place
    say(ana, "/openvidu grant @ben moderator for exam-*")
    expect(message(ana, "gave @Ben moderator for exam-*")).to_be_visible()

    # Ben is told, and finds what he can do.
    ben.go("ovbot")
    told = message(ben, "gave @Ben moderator for exam-*")
    expect(told).to_contain_text("You can also kick")
    ben.press(button(told, "What can I do?"))
    helped = message(ben, "What you can do here")
    fits(ben, helped)
    ben.press(button(helped, "List sessions"))
    listed = message(ben, "Live sessions")
    expect(listed).to_contain_text("exam-7")
    expect(listed).not_to_contain_text("demo")
    ben.press(button(listed, "Show exam-7"))
    panel = message(ben, "Open since")
    fits(ben, panel)
    choose(ben, panel, "Tom", "Kick Tom…")
    form = modal(ben)
    expect(form).to_contain_text("Tom is removed from session exam-7 at once")
    ben.press(ben.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()
    expect(message(ben, "removed Tom from session exam-7")).to_be_visible()

    # More is refused, and asked for.
    say(ben, "/openvidu close exam-7")
    refused = message(ben, "needs the role operator")
    expect(refused).to_contain_text("Ask @Ana, who can grant it")
    fits(ben, refused)
    ben.press(button(refused, "Ask for it"))
    form = modal(ben)
    ben.write("The exam is over", form.get_by_label(re.compile("^Reason")))
    submit(ben)
    expect(message(ben, "Asked @Ana")).to_be_visible()

    # Ana decides; her message says so and offers nothing more.
    ana.go("ovbot")
    request = message(ana, "asks to be operator for exam-7, for an hour: “The exam is over”")
    fits(ana, request)
    ana.press(button(request, "Give operator"))
    accept(ana, "operator for exam-7")
    expect(request).to_contain_text("@Ana gave it")
    expect(button(request, "Give operator")).to_have_count(0)
    expect(button(request, "Refuse operator")).to_have_count(0)

    # He closes; an hour later he cannot.
    expect(message(ben, "gave @Ben operator for exam-7")).to_be_visible()
    say(ben, "/openvidu close exam-7")
    form = modal(ben)
    expect(form).to_contain_text("will be disconnected")
    submit(ben)
    expect(message(ben, "closed session exam-7")).to_be_visible()
    world.join("Lina", "exam-7")
    ahead_file.write_text(str(HOUR))
    refusals = ben.page.get_by_test_id("message").filter(has_text="needs the role operator")
    before = refusals.count()
    say(ben, "/openvidu close exam-7")
    expect(refusals).to_have_count(before + 1)

    # And Ana takes the rest back.
    say(ana, "/openvidu grants")
    grants = message(ana, "Who may do what")
    fits(ana, grants)
    ana.press(button(grants, "Remove moderator"))
    accept(ana, "moderator for exam-*")
    expect(message(ben, "removed this from @Ben: moderator for exam-*")).to_be_visible()
    say(ben, "/openvidu kick exam-7 Lina")
    expect(message(ben, "needs the role moderator")).to_be_visible()
    assert world.people("exam-7") == ["Lina"]
