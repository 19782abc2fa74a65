"""What people who are not trusted can slow down: ``python -m tests.benchmarks strangers``.

- ``show`` of a session in which ten people gave a megabyte of data each: the worst stall of the
  loop, in milliseconds, beside that of ten people with short names.
- ovbot's port under all that strangers can do to it at once: the worst stall of the loop.
- App Home's question of what somebody did last, in an audit of a million rows.
"""

import asyncio
import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import text

from ovbot import memory
from ovbot.domain.actor import Actor
from ovbot.engine.invocation import Invocation
from ovbot.engine.pipeline import Door
from ovbot.openvidu import OpenVidu
from ovbot.slack import present
from ovbot.store import audit
from ovbot.store.database import Database
from ovbot.web.listener import Listener
from tests.benchmarks.slack_servers import ovbot
from tests.desk import ANA, MODERATION, TEAM, open_desk
from tests.e2e.installation import Process, eventually, free_port

SECRET = "MY_SECRET"
STALL_MS = 25
RECENT_MS = 50
ROWS = 1_000_000

CHOSEN = {
    "short": "Eve",
    "plain": json.dumps({"clientData": "Eve", "x": "y" * 1_000_000}),
    "nested": '{"a":[' + ",".join(['{"b":{}}'] * 110_000) + '],"clientData":"Eve"}',
    "escaped": json.dumps({"clientData": "Eve", "x": '"\\' * 250_000}),
    "letters": json.dumps({"clientData": "Eve", "x": "é" * 500_000}),
}


class Stall:
    """The longest that the loop has worked without a pause (ms of processor time)."""

    def __init__(self) -> None:
        self.worst = 0.0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look while the block runs."""
        over = asyncio.Event()
        watching = asyncio.create_task(self._watch(over))
        await asyncio.sleep(0.01)
        yield
        over.set()
        await watching

    async def _watch(self, over: asyncio.Event) -> None:
        while not over.is_set():
            began = time.thread_time()  # not what others on the machine took
            await asyncio.sleep(0.001)
            self.worst = max(self.worst, (time.thread_time() - began) * 1000)


async def _stall(door: Door, session: str) -> float:
    """While ``show`` was answered three times."""
    text = f"show {session}"
    asked = Invocation(actor=Actor(TEAM, ANA), channel=MODERATION, text=text, interaction="t")
    stall = Stall()
    for turn in range(4):
        async with stall.watched():
            entered = await door.enter(asked)
            assert entered.work is not None
            reply = (await entered.work()).reply
            assert reply is not None
            present.message(reply)
        if turn == 0:
            stall.worst = 0.0  # what is imported and compiled the first time
    return stall.worst


async def _shows(folder: Path) -> None:
    port = free_port()
    server = Process(
        folder / "openvidu.log", "sandbox", "openvidu", "--port", str(port), "--secret", SECRET
    )
    server.start()
    url = f"http://127.0.0.1:{port}"
    eventually(lambda: _answers(url), "the simulator listens")
    try:
        async with httpx.AsyncClient(base_url=f"{url}/_control/", timeout=60) as http:
            for name, chosen in CHOSEN.items():
                for _ in range(10):
                    joins = {"clientData": chosen, "publish": "camera"}
                    (await http.post(f"sessions/{name}/join", json=joins)).raise_for_status()
        async with open_desk(folder) as desk, OpenVidu(url, SECRET, patience=9) as client:
            powers = dataclasses.replace(desk.door.powers, openvidu=client)
            door = dataclasses.replace(desk.door, powers=powers)
            for name in CHOSEN:
                stall = await _stall(door, name)
                print(f"show, ten people, {name:10} {stall:7.1f} ms stall (limit {STALL_MS})")
    finally:
        server.end()


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_control/state").status_code == 200
    except httpx.TransportError:
        return False


async def _attacked(folder: Path) -> None:
    outside = await _child("slack_servers", "outside", "-", "-", "0")
    assert outside.stdout is not None
    url = f"http://127.0.0.1:{int(await outside.stdout.readline())}"
    try:
        app = await ovbot(url, f"sqlite:///{folder}/attacked.sqlite3", 0)
        listener = Listener(app, "127.0.0.1", 0)
        listener.bind()
        running = asyncio.create_task(listener.run())
        await listener.listening()
        memory.freeze_gc()  # as ovbot serve does
        port = str(httpx.URL(listener.url).port)
        for turn in range(2):
            stall = Stall()
            async with stall.watched():
                attack = await _child("strangers_attack", port, "10")
                made = int((await attack.communicate())[0])
            if turn == 1:  # the first time has things imported
                said = f"{stall.worst:7.1f} ms stall (limit {STALL_MS})"
                print(f"port, {made:,} hostile connections in 10 s {said}")
        listener.stop()
        await running
    finally:
        outside.kill()
        await outside.wait()


async def _child(module: str, *arguments: str) -> asyncio.subprocess.Process:
    python = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    return await asyncio.create_subprocess_exec(*python, stdout=asyncio.subprocess.PIPE)


async def _recent(folder: Path) -> None:
    database = Database(f"sqlite:///{folder}/audit.sqlite3")
    await database.open()
    fill = text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows) "
        "INSERT INTO audit (ref, phase, at, team, server, actor, channel, command, outcome) "
        "SELECT 'r' || (i / 3), CASE i % 3 WHEN 0 THEN 'intent' WHEN 1 THEN 'attempt' "
        "ELSE 'outcome' END, i, 'T1', 'default', CASE WHEN i < 30 THEN 'U1' ELSE 'U2' END, 'C', "
        "'kick', CASE i % 3 WHEN 2 THEN 'done' END FROM n"
    )
    async with database.begin() as tx:
        await tx.execute(fill, {"rows": ROWS})
    for actor, of in (("U1", "long ago"), ("U2", "just now"), ("U3", "nothing")):
        took = []
        for _ in range(5):
            began = time.perf_counter()
            async with database.read() as tx:
                await audit.latest(tx, "T1", limit=5, actor=actor)
            took.append((time.perf_counter() - began) * 1000)
        median = sorted(took)[2]
        said = f"{median:7.2f} ms of {ROWS:,} rows (limit {RECENT_MS})"
        print(f"what somebody did last ({of:8}) {said}")
    await database.close()


async def _all() -> None:
    with tempfile.TemporaryDirectory() as folder:
        await _shows(Path(folder))
        await _attacked(Path(folder))
        await _recent(Path(folder))


def main() -> None:
    """Print every figure beside its limit."""
    with asyncio.Runner(loop_factory=uvicorn.Config("", loop="auto").get_loop_factory()) as runner:
        runner.run(_all())
