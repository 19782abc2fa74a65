"""Whom a command names without their session is looked for in all that the channel is bound to."""

import pytest

from ovbot.domain.audit import Outcome
from tests.commands.steps import fault
from tests.desk import Desk, buttons


async def names(desk: Desk) -> list[str]:
    return sorted(c.client_data or "" for c in await desk.connections())


@pytest.fixture
async def bound(desk: Desk) -> Desk:
    for session, people in {
        "exam-1": ("Ana", "Maria Weber"),
        "exam-2": ("Ben", "Max"),
        "exam-3": ("Max", "Eve"),
    }.items():
        for name in people:
            desk.simulator.join(session, client_data=name, publish="camera")
    await desk.type("bind exam-*")
    await desk.told()
    return desk


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("kick Ben", "removed *Ben* from session `exam-2`. Reason: none given."),
        ("kick ben too loud", "removed *Ben* from session `exam-2`. Reason: too loud"),
        ("kick weber", "removed *Maria Weber* from session `exam-1`"),
        ("unpublish Eve", "in session `exam-3`"),
    ],
)
async def test_where_only_one_is_called_so_it_is_them(bound: Desk, typed: str, said: str) -> None:
    await bound.type(typed)
    assert said in (await bound.told_one()).text


async def test_where_two_are_called_so_it_is_asked_which(bound: Desk) -> None:
    before = await names(bound)
    await bound.type("kick Max")
    told = await bound.told_one()
    assert [b.label for b in buttons(told.reply)] == ["In exam-2", "In exam-3"]
    assert await names(bound) == before
    await bound.type(buttons(told.reply)[1].command)
    assert "removed *Max* from session `exam-3`" in (await bound.told_one()).text


async def test_nobody_is_told_so_and_nothing_is_asked(bound: Desk) -> None:
    await bound.type("kick Zoe")
    told = await bound.told_one()
    assert "Nobody is called “Zoe” in any of the 3 live sessions" in told.text
    assert (await bound.audited())[-1].outcome is Outcome.REFUSED


@pytest.mark.parametrize("typed", ["kick maria lopez", "unpublish maria lopez"])
async def test_a_part_of_a_name_with_words_behind_it_is_not_taken_for_them(
    bound: Desk, typed: str
) -> None:
    before = await names(bound)
    await bound.type(typed)
    told = await bound.told_one()
    assert "Not done" in told.text
    assert await names(bound) == before


async def test_a_session_that_cannot_be_read_may_have_them_too(bound: Desk) -> None:
    before = await names(bound)
    await fault(bound, "getSession", "html", status=403)
    await bound.type("kick Ben")
    assert [b.label for b in buttons((await bound.told_one()).reply)] == [
        "In exam-1",
        "In exam-2",
        "In exam-3",
    ]
    assert await names(bound) == before


async def test_an_id_needs_no_session(bound: Desk) -> None:
    ben = bound.simulator.join("exam-2", client_data="Ben")
    await bound.type(f"kick {ben.connection_id} twice")
    assert "removed *Ben* from session `exam-2`. Reason: twice" in (await bound.told_one()).text
