"""Two stand-ins that stay, and a bot that dies and comes back."""

import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from tests.crash.forks import Forked, Forker
from tests.crash.rows import Row, Rows
from tests.e2e.installation import ANA, Installation

TRIES = 4


PATIENCE = 180.0
"""Seconds, on a machine that runs other tests beside this one."""


def patiently(check: Callable[[], Any], what: str) -> Any:
    """The first truthful result of ``check``."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if result := check():
            return result
        time.sleep(0.05)
    raise AssertionError(f"did not happen: {what}")


class Typed(NamedTuple):
    """A command that somebody gave in a channel, with whom it is about, if it is about anybody."""

    channel: str
    command: str
    acknowledged: bool


class World(Installation):
    """OpenVidu and the workspace run all the time; each story has a bot and a database of its own.

    A person who is told that something did not happen, or is told nothing, asks again.
    """

    def __init__(self, folder: Path, stand_in: tuple[str, ...] = ()) -> None:
        """``stand_in`` are further options of the simulated server."""
        super().__init__(folder, "socket", stand_in, OVBOT_SWEEP_SECONDS="3600")
        self._plain = dict(self.bot._env)
        self._forker = Forker()
        self.rows = Rows("sqlite:///nowhere")
        self.deaths = 0
        self._deadly: list[str] = []
        self.typed: list[Typed] = []
        self._taken: list[dict[str, Any]] = []

    def start(self) -> None:
        for process, url in ((self.openvidu, self.openvidu_url), (self.slack, self.slack_url)):
            process.start()
            patiently(partial(self._answers, f"{url}/_control/state"), f"{url} listens")

    @contextmanager
    def database(self, url: str) -> Iterator[None]:
        """A new story on this database."""
        self.control("reset", {})
        self.arrange("reset", {})
        self.deaths, self._deadly = 0, []
        self.typed, self._taken = [], []
        self._plain["OVBOT_DATABASE_URL"] = url
        self.bot = self._ovbot("serve")
        self.rows = Rows(url)
        try:
            yield
        except BaseException:
            print(f"---- {url}\n{self.bot.said[-5000:]}")
            raise
        finally:
            if self.bot.alive:
                self.bot.end(signal.SIGKILL)
            self.rows.close()

    def _ovbot(self, command: str, crash_at: str = "") -> Forked:
        env = {**self._plain, "OVBOT_CRASH_AT": crash_at}
        return Forked(self._forker, self.folder / "bot.log", command, env=env)

    def stop(self) -> None:
        super().stop()
        self._forker.close()

    def migrate(self, crash_at: str = "") -> int:
        """``ovbot migrate``; its exit status."""
        process = self._ovbot("migrate", crash_at)
        process.start()
        return process.end(0)

    def start_bot(self, crash_at: str = "", *, ready: bool = True) -> None:
        """Start the bot, to die at a point if one is named."""
        self.bot = self._ovbot("serve", crash_at)
        self.bot.start()
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Until it takes payloads, or has died."""
        url = f"{self.bot_url}/readyz"
        patiently(lambda: not self.bot.alive or self._answers(url), "ovbot is ready")

    def die(self) -> None:
        """Wait until the bot has died at its point."""
        patiently(lambda: not self.bot.alive, "the bot dies at its point")
        assert self.bot.end(0) == -signal.SIGKILL, self.bot.said[-3000:]
        self.deaths += 1
        self.free_leases()

    def free_leases(self) -> None:
        """Half a minute passes, in which what the dead one had claimed becomes free."""
        self.rows.run("UPDATE outbox_channels SET lease_until = 0")
        self.rows.run("UPDATE cards SET not_before = 0, claimed_until = 0")
        self.rows.run("UPDATE former_cards SET not_before = 0")

    def revive(self) -> None:
        """Start it again, with nothing in its way but the next point of ``die_at_each``."""
        point = self._deadly.pop(0) if self._deadly else ""
        self.start_bot(point)
        while point and not self.bot.alive:
            self.die()
            point = self._deadly.pop(0) if self._deadly else ""
            self.start_bot(point)
        assert self.bot.alive, self.bot.said[-3000:]

    def die_next(self, points: Sequence[str]) -> None:
        """Whenever it has died from now on, it comes back with the next of these in its way."""
        self._deadly = list(points)

    def die_at_each(
        self, points: Sequence[str], provoke: Callable[[], object], *, settle: bool = True
    ) -> None:
        """Die at one point after another: each time ``provoke`` leads there, or what is left does.

        A point that is not reached fails by its name. Afterwards nothing is left to do. Slack opens
        ten sockets to start with, and then one a minute: so many starts a story has.
        """
        if self.bot.alive:
            self.bot.end()
        self._deadly, before = list(points), self.deaths
        self.revive()
        while (done := self.deaths - before) < len(points):
            provoke()
            dead = partial(self._has_died_more_than, before + done)
            self.wait(dead, f"it dies at {points[done]}")
        if settle:
            self.settle()

    def _has_died_more_than(self, times: int) -> bool:
        return self.deaths > times

    @contextmanager
    def sweeping(self) -> Iterator[None]:
        """Processes that are started now sweep every second."""
        self._plain["OVBOT_SWEEP_SECONDS"] = "1"
        try:
            yield
        finally:
            self._plain["OVBOT_SWEEP_SECONDS"] = "3600"

    # ---- people

    def ask(self, text: str, channel: str) -> None:
        """Give a command until it is done, as a patient person would."""
        for _ in range(TRIES):
            before = self.rows.count("audit", "phase = 'intent'")
            self.try_to_type(text, channel)
            outcome = self.wait(partial(self._outcome_after, before), f"an outcome of “{text}”")
            # Told before the next is asked: what is in the air when it dies is the point's alone.
            self.wait(lambda: not self.rows.count("outbox", "status = 'pending'"), "it is told")
            if outcome == "done":
                return
        raise AssertionError(f"“{text}” was never done")

    def try_to_type(self, text: str, channel: str) -> bool:
        """Type it; whether ovbot acknowledged it. Without a bot Slack says that it failed."""
        acknowledged = self.say(text, channel)
        words = text.split()
        command = {"kick": text, "record": " ".join(words[:2])}.get(words[0], words[0])
        self.typed.append(Typed(channel, command, acknowledged))
        return acknowledged

    def say(self, text: str, channel: str, *, user: str = ANA) -> bool:
        """The same for what is no action that is begun, such as a question."""
        body = {"channel": channel, "user": user, "command": "/openvidu", "text": text}
        answer = self._http.post(f"{self.slack_url}/_control/command", json=body)
        return bool(answer.json().get("acknowledged"))

    def _outcome_after(self, before: int) -> str | None:
        """How the newest action ended; "lost" when it was never recorded and the bot came back."""
        intents = self.rows.all("SELECT ref FROM audit WHERE phase = 'intent' ORDER BY id")
        if len(intents) == before:
            return "lost" if self._was_revived else None
        ref = intents[-1]["ref"]
        found = self.rows.all(
            f"SELECT outcome FROM audit WHERE phase = 'outcome' AND ref = '{ref}'"
        )
        return found[0]["outcome"] if found else None

    def wait(self, check: Callable[[], Any], what: str) -> Any:
        """Wait for something; a bot that dies meanwhile at its point is started again."""
        self._was_revived = False

        def look() -> Any:
            if not self.bot.alive:
                self.die()
                self.revive()
                self._was_revived = True
            return check()

        return patiently(look, what)

    def settle(self) -> None:
        """Wait until nothing is left to do."""
        self.wait(self._is_settled, "everything is done and told")

    def _is_settled(self) -> bool:
        return not any(self.unsettled().values())

    def unsettled(self) -> dict[str, int]:
        """What is left to do."""
        closed = "EXISTS (SELECT 1 FROM audit o WHERE o.ref = audit.ref AND o.phase = 'outcome')"
        # What makes others comes before them: nothing slips through between two looks.
        return {
            "recordings": self._unannounced(),
            "events": self.rows.count("events", "processed_at IS NULL"),
            "intents": self.rows.count("audit", f"phase = 'intent' AND NOT {closed}"),
            # Either makes the other, a plan its intent and a recovery the plan anew: in one look.
            "intents and plans": self.rows.count(
                "(SELECT 1 FROM later WHERE state = 'waiting' UNION ALL"
                f" SELECT 1 FROM audit WHERE phase = 'intent' AND NOT {closed}) AS both_of_them"
            ),
            "cards": self.rows.count("cards", "wanted <> shown"),
            "former cards": self.rows.count("former_cards"),
            "notices": self.rows.count("outbox", "status = 'pending'"),
        }

    def _unannounced(self) -> int:
        """Recordings that are ready and that ovbot has not come upon: the sweep has to."""
        ready = {(r["id"], r["createdAt"]) for r in self.truth()["recordings"] if _is_ready(r)}
        known = self.rows.all("SELECT recording, created_at, announced_at FROM recordings")
        told = {(r["recording"], r["created_at"]) for r in known if r["announced_at"]}
        return len(ready - told)

    def send_the_last_event(self) -> None:
        """Post the newest of the events that were held back; once, as OpenVidu does."""
        url = f"{self.openvidu_url}/_control/webhooks"
        event = self._http.get(url).json()["webhooks"][-1]["event"]
        with suppress(httpx.TransportError):
            if self.post_webhook(json.dumps(event).encode()) == 200:
                self._taken.append(event)

    # ---- what is

    def asked(self, operation: str, status: int) -> list[Row]:
        """What OpenVidu was asked to do and did."""
        answer = self._http.get(f"{self.openvidu_url}/_control/requests")
        requests: list[Row] = answer.json()["requests"]
        return [r for r in requests if r["operation"] == operation and r["status"] == status]

    def truth(self) -> dict[str, Any]:
        """OpenVidu's whole state."""
        found: dict[str, Any] = self._http.get(f"{self.openvidu_url}/_control/state").json()
        return found

    def taken(self) -> list[dict[str, Any]]:
        """The events that ovbot has answered with 200."""
        answer = self._http.get(f"{self.openvidu_url}/_control/webhooks")
        sent = answer.json()["webhooks"]
        return self._taken + [one["event"] for one in sent if {"status": 200} in one["answers"]]


def _is_ready(recording: Row) -> bool:
    return bool(recording["status"] == "ready")


@contextmanager
def world_in(folder: Path, *stand_in: str) -> Iterator[World]:
    """The two stand-ins, until the end."""
    made = World(folder, stand_in)
    try:
        made.start()
        yield made
    finally:
        made.stop()
