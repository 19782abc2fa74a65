"""Settings: read from the environment, and told all at once when they are wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from ovbot import settings
from ovbot.errors import FaultError
from ovbot.openvidu.dialects import DIALECTS

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1",
    "SLACK_APP_TOKEN": "xapp-1",
    "OVBOT_OPENVIDU_URL": "https://video.example.com:4443/",
    "OVBOT_OPENVIDU_SECRET": "MY_SECRET",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ["PORT", "SLACK_SIGNING_SECRET", "SLACK_API_URL", *GOOD]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def give(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in {**GOOD, **more}.items():
        monkeypatch.setenv(name, value)


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch)
    read = settings.read()
    assert read.socket_mode
    assert read.openvidu_url == "https://video.example.com:4443"
    assert read.database_url.get_secret_value() == "sqlite:///ovbot.sqlite3"
    assert (read.host, read.port, read.sweep_seconds) == ("127.0.0.1", 8080, 60)
    assert "MY_SECRET" not in repr(read)


def test_port_and_admins(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, PORT="9000", OVBOT_ADMINS="U01ANA, U02BEN")
    read = settings.read()
    assert read.port == 9000
    assert read.admins == ("U01ANA", "U02BEN")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_paths_of_the_server_may_be_given(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch)
    assert settings.read().openvidu_dialect is None
    give(monkeypatch, OVBOT_OPENVIDU_DIALECT=dialect)
    assert settings.read().openvidu_dialect == dialect


@pytest.mark.parametrize("secret", ["geheimnis-ä", "a b", "a\nX-Evil: 1", "\t", "密"])
def test_a_webhook_secret_that_openvidu_cannot_send_is_refused(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, OVBOT_WEBHOOK_SECRET=secret)
    with pytest.raises(FaultError, match="OVBOT_WEBHOOK_SECRET is not right: openVidu") as refused:
        settings.read()
    assert secret not in str(refused.value)
    give(monkeypatch, OVBOT_WEBHOOK_SECRET="aZ09~!-_./+=")
    assert settings.read().webhook_secret is not None


@pytest.mark.parametrize(("given", "seconds"), [("0", 0), ("0s", 0), ("90s", 90), ("2h", 7200)])
def test_the_grace_of_deletions(given: str, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch)
    assert settings.read().delete_grace == timedelta(minutes=15)
    give(monkeypatch, OVBOT_DELETE_GRACE=given)
    assert settings.read().delete_grace.total_seconds() == seconds


@pytest.mark.parametrize("given", ["15", "soon", "31d", "-1s"])
def test_a_grace_that_is_none_is_refused(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, OVBOT_DELETE_GRACE=given)
    with pytest.raises(FaultError) as told:
        settings.read()
    assert "OVBOT_DELETE_GRACE is not right: " in told.value.sentence


def test_everything_missing_is_told_at_once() -> None:
    with pytest.raises(FaultError) as told:
        settings.read()
    for name in ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "OVBOT_OPENVIDU_URL", "…_SECRET"]:
        assert name.replace("…", "OVBOT_OPENVIDU") in told.value.sentence
    assert "Its OPENVIDU_SECRET." in told.value.sentence


def test_bad_values_are_told_without_being_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    give(
        monkeypatch,
        SLACK_BOT_TOKEN="hunter2",
        OVBOT_OPENVIDU_URL="https://me:hunter2@video.example.com",
        OVBOT_PORT="seventy",
        OVBOT_ADMINS="@ana",
        OVBOT_OPENVIDU_CA_FILE="missing.pem",
        OVBOT_OPENVIDU_DIALECT="3.0",
        OVBOT_CAMERA_HOSTS="cam.test, rtsp://cam.test",
        OVBOT_BROADCAST_TARGETS="youtube=http://a.test/hunter2",
    )
    with pytest.raises(FaultError) as told:
        settings.read()
    sentence = told.value.sentence
    right = {"SLACK_APP_TOKEN", "OVBOT_OPENVIDU_SECRET"}
    given = {"OVBOT_PORT", "OVBOT_ADMINS", "OVBOT_OPENVIDU_CA_FILE", "OVBOT_OPENVIDU_DIALECT"}
    given |= {"OVBOT_CAMERA_HOSTS", "OVBOT_BROADCAST_TARGETS"}
    for name in GOOD.keys() | given - right:
        assert (f"{name} is not right" in sentence) == (name not in right)
    assert "hunter2" not in sentence
    assert "OVBOT_CAMERA_HOSTS is not right: “rtsp://cam.test” is no host" in sentence


@pytest.mark.parametrize(
    "content",
    [
        "",
        "hello",
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n",
    ],
    ids=["empty", "text", "a key", "no certificate", "cut off"],
)
def test_a_file_without_a_certificate_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(content)
    give(monkeypatch, OVBOT_OPENVIDU_CA_FILE=str(file))
    with pytest.raises(FaultError, match="OVBOT_OPENVIDU_CA_FILE is not right") as told:
        settings.read()
    assert "cannot be used" in told.value.sentence


def test_a_mode_must_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch)
    monkeypatch.delenv("SLACK_APP_TOKEN")
    with pytest.raises(FaultError, match="SLACK_APP_TOKEN or SLACK_SIGNING_SECRET is missing"):
        settings.read()
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s")
    assert not settings.read().socket_mode


def test_a_dotenv_file_is_read(tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in GOOD.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "OVBOT_ADMINS=U01ANA,U02BEN"]))
    assert settings.read().admins == ("U01ANA", "U02BEN")


def test_what_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch)
    assert settings.read().disable == ()
    give(monkeypatch, OVBOT_DISABLE="restart, node.*,camera")
    assert settings.read().disable == ("restart", "node.*", "camera")


def test_who_is_protected(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch)
    assert settings.read().protected == ()
    give(monkeypatch, OVBOT_PROTECTED="Dr. *, serverData.role=doctor")
    assert settings.read().protected == ("Dr. *", "serverData.role=doctor")
    give(monkeypatch, OVBOT_PROTECTED="role=doctor")
    with pytest.raises(FaultError, match="OVBOT_PROTECTED is not right: “role=doctor” protects"):
        settings.read()
