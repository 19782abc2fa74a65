"""A demo and a browser for a whole module, once with the mouse and once with keys."""

import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser import open_browser, open_page
from tests.browser_tasks.hands import Hand, Keys, Mouse
from tests.e2e.installation import Process, eventually, free_port

PATIENCE = 60_000
"""Milliseconds: a machine with other work to do."""


@pytest.fixture(scope="module", params=[Mouse, Keys], ids=["mouse", "keys at 390 px"])
def hand(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hand]:
    """Ana in #moderation of a fresh demo."""
    log = tmp_path_factory.mktemp("demo") / "demo.log"
    port = free_port()
    process = Process(log, "demo", "--no-browser", "--port", str(port))
    width, height = request.param.size
    expect.set_options(timeout=PATIENCE)
    with open_browser() as browser:
        process.start()
        try:
            eventually(lambda: "three things to try" in process.said.lower(), "the demo is ready")
            url = f"http://127.0.0.1:{port}/#U01ANA/C02MODERATION"
            with open_page(browser, url, width=width, height=height) as page:
                page.get_by_test_id("composer").wait_for()
                yield request.param(page)
        finally:
            assert process.end(signal.SIGINT) == 0, process.said
            assert "Traceback" not in process.said
            expect.set_options(timeout=30_000)
