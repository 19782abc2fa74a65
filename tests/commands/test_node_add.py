"""node add and node discover: every documented answer, what is told to whom, what has come."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.audit import Outcome
from ovbot.engine.invocation import Source
from tests.commands.cluster import (
    ON_PREMISES,
    answered,
    cluster,
    consequences,
    control,
    crashed,
    fault,
    nodes,
    only,
    statuses,
    submit,
)
from tests.desk import BEN, GENERAL, Desk, buttons, open_desk, words


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with cluster(tmp_path) as opened:
        yield opened


@pytest.fixture
async def premises(tmp_path: Path) -> AsyncIterator[Desk]:
    async with cluster(tmp_path, environment="on_premise") as opened:
        yield opened


async def newest(desk: Desk, before: str) -> str:
    return next(node.id for node in await nodes(desk) if node.id != before)


# ---- node add ----------------------------------------------------------------------------------


async def test_a_launch_is_told_with_how_to_look(desk: Desk) -> None:
    before = await only(desk)
    told = await submit(desk, "node add --reason 'exam week'", channel=GENERAL)
    node = await newest(desk, before)
    assert f"<@U01ANA> is adding media node `{node}`: it is launching." in told.text
    assert "tells when it runs. Reason: exam week" in told.text
    assert told.audience == "channel"
    assert [b.command for b in buttons(told.reply)] == [f"node show {node}"]
    intent, attempt, outcome = await desk.audited()
    assert intent.arguments == {"reason": "exam week"}
    assert (attempt.target, attempt.detail) == ("", f"beside {before}")
    assert (outcome.target, outcome.outcome, outcome.answer) == (node, Outcome.DONE, "200")
    desk.simulator.clock.advance(60)
    assert await statuses(desk) == ["running", "running"]


async def test_waiting_tells_of_a_node_that_runs(tmp_path: Path) -> None:
    async with cluster(tmp_path, launch_seconds=0.05) as desk:
        before = await only(desk)
        told = await submit(desk, "node add --wait")
        node = await newest(desk, before)
        assert f"added media node `{node}` at `ws://172.17.0.3:8888/kurento`: it runs." in told.text


async def test_on_premises_it_is_added_by_its_address(premises: Desk) -> None:
    before = await only(premises)
    told = await submit(premises, f"node add {ON_PREMISES}")
    node = await newest(premises, before)
    assert f"added media node `{node}` at `{ON_PREMISES}`: it runs." in told.text
    last = (await premises.audited())[-1]
    assert (last.target, last.detail) == (node, ON_PREMISES)
    assert last.arguments == {"uri": ON_PREMISES}


async def test_on_premises_an_address_is_needed(premises: Desk) -> None:
    told = await submit(premises, "node add")
    assert "*Not done.* The cluster runs on premises" in told.text
    assert "Name the URI of a running media node" in told.text
    assert await answered(premises) == (Outcome.REFUSED, "501 node_add.uri_needed")


async def test_what_cannot_be_reached_is_told(premises: Desk) -> None:
    told = await submit(premises, "node add ws://node.invalid:8888/kurento")
    assert "*Failed.* OpenVidu cannot reach a media node at ws://node.invalid:8888/" in told.text
    assert "Check its address, port and path" in told.text
    assert await answered(premises) == (Outcome.FAILED, "404 node_add.node_unreachable")


async def test_what_is_in_the_cluster_is_already_so(premises: Desk) -> None:
    await submit(premises, f"node add {ON_PREMISES}")
    told = await submit(premises, f"node add {ON_PREMISES}")
    assert (
        f"*No change needed.* The media node at `{ON_PREMISES}` is in the cluster already"
        in told.text
    )
    assert "is running." in told.text
    await fault(premises, "addNode", "status", status=409)
    told = await submit(premises, "node add ws://10.0.0.8:8888/kurento")
    assert (
        "*No change needed.* The media node at `ws://10.0.0.8:8888/kurento` is in the cluster "
        "already" in told.text
    )
    assert await answered(premises) == (Outcome.ALREADY, "409 node_add.exists")
    assert len(await nodes(premises)) == 2


async def test_a_refused_parameter_is_told_in_openvidus_words(desk: Desk) -> None:
    body = '{"message": "Wrong parameter <!channel>"}'
    await fault(desk, "addNode", "status", status=400, body=body)
    told = await submit(desk, "node add")
    assert "OpenVidu refused the settings of the new media node; none was added." in told.text
    assert "OpenVidu says: “Wrong parameter &lt;!channel&gt;”" in told.text
    assert await answered(desk) == (Outcome.REFUSED, "400 node_add.bad_request")


async def test_a_launch_that_fails_is_told(desk: Desk) -> None:
    await fault(desk, "addNode", "status", status=502)
    told = await submit(desk, "node add --wait")
    assert "*Failed.* The new media node could not be launched; none was added." in told.text
    assert await answered(desk) == (Outcome.FAILED, "502 node_add.launch_failed")


async def test_a_highly_available_cluster_is_told(desk: Desk) -> None:
    await fault(desk, "addNode", "status", status=405)
    assert "does not let its media nodes be changed" in (await submit(desk, "node add")).text


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("http://10.0.0.7:8888", "The address has to be the websocket address of a media node"),
        ("ws://", "The address has to be the websocket address of a media node"),
        ("ws://[10.0.0.7", "The address has to be the websocket address of a media node"),
        ("ws://me:hunter2@10.0.0.7:8888/kurento", "has no user, password or query"),
        ("ws://10.0.0.7:8888/kurento?key=hunter2", "has no user, password or query"),
    ],
)
async def test_an_address_that_cannot_be_one_is_never_sent(
    premises: Desk, uri: str, said: str
) -> None:
    reply = words(await premises.type(f"node add {uri}", source=Source.FORM))
    assert said in reply
    assert "hunter2" not in reply
    assert len(await nodes(premises)) == 1


async def test_an_address_that_the_cluster_ignores_is_told(tmp_path: Path) -> None:
    async with cluster(tmp_path, launch_seconds=0.05) as desk:
        told = await submit(desk, f"node add {ON_PREMISES} --wait")
        assert f"The address `{ON_PREMISES}` was not used: the cluster launched it." in told.text
        assert len(await nodes(desk)) == 2


async def test_an_addition_whose_answer_is_lost_is_looked_up(premises: Desk) -> None:
    await fault(premises, "addNode", "status-after", status=504)
    told = await submit(premises, f"node add {ON_PREMISES}")
    assert "is running. <@U01ANA> had asked for it" in told.text
    assert await answered(premises) == (Outcome.DONE, "looked: running")
    await fault(premises, "addNode", "status", status=504)
    told = await submit(premises, "node add ws://10.0.0.9:8888/kurento")
    assert "*Failed.* No media node was added. Try again." in told.text


async def test_a_launch_whose_answer_is_lost_is_not_claimed(desk: Desk) -> None:
    before = await only(desk)
    await fault(desk, "addNode", "status-after", status=504)
    told = await submit(desk, "node add")
    node = await newest(desk, before)
    assert "*Not known yet.* OpenVidu's answer was lost." in told.text
    assert f"Since then one media node: `{node}` (launching) has come" in told.text
    assert [b.command for b in buttons(told.reply)] == [f"node show {node}"]
    assert await answered(desk) == (Outcome.UNKNOWN, "looked: 1 came")


async def test_a_crash_while_adding_is_looked_at(premises: Desk) -> None:
    before = await only(premises)
    detail = f"beside {before}"
    entry = await crashed(premises, f"node add {ON_PREMISES}", target="", detail=detail)
    assert (entry.outcome, entry.answer) == (Outcome.FAILED, "looked: none came")
    await premises.openvidu.add_media_node(uri=ON_PREMISES)
    text = f"node add {ON_PREMISES} --reason more"
    entry = await crashed(premises, text, target="", detail=detail)
    assert entry.outcome is Outcome.DONE
    assert entry.target == await newest(premises, before)


async def test_the_form_tells_what_is_added(desk: Desk, tmp_path: Path) -> None:
    said = await consequences(desk, "node add")
    assert "The cluster has one media node now. A new instance is launched" in said
    said = await consequences(desk, f"node add {ON_PREMISES}")
    assert f"The address `{ON_PREMISES}` is not used here." in said
    (tmp_path / "premises").mkdir()
    async with cluster(tmp_path / "premises", environment="on_premise") as premises:
        said = await consequences(premises, "node add")
        assert "It runs on premises, where a media node is added by its address." in said
        said = await consequences(premises, f"node add {ON_PREMISES}")
        assert f"The one at `{ON_PREMISES}` is added and gets sessions at once." in said


# ---- node discover -----------------------------------------------------------------------------


async def test_discover_names_what_was_found(desk: Desk) -> None:
    before = await only(desk)
    await desk.type("bind demo nodes", channel="C03NODES")
    await desk.told()
    await control(desk, "nodes", uri=ON_PREMISES)
    await desk.type("node discover", channel=GENERAL)
    node = await newest(desk, before)
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, "C03NODES"]
    assert told[0].text == (
        ":white_check_mark: <@U01ANA> had OpenVidu look, and it found one media node: "
        f"`{node}` (running)."
    )
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.target) == (Outcome.DONE, node)


async def test_nothing_found_is_already_so(desk: Desk) -> None:
    await desk.type("node discover")
    told = await desk.told_one()
    assert told.audience == "only_user"
    assert "found none that it does not have" in told.text
    assert await answered(desk) == (Outcome.ALREADY, "200")


async def test_discover_on_premises_without_a_script(premises: Desk) -> None:
    await premises.type("node discover")
    told = await premises.told_one()
    assert "*Not done.* This cluster cannot discover media nodes" in told.text
    assert "`/openvidu node add ws://HOST:8888/kurento`" in told.text
    assert await answered(premises) == (Outcome.REFUSED, "405 node_discover.not_on_this_cluster")


async def test_a_discovery_whose_answer_is_lost_is_looked_up(desk: Desk) -> None:
    await control(desk, "nodes", uri=ON_PREMISES)
    await fault(desk, "discoverNodes", "status-after", status=504)
    await desk.type("node discover")
    assert "since then it has got one media node" in (await desk.told_one()).text
    await fault(desk, "discoverNodes", "status", status=504)
    await desk.type("node discover")
    told = await desk.told_one()
    assert "*Not known yet.* OpenVidu's answer was lost, and no media node has come." in told.text
    (again,) = buttons(told.reply)
    assert again.command == "node discover"
    assert again.confirm is not None


async def test_a_crash_while_discovering_is_looked_at(desk: Desk) -> None:
    detail = f"beside {await only(desk)}"
    entry = await crashed(desk, "node discover", target="", detail=detail)
    assert entry.outcome is Outcome.UNKNOWN


async def test_a_press_shows_the_list_anew(desk: Desk) -> None:
    await control(desk, "nodes", uri=ON_PREMISES)
    panel = await desk.type("node discover", source=Source.BUTTON)
    assert "There are two media nodes: 2 running." in words(panel)


# ---- both --------------------------------------------------------------------------------------


async def test_who_may_not_is_denied_and_audited(desk: Desk) -> None:
    await desk.type("bind demo")
    for command in ("node add", "node discover"):
        reply = await desk.type(command, user=BEN, source=Source.FORM)
        assert "needs the role *operator*, and yours here is *viewer*" in words(reply)
        assert (await answered(desk))[0] is Outcome.DENIED
    assert len(await nodes(desk)) == 1


async def test_community_is_told_in_words(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for command in ("node add", "node discover"):
            told = await submit(desk, command)
            assert "This server is the Community edition, which has no media nodes." in told.text


async def test_a_node_comes_from_named_hosts_only(premises: Desk) -> None:
    told = await submit(premises, "node add ws://elsewhere.test:8888/kurento")
    assert "elsewhere.test isn't an allowed host" in told.text
    assert "OVBOT_NODE_HOSTS" in told.text
    assert (await premises.audited())[-1].outcome is Outcome.REFUSED
