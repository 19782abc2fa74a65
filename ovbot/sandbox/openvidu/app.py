"""The ASGI application: the API with its request log and faults, and the control surface."""

from __future__ import annotations

import json
import socket
import struct
from collections import Counter, deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx

from ovbot.sandbox.openvidu.control.surface import CONTROL, control
from ovbot.sandbox.openvidu.faults import Broken, suffer
from ovbot.sandbox.openvidu.messages import Call, Reply

if TYPE_CHECKING:
    import asyncio

    from ovbot.sandbox.openvidu.simulator import Simulator

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
REMEMBERED = 10_000
MOST_REQUESTS = 100


@dataclass
class Asked:
    """One request to the API; ``status`` stays None while, or if, it got no answer."""

    method: str
    path: str
    query: str
    body: Any
    at: int
    operation: str | None
    status: int | None = None


class App:
    """An ASGI 3 application around one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self.requests: deque[Asked] = deque(maxlen=REMEMBERED)
        self.transports: dict[tuple[str, int], asyncio.Transport] = {}
        """Open connections by the client's address, where a real server listens."""
        self.served: Counter[tuple[str, int]] = Counter()
        """How many requests each of them has had."""

    def asked(self) -> list[dict[str, Any]]:
        return [asdict(each) for each in self.requests]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            # The signalling websocket is not simulated: people join by the control surface.
            await send({"type": "websocket.close", "code": 1000})
            return
        call = await _call(scope, receive)
        self._simulator.clock.run_due()
        if call.path.startswith(CONTROL):
            await _send(send, await control(self._simulator, call), call.method)
            return
        asked = self._log(call)
        try:
            reply = await self._reply(call, asked)
        except Broken as broken:
            await self._break(scope, receive, send, broken)
            return
        asked.status = reply.status
        await _send(send, self._last(scope, reply), call.method)

    def _last(self, scope: Scope, reply: Reply) -> Reply:
        """A connection ends with its hundredth request, as Tomcat's do."""
        client = (scope.get("client") or ("", 0))[:2]
        if client not in self.transports:
            return reply
        self.served[client] += 1
        if self.served[client] < MOST_REQUESTS:
            return reply
        return replace(reply, headers=(*reply.headers, ("Connection", "close")))

    async def _reply(self, call: Call, asked: Asked) -> Reply:
        simulator = self._simulator

        async def work() -> Reply:
            world, deaths = simulator.world, simulator.world.deaths
            reply = await simulator.api.answer(world, call)
            if world.deaths > deaths:
                raise Broken(reset=True)
            return reply

        fault = simulator.faults.take(asked.operation)
        return await work() if fault is None else await suffer(fault, work)

    def _log(self, call: Call) -> Asked:
        simulator = self._simulator
        asked = Asked(
            method=call.method,
            path=call.path,
            query=call.query,
            body=_readable(call.body),
            at=simulator.clock.millis(),
            operation=simulator.api.operation(call.method, call.path),
        )
        self.requests.append(asked)
        return asked

    async def _break(self, scope: Scope, receive: Receive, send: Send, broken: Broken) -> None:
        host, port = (scope.get("client") or ("", 0))[:2]
        transport = self.transports.get((host, port))
        if transport is None:
            # In process there is no connection to break: raise what a client would see.
            if broken.reset:
                raise httpx.ReadError("connection reset by peer")
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if broken.reply is not None:
            reply = broken.reply
            await send(_start(reply))
            half = reply.body[: len(reply.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            transport.close()
        else:
            if broken.reset:
                connection = transport.get_extra_info("socket")
                linger = struct.pack("ii", 1, 0)  # closing at once sends RST
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


async def _call(scope: Scope, receive: Receive) -> Call:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            break
    raw = scope.get("raw_path") or scope["path"].encode()
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Call(
        method=scope["method"],
        path=raw.decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=bytes(body),
        lines=len(scope["headers"]),
        head=sum(len(name) + len(value) + len(": \r\n") for name, value in scope["headers"]),
    )


def _readable(body: bytes) -> Any:
    """A body for the log: JSON if it is, text if not, None if there is none."""
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except ValueError:
        return text


def _start(reply: Reply) -> dict[str, Any]:
    return {
        "type": "http.response.start",
        "status": reply.status,
        "headers": reply.wire_headers(),
    }


async def _send(send: Send, reply: Reply, method: str) -> None:
    await send(_start(reply))
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    """Whoever makes the simulator starts and stops it; the server only has to be told yes."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
