"""Forms about one person who was chosen in a menu: whom it is about, and nothing but what is still
to be said."""

import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.audit import Outcome
from ovbot.domain.ready_texts import LONGEST, MESSAGES, REASONS, texts
from ovbot.engine.forms import Form, command_text
from ovbot.engine.invocation import Invocation, Source
from ovbot.grammar.args import Ready
from ovbot.slack import modal, returned
from tests.conformance.rendering import check_view
from tests.conformance.test_forms import inputs, untouched
from tests.desk import ANA, MODERATION, TEAM, Desk, buttons


async def opened(desk: Desk, label: str) -> Form:
    """The form that this choice in the panel opens, as it is when OpenVidu has been asked."""
    (button,) = [b for b in buttons(await desk.type("show demo")) if b.label == label]
    asked = Invocation(
        actor=Actor(TEAM, ANA),
        channel=MODERATION,
        text=button.command,
        interaction=button.command,
        source=Source.BUTTON,
    )
    entered = await desk.door.enter(asked)
    assert entered.form is not None
    assert entered.fill is not None
    check_view(modal.view(entered.form, MODERATION))
    assert "*Tom*" in entered.form.text, "before OpenVidu tells what follows"
    assert "con_" not in entered.form.text
    return await entered.fill()


async def submit(desk: Desk, form: Form, **chosen: str) -> None:
    """Choose in it and press its button: blocks by their names, ``reason_ready`` for the texts."""
    view = modal.view(form, MODERATION)
    check_view(view)
    values = untouched(view)
    for name, value in chosen.items():
        block = name.replace("_ready", modal.READY)
        (state,) = values[block].values()
        kind = "value" if state["type"] == "plain_text_input" else "selected_option"
        state[kind] = value if kind == "value" else {"value": value}
    sent = returned.submission(
        {
            "type": "view_submission",
            "team": {"id": TEAM},
            "user": {"id": ANA},
            "view": {
                "id": "V1",
                "private_metadata": view["private_metadata"],
                "state": {"values": values},
            },
        }
    )
    text = command_text(desk.door.powers.commands[sent.where.command], sent.filled)
    await desk.type(text, source=Source.FORM)


@pytest.fixture
def crowd(desk: Desk) -> Desk:
    for name in ("Ana", "Tom", "Noor"):
        desk.simulator.join("demo", client_data=name, publish="camera")
    return desk


async def there(desk: Desk) -> list[str]:
    return sorted(c.client_data or "" for c in await desk.connections())


async def test_kick_asks_why_and_whether_to_ban(crowd: Desk) -> None:
    form = await opened(crowd, "Kick Tom…")
    assert "*Tom* is removed from session `demo` at once" in form.text
    view = modal.view(form, MODERATION)
    assert list(inputs(view)) == ["reason:ready", "reason", "ban"]
    assert view["submit"]["text"] == "Kick"
    ready = inputs(view)["reason:ready"]["element"]
    assert ready["type"] == "radio_buttons", "one press each"
    assert [option["value"] for option in ready["options"]] == list(REASONS)
    ban = inputs(view)["ban"]["element"]
    assert ban["initial_option"]["text"]["text"] == "No ban"
    await submit(crowd, form, reason_ready="Spam")
    told = (await crowd.told())[-1]
    assert "removed *Tom* from session `demo`. Reason: Spam" in told.text
    assert await there(crowd) == ["Ana", "Noor"]
    assert [b.label for b in buttons(told.reply)] == ["Invite Tom back"]


async def test_a_ban_is_chosen_and_told_before_it_is_made(crowd: Desk) -> None:
    form = await opened(crowd, "Kick Tom…")
    kept = dict(form.kept)
    filled = {**kept, "ban": ("1h",), "reason": ("Spam",)}
    anew = await crowd.door.reconsider(Actor(TEAM, ANA), MODERATION, "kick", filled, brief=True)
    assert "Whoever joins session `demo` as “Tom” is removed until" in anew.text
    view = modal.view(anew, MODERATION)
    assert list(inputs(view)) == ["reason:ready", "reason", "ban"], "it stays as short"
    assert inputs(view)["reason:ready"]["element"]["initial_option"]["value"] == "Spam"
    assert inputs(view)["ban"]["element"]["initial_option"]["text"]["text"] == "For 1 hour"
    await submit(crowd, anew)
    told = (await crowd.told())[-1]
    assert "removed *Tom*" in told.text
    assert "banned them until" in told.text
    assert "Reason: Spam" in told.text


@pytest.mark.parametrize("value", ["perm", "1w", "1d"])
async def test_every_length_of_the_menu_is_one_that_can_be_typed(crowd: Desk, value: str) -> None:
    await submit(crowd, await opened(crowd, "Kick Tom…"), ban=value)
    assert "banned them" in (await crowd.told())[-1].text


async def test_ones_own_words_replace_the_choice(crowd: Desk) -> None:
    form = await opened(crowd, "Kick Tom…")
    await submit(crowd, form, reason_ready="Spam", reason="Sold umbrellas")
    assert (await crowd.told())[-1].text.endswith("Reason: Sold umbrellas")


async def test_kick_needs_no_reason(crowd: Desk) -> None:
    await submit(crowd, await opened(crowd, "Kick Tom…"))
    assert "Reason: none given." in (await crowd.told())[-1].text


async def test_a_message_goes_to_just_this_person(crowd: Desk) -> None:
    form = await opened(crowd, "Message Tom…")
    assert form.text == "To *Tom*, and nobody else in session `demo`."
    view = modal.view(form, MODERATION)
    assert (view["title"]["text"], view["submit"]["text"]) == ("Message", "Send")
    assert list(inputs(view)) == ["text:ready", "text"]
    offered = [o["value"] for o in inputs(view)["text:ready"]["element"]["options"]]
    assert offered == list(MESSAGES)
    await submit(crowd, form, text_ready=MESSAGES[0])
    assert f"sent to *Tom* in session `demo`: “{MESSAGES[0]}”" in (await crowd.told())[-1].text
    (sent,) = [one for one in crowd.simulator.app.asked() if one["path"].endswith("/signal")]
    assert (await crowd.audited())[-1].outcome is Outcome.DONE
    assert sent["status"] == 200


async def test_an_empty_message_is_told_at_its_field(crowd: Desk) -> None:
    form = await opened(crowd, "Message Tom…")
    with pytest.raises(Exception, match="text"):
        await submit(crowd, form)
    assert [one for one in crowd.simulator.app.asked() if one["path"].endswith("/signal")] == []


async def test_ending_a_stream_asks_why(crowd: Desk) -> None:
    form = await opened(crowd, "Unpublish Tom…")
    assert "The *camera of Tom* ends in session `demo`." in form.text
    assert list(inputs(modal.view(form, MODERATION))) == ["reason:ready", "reason"]
    await submit(crowd, form, reason_ready=REASONS[0])
    assert f"ended the *camera of Tom* in session `demo`. Reason: {REASONS[0]}" in (
        (await crowd.told())[-1].text
    )
    assert await there(crowd) == ["Ana", "Noor", "Tom"]


async def test_the_texts_are_set(crowd: Desk) -> None:
    crowd.given(ready={Ready.REASONS: ("House rule 3",), Ready.MESSAGES: ()})
    kick = modal.view(await opened(crowd, "Kick Tom…"), MODERATION)
    options = inputs(kick)["reason:ready"]["element"]["options"]
    assert [option["value"] for option in options] == ["House rule 3"]
    assert list(inputs(modal.view(await opened(crowd, "Message Tom…"), MODERATION))) == ["text"]


async def test_a_length_that_was_typed_stays_in_the_menu(crowd: Desk) -> None:
    asked = Invocation(
        actor=Actor(TEAM, ANA),
        channel=MODERATION,
        text="kick --session demo --ban 90s Tom ?",
        interaction="typed",
    )
    form = (await crowd.door.enter(asked)).form
    assert form is not None
    assert not form.brief, "what was typed can be corrected"
    assert inputs(modal.view(form, MODERATION))["ban"]["element"]["initial_option"]["value"] == (
        "90s"
    )


def test_texts_are_parted_by_bars() -> None:
    assert texts(" Too loud | Spam|| Spam ") == ("Too loud", "Spam")
    assert texts("") == ()
    with pytest.raises(ValueError, match="at most 10"):
        texts("|".join(map(str, range(11))))
    with pytest.raises(ValueError, match="75"):
        texts("x" * (LONGEST + 1))
