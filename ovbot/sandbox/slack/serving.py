"""Running the workspace on a port."""

import asyncio
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import uvicorn

from ovbot.sandbox.slack.config import WorkspaceConfig
from ovbot.sandbox.slack.workspace import Workspace

_LAST_WORDS = 3


class _Server(uvicorn.Server):
    """uvicorn, without its signal handlers and with a word when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are the caller's business."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self._listening()


async def serve(
    config: WorkspaceConfig,
    *,
    ready: Callable[[str], None] | None = None,
    handle_signals: bool = True,
) -> None:
    """Serve until cancelled, or until SIGINT or SIGTERM if `handle_signals`.

    `ready` is called with the base URL once requests are answered; port 0 takes any free one.
    Raises ConfigError for a bad description, OSError when the port is taken.
    """
    workspace = Workspace(config)
    with _bound(config.host, config.port) as sock:
        host = f"[{config.host}]" if ":" in config.host else config.host
        workspace.base_url = f"http://{host}:{sock.getsockname()[1]}"

        def listening() -> None:
            if ready is not None:
                ready(workspace.base_url)

        server = _Server(
            uvicorn.Config(
                workspace.app,
                ws="websockets-sansio",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_LAST_WORDS,
            ),
            listening,
        )
        await workspace.start()
        stopping = asyncio.Event()
        running = asyncio.create_task(server.serve(sockets=[sock]))
        try:
            with _signals(stopping.set) if handle_signals else _nothing():
                await _first(running, stopping)
        finally:
            await workspace.stop()
            server.should_exit = True
            await asyncio.shield(running)


async def _first(running: asyncio.Task[None], stopping: asyncio.Event) -> None:
    """Until the server ends by itself or is asked to."""
    asked = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        with suppress(asyncio.CancelledError):
            await asked


@contextmanager
def _bound(host: str, port: int) -> Generator[socket.socket, None, None]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        yield sock


@contextmanager
def _signals(stop: Callable[[], None]) -> Generator[None, None, None]:
    loop = asyncio.get_running_loop()
    wanted = (signal.SIGINT, signal.SIGTERM)
    for one in wanted:
        loop.add_signal_handler(one, stop)
    try:
        yield
    finally:
        for one in wanted:
            loop.remove_signal_handler(one)


@contextmanager
def _nothing() -> Generator[None, None, None]:
    yield
