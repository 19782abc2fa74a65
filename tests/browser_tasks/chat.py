"""What somebody does in a channel of the local workspace, with either hand."""

import re

from playwright.sync_api import Locator, expect

from tests.browser_tasks.hands import Hand


def say(hand: Hand, text: str) -> None:
    hand.write(text, hand.page.get_by_test_id("composer"))
    hand.page.keyboard.press("Enter")


def message(hand: Hand, text: str | re.Pattern[str]) -> Locator:
    """The newest message that holds this."""
    return hand.page.get_by_test_id("message").filter(has_text=text).last


def choose(hand: Hand, within: Locator, row: str, deed: str) -> None:
    """Open the menu beside somebody, and take this of it."""
    hand.press(within.get_by_role("button", name=re.compile(rf"^More actions: .*{re.escape(row)}")))
    hand.press(hand.page.get_by_role("menuitem", name=deed))


def button(within: Locator, name: str) -> Locator:
    return within.get_by_role("button", name=name, exact=True)


def accept(hand: Hand, *named: str) -> None:
    """Accept the dialog, which names its object."""
    dialog = hand.page.get_by_test_id("confirm-dialog")
    for name in named:
        expect(dialog).to_contain_text(name)
    hand.press(hand.page.get_by_test_id("confirm-accept"))
    expect(dialog).to_have_count(0)


def modal(hand: Hand) -> Locator:
    found = hand.page.get_by_test_id("modal")
    expect(found).to_be_visible()
    return found
