"""What Slack waits for: nothing of Slack's or OpenVidu's, whatever kind of payload it sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from ovbot.domain.audit import Phase
from ovbot.domain.binding import Binding, Topic
from ovbot.slack import forms, modal
from ovbot.store import audit, bindings
from tests.slack.signed import ADMIN, CHANNEL, GUEST, TEAM, Signed, open_signed

PATIENCE = 60.0
"""Seconds. The outside never answers before the acknowledgement, so waiting for it would hang."""
Send = Callable[[Signed], Awaitable[httpx.Response]]


@pytest.fixture(params=["http", "socket"])
async def bot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Signed]:
    async with open_signed(tmp_path) as signed:
        signed.by_socket = request.param == "socket"
        yield signed


def metadata(command: str, channel: str = CHANNEL) -> str:
    return json.dumps({"command": command, "channel": channel})


def typed(text: str) -> Send:
    return lambda bot: bot.type(text)


def pressed(value: str, **where: Any) -> Send:
    actions = [{"action_id": "ov:1", "value": value}]
    channel = {"channel": {"id": CHANNEL}, "response_url": "{base}/answer"}

    async def press(bot: Signed) -> httpx.Response:
        place = where or channel | {"response_url": f"{bot.base}/answer"}
        return await bot.interact(type="block_actions", actions=actions, **place)

    return press


def in_modal(command: str) -> dict[str, Any]:
    return {"view": {"id": "V1", "type": "modal", "private_metadata": metadata(command)}}


def submitted(command: str, *, place: str = CHANNEL, user: str = ADMIN, **values: str) -> Send:
    state = {
        name: {"ov:field:word": {"type": "plain_text_input", "value": value}}
        for name, value in values.items()
    }
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": modal.CALLBACK,
        "private_metadata": metadata(command, place),
        "state": {"values": state},
    }
    return lambda bot: bot.interact(type="view_submission", user={"id": user}, view=view)


def menu(command: str, kind: str, user: str | None = None, **chosen: str) -> Send:
    values = {
        name: {"ov:field:session": {"type": "plain_text_input", "value": value}}
        for name, value in chosen.items()
    }
    who = {"user": {"id": user}} if user else {}
    return lambda bot: bot.interact(
        type="block_suggestion",
        action_id=f"{modal.FIELD}:{kind}",
        block_id=kind,
        value="",
        view={
            "id": "V1",
            "private_metadata": metadata(command),
            "state": {"values": values},
        },
        **who,
    )


ASKING: dict[str, Send] = {
    "a question": typed("list"),
    "bare": typed(""),
    "an action": typed("signal demo hello"),
    "an action on a participant": typed("kick demo tom"),
    "an action in whose words there is a payload": typed("signal demo payload=1"),
    "a question in whose words there is a payload": typed("show payload"),
    "nonsense": typed("frobnicate"),
    "too long": typed("list " + "x" * 5000),
    "a form, asked for": typed("kick ?"),
    "a form, for a missing argument": typed("kick"),
    "a form, since only a form carries it out": typed("close demo"),
    "a button that asks": pressed("show demo"),
    "a button that acts": pressed("signal demo hello"),
    "a button of App Home": pressed("list", view={"id": "V0", "type": "home"}),
    "a button in a modal that asks": pressed("show demo", **in_modal("show")),
    "a button in a modal that acts": pressed("signal demo hello", **in_modal("show")),
    "a submitted question": submitted("show", session="demo"),
    "a submitted action": submitted("signal", session="demo", text="hello"),
    "App Home is opened": lambda bot: bot.event(
        type="app_home_opened", user="U1", tab="home", channel="D1", event_ts="1.0"
    ),
}


@pytest.mark.parametrize("kind", ASKING)
async def test_nothing_is_asked_before_the_acknowledgement(bot: Signed, kind: str) -> None:
    async with asyncio.timeout(PATIENCE):
        answer = await ASKING[kind](bot)
    assert answer.status_code == 200, answer.text
    assert bot.before_ack == []
    # It is Slack and OpenVidu indeed that it would have had to wait for.
    assert await bot.settled() != []


def at_home(value: str) -> Send:
    actions = [{"action_id": "ov:1", "value": value}]
    home = {"id": "V0", "type": "home"}
    return lambda bot: bot.interact(
        type="block_actions", user={"id": GUEST}, actions=actions, view=home
    )


def submitted_at_home(command: str, **values: str) -> Send:
    return lambda bot: submitted(command, place=GUEST, user=GUEST, **values)(bot)


AT_HOME = {
    "a button that asks": at_home("show demo"),
    "a button that acts": at_home("kick demo tom"),
    "a submitted question": submitted_at_home("show", session="demo"),
    "a submitted action": submitted_at_home("signal", session="demo", text="hello"),
}


@pytest.mark.parametrize("kind", AT_HOME)
async def test_where_a_person_is_is_asked_after_the_acknowledgement(bot: Signed, kind: str) -> None:
    """In App Home, of who is no admin: which bound channels they are in is for Slack to tell."""
    bound = Binding(TEAM, "default", CHANNEL, "demo", tuple(Topic), "U1", 1)
    async with bot.store.begin() as tx:
        await bindings.add(tx, bound)
    async with asyncio.timeout(PATIENCE):
        answer = await AT_HOME[kind](bot)
    assert answer.status_code == 200, answer.text
    assert bot.before_ack == []
    calls = await bot.settled()
    # An action does not ask at all, but the tab that is shown anew after a button does.
    asked = any(call.endswith("/api/conversations.members") for call in calls)
    assert asked is (kind != "a submitted action")


@pytest.mark.parametrize("kind", [kind for kind in ASKING if "act" in kind])
async def test_an_action_is_acknowledged_once_it_can_be_lost_no_more(
    bot: Signed, kind: str
) -> None:
    async with bot.store.begin() as tx:  # nobody else can write meanwhile
        assert await audit.latest(tx, TEAM) == ()
        answering = asyncio.ensure_future(ASKING[kind](bot))
        await asyncio.wait({answering}, timeout=0.3)
        assert not answering.done()
    async with asyncio.timeout(PATIENCE):
        assert (await answering).status_code == 200
    await bot.settled()
    async with bot.store.read() as tx:
        ((intent, *_),) = await audit.latest(tx, TEAM)
    assert intent.phase is Phase.INTENT


ANSWERED = {
    "a wrong field": (submitted("record start", name="not a name"), "errors"),
    "a denied menu": (menu("kick", "participant", user=GUEST), "options"),
    "a menu of people before a session is chosen": (menu("kick", "participant"), "options"),
}


@pytest.mark.parametrize("kind", ANSWERED)
async def test_what_is_answered_at_once_asks_nothing_at_all(bot: Signed, kind: str) -> None:
    send, key = ANSWERED[kind]
    async with asyncio.timeout(PATIENCE):
        answer = await send(bot)
    assert key in answer.json()
    assert await bot.settled() == []


MENUS = {
    "session": (menu("kick", "session"), "GET /openvidu/api/sessions"),
    "participant": (
        menu("kick", "participant", session="demo"),
        "GET /openvidu/api/sessions/demo",
    ),
    "recording": (menu("recording delete", "recording"), "GET /openvidu/api/recordings"),
}


@pytest.mark.parametrize("kind", MENUS)
async def test_a_menu_is_what_openvidu_says_and_asks_it_once(bot: Signed, kind: str) -> None:
    """What a menu offers is OpenVidu's live truth; Slack itself is not asked for it."""
    send, call = MENUS[kind]
    bot.outside.answering.set()
    answer = await send(bot)
    assert "options" in answer.json()
    assert bot.before_ack == [call]


async def test_a_menu_waits_no_longer_than_slack_does(
    bot: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MENU_SECONDS", 1.0)
    async with asyncio.timeout(PATIENCE):
        answer = await MENUS["session"][0](bot)
    assert answer.json() == {"options": []}
    assert bot.before_ack == ["GET /openvidu/api/sessions"]


async def test_another_workspace_is_answered_and_asks_nothing_first(bot: Signed) -> None:
    async with asyncio.timeout(PATIENCE):
        answer = await bot.interact(
            type="block_actions",
            team={"id": TEAM + "X"},
            user={"id": GUEST},
            actions=[{"action_id": "ov:1", "value": "signal demo hello"}],
            channel={"id": CHANNEL},
            response_url=f"{bot.base}/answer",
        )
    assert answer.status_code == 200
    assert bot.before_ack == []
    assert await bot.settled() == ["POST /answer"]
