"""In a channel that a glob binds, the ids of live sessions are names as good as a bound one's."""

import pytest

from ovbot.store import sessions
from tests.desk import GENERAL, Desk


async def known(desk: Desk, *names: str) -> None:
    """Webhooks have told of these sessions."""
    async with desk.store.begin() as tx:
        for name in names:
            await sessions.opened(tx, "default", name, 1_000, at=1_000)


@pytest.mark.parametrize("pattern", ["*", "exam-*"])
async def test_a_live_session_is_named_before_the_person(desk: Desk, pattern: str) -> None:
    await desk.type(f"bind {pattern}", channel=GENERAL)
    for session in ("exam-1", "exam-2"):
        desk.simulator.join(session, client_data="Ana Maria", publish="camera")
        desk.simulator.join(session, client_data="Troll")
    await known(desk, "exam-1", "exam-2")
    await desk.told()
    await desk.type("kick exam-1 Troll shouts", channel=GENERAL)
    told = await desk.told_one()
    assert "removed *Troll* from session `exam-1`. Reason: shouts" in told.text
    await desk.type("unpublish exam-2 Ana Maria", channel=GENERAL)
    assert "the *camera of Ana Maria* in session `exam-2`" in (await desk.told_one()).text


async def test_what_is_over_or_not_bound_names_nobody(desk: Desk) -> None:
    await desk.type("bind exam-*", channel=GENERAL)
    desk.simulator.join("exam-1", client_data="exam-9")
    desk.simulator.join("other", client_data="Ana")
    await known(desk, "exam-1", "exam-9", "other")
    async with desk.store.begin() as tx:
        await sessions.ended(tx, "default", "exam-9", 1_000, at=2_000)
    await desk.told()
    await desk.type("kick other Ana", channel=GENERAL)
    assert "removed" not in (await desk.told_one()).text
    await desk.type("kick exam-9", channel=GENERAL)
    assert "removed *exam-9* from session `exam-1`" in (await desk.told_one()).text
