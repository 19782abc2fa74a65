"""Cards between processes: one shows a card at a time, and no message is left without an owner."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from ovbot.store import cards, former_cards
from ovbot.store.cards import Card
from ovbot.store.database import Database
from tests.store.databases import postgres_template, postgres_url, url

__all__ = ["postgres_template", "postgres_url", "url"]

CARD = Card(
    team="T1", server="default", session="demo", channel="C1", created_by="U1", created_at=5
)
NEWER = msgspec.structs.replace(CARD, created_at=6)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    await opened.open()
    async with opened.begin() as tx:
        await cards.open_card(tx, CARD)
    yield opened
    await opened.close()


async def claimed(store: Database, *, now: int = 100, until: int = 200) -> tuple[Card, ...]:
    async with store.begin() as tx:
        return await cards.claim(tx, "default", now=now, until=until)


async def formers(store: Database, *, now: int = 100) -> list[tuple[str, str]]:
    async with store.begin() as tx:
        found = await former_cards.claim(tx, "default", now=now, until=now)
    return [(one.ts, one.trying) for one in found]


async def begun(store: Database) -> Card:
    """A card whose message is being posted."""
    (card,) = await claimed(store)
    async with store.begin() as tx:
        mine = await cards.trying(tx, card, trying="card:1", at=100, until=300)
    assert mine is not None
    return mine


async def test_what_is_shown_by_one_is_nobody_elses_until_its_claim_ends(store: Database) -> None:
    (mine,) = await claimed(store)
    async with store.begin() as tx:
        await cards.touch(tx, "default", "demo", at_once=True)
        assert await cards.next_due(tx, "default") == 200
    assert await claimed(store, now=199) == ()
    (theirs,) = await claimed(store, now=200, until=400)
    async with store.begin() as tx:
        assert await cards.trying(tx, mine, trying="card:1", at=1, until=500) is None
        assert await cards.trying(tx, theirs, trying="card:2", at=1, until=500) is not None


async def test_a_newer_card_comes_after_who_is_at_the_older(store: Database) -> None:
    mine = await begun(store)
    async with store.begin() as tx:
        await cards.open_card(tx, NEWER)
    assert await claimed(store, now=299) == ()
    assert await formers(store, now=299) == []
    async with store.begin() as tx:
        assert await cards.posted(tx, mine, ts="1.0", until=900) is None
    assert await formers(store) == [("1.0", "card:1")]
    (newer,) = await claimed(store)
    assert (newer.created_at, newer.ts, newer.trying) == (6, "", "")


async def test_a_newer_card_does_not_wait_for_the_claim_of_who_had_not_begun(
    store: Database,
) -> None:
    (mine,) = await claimed(store)
    async with store.begin() as tx:
        await cards.open_card(tx, NEWER)
        assert await cards.trying(tx, mine, trying="card:1", at=100, until=300) is None
    (newer,) = await claimed(store, now=101, until=400)
    assert newer.created_at == 6


async def test_nor_does_what_was_begun_before_wait_for_that_claim(store: Database) -> None:
    begun_before = await begun(store)
    async with store.begin() as tx:
        await cards.put_off(tx, begun_before, not_before=100)
    (mine,) = await claimed(store, now=100, until=500)
    async with store.begin() as tx:
        await cards.open_card(tx, NEWER)
    assert await formers(store) == []
    async with store.begin() as tx:
        assert await cards.trying(tx, mine, trying="card:1", at=100, until=300) is None
    assert await formers(store) == [("", "card:1")]
    assert len(await claimed(store, now=101, until=600)) == 1


async def test_who_died_posting_leaves_what_has_to_be_looked_for(store: Database) -> None:
    await begun(store)
    async with store.begin() as tx:
        await cards.open_card(tx, NEWER)
    assert await formers(store, now=300) == [("", "card:1")]


async def test_who_shows_an_older_card_late_leaves_its_message(store: Database) -> None:
    mine = await begun(store)
    async with store.begin() as tx:
        noted = await cards.posted(tx, mine, ts="1.0", until=900)
        assert noted is not None
        await cards.shown(tx, noted, people=1, not_before=0)
        await cards.touch(tx, "default", "demo")
    (late,) = await claimed(store)
    async with store.begin() as tx:
        await cards.open_card(tx, NEWER)
    assert await formers(store, now=199) == [], "it is about to be live once more"
    async with store.begin() as tx:
        await cards.shown(tx, late, people=1, not_before=0)
    assert await formers(store, now=199) == [("1.0", "")]
    async with store.begin() as tx:
        assert await cards.thread(tx, "T1", "default", "demo", "C1") == ""


async def test_a_claim_that_was_lost_leaves_no_message_that_is_the_card(store: Database) -> None:
    mine = await begun(store)
    (theirs,) = await claimed(store, now=300, until=600)
    assert theirs.trying == "card:1", "to be looked for"
    async with store.begin() as tx:
        assert await cards.posted(tx, theirs, ts="1.0", until=900) is not None
    async with store.begin() as tx:
        assert await cards.posted(tx, mine, ts="1.0", until=900) is None
    assert await formers(store) == []


async def test_a_card_that_ends_before_it_is_posted_never_is(store: Database) -> None:
    mine = await begun(store)
    async with store.begin() as tx:
        (never,) = await cards.end(tx, "default", "demo", at=150, ending="{}")
    assert never.channel == "C1"
    async with store.begin() as tx:
        assert await cards.posted(tx, mine, ts="1.0", until=900) is None
        assert await cards.next_due(tx, "default") is None
    assert await formers(store) == [("1.0", "card:1")]


async def test_a_card_that_ends_before_it_is_tried_is_not_tried(store: Database) -> None:
    (mine,) = await claimed(store)
    async with store.begin() as tx:
        await cards.end(tx, "default", "demo", at=150, ending="{}")
    async with store.begin() as tx:
        assert await cards.trying(tx, mine, trying="card:1", at=1, until=500) is None
    assert await formers(store) == []
