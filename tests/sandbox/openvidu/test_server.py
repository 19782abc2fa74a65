"""The simulator behind a real port: TLS, broken connections, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from ovbot.sandbox.openvidu import SimulatorConfig, serve
from ovbot.sandbox.openvidu.certificate import certificate_of

AUTH = ("OPENVIDUAPP", "MY_SECRET")
SESSIONS = "/openvidu/api/sessions"


@asynccontextmanager
async def served(**settings: Any) -> AsyncIterator[str]:
    """The base URL of a simulator that listens."""
    listening = asyncio.Event()
    where: list[str] = []

    def ready(base_url: str) -> None:
        where.append(base_url)
        listening.set()

    task = asyncio.create_task(
        serve(SimulatorConfig(port=0, **settings), ready=ready, handle_signals=False)
    )
    task.add_done_callback(lambda _: listening.set())
    try:
        await listening.wait()
        if not where:
            await task
        yield where[0]
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def client(base_url: str, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=base_url, auth=AUTH, trust_env=False, **options) as found:
        yield found


async def test_any_free_port_and_the_address_it_became() -> None:
    async with served() as url, client(url) as on:
        await on.post(SESSIONS, json={"customSessionId": "room"})
        answer = await on.get(f"{SESSIONS}/room")
        assert answer.status_code == 200
        config = (await on.get("/openvidu/api/config")).json()
        assert config["OPENVIDU_PUBLICURL"] == url
        joined = await on.post("/_control/sessions/room/join", json={"publish": "camera"})
        assert joined.status_code == 200
        await on.post("/openvidu/api/recordings/start", json={"session": "room"})
        stopped = (await on.post("/openvidu/api/recordings/stop/room")).json()
        film = await on.get(stopped["url"], headers={"Range": "bytes=4-7"})
        assert (film.status_code, film.content) == (206, b"ftyp")


async def test_it_listens_nowhere_else() -> None:
    async with served() as url:
        assert url.startswith("http://127.0.0.1:")
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match=r"refused|unreachable|Errno"):
            await asyncio.open_connection("127.0.0.2", port)


async def test_a_port_that_is_taken() -> None:
    async with served() as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            await serve(SimulatorConfig(port=port))


@pytest.mark.parametrize(
    ("kind", "error", "happened"),
    [
        ("drop-before", httpx.RemoteProtocolError, 0),
        ("drop-after", httpx.RemoteProtocolError, 1),
        ("reset-before", httpx.ReadError, 0),
        ("reset-after", httpx.ReadError, 1),
        ("truncate", httpx.RemoteProtocolError, 1),
    ],
)
async def test_connections_really_break(
    kind: str, error: type[httpx.TransportError], happened: int
) -> None:
    async with served() as url, client(url) as on:
        fault = {"operation": "createSession", "fault": kind}
        assert (await on.post("/_control/faults", json=fault)).status_code == 200
        with pytest.raises(error):
            await on.post(SESSIONS, json={"customSessionId": "room"})
        listed = (await on.get(SESSIONS)).json()
        assert listed["numberOfElements"] == happened


async def test_webhooks_really_arrive() -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.partition(b":")[2])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                heard.put_nowait(await reader.readexactly(length))
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    receiver = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with receiver:
        port = receiver.sockets[0].getsockname()[1]
        async with served(webhook=f"http://127.0.0.1:{port}/") as url, client(url) as on:
            await on.post("/_control/sessions/room/join", json={"clientData": "Mike"})
            created, joined = json.loads(await heard.get()), json.loads(await heard.get())
    assert (created["event"], joined["clientData"]) == ("sessionCreated", "Mike")


async def test_tls_with_a_certificate_that_can_be_trusted(tmp_path: Path) -> None:
    file = tmp_path / "openvidu.pem"
    async with served(tls=True, cert_file=file) as url:
        assert url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(file))
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT
        for name in ("127.0.0.1", "localhost"):
            async with client(url.replace("127.0.0.1", name), verify=trusting) as on:
                assert (await on.get(SESSIONS)).status_code == 200
        async with client(url) as on:
            with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
                await on.get(SESSIONS)
    assert "PRIVATE" not in file.read_text()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [({"tls_days": -1}, "expired"), ({"tls_names": ("ov.example.com",)}, "match|mismatch")],
)
async def test_certificates_that_are_wrong_on_purpose(
    tmp_path: Path, settings: dict[str, Any], complaint: str
) -> None:
    file = tmp_path / "openvidu.pem"
    async with served(tls=True, cert_file=file, **settings) as url:
        trusting = ssl.create_default_context(cafile=str(file))
        async with client(url, verify=trusting) as on:
            with pytest.raises(httpx.ConnectError, match=complaint):
                await on.get(SESSIONS)


def test_every_certificate_is_another_one() -> None:
    first, second = certificate_of(SimulatorConfig()), certificate_of(SimulatorConfig())
    assert first[0] != second[0]
    assert first[1] != second[1]


@pytest.mark.parametrize(
    ("profile", "kind", "name", "names"),
    [
        ("2.15", "proxy", "ov.example.com", None),
        ("2.32", "proxy", "ov.example.com", None),
        ("2.15", "inside", None, None),
        ("2.31", "inside", None, None),
        ("2.32", "inside", "localhost", ["localhost", "127.0.0.1"]),
    ],
)
async def test_what_deployments_really_show_can_only_be_pinned(
    tmp_path: Path, profile: Any, kind: Any, name: str | None, names: list[str] | None
) -> None:
    file = tmp_path / "openvidu.pem"
    settings = {"profile": profile, "certificate": kind, "tls_names": ("ov.example.com",)}
    async with served(tls=True, cert_file=file, **settings) as url:
        found = x509.load_pem_x509_certificate(file.read_bytes())
        common = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        assert [each.value for each in common] == ([name] if name else [])
        if names is None:
            with pytest.raises(x509.ExtensionNotFound):
                found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        else:
            told = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            assert [str(each.value) for each in told] == names
            assert found.issuer != found.subject
        if kind == "inside" and profile != "2.32":
            assert found.not_valid_after_utc.date().isoformat() == "2027-05-28"
        trusting = ssl.create_default_context(cafile=str(file))
        trusting.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN  # Python 3.13 pins a leaf by it
        async with client(url, verify=trusting) as on:
            with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
                await on.get(SESSIONS)
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        shown = ssl.PEM_cert_to_DER_cert(
            await asyncio.to_thread(ssl.get_server_certificate, address)
        )
        assert shown == ssl.PEM_cert_to_DER_cert(file.read_text())


SCRIPT = """
import asyncio
from ovbot.sandbox.openvidu import SimulatorConfig, serve

asyncio.run(serve(SimulatorConfig(port=0), ready=lambda url: print(url, flush=True)))
"""


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_quietly(end: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SCRIPT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().strip()
        async with client(url) as on:
            assert (await on.get(SESSIONS)).status_code == 200
        process.send_signal(end)
        _, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    assert complaints == b""


async def test_a_connection_ends_with_its_hundredth_request() -> None:
    async with served() as url, client(url) as on:
        answers = [(await on.get(SESSIONS)).headers.get("connection") for _ in range(101)]
    assert answers == [None] * 99 + ["close"] + [None]
