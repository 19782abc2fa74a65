"""By keyboard alone, at phone width, and when the workspace goes away."""

import pytest
from playwright.async_api import Page, expect

from tests.sandbox.page.conftest import PHONE, OpenPage, Workspaces
from tests.sandbox.page.meeting_app import MeetingApp
from tests.sandbox.page.steps import PANEL, message

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

_IS_FOCUSED = "node => node === document.activeElement"


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control of that name has the focus, and see that it shows."""
    control = page.get_by_role("button", name=name, exact=True).or_(
        page.get_by_role("link", name=name)
    )
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await control.count() and await control.first.evaluate(_IS_FOCUSED):
            outline = await control.first.evaluate("node => getComputedStyle(node).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError(f"Tab never reached {name}")


async def test_everything_by_keyboard_at_phone_width(app: MeetingApp, open_page: OpenPage) -> None:
    app.answers["show"] = PANEL
    page = await open_page(size=PHONE)
    keyboard = page.keyboard

    await tab_to(page, "Channels")
    await keyboard.press("Enter")
    await tab_to(page, "# moderation")
    await keyboard.press("Enter")
    await expect(page.get_by_test_id("composer")).to_be_focused()

    await keyboard.type("/op")
    await keyboard.press("Tab")
    await keyboard.type("show")
    await keyboard.press("Enter")
    await expect(message(page, "MathRoom-1")).to_be_visible()
    await keyboard.press("Shift+Tab")
    await expect(page.get_by_role("button", name="Kick Dora")).to_be_focused()
    await keyboard.press("Enter")
    await expect(page.get_by_test_id("confirm-deny")).to_be_focused()
    await keyboard.press("Tab")
    await keyboard.press("Enter")
    await expect(page.get_by_test_id("confirm-dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Kick Dora")).to_be_focused()
    assert app.heard[-1]["actions"][0]["action_id"] == "kick"

    await page.evaluate("document.activeElement.blur()")
    await tab_to(page, "Traffic")
    await keyboard.press("Enter")
    await expect(page.get_by_test_id("inspector-entry").first).to_be_visible()
    await expect(page.get_by_test_id("composer")).to_be_hidden()


async def test_nothing_is_cut_off_and_everything_can_be_touched_at_phone_width(
    app: MeetingApp, open_page: OpenPage
) -> None:
    page = await open_page(size=PHONE)
    await app.whisper("C01GENERAL", "U01ANA", **PANEL)
    await app.say("C01GENERAL", "W" * 300)
    await expect(message(page, "WWW")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    for control in await page.locator("button:visible, select:visible, textarea:visible").all():
        box = await control.bounding_box()
        assert box is not None
        assert box["height"] >= 44, await control.text_content()


async def test_new_messages_are_announced(app: MeetingApp, open_page: OpenPage) -> None:
    page = await open_page()
    await app.say("C01GENERAL", "*Recording* ready")
    await expect(page.locator("[aria-live=polite]")).to_have_text("ovbot: Recording ready")


async def test_a_lost_workspace_is_told_and_found_again(
    workspaces: Workspaces, workspace: str, open_page: OpenPage
) -> None:
    page = await open_page(calm=False)
    notice = page.get_by_text("Disconnected from the workspace")
    await expect(notice).to_be_hidden()
    await workspaces.stop(workspace)
    await expect(notice).to_be_visible()
    await workspaces.start(int(workspace.rsplit(":", 1)[1]))
    await expect(notice).to_be_hidden(timeout=10_000)


async def test_a_reset_is_asked_about_and_forgets_everything(
    app: MeetingApp, open_page: OpenPage
) -> None:
    page = await open_page()
    await app.say("C01GENERAL", "Soon forgotten")
    await expect(message(page, "Soon forgotten")).to_be_visible()
    await page.get_by_role("button", name="Reset workspace").click()
    await page.get_by_test_id("confirm-accept").click()
    await expect(message(page, "Soon forgotten")).to_have_count(0)
    await expect(page.get_by_test_id("inspector-entry")).to_have_count(0)
