"""Each command, given so that OpenVidu is asked what it is asked for it.

``SCENES`` holds a scene for every command that asks it something, or several where versions differ.
A test runs each one undisturbed and compares what was asked with what the scene says, and plays
what has none, so that neither a new command nor a new question of an old one is forgotten.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ovbot.commands import restart
from ovbot.domain.audit import AuditEntry
from ovbot.domain.reply import Reply
from ovbot.engine.invocation import Source
from ovbot.openvidu.operations import OPERATIONS
from ovbot.sandbox.openvidu.faults import Fault
from ovbot.subjects import recording_of
from tests.conformance.scenes import NODE, PERSON, SESSION, Scene, of_tests, scene
from tests.desk import BEN, Desk, open_desk
from tests.openvidu.harness import simulated


async def _recorded(desk: Desk) -> None:
    await desk.simulator.start_recording(SESSION, name="lecture")


async def _ready(desk: Desk) -> None:
    recording = await desk.simulator.start_recording(SESSION, name="lecture")
    await desk.openvidu.stop_recording(recording)


async def _announced(desk: Desk) -> None:
    await desk.type(f"close {SESSION} --warn 5m", source=Source.FORM)
    await desk.told()


async def _invited(desk: Desk) -> None:
    await desk.openvidu.create_token(SESSION)


async def _broadcast(desk: Desk) -> None:
    await desk.openvidu.start_broadcast(SESSION, desk.door.powers.broadcast_targets["youtube"])


async def _banned(desk: Desk) -> None:
    await desk.type(f"kick {SESSION} {PERSON} --ban 1h", source=Source.FORM)
    await desk.told()


SCENES = (
    scene("create", "create new", "create_session", about="new"),
    scene("invite", f"invite {SESSION} <@{BEN}>", "session", "create_token", about=SESSION),
    scene(
        "invite",
        f"invite {SESSION} <@{BEN}>",
        *("session", "create_connection"),
        about=SESSION,
        profile="2.32",
        name="invite on 2.32",
    ),
    scene(
        "invite list",
        f"invite list {SESSION}",
        "connections",
        about=SESSION,
        profile="2.32",
        prepare=_invited,
    ),
    scene(
        "invite withdraw",
        f"invite withdraw {SESSION} all",
        *("connections", "connection", "disconnect"),
        about=SESSION,
        profile="2.32",
        prepare=_invited,
    ),
    scene("show", f"show {SESSION}", "session", about=SESSION),
    scene(
        "show",
        f"show {SESSION}",
        *("session", "recordings", "media_nodes"),
        about=SESSION,
        pro=True,
        name="show a recorded one on Pro",
        prepare=_recorded,
    ),
    scene("list", "list", "sessions"),
    scene("find", f"find {PERSON}", "sessions", "session", about=SESSION),
    scene("signal", f"signal {SESSION} hello", "session", "signal", about=SESSION),
    scene("close", f"close {SESSION}", "session", "close_session", about=SESSION),
    scene(
        "close",
        f"close {SESSION} --warn 5m",
        *("session", "signal"),
        about=SESSION,
        name="close after a warning",
    ),
    scene("keep", f"keep {SESSION}", "signal", about=SESSION, prepare=_announced),
    scene("extend", f"extend {SESSION} 10m", "signal", about=SESSION, prepare=_announced),
    scene("kick", f"kick {SESSION} {PERSON}", "session", "disconnect", about=SESSION),
    *(
        scene(
            command,
            f"{command} {SESSION} {PERSON}",
            *("session", "modify_connection"),
            about=SESSION,
            pro=True,
            profile="2.32",
        )
        for command in ("promote", "demote")
    ),
    scene("unpublish", f"unpublish {SESSION} {PERSON}", "session", "unpublish", about=SESSION),
    scene("camera", f"camera {SESSION} rtsp://cam.test/1", "session", "add_camera", about=SESSION),
    scene("record start", f"record start {SESSION}", "session", "start_recording", about=SESSION),
    scene(
        "record stop",
        f"record stop {SESSION}",
        *("recordings", "session", "stop_recording"),
        about=SESSION,
        prepare=_recorded,
    ),
    scene(
        "recording show", f"recording show {SESSION}", "recording", about=SESSION, prepare=_ready
    ),
    scene("recording list", "recording list", "recordings", prepare=_ready),
    scene(
        "recording delete",
        f"recording delete --now {SESSION}",
        *("recording", "delete_recording"),
        about=SESSION,
        prepare=_ready,
    ),
    scene(
        "recording delete",
        f"recording delete {SESSION}",
        "recording",
        about=SESSION,
        name="recording delete after a grace",
        prepare=_ready,
    ),
    scene(
        "broadcast start",
        f"broadcast start {SESSION} --to youtube",
        *("session", "start_broadcast"),
        about=SESSION,
        pro=True,
        profile="2.32",
    ),
    scene(
        "broadcast stop",
        f"broadcast stop {SESSION}",
        *("session", "stop_broadcast"),
        about=SESSION,
        pro=True,
        profile="2.32",
        prepare=_broadcast,
    ),
    scene(
        "broadcast show",
        f"broadcast show {SESSION}",
        "session",
        about=SESSION,
        pro=True,
        profile="2.32",
        prepare=_broadcast,
    ),
    scene("config", "config", "config"),
    scene("config", "config --pro", "pro_config", pro=True, name="config --pro"),
    scene("status", "status", "config", "sessions"),
    scene("bindings", "bindings", "sessions"),
    scene("bans", f"bans {SESSION}", "sessions", "session", about=SESSION, prepare=_banned),
    scene("card", f"card {SESSION}", "session", about=SESSION),
    scene("node list", "node list", "media_nodes", pro=True),
    scene("node show", f"node show {NODE}", "media_node", about=NODE, pro=True),
    scene(
        "node add",
        "node add ws://10.0.0.7:8888/kurento",
        "media_nodes",
        "add_media_node",
        "media_node",
        about="ws://10.0.0.7:8888/kurento",
        pro=True,
    ),
    scene(
        "node remove",
        f"node remove {NODE} --when now",
        "media_node",
        "remove_media_node",
        about=NODE,
        pro=True,
    ),
    scene(
        "node set",
        f"node set {NODE} drain",
        "media_node",
        "modify_media_node",
        about=NODE,
        pro=True,
    ),
    scene("node discover", "node discover", "media_nodes", "discover_media_nodes", pro=True),
    scene(
        "restart",
        "restart OPENVIDU_CDR=true",
        *("pro_config", "sessions", "restart"),
        about="OPENVIDU_CDR",
        pro=True,
    ),
    *of_tests(),
)
"""Of all commands that ask OpenVidu something."""


@asynccontextmanager
async def stage(scene: Scene, folder: Path) -> AsyncIterator[Desk]:
    """A desk on which the scene can be played."""
    edition = "pro" if scene.pro else "ce"
    quick = {"launch_seconds": 0.0, "terminate_seconds": 0.0, "restart_seconds": 0.0}
    async with open_desk(folder, edition=edition, profile=scene.profile, **quick) as desk:
        for name in ("Lina", PERSON):
            desk.simulator.join(SESSION, client_data=name, publish="camera")
        if scene.prepare is not None:
            await scene.prepare(desk)
        if scene.command == "bindings":
            await desk.type(f"bind {SESSION}")
            await desk.told()
        desk.simulator.app.requests.clear()
        yield desk


def put_in(text: str, desk: Desk) -> str:
    nodes = desk.simulator.world.nodes.listed()
    return text.replace(NODE, nodes[0].id if nodes else "")


async def play(scene: Scene, desk: Desk) -> tuple[Reply, AuditEntry | None]:
    """Give the command as a submitted form does; what is said of it, and its outcome."""
    reply = await desk.type(put_in(scene.text, desk), source=Source.FORM)
    if reply is not None:
        return reply, None
    told = await desk.told()
    return told[0].reply, (await desk.audited())[-1]


def disturb(scene: Scene, desk: Desk, operation: str, status: int, times: int = 1) -> None:
    """The next call of an operation answers a status, and nothing else happens."""
    name = simulated(operation, scene.profile)
    desk.simulator.faults.add(Fault(name, "status", times, status))


def asked(scene: Scene, desk: Desk) -> set[str]:
    """The client's operations that the server was asked for."""
    names = {simulated(each, scene.profile): each for each in OPERATIONS}
    return {names[str(one["operation"])] for one in desk.simulator.app.asked()}


UNUSED = frozenset({"health", "layout", "cdr_files", "cdr_piece"})
"""Operations of the client that no command uses."""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again after a pause is tried again at once."""
    monkeypatch.setattr(recording_of, "PAUSE", 0)
    monkeypatch.setattr(restart, "_LOOK_PAUSE", 0)
