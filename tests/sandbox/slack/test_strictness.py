"""Where the workspace has to be as strict as the platform, or apps are only right here."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ovbot.sandbox.slack.delivery.socket import LARGEST_ACK
from tests.sandbox.slack.conftest import Desk, Hands, button, described, desk, plain
from tests.sandbox.slack.test_socket import COMMAND, client, frame, post, socket

GENERAL = "C01GENERAL"
ANA, OUT = "U01ANA", "U0OUT"
SHARED = """
organisation: {id: E01ORG, name: Org, org_wide: ORG_WIDE, teams: [T02SISTER]}
users:
  - {id: U01ANA, name: ana}
  - {id: U02SIS, name: sister, team: T02SISTER}
  - {id: U0OUT, name: out, team: T9PARTNER}
"""


@pytest.mark.parametrize(("size", "taken"), [(LARGEST_ACK - 1, True), (LARGEST_ACK, False)])
async def test_a_large_acknowledgement_over_a_socket_is_dropped_without_a_word(
    base_url: str, size: int, taken: bool
) -> None:
    async with client(base_url) as http, socket(http) as websocket:
        typing = asyncio.create_task(post(http, "command", **COMMAND))
        envelope = (await frame(websocket))["envelope_id"]
        empty = json.dumps({"envelope_id": envelope, "payload": {"ignored": ""}})
        ack = empty.replace('""', f'"{"x" * (size - len(empty))}"')
        assert len(ack) == size
        await websocket.send(ack)
        if not taken:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(typing), 1)
            await websocket.send(json.dumps({"envelope_id": envelope}))
        assert (await typing)["acknowledged"]


async def test_a_reply_to_a_deleted_message_lands_in_the_channel(at: Desk) -> None:
    first = (await at.ok("chat.postMessage", channel=GENERAL, text="first"))["ts"]
    await at.ok("chat.delete", channel=GENERAL, ts=first)
    reply = await at.ok("chat.postMessage", channel=GENERAL, text="re", thread_ts=first)
    assert "thread_ts" not in reply["message"]
    assert await at.texts(GENERAL, ANA) == ["re"]


async def test_a_thread_outlives_its_deleted_first_message(at: Desk) -> None:
    first = (await at.ok("chat.postMessage", channel=GENERAL, text="first"))["ts"]
    await at.ok("chat.postMessage", channel=GENERAL, text="re", thread_ts=first)
    await at.ok("chat.delete", channel=GENERAL, ts=first)
    reply = await at.ok("chat.postMessage", channel=GENERAL, text="re re", thread_ts=first)
    assert reply["message"]["thread_ts"] == first


MENU = [
    {
        "type": "actions",
        "elements": [{"type": "external_select", "action_id": "find", "min_query_length": 0}],
    }
]


async def test_without_an_options_load_url_no_menu_is_asked_for(at: Desk) -> None:
    ts = (await at.ok("chat.postMessage", channel=GENERAL, text="x", blocks=MENU))["ts"]
    asked = {"user": ANA, "channel": GENERAL, "messageTs": ts, "action": "find", "query": ""}
    assert at.state.http is not None
    at.state.http.options_url = ""
    refused = await at.act("options", **asked)
    assert refused["ok"] is False
    assert "Options Load URL" in refused["error"]
    assert at.bot.received == []
    at.state.http.options_url = None
    at.bot.replies({"options": [{"text": plain("A"), "value": "a"}]})
    assert (await at.act("options", **asked))["options"][0]["value"] == "a"


@pytest.fixture
async def org(clock: Hands, tmp_path: Path) -> AsyncIterator[Desk]:
    async for one in desk(clock, described(tmp_path, SHARED.replace("ORG_WIDE", "true"))):
        yield one


@pytest.fixture
async def shared(clock: Hands, tmp_path: Path) -> AsyncIterator[Desk]:
    async for one in desk(clock, described(tmp_path, SHARED.replace("ORG_WIDE", "false"))):
        yield one


async def pressed(at: Desk, user: str) -> dict[str, Any]:
    blocks = [{"type": "actions", "elements": [button()]}]
    ts = (await at.ok("chat.postMessage", channel=GENERAL, text="x", blocks=blocks))["ts"]
    await at.act("interact", user=user, channel=GENERAL, messageTs=ts, action="go")
    return at.bot.last.payload


async def submitted(at: Desk, user: str) -> dict[str, Any]:
    await at.command("x", user=user)
    trigger = at.bot.last.payload["trigger_id"]
    blocks = [{"type": "section", "text": plain("x")}]
    view = {"type": "modal", "title": plain("T"), "submit": plain("S"), "blocks": blocks}
    await at.ok("views.open", trigger_id=trigger, view=view)
    await at.act("view/submit", user=user, values={})
    return at.bot.last.payload


async def test_in_a_shared_channel_each_kind_names_another_workspace(shared: Desk) -> None:
    click = await pressed(shared, OUT)
    assert click["team"]["id"] == "T01SANDBOX"
    assert click["user"]["team_id"] == "T9PARTNER"
    form = await submitted(shared, OUT)
    assert form["team"]["id"] == form["user"]["team_id"] == form["view"]["team_id"] == "T9PARTNER"
    assert form["view"]["app_installed_team_id"] == "T01SANDBOX"
    await shared.act("open-home", user=OUT)
    event = shared.bot.last.payload
    assert (event["team_id"], event["context_team_id"]) == ("T9PARTNER", "T01SANDBOX")
    ours = await pressed(shared, ANA)
    assert ours["team"]["id"] == ours["user"]["team_id"] == "T01SANDBOX"
    assert ours["enterprise"] == {"id": "E01ORG", "name": "Org"}
    assert ours["is_enterprise_install"] is False


async def test_an_installation_in_an_organisation_has_no_team(org: Desk) -> None:
    who = await org.ok("auth.test")
    assert (who["team_id"], who["enterprise_id"]) == ("E01ORG", "E01ORG")
    assert who["is_enterprise_install"] is True
    teams = (await org.ok("auth.teams.list"))["teams"]
    assert [team["id"] for team in teams] == ["T01SANDBOX", "T02SISTER"]
    click = await pressed(org, "U02SIS")
    assert click["team"] is None
    assert click["is_enterprise_install"] is True
    assert click["user"]["team_id"] == "T02SISTER"
    form = await submitted(org, ANA)
    assert form["team"] is None
    assert form["view"]["app_installed_team_id"] == "E01ORG"
    await org.command("x", user="U02SIS")
    command = org.bot.last.payload
    assert command["is_enterprise_install"] == "true"
    assert command["enterprise_id"] == "E01ORG"
    await org.act("open-home", user=ANA)
    event = org.bot.last.payload
    assert event["context_team_id"] is None
    assert event["authorizations"][0]["is_enterprise_install"] is True
    assert (await submitted(org, OUT))["team"]["id"] == "T9PARTNER"
