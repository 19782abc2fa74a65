"""The simulator behind a port."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ovbot.lean import make_whole
from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.simulator import Simulator


class _Server(uvicorn.Server):
    """Says when it listens, and leaves the signals to whoever runs the event loop."""

    def __init__(self, config: uvicorn.Config, listens: Callable[[], None]) -> None:
        super().__init__(config)
        self._listens = listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listens()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    config: SimulatorConfig,
    *,
    ready: Callable[[str], None] | None = None,
    handle_signals: bool = True,
) -> None:
    """Listen until cancelled, or until SIGTERM or SIGINT; ``ready`` hears the base URL.

    Raises ``OSError`` if the address cannot be had. ``handle_signals`` False leaves signals to
    the caller.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only where it sees it.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((config.host, config.port))
        simulator = Simulator(replace(config, port=listening.getsockname()[1]))
        await simulator.start()
        try:
            with tempfile.TemporaryDirectory() as place:
                server_config = _uvicorn_config(simulator, Path(place))
                await _listen(simulator, server_config, listening, ready, handle_signals)
        finally:
            await simulator.stop()


async def _listen(
    simulator: Simulator,
    server_config: uvicorn.Config,
    listening: socket.socket,
    ready: Callable[[str], None] | None,
    handle_signals: bool,
) -> None:
    def listens() -> None:
        if ready is not None:
            ready(_base_url(simulator.config))

    server = _Server(server_config, listens)
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.should_exit = True

    handled = (signal.SIGTERM, signal.SIGINT) if handle_signals else ()
    for each in handled:
        loop.add_signal_handler(each, end)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await asyncio.shield(serving)
    except asyncio.CancelledError:
        end()
        await serving
        raise
    finally:
        for each in handled:
            loop.remove_signal_handler(each)


def _uvicorn_config(simulator: Simulator, place: Path) -> uvicorn.Config:
    transports, served = simulator.app.transports, simulator.app.served

    class Protocol(HttpToolsProtocol):
        """Knows its connections, so that a fault can break one."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._peer: tuple[str, int] = transport.get_extra_info("peername")[:2]
            transports[self._peer] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            transports.pop(self._peer, None)
            served.pop(self._peer, None)
            super().connection_lost(exc)

    certificate, key = _certificate(simulator.config, place)
    make_whole("uvicorn")  # in the demo ovbot has imported parts of it
    return uvicorn.Config(
        simulator.app,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        http=Protocol,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=5,
    )


def _certificate(config: SimulatorConfig, place: Path) -> tuple[Path | None, Path | None]:
    """Make a certificate if there is to be TLS; the key goes no further than ``place``."""
    if not config.tls:
        return None, None
    from ovbot.sandbox.openvidu.certificate import certificate_of  # slow to import, seldom needed

    certificate, key = certificate_of(config)
    files = place / "certificate.pem", place / "key.pem"
    for file, text in zip(files, (certificate, key), strict=True):
        file.write_text(text)
    if config.cert_file is not None:
        config.cert_file.write_text(certificate)
    return files


def _base_url(config: SimulatorConfig) -> str:
    host = f"[{config.host}]" if ":" in config.host else config.host
    return f"{'https' if config.tls else 'http'}://{host}:{config.port}"
