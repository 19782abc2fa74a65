"""Live cards: the newest wins, at their own pace, and a crash leaves none standing still."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ovbot.clock import SystemClock
from ovbot.delivery.cards import Cards
from ovbot.domain.audit import Outcome
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Posted
from ovbot.store import cards
from tests.desk import MODERATION, TEAM, Desk, DirectMessages, open_desk, words


@dataclass
class Channel(DirectMessages):
    """What the channel shows: one text for each message."""

    shows: dict[str, str] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    updates: list[Reply] = field(default_factory=list)
    failures: list[ChatFailure] = field(default_factory=list)

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        if self.failures:
            raise self.failures.pop(0)
        self.replies.append(notice.reply)
        ts = str(len(self.shows) + 1)
        self.shows[ts] = notice.reply.text
        return Posted(notice.channel, ts)

    async def update(self, posted: Posted, reply: Reply) -> Posted:
        if self.failures:
            raise self.failures.pop(0)
        self.updates.append(reply)
        self.shows[posted.ts] = reply.text
        return posted


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        opened.simulator.join("demo", client_data="Ana")
        await opened.type("card demo")
        yield opened


def shower(desk: Desk, channel: Channel) -> Cards:
    return Cards(desk.store, "default", desk.openvidu, channel, SystemClock())


async def test_a_claim_of_a_dead_process_can_be_given_up(desk: Desk) -> None:
    now = SystemClock().now_ms()
    async with desk.store.begin() as tx:
        assert await cards.claim(tx, "default", now=now, until=now + 3_600_000)
    channel = Channel()
    assert await shower(desk, channel).step() > 3
    async with desk.store.begin() as tx:
        await cards.release(tx, "default")
    await shower(desk, channel).step()
    assert "one participant" in channel.shows["1"]


async def test_changes_within_its_pause_are_shown_as_one(desk: Desk) -> None:
    channel = Channel()
    showing = shower(desk, channel)
    assert await showing.step() == 0
    for name in ("Ben", "Cleo"):
        desk.simulator.join("demo", client_data=name)
        async with desk.store.begin() as tx:
            await cards.touch(tx, "default", "demo")
    assert 0 < await showing.step() <= 3
    assert list(channel.shows.values()) == ["Session demo is live with one participant."]
    async with desk.store.begin() as tx:
        await cards.touch(tx, "default", "demo", at_once=True)
    assert await showing.step() == 0
    assert list(channel.shows.values()) == ["Session demo is live with three participants."]


async def test_above_fifty_people_it_changes_every_fifteen_seconds(desk: Desk) -> None:
    for number in range(50):
        desk.simulator.join("demo", client_data=f"Person {number}")
    showing = shower(desk, Channel())
    await showing.step()
    async with desk.store.begin() as tx:
        await cards.touch(tx, "default", "demo")
    assert 3 < await showing.step() <= 15


async def test_a_message_that_is_gone_is_posted_anew(desk: Desk) -> None:
    channel = Channel()
    showing = shower(desk, channel)
    await showing.step()
    channel.failures.append(ChatFailure(FailureKind.GONE, "message_not_found"))
    async with desk.store.begin() as tx:
        await cards.touch(tx, "default", "demo", at_once=True)
    await showing.step()
    await showing.step()
    assert list(channel.shows) == ["1", "2"]


async def test_a_channel_that_cannot_be_posted_to_has_its_card_dropped(desk: Desk) -> None:
    channel = Channel(failures=[ChatFailure(FailureKind.UNREACHABLE, "is_archived")])
    showing = shower(desk, channel)
    await showing.step()
    assert await showing.step() > 3
    assert channel.shows == {}


async def test_a_card_has_no_numbers_and_tells_since_when_it_is_recorded(desk: Desk) -> None:
    await desk.type("record start --session demo")
    channel = Channel()
    await shower(desk, channel).step()
    (reply,) = channel.replies
    assert "\n*Ana*" in words(reply), "kick 1 counts in the list that each person saw last"
    assert "Recording: :red_circle: recording since <!date^" in words(reply)


async def test_a_second_card_retires_the_first(desk: Desk) -> None:
    channel = Channel()
    await shower(desk, channel).step()
    await desk.type("card demo")
    ((posted, reply),) = desk.direct.updated
    assert posted.ts == "1"
    assert "is further down now" in reply.text
    await shower(desk, channel).step()
    assert list(channel.shows) == ["1", "2"]
    async with desk.store.read() as tx:
        assert await cards.thread(tx, TEAM, "default", "demo", MODERATION) == "2"


async def test_a_first_card_that_is_gone_keeps_no_second_from_coming(desk: Desk) -> None:
    channel = Channel()
    await shower(desk, channel).step()
    desk.direct.failure = ChatFailure(FailureKind.GONE, "message_not_found")
    await desk.type("card demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
