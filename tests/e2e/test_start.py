"""What ``ovbot`` says when it cannot start: in words, with exit status 2."""

import socket
from pathlib import Path

import pytest

from tests.e2e.installation import Process, installation

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "OVBOT_OPENVIDU_URL": "http://127.0.0.1:9",
    "OVBOT_OPENVIDU_SECRET": "hunter2",
}


def refused(folder: Path, *args: str, **env: str) -> str:
    process = Process(folder / "refused.log", *(args or ("serve",)), env=env)
    process.start()
    assert process.end(0) == 2, process.said
    assert "Traceback" not in process.said
    assert "hunter2" not in process.said
    return process.said


def test_missing_settings_are_told_all_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path)
    for name in (*GOOD, "SLACK_SIGNING_SECRET"):
        if name != "SLACK_API_URL":
            assert name in said


def test_what_is_switched_off_and_is_no_command(tmp_path: Path) -> None:
    said = refused(tmp_path, **GOOD, OVBOT_DISABLE="restart,node.*,kik,audit")
    assert "OVBOT_DISABLE is not right" in said
    assert "There is no command kik. Did you mean kick?" in said
    assert "audit is never switched off" in said


def test_slack_out_of_reach(tmp_path: Path) -> None:
    assert "Slack cannot be reached" in refused(tmp_path, **GOOD)


def test_a_database_that_is_none(tmp_path: Path) -> None:
    said = refused(tmp_path, **GOOD, OVBOT_DATABASE_URL="mysql://me:hunter2@db/x")
    assert "OVBOT_DATABASE_URL" in said


def test_a_second_process_on_the_file(tmp_path: Path) -> None:
    with installation(tmp_path) as running:
        said = refused(tmp_path, **running.bot._env)
        assert "another" in said.lower()


def test_a_taken_port(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        installation(tmp_path) as running,
    ):
        env = {
            **running.bot._env,
            "OVBOT_PORT": str(taken.getsockname()[1]),
            "OVBOT_DATABASE_URL": f"sqlite:///{tmp_path}/other.sqlite3",
        }
        assert "OVBOT_PORT" in refused(tmp_path, **env)


def test_migrate_tells_what_it_did(tmp_path: Path) -> None:
    env = {"OVBOT_DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"}
    for expected in ("it now has the schema", "is up to date"):
        process = Process(tmp_path / "migrate.log", "migrate", env=env)
        process.start()
        assert process.end(0) == 0, process.said
        assert expected in process.said


@pytest.mark.parametrize(
    "args",
    [
        ("sandbox", "slack", "--mode", "http"),
        ("sandbox", "slack", "--mode", "smoke-signals"),
        ("sandbox", "openvidu", "--secret", "s", "--profile", "1.0"),
    ],
)
def test_sandboxes_refuse_bad_options_in_words(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert refused(tmp_path, *args)
