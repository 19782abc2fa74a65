"""A database that answers when Slack's patience is over: nothing is done, as the audit says."""

import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.slack import app as slack_app
from ovbot.slack import modal
from ovbot.store import audit, outbox
from ovbot.store.deliveries import Status
from tests.slack.signed import ADMIN, CHANNEL, TEAM, Signed, open_signed

COMMAND = "signal --session demo hello"


@pytest.fixture
async def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Signed]:
    monkeypatch.setattr(slack_app, "ENTER_SECONDS", 0.2)
    async with open_signed(tmp_path) as signed:
        yield signed


@pytest.fixture
def locked(bot: Signed, tmp_path: Path) -> sqlite3.Connection:
    """Somebody who has the file for themselves until they roll back."""
    other = sqlite3.connect(tmp_path / "signed.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


async def typed(bot: Signed) -> httpx.Response:
    return await bot.type(COMMAND)


async def typed_into_a_socket(bot: Signed) -> httpx.Response:
    bot.by_socket = True
    return await bot.type(COMMAND)


async def pressed(bot: Signed) -> httpx.Response:
    return await bot.interact(
        type="block_actions",
        actions=[{"action_id": "ov:1", "value": COMMAND}],
        channel={"id": CHANNEL},
        response_url=f"{bot.base}/answer",
    )


async def submitted(bot: Signed) -> httpx.Response:
    filled = {"session": "demo", "text": "hello"}
    values = {
        name: {"ov:field:word": {"type": "plain_text_input", "value": value}}
        for name, value in filled.items()
    }
    where = json.dumps({"command": "signal", "channel": CHANNEL})
    view = {"id": "V1", "type": "modal", "callback_id": modal.CALLBACK, "private_metadata": where}
    return await bot.interact(type="view_submission", view=view | {"state": {"values": values}})


async def recorded(bot: Signed) -> list[AuditEntry]:
    async with bot.slack._door.powers.store.read() as tx:
        return [entry for each in await audit.latest(tx, TEAM) for entry in each]


@pytest.mark.parametrize("ask", [typed, typed_into_a_socket, pressed, submitted])
async def test_what_is_committed_too_late_is_closed_and_never_done(
    bot: Signed, locked: sqlite3.Connection, ask: Callable[[Signed], Awaitable[httpx.Response]]
) -> None:
    with closing(locked):
        answer = await ask(bot)
        assert answer.status_code == 200
        assert await recorded(bot) == [], "the store has not answered"
    calls = await bot.settled()
    entries = await recorded(bot)
    assert [(entry.phase, entry.outcome) for entry in entries] == [
        (Phase.INTENT, None),
        (Phase.OUTCOME, Outcome.FAILED),
    ]
    assert entries[1].answer == "too late"
    assert not [call for call in calls if "/openvidu/" in call], "OpenVidu was never asked"
    async with bot.slack._door.powers.store.read() as tx:
        (told,) = await outbox.listed(tx, TEAM, Status.PENDING)
    assert told.delivery.user == ADMIN
    assert "too late, so nothing was done" in told.delivery.reply


async def test_what_is_asked_again_is_done(bot: Signed, locked: sqlite3.Connection) -> None:
    with closing(locked):
        await bot.type(COMMAND)
    bot.outside.answering.set()
    await bot.settled()
    assert not [call for call in bot.outside.calls if "/openvidu/" in call]
    await bot.type(COMMAND)
    assert "GET /openvidu/api/sessions/demo" in await bot.settled()
    answers = [one.answer for one in await recorded(bot) if one.phase is Phase.OUTCOME]
    assert "too late" in answers
    assert len(set(answers)) == 2
