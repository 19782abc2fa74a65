"""Payloads as Slack would send them, made up by somebody who may not: another's button, a form for
what they were refused, a decision, a click played again."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.engine.forms import form_of
from ovbot.engine.registry import Registry
from ovbot.slack import modal
from ovbot.store import audit
from tests.slack.signed import ADMIN, CHANNEL, GUEST, TEAM, Signed, open_signed
from tests.slack.test_returned import states

COMMANDS = Registry.scan("ovbot.commands")
CLICKS = (
    "kick --session demo con_1",
    "close --session demo ?",
    "unpublish --session demo con_1",
    "record start --session demo",
    "recording delete demo --reason x",
    "node remove media_1 --when now",
    "restart OPENVIDU_CDR=true",
    "grant <@U2> admin --over everything",
    "revoke --id #1",
    "decide abcd1234 give",
    "unban --session demo #1",
    "outbox retry all",
)
FORMS: dict[str, dict[str, Any]] = {
    "close": {"session": "demo", "reason": "x"},
    "kick": {"session": "demo", "participant": "con_1"},
    "record start": {"session": "demo"},
    "recording delete": {"recordings": ("demo",)},
}


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        signed.by_socket = request.param == "socket"
        yield signed


async def entries(bot: Signed) -> list[AuditEntry]:
    await bot.settled()
    async with bot.store.read() as tx:
        actions = await audit.latest(tx, TEAM, limit=100)
    return [one for each in actions for one in each]


def asked_of_openvidu(bot: Signed) -> list[str]:
    """App Home asks whether the server can be reached; of nothing else."""
    calls = [call for call in bot.outside.calls if "/openvidu/" in call or "/sessions" in call]
    return [call for call in calls if call != "GET /openvidu/api/config"]


async def press(bot: Signed, text: str, user: str, **where: Any) -> None:
    action = {"action_id": f"ov:{text.split()[0]}:1", "value": text}
    place = where or {"channel": {"id": CHANNEL}, "response_url": f"{bot.base}/answer"}
    await bot.interact(type="block_actions", actions=[action], user={"id": user}, **place)


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
async def test_a_copied_button_is_refused_wherever_it_is_pressed(bot: Signed, surface: str) -> None:
    metadata = json.dumps({"command": "show", "channel": CHANNEL})
    where: dict[str, Any] = {
        "message": {},
        "modal": {"view": {"id": "V1", "type": "modal", "private_metadata": metadata}},
        "home": {"view": {"id": "V1", "type": "home"}},
    }[surface]
    for text in CLICKS:
        await press(bot, text, GUEST, **where)
    found = await entries(bot)
    assert {one.outcome for one in found} == {Outcome.DENIED}
    assert len(found) == len(CLICKS)
    assert asked_of_openvidu(bot) == []


@pytest.mark.parametrize("name", FORMS)
async def test_a_forged_submission_is_refused(bot: Signed, name: str) -> None:
    view = modal.view(form_of(COMMANDS[name], FORMS[name]), CHANNEL)
    kept = json.loads(view["private_metadata"])
    for forged in (
        kept,
        {**kept, "channel": ADMIN},  # as from the Home of somebody who may
        {**kept, "channel": ""},
        {**kept, "confirmed_ids": ["con_1", "con_2"]},
        {**kept, "user": ADMIN, "actor": ADMIN},
    ):
        before = len(await entries(bot))
        sent = {
            **view,
            "id": "V1",
            "state": {"values": states(view)},
            "private_metadata": json.dumps(forged),
        }
        await bot.interact(type="view_submission", view=sent, user={"id": GUEST})
        found = await entries(bot)
        assert len(found) == before + 1, forged
        assert {one.outcome for one in found} == {Outcome.DENIED}
    assert asked_of_openvidu(bot) == []


async def test_the_metadata_of_one_form_makes_no_other_of_it(bot: Signed) -> None:
    view = modal.view(form_of(COMMANDS["signal"], {"session": "demo", "text": "x"}), CHANNEL)
    for command in ("restart", "close", "node remove", "none", "../close"):
        kept = {**json.loads(view["private_metadata"]), "command": command}
        sent = {**view, "id": "V1", "state": {"values": states(view)}}
        sent["private_metadata"] = json.dumps(kept)
        await bot.interact(type="view_submission", view=sent, user={"id": GUEST})
    assert all(one.outcome is Outcome.DENIED for one in await entries(bot))
    assert asked_of_openvidu(bot) == []


async def test_a_click_played_again_is_done_once(bot: Signed) -> None:
    action = {"action_id": "ov:signal:1", "value": "signal --session demo hello"}
    place = {"channel": {"id": CHANNEL}, "response_url": f"{bot.base}/answer"}
    for _again in range(3):
        await bot.interact(
            type="block_actions", actions=[action], trigger_id="the.same.one", **place
        )
    intents = [one for one in await entries(bot) if one.interaction]
    assert len(intents) == 1
