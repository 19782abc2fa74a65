"""A real Chromium for tests that look at a page as a person would."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Where it is; without it the test is skipped, or fails where browsers are required."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if "browser" in os.environ.get("OVBOT_TEST_REQUIRE", ""):
            pytest.fail("Chromium is required here and is not installed.")
        pytest.skip("Chromium is not installed.")
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    path = chromium()
    with sync_playwright() as playwright:
        # A machine that runs other tests beside this one is slow at times.
        expect.set_options(timeout=60_000)
        browser = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield browser
        browser.close()


@contextmanager
def open_page(
    browser: Browser, url: str, *, width: int = 1280, height: int = 800
) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen: an error in its console fails the test."""
    page = browser.new_page(viewport={"width": width, "height": height})
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    yield page
    page.close()
    assert complaints == []
