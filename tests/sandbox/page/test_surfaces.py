"""Modals and App Home in the page."""

import pytest
from playwright.async_api import expect

from tests.sandbox.page.conftest import OpenPage
from tests.sandbox.page.meeting_app import Json, MeetingApp
from tests.sandbox.page.steps import say

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def option(text: str, value: str) -> Json:
    """An option of a select."""
    return {"text": plain(text), "value": value}


def asking(block_id: str, label: str, element: Json, **more: object) -> Json:
    """An input block whose element is named like the block."""
    named = {"action_id": block_id, **element}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": named} | more


MODES = [option("Composed", "COMPOSED"), option("Individual", "INDIVIDUAL")]
RECORD: Json = {
    "type": "modal",
    "callback_id": "record",
    "title": plain("Start recording"),
    "submit": plain("Record"),
    "close": plain("Not now"),
    "blocks": [
        asking("name", "Name", {"type": "plain_text_input"}, hint=plain("Letters and digits")),
        asking("mode", "Mode", {"type": "radio_buttons", "options": MODES}),
        asking("layout", "Layout", {"type": "static_select", "options": MODES}, optional=True),
        asking(
            "who",
            "Who",
            {"type": "external_select", "min_query_length": 0},
            optional=True,
        ),
        asking("since", "Since", {"type": "datepicker"}, optional=True),
    ],
}


async def test_a_modal_is_filled_in_refused_at_the_field_and_submitted(
    app: MeetingApp, open_page: OpenPage
) -> None:
    async def opened(payload: Json) -> None:
        await app.call("views.open", trigger_id=payload["trigger_id"], view=RECORD)

    async def submitted(payload: Json) -> Json | None:
        name = payload["view"]["state"]["values"]["name"]["name"]["value"]
        if name == "taken":
            return {"response_action": "errors", "errors": {"name": "That name is taken."}}
        return None

    async def offered(payload: Json) -> Json:
        people = [option("Dora", "con_1"), option("Noor", "con_2")]
        asked = payload["value"]
        return {"options": [one for one in people if asked in one["text"]["text"].lower()]}

    app.answers.update(record=opened, view_submission=submitted, block_suggestion=offered)
    page = await open_page()
    await say(page, "/openvidu record")
    modal = page.get_by_test_id("modal")
    await expect(modal).to_be_visible()
    await expect(modal.get_by_label("Name")).to_be_focused()

    await page.get_by_test_id("modal-submit").click()
    await expect(modal.get_by_text("Please fill this in.")).to_have_count(2)
    await expect(modal.get_by_label("Name")).to_be_focused()

    await modal.get_by_label("Name").fill("taken")
    await modal.get_by_label("Composed").check()
    await modal.get_by_role("combobox", name="Layout").click()
    await modal.get_by_role("option", name="Individual").click()
    who = modal.get_by_role("combobox", name="Who")
    await who.press_sequentially("noor", delay=50)
    await expect(who).to_have_value("noor")
    await expect(modal.get_by_role("option")).to_have_text(["Noor"])
    await page.keyboard.press("Enter")
    await modal.get_by_label("Since").fill("2026-01-05")
    await page.get_by_test_id("modal-submit").click()
    await expect(modal.get_by_text("That name is taken.")).to_be_visible()
    await expect(modal.get_by_label("Name")).to_be_focused()
    await expect(modal.get_by_role("combobox", name="Who")).to_have_value("Noor")

    await modal.get_by_label("Name").fill("MathRoom-1")
    await page.keyboard.press("Enter")
    await expect(modal).to_be_hidden()
    values = app.heard[-1]["view"]["state"]["values"]
    assert values["name"]["name"] == {"type": "plain_text_input", "value": "MathRoom-1"}
    assert values["mode"]["mode"]["selected_option"]["value"] == "COMPOSED"
    assert values["layout"]["layout"]["selected_option"]["value"] == "INDIVIDUAL"
    assert values["who"]["who"]["selected_option"]["value"] == "con_2"
    assert values["since"]["since"]["selected_date"] == "2026-01-05"


async def test_views_stack_keep_what_was_typed_and_close_one_by_one(
    app: MeetingApp, open_page: OpenPage
) -> None:
    details: Json = {
        "type": "modal",
        "title": plain("Details"),
        "blocks": [{"type": "section", "text": plain("More about it")}],
    }
    more = {"type": "button", "action_id": "more", "text": plain("Show details")}
    start = {**RECORD, "blocks": [*RECORD["blocks"], {"type": "actions", "elements": [more]}]}

    async def opened(payload: Json) -> None:
        await app.call("views.open", trigger_id=payload["trigger_id"], view=start)

    async def pushed(payload: Json) -> None:
        await app.call("views.push", trigger_id=payload["trigger_id"], view=details)

    app.answers.update(record=opened, more=pushed)
    page = await open_page()
    await say(page, "/openvidu record")
    modal = page.get_by_test_id("modal")
    await modal.get_by_label("Name").fill("half-typed")
    await modal.get_by_role("button", name="Show details").click()
    await expect(modal).to_contain_text("More about it")
    await page.keyboard.press("Escape")
    await expect(modal.get_by_label("Name")).to_have_value("half-typed")
    await page.get_by_test_id("modal-close").click()
    await expect(modal).to_be_hidden()


async def test_a_loading_view_becomes_the_content(app: MeetingApp, open_page: OpenPage) -> None:
    loading: Json = {
        "type": "modal",
        "title": plain("Start recording"),
        "blocks": [{"type": "section", "text": plain("Loading…")}],
    }
    ids: list[str] = []

    async def opened(payload: Json) -> None:
        reply = await app.call("views.open", trigger_id=payload["trigger_id"], view=loading)
        ids.append(reply["view"]["id"])

    app.answers["record"] = opened
    page = await open_page()
    await say(page, "/openvidu record")
    modal = page.get_by_test_id("modal")
    await expect(modal).to_contain_text("Loading…")
    await expect(page.get_by_test_id("modal-submit")).to_be_hidden()
    await app.call("views.update", view_id=ids[0], view=RECORD)
    await expect(modal.get_by_label("Name")).to_be_focused()


async def test_app_home_is_asked_for_shown_and_used(app: MeetingApp, open_page: OpenPage) -> None:
    def home(words: str) -> Json:
        refresh = {"type": "button", "action_id": "refresh", "text": plain("Refresh sessions")}
        return {
            "type": "home",
            "blocks": [
                {"type": "section", "text": plain(words)},
                {"type": "actions", "elements": [refresh]},
            ],
        }

    async def visited(payload: Json) -> None:
        user = payload["event"]["user"]
        await app.call("views.publish", user_id=user, view=home("No session is live."))

    async def refreshed(payload: Json) -> None:
        user = payload["user"]["id"]
        await app.call("views.publish", user_id=user, view=home("One session is live."))

    app.answers.update(app_home_opened=visited, refresh=refreshed)
    page = await open_page()
    await page.get_by_test_id("channel-home").click()
    shown = page.get_by_test_id("home")
    await expect(shown).to_contain_text("No session is live.")
    await shown.get_by_role("button", name="Refresh sessions").click()
    await expect(shown).to_contain_text("One session is live.")
    await expect(shown.get_by_role("button", name="Refresh sessions")).to_be_focused()


async def test_menus_in_a_message_send_what_was_chosen(
    app: MeetingApp, open_page: OpenPage
) -> None:
    page = await open_page()
    elements: list[Json] = [
        {"type": "overflow", "action_id": "more", "options": [*MODES, option("Close", "close")]},
        {"type": "static_select", "action_id": "layout", "options": MODES},
        {"type": "multi_users_select", "action_id": "people"},
    ]
    for element in elements[1:]:
        element["placeholder"] = plain(f"Choose {element['action_id']}")
    blocks = [
        {"type": "section", "text": plain("Menus"), "accessory": elements[2]},
        {"type": "actions", "elements": elements[:2]},
    ]
    await app.say("C01GENERAL", "Menus", blocks=blocks)

    await page.get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Close").click()
    layout = page.get_by_role("combobox", name="Choose layout")
    await expect(layout).to_be_enabled()
    await layout.click()
    await layout.press("ArrowDown")
    await layout.press("Enter")
    await expect(layout).to_have_value("Individual")
    people = page.get_by_role("combobox", name="Choose people")
    await expect(people).to_be_enabled()
    await people.click()
    await page.get_by_test_id("message").get_by_role("option", name="Ben").click()
    await page.get_by_test_id("message").get_by_role("option", name="Cleo").click()
    await people.press("Escape")
    await expect(page.get_by_role("button", name="Remove Cleo")).to_be_enabled()

    actions = [payload["actions"][0] for payload in app.heard]
    assert [action["action_id"] for action in actions] == ["more", "layout", "people"]
    assert actions[0]["selected_option"]["value"] == "close"
    assert actions[1]["selected_option"]["value"] == "INDIVIDUAL"
    assert actions[2]["selected_users"] == ["U02BEN", "U03CLEO"]
