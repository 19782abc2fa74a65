"""Worlds for the commands to be asked in: from empty to enormous, and full of ill will."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ovbot.sandbox.openvidu import Simulator
from ovbot.sandbox.openvidu.state import stuck
from ovbot.sandbox.openvidu.state.model import Camera
from ovbot.sandbox.openvidu.state.people import publishing
from ovbot.sandbox.openvidu.state.populate import populate
from tests.conformance.rendering import HOOK
from tests.desk import Desk, open_desk

ROOM = "exam-7"
"""The session that commands are about: it is made anew whenever an action has ended it."""

HOSTILE = (
    "😀🎉👩‍👩‍👧",
    "\u200b\u200c\u2060\ufeff",
    "\u202eevil txt.exe\u202c",
    "\u2067ליאת\u2069\u200f",
    "<!channel> <!here> <!everyone> <!subteam^S01>",
    "<@U01ANA> <@U02BEN|Ben> <#C01GENERAL>",
    "<https://evil.example|OpenVidu> <mailto:a@b.example>",
    "x" * 10_000,
    "&" * 10_000,
    "<" * 10_000,
    "_*~`_ *bold* ~struck~ `code` ```block``` > quote",
    "e" + "\u0301" * 500,
    "\u0301\u0302",
    "a\nb\r\nc\u2028d\u2029e\x00f\x07g\x1b[31m",
    '{"clientData": "Lina"}',
    '{"clientData": "<!channel>", "name": {"a": []}}',
    '{"clientData": ',
    '["an", "array"]',
    '"a JSON string \\u202e <!here>"',
    "[" * 5_000,
    "12345",
    "-1e999",
    "null",
    "true",
    "--dry-run",
    "—dry-run",
    "--session other",
    "session:other",
    "-",
    "?",
    "help",
    "3",
    "#3",
    "con_AAAAAAAAAA",
    "str_CAM_x",
    "“quoted” 'name' \"name\"",
    "{} {0} {name} %s %(x)s ${x} $(reboot)",
    "'; DROP TABLE audit; --",
    "\ud7ff\ue000\U000f0000\U0010ffff",
    "",
    " ",
    "Ana",
    "Ana",
    "ANA",
)
RECORDING_NAMES = (
    "lecture",
    "x" * 2_000,
    "<!channel> *now*",
    "\u202egnp.exe",
    "😀",
    "--dry-run",
    "&lt;&amp;",
)


@dataclass(frozen=True)
class World:
    """How a world is made; ``renew`` puts back what an action took out of it."""

    name: str
    renew: Callable[[Desk], None]
    config: dict[str, object] = field(default_factory=dict)
    fill: Callable[[Desk], None] = lambda _desk: None


def _nothing(_desk: Desk) -> None:
    """Nobody is there."""


def _few(desk: Desk) -> None:
    simulator = desk.simulator
    if _people_are_in(simulator):
        return
    for name, what in (("Ana", "camera"), ("Ana", "screen"), ("Tom", "camera"), ("Lina", None)):
        simulator.join(ROOM, client_data=name, publish=what)
    _camera(simulator, "rtsp://admin:hunter2@10.0.0.9:554/live")
    for session in ("--not-an-option", "-", "_", "7", "x" * 190):
        if simulator.world.sessions.get(session) is None:
            simulator.create_session(session)


def _people_are_in(simulator: Simulator) -> bool:
    """Whether the room is there; what an action has left to its cameras alone is made anew."""
    session = simulator.world.sessions.get(ROOM)
    if session is None:
        return False
    if any(each.camera is None for each in session.participants.values()):
        return True
    simulator.close_session(ROOM)
    return False


def _camera(simulator: Simulator, uri: str) -> None:
    session = simulator.world.sessions.get(ROOM)
    assert session is not None
    simulator.world.people.add_camera(session, Camera(uri), data="")


def _hostile(desk: Desk) -> None:
    simulator = desk.simulator
    if _people_are_in(simulator):
        return
    for name, what in zip(HOSTILE, itertools.cycle(("camera", "screen", None)), strict=False):
        simulator.join(ROOM, client_data=name, server_data=name, publish=what)
    _camera(simulator, "rtsp://" + "u" * 500 + ":hunter2@10.0.0.9/<!channel>")


def _crowd(desk: Desk) -> None:
    world = desk.simulator.world
    session = world.sessions.get(ROOM)
    if session is not None and len(session.participants) > 700:
        return
    with world.events.silenced():
        for number in range(800):
            name = f"{HOSTILE[number % 7]} {number}"
            how = publishing("camera") if number % 40 == 0 else None
            joined = world.people.join(ROOM, client_data=name, publish=how)
            joined.subscriptions.clear()


def _many(desk: Desk) -> None:
    populate(desk.simulator.world, 5_000, 1)


def _cluster(desk: Desk) -> None:
    nodes = desk.simulator.world.nodes
    for number in range(200):
        nodes.register(f"ws://10.1.{number // 200}.{number % 200}:8888/kurento")
    populate(desk.simulator.world, 400, 1)


async def record(desk: Desk) -> None:
    """A recording of every status, with names that are hostile where a client chose them."""
    simulator = desk.simulator
    for number, name in enumerate(RECORDING_NAMES):
        session = f"recorded-{number}"
        simulator.join(session, client_data="x", publish="camera")
        recording = await simulator.start_recording(session, name=name)
        held = simulator.world.recordings
        status = ("started", "ready", "failed", "stopped")[number % 4]
        if status != "started":
            stuck.force(simulator.world, held.items[recording], status)


EMPTY = World("empty", _nothing)
FEW = World("few", _few)
ILL_WILL = World("hostile", _hostile)
CROWD = World("800 people", _crowd)
MANY = World("5,000 sessions", _few, fill=_many)
CLUSTER = World(
    "200 nodes",
    _few,
    {"edition": "pro", "launch_seconds": 0.0, "terminate_seconds": 0.0, "restart_seconds": 0.0},
    fill=_cluster,
)
MODERN = World("OpenVidu 2.32", _hostile, {"profile": "2.32"})
WORLDS = (EMPTY, FEW, ILL_WILL, CROWD, MANY, CLUSTER, MODERN)


@asynccontextmanager
async def open_world(world: World, folder: Path) -> AsyncIterator[Desk]:
    """A desk before this world. Its server's configuration holds a secret of its own."""
    config: dict[str, Any] = {
        "webhook": "http://127.0.0.1:9/nobody",
        "webhook_headers": (f"Authorization: Bearer {HOOK}",),
        **world.config,
    }
    async with open_desk(folder, **config) as desk:
        desk.simulator.webhooks.switch("off")
        world.fill(desk)
        world.renew(desk)
        if world is not EMPTY:
            await record(desk)
        yield desk
