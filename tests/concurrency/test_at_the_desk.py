"""Ten people hammer the buttons of one session, in one process: nothing is done twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.reply import Button
from ovbot.engine.invocation import Invocation, Source
from ovbot.store import audit, outbox
from ovbot.store.deliveries import Status
from tests.desk import ANA, MODERATION, TEAM, Desk, buttons, open_desk

TEN = (ANA, *(f"U{number:02}CROWD" for number in range(2, 11)))
CLICKS = count(1)


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as opened:
        # Everybody may everything: what is asked here is not who may, but how often it is done.
        monkeypatch.setattr("ovbot.engine.access.Access.is_named", property(lambda _: True))
        for name in ("Lina", "Tom", "Noor", "Jun", "Piotr"):
            opened.simulator.join("demo", client_data=name, publish="camera")
        yield opened


async def panel(desk: Desk, user: str) -> list[Button]:
    """The buttons of this person's own panel."""
    return buttons(await desk.type("show demo", user=user))


def called(label: str, offered: list[Button]) -> str:
    """What is carried out in the end: a form asks first, and its submission says just this."""
    found = next(button.command for button in offered if button.label == label)
    return found.removesuffix(" ?")


async def press(desk: Desk, user: str, command: str, click: str | None = None) -> None:
    """One press to its end, whatever it ends with; an exception fails the test."""
    asked = Invocation(
        actor=Actor(TEAM, user),
        channel=MODERATION,
        text=command,
        interaction=click or f"click-{next(CLICKS)}",
        source=Source.FORM if command.startswith("close") else Source.BUTTON,
    )
    entered = await desk.door.enter(asked)
    if entered.work is not None:
        await entered.work()


def deletions(desk: Desk) -> Counter[str]:
    """The DELETEs that OpenVidu carried out, by path."""
    return Counter(
        asked["path"]
        for asked in desk.simulator.app.asked()
        if asked["method"] == "DELETE" and asked["status"] == 204
    )


def started(desk: Desk) -> int:
    """How many recordings OpenVidu started."""
    return sum(
        asked["path"].endswith("recordings/start") and asked["status"] == 200
        for asked in desk.simulator.app.asked()
    )


async def actions(desk: Desk) -> tuple[tuple[AuditEntry, ...], ...]:
    """Everything in the audit; each action must have come to its one end."""
    async with desk.store.read() as tx:
        assert await audit.open_intents(tx, TEAM, "default") == ()
        found = await audit.latest(tx, TEAM, limit=10_000)
    for entries in found:
        assert sum(entry.outcome is not None for entry in entries) == 1, entries
        assert entries[-1].answer != "fault", entries
    return found


async def ended(desk: Desk) -> Counter[Outcome | None]:
    """How many ended in which way, after a look at whether each presser was told."""
    found = await actions(desk)
    async with desk.store.read() as tx:
        listed = await outbox.listed(tx, TEAM, Status.PENDING, limit=10_000)
    told = Counter(item.delivery.key for item in listed if item.delivery.channel == MODERATION)
    for entries in found:
        assert told[f"action:{entries[0].ref}"] == 1, entries
    return Counter(entries[-1].outcome for entries in found)


async def test_two_press_the_same_kick(desk: Desk) -> None:
    command = called("Kick Tom…", await panel(desk, ANA))
    await asyncio.gather(*(press(desk, user, command) for user in TEN[:2]))
    assert await ended(desk) == {Outcome.DONE: 1, Outcome.ALREADY: 1}
    assert list(deletions(desk).values()) == [1]
    told = sorted((await desk.told()), key=lambda one: one.audience)
    assert [one.audience for one in told] == ["channel", "only_user"]
    assert "removed *Tom*" in told[0].text
    assert "No change needed" in told[1].text


async def test_ten_press_the_same_kick(desk: Desk) -> None:
    command = called("Kick Tom…", await panel(desk, ANA))
    await asyncio.gather(*(press(desk, user, command) for user in TEN))
    assert await ended(desk) == {Outcome.DONE: 1, Outcome.ALREADY: 9}
    assert list(deletions(desk).values()) == [1]


async def test_five_press_record(desk: Desk) -> None:
    command = called("Record demo", await panel(desk, ANA))
    await asyncio.gather(*(press(desk, user, command) for user in TEN[:5]))
    assert await ended(desk) == {Outcome.DONE: 1, Outcome.ALREADY: 4}
    assert started(desk) == 1
    assert len(await desk.openvidu.recordings()) == 1


async def test_ten_press_stop(desk: Desk) -> None:
    await press(desk, ANA, called("Record demo", await panel(desk, ANA)))
    command = called("Stop recording demo", await panel(desk, ANA))
    await asyncio.gather(*(press(desk, user, command) for user in TEN))
    assert await ended(desk) == {Outcome.DONE: 2, Outcome.ALREADY: 9}
    assert [each.status for each in await desk.openvidu.recordings()] == ["ready"]


async def test_ten_submit_close(desk: Desk) -> None:
    await asyncio.gather(*(press(desk, user, "close --session demo") for user in TEN))
    assert await ended(desk) == {Outcome.DONE: 1, Outcome.ALREADY: 9}
    assert list(deletions(desk).values()) == [1]


async def test_one_click_that_arrives_ten_times_is_one(desk: Desk) -> None:
    command = called("Kick Tom…", await panel(desk, ANA))
    await asyncio.gather(*(press(desk, ANA, command, "the same click") for _ in range(10)))
    assert await ended(desk) == {Outcome.DONE: 1}
    assert len(await actions(desk)) == 1
    assert list(deletions(desk).values()) == [1]


async def test_everything_at_once(desk: Desk) -> None:
    """Each of ten presses every button of their own panel, all of them together, and submits the
    forms about people.

    But for the card's, which OpenVidu has no part in: a later one takes an earlier one's place.
    """
    panels = [(user, await panel(desk, user)) for user in TEN]
    presses = [
        press(desk, user, button.command.removesuffix(" ?"))
        for user, offered in panels
        for button in offered
        if not button.command.endswith(" ?") or button.command.startswith(("kick ", "unpublish "))
        if not button.command.startswith("card ")
    ]
    assert len(presses) >= 100
    await asyncio.gather(*presses)
    outcomes = await ended(desk)
    done = deletions(desk)
    assert set(done.values()) == {1}, "a connection or a stream was deleted twice"
    kicked = [path for path in done if "/connection/" in path]
    assert len(kicked) == 5
    assert started(desk) <= 1
    assert outcomes[Outcome.FAILED] == 0
    assert outcomes[Outcome.UNKNOWN] == 0
    assert outcomes[Outcome.DONE] == sum(done.values()) + started(desk)
    assert await desk.connections() == []
