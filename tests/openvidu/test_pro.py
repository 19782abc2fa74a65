"""The Pro operations and the Connection API, through the real client against the simulator."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ovbot.openvidu import errors as e
from ovbot.openvidu.nodes import TRANSITIONS
from ovbot.openvidu.restart import restart_properties
from ovbot.sandbox.openvidu.config import ProfileName
from tests.openvidu.harness import PROFILES, Room, room

every_profile = pytest.mark.parametrize("profile", PROFILES)


async def only_node(r: Room) -> str:
    (node,) = await r.client.media_nodes()
    return node.id


def next_move(r: Room) -> asyncio.Event:
    """Set when any node's status changes."""
    moved = asyncio.Event()
    r.simulator.world.nodes.changed.append(moved.set)
    return moved


def pass_time(r: Room, seconds: float) -> None:
    r.simulator.clock.advance(seconds)


@every_profile
async def test_pro_is_recognised(profile: ProfileName) -> None:
    async with room(profile, edition="pro") as r:
        assert r.client.server is not None
        assert r.client.server.edition == "pro"
        assert r.client.server.sends("mediaNodeStatusChanged")
        config = await r.client.pro_config()
        assert config.edition == "pro"
        assert config.properties["OPENVIDU_PRO_CLUSTER_MEDIA_NODES"] == 1


@every_profile
async def test_look_at_media_nodes(profile: ProfileName) -> None:
    async with room(profile, edition="pro", media_nodes=2) as r:
        r.meeting()
        nodes = await r.client.media_nodes()
        assert len(nodes) == 2
        for node in nodes:
            assert (node.status, node.connected) == ("running", True)
            assert node.uri is not None
            assert node.uri.startswith("ws://")
            assert node.load is not None
            assert (node.sessions, node.kurento_info) == ((), None)
            assert await r.client.media_node(node.id) == node
        full = await r.client.media_nodes(sessions=True, extra_info=True)
        (session,) = [s for node in full for s in node.sessions]
        assert (session.session_id, session.people) == ("daily", 2)
        assert all(node.kurento_info for node in full)
        (home,) = [node for node in full if node.sessions]
        alone = await r.client.media_node(home.id, sessions=True)
        assert alone.sessions == (session,)
        with pytest.raises(e.NodeNotFound):
            await r.client.media_node("kms_nowhere")


async def test_a_node_tells_which_recordings_it_makes() -> None:
    async with room("2.32", edition="pro") as r:
        r.meeting()
        await r.client.start_recording("daily")
        (node,) = await r.client.media_nodes(recordings=True)
        assert node.recording_ids == ("daily",)


@every_profile
async def test_launch_a_node(profile: ProfileName) -> None:
    async with room(profile, edition="pro", launch_seconds=60) as r:
        new = await r.client.add_media_node()
        assert (new.status, new.uri, new.ip, new.connection_time) == ("launching", None, None, None)
        pass_time(r, 61)
        assert (await r.client.media_node(new.id)).status == "running"
        moved = next_move(r)
        waiting = asyncio.create_task(r.client.add_media_node(wait=True, instance_type="m5.large"))
        await moved.wait()
        pass_time(r, 61)
        assert (await waiting).status == "running"
        assert r.asked("add_media_node")[-1]["query"] == "wait=true"
        assert r.asked("add_media_node")[-1]["body"] == {"instanceType": "m5.large"}


@every_profile
async def test_a_launch_that_fails(profile: ProfileName) -> None:
    async with room(profile, edition="pro") as r:
        moved = next_move(r)
        waiting = asyncio.create_task(r.client.add_media_node(wait=True))
        await moved.wait()
        nodes = r.simulator.world.nodes
        nodes.fail(next(n for n in nodes.listed() if n.status == "launching"))
        with pytest.raises(e.NodeLaunchFailed):
            await waiting


@every_profile
async def test_add_a_node_on_premises(profile: ProfileName) -> None:
    uri = "ws://10.0.0.7:8888/kurento"
    async with room(profile, edition="pro", environment="on_premise") as r:
        new = await r.client.add_media_node(uri=uri, environment_id="rack 7")
        assert (new.status, new.uri, new.environment_id) == ("running", uri, "rack 7")
        with pytest.raises(e.NodeExists):
            await r.client.add_media_node(uri=uri)
        with pytest.raises(e.NodeUriNeeded):
            await r.client.add_media_node()
        with pytest.raises(e.NodeUnreachable):
            await r.client.add_media_node(uri="ws://192.0.2.1:8888/kurento")
        with pytest.raises(e.BadRequest):
            await r.client.add_media_node(uri="kurento")
        with pytest.raises(e.NotOnThisCluster):
            await r.client.discover_media_nodes()


@every_profile
async def test_discover_nodes(profile: ProfileName) -> None:
    async with room(profile, edition="pro") as r:
        assert await r.client.discover_media_nodes() == ()
        r.simulator.world.nodes.planted.append("ws://10.0.0.8:8888/kurento")
        (found,) = await r.client.discover_media_nodes()
        assert found.uri == "ws://10.0.0.8:8888/kurento"


@every_profile
async def test_remove_a_node(profile: ProfileName) -> None:
    async with room(profile, edition="pro", media_nodes=2, terminate_seconds=5) as r:
        r.meeting()
        nodes = await r.client.media_nodes(sessions=True)
        (busy,) = [n.id for n in nodes if n.sessions]
        (idle,) = [n.id for n in nodes if not n.sessions]
        with pytest.raises(e.NodeBusy):
            await r.client.remove_media_node(busy)
        removal = await r.client.remove_media_node(busy, deletion_strategy="when-no-sessions")
        assert removal == "draining"
        assert (await r.client.media_node(busy)).status == "waiting-idle-to-terminate"
        await r.client.close_session("daily")
        pass_time(r, 6)
        with pytest.raises(e.NodeGone) as caught:
            await r.client.remove_media_node(busy)
        assert caught.value.already
        removal = await r.client.remove_media_node(idle, deletion_strategy="now")
        assert removal == ("removing" if profile == "2.32" else "removed")
        assert r.asked("remove_media_node")[-1]["query"] == "deletion-strategy=now"


async def test_wait_until_a_node_is_removed() -> None:
    async with room("2.32", edition="pro", terminate_seconds=5) as r:
        node = await only_node(r)
        moved = next_move(r)
        waiting = asyncio.create_task(r.client.remove_media_node(node, wait=True))
        await moved.wait()
        pass_time(r, 6)
        assert await waiting == "removed"


@every_profile
async def test_change_the_status_of_a_node(profile: ProfileName) -> None:
    async with room(profile, edition="pro") as r:
        r.meeting()
        node = await only_node(r)
        drained = await r.client.modify_media_node(node, "waiting-idle-to-terminate")
        assert drained is not None
        assert drained.status == "waiting-idle-to-terminate"
        assert await r.client.modify_media_node(node, "waiting-idle-to-terminate") is None
        running = await r.client.modify_media_node(node, "running")
        assert running is not None
        assert running.status == "running"
        for impossible in ("launching", "canceled", "failed", "terminated"):
            assert impossible not in TRANSITIONS["running"]
            with pytest.raises(e.BadTransition):
                await r.client.modify_media_node(node, impossible)
        with pytest.raises(e.NodeNotFound):
            await r.client.modify_media_node("kms_nowhere", "running")


@every_profile
async def test_restart(profile: ProfileName) -> None:
    async with room(profile, edition="pro", restart_seconds=3) as r:
        asked = restart_properties({"OPENVIDU_CDR": "true", "OPENVIDU_WEBHOOK_EVENTS": ""})
        await r.client.restart(asked)
        assert r.asked("restart")[-1]["body"] == asked.given()
        assert r.client.server is None  # it may come back as another
        pass_time(r, 4)
        assert (await r.client.pro_config()).properties["OPENVIDU_CDR"] is True
        bad = restart_properties({"OPENVIDU_RECORDING_NOTIFICATION": "everybody"})
        with pytest.raises(e.BadProperty) as caught:
            await r.client.restart(bad)
        assert "OPENVIDU_RECORDING_NOTIFICATION" in caught.value.message


async def test_the_clusters_health() -> None:
    async with room("2.32", edition="pro", media_nodes=2) as r:
        assert (await r.client.health()).status == "UP"
        first, second = r.simulator.world.nodes.listed()
        r.simulator.world.nodes.crash(first)
        health = await r.client.health()
        assert (health.status, health.disconnected_media_nodes) == ("UNSTABLE", (first.id,))
        r.simulator.world.nodes.crash(second)
        assert (await r.client.health()).status == "DOWN"


@pytest.mark.parametrize("profile", ["seed", "2.15"])
async def test_health_came_with_2_16(profile: ProfileName) -> None:
    async with room(profile, edition="pro") as r:
        with pytest.raises(e.TooOld):
            await r.client.health()


async def test_the_connection_api() -> None:
    async with room("2.32", edition="pro") as r:
        r.meeting()
        token = await r.client.create_connection("daily", role="SUBSCRIBER", data="Cleo")
        assert "tok_" in token.secret.reveal()
        pending = await r.client.connection("daily", token.connection_id)
        assert (pending.status, pending.kind) == ("pending", "WEBRTC")
        assert (pending.publishers, pending.subscribers, pending.client_data) == ((), (), "")
        assert pending.server_data == "Cleo"
        everybody = await r.client.connections("daily")
        assert {c.status for c in everybody} == {"pending", "active"}
        there = await r.client.connections("daily", pending=False)
        assert {c.status for c in there} == {"active"}
        assert set(there) == set((await r.client.session("daily")).connections)
        changed = await r.client.modify_connection("daily", token.connection_id, role="MODERATOR")
        assert changed.role == "MODERATOR"
        with pytest.raises(e.BadRequest):
            await r.client.modify_connection("daily", token.connection_id, role="BOSS")  # type: ignore[arg-type]
        with pytest.raises(e.ConnectionNotFound):
            await r.client.modify_connection("daily", "con_gone", role="MODERATOR")
        with pytest.raises(e.ConnectionNotFound):
            await r.client.connection("daily", "con_gone")
        for unknown in (
            r.client.connection("nightly", "con_1"),
            r.client.connections("nightly"),
            r.client.create_connection("nightly"),
        ):
            with pytest.raises(e.SessionNotFound):
                await unknown
        await r.client.disconnect("daily", token.connection_id)  # an unused token can be taken back
        assert len(await r.client.connections("daily")) == 2


async def test_joining_is_when_somebody_came_and_not_when_their_token_was_made() -> None:
    async with room("2.32") as r:
        await r.client.create_session(custom_session_id="daily")
        token = await r.client.create_token("daily")
        pass_time(r, 60)
        r.simulator.join("daily", token=token.secret.reveal())
        (connection,) = (await r.client.session("daily")).connections
        assert connection.created_at == 1_600_000_060_000


async def test_changing_a_connection_takes_pro() -> None:
    async with room("2.32") as r:
        with pytest.raises(e.ProOnly):
            await r.client.modify_connection("daily", "con_1", role="MODERATOR")
        assert r.asked() == []


async def test_a_node_that_takes_no_recordings() -> None:
    async with room("2.32", edition="pro") as r:
        r.meeting()
        r.fault("start_recording", "status", status=503)
        with pytest.raises(e.NodeCannotRecord):
            await r.client.start_recording("daily")


@pytest.mark.parametrize("status", [405, 501])
async def test_a_highly_available_cluster_manages_its_own_nodes(status: int) -> None:
    async with room("2.32", edition="pro") as r:
        node = await only_node(r)
        calls: list[tuple[str, Any]] = [("modify_media_node", (node, "running"))]
        if status == 405:
            calls += [("add_media_node", ()), ("remove_media_node", (node,))]
        for operation, arguments in calls:
            r.fault(operation, "status", status=status)
            with pytest.raises(e.NotOnThisCluster):
                await getattr(r.client, operation)(*arguments)
