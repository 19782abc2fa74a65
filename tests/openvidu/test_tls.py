"""Certificates: whom the client believes, and how it says that it does not."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from ovbot.openvidu import OpenVidu
from ovbot.openvidu.errors import Untrusted
from tests.openvidu.harness import SECRET, listening

CONFIG = b'{"VERSION": "2.15.0"}'


@asynccontextmanager
async def https(certificate: trustme.LeafCert) -> AsyncIterator[tuple[str, list[bytes]]]:
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
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
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
            assert client.server.version == "2.15.0"
        assert heard


@pytest.mark.parametrize("trouble", ["stranger", "expired", "other-host", "system"])
async def test_a_certificate_that_is_not_believed(
    trouble: str, authority: trustme.CA, ca_file: Path
) -> None:
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
            for call in (client.sessions(), client.close_session("daily")):
                with pytest.raises(Untrusted) as caught:
                    await call
                assert words in caught.value.sentence
                assert caught.value.code.endswith(".untrusted")
                assert "CA file" in caught.value.next_step
        assert heard == []  # nothing was said to a server that is not believed


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
