"""What is weak is told at each start, without a value of it."""

from pathlib import Path
from typing import Any

import pytest

from ovbot import settings
from ovbot.weak import weaknesses

STRONG = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_SIGNING_SECRET": "a-signing-secret-of-32-characters",
    "OVBOT_OPENVIDU_URL": "https://video.example.com",
    "OVBOT_OPENVIDU_SECRET": "an-openvidu-secret-that-is-long",
    "OVBOT_WEBHOOK_SECRET": "a-webhook-secret-that-is-long",
    "OVBOT_ADMINS": "U1",
}

WEAK: dict[str, dict[str, str]] = {
    "OVBOT_WEBHOOK_SECRET has fewer": {"OVBOT_WEBHOOK_SECRET": "hunter2"},
    "OVBOT_OPENVIDU_SECRET has fewer": {"OVBOT_OPENVIDU_SECRET": "MY_SECRET"},
    "OVBOT_OPENVIDU_URL is http://": {"OVBOT_OPENVIDU_URL": "http://video.example.com"},
    "OVBOT_OPENVIDU_URL is http:// to": {"OVBOT_OPENVIDU_URL": "http://10.0.0.7:4443"},
    "OVBOT_PUBLIC_URL is http://": {"OVBOT_PUBLIC_URL": "http://ovbot.example.com"},
    "OVBOT_ADMINS names nobody": {"OVBOT_ADMINS": ""},
}
FINE: list[dict[str, str]] = [
    {},
    {"OVBOT_OPENVIDU_URL": "http://127.0.0.1:4443"},
    {"OVBOT_OPENVIDU_URL": "http://[::1]:4443"},
    {"OVBOT_OPENVIDU_URL": "http://localhost:4443"},
]


def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **given: str) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for name, value in {**STRONG, **given}.items():
        monkeypatch.setenv(name, value)
    return list(weaknesses(settings.read()))


@pytest.mark.parametrize("sentence", WEAK)
def test_what_is_weak_is_told(
    sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (said,) = told(tmp_path, monkeypatch, **WEAK[sentence])
    assert said.startswith(sentence)
    assert not any(value and value in said for value in WEAK[sentence].values())


@pytest.mark.parametrize("given", FINE)
def test_what_is_not_weak_is_not(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told(tmp_path, monkeypatch, **given) == []


@pytest.mark.parametrize(("mode", "is_told"), [(0o600, False), (0o640, True), (0o644, True)])
def test_settings_that_others_can_read(
    mode: int, is_told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").touch()
    (tmp_path / ".env").chmod(mode)
    said: list[Any] = told(tmp_path, monkeypatch)
    assert bool(said) is is_told
    assert "chmod 600 .env" in "".join(said) or not is_told
