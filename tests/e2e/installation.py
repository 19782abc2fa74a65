"""A whole installation of separate processes: OpenVidu, the workspace, and ``ovbot serve``.

Everything is asked and told over the wire, by the control surfaces that the stand-ins document.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from tests import fresh

ANA, BEN = "U01ANA", "U02BEN"
GENERAL, MODERATION = "C01GENERAL", "C02MODERATION"
SECRET, HOOK = "MY_SECRET", "hook-secret"
PATIENCE = 120.0

Message = dict[str, Any]


def free_port() -> int:
    """A port that is free, and that no connection gets meanwhile: Linux gives them from 32768."""
    while True:
        port = 15_000 + secrets.randbelow(17_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def eventually(check: Callable[[], Any], what: str = "") -> Any:
    """The first truthful result of ``check``; fails with ``what`` when patience ends."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        result = check()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"did not happen: {what or check}")


def environment(given: dict[str, str]) -> dict[str, str]:
    """Ours without settings of ovbot or Slack, and with those that are given."""
    # Byte code is kept: three processes for each test would compile everything three times.
    dropped = ("OVBOT_", "SLACK_", "PYTHONDONTWRITEBYTECODE")
    return {k: v for k, v in os.environ.items() if not k.startswith(dropped)} | given


class Process:
    """``python -m ovbot …`` with its output in a file."""

    def __init__(self, log: Path, *args: str, env: dict[str, str] | None = None) -> None:
        self._log = log
        self._args = args
        self._env = env or {}
        self._running: subprocess.Popen[bytes] | None = None
        self.python = sys.executable
        """Whose ovbot it is."""
        self.program: tuple[str, ...] = ("-m", "ovbot")

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                [self.python, *self.program, *self._args],
                stdout=log,
                stderr=log,
                env=environment(self._env),
                cwd=self._log.parent,
            )

    def end(self, number: int = signal.SIGTERM) -> int:
        """Stop it by a signal (0: just wait); returns its exit status."""
        assert self._running is not None
        if number and self._running.poll() is None:
            self._running.send_signal(number)
        return self._running.wait(PATIENCE)

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    @property
    def said(self) -> str:
        return self._log.read_text()


class Installation:
    """The three processes and what a test does with them."""

    def __init__(
        self,
        folder: Path,
        mode: str,
        stand_in: tuple[str, ...] = (),
        *,
        workspace: str = "",
        **settings: str,
    ) -> None:
        self.folder = folder
        self.openvidu_url, self.slack_url, self.bot_url = (
            f"http://127.0.0.1:{free_port()}" for _ in range(3)
        )
        self._http = httpx.Client(timeout=PATIENCE)
        ports = [url.rsplit(":", 1)[1] for url in (self.openvidu_url, self.slack_url, self.bot_url)]
        self.openvidu = Process(
            folder / "openvidu.log",
            *("sandbox", "openvidu", "--port", ports[0], "--secret", SECRET, *stand_in),
            *("--webhook", f"{self.bot_url}/webhooks/openvidu"),
            *("--webhook-header", f"Authorization: Bearer {HOOK}"),
        )
        described = ("--config", workspace) if workspace else ()
        http = ("--request-url", f"{self.bot_url}/slack/events") if mode == "http" else ()
        self.slack = Process(
            folder / "slack.log",
            "sandbox",
            "slack",
            "--port",
            ports[1],
            "--mode",
            mode,
            *http,
            *described,
        )
        token = (
            {"SLACK_APP_TOKEN": "xapp-sandbox"}
            if mode == "socket"
            else {"SLACK_SIGNING_SECRET": "sandbox-signing-secret"}
        )
        self.bot = Process(
            folder / "bot.log",
            "serve",
            env={
                "SLACK_BOT_TOKEN": "xoxb-sandbox",
                "SLACK_API_URL": f"{self.slack_url}/api/",
                "OVBOT_OPENVIDU_URL": self.openvidu_url,
                "OVBOT_OPENVIDU_SECRET": SECRET,
                "OVBOT_WEBHOOK_SECRET": HOOK,
                "OVBOT_ADMINS": ANA,
                "OVBOT_DATABASE_URL": fresh.sqlite(folder / "bot.sqlite3"),
                "OVBOT_PORT": ports[2],
                "OVBOT_SWEEP_SECONDS": "1",
                # Another app's, left in the environment: they must change nothing.
                "SLACK_CLIENT_ID": "1.2",
                "SLACK_CLIENT_SECRET": "other",
                **token,
                **settings,
            },
        )

    def start(self) -> None:
        self.openvidu.start()
        self.slack.start()
        for url in (self.openvidu_url, self.slack_url):
            eventually(partial(self._answers, f"{url}/_control/state"), f"{url} listens")
        self.start_bot()

    def start_bot(self) -> None:
        self.bot.start()
        eventually(self._is_ready, "ovbot is ready")

    def stop(self) -> None:
        for process in (self.bot, self.slack, self.openvidu):
            if process.alive:
                process.end()
        self._http.close()

    def _is_ready(self) -> bool:
        assert self.bot.alive, self.bot.said
        return self._answers(f"{self.bot_url}/readyz")

    def _answers(self, url: str) -> bool:
        try:
            return self._http.get(url, params={"user": ANA}).status_code == 200
        except httpx.TransportError:
            return False

    # ---- people in Slack

    def type(self, text: str, *, user: str = ANA, channel: str = MODERATION) -> None:
        body = {"channel": channel, "user": user, "command": "/openvidu", "text": text}
        answer = self._http.post(f"{self.slack_url}/_control/command", json=body)
        assert answer.json()["acknowledged"], answer.text

    def press(
        self, label: str, message: Message, *, user: str = ANA, channel: str = MODERATION
    ) -> None:
        body = {"channel": channel, "user": user, "messageTs": message["ts"], "action": label}
        answer = self._http.post(f"{self.slack_url}/_control/interact", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["acknowledged"], answer.text

    def kick(
        self, name: str, message: Message, *, user: str = ANA, channel: str = MODERATION
    ) -> None:
        """Choose it in the menu of that row, and submit the form that it opens."""
        self.press(f"Kick {name}…", message, user=user, channel=channel)
        eventually(lambda: name in json.dumps(self.modal(user=user)), "the form names them")
        assert self.submit(user=user)["ok"]

    def messages(self, *, user: str = ANA, channel: str = MODERATION) -> list[Message]:
        url = f"{self.slack_url}/_control/messages/{channel}"
        answer = self._http.get(url, params={"user": user})
        assert answer.status_code == 200, answer.text
        found: list[Message] = answer.json()["messages"]
        return found

    def saying(self, words: str, **where: str) -> list[Message]:
        return [m for m in self.messages(**where) if words in m["text"]]

    def hear(self, words: str, **where: str) -> Message:
        """Wait for a message that holds these words."""
        found: list[Message] = eventually(lambda: self.saying(words, **where), f"“{words}”")
        return found[-1]

    def modals(self, *, user: str = ANA) -> list[dict[str, Any]]:
        """The modals on this person's screen, the one on top last."""
        answer = self._http.get(f"{self.slack_url}/_control/view/{user}")
        assert answer.status_code == 200, answer.text
        views: list[dict[str, Any]] = answer.json()["views"]
        return views

    def modal(self, *, user: str = ANA) -> dict[str, Any] | None:
        """The modal on top of this person's screen."""
        views = self.modals(user=user)
        return views[-1] if views else None

    def home(self, user: str) -> dict[str, Any]:
        """This person's Home tab, as ovbot has published it."""
        found: dict[str, Any] = self._http.get(f"{self.slack_url}/_control/home/{user}").json()
        return found

    def press_at_home(self, label: str, *, user: str = ANA) -> None:
        """Press a button of the Home tab."""
        view = self.home(user)["view"]
        body = {"user": user, "view_id": view["id"], "action": label}
        answer = self._http.post(f"{self.slack_url}/_control/view/action", json=body)
        assert answer.status_code == 200, answer.text

    def menu(self, action: str, query: str = "", *, user: str = ANA) -> list[dict[str, Any]]:
        """What a menu of the modal on top offers."""
        body = {"user": user, "action": action, "query": query}
        answer = self._http.post(f"{self.slack_url}/_control/options", json=body)
        assert answer.status_code == 200, answer.text
        offered: list[dict[str, Any]] = answer.json()["options"]
        return offered

    def choose(self, action: str, value: str | list[str], *, user: str = ANA) -> None:
        """Choose in a menu of the modal on top, or press a button of it (without a value)."""
        body = {"user": user, "action": action, **({"value": value} if value else {})}
        answer = self._http.post(f"{self.slack_url}/_control/view/action", json=body)
        assert answer.status_code == 200, answer.text

    def submit(self, *, user: str = ANA, **values: Any) -> dict[str, Any]:
        """Fill in the modal on top, by its blocks' names, and submit it."""
        body = {"user": user, "values": values}
        answer = self._http.post(f"{self.slack_url}/_control/view/submit", json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    # ---- people in OpenVidu

    def join(self, name: str, session: str = "demo", publish: str | None = "camera") -> str:
        body = {
            "clientData": name,
            "serverData": "",
            "role": "PUBLISHER",
            "publish": publish,
            "platform": "Chrome",
        }
        answer = self.control(f"sessions/{session}/join", body)
        return str(answer["connectionId"])

    def control(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.post(f"{self.openvidu_url}/_control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def people(self, session: str = "demo") -> list[str]:
        url = f"{self.openvidu_url}/openvidu/api/sessions/{session}"
        answer = self._http.get(url, auth=("OPENVIDUAPP", SECRET))
        if answer.status_code == 404:
            return []
        return sorted(c["clientData"] for c in answer.json()["connections"]["content"])

    def truth_of(self, session: str) -> list[dict[str, Any]]:
        """Who is in a session, as OpenVidu tells it."""
        url = f"{self.openvidu_url}/openvidu/api/sessions/{session}"
        answer = self._http.get(url, auth=("OPENVIDUAPP", SECRET)).json()
        found: list[dict[str, Any]] = answer["connections"]["content"]
        return found

    def recording(self, recording: str) -> dict[str, Any]:
        url = f"{self.openvidu_url}/openvidu/api/recordings/{recording}"
        found: dict[str, Any] = self._http.get(url, auth=("OPENVIDUAPP", SECRET)).json()
        return found

    def post_webhook(self, body: bytes, *, secret: str = HOOK) -> int:
        url = f"{self.bot_url}/webhooks/openvidu"
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        return self._http.post(url, content=body, headers=headers).status_code

    def arrange(self, what: str, body: dict[str, Any]) -> None:
        """Change the workspace: membership, archive, channels."""
        answer = self._http.post(f"{self.slack_url}/_control/{what}", json=body)
        assert answer.status_code == 200, answer.text

    def slack_fault(self, **fault: Any) -> None:
        answer = self._http.post(f"{self.slack_url}/_control/faults", json=fault)
        assert answer.status_code == 200, answer.text


@contextmanager
def installation(
    folder: Path, mode: str = "socket", *, workspace: str = "", **settings: str
) -> Iterator[Installation]:
    """A running installation; its logs are shown when the test fails. ``workspace``: the file that
    describes who and what is in Slack."""
    made = Installation(folder, mode, (), workspace=workspace, **settings)
    try:
        made.start()
        yield made
    except BaseException:
        for process in (made.bot, made.slack, made.openvidu):
            print(f"---- {process._args}\n{process.said[-6000:]}")
        raise
    finally:
        made.stop()
