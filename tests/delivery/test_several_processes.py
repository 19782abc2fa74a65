"""``ovbot serve`` and ``ovbot worker`` as processes of their own, sharing one PostgreSQL."""

import signal
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.e2e.installation import Installation, Process, eventually, free_port, installation


class Worker:
    """``ovbot worker`` beside an installation's bot."""

    def __init__(self, beside: Installation) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        env = {**beside.bot._env, "OVBOT_PORT": self.url.rsplit(":", 1)[1]}
        self.process = Process(beside.folder / "worker.log", "worker", env=env)

    def status(self, path: str) -> int:
        try:
            return httpx.get(f"{self.url}{path}").status_code
        except httpx.TransportError:
            return 0

    def start(self) -> None:
        self.process.start()
        eventually(lambda: self.status("/readyz") == 200, "the worker is ready")


@pytest.mark.postgres
def test_a_worker_goes_on_where_a_killed_serve_left_off(tmp_path: Path, postgres_url: str) -> None:
    # Nobody sweeps in this test: what is told comes from what was stored.
    settings = {"OVBOT_DATABASE_URL": postgres_url, "OVBOT_SWEEP_SECONDS": "3600"}
    with installation(tmp_path, **settings) as world:
        worker = Worker(world)
        worker.start()
        assert worker.status("/healthz") == 200
        assert worker.status("/webhooks/openvidu") == 404
        world.join("Lina")
        world.type("bind demo")
        world.hear("bound this channel")
        world.control("faults", {"operation": "getSession", "fault": "delay", "seconds": 60})
        world.type("kick Lina")
        world.bot.end(signal.SIGKILL)
        world.hear("before it asked OpenVidu, so nothing was done")
        assert world.people() == ["Lina"]
        assert worker.process.end() == 0, worker.process.said
        assert '"drain_seconds": 25.0' in worker.process.said


def test_a_worker_on_sqlite_is_refused_in_words(tmp_path: Path) -> None:
    with installation(tmp_path) as world:
        worker = Worker(world)
        worker.process.start()
        assert worker.process.end(0) == 2
        assert "which a SQLite file cannot be" in worker.process.said


def test_while_it_stops_it_says_so(tmp_path: Path) -> None:
    with installation(tmp_path) as world:
        world.join("Lina")
        world.control("faults", {"operation": "getSession", "fault": "delay", "seconds": 4})
        world.type("kick --session demo Lina")
        ready = partial(httpx.get, f"{world.bot_url}/readyz")
        assert world.bot._running is not None
        world.bot._running.send_signal(signal.SIGTERM)
        answer = eventually(lambda: (a := ready()).status_code == 503 and a, "not ready")
        assert answer.json()["status"] == "stopping"
        assert world.bot.end(0) == 0
        assert world.saying("removed"), "what was acknowledged was finished, and told"
