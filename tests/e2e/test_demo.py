"""``ovbot demo``, used in a browser as its reader would."""

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser import open_browser, open_page
from tests.e2e.installation import Process, eventually, free_port

pytestmark = pytest.mark.browser


class Demo:
    """A running demo, and what its page's inspector and stand-ins know."""

    def __init__(self, process: Process, url: str) -> None:
        self.process = process
        self.url = url

    def traffic(self) -> str:
        return httpx.get(f"{self.url}/_control/log").text


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    port = free_port()
    process = Process(tmp_path / "demo.log", "demo", "--no-browser", "--port", str(port))
    process.start()
    try:
        eventually(lambda: "Three things to try" in process.said, "the demo is ready")
        yield Demo(process, f"http://127.0.0.1:{port}")
    finally:
        assert process.end(signal.SIGINT) == 0, process.said
        assert "Traceback" not in process.said


def say(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


def test_the_last_lines_are_the_address_and_three_things_to_try(demo: Demo) -> None:
    lines = demo.process.said.strip().splitlines()
    assert demo.url in lines[-5]
    assert [line.strip()[:2] for line in lines[-3:]] == ["1.", "2.", "3."]


def test_the_main_job_in_the_page(demo: Demo) -> None:
    with open_browser() as browser, open_page(browser, demo.url) as page:
        page.get_by_test_id("channel-C02MODERATION").click()
        messages = page.get_by_test_id("message")
        expect(messages.filter(has_text="bound this channel")).to_have_count(1)

        say(page, "/openvidu list")
        expect(messages.filter(has_text="Live sessions")).to_contain_text("consultation")

        say(page, "/openvidu show")
        panel = messages.filter(has_text="Open since")
        expect(panel).to_contain_text("Lina Okafor")
        # A hostile name is text: it mentions nobody.
        expect(panel).to_contain_text("<!channel> FREE MONEY")

        def ask() -> None:
            panel.get_by_role("button", name=re.compile(r"^More actions: .*Tom \(screen\)")).click()
            page.get_by_role("menuitem", name="Kick Tom (screen)…").click()
            expect(page.get_by_test_id("modal")).to_contain_text("Tom (screen) is removed from")

        ask()
        page.keyboard.press("Escape")
        expect(messages.filter(has_text="removed Tom")).to_have_count(0)
        ask()
        page.get_by_test_id("modal-submit").click()
        told = messages.filter(has_text="removed Tom (screen) from session consultation")
        expect(told).to_have_count(1)
        expect(told).to_contain_text("@Ana")
        expect(told).to_contain_text("Reason: none given")
        expect(panel).not_to_contain_text("Tom (screen)")

        say(page, "/openvidu kick --session consultation Lina: talks over everybody")
        expect(messages.filter(has_text="Reason: talks over everybody")).to_have_count(1)

        panel.get_by_role("button", name="Record consultation").click()
        expect(messages.filter(has_text="started recording")).to_have_count(1)
        panel.get_by_role("button", name="Stop recording consultation").click()
        page.get_by_test_id("confirm-accept").click()
        expect(messages.filter(has_text="stopped the recording")).to_have_count(1)
        ready = messages.filter(has_text="is ready")
        expect(ready).to_have_count(1)
        expect(ready).to_contain_text("recorded by @Ana")

        say(page, "/openvidu audit")
        audit = messages.filter(has_text="intent → attempt → done (204)")
        expect(audit).to_have_count(1)
        time.sleep(1.5)  # a repetition would come within the pace of a channel
        expect(ready).to_have_count(1)


def test_others_see_what_is_told_and_not_what_is_asked(demo: Demo) -> None:
    with open_browser() as browser, open_page(browser, demo.url) as page:
        page.get_by_test_id("channel-C02MODERATION").click()
        say(page, "/openvidu show")
        messages = page.get_by_test_id("message")
        expect(messages.filter(has_text="Session consultation")).to_have_count(1)
        page.get_by_test_id("person").select_option("U02BEN")
        expect(messages.filter(has_text="bound this channel")).to_have_count(1)
        expect(messages.filter(has_text="Session consultation")).to_have_count(0)
        say(page, "/openvidu show")
        expect(messages.filter(has_text="Session consultation")).to_have_count(1)
        expect(page.get_by_role("button", name="Kick")).to_have_count(0)


def test_no_secret_is_in_the_traffic(demo: Demo) -> None:
    with open_browser() as browser, open_page(browser, demo.url) as page:
        page.get_by_test_id("channel-C02MODERATION").click()
        say(page, "/openvidu show")
        expect(page.get_by_test_id("message").filter(has_text="Lina")).to_have_count(1)
    traffic = demo.traffic()
    assert "xoxb-sandbox" not in traffic
    assert "tok_" not in traffic


def test_home_greets_and_lists_on_a_phone(demo: Demo) -> None:
    with (
        open_browser() as browser,
        open_page(browser, demo.url, width=390, height=844) as page,
    ):
        page.get_by_role("button", name="Channels").click()
        page.get_by_text("App Home").click()
        home = page.get_by_test_id("home")
        expect(home).to_contain_text("ovbot lets you watch and moderate live OpenVidu sessions")
        expect(home).to_contain_text("consultation")
        home.get_by_role("button", name="Show consultation").click()
        expect(home).to_contain_text("Lina Okafor")
