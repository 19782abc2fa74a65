"""node list and node show: state, load and sessions of each, with what may be asked of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.actor import Actor, Role
from ovbot.domain.binding import Binding
from ovbot.domain.reply import Style
from ovbot.engine.access import Access
from ovbot.engine.registry import Registry
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import parse, split_command
from ovbot.subjects.media_nodes import Change, legal, made
from tests.commands.cluster import cluster, control, fault, give, nodes, only
from tests.desk import ANA, BEN, GENERAL, TEAM, Desk, buttons, open_desk, words


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with cluster(tmp_path) as opened:
        yield opened


def read_back(command: str) -> str:
    """The canonical name of a button's command; fails when it cannot be read."""
    commands = Registry.scan("ovbot.commands")
    found = split_command(tokenize(command), commands.names)
    assert found is not None, command
    parse(found[0].args, found[1])
    return found[0].name


async def test_a_list_tells_state_load_sessions_and_address(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("exam", client_data="Ben")
    reply = await desk.type("node list")
    said = words(reply)
    (node,) = await nodes(desk)
    assert "There is one media node: 1 running." in said
    assert f"`{node.id}` · :large_green_circle: running" in said
    assert "load 2.1 % · two sessions · connected since <!date^" in said
    assert f"`{node.uri}`" in said
    assert "demo" not in said


async def test_sessions_and_kurento_are_told_when_asked_for(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    await desk.simulator.start_recording("demo")
    said = words(await desk.type("node list --sessions --extra"))
    assert "one session with two people, one of them being recorded (`demo`)" in said
    assert "Kurento 6.18.0 · 67.1 MB of memory · core 6.18.0" in said


async def test_what_it_records_and_broadcasts_is_told(tmp_path: Path) -> None:
    async with cluster(tmp_path, profile="2.32") as desk:
        for name in ("demo", "exam"):
            desk.simulator.join(name, client_data="Ana", publish="camera")
            await desk.simulator.start_recording(name)
            await desk.type(f"broadcast start {name} --to youtube")
        await desk.told()
        node = await only(desk)
        said = words(await desk.type(f"node show {node}"))
        assert "Recordings: two recordings (`demo`, `exam`)" in said
        assert "Broadcasts: two broadcasts (`demo`, `exam`)" in said
        assert "two sessions, two recordings, two broadcasts" in words(await desk.type("node list"))
        await desk.type("bind exam", channel=GENERAL)
        theirs = words(await desk.type(f"node show {node}", user=BEN, channel=GENERAL))
        assert "Recordings: two recordings (`exam`, 1 more)" in theirs
        assert "demo" not in theirs


def test_a_recording_is_seen_with_its_session() -> None:
    binding = Binding(TEAM, "main", GENERAL, "exam", (), ANA, 0)
    theirs = Access(Actor(TEAM, BEN), (), (binding,))
    ids = ("exam", "exam~2", "exam-1", "demo~1")
    assert made(ids, ("a", "b"), theirs) == "four b (`exam`, `exam~2`, 2 more)"
    assert made(("demo",), ("one", "b"), theirs) == "one one (none that you may see)"


async def test_every_status_has_its_word_and_its_legal_buttons(desk: Desk) -> None:
    running = await only(desk)
    desk.simulator.join("demo")
    await desk.openvidu.add_media_node()
    launching = next(n.id for n in await nodes(desk) if n.status == "launching")
    said = await desk.type("node list")
    assert "There are two media nodes: 1 launching, 1 running." in words(said)
    assert [b.command for b in buttons(said)] == [
        *sorted(
            [
                f"node show {running}",
                f"node set {running} drain",
                f"node set {running} terminate",
                f"node show {launching}",
                f"node set {launching} cancel",
            ],
            key=lambda command: (command.split()[2], command.split()[1] != "show"),
        ),
        "node list",
        "node add",
        "node discover",
    ]
    await desk.openvidu.modify_media_node(running, "waiting-idle-to-terminate")
    await desk.openvidu.modify_media_node(launching, "canceled")
    said = await desk.type("nodes")
    assert ":large_yellow_circle: draining" in words(said)
    assert ":no_entry_sign: canceled while launching" in words(said)
    commands = [b.command for b in buttons(said)]
    assert f"node set {running} run" in commands
    assert f"node set {running} terminate" in commands
    assert f"node set {running} drain" not in commands
    assert f"node set {launching} launch" in commands


async def test_every_button_reads_back_and_dangerous_ones_look_it(desk: Desk) -> None:
    offered = buttons(await desk.type("node list"))
    offered += buttons(await desk.type(f"node show {await only(desk)} --sessions"))
    names = {read_back(button.command) for button in offered}
    assert names == {
        "node list",
        "node show",
        "node set",
        "node remove",
        "node add",
        "node discover",
    }
    assert all(
        (b.style is Style.DANGER) == ("terminate" in b.command or "remove" in b.command)
        for b in offered
    )
    discover = next(b for b in offered if b.command == "node discover")
    assert discover.confirm is not None
    assert "media nodes" in discover.confirm.title


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        ("launching", ["cancel"]),
        ("canceled", ["launch"]),
        ("running", ["drain", "terminate"]),
        ("waiting-idle-to-terminate", ["run", "terminate"]),
        ("terminating", []),
        ("terminated", []),
        ("failed", []),
        ("", []),
    ],
)
def test_only_legal_changes_are_offered(status: str, changes: list[str]) -> None:
    assert legal(status) == tuple(Change(change) for change in changes)


async def test_a_failed_launch_and_a_lost_connection_are_told(desk: Desk) -> None:
    running = await only(desk)
    added = await desk.openvidu.add_media_node()
    await control(desk, f"nodes/{added.id}", action="fail")
    await control(desk, f"nodes/{running}", action="crash")
    said = words(await desk.type("node list"))
    assert ":x: failed to launch" in said
    assert ":warning: connection lost <!date^" in said


async def test_who_may_only_look_gets_no_buttons_that_act(desk: Desk) -> None:
    await desk.type("bind demo")
    reply = await desk.type("node list", user=BEN)
    node = await only(desk)
    assert [b.command for b in buttons(reply)] == [f"node show {node}", "node list"]


async def test_an_operator_is_not_offered_to_terminate(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, Role.OPERATOR)
    commands = [b.command for b in buttons(await desk.type("node list", user=BEN))]
    node = await only(desk)
    assert f"node set {node} drain" in commands
    assert f"node set {node} terminate" not in commands


async def test_nobody_sees_sessions_out_of_their_scope(desk: Desk) -> None:
    await desk.type("bind demo")
    desk.simulator.join("demo")
    desk.simulator.join("secret-board")
    node = await only(desk)
    listed = words(await desk.type("node list --sessions", user=BEN))
    assert "two sessions with two people (`demo`, 1 more)" in listed
    shown = words(await desk.type(f"node show {node} --sessions", user=BEN))
    assert "… and one session more (1 of them not for you to see here)." in shown
    assert "secret-board" not in listed + shown


async def test_show_tells_one_node_in_full(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    (node,) = await nodes(desk)
    reply = await desk.type(f"node show {node.id} --sessions --extra")
    said = words(reply)
    assert "is running, with one session." in said
    assert "State: :large_green_circle: running" in said
    assert "Sessions: 1 (one person)" in said
    assert f"URI: `{node.uri}`" in said
    assert f"Id in its environment: `{node.environment_id}`" in said
    assert "*demo* · one person · since" in said
    assert "Kurento 6.18.0" in said
    assert [b.label for b in buttons(reply)] == [
        "Show demo",
        f"Drain {node.id}",
        f"Terminate {node.id}",
        f"Remove {node.id}",
        f"Refresh {node.id}",
        "All media nodes",
    ]
    assert read_back(buttons(reply)[4].command) == "node show"


async def test_an_empty_node_says_so(desk: Desk) -> None:
    said = words(await desk.type(f"node show {await only(desk)} --sessions"))
    assert "No session is on it." in said


async def test_a_node_that_is_not_there(desk: Desk) -> None:
    said = words(await desk.type("node show kms_NOT"))
    assert "There is no media node `kms_NOT`: it was removed, or never existed." in said
    assert "/openvidu node list" in said


async def test_a_part_of_an_id_is_asked_about_and_never_guessed(desk: Desk) -> None:
    node = await only(desk)
    part = node[4:8].lower()
    reply = await desk.type(f"node show {part} --extra")
    assert "*Which one?*" in words(reply)
    (offer,) = buttons(reply)
    assert offer.label == f"Show {node}"
    assert f"Media node {node}" in words(await desk.type(offer.command))
    assert "Kurento" in words(await desk.type(offer.command))


async def test_an_id_that_cannot_be_one_is_never_sent(desk: Desk) -> None:
    assert "Not understood" in words(await desk.type("node show ../restart"))
    assert "Couldn't do that" in words(await desk.type("node show .."))


async def test_a_shared_list_has_no_buttons(desk: Desk) -> None:
    assert await desk.type("node list --share", channel=GENERAL) is None
    told = await desk.told_one()
    assert told.channel == GENERAL
    assert buttons(told.reply) == []


async def test_no_nodes_and_very_many(desk: Desk, tmp_path: Path) -> None:
    desk.simulator.world.nodes.all.clear()
    said = words(await desk.type("node list"))
    assert "The cluster has no media nodes, so nobody can join a session." in said
    (tmp_path / "many").mkdir()
    async with cluster(tmp_path / "many", media_nodes=60) as large:
        said = words(await large.type("node list"))
        assert "There are 60 media nodes: 60 running." in said
        assert "… and 42 more" in said


@pytest.mark.parametrize("profile", ["2.15", "2.32"])
async def test_every_version_has_its_nodes_told(tmp_path: Path, profile: str) -> None:
    async with cluster(tmp_path, profile=profile) as desk:
        assert "one media node" in words(await desk.type("node list --sessions --extra"))


async def test_community_has_no_media_nodes_in_words(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for question in ("node list", "node show kms_A"):
            said = words(await desk.type(question))
            assert "This server is the Community edition, which has no media nodes." in said


async def test_trouble_is_told_in_words(desk: Desk) -> None:
    await fault(desk, "listNodes", "html", status=502, times=20)
    said = words(await desk.type("node list"))
    assert "Couldn't do that" in said
    assert "502" in said


async def test_strangers_are_refused(desk: Desk) -> None:
    said = words(await desk.type("node list", user=BEN))
    assert "needs the role *viewer*, and yours here is *none*" in said
