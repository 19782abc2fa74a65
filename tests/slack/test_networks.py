"""Proxies and certificates on the way to Slack: what they refuse has not reached it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trustme
from aiohttp import web

from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.errors import FaultError
from ovbot.slack.gateway import Gateway

NOTICE = Notice(channel="C1", key="k", reply=Reply(md("Hello")))
HOST = "slack.test"


class Proxy:
    """Passes everything on to one port, or ``refuses`` with a status."""

    def __init__(self, to: int) -> None:
        self._to = to
        self.refuses = 0
        self.silent = False
        self.asked: list[str] = []
        self._over = asyncio.Event()
        self._serving: set[asyncio.Task[None] | None] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            self._over.set()
            server.close()
            for task in self._serving:
                if task is not None:
                    await asyncio.wait([task])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._pass(reader, writer)
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split(b" ")[1].decode())
        if self.silent:
            await self._over.wait()
            return
        if self.refuses:
            writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % self.refuses)
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(_pipe(reader, back), _pipe(there, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Network:
    """A Slack with a certificate, and a proxy before it."""

    def __init__(self, folder: Path) -> None:
        self.authority = trustme.CA()
        self.file = folder / "authority.pem"
        self.authority.cert_pem.write_to_path(str(self.file))
        self.posted = 0

    @asynccontextmanager
    async def up(self, name: str = HOST) -> AsyncIterator[Proxy]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert(name).configure_cert(context)
        app = web.Application()
        app.router.add_post("/api/{method}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        self.port = int(runner.addresses[0][1])
        proxy = Proxy(self.port)
        try:
            async with proxy.listening() as self.proxy_url:
                yield proxy
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        self.posted += 1
        return web.json_response({"ok": True, "channel": "C1", "ts": "1.1"})


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@asynccontextmanager
async def gateway(url: str) -> AsyncIterator[Gateway]:
    made = Gateway("xoxb-1", url)
    try:
        yield made
    finally:
        await made.close()


async def refused(to: Gateway) -> ChatFailure:
    with pytest.raises(ChatFailure) as failed:
        await to.post(NOTICE, "id")
    return failed.value


@pytest.mark.parametrize("status", [403, 407, 500, 502, 503, 504])
async def test_a_proxy_that_refuses_has_let_nothing_through(
    network: Network, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async with network.up() as proxy, gateway(f"https://{HOST}/api/") as slack:
        monkeypatch.setenv("HTTPS_PROXY", network.proxy_url)
        proxy.refuses = status
        failure = await refused(slack)
        assert failure.kind is FailureKind.RETRY
        assert failure.reason == f"the proxy refused the connection (status {status})"
        proxy.refuses = 0
        assert (await slack.post(NOTICE, "id")).ts == "1.1"
        assert network.posted == 1
        assert set(proxy.asked) == {f"{HOST}:443"}


async def test_a_proxy_that_says_nothing_has_let_nothing_through(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ovbot.slack.wire._CONNECT", 0.5)
    async with network.up() as proxy, gateway(f"https://{HOST}/api/") as slack:
        monkeypatch.setenv("HTTPS_PROXY", network.proxy_url)
        proxy.silent = True
        assert (await refused(slack)).kind is FailureKind.RETRY


async def test_a_proxy_that_is_dead_is_called_so_and_no_proxy_passes_it_by(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with network.up("localhost"), gateway(f"https://localhost:{network.port}/api/") as slack:
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        failure = await refused(slack)
        assert (failure.kind, failure.reason) == (FailureKind.RETRY, "no connection to the proxy")
        monkeypatch.setenv("NO_PROXY", "localhost")
        assert (await slack.post(NOTICE, "id")).ts == "1.1"


@pytest.mark.parametrize("name", ["other.test", HOST])
async def test_a_certificate_that_is_not_trusted_is_called_so_with_what_to_do(
    network: Network, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    if name == HOST:  # the right name, of an authority that is not ours
        stranger = tmp_path / "stranger.pem"
        trustme.CA().cert_pem.write_to_path(str(stranger))
        monkeypatch.setenv("SSL_CERT_FILE", str(stranger))
    async with network.up(name), gateway(f"https://{HOST}/api/") as slack:
        monkeypatch.setenv("HTTPS_PROXY", network.proxy_url)
        failure = await refused(slack)
        assert failure.kind is FailureKind.RETRY
        assert failure.reason.startswith("certificate not trusted (")
        with pytest.raises(FaultError) as told:
            await slack.identify()
        assert "SSL_CERT_FILE" in told.value.next_step
    assert network.posted == 0
