"""Certificates: whom the client believes, and how it says that it does not."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest
import structlog
import trustme

from ovbot.openvidu import OpenVidu
from ovbot.openvidu import transport as transports
from ovbot.openvidu.certificates import digest_of
from ovbot.openvidu.errors import Unreachable, Untrusted
from ovbot.openvidu.operations import OPERATIONS
from ovbot.sandbox.openvidu.config import ProfileName
from tests.openvidu.harness import SECRET, listening
from tests.openvidu.invoke import INVOKE

CONFIG = b'{"VERSION": "2.32.2", "OPENVIDU_PRO_CLUSTER_ID": "c"}'


@asynccontextmanager
async def https(
    certificate: trustme.LeafCert, port: int = 0
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server with that certificate, and all that it hears once TLS is up."""
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(CONFIG) + CONFIG)
        await writer.drain()
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    server = await asyncio.start_server(answer, "127.0.0.1", port, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}", heard


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


async def test_a_certificate_of_the_given_authority(authority: trustme.CA, ca_file: Path) -> None:
    async with https(authority.issue_cert("localhost")) as (url, heard):
        async with OpenVidu(url, SECRET, ca_file=ca_file) as client:
            assert client.server is not None
            assert client.server.version == "2.32.2"
        assert heard


@dataclass
class Anybody:
    connection: str = "con_1"
    stream: str = "str_1"
    node: str = "media_1"
    file: str = "a.log"


@pytest.mark.parametrize("trouble", ["stranger", "expired", "other-host", "system"])
async def test_a_certificate_that_is_not_believed(
    trouble: str, authority: trustme.CA, ca_file: Path
) -> None:
    """For every operation, those of Pro and of 2.16+ too: first of all it is the server's."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate, words = {
        "stranger": (trustme.CA().issue_cert("localhost"), "certificate"),
        "expired": (authority.issue_cert("localhost", not_after=past), "expired"),
        "other-host": (authority.issue_cert("elsewhere.example"), "localhost"),
        "system": (authority.issue_cert("localhost"), "certificate"),
    }[trouble]
    trusted = None if trouble == "system" else ca_file
    async with https(certificate) as (url, heard):
        async with OpenVidu(url, SECRET, ca_file=trusted, dialect="api") as client:
            for name, invoke in INVOKE.items():
                with pytest.raises(Untrusted) as caught:
                    await invoke(client, Anybody())
                assert words in caught.value.sentence
                assert caught.value.code == f"{OPERATIONS[name].verb}.untrusted"
                assert caught.value.effect == "none"
                assert "CA file" in caught.value.next_step
        assert heard == []  # nothing was said to a server that is not believed


@pytest.mark.parametrize("trouble", ["stranger", "expired"])
@pytest.mark.parametrize("name", INVOKE)
async def test_a_certificate_that_goes_bad_under_way(
    name: str, trouble: str, authority: trustme.CA, ca_file: Path
) -> None:
    """The server was known, and the operation itself is what meets the certificate."""
    past = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificate = (
        authority.issue_cert("localhost", not_after=past)
        if trouble == "expired"
        else trustme.CA().issue_cert("localhost")
    )
    async with https(authority.issue_cert("localhost")) as (url, _):
        client = OpenVidu(url, SECRET, ca_file=ca_file)
        await client.probe()
    async with https(certificate, int(url.rpartition(":")[2])) as (_, heard):
        with pytest.raises(Untrusted) as caught:
            await INVOKE[name](client, Anybody())
        await client.aclose()
        assert caught.value.code == f"{OPERATIONS[name].verb}.untrusted"
        assert caught.value.effect == "none"
        assert heard == []


async def test_the_simulators_own_self_signed_certificate(tmp_path: Path) -> None:
    file = tmp_path / "openvidu.pem"
    async with (
        listening(tls=True, cert_file=file) as url,
        OpenVidu(url, SECRET, ca_file=file) as client,
    ):
        assert await client.sessions() == ()


async def test_a_ca_file_that_cannot_be_used(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("not a certificate")
    for file in (empty, tmp_path / "missing.pem"):
        with pytest.raises(ValueError, match=file.name):
            OpenVidu("https://localhost", SECRET, ca_file=file)


# ---- certificates that OpenVidu really shows ---------------------------------------------------

KINDS: Final = (("2.15", "proxy"), ("2.32", "proxy"), ("2.15", "inside"), ("2.32", "inside"))
REAL = pytest.mark.parametrize(("profile", "kind"), KINDS)


def digest_in(file: Path) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read_text())).hexdigest()


@REAL
@pytest.mark.parametrize("how", ["file", "digest", "both"])
@pytest.mark.parametrize("through", ["sockets", "httpx"])
async def test_a_real_servers_certificate_can_be_pinned(
    profile: ProfileName,
    kind: Literal["proxy", "inside"],
    how: str,
    through: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By name and by address; also by the client that goes through proxies."""
    monkeypatch.setattr(transports, "proxied", lambda _: through == "httpx")
    file = tmp_path / "openvidu.pem"
    async with listening(profile=profile, tls=True, cert_file=file, certificate=kind) as url:
        pins = (digest_in(file),) if how != "file" else ()
        ca_file = file if how != "digest" else None
        for address in (url, url.replace("127.0.0.1", "localhost")):
            async with OpenVidu(address, SECRET, ca_file=ca_file, pins=pins) as client:
                assert await client.sessions() == ()
                assert client.certificate is not None
                assert client.certificate.sha256 == digest_in(file)


@REAL
@pytest.mark.parametrize("through", ["sockets", "httpx"])
async def test_another_servers_certificate_is_not_believed_for_it(
    profile: ProfileName,
    kind: Literal["proxy", "inside"],
    through: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transports, "proxied", lambda _: through == "httpx")
    mine, theirs = tmp_path / "mine.pem", tmp_path / "theirs.pem"
    async with (
        listening(profile=profile, tls=True, cert_file=mine, certificate=kind),
        listening(profile=profile, tls=True, cert_file=theirs, certificate=kind) as url,
    ):
        for ca_file, pins in ((mine, ()), (None, (digest_in(mine),)), (mine, (digest_in(mine),))):
            async with OpenVidu(url, SECRET, ca_file=ca_file, pins=pins) as client:
                assert type(client.problem) is Untrusted
                assert client.certificate is None
                with pytest.raises(Untrusted):
                    await client.signal("daily", "hello")


async def test_a_pin_tells_nothing_to_another_server(authority: trustme.CA) -> None:
    async with https(authority.issue_cert("localhost")) as (url, heard):
        async with OpenVidu(url, SECRET, pins=("ab" * 32,)) as client:
            with pytest.raises(Untrusted, match="not the one that was given"):
                await client.sessions()
        assert heard == []


async def test_a_pinned_certificate_that_has_ended(tmp_path: Path) -> None:
    file = tmp_path / "openvidu.pem"
    async with listening(tls=True, cert_file=file, certificate="proxy", tls_days=-1) as url:
        for ca_file, pins in ((file, ()), (None, (digest_in(file),))):
            async with OpenVidu(url, SECRET, ca_file=ca_file, pins=pins) as client:
                with pytest.raises(Untrusted, match="come to its end"):
                    await client.sessions()


async def test_the_words_tell_the_name_from_the_trust(authority: trustme.CA, ca_file: Path) -> None:
    async with https(authority.issue_cert("elsewhere.example")) as (url, _):
        async with OpenVidu(url, SECRET, ca_file=ca_file) as client:
            with pytest.raises(Untrusted, match="another name"):
                await client.sessions()
        async with OpenVidu(url, SECRET) as client:
            with pytest.raises(Untrusted, match="not trusted"):
                await client.sessions()


@pytest.mark.parametrize(("days", "left"), [(400, None), (31, None), (20, 20), (1, 1)])
async def test_an_end_that_is_near_is_known_and_logged(
    days: int, left: int | None, tmp_path: Path
) -> None:
    file = tmp_path / "openvidu.pem"
    with structlog.testing.capture_logs() as logs:
        async with (
            listening(tls=True, cert_file=file, tls_days=days) as url,
            OpenVidu(url, SECRET, ca_file=file) as client,
        ):
            shown = client.certificate
            assert shown is not None
            assert not shown.pinned
            now = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
            found = shown.days_left(now)
            assert found is None if left is None else found in (left - 1, left)
    told = [line["days"] for line in logs if line["event"] == "openvidu.certificate_ends"]
    assert told == ([] if left is None else [found])


async def test_a_server_that_gets_another_certificate_of_the_file_goes_on(
    authority: trustme.CA, tmp_path: Path
) -> None:
    """First one that only its file vouches for, then one that its authority has signed."""
    odd = authority.issue_cert("elsewhere.example")
    both = tmp_path / "both.pem"
    odd.cert_chain_pems[0].write_to_path(both)
    authority.cert_pem.write_to_path(both, append=True)
    async with https(odd) as (url, heard):
        client = OpenVidu(url, SECRET, ca_file=both)
        assert (await client.probe()).version == "2.32.2"
        first = client.certificate
    async with https(authority.issue_cert("localhost"), int(url.rpartition(":")[2])):
        assert (await client.probe()).version == "2.32.2"
        second = client.certificate
    assert [shown is not None and shown.pinned for shown in (first, second)] == [True, False]
    await client.aclose()
    assert heard


@pytest.mark.parametrize("written", ["AB:" * 31 + "AB", "sha256 Fingerprint=" + "ab" * 32])
def test_a_digest_as_people_copy_it(written: str) -> None:
    assert digest_of(written) == "ab" * 32
    for wrong in ("", "ab" * 31, "ab" * 33, "xy" * 32, "sha1=" + "ab" * 20):
        with pytest.raises(ValueError, match="64 hexadecimal digits"):
            digest_of(wrong)


async def test_https_at_a_port_that_does_http_is_called_so() -> None:
    async with listening() as url, OpenVidu(url.replace("http:", "https:"), SECRET) as client:
        with pytest.raises(Unreachable, match="does not speak https at that port"):
            await client.sessions()
