"""Describing another workspace than the fixed one."""

from pathlib import Path

import pytest

from ovbot.sandbox.slack import ConfigError, Workspace, WorkspaceConfig
from tests.sandbox.slack.conftest import Hands, described, desk


async def test_a_file_replaces_what_it_names(clock: Hands, tmp_path: Path) -> None:
    config = described(
        tmp_path,
        """
team: {id: T9, name: Nine, domain: nine}
app: {id: A9, bot_user: U9BOT, bot_id: B9, name: helper}
users: [{id: U9, name: dana}]
channels: [{id: C9, name: lobby}]
""",
    )
    async for at in desk(clock, config):
        state = await at.look("state")
        assert state["team"]["id"] == "T9"
        assert state["app"]["name"] == "helper"
        assert state["users"] == [{"id": "U9", "name": "dana", "real_name": "dana"}]
        assert state["channels"][0]["members"] == ["U9", "U9BOT"]
        assert (await at.ok("auth.test"))["user_id"] == "U9BOT"
        assert (await at.ok("chat.postMessage", channel="lobby", text="x"))["channel"] == "C9"


async def test_an_empty_file_changes_nothing(clock: Hands, tmp_path: Path) -> None:
    async for at in desk(clock, described(tmp_path, "")):
        assert (await at.look("state"))["team"]["id"] == "T01SANDBOX"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("team: [", "cannot read"),
        ("- team", "should be a valid dictionary"),
        ("teams: {}", "teams: Extra inputs"),
        ("users: [{name: x}]", "users.0.id: Field required"),
        ("users: [{id: lower, name: x}]", "users.0.id: String should match"),
        ("users: [{id: U1, name: x}, {id: U1, name: y}]", "user ids must be unique: U1"),
        ("users: [{id: U0OVBOT, name: x}]", "user ids must be unique: U0OVBOT"),
        ("channels: [{id: C1, name: x, members: [U99]}]", "C1 has unknown members: U99"),
        ("commands: [{command: openvidu}]", "commands.0.command: String should match"),
        ("rate_limits: maybe", "rate_limits: Input should be a valid boolean"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        Workspace(described(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yml"):
        Workspace(WorkspaceConfig(config_file=tmp_path / "nowhere.yml"))


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"mode": "http"}, "needs --request-url"),
        ({"request_url": "http://x"}, "is for --mode http"),
        ({"host": "0.0.0.0"}, "on this machine only"),
    ],
)
def test_a_workspace_that_cannot_be(arguments: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        WorkspaceConfig(**arguments)  # type: ignore[arg-type]


def test_secrets_do_not_show() -> None:
    assert "sandbox-signing-secret" not in repr(WorkspaceConfig())
    assert "xoxb" not in repr(WorkspaceConfig())


def test_an_ipv6_address_is_bracketed() -> None:
    assert WorkspaceConfig(host="::1", port=8000).base_url == "http://[::1]:8000"
