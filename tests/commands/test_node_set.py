"""node set: every documented answer, what is told to whom, and what it is then."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.actor import Role
from ovbot.domain.audit import Outcome
from tests.commands.cluster import (
    answered,
    cluster,
    consequences,
    fault,
    give,
    only,
    statuses,
    submit,
)
from tests.desk import BEN, Desk, buttons


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with cluster(tmp_path) as opened:
        yield opened


async def test_drain_and_run_again(desk: Desk) -> None:
    desk.simulator.join("demo")
    desk.simulator.join("exam")
    node = await only(desk)
    told = await submit(desk, f"node set {node} drain --reason 'new kernel'")
    assert told.text == (
        f":white_check_mark: <@U01ANA> is draining media node `{node}`: it takes no new sessions, "
        "and goes when the two sessions on it have ended. Reason: new kernel"
    )
    assert await statuses(desk) == ["waiting-idle-to-terminate"]
    assert (await desk.audited())[0].arguments == {
        "node": node,
        "action": "drain",
        "reason": "new kernel",
    }
    told = await submit(desk, f"node set {node} run")
    assert f"set media node `{node}` back to running: it takes new sessions." in told.text
    assert await statuses(desk) == ["running"]


async def test_draining_an_idle_node_lets_it_go_at_once(desk: Desk) -> None:
    node = await only(desk)
    told = await submit(desk, f"node set {node} drain")
    assert f"drained media node `{node}`: no session was left on it, and it goes." in told.text
    assert await statuses(desk) == ["terminating"]


async def test_cancel_a_launch_and_launch_after_all(desk: Desk) -> None:
    added = await desk.openvidu.add_media_node()
    told = await submit(desk, f"node set {added.id} cancel")
    assert f"canceled the launch of media node `{added.id}`." in told.text
    assert "canceled" in await statuses(desk)
    told = await submit(desk, f"node set {added.id} launch")
    assert f"had media node `{added.id}` launched after all: it is launching." in told.text
    desk.simulator.clock.advance(60)
    assert await statuses(desk) == ["running", "running"]


async def test_terminate_ends_the_sessions(desk: Desk) -> None:
    desk.simulator.join("demo")
    node = await only(desk)
    told = await submit(desk, f"node set {node} terminate")
    assert f"is terminating media node `{node}`. One session on it ended." in told.text
    assert await desk.openvidu.sessions() == ()


async def test_the_same_status_is_already_so(desk: Desk) -> None:
    node = await only(desk)
    told = await submit(desk, f"node set {node} run")
    assert f"*No change needed.* Media node `{node}` is running already." in told.text
    assert told.audience == "only_user"
    assert await answered(desk) == (Outcome.ALREADY, "204")


async def test_an_illegal_change_tells_what_is_legal_now(desk: Desk) -> None:
    node = await only(desk)
    told = await submit(desk, f"node set {node} cancel")
    assert (
        f"*Not done.* Media node `{node}` is running: only `drain` or `terminate` is" in told.text
    )
    assert [b.command for b in buttons(told.reply)] == [
        f"node set {node} drain",
        f"node set {node} terminate",
    ]
    assert await answered(desk) == (Outcome.REFUSED, "400 node_set.bad_transition")
    await submit(desk, f"node set {node} terminate")
    told = await submit(desk, f"node set {node} run")
    assert "is terminating: nothing can be asked of it." in told.text
    assert [b.command for b in buttons(told.reply)] == [f"node show {node}"]


async def test_a_node_that_vanishes_meanwhile(desk: Desk) -> None:
    node = await only(desk)
    await fault(desk, "setNode", "status", status=404)
    told = await submit(desk, f"node set {node} terminate")
    assert f"Media node `{node}` was gone already." in told.text
    assert await answered(desk) == (Outcome.ALREADY, "404 node_set.no_node")
    await fault(desk, "setNode", "status", status=404)
    told = await submit(desk, f"node set {node} run")
    assert "*Failed.* There is no media node" in told.text
    told = await submit(desk, "node set kms_nowhere drain")
    assert "*Not done.* There is no media node `kms_nowhere`" in told.text


@pytest.mark.parametrize(
    ("status", "words_of_it"),
    [(405, "does not let its media nodes be changed"), (501, "does not manage its media nodes")],
)
async def test_clusters_that_cannot(desk: Desk, status: int, words_of_it: str) -> None:
    node = await only(desk)
    await fault(desk, "setNode", "status", status=status)
    assert words_of_it in (await submit(desk, f"node set {node} drain")).text


async def test_terminate_needs_an_admin(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, Role.OPERATOR)
    node = await only(desk)
    told = await submit(desk, f"node set {node} terminate", user=BEN)
    assert "You may not use *node set terminate*: it needs the role *admin*" in told.text
    assert await statuses(desk) == ["running"]
    told = await submit(desk, f"node set {node} cancel", user=BEN)
    assert [b.command for b in buttons(told.reply)] == [f"node set {node} drain"]


async def test_a_change_whose_answer_is_lost_is_looked_up(desk: Desk) -> None:
    desk.simulator.join("demo")
    node = await only(desk)
    await fault(desk, "setNode", "status-after", status=504)
    told = await submit(desk, f"node set {node} drain")
    assert f"Media node `{node}` is draining." in told.text
    assert await answered(desk) == (Outcome.DONE, "looked: waiting-idle-to-terminate")
    await fault(desk, "setNode", "status", status=504)
    told = await submit(desk, f"node set {node} run")
    assert f"Media node `{node}` is still draining: the change did not happen." in told.text
    assert (await answered(desk))[0] is Outcome.FAILED


async def test_the_form_tells_what_a_change_does(desk: Desk) -> None:
    node = await only(desk)
    desk.simulator.join("demo")

    async def said(change: str) -> str:
        return await consequences(desk, f"node set {node} {change}")

    assert "is terminated when all on it have ended: one session with one person" in await said(
        "drain"
    )
    assert "what is on it ends for everybody: one session with one person" in await said(
        "terminate"
    )
    assert "is running already: nothing will change." in await said("run")
    illegal = await said("launch")
    assert "OpenVidu will refuse this." in illegal
    assert "only `drain` or `terminate` is possible now." in illegal
    await desk.openvidu.modify_media_node(node, "waiting-idle-to-terminate")
    assert "takes new sessions again" in await said("run")
    node = (await desk.openvidu.add_media_node()).id
    assert "is terminated as soon as it is launched" in await said("cancel")
    await desk.openvidu.modify_media_node(node, "canceled")
    assert "is launched after all" in await said("launch")
