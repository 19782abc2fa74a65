"""From an event to its message: ovbot beside the limits and beside the usual ways.

``python -m tests.benchmarks.delivery``, on a machine that does nothing else. Prints ratios with
the goal and what was reached. What a disk costs is measured as it is and with a millisecond more
for each fsync, which is what cloud disks take.
"""

import asyncio
import json
import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg  # type: ignore[import-untyped]
import structlog
import uvloop
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from ovbot import memory
from ovbot.clock import SystemClock
from ovbot.delivery.outbox.worker import Worker
from ovbot.domain.markup import Markup
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Paragraph, Reply
from ovbot.slack.gateway import Gateway
from ovbot.store import outbox
from ovbot.store.database import Database
from ovbot.store.deliveries import Status
from tests.delivery.fake import RecordingChat, Time
from tests.store.databases import SERVER, of_database, on_server

HERE = Path(__file__).parent
TEAM, NAME = "T1", "default"
CHANNELS, NOTICES = 1_000, 10_000
PATIENCE = 120.0
BOUND = 8.0
TEXT = "The recording *demo* (id `demo`) of session `demo` is ready: 12 min 3 s, 34.1 MB."

Found = dict[str, float]


def main() -> None:
    # A line for each refused message would be measured with the rest, and hide the table.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        webhooks(place, "disk as it is", {})
        shim = build_shim(place)
        if shim is None:
            print("Left out: with 1 ms more for each fsync, since there is no C compiler.")
        else:
            webhooks(place, "1 ms more for each fsync", {"LD_PRELOAD": str(shim)})
        on_postgresql(place)
        uvloop.run(sending(place))  # as ovbot serve does


def line(what: str, goal: str, reached: str) -> None:
    print(f"{what:<66} {goal:>14} {reached:>34}", flush=True)


def times(value: float) -> str:
    return f"{value:.2f} x"


# ---- webhook to 200


def build_shim(folder: Path) -> Path | None:
    """The library that makes the disk slow, or None without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    made = folder / "shim.so"
    source = str(HERE / "fsync_shim.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


@contextmanager
def server(what: str, url: str = "-", **env: str) -> Iterator[int]:
    """One of the servers; its port."""
    command = [sys.executable, "-m", "tests.benchmarks.delivery_servers", what, url]
    environment = {**os.environ, **env}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def load(port: int, many: int) -> Found:
    """The middle of three runs."""
    command = [sys.executable, "-m", "tests.benchmarks.delivery_load", str(port), str(many)]
    runs: list[Found] = []
    for _ in range(3):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    return sorted(runs, key=lambda run: run["p50"])[1]


def at_1_and_64(what: str, url: str = "-", **env: str) -> tuple[Found, Found]:
    with server(what, url, **env) as port:
        return load(port, 1), load(port, 64)


def bare_commit(folder: Path, env: dict[str, str]) -> float:
    """Milliseconds of one commit, without anything around it."""
    url = f"sqlite:///{folder}/{secrets.token_hex(4)}.db"
    command = [sys.executable, "-m", "tests.benchmarks.delivery_servers", "commit", url]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, **env}
    )
    spent: list[float] = sorted(json.loads(done.stdout))
    return spent[len(spent) // 2]


def webhooks(folder: Path, disk: str, env: dict[str, str]) -> None:
    """One sender, and sixty-four at once, on SQLite."""
    print(f"\nWebhook to 200, SQLite, {disk}")
    commit = bare_commit(folder, env)
    bare, bare_at_64 = at_1_and_64("http", **env)
    ours = at_1_and_64("ovbot", f"sqlite:///{folder}/{secrets.token_hex(4)}.db", **env)
    naive = at_1_and_64("one", f"sqlite:///{folder}/{secrets.token_hex(4)}.db", **env)
    limit = commit + bare["p50"]
    slow = bool(env)
    line(
        "one at a time: p50 against bare commit + bare HTTP",
        "<= 1.25 x" if slow else "-",
        f"{times(ours[0]['p50'] / limit)} ({ours[0]['p50']:.2f} / {limit:.2f} ms)",
    )
    line(
        "one at a time: p50 of one commit per event on aiosqlite against that",
        "-",
        times(naive[0]["p50"] / limit),
    )
    line(
        "64 at once: events/s against one commit per event on aiosqlite",
        ">= 10 x" if slow else "-",
        f"{times(ours[1]['rate'] / naive[1]['rate'])} "
        f"({ours[1]['rate']:.0f} / {naive[1]['rate']:.0f})",
    )
    line(
        "64 at once: events/s against reading and answering alone",
        ">= 0.5 x",
        f"{times(ours[1]['rate'] / bare_at_64['rate'])} "
        f"({ours[1]['rate']:.0f} / {bare_at_64['rate']:.0f})",
    )
    line(
        "64 at once: p99 in bare commits",
        "<= 10" if slow else "-",
        f"{ours[1]['p99'] / commit:.1f} ({ours[1]['p99']:.1f} ms)",
    )


def on_postgresql(folder: Path) -> None:
    """The same on PostgreSQL, whose own disk cannot be made slower from here."""
    name = f"ovbot_b_{secrets.token_hex(4)}"
    try:
        asyncio.run(on_server(f"CREATE DATABASE {name}"))
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        print(f"\nLeft out: PostgreSQL, which is not at {SERVER.rpartition('@')[2]} ({error}).")
        return
    print("\nWebhook to 200, PostgreSQL")
    try:
        bare = at_1_and_64("asyncpg", of_database(name))
        ours = at_1_and_64("ovbot", of_database(name))
    finally:
        asyncio.run(on_server(f"DROP DATABASE {name} WITH (FORCE)"))
    line(
        "one at a time: p50 against asyncpg, one statement each",
        "<= 1.5 x",
        f"{times(ours[0]['p50'] / bare[0]['p50'])} "
        f"({ours[0]['p50']:.2f} / {bare[0]['p50']:.2f} ms)",
    )
    line(
        "64 at once: events/s against asyncpg, one statement each",
        ">= 3 x",
        f"{times(ours[1]['rate'] / bare[1]['rate'])} "
        f"({ours[1]['rate']:.0f} / {bare[1]['rate']:.0f})",
    )


# ---- to Slack


async def sending(folder: Path) -> None:
    memory.freeze_gc()
    print("\nNotices to Slack (20 ms each, 1 a second for each channel, 1 % random 429)")
    with server("slack") as port:
        base = f"http://127.0.0.1:{port}"
        await many_channels(folder, base)
        await usual_ways(base)
        await skewed(folder, base)
        await cpu(base)
    await idle(folder)


def notice(channel: str, number: int, **more: Any) -> Notice:
    reply = Reply(Markup(TEXT), (Paragraph(Markup(TEXT)), Paragraph(Markup(TEXT))))
    return Notice(channel=channel, key=f"k{number}", reply=reply, **more)


async def fill(folder: Path, notices: Iterable[Notice]) -> Database:
    database = Database(f"sqlite:///{folder}/{secrets.token_hex(4)}.db")
    await database.open()
    async with database.begin() as tx:
        await outbox.add(tx, TEAM, NAME, SystemClock().now_ms(), notices)
    return database


async def ask(base: str, path: str) -> Found:
    async with aiohttp.ClientSession() as http, http.post(f"{base}/{path}") as answer:
        found: Found = await answer.json()
        return found


async def deliver_all(folder: Path, base: str, notices: Iterable[Notice]) -> tuple[Found, float]:
    """Let the worker send it all; what Slack saw, and the CPU seconds of it.

    ``notices`` are made one by one: as in ovbot, they are in the database and nowhere else.
    """
    await ask(base, "forget")
    database, gateway = await fill(folder, notices), Gateway("xoxb-b", f"{base}/api/")
    worker = Worker(database, gateway, SystemClock())
    pending = 1
    used, until = time.process_time(), time.monotonic() + PATIENCE
    running = asyncio.create_task(worker.run())
    while pending and time.monotonic() < until:
        await asyncio.sleep(0.5)
        async with database.read() as tx:
            pending = (await outbox.counts(tx))[Status.PENDING]
    used = time.process_time() - used
    await worker.stop(5)
    await running
    await gateway.close()
    await database.close()
    return (await ask(base, "stats")) | {"pending": pending}, used


async def many_channels(folder: Path, base: str) -> None:
    notices = (notice(f"C{number % CHANNELS:04}", number) for number in range(NOTICES))
    found, used = await deliver_all(folder, base, notices)
    spent, ideal = found["last"] - found["first"], found["longest"] - 1 + 0.02
    left = f", {found['pending']:.0f} left" if found["pending"] else ""
    line(
        "10,000 over 1,000 channels: makespan against the ideal one",
        "<= 1.05 x",
        f"{times(spent / ideal)} ({spent:.1f} / {ideal:.1f} s{left})",
    )
    share = found["too_fast"] / max(1.0, found["sent"])
    line("the same: 429 that could have been avoided", "<= 0.1 %", f"{share:.2%}")
    line("the same: CPU for each message, all of it", "-", f"{used / NOTICES * 1e6:.0f} us")


async def usual_ways(base: str) -> None:
    """A loop and a gather over Slack's SDK, cut off and extrapolated."""
    for what, at_once in (("a loop", 1), ("gather, 100 at once", 100)):
        await ask(base, "forget")
        client = AsyncWebClient("xoxb-b", base_url=f"{base}/api/")
        client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=20))
        slots = asyncio.Semaphore(at_once)

        async def post(
            number: int, slots: asyncio.Semaphore = slots, client: AsyncWebClient = client
        ) -> None:
            async with slots:
                channel = f"C{number % CHANNELS:04}"
                with suppress(SlackApiError):
                    await client.chat_postMessage(channel=channel, text=TEXT)

        with suppress(TimeoutError):
            async with asyncio.timeout(BOUND):
                await asyncio.gather(*(post(number) for number in range(NOTICES)))
        found = await ask(base, "stats")
        whole = NOTICES / max(1.0, found["sent"]) * BOUND
        line(
            f"the same by {what} over the SDK",
            "-",
            f"~{whole:.0f} s ({found['sent']:.0f} in {BOUND:.0f} s)",
        )


async def skewed(folder: Path, base: str) -> None:
    """A backlog as rooms have it: few channels with most of it."""
    if "digest" not in Notice.__struct_fields__:
        print("Left out: a skewed backlog, since there are no digests.")
        return
    weights = [1 / (rank + 1) for rank in range(CHANNELS)]
    counts = [max(1, round(NOTICES * weight / sum(weights))) for weight in weights]
    notices = [
        notice(f"C{channel:04}", number, digest=True)
        for channel, count in enumerate(counts)
        for number in range(count)
    ]
    found, _ = await deliver_all(folder, base, notices)
    spent = found["last"] - found["first"]
    left = f", {found['pending']:.0f} left" if found["pending"] else ""
    line(
        "10,000, Zipf over 1,000 channels: against one by one",
        ">= 30 x faster",
        f"{max(counts) / spent:.1f} x ({spent:.1f} s, {found['sent']:.0f} messages{left})",
    )


async def cpu(base: str) -> None:
    """CPU for each message, one after another."""
    messages, free = 600, f"{base}/free/"
    gateway, said = Gateway("xoxb-b", free), notice("C1", 1)
    gateway_path = f"{free}chat.postMessage"

    async def ours() -> None:
        await gateway.post(said, "0" * 24)

    stock = AsyncWebClient("xoxb-b", base_url=free)
    text = {"type": "section", "text": {"type": "mrkdwn", "text": TEXT}}
    body: dict[str, Any] = {
        "channel": "C1",
        "text": TEXT,
        "blocks": [text, text],
        "unfurl_links": False,
    }

    async def by_sdk() -> None:
        await stock.chat_postMessage(**body)

    async with aiohttp.ClientSession() as http:

        async def bare() -> None:
            async with http.post(gateway_path, json=body) as answer:
                await answer.json()

        spent = {}
        for what in (bare, ours, by_sdk):
            await what()
            begun = time.process_time()
            for _ in range(messages):
                await what()
            spent[what] = (time.process_time() - begun) / messages * 1e6
    await gateway.close()
    line(
        "CPU for each message: gateway against bare aiohttp",
        "<= 2 x",
        f"{times(spent[ours] / spent[bare])} ({spent[ours]:.0f} / {spent[bare]:.0f} us)",
    )
    line(
        "CPU for each message: gateway against a stock AsyncWebClient",
        "-",
        f"{times(spent[ours] / spent[by_sdk])} (of {spent[by_sdk]:.0f} us)",
    )


async def idle(folder: Path) -> None:
    """From the commit to the send, when nothing else is going on."""
    sent: asyncio.Queue[float] = asyncio.Queue()

    class Watching(RecordingChat):
        async def post(self, notice: Notice, delivery_id: str) -> Any:
            sent.put_nowait(time.perf_counter())
            return await super().post(notice, delivery_id)

    database = await fill(folder, [])
    worker = Worker(database, Watching(Time()), SystemClock())
    running = asyncio.create_task(worker.run())
    spent = []
    for number in range(100):
        await asyncio.sleep(0.02)
        async with database.begin() as tx:
            await outbox.add(tx, TEAM, NAME, 1, [notice(f"C{number}", number)])
        committed = time.perf_counter()
        spent.append((await sent.get() - committed) * 1000)
    await worker.stop(5)
    await running
    await database.close()
    spent.sort()
    line("idle: from the commit to the send, p50", "<= 5 ms", f"{spent[50]:.2f} ms")


if __name__ == "__main__":
    main()
