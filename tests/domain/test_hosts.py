"""An address has one host or none, and only hosts on the list are allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovbot.domain.hosts import host_of, hosts


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("rtsp://cam.test", "cam.test"),
        ("rtsp://cam.test:554/live?key=1&b=%40", "cam.test"),
        ("rtsp://admin:p%40ss%2F@Cam.TEST./live", "cam.test"),
        ("rtsp://@10.0.0.9/", "10.0.0.9"),
        ("ws://[2001:DB8::0:1]:8888/kurento", "2001:db8::1"),
        ("rtsp://[::ffff:10.0.0.1]/", "::ffff:a00:1"),
        ("rtsp://xn--bcher-kva.example/", "xn--bcher-kva.example"),
        ("rtsp://under_score.test/", "under_score.test"),
    ],
)
def test_a_plain_address_has_its_host(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://cam.test@evil.test@cam.test/",
        "rtsp://evil.test/@cam.test/",
        "rtsp://evil.test?@cam.test/",
        "rtsp://evil.test#@cam.test/",
        "rtsp://evil.test\\@cam.test/",
        "rtsp://cam.test\\.evil.test/",
        "rtsp://cam.test%2eevil.test/",
        "rtsp://cam.test:554@evil.test:80:90/",
        "rtsp://cam.test:70000/",
        "rtsp://cam.test:/",
        "rtsp://cam.test:５54/",
        "rtsp://cam。test/",
        "rtsp://ⓒam.test/",
        "rtsp://bücher.example/",
        "rtsp://cam.test\u200b/",
        "rtsp://cam .test/",
        "rtsp://cam.test\n.evil.test/",
        "rtsp://2130706433/",
        "rtsp://0x7f000001/",
        "rtsp://0x7f.1/",
        "rtsp://127.1/",
        "rtsp://0177.0.0.1/",
        "rtsp://127.0.0.0x1/",
        "rtsp://1.2.3.4.5/",
        "rtsp://[fe80::1%25eth0]/",
        "rtsp://[v1.x]/",
        "rtsp://[10.0.0.1]/",
        "rtsp://::1/",
        "rtsp://cam..test/",
        "rtsp://.cam.test/",
        "rtsp://-cam.test/",
        "rtsp:///path",
        "rtsp:cam.test",
        "cam.test",
        "",
    ],
)
def test_an_address_that_could_be_read_in_two_ways_has_none(address: str) -> None:
    assert host_of(address) is None


def test_a_list_allows_what_it_names() -> None:
    listed = hosts(("Cam.test.", "*.example.com", "10.1.0.0/16", "192.0.2.7", "2001:db8::/32"))
    for host in ("cam.test", "a.example.com", "a.b.example.com", "10.1.2.3", "192.0.2.7"):
        assert listed.allow(host), host
    assert listed.allow("2001:db8::9")
    for host in ("example.com", "badexample.com", "cam.test.evil", "10.2.0.1", "::ffff:10.1.2.3"):
        assert not listed.allow(host), host


def test_none_are_allowed_until_they_are_named() -> None:
    assert not hosts(()).allow("cam.test")
    assert hosts(("*",)).allow("cam.test")


INSIDE = [
    *("10.0.0.1", "172.16.9.9", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1", "fd00::1", "ff02::1"),
    *("::ffff:a00:1", "64:ff9b::a00:1", "2002:a00:1::", "::a00:1"),
    *("localhost", "nas", "cam.local", "x.localhost", "metadata.google.internal", "router.lan"),
]


@pytest.mark.parametrize("host", INSIDE)
def test_a_star_leads_into_no_private_network(host: str) -> None:
    assert not hosts(("*",)).allow(host)
    assert not hosts(("*", "*.example.com", "10.9.0.0/16")).allow(host)
    assert hosts(("*", host)).allow(host)


def test_a_star_is_all_of_the_internet() -> None:
    for host in ("cam.example.com", "9.9.9.9", "2606:4700::1", "xn--e1afmkfd.test"):
        assert hosts(("*",)).allow(host), host


@pytest.mark.parametrize(
    "entry",
    ["rtsp://cam.test", "cam.test:554", "cam.test/x", "*", "*.", "*.*.x", "1", "10.1", "a b"],
)
def test_what_is_no_host_is_refused_in_words(entry: str) -> None:
    if entry == "*":
        assert hosts((entry,)).any
        return
    with pytest.raises(ValueError, match="is no "):
        hosts((entry,))


@given(st.text(st.one_of(st.sampled_from("@:/?#[]\\.%*a1-"), st.characters()), max_size=40))
def test_whatever_is_written_leads_to_no_host_but_a_plain_one(text: str) -> None:
    host = host_of(f"rtsp://{text}")
    assert host is None or (host.isascii() and not set(host) & set("@/?#[]\\%* "))
