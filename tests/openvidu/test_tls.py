"""Certificates: whom the client believes, and how it says that it does not."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from ovbot.openvidu import OpenVidu
from ovbot.openvidu.errors import Untrusted
from ovbot.openvidu.operations import OPERATIONS
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
