"""node remove: every documented answer, what is told to whom, and what is left."""

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
    nodes,
    only,
    statuses,
    submit,
)
from tests.desk import BEN, GENERAL, Desk, buttons


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with cluster(tmp_path) as opened:
        yield opened


async def test_an_idle_node_is_removed_and_everybody_is_told(desk: Desk) -> None:
    node = await only(desk)
    told = await submit(desk, f"node remove {node} --reason 'too old'", channel=GENERAL)
    assert told.audience == "channel"
    assert told.text == (
        f":white_check_mark: <@U01ANA> removed media node `{node}`: it is terminating. "
        "Reason: too old"
    )
    assert await statuses(desk) == ["terminating"]
    intent, attempt, outcome = await desk.audited()
    assert intent.arguments == {"node": node, "reason": "too old"}
    assert attempt.target == outcome.target == node
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "204")
    assert (outcome.session, outcome.detail) == ("", "172.17.0.2")


async def test_waiting_tells_of_a_node_that_is_gone(tmp_path: Path) -> None:
    async with cluster(tmp_path, terminate_seconds=0.05) as desk:
        node = await only(desk)
        told = await submit(desk, f"node remove {node} --wait")
        assert f"removed media node `{node}`." in told.text
        assert buttons(told.reply) == []
        assert await nodes(desk) == []


async def test_a_busy_node_is_refused_with_a_way_on(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    node = await only(desk)
    told = await submit(desk, f"node remove {node}")
    assert told.audience == "only_user"
    assert f"*Not done.* Media node `{node}` was not removed: it still has one session" in told.text
    assert await answered(desk) == (Outcome.REFUSED, "409 node_remove.node_busy")
    assert await statuses(desk) == ["running"]
    (drain,) = buttons(told.reply)
    assert drain.command == f"node remove --when empty {node}"
    told = await submit(desk, drain.command)
    assert told.text == (
        f":white_check_mark: <@U01ANA> is removing media node `{node}`: it takes no new sessions, "
        "and goes when the one session on it has ended."
    )
    assert await answered(desk) == (Outcome.DONE, "202")
    assert await statuses(desk) == ["waiting-idle-to-terminate"]
    told = await submit(desk, drain.command)
    assert "is draining already; one session is left on it." in told.text
    assert (await answered(desk))[0] is Outcome.ALREADY
    desk.simulator.close_session("demo")
    assert await statuses(desk) == ["terminating"]


async def test_a_busy_node_whose_sessions_have_ended_meanwhile(desk: Desk) -> None:
    node = await only(desk)
    await fault(desk, "removeNode", "status", status=409)
    told = await submit(desk, f"node remove {node}")
    assert "it had sessions, which have ended since. Try again." in told.text


async def test_removing_an_empty_node_when_empty_removes_it(desk: Desk) -> None:
    node = await only(desk)
    told = await submit(desk, f"node remove {node} --when empty")
    assert "it is terminating" in told.text
    assert await answered(desk) == (Outcome.DONE, "204")


async def test_now_ends_the_sessions_and_says_so(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("exam", client_data="Ben")
    node = await only(desk)
    told = await submit(desk, f"node remove {node} --when now")
    assert "it is terminating. Two sessions on it ended." in told.text
    assert await desk.openvidu.sessions() == ()
    assert (await desk.audited())[0].arguments["when"] == "now"


async def test_a_node_that_is_gone_is_already_so(desk: Desk) -> None:
    told = await submit(desk, "node remove kms_GONE")
    assert "*No change needed.* There is no media node `kms_GONE`" in told.text
    node = await only(desk)
    await fault(desk, "removeNode", "status", status=404)
    told = await submit(desk, f"node remove {node}")
    assert f"Media node `{node}` was gone already." in told.text
    assert await answered(desk) == (Outcome.ALREADY, "404 node_remove.no_node")
    await submit(desk, f"node remove {node}")
    told = await submit(desk, f"node remove {node}")
    assert f"Media node `{node}` is terminating already." in told.text


async def test_an_instance_that_cannot_be_terminated_is_told(desk: Desk) -> None:
    node = await only(desk)
    await fault(desk, "removeNode", "status", status=502)
    told = await submit(desk, f"node remove {node}")
    assert "*Failed.* The instance of media node" in told.text
    assert "could not be terminated" in told.text
    assert await answered(desk) == (Outcome.FAILED, "502 node_remove.termination_failed")


async def test_a_cluster_that_forbids_it_is_told(desk: Desk) -> None:
    node = await only(desk)
    await fault(desk, "removeNode", "status", status=405)
    told = await submit(desk, f"node remove {node}")
    assert "does not let its media nodes be changed this way" in told.text


async def test_later_versions_answer_that_it_is_going(tmp_path: Path) -> None:
    async with cluster(tmp_path, profile="2.32") as desk:
        node = await only(desk)
        told = await submit(desk, f"node remove {node}")
        assert "it is terminating" in told.text
        assert await answered(desk) == (Outcome.DONE, "200")


async def test_a_removal_that_is_only_said_to_have_happened(desk: Desk) -> None:
    node = await only(desk)
    await fault(desk, "removeNode", "status", status=204)
    told = await submit(desk, f"node remove {node}")
    assert f"Media node `{node}` is still running: the change did not happen." in told.text
    assert await answered(desk) == (Outcome.FAILED, "204, still running")


async def test_a_launch_is_canceled_by_its_removal(desk: Desk) -> None:
    added = await desk.openvidu.add_media_node()
    told = await submit(desk, f"node remove {added.id}")
    assert f"canceled the launch of media node `{added.id}`" in told.text


async def test_a_done_removal_stays_done_when_it_cannot_be_looked_at(desk: Desk) -> None:
    node = await only(desk)
    await desk.type(f"node show {node}")
    # The first look is before the removal: let that one pass.
    await fault(desk, "getNode", "delay", seconds=0)
    await fault(desk, "getNode", "status", status=500, times=20)
    told = await submit(desk, f"node remove {node}")
    assert f"removed media node `{node}`." in told.text
    assert await answered(desk) == (Outcome.DONE, "204")


async def test_a_removal_whose_answer_is_lost_is_looked_up(desk: Desk) -> None:
    node = await only(desk)
    await fault(desk, "removeNode", "status-after", status=504)
    told = await submit(desk, f"node remove {node}")
    assert "it is terminating" in told.text
    assert (await answered(desk))[0] is Outcome.DONE


async def test_now_needs_an_admin(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, Role.OPERATOR)
    node = await only(desk)
    told = await submit(desk, f"node remove {node} --when now", user=BEN)
    assert "You may not use *node remove --when now*: it needs the role *admin*" in told.text
    assert "yours here is *operator*. Ask <@U01ANA>" in told.text
    assert (await answered(desk))[0] is Outcome.DENIED
    assert await statuses(desk) == ["running"]
    assert "it is terminating" in (await submit(desk, f"node remove {node}", user=BEN)).text


async def test_the_form_tells_what_a_removal_does(desk: Desk) -> None:
    node = await only(desk)
    assert await consequences(desk, f"node remove {node}") == (
        f"Media node `{node}` has no sessions on it. It is removed at once."
    )
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    await desk.simulator.start_recording("demo")
    desk.simulator.join("exam", client_data="Cleo")
    dying = "two sessions with three people, one of them being recorded (`demo`, `exam`)"
    idle = await consequences(desk, f"node remove {node}")
    assert "OpenVidu will refuse this" in idle
    assert dying in idle
    empty = await consequences(desk, f"node remove {node} --when empty")
    assert "takes no new sessions, and is removed when all on it have ended" in empty
    assert dying in empty
    now = await consequences(desk, f"node remove {node} --when now")
    assert f"With media node `{node}` this ends at once for everybody: {dying}" in now
    assert "There is no media node `kms_nowhere`" in await consequences(
        desk, "node remove kms_nowhere"
    )
