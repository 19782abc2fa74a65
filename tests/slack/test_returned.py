"""A form means what it was opened for, whatever of it comes back; what is odd is told in words."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ovbot.domain.audit import AuditEntry
from ovbot.domain.binding import Binding
from ovbot.engine.forms import Form, form_of
from ovbot.engine.registry import Registry
from ovbot.slack import modal, returned
from ovbot.store import audit, bindings
from tests.slack.signed import ADMIN, CHANNEL, TEAM, Signed, open_signed

COMMANDS = Registry.scan("ovbot.commands")
VALUES: dict[str, dict[str, Any]] = {
    "close": {"session": "exam-2", "warn": "5m"},
    "signal": {"session": "exam-2", "to": ("con_A", "con_B"), "text": "hello"},
    "kick": {"session": "exam-2", "participant": "con_A", "ban": "1h"},
    "kick ": {"session": "exam-2", "match": "spam-*", "dry_run": True},
    "record stop": {"session": "exam-2"},
    "unpublish": {"session": "exam-2", "participant": "con_A"},
}
EMPTY: dict[str, dict[str, Any]] = {
    "no state": {},
    "null": {"state": None},
    "null values": {"state": {"values": None}},
    "no values": {"state": {"values": {}}},
}


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        signed.by_socket = request.param == "socket"
        async with signed.store.begin() as tx:
            await bindings.add(tx, Binding(TEAM, "default", CHANNEL, "exam-1", (), ADMIN, 1))
        yield signed


def made(name: str) -> Form:
    return form_of(COMMANDS[name.strip()], VALUES[name])


def shown(name: str) -> dict[str, Any]:
    return modal.view(made(name), CHANNEL)


def states(view: dict[str, Any], without: str = "", *, null: bool = False) -> dict[str, Any]:
    """``state.values`` of an untouched form, but for one block."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] != "input" or (block["block_id"] == without and not null):
            continue
        element = block["element"]
        kind = element["type"]
        held: dict[str, Any] = {"type": kind}
        if kind == "plain_text_input":
            held["value"] = element.get("initial_value")
        elif kind in {"static_select", "external_select"}:
            held["selected_option"] = element.get("initial_option")
        else:
            held["selected_options"] = element.get("initial_options", [])
        if block["block_id"] == without:
            held = {"type": kind, **dict.fromkeys(held.keys() - {"type"})}
        values[block["block_id"]] = {element["action_id"]: held}
    return values


def sent(view: dict[str, Any], id_: str = "V1", **state: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "type": "modal",
        "callback_id": view["callback_id"],
        "private_metadata": view["private_metadata"],
        **state,
    }


def read(view: dict[str, Any]) -> returned.Submission:
    return returned.submission({"user": {"id": ADMIN}, "team": {"id": TEAM}, "view": view})


async def intents(bot: Signed) -> list[AuditEntry]:
    await bot.settled()
    async with bot.store.read() as tx:
        return [entries[0] for entries in await audit.latest(tx, TEAM, limit=100)]


@pytest.mark.parametrize("name", VALUES)
def test_each_target_survives_its_own_loss(name: str) -> None:
    view = shown(name)
    whole = read(sent(view, state={"values": states(view)})).filled
    for lost in VALUES[name].keys() - {"text"}:
        again = read(sent(view, state={"values": states(view, lost)}))
        assert again.filled[lost] == whole[lost], lost
    for lost in VALUES[name].keys() & {"session", "participant", "to"}:
        again = read(sent(view, state={"values": states(view, lost, null=True)}))
        assert again.filled[lost] == whole[lost], lost


def test_whoever_empties_a_field_means_that() -> None:
    view = shown("close")
    values = states(view)
    values["warn"]["ov:field:duration"]["value"] = None
    assert read(sent(view, state={"values": values})).filled["warn"] == ()
    signal = shown("signal")
    values = states(signal)
    [element] = values["to"].values()
    element["selected_options"] = []
    assert read(sent(signal, state={"values": values})).filled["to"] == ()


def test_the_metadata_holds_no_text_and_always_fits() -> None:
    form = form_of(
        COMMANDS["signal"],
        {"session": "x" * 140, "to": tuple(f"con_{n:0>60}" for n in range(100)), "text": "secret"},
    )
    metadata = modal.view(form, CHANNEL)["private_metadata"]
    assert len(metadata) <= 3000
    assert "secret" not in metadata
    lost = read({"id": "V", "private_metadata": metadata, "state": {"values": {"text": {}}}})
    assert lost.lost == ("to",)
    assert lost.filled["session"] == ("x" * 140,)


@pytest.mark.parametrize("state", EMPTY)
@pytest.mark.parametrize("name", ["close", "kick", "signal"])
async def test_what_comes_back_empty_does_nothing_and_says_so(
    bot: Signed, name: str, state: str
) -> None:
    answer = await bot.interact(type="view_submission", view=sent(shown(name), **EMPTY[state]))
    said = answer.json()
    assert said["response_action"] == "update"
    assert "without what you filled in, so nothing was done" in answer.text
    assert f"{name} --session exam-2 ?" in answer.text  # its button
    assert await intents(bot) == []


async def test_a_lost_session_is_not_the_channels_own(bot: Signed) -> None:
    view = shown("close")
    values = states(view, "session", null=True)
    answer = await bot.interact(type="view_submission", view=sent(view, state={"values": values}))
    assert answer.text == ""
    [intent] = await intents(bot)
    assert (intent.command, intent.session) == ("close", "exam-2")


async def test_the_same_form_twice_is_done_once_and_answered(bot: Signed) -> None:
    view = shown("signal")
    whole = sent(view, state={"values": states(view)})
    assert (await bot.interact(type="view_submission", view=whole)).text == ""
    again = await bot.interact(type="view_submission", view=whole)
    assert "was received already and is not done twice" in again.text
    assert len(await intents(bot)) == 1


OLDER = {
    "no metadata": "",
    "no JSON": "{",
    "other JSON": "[1]",
    "another command": json.dumps({"command": "frobnicate", "channel": CHANNEL}),
    "a number where the command was": json.dumps({"command": 7, "channel": CHANNEL}),
}


@pytest.mark.parametrize("metadata", OLDER)
async def test_a_form_of_an_older_ovbot_is_answered_in_words(bot: Signed, metadata: str) -> None:
    view = shown("close") | {"private_metadata": OLDER[metadata]}
    answer = await bot.interact(
        type="view_submission", view=sent(view, state={"values": states(view)})
    )
    assert "opened by an older version of ovbot, so nothing was done" in answer.text
    assert await intents(bot) == []


async def test_without_what_it_was_opened_for_no_session_is_assumed(bot: Signed) -> None:
    """Before, the metadata did not hold it: a lost session would have become the channel's own."""
    view = shown("close")
    older = json.dumps({"command": "close", "channel": CHANNEL})
    values = states(view, "session", null=True)
    answer = await bot.interact(
        type="view_submission",
        view=sent(view | {"private_metadata": older}, state={"values": values}),
    )
    assert "nothing was done" in answer.text
    assert await intents(bot) == []


async def test_what_is_wrong_with_a_field_that_the_form_has_not_is_told_in_words(
    bot: Signed,
) -> None:
    view = shown("signal")
    values = states(view)
    del values["text"]  # required; an older form had another name for it
    answer = await bot.interact(type="view_submission", view=sent(view, state={"values": values}))
    assert answer.json()["response_action"] == "update"
    assert "Not done" in answer.text


async def test_a_form_with_another_callback_is_answered_in_words(bot: Signed) -> None:
    view = shown("close") | {"callback_id": "ov:other"}
    answer = await bot.interact(type="view_submission", view=sent(view))
    assert answer.status_code == 200
    assert "nothing was done" in answer.text
