"""The README's pictures, made from the demo: ``python -m tests.docs.pictures``.

Needs Chromium and a font with emoji (Debian: ``chromium fonts-noto-color-emoji``).
"""

import re
import signal
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.browser import open_browser
from tests.browser_tasks import chat
from tests.browser_tasks.hands import Mouse
from tests.e2e.installation import Process, eventually, free_port

FOLDER = Path("docs/pictures")
INTRUDER = "FREE MONEY"
PHONE = {"width": 390, "height": 780}


def main() -> None:
    """Write them anew."""
    FOLDER.mkdir(exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        demo = Process(Path(folder) / "demo.log", "demo", "--no-browser", "--port", str(port))
        demo.start()
        try:
            eventually(lambda: "three things to try" in demo.said.lower(), "the demo is ready")
            with open_browser() as browser:
                page = browser.new_page(viewport=PHONE, device_scale_factor=1.5)  # type: ignore[arg-type]
                page.goto(f"http://127.0.0.1:{port}/#U01ANA/C02MODERATION")
                _take(page)
        finally:
            demo.end(signal.SIGINT)


def _take(page: Page) -> None:
    hand = Mouse(page)
    chat.say(hand, "/openvidu show")
    panel = chat.message(hand, "Tom")
    panel.wait_for()
    panel.evaluate("node => node.scrollIntoView()")
    page.screenshot(path=FOLDER / "panel.png")
    panel.get_by_role("button", name=re.compile(f"^More actions: .*{INTRUDER}")).click()
    page.get_by_role("menuitem", name=re.compile("^Kick")).click()
    form = chat.modal(hand)
    form.get_by_text("Spam").click()
    page.screenshot(path=FOLDER / "kick.png")
    form.get_by_role("button", name="Kick", exact=True).click()
    told = chat.message(hand, "removed")
    told.wait_for()
    told.evaluate("node => node.scrollIntoView()")
    page.screenshot(path=FOLDER / "told.png")


if __name__ == "__main__":
    main()
