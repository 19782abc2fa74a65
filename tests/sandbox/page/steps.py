"""What the tests post, and the steps they share."""

from playwright.async_api import Locator, Page

from tests.sandbox.page.meeting_app import Json

KICK: Json = {
    "type": "button",
    "action_id": "kick",
    "text": {"type": "plain_text", "text": "Kick Dora"},
    "value": "con_1",
    "style": "danger",
    "confirm": {
        "title": {"type": "plain_text", "text": "Kick Dora?"},
        "text": {"type": "mrkdwn", "text": "*Dora* leaves `MathRoom-1` at once."},
        "confirm": {"type": "plain_text", "text": "Kick"},
        "deny": {"type": "plain_text", "text": "Keep"},
        "style": "danger",
    },
}
PANEL: Json = {
    "text": "MathRoom-1: one person",
    "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "MathRoom-1"}},
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": "*1.* Dora :bust_in_silhouette:"},
            "accessory": KICK,
        },
    ],
}


async def say(page: Page, text: str) -> None:
    """Type into the composer and send by key."""
    await page.get_by_test_id("composer").fill(text)
    await page.get_by_test_id("composer").press("Enter")


def message(page: Page, text: str) -> Locator:
    """The message that holds `text`."""
    return page.get_by_test_id("message").filter(has_text=text)
