"""A lost token, or an organisation's no: delivery waits as a whole, and goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from ovbot.delivery.admin_alerts import AdminAlerts
from ovbot.delivery.outbox.gate import Gate
from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Posted
from ovbot.engine.standing import Standing
from ovbot.store import outbox
from ovbot.store.deliveries import Status
from tests.delivery.fake import RecordingChat, Time
from tests.delivery.stage import SERVER, Stage

OPERATORS = AdminAlerts("T1", SERVER, ("UADMIN",))
CHANNELS, NOTICES = ("C1", "C2", "C3"), 4


class Refusing(RecordingChat):
    """A chat that refuses everybody, or some channels, and tells the standing as the wire does."""

    def __init__(self, time: Time) -> None:
        super().__init__(time)
        self.standing = Standing()
        self.refuses: str = ""
        self.never: set[str] = set()
        self.tried = 0
        self.asked = 0

    async def check(self) -> None:
        self.asked += 1
        if self.refuses:
            raise self._refusal(self.refuses)

    async def _send(self, notice: Notice, where: str, delivery_id: str, *, direct: bool) -> Posted:
        self.tried += 1
        if self.refuses or where in self.never:
            raise self._refusal(self.refuses or "team_access_not_granted")
        posted = await super()._send(notice, where, delivery_id, direct=direct)
        self.standing.taken()
        return posted

    def _refusal(self, reason: str) -> ChatFailure:
        self.standing.refused(reason, "Install it again.")
        return ChatFailure(FailureKind.NOBODY, reason)


@pytest.fixture
def chat(time: Time) -> Refusing:
    return Refusing(time)


@asynccontextmanager
async def delivering(stage: Stage, chat: Refusing) -> AsyncIterator[None]:
    gate = Gate(chat.standing, chat.check, stage.time, pause=stage.time.pause)
    worker = stage.worker(gate=gate, operators=OPERATORS)
    running = asyncio.create_task(worker.run())
    yield
    await worker.stop(5)
    await running


async def fill(stage: Stage) -> None:
    async with stage.database.begin() as tx:
        for number in range(NOTICES):
            notices = [
                Notice(channel=channel, key=f"{number}", reply=Reply(md("{}", number)), user="U1")
                for channel in CHANNELS
            ]
            await outbox.add(tx, "T1", SERVER, stage.time.now_ms(), notices)


async def passed(stage: Stage, seconds: float) -> None:
    """Let this much time go by."""
    end = stage.time.now_ms() + seconds * 1000

    async def over() -> bool:
        return stage.time.now_ms() >= end

    await stage.time.until(stage.database, over)


def admin_is_told(chat: Refusing) -> Callable[[], Awaitable[bool]]:
    async def told() -> bool:
        return bool(chat.texts("UADMIN"))

    return told


async def test_nothing_is_given_up_while_nobody_can_be_posted_to(
    stage: Stage, chat: Refusing
) -> None:
    chat.refuses = "token_revoked"
    await fill(stage)
    async with delivering(stage, chat):
        await passed(stage, 1800)
        assert chat.standing.reason == "token_revoked"
        assert chat.tried <= len(CHANNELS), (
            "it is asked whether we are let in, and no message tried"
        )
        async with stage.database.read() as tx:
            waiting = await outbox.listed(tx, "T1", Status.PENDING)
        assert len(waiting) == len(CHANNELS) * NOTICES
        assert {one.delivery.attempts for one in waiting} == {0}
        chat.refuses = ""
        await stage.time.until(stage.database, admin_is_told(chat))
        await stage.time.until(stage.database, stage.is_delivered)
    for channel in CHANNELS:
        assert chat.texts(channel) == [str(number) for number in range(NOTICES)]
    (told,) = chat.texts("UADMIN")
    assert "token_revoked" in told


async def test_one_channels_refusal_holds_up_no_other(stage: Stage, chat: Refusing) -> None:
    chat.never = {"C1"}
    await fill(stage)
    async with delivering(stage, chat):

        async def others_are_done() -> bool:
            return await stage.pending() == NOTICES

        await stage.time.until(stage.database, others_are_done)
        assert chat.texts("C2") == chat.texts("C3") == ["0", "1", "2", "3"]
        chat.never = set()
        await stage.time.until(stage.database, stage.is_delivered)
    assert chat.texts("C1") == ["0", "1", "2", "3"]


async def test_with_nothing_to_send_it_is_noticed_and_healed_too(
    stage: Stage, chat: Refusing
) -> None:
    chat.refuses = "account_inactive"
    async with delivering(stage, chat):
        await passed(stage, 70)
        assert chat.standing.reason == "account_inactive"
        chat.refuses = ""
        await passed(stage, 30)
        assert chat.standing.reason == ""
        await stage.time.until(stage.database, admin_is_told(chat))
    assert len(chat.texts("UADMIN")) == 1


async def test_a_stop_waits_for_nothing_that_cannot_leave(stage: Stage, chat: Refusing) -> None:
    chat.refuses = "org_login_required"
    await fill(stage)
    async with asyncio.timeout(120), delivering(stage, chat):
        await passed(stage, 30)
    async with stage.database.read() as tx:
        assert len(await outbox.listed(tx, "T1", Status.PENDING)) == len(CHANNELS) * NOTICES
