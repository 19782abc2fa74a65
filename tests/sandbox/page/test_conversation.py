"""Messages, commands and buttons, as people use them in the page."""

import re

import pytest
from playwright.async_api import expect

from tests.sandbox.page.conftest import OpenPage
from tests.sandbox.page.meeting_app import Json, MeetingApp
from tests.sandbox.page.steps import KICK, PANEL, message, say

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_command_is_answered_to_the_one_who_typed_it(
    app: MeetingApp, open_page: OpenPage
) -> None:
    app.answers["list"] = {"text": "Two sessions are *live*."}
    ana, ben = await open_page("U01ANA"), await open_page("U02BEN")
    await say(ana, "/openvidu list")
    answer = message(ana, "Two sessions are live.")
    await expect(answer).to_have_attribute("data-ephemeral", "true")
    await expect(answer).to_contain_text("Only visible to you")
    await expect(answer.locator("strong")).to_have_text("live")
    await expect(ana.locator("#composer-status")).to_contain_text("acknowledged in")
    await expect(ana.get_by_test_id("composer")).to_have_value("")
    await app.say("C01GENERAL", "Everybody sees this.")
    await expect(message(ben, "Everybody sees this.")).to_have_attribute("data-ephemeral", "false")
    await expect(message(ben, "Two sessions")).to_have_count(0)
    assert app.heard[0]["command"] == "/openvidu"
    assert app.heard[0]["user_id"] == "U01ANA"


async def test_switching_the_person_hides_what_others_were_told_alone(
    app: MeetingApp, open_page: OpenPage
) -> None:
    page = await open_page("U01ANA")
    await app.whisper("C01GENERAL", "U01ANA", "For Ana alone")
    await app.say("C01GENERAL", "For all")
    await expect(message(page, "For Ana alone")).to_be_visible()
    await page.get_by_test_id("person").select_option("U02BEN")
    await expect(message(page, "For Ana alone")).to_have_count(0)
    await expect(message(page, "For all")).to_be_visible()
    await say(page, "It is me, Ben")
    await expect(message(page, "It is me, Ben").locator(".author")).to_have_text("Ben")


async def test_a_command_nobody_acknowledges_is_told_and_stays_in_the_field(
    app: MeetingApp, open_page: OpenPage
) -> None:
    app.silent.add("list")
    page = await open_page()
    await say(page, "/openvidu list")
    await expect(page.locator("#composer-status")).to_contain_text("to be acknowledged")
    await expect(page.locator("#composer-status")).to_contain_text("did not acknowledge")
    await expect(page.get_by_test_id("composer")).to_have_value("/openvidu list")
    await say(page, "/other")
    await expect(page.locator("#composer-status")).to_contain_text("/other is not a command")


async def test_the_composer_hints_completes_and_remembers(
    app: MeetingApp, open_page: OpenPage
) -> None:
    page = await open_page()
    composer = page.get_by_test_id("composer")
    await composer.press_sequentially("/op")
    await expect(page.locator("#composer-hints")).to_contain_text("/openvidu list | show | help")
    await composer.press("Tab")
    await expect(composer).to_have_value("/openvidu ")
    await composer.press_sequentially("help")
    await composer.press("Enter")
    await expect(composer).to_have_value("")
    await composer.press("ArrowUp")
    await expect(composer).to_have_value("/openvidu help")
    await composer.press("ArrowDown")
    await expect(composer).to_have_value("")


async def test_a_button_asks_first_and_does_nothing_when_denied(
    app: MeetingApp, open_page: OpenPage
) -> None:
    async def kicked(payload: Json) -> None:
        await app.say("C01GENERAL", "Dora was removed.")

    app.answers["kick"] = kicked
    page = await open_page()
    await app.say("C01GENERAL", **PANEL)
    button = page.get_by_role("button", name="Kick Dora", exact=True)
    await expect(button).to_have_attribute("data-action-id", "kick")
    dialog = page.get_by_test_id("confirm-dialog")

    await button.click()
    await expect(dialog).to_contain_text("Dora leaves MathRoom-1 at once.")
    await expect(page.get_by_test_id("confirm-deny")).to_be_focused()
    await page.get_by_test_id("confirm-deny").click()
    await expect(dialog).to_have_count(0)
    await button.click()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(button).to_be_focused()
    assert app.heard == []

    await button.click()
    await page.get_by_test_id("confirm-accept").click()
    await expect(message(page, "Dora was removed.")).to_be_visible()
    await expect(button).to_be_enabled()
    [payload] = app.heard
    assert payload["actions"][0]["value"] == "con_1"


async def test_a_button_rests_while_it_waits_and_says_when_it_failed(
    app: MeetingApp, open_page: OpenPage
) -> None:
    app.silent.add("kick")
    page = await open_page()
    await app.say("C01GENERAL", **PANEL)
    button = page.get_by_role("button", name="Kick Dora", exact=True)
    await button.click()
    await page.get_by_test_id("confirm-accept").click()
    await expect(button).to_be_disabled()
    await expect(message(page, "Kick Dora").get_by_role("alert")).to_contain_text(
        "did not acknowledge"
    )
    await expect(button).to_be_enabled()
    await expect(button).to_be_focused()


async def test_hostile_texts_stay_texts(app: MeetingApp, open_page: OpenPage) -> None:
    page = await open_page()
    names = "&lt;!channel&gt; &lt;https://evil.example|click&gt; <script>alert(1)</script>"
    await app.say("C01GENERAL", f"{names} \u202egnp.exe joined")
    shown = message(page, "joined")
    await expect(shown).to_contain_text("<!channel> <https://evil.example|click>")
    await expect(shown).to_contain_text("U+202Egnp.exe joined")
    await expect(shown.locator("a, script, .mention")).to_have_count(0)

    # What is typed is never markup, whoever types it.
    await say(page, "<!here> & <https://evil.example|go>")
    typed = message(page, "<!here> & <https://evil.example|go>")
    await expect(typed).to_be_visible()
    await expect(typed.locator("a, .mention")).to_have_count(0)

    # A real mention of everybody cannot be overlooked; a scheme that runs code is no link.
    await app.say("C01GENERAL", "<!channel> <javascript:alert(1)|press> <https://ok.example|good>")
    loud = message(page, "@channel")
    await expect(loud.locator(".mention-all")).to_have_text("@channel")
    await expect(loud.get_by_role("link")).to_have_count(1)
    await expect(loud.get_by_role("link", name="good")).to_have_attribute(
        "href", "https://ok.example"
    )
    await expect(loud.get_by_role("link", name="good")).to_have_attribute(
        "rel", re.compile("noopener")
    )


async def test_a_right_to_left_name_does_not_turn_its_line(
    app: MeetingApp, open_page: OpenPage
) -> None:
    page = await open_page()
    await app.say("C01GENERAL", "*1.* مريم الحسيني · publisher")
    body = message(page, "publisher").locator(".message-body")
    assert await body.evaluate("node => getComputedStyle(node).direction") == "ltr"
    name = body.locator(".rtl")
    await expect(name).to_have_text("مريم الحسيني")
    assert await name.evaluate("node => getComputedStyle(node).unicodeBidi") == "isolate"


async def test_dates_are_in_the_readers_zone(app: MeetingApp, open_page: OpenPage) -> None:
    page = await open_page()
    await app.say("C01GENERAL", "Started <!date^1767607200^{date_short} {time}|once>, <@U02BEN>")
    await expect(message(page, "Started 5 Jan 2026 11:00, @Ben")).to_be_visible()


async def test_an_unknown_block_is_a_visible_box(app: MeetingApp, open_page: OpenPage) -> None:
    page = await open_page()
    task = {"type": "task_card", "task_id": "t", "title": "x", "status": "complete"}
    await app.say("C01GENERAL", "A task", blocks=[task])
    await expect(page.get_by_text("unsupported block: task_card")).to_be_visible()


async def test_an_update_replaces_its_message_alone_and_keeps_the_focus(
    app: MeetingApp, open_page: OpenPage
) -> None:
    page = await open_page()
    ts = await app.say("C01GENERAL", **PANEL)
    await app.say("C01GENERAL", "Later")
    button = page.get_by_role("button", name="Kick Dora", exact=True)
    await button.focus()
    blocks = [{"type": "actions", "block_id": "other", "elements": [KICK]}]
    await app.call("chat.update", channel="C01GENERAL", ts=ts, text="Now so", blocks=blocks)
    changed = page.locator(f'[data-ts="{ts}"]')
    await expect(changed).to_contain_text("(edited)")
    await expect(page.get_by_test_id("message")).to_have_count(2)
    assert await changed.evaluate("node => node.parentNode.contains(document.activeElement)")
    await app.call("chat.delete", channel="C01GENERAL", ts=ts)
    await expect(changed).to_have_count(0)


async def test_what_was_begun_in_a_place_waits_there(open_page: OpenPage) -> None:
    page = await open_page("U01ANA", "C01GENERAL")
    composer, person = page.get_by_test_id("composer"), page.get_by_test_id("person")
    await composer.press_sequentially("/openvidu kick")
    await page.get_by_test_id("channel-C02MODERATION").click()
    await expect(composer).to_have_value("")
    await composer.press_sequentially("hello")
    await person.select_option("U02BEN")
    await expect(composer).to_have_value("")
    await person.select_option("U01ANA")
    await expect(composer).to_have_value("hello")
    await page.get_by_test_id("channel-C01GENERAL").click()
    await expect(composer).to_have_value("/openvidu kick")


async def test_threads_open_under_their_message(app: MeetingApp, open_page: OpenPage) -> None:
    page = await open_page()
    ts = await app.say("C01GENERAL", "MathRoom-1 is live")
    await app.say("C01GENERAL", "Dora joined", thread_ts=ts)
    await expect(message(page, "Dora joined")).to_have_count(0)
    await page.get_by_role("button", name="1 reply").click()
    await expect(message(page, "Dora joined")).to_be_visible()
    await page.get_by_role("button", name="Reply in thread to ovbot").click()
    await expect(page.get_by_test_id("composer")).to_have_attribute("placeholder", "Reply")
    await say(page, "/openvidu list")
    await expect(page.locator("#composer-status")).to_contain_text("cannot be used in a thread")
    await say(page, "Welcome")
    replies = page.get_by_role("list", name="Replies").get_by_test_id("message")
    await expect(replies).to_have_count(2)


async def test_unread_channels_are_marked_until_read(app: MeetingApp, open_page: OpenPage) -> None:
    page = await open_page(place="C01GENERAL")
    entry = page.get_by_test_id("channel-C02MODERATION")
    await app.say("C02MODERATION", "Recording ready")
    await expect(entry).to_contain_text("1 unread")
    await entry.click()
    await expect(message(page, "Recording ready")).to_be_visible()
    await expect(entry).not_to_contain_text("unread")


async def test_the_inspector_shows_the_traffic(app: MeetingApp, open_page: OpenPage) -> None:
    app.answers["list"] = {"text": "Nothing is live."}
    page = await open_page()
    entries = page.get_by_test_id("inspector-entry")
    await say(page, "/openvidu list")
    sent = entries.filter(has_text="slash_commands")
    await expect(sent).to_contain_text("/openvidu list")
    await sent.locator("summary").click()
    await expect(sent.locator("pre").first).to_contain_text('"user_id": "U01ANA"')
    await expect(sent).to_contain_text("Nothing is live.")
    await page.get_by_label("Filter the traffic").fill("no such word")
    await expect(entries).to_have_count(0)
    await page.get_by_label("Filter the traffic").fill("U01ana")
    await expect(sent).to_have_count(1)
    await page.get_by_label("Filter the traffic").fill("")

    await page.get_by_role("button", name="Pause").click()
    before = await entries.count()
    await app.say("C01GENERAL", "Unseen")
    await expect(message(page, "Unseen")).to_be_visible()
    await expect(entries).to_have_count(before)
    await page.get_by_role("button", name="Resume").click()
    await expect(entries).to_have_count(before + 1)
