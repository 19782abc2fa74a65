"""views.*: Home tabs and modals through the Web API."""

from typing import Any

import pytest

from tests.sandbox.slack.conftest import Desk, actions, button, field_block, modal, plain

HOME = {"type": "home", "blocks": [{"type": "divider"}]}


async def trigger(at: Desk, user: str = "U01ANA") -> str:
    """A fresh trigger id, from a slash command."""
    await at.command(user=user)
    name: str = at.bot.last.payload["trigger_id"]
    return name


async def test_a_home_tab_is_published(at: Desk) -> None:
    assert (await at.look("home/U01ANA"))["view"] is None
    view = (await at.ok("views.publish", user_id="U01ANA", view=HOME))["view"]
    assert view["type"] == "home"
    assert view["team_id"] == "T01SANDBOX"
    assert view["root_view_id"] == view["id"]
    assert view["blocks"][0]["block_id"]
    assert (await at.look("home/U01ANA"))["view"] == view
    assert (await at.look("home/U02BEN"))["view"] is None


async def test_publishing_again_keeps_the_id_and_changes_the_hash(at: Desk) -> None:
    first = (await at.ok("views.publish", user_id="U01ANA", view=HOME))["view"]
    second = (await at.ok("views.publish", user_id="U01ANA", view=HOME, hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    assert second["hash"] != first["hash"]
    body = await at.call("views.publish", user_id="U01ANA", view=HOME, hash=first["hash"])
    assert body["error"] == "hash_conflict"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"user_id": "U99", "view": HOME}, "invalid `user_id`"),
        ({"user_id": "U01ANA"}, "[ERROR] missing required field: view"),
        (
            {"user_id": "U01ANA", "view": {"type": "home"}},
            "[ERROR] missing required field: blocks [json-pointer:/view]",
        ),
        (
            {"user_id": "U01ANA", "view": modal()},
            "[ERROR] unsupported type: modal [json-pointer:/view/type]",
        ),
    ],
)
async def test_publishing_refused(at: Desk, arguments: dict[str, Any], message: str) -> None:
    body = await at.call("views.publish", **arguments)
    assert body["error"] == "invalid_arguments"
    assert body["response_metadata"]["messages"] == [message]


async def test_a_view_as_text_must_be_json(at: Desk) -> None:
    body = await at.call("views.publish", user_id="U01ANA", view="{")
    assert body["error"] == "invalid_arguments"


async def test_a_view_may_come_as_text(at: Desk) -> None:
    await at.ok("views.publish", user_id="U01ANA", view='{"type":"home","blocks":[]}')


async def test_a_modal_opens_for_whoever_caused_the_trigger(at: Desk) -> None:
    name = await trigger(at, "U02BEN")
    view = (await at.ok("views.open", trigger_id=name, view=modal(callback_id="kick")))["view"]
    assert view["callback_id"] == "kick"
    assert view["previous_view_id"] is None
    assert (await at.look("view/U02BEN"))["view"] == view
    assert (await at.look("view/U01ANA"))["view"] is None


async def test_a_trigger_is_good_once(at: Desk) -> None:
    name = await trigger(at)
    await at.ok("views.open", trigger_id=name, view=modal())
    body = await at.call("views.open", trigger_id=name, view=modal())
    assert body["error"] == "exchanged_trigger_id"


async def test_a_refused_view_leaves_the_trigger_good(at: Desk) -> None:
    name = await trigger(at)
    body = await at.call("views.open", trigger_id=name, view=modal() | {"title": "x"})
    assert body["error"] == "invalid_arguments"
    await at.ok("views.open", trigger_id=name, view=modal())


async def test_a_trigger_is_good_for_three_seconds(at: Desk) -> None:
    name, other = await trigger(at), await trigger(at)
    at.clock.move(3.0)
    await at.ok("views.open", trigger_id=name, view=modal())
    at.clock.move(0.001)
    body = await at.call("views.open", trigger_id=other, view=modal())
    assert body["error"] == "expired_trigger_id"


async def test_an_invented_trigger_is_none(at: Desk) -> None:
    body = await at.call("views.open", trigger_id="1.2.abc", view=modal())
    assert body["error"] == "invalid_trigger_id"


async def open_with_button(at: Desk) -> dict[str, Any]:
    name = await trigger(at)
    view = modal(actions(button("More", "more")))
    opened: dict[str, Any] = (await at.ok("views.open", trigger_id=name, view=view))["view"]
    return opened


async def press(at: Desk) -> str:
    await at.act("view/action", user="U01ANA", action="more")
    name: str = at.bot.last.payload["trigger_id"]
    return name


async def test_views_are_pushed_up_to_three(at: Desk) -> None:
    first = await open_with_button(at)
    stacked = modal(actions(button("More", "more")))
    second = (await at.ok("views.push", trigger_id=await press(at), view=stacked))["view"]
    assert second["previous_view_id"] == first["id"]
    assert second["root_view_id"] == first["id"]
    await at.ok("views.push", trigger_id=await press(at), view=stacked)
    body = await at.call("views.push", trigger_id=await press(at), view=stacked)
    assert body["error"] == "push_limit_reached"
    assert len((await at.look("view/U01ANA"))["views"]) == 3


async def test_pushing_needs_an_open_view(at: Desk) -> None:
    body = await at.call("views.push", trigger_id=await trigger(at), view=modal())
    assert body["error"] == "not_found"


async def test_updating_by_either_id_and_with_the_hash(at: Desk) -> None:
    name = await trigger(at)
    opened = modal(external_id="mine")
    view = (await at.ok("views.open", trigger_id=name, view=opened))["view"]
    changed = modal(title=plain("Two"), external_id="mine")
    new = (await at.ok("views.update", view_id=view["id"], hash=view["hash"], view=changed))["view"]
    assert new["title"]["text"] == "Two"
    assert new["id"] == view["id"]
    body = await at.call("views.update", view_id=view["id"], hash=view["hash"], view=changed)
    assert body["error"] == "hash_conflict"
    await at.ok("views.update", external_id="mine", view=changed)
    assert (await at.call("views.update", view_id="V99", view=changed))["error"] == "not_found"
    assert (await at.call("views.update", view=changed))["error"] == "invalid_arguments"


async def test_a_home_tab_cannot_become_a_modal(at: Desk) -> None:
    view = (await at.ok("views.publish", user_id="U01ANA", view=HOME))["view"]
    await at.ok("views.update", view_id=view["id"], view=HOME)
    body = await at.call("views.update", view_id=view["id"], view=modal())
    assert body["error"] == "invalid_arguments"


async def test_an_external_id_is_unique(at: Desk) -> None:
    await at.ok("views.publish", user_id="U01ANA", view=HOME | {"external_id": "mine"})
    await at.ok("views.publish", user_id="U01ANA", view=HOME | {"external_id": "mine"})
    body = await at.call("views.publish", user_id="U02BEN", view=HOME | {"external_id": "mine"})
    assert body["error"] == "duplicate_external_id"


async def test_a_view_has_a_largest_size(at: Desk) -> None:
    section = {"type": "section", "text": plain("é" * 3000)}
    big = {"type": "home", "blocks": [section] * 100}
    body = await at.call("views.publish", user_id="U01ANA", view=big)
    assert body["error"] == "view_too_large"


async def test_what_was_filled_in_survives_an_update_of_the_same_field(at: Desk) -> None:
    name = await trigger(at)
    view = (await at.ok("views.open", trigger_id=name, view=modal(field_block())))["view"]
    await at.act("view/action", user="U01ANA", action="text", value="typed")
    both = modal(field_block(), field_block("other"))
    new = (await at.ok("views.update", view_id=view["id"], view=both))["view"]
    assert new["state"]["values"] == {
        "reason": {"text": {"type": "plain_text_input", "value": "typed"}},
        "other": {"text": {"type": "plain_text_input", "value": None}},
    }
