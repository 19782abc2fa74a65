"""What the documents tell a newcomer to start does start, just as it is written there."""

import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.docs.tables import DOCS
from tests.e2e.installation import Process, eventually, free_port

pytestmark = pytest.mark.slow


def blocks(page: str, kind: str) -> list[str]:
    """The fenced blocks of ``docs/sandbox.md`` below "ovbot between them"."""
    told = page.partition("## ovbot between them")[2].partition("\n## ")[0]
    return re.findall(rf"```{kind}\n(.*?)```", told, re.DOTALL)


@pytest.fixture
def page() -> str:
    """The page, with ports that are free here."""
    text = (DOCS / "sandbox.md").read_text()
    for port in ("4443", "8090", "8080"):
        text = text.replace(port, str(free_port()))
    return text


@pytest.fixture
def started(page: str, tmp_path: Path) -> Iterator[None]:
    commands = [*blocks(page, "sh")[:2], "ovbot serve"]
    (tmp_path / ".env").write_text("".join(blocks(page, "ini")))
    (tmp_path / ".env").chmod(0o600)
    with ExitStack() as stack:
        for number, command in enumerate(commands):
            name, *words = shlex.split(command)
            assert name == "ovbot"
            process = Process(tmp_path / f"{number}.log", *words)
            process.start()
            stack.callback(process.end)
        yield


def test_ovbot_runs_between_the_stand_ins_as_the_page_says(page: str, started: None) -> None:
    url, data = re.findall(r"-d '(.*?)' (\S+)", blocks(page, "sh")[2])[0][::-1]
    (bot,) = re.findall(r"OVBOT_PORT=(\d+)", blocks(page, "ini")[0])
    (slack,) = re.findall(r"SLACK_API_URL=(http://\S+)/api/", blocks(page, "ini")[0])
    eventually(lambda: answers(f"http://127.0.0.1:{bot}/readyz"), "ovbot is ready")
    httpx.post(url, content=data).raise_for_status()
    typed = {
        "channel": "C02MODERATION",
        "user": "U01ANA",
        "command": "/openvidu",
        "text": "show demo",
    }
    httpx.post(f"{slack}/_control/command", json=typed).raise_for_status()
    seen = f"{slack}/_control/messages/C02MODERATION?user=U01ANA"
    eventually(lambda: "Max" in httpx.get(seen).text, "Max is shown")


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False
