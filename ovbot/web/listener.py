"""The port that the web application is served on."""

import asyncio
import contextlib
import functools
import socket
from collections.abc import Callable, Iterator

from starlette.types import ASGIApp

from ovbot.errors import FaultError
from ovbot.logs import Sparingly
from ovbot.web.guard import Guard, Limits
from ovbot.web.protocol import guarded
from ovbot.web.uvicorn_parts import Config, Server

KEEP_ALIVE_SECONDS = 75
"""OpenVidu keeps its connection for thirty seconds between events, and load balancers theirs for
sixty; ours must not end first."""
_LAST_WORDS_SECONDS = 5
_BACKLOG = 2048
"""Connections that the kernel keeps until they are taken."""
_UNREAD = 32 * 1024
"""Bytes of a connection that the kernel keeps for us: as many come at once, of each of them."""
_AT_ONCE = 16
"""Connections that are taken before others have their turn again."""
_PAUSE_SECONDS = 0.2
_told = Sparingly()


class _Acceptor:
    """Takes connections a few at a time, so that a thousand at once keep nobody waiting.

    The loop's own server takes all that knock before anything else is done, and what uvicorn
    makes for each of them takes as long as a small command.
    """

    def __init__(self, taken: socket.socket, make: Callable[[], asyncio.Protocol]) -> None:
        self._taken, self._make = taken, make
        self._loop = asyncio.get_running_loop()
        self._opening: set[asyncio.Task[object]] = set()
        taken.setblocking(False)
        taken.listen(_BACKLOG)
        self._loop.add_reader(taken, self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, _ = self._taken.accept()
            except (BlockingIOError, ConnectionAbortedError, InterruptedError):
                return
            except OSError as error:  # no file descriptor, no memory: others have to end first
                _told("listener.cannot_accept", error=error.strerror or "")
                self._loop.remove_reader(self._taken)
                self._loop.call_later(_PAUSE_SECONDS, self._go_on)
                return
            connection.setblocking(False)
            opening = self._loop.create_task(self._open(connection))
            self._opening.add(opening)
            opening.add_done_callback(self._opening.discard)

    async def _open(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make, connection)
        except OSError:  # it has ended meanwhile
            connection.close()

    def _go_on(self) -> None:
        if self._taken.fileno() >= 0:
            self._loop.add_reader(self._taken, self._accept)

    def close(self) -> None:
        """Take no more."""
        if self._taken.fileno() >= 0:
            self._loop.remove_reader(self._taken)

    async def wait_closed(self) -> None:
        """Return when those that were taken are open, so that somebody ends them."""
        if self._opening:
            await asyncio.wait(self._opening)


class _Server(Server):
    """uvicorn without its signal handlers, and with a word when it listens."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup([])
        make = functools.partial(
            self.config.http_protocol_class,  # type: ignore[call-arg]  # see `guarded`
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        acceptors = [_Acceptor(taken, make) for taken in sockets or ()]
        self.servers = acceptors  # type: ignore[assignment]  # it closes them, and no more
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the wiring's business."""
        yield


class Listener:
    """uvicorn in a running loop, on a port that is bound before anything else starts."""

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        *,
        limits: Limits | None = None,
        keep_alive: int = KEEP_ALIVE_SECONDS,
    ) -> None:
        self._host, self._port = host, port
        self._guard = Guard(limits or Limits())
        self._ended = asyncio.Event()
        self._socket: socket.socket | None = None
        self._server = _Server(
            Config(
                app,
                http=guarded(self._guard),  # type: ignore[arg-type]  # a function that makes one
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # nothing here asks who the client is behind a proxy
                timeout_keep_alive=keep_alive,
                timeout_graceful_shutdown=_LAST_WORDS_SECONDS,
            )
        )

    def bind(self) -> None:
        """Take the port; raises FaultError when it is not to be had."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # The protocol is named because asyncio sets TCP_NODELAY only where it sees it.
        taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UNREAD)
        try:
            taken.bind((self._host, self._port))
        except OSError as error:
            taken.close()
            raise FaultError(
                f"ovbot cannot listen on {self._host}:{self._port} ({error.strerror}).",
                "Choose another with OVBOT_HOST and OVBOT_PORT.",
                code="listen",
            ) from error
        self._socket = taken

    def unbind(self) -> None:
        """Give the port back."""
        if self._socket is not None:
            self._socket.close()

    @property
    def url(self) -> str:
        """Where it listens; the real port also when 0 was asked for."""
        if self._socket is None:
            raise RuntimeError("not bound yet")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._socket.getsockname()[1]}"

    async def run(self) -> None:
        """Serve until ``stop``."""
        if self._socket is None:
            raise RuntimeError("not bound yet")
        guard = asyncio.create_task(self._guard.run())
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            guard.cancel()
            self._ended.set()

    async def listening(self) -> None:
        """Return once requests are answered."""
        await self._server.listening.wait()

    def stop(self) -> None:
        """Take no new request and finish those that are under way."""
        self._server.should_exit = True

    async def ended(self, seconds: float) -> None:
        """Return when the last answer is given, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ended.wait()
