"""Lists that are longer than one answer: More, Earlier, and counts that agree."""

import re

import pytest

from ovbot.domain.reply import Reply
from ovbot.subjects import pages
from tests.desk import GENERAL, Desk, buttons, words

LABELS = re.compile(r"(More|Earlier) (sessions|recordings|actions|messages)")


async def leafed(desk: Desk, question: str) -> list[Reply]:
    """Every part of a list, by its own buttons."""
    found: list[Reply] = []
    text: str | None = question
    while text is not None:
        reply = await desk.type(text)
        assert reply is not None
        found.append(reply)
        more = [b.command for b in buttons(reply) if b.label.startswith("More ")]
        text = more[0] if more else None
    return found


def controls(reply: Reply) -> list[str]:
    return [b.label for b in buttons(reply) if LABELS.fullmatch(b.label)]


async def test_sessions(desk: Desk) -> None:
    for number in range(45):
        desk.simulator.join(f"room-{number:02}", client_data="Ana")
    parts = await leafed(desk, "list --sort name")
    assert [controls(part) for part in parts] == [
        ["More sessions"],
        ["Earlier sessions", "More sessions"],
        ["Earlier sessions"],
    ]
    assert all("There are 45 live sessions." in part.text for part in parts)
    assert ["1 to 20 of 45" in words(parts[0]), "41 to 45 of 45" in words(parts[2])] == [True] * 2
    shown = [name for part in parts for name in re.findall(r"\*(room-\d+)\*", words(part))]
    assert shown == [f"room-{number:02}" for number in range(45)]


async def test_what_is_shared_has_no_buttons(desk: Desk) -> None:
    for number in range(25):
        desk.simulator.join(f"room-{number:02}", client_data="Ana")
    await desk.type("list --share", channel=GENERAL)
    told = await desk.told_one()
    assert "1 to 20 of 25" in words(told.reply)
    assert buttons(told.reply) == []


async def test_recordings(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    for number in range(22):
        recording = await desk.simulator.start_recording("demo", name=f"take {number}")
        await desk.simulator.stop_recording(recording)
    parts = await leafed(desk, "recording list")
    assert len(parts) == 2
    assert all("There are 22 recordings." in part.text for part in parts)
    shown = [id_ for part in parts for id_ in re.findall(r"· id `([^`]+)`", words(part))]
    assert len(shown) == len(set(shown)) == 22


async def test_the_audit(desk: Desk) -> None:
    for number in range(7):
        await desk.type(f"bind room-{number}")
    parts = await leafed(desk, "audit --limit 3")
    assert [len(re.findall(r"\*bind\*", words(part))) for part in parts] == [3, 3, 1]
    assert controls(parts[1]) == ["Earlier actions", "More actions"]
    assert "4 to 6" in words(parts[1])


async def test_the_outbox(desk: Desk) -> None:
    for number in range(7):
        await desk.type(f"bind room-{number}")
    parts = await leafed(desk, "outbox list --limit 3")
    assert all("notices are waiting" in part.text for part in parts)
    total = re.search(r"of (\d+)", words(parts[0]))
    assert total is not None
    drops = [b.command for part in parts for b in buttons(part) if b.label.startswith("Drop")]
    assert len(set(drops)) == len(drops) == int(total[1])


@pytest.mark.parametrize("question", ["list", "recording list", "audit", "outbox list"])
async def test_a_short_list_has_no_parts_and_one_too_far_is_no_fault(
    desk: Desk, question: str
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    first = await desk.type(question)
    assert first is not None
    assert controls(first) == []
    assert "Couldn't do that" not in words(await desk.type(f"{question} --page 9"))


def test_a_part_that_is_not_there_any_more_is_the_last() -> None:
    assert pages.part(range(45), 9, 20).shown == (40, 41, 42, 43, 44)
    assert pages.part((), 9, 20) == pages.Pages((), 1, 1, more=False, total=0)
