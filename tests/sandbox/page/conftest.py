"""A real workspace with a real browser in front of it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from ovbot.sandbox.slack import WorkspaceConfig, serve
from tests.sandbox.page.meeting_app import MeetingApp

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = (1280, 800), (390, 844)


class OpenPage(Protocol):
    """Opens the page as somebody, somewhere."""

    def __call__(
        self,
        user: str = "U01ANA",
        place: str = "C01GENERAL",
        size: tuple[int, int] = DESKTOP,
        calm: bool = True,
    ) -> Awaitable[Page]: ...


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Where Chromium is; without it these tests skip, unless they are required."""
    if not CHROMIUM.exists():
        reason = f"no Chromium at {CHROMIUM}"
        if "browser" in os.environ.get("OVBOT_TEST_REQUIRE", ""):
            pytest.fail(reason)
        pytest.skip(reason)
    return CHROMIUM


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: Path) -> AsyncIterator[Browser]:
    """One Chromium for a module's tests."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield chromium
        await chromium.close()


class Workspaces:
    """Workspaces that are served, by their addresses."""

    def __init__(self) -> None:
        self._serving: dict[str, asyncio.Task[None]] = {}

    async def start(self, port: int = 0) -> str:
        """Serve a fresh one on this port (0: any); its address once it answers."""
        ready: asyncio.Queue[str] = asyncio.Queue()
        config = WorkspaceConfig(port=port, ack_seconds=0.5)
        task = asyncio.create_task(serve(config, ready=ready.put_nowait, handle_signals=False))
        url = await asyncio.wait_for(ready.get(), 10)
        self._serving[url] = task
        return url

    async def stop(self, url: str) -> None:
        """End one."""
        task = self._serving.pop(url)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def stop_all(self) -> None:
        """End those that are left."""
        for url in list(self._serving):
            await self.stop(url)


@pytest_asyncio.fixture(loop_scope="module")
async def workspaces() -> AsyncIterator[Workspaces]:
    """Workspaces that end with the test."""
    started = Workspaces()
    yield started
    await started.stop_all()


@pytest_asyncio.fixture(loop_scope="module")
async def workspace(workspaces: Workspaces) -> str:
    """The address of a fresh workspace."""
    return await workspaces.start()


@pytest_asyncio.fixture(loop_scope="module")
async def app(workspace: str) -> AsyncIterator[MeetingApp]:
    """The app, connected."""
    async with MeetingApp(workspace) as connected:
        yield connected


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(browser: Browser, workspace: str) -> AsyncIterator[OpenPage]:
    """Opens the page as somebody; a page that complains or asks elsewhere fails the test.

    Chromium tells violations of the content security policy on the console, too. `calm` is off
    where a test makes requests fail.
    """
    problems: list[str] = []
    contexts = []

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            problems.append(message.text)

    def request(sent: Request) -> None:
        if not sent.url.startswith((workspace, "data:")):
            problems.append(f"asked for {sent.url}")

    async def open_(
        user: str = "U01ANA",
        place: str = "C01GENERAL",
        size: tuple[int, int] = DESKTOP,
        calm: bool = True,
    ) -> Page:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="en-GB",
            timezone_id="Europe/Madrid",
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("request", request)
        if calm:
            page.on("console", console)
            page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{workspace}/#{user}/{place}")
        current = page.locator(f'[data-testid="channel-{place}"][aria-current]')
        await current.wait_for(state="attached")
        return page

    yield open_
    for context in contexts:
        await context.close()
    assert problems == []
