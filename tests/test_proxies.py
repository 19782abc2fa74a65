"""Which proxy a request goes through, by what the environment says."""

from urllib.request import proxy_bypass

import pytest

from ovbot.proxies import proxy_for, spare_this_machine

SLACK, SOCKET = "https://slack.com/api/", "wss://wss-primary.slack.com/link/?ticket=1"
PROXY = "http://proxy.example.com:3128"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_slack_and_its_socket_go_through_the_proxy(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, PROXY)
    assert proxy_for(SLACK) == proxy_for(SOCKET) == PROXY


def test_without_one_they_go_straight_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert proxy_for(SLACK) is None
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    assert proxy_for(SLACK) is None
    assert proxy_for("http://slack.example.com/") == PROXY


@pytest.mark.parametrize(
    "exempt",
    ["*", "slack.com", ".slack.com", "example.com, slack.com", "slack.com:443", "SLACK.com"],
)
def test_no_proxy_is_obeyed(monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_for("https://slack.com:443/api/") is None


@pytest.mark.parametrize("exempt", ["", "example.com", "ack.com", "notslack.com", "10.0.0.0/8"])
def test_no_proxy_is_not_more_than_it_says(monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_for(SLACK) == PROXY


@pytest.mark.parametrize("exempt", ["10.0.0.0/8", "10.1.2.3", "fd00::/8,10.1.0.0/16"])
def test_a_network_is_exempt_as_a_whole(monkeypatch: pytest.MonkeyPatch, exempt: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", exempt)
    assert proxy_for("http://10.1.2.3:8090/api/") is None
    assert proxy_for("http://192.0.2.1/") == PROXY


@pytest.mark.parametrize("before", ["", "slack.com"])
def test_this_machine_can_be_spared(monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    monkeypatch.setenv("NO_PROXY", before)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    spare_this_machine()
    assert proxy_bypass("127.0.0.1")
    assert proxy_bypass("localhost")
    assert bool(proxy_bypass("slack.com")) is bool(before)
    assert proxy_for("http://127.0.0.1:8090/api/") is None
    assert proxy_for("https://api.example.com/") == PROXY


def test_a_proxy_may_be_named_without_its_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.com:3128")
    assert proxy_for(SLACK) == PROXY
