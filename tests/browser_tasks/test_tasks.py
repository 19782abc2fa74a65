"""The ten commonest tasks, in the order of an evening: each is done with what the page offers."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser_tasks.chat import accept, button, choose, message, modal, say
from tests.browser_tasks.hands import Hand, Keys

pytestmark = pytest.mark.browser
TOUCH = 44
"""Pixels that a finger needs."""


def panel(hand: Hand) -> Locator:
    """The panel of the meeting, asked for anew."""
    panels = hand.page.get_by_test_id("message").filter(has_text="Open since")
    before = panels.count()
    say(hand, "/openvidu")
    expect(hand.page.get_by_test_id("composer")).to_have_value("")
    expect(panels).to_have_count(before + 1)
    return panels.last


def unfold(hand: Hand) -> None:
    """Look into the thread of the session's card, where moderation is told."""
    toggle = hand.page.get_by_role("button", name=re.compile(r"\d+ repl")).first
    if toggle.get_attribute("aria-expanded") != "true":
        hand.press(toggle)


def close(hand: Hand) -> None:
    """Open the form that closes the meeting."""
    hand.press(button(panel(hand), "More actions"))
    hand.press(hand.page.get_by_role("menuitem", name="Close consultation"))


def test_list_the_sessions_and_look_into_one(hand: Hand) -> None:
    expect(message(hand, "bound this channel")).to_be_visible()
    say(hand, "/openvidu list")
    listed = message(hand, "Live sessions")
    expect(listed).to_contain_text("waiting-room")
    hand.press(button(listed, "Show consultation"))
    expect(message(hand, "Open since")).to_contain_text("Lina Okafor")
    expect(hand.page.get_by_test_id("message").filter(has_text="Live sessions")).to_have_count(0)


def test_show_who_is_there(hand: Hand) -> None:
    shown = panel(hand)
    expect(shown).to_contain_text("Session consultation")
    expect(shown).to_contain_text("1. Dr. Weber")
    expect(shown).to_contain_text("<!channel> FREE MONEY")
    # A state is a word, whatever stands beside it.
    expect(shown).to_contain_text("not recording")
    expect(shown).to_contain_text("camera")
    expect(shown).to_contain_text("screen")
    expect(shown).to_contain_text("watching")


def test_every_button_of_the_panel_names_what_it_is_about(hand: Hand) -> None:
    shown = panel(hand)
    names = [
        each.get_attribute("aria-label") or each.inner_text()
        for each in shown.get_by_role("button").all()
    ]
    assert len(names) >= 8
    assert len(names) == len(set(names))
    for name in names:
        assert len(name.split()) >= 2, name
        assert re.search(r"\w", name), name


def test_the_whole_panel_is_on_a_screen_and_a_half(hand: Hand) -> None:
    shown = panel(hand)
    box = shown.bounding_box()
    assert box is not None
    assert box["height"] <= 1.5 * 844
    red = shown.locator(".button-danger")
    assert red.count() <= 1


def test_the_panel_can_be_read_and_touched(hand: Hand) -> None:
    shown = panel(hand)
    wide = hand.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= hand.size[0], "it must not be scrolled sideways"
    if not isinstance(hand, Keys):
        return
    for control in shown.get_by_role("button").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= TOUCH, control.inner_text()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= hand.size[0], control.inner_text()


def test_find_somebody_by_name_and_reach_what_is_behind_three_dots(hand: Hand) -> None:
    say(hand, "/openvidu show --find okafor")
    found = message(hand, "with “okafor” in their name")
    expect(found).to_contain_text("Lina Okafor")
    expect(found).not_to_contain_text("Dr. Weber")
    hand.press(button(found, "Find people"))
    form = modal(hand)
    expect(form.get_by_label("Find")).to_have_value("okafor")
    hand.page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    hand.press(button(panel(hand), "More actions"))
    for name in ("Close", "Recordings of", "Invite to", "Post a card of", "Add an IP camera to"):
        entry = hand.page.get_by_role("menuitem", name=f"{name} consultation")
        expect(entry).to_be_visible()
    hand.page.keyboard.press("Escape")


def test_somebody_has_one_menu_and_arrows_go_through_it(hand: Hand) -> None:
    shown = panel(hand)
    opens = shown.get_by_role("button", name=re.compile("^More actions: .*Lina Okafor"))
    expect(opens).to_have_count(1)
    hand.press(opens)
    entries = hand.page.get_by_role("menuitem")
    expect(entries.first).to_be_focused()
    expect(opens).to_have_attribute("aria-expanded", "true")
    names = [entry.inner_text() for entry in entries.all() if entry.is_visible()]
    assert names[0] == "Kick Lina Okafor…"
    assert names[-1] == "Details of Lina Okafor"
    assert all("Lina Okafor" in name for name in names)
    hand.page.keyboard.press("ArrowUp")
    expect(entries.filter(has_text="Details of Lina Okafor")).to_be_focused()
    hand.page.keyboard.press("Home")
    expect(entries.filter(has_text="Kick Lina Okafor")).to_be_focused()
    for entry in entries.all():
        box = entry.bounding_box()
        if isinstance(hand, Keys) and box is not None:
            assert box["height"] >= TOUCH
            assert box["x"] + box["width"] <= hand.size[0]
    hand.page.keyboard.press("Escape")
    expect(opens).to_be_focused()
    expect(opens).to_have_attribute("aria-expanded", "false")


def test_everything_about_somebody_and_back(hand: Hand) -> None:
    shown = panel(hand)
    panels = hand.page.get_by_test_id("message").filter(has_text="Open since")
    count = panels.count()
    choose(hand, shown, "Lina Okafor", "Details of Lina Okafor")
    about = message(hand, "publishes camera")
    expect(about).to_contain_text("Lina Okafor")
    expect(about).not_to_contain_text("Open since")
    expect(panels).to_have_count(count - 1)
    hand.press(button(about, "Show consultation"))
    expect(panels).to_have_count(count)
    expect(panels.last).to_contain_text("Dr. Weber")


def test_kick_somebody(hand: Hand) -> None:
    shown = panel(hand)
    choose(hand, shown, "Tom (screen)", "Kick Tom (screen)…")
    form = modal(hand)
    expect(form).to_contain_text("Tom (screen) is removed from session consultation at once")
    # Four presses: the menu, Kick, why, and the button.
    hand.tick(form.get_by_role("radio", name="Disturbing the session"))
    hand.press(hand.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()
    told = message(hand, "removed Tom (screen) from session consultation")
    expect(told).to_contain_text("@Ana")
    expect(told).to_contain_text("Reason: Disturbing the session")
    expect(shown).not_to_contain_text("Tom (screen)")


def test_one_person_is_sent_a_ready_made_text(hand: Hand) -> None:
    choose(hand, panel(hand), "Dr. Weber", "Message Dr. Weber…")
    form = modal(hand)
    expect(form).to_contain_text("To Dr. Weber, and nobody else in session consultation.")
    hand.tick(form.get_by_role("radio", name="Please mute your microphone."))
    hand.press(button(form, "Send"))
    expect(form).to_be_hidden()
    expect(message(hand, "sent to Dr. Weber")).to_contain_text("Please mute your microphone.")


def test_a_ban_is_chosen_in_the_same_form(hand: Hand) -> None:
    choose(
        hand,
        panel(hand),
        "FREE MONEY",
        "Kick <!channel> FREE MONEY…".replace("<", "‹").replace(">", "›"),
    )
    form = modal(hand)
    expect(form).to_contain_text("is removed from session consultation at once")
    hand.press(form.get_by_role("combobox", name="Ban"))
    hand.page.keyboard.press("ArrowDown")
    hand.page.keyboard.press("Enter")
    expect(form).to_contain_text("Whoever joins session consultation")
    hand.page.keyboard.press("Escape")
    expect(form).to_be_hidden()


def test_end_a_stream(hand: Hand) -> None:
    shown = panel(hand)
    choose(hand, shown, "Lina Okafor", "Unpublish Lina Okafor…")
    form = modal(hand)
    expect(form).to_contain_text("camera of Lina Okafor ends in session consultation")
    hand.press(hand.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()
    expect(message(hand, re.compile("ended the .*Lina Okafor|unpublished"))).to_be_visible()
    expect(shown).to_contain_text(re.compile("Lina Okafor.{0,12}watching", re.DOTALL))
    hand.press(shown.get_by_role("button", name=re.compile("^More actions: .*Lina Okafor")))
    expect(hand.page.get_by_role("menuitem", name="Details of Lina Okafor")).to_be_visible()
    expect(hand.page.get_by_role("menuitem", name="Unpublish Lina Okafor")).to_have_count(0)
    hand.page.keyboard.press("Escape")


def test_record_and_stop(hand: Hand) -> None:
    shown = panel(hand)
    hand.press(button(shown, "Record consultation"))
    expect(message(hand, "started recording session consultation")).to_be_visible()
    expect(shown).to_contain_text("recording")
    hand.press(button(shown, "Stop recording consultation"))
    accept(hand, "consultation")
    expect(message(hand, "stopped the recording of session consultation")).to_be_visible()
    expect(message(hand, "is ready")).to_contain_text("recorded by @Ana")
    expect(shown).to_contain_text("not recording")


def test_signal_through_its_form(hand: Hand) -> None:
    hand.press(button(panel(hand), "Message all in consultation"))
    form = modal(hand)
    expect(form).to_contain_text("Signal")
    expect(form.get_by_label("Session")).to_have_value("consultation")
    hand.write("We go on in five minutes", form.get_by_label("In your own words"))
    hand.press(hand.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()
    expect(message(hand, "We go on in five minutes")).to_contain_text("@Ana")


def test_what_is_missing_in_a_form_is_told_at_its_field(hand: Hand) -> None:
    told = {
        "unpublish": "Please fill this in.",
        "kick": "The participant is missing: number, part of the name, or id. Or give Match",
    }
    for command, sentence in told.items():
        say(hand, f"/openvidu {command}")
        form = modal(hand)
        expect(form).not_to_contain_text("missing")
        hand.press(hand.page.get_by_test_id("modal-submit"))
        expect(form.get_by_text(sentence)).to_be_visible()
        hand.page.keyboard.press("Escape")
        expect(form).to_be_hidden()


def test_bind_and_unbind(hand: Hand) -> None:
    say(hand, "/openvidu bind waiting-room participants")
    expect(message(hand, "bound this channel to waiting-room")).to_contain_text("participants")
    say(hand, "/openvidu bindings")
    bindings = message(hand, "Bindings of this channel")
    hand.press(button(bindings, "Unbind waiting-room"))
    accept(hand, "waiting-room")
    expect(message(hand, "unbound this channel from waiting-room")).to_be_visible()


def test_a_card_changes_by_itself(hand: Hand) -> None:
    shown = hand.page.get_by_test_id("message").filter(has_text="Open since")
    panels = shown.count() + 1
    say(hand, "/openvidu card")
    expect(message(hand, "asked for a live card")).to_be_visible()
    expect(shown).to_have_count(panels)
    card = shown.last
    expect(button(card, "Record consultation")).to_be_visible()
    hand.press(button(card, "Record consultation"))
    expect(button(card, "Stop recording consultation")).to_be_visible()
    hand.press(button(card, "Stop recording consultation"))
    accept(hand, "consultation")
    expect(button(card, "Record consultation")).to_be_visible()
    # The card is enough: no panel of one's own comes on top of it.
    expect(shown).to_have_count(panels)


def test_home_leads_to_a_session(hand: Hand) -> None:
    hand.go("App Home")
    home = hand.page.get_by_test_id("home")
    expect(home).to_contain_text("reachable")
    expect(home).to_contain_text("What you did last")
    hand.press(button(home, "Show consultation"))
    expect(home).to_contain_text("Dr. Weber")
    hand.press(button(home, "List sessions"))
    expect(home).to_contain_text("waiting-room")
    hand.go("# moderation")
    expect(message(hand, "asked for a live card")).to_be_visible()


def test_a_question_in_a_form_can_be_followed_there(hand: Hand) -> None:
    say(hand, "/openvidu list ?")
    form = modal(hand)
    hand.press(hand.page.get_by_test_id("modal-submit"))
    hand.press(button(form, "Show consultation"))
    expect(form).to_contain_text("Dr. Weber")
    hand.press(hand.page.get_by_test_id("modal-close"))
    expect(form).to_be_hidden()


def test_announce_a_closing_and_call_it_off(hand: Hand) -> None:
    close(hand)
    form = modal(hand)
    expect(form).to_contain_text("will be disconnected at once")
    hand.write("5m", form.get_by_label("Warn"))
    hand.press(hand.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()
    card = hand.page.get_by_test_id("message").filter(has_text="Closes").last
    expect(card).to_contain_text("(@Ana)")
    hand.press(button(card, "Keep consultation open"))
    expect(hand.page.get_by_test_id("message").filter(has_text="Closes")).to_have_count(0)


def test_delete_a_recording_and_keep_it_after_all(hand: Hand) -> None:
    unfold(hand)
    say(hand, "/openvidu recording delete consultation")
    form = modal(hand)
    expect(form).to_contain_text("will be lost for good 15 min after you submit this")
    hand.tick(form.get_by_role("checkbox", name="At once"))
    expect(form).to_contain_text("will be lost for good, at once")
    hand.tick(form.get_by_role("checkbox", name="At once"))
    expect(form).to_contain_text("until then it can be kept")
    hand.press(hand.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()
    expect(message(hand, "will delete recording")).to_be_visible()
    say(hand, "/openvidu recording list")
    listed = message(hand, "will be deleted")
    hand.press(button(listed, "Keep consultation"))
    expect(hand.page.get_by_test_id("message").filter(has_text="will be deleted")).to_have_count(0)


def test_close_with_a_reason(hand: Hand) -> None:
    unfold(hand)
    close(hand)
    form = modal(hand)
    expect(form).to_contain_text("will be disconnected at once")
    hand.write("The lesson is over", form.get_by_label("Reason"))
    hand.press(hand.page.get_by_test_id("modal-submit"))
    expect(form).to_be_hidden()
    card = message(hand, "ended after")
    expect(card).to_contain_text("consultation")
    told = message(hand, "closed session consultation")
    expect(told).to_contain_text("Reason: The lesson is over")
