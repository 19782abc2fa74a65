"""Live cards: the newest wins, at their own pace, and a crash leaves none standing still."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ovbot.clock import SystemClock
from ovbot.delivery.arrivals import announcements, sessions
from ovbot.delivery.outbox.cards import Cards
from ovbot.domain.audit import Outcome
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Posted, Unsupported
from ovbot.store import bindings, cards, outbox
from ovbot.store.deliveries import Status
from tests.desk import MODERATION, TEAM, Desk, DirectMessages, open_desk, words


@dataclass
class Channel(DirectMessages):
    """What the channel shows: one text for each message."""

    shows: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    failures: list[ChatFailure] = field(default_factory=list)
    answers_to_lose: int = 0
    has_history: bool = True
    before_answer: Callable[[], Awaitable[object]] | None = None

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        ts = str(len(self.shows) + 1)
        self.shows[ts], self.ids[delivery_id] = notice.reply.text, ts
        await self._meanwhile()
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            raise ChatFailure(FailureKind.AMBIGUOUS, "ServerDisconnectedError")
        return Posted(notice.channel, ts)

    async def update(self, posted: Posted, reply: Reply) -> Posted:
        if self.failures:
            raise self.failures.pop(0)
        await self._meanwhile()
        self.replies.append(reply)
        self.shows[posted.ts] = reply.text
        return posted

    async def find(
        self, notice: Notice, delivery_id: str, since_ms: int
    ) -> Posted | Unsupported | None:
        if not self.has_history:
            return Unsupported()
        ts = self.ids.get(delivery_id)
        return Posted(notice.channel, ts) if ts else None

    async def _meanwhile(self) -> None:
        happening, self.before_answer = self.before_answer, None
        if happening is not None:
            await happening()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        opened.simulator.join("demo", client_data="Ana")
        await opened.type("card demo")
        yield opened


def shower(desk: Desk, channel: Channel, *, later: float = 0) -> Cards:
    """Whoever shows the cards, so many seconds from now."""
    return Cards(desk.store, "default", desk.openvidu, channel, Later(later))


@dataclass
class Later:
    """The clock of somebody who comes so many seconds later."""

    seconds: float

    def now_ms(self) -> int:
        return SystemClock().now_ms() + round(self.seconds * 1000)


async def the_card(desk: Desk) -> str:
    """The message that is the card now."""
    async with desk.store.read() as tx:
        return await cards.thread(tx, TEAM, "default", "demo", MODERATION)


async def end(desk: Desk) -> None:
    """News of the session's end arrive."""
    async with desk.store.begin() as tx:
        await sessions.ended(
            tx,
            await bindings.every(tx, "default"),
            server="default",
            session="demo",
            created_at=1,
            at=2,
            over_at=2,
            reply=announcements.session_ended("demo", 60.0, "lastParticipantLeft", 2),
        )


LIVE = "Session demo is live with one participant."
BEGINNING = "A live card of session `demo` was to begin here. If it did not, look further down."
MOVED = "The live card of session `demo` is further down now."
NOWHERE = "There is no live card of session `demo` here any more."


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
    assert LIVE not in channel.shows.values()


async def test_where_slack_lets_nothing_be_changed_that_is_told_once(desk: Desk) -> None:
    await desk.told()
    channel = Channel(failures=[ChatFailure(FailureKind.GONE, "edit_window_closed")])
    showing = shower(desk, channel)
    await showing.step()
    assert await showing.step() > 3
    assert "cannot be shown: Slack does not let ovbot change" in (await desk.told_one()).text
    assert len(channel.shows) == 1


async def test_a_card_has_no_numbers_and_tells_since_when_it_is_recorded(desk: Desk) -> None:
    await desk.type("record start --session demo")
    channel = Channel()
    await shower(desk, channel).step()
    (reply,) = channel.replies
    assert "\n*Ana*" in words(reply), "kick 1 counts in the list that each person saw last"
    assert " · :red_circle: recording since <!date^" in words(reply)


async def test_a_message_whose_answer_was_lost_is_found_and_is_the_card(desk: Desk) -> None:
    channel = Channel(answers_to_lose=1)
    await shower(desk, channel).step()
    assert await the_card(desk) == ""
    await shower(desk, channel, later=11).step()
    assert channel.shows == {"1": LIVE}
    assert await the_card(desk) == "1"


async def test_what_cannot_be_looked_for_stays_behind_and_is_not_live(desk: Desk) -> None:
    channel = Channel(answers_to_lose=1, has_history=False)
    await shower(desk, channel).step()
    await shower(desk, channel, later=11).step()
    assert channel.shows == {"1": BEGINNING, "2": LIVE}
    assert await the_card(desk) == "2"


async def test_nobody_posts_a_card_that_is_being_posted(desk: Desk) -> None:
    channel = Channel()

    async def another() -> None:
        # A kick wants it shown at once, and another process looks.
        async with desk.store.begin() as tx:
            await cards.touch(tx, "default", "demo", at_once=True)
        await shower(desk, channel).step()

    channel.before_answer = another
    await shower(desk, channel).step()
    assert channel.shows == {"1": LIVE}


@pytest.mark.parametrize("within", ["its posting", "its first showing", "a later showing"])
async def test_a_second_card_meanwhile_leaves_one_that_is_live(desk: Desk, within: str) -> None:
    channel = Channel()
    if within == "a later showing":
        await shower(desk, channel).step()
        async with desk.store.begin() as tx:
            await cards.touch(tx, "default", "demo", at_once=True)

    async def again() -> None:
        await desk.type("card demo")
        await shower(desk, channel).step()

    async def posted() -> None:
        if within == "its first showing":
            channel.before_answer = again
        else:
            await again()

    channel.before_answer = posted
    await shower(desk, channel).step()
    while await shower(desk, channel).step() == 0:
        pass
    assert channel.shows == {"1": MOVED, "2": LIVE}
    assert await the_card(desk) == "2"


async def test_a_claim_that_was_lost_adds_no_second_card(desk: Desk) -> None:
    channel = Channel()

    async def another() -> None:
        await shower(desk, channel, later=61).step()

    channel.before_answer = another
    await shower(desk, channel).step()
    while await shower(desk, channel, later=70).step() == 0:
        pass
    assert channel.shows == {"1": LIVE}
    assert await the_card(desk) == "1"


async def test_a_second_card_retires_the_first(desk: Desk) -> None:
    channel = Channel()
    showing = shower(desk, channel)
    await showing.step()
    await desk.type("card demo")
    await showing.step()
    assert channel.shows == {"1": MOVED, "2": LIVE}
    assert await the_card(desk) == "2"
    assert await showing.step() > 3, "and that is all"


@pytest.mark.parametrize(
    ("kind", "words"),
    [(FailureKind.GONE, LIVE), (FailureKind.RETRY, MOVED), (FailureKind.WAIT, MOVED)],
)
async def test_a_first_card_that_cannot_be_changed_keeps_no_second_from_coming(
    desk: Desk, kind: FailureKind, words: str
) -> None:
    channel = Channel()
    await shower(desk, channel).step()
    await desk.type("card demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    showing = shower(desk, channel)
    await showing._step()
    channel.failures.append(ChatFailure(kind, "why"))
    await showing.step()
    assert channel.shows["2"] == LIVE
    await shower(desk, channel, later=11).step()
    assert channel.shows["1"] == words


async def test_a_try_that_may_have_arrived_is_retired_by_a_second_card(desk: Desk) -> None:
    channel = Channel(answers_to_lose=1)
    await shower(desk, channel).step()
    await desk.type("card demo")
    await shower(desk, channel).step()
    assert channel.shows == {"1": MOVED, "2": LIVE}


async def test_a_card_that_was_not_posted_yet_does_not_appear_for_a_dead_session(
    desk: Desk,
) -> None:
    await desk.type("bind demo session")
    await desk.told()
    await end(desk)
    told = await desk.told_one()
    assert told.text.startswith("Session `demo` ended after 1 min")
    channel = Channel()
    assert await shower(desk, channel).step() > 3
    assert channel.shows == {}


async def test_its_end_is_told_to_its_channel_though_no_session_is_bound_there(desk: Desk) -> None:
    await desk.told()
    await end(desk)
    assert (await desk.told_one()).channel == MODERATION


async def test_a_card_that_is_just_being_posted_for_a_dead_session_says_nothing_of_its_end(
    desk: Desk,
) -> None:
    await desk.told()
    channel = Channel()
    channel.before_answer = lambda: end(desk)
    await shower(desk, channel).step()
    assert channel.shows == {"1": NOWHERE}
    assert (await desk.told_one()).channel == MODERATION


async def test_a_card_that_was_posted_tells_the_end_alone(desk: Desk) -> None:
    await desk.type("bind demo session")
    channel = Channel()
    await shower(desk, channel).step()
    await desk.told()
    await end(desk)
    async with desk.store.read() as tx:
        (*_, notice) = await outbox.listed(tx, TEAM, Status.PENDING)
    assert notice.delivery.thread == "1"
    await shower(desk, channel).step()
    assert channel.shows["1"].startswith("Session `demo` ended after 1 min")


async def test_a_card_of_a_new_session_leaves_the_old_ones_summary(desk: Desk) -> None:
    channel = Channel()
    showing = shower(desk, channel)
    await showing.step()
    await end(desk)
    await desk.type("card demo")
    await showing.step()
    assert channel.shows["1"].startswith("Session `demo` ended after 1 min")
    assert channel.shows["2"] == LIVE


async def test_a_card_whose_session_is_gone_waits_for_the_news(desk: Desk) -> None:
    await desk.told()
    desk.simulator.close_session("demo")
    channel = Channel()
    assert await shower(desk, channel).step() == 0
    assert await desk.told() == []
    await shower(desk, channel, later=200).step()
    assert "was not posted: the session is not live any more" in (await desk.told_one()).text
    assert await shower(desk, channel, later=300).step() > 3
    assert channel.shows == {}
