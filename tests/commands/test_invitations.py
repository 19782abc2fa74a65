"""invite list and invite withdraw: what nobody has used yet, and never who has joined."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.audit import Outcome
from tests.commands.steps import fault
from tests.desk import BEN, Desk, buttons, open_desk, words


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, profile="2.32") as opened:
        opened.simulator.join("demo", client_data="Ana")
        yield opened


async def pending(desk: Desk) -> list[str]:
    """The ids of the unused invitations, by the real client."""
    found = await desk.openvidu.connections("demo", pending=True)
    return [each.connection_id for each in found if each.status == "pending"]


async def test_they_are_listed_without_their_tokens(desk: Desk) -> None:
    made = [await desk.openvidu.create_token("demo", role="MODERATOR", data="nurse")]
    made.append(await desk.openvidu.create_token("demo"))
    reply = await desk.type("invite list demo")
    assert reply is not None
    told = words(reply)
    assert "2 invitations to session `demo` are unused." in told
    assert "as moderator, made" in told
    assert "nurse" in told
    assert set(await pending(desk)) == {token.connection_id for token in made}
    for token in made:
        assert token.connection_id in told
        assert token.secret.reveal() not in repr(reply)
    one, other, every = buttons(reply)
    assert [button.label for button in (one, other, every)] == [
        f"Withdraw {one.command.split()[-1]}",
        f"Withdraw {other.command.split()[-1]}",
        "Withdraw all 2",
    ]
    await desk.type(one.command)
    assert (
        "<@U01ANA> withdrew one unused invitation to session `demo`."
        in (await desk.told_one()).text
    )
    assert await pending(desk) == [other.command.split()[-1]]


async def test_none_is_said_to_be_none(desk: Desk) -> None:
    reply = await desk.type("invite list demo")
    assert reply is not None
    assert reply.text == "No invitation to session `demo` is unused."
    await desk.type("invite withdraw demo all")
    assert "No invitation to session demo is unused." in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_all_are_withdrawn_and_who_is_there_stays(desk: Desk) -> None:
    for _ in range(3):
        await desk.openvidu.create_token("demo")
    await desk.type("invite withdraw demo all")
    assert "withdrew three unused invitations" in (await desk.told_one()).text
    assert await pending(desk) == []
    assert [c.client_data for c in (await desk.openvidu.session("demo")).connections] == ["Ana"]


async def test_nobody_who_has_joined_is_put_out(desk: Desk) -> None:
    (ana,) = (await desk.openvidu.session("demo")).connections
    await desk.type(f"invite withdraw demo {ana.connection_id}")
    assert "There is no unused invitation" in (await desk.told_one()).text
    assert len((await desk.openvidu.session("demo")).connections) == 1


async def test_what_cannot_be_read_is_not_withdrawn(desk: Desk) -> None:
    token = await desk.openvidu.create_token("demo")
    await fault(desk, "getConnection", "status", status=500, times=9)
    await desk.type(f"invite withdraw demo {token.connection_id}")
    assert (await desk.audited())[-1].outcome is Outcome.FAILED
    assert await pending(desk) == [token.connection_id]


async def test_an_answer_that_got_lost_is_looked_up(desk: Desk) -> None:
    token = await desk.openvidu.create_token("demo")
    await fault(desk, "disconnect", "drop-after", times=2)
    await desk.type(f"invite withdraw demo {token.connection_id}")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    assert await pending(desk) == []


async def test_who_may_not_sees_and_withdraws_nothing(desk: Desk) -> None:
    token = await desk.openvidu.create_token("demo")
    for text in ("invite list demo", "invite withdraw demo all"):
        reply = await desk.type(text, user=BEN)
        assert reply is not None
        assert "needs the role" in reply.text
    assert await pending(desk) == [token.connection_id]


async def test_a_server_that_is_too_old_says_so(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        desk.simulator.join("demo", client_data="Ana")
        reply = await desk.type("invite list demo")
        assert reply is not None
        assert "2.16" in words(reply)
