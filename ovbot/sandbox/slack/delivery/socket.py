"""Socket Mode, the workspace's side.

From the platform's documentation, "Using Socket Mode".
"""

import asyncio
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.websockets import WebSocket, WebSocketDisconnect

from ovbot.sandbox.slack.changes import Changes
from ovbot.sandbox.slack.delivery.envelope import Envelope, Receipt
from ovbot.sandbox.slack.dropping import SCOPE_KEY
from ovbot.sandbox.slack.faults import Faults
from ovbot.sandbox.slack.ids import opaque
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.traffic import TrafficLog

MOST_SOCKETS = 10
LARGEST_ACK = 20_000
"""Bytes of a frame; larger ones are dropped without a word (slack-go/slack 1196)."""
_DEBUG_LIFE = 360.0
_GRACE = 10.0
_GOING_AWAY = 1001
_BROKEN = 1011


@dataclass(eq=False)
class _Socket:
    websocket: WebSocket
    name: str
    waiting: dict[str, asyncio.Future[Json]] = field(default_factory=dict)

    async def send(self, frame: Json) -> None:
        await self.websocket.send_text(json.dumps(frame))

    async def close(self, code: int = 1000) -> None:
        # The client may have gone a moment ago.
        with suppress(RuntimeError, WebSocketDisconnect):
            await self.websocket.close(code)

    async def cut(self) -> None:
        transport = self.websocket.scope.get(SCOPE_KEY)
        if isinstance(transport, asyncio.Transport):
            transport.abort()
        else:
            await self.close(_BROKEN)


@dataclass
class SocketDelivery:
    """The bot's open sockets. Each envelope goes to any one of them, and to one only."""

    app_id: str
    ack_seconds: float
    traffic: TrafficLog
    changes: Changes
    faults: Faults
    _tickets: set[str] = field(default_factory=set)
    _sockets: list[_Socket] = field(default_factory=list)

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return len(self._sockets)

    def ticket(self) -> str:
        """The path and query of a socket address that works once."""
        ticket = opaque("", 32)
        self._tickets.add(ticket)
        return f"/link/?ticket={ticket}&app_id={self.app_id}"

    async def start(self) -> None:
        """Nothing to do: the bot comes."""

    async def stop(self) -> None:
        """Close every socket."""
        for socket in list(self._sockets):
            await socket.close(_GOING_AWAY)

    async def serve(self, websocket: WebSocket) -> None:
        """One connection, from its opening to its end."""
        ticket = websocket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            # Before it is accepted, closing refuses the handshake with 403.
            await websocket.close()
            return
        self._tickets.discard(ticket)
        await websocket.accept()
        socket = _Socket(websocket, opaque("", 6))
        if len(self._sockets) >= MOST_SOCKETS:
            await self._disconnect(socket, "too_many_websockets")
            await socket.close()
            return
        self._sockets.append(socket)
        self.changes.tell("state")
        try:
            await socket.send(self._hello(len(self._sockets)))
            debug = websocket.query_params.get("debug_reconnects") == "true"
            await self._live(socket, _DEBUG_LIFE if debug else None)
        except WebSocketDisconnect:
            pass
        finally:
            self._forget(socket)

    async def _live(self, socket: _Socket, life: float | None) -> None:
        try:
            async with asyncio.timeout(life):
                while True:
                    self._receive(socket, await socket.websocket.receive_text())
        except TimeoutError:
            await self._disconnect(socket, "refresh_requested")
            await socket.close()

    def _receive(self, socket: _Socket, text: str) -> None:
        if (size := len(text.encode())) >= LARGEST_ACK:
            self.traffic.record("from_bot", "socket", f"dropped: {size} bytes", request=text)
            return
        try:
            frame = json.loads(text)
        except json.JSONDecodeError:
            frame = None
        envelope_id = frame.get("envelope_id") if isinstance(frame, dict) else None
        waiting = socket.waiting.pop(str(envelope_id), None)
        if waiting is None or waiting.done():
            self.traffic.record("from_bot", "socket", "ack too late or unknown", request=text)
            return
        waiting.set_result(frame)

    async def deliver(self, envelope: Envelope) -> Receipt:
        """Send to any one socket and wait for its acknowledgement."""
        began = time.perf_counter()
        fault = self.faults.take(envelope.kind, wildcard=False)
        if fault is not None and fault.delay:
            await asyncio.sleep(fault.delay)
        if not self._sockets or (fault is not None and fault.drop):
            return self._receipt(envelope, None, began, "connection_failed")
        socket = random.choice(self._sockets)
        name = opaque("", 8).lower()
        answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        socket.waiting[name] = answer
        try:
            async with asyncio.timeout(self.ack_seconds):
                await socket.send(_frame(name, envelope))
                frame = await answer
                if fault is not None and fault.lose_answer:
                    return self._receipt(envelope, None, began, "http_timeout")
                return self._receipt(envelope, frame, began, "")
        except TimeoutError:
            return self._receipt(envelope, None, began, "http_timeout")
        except (WebSocketDisconnect, RuntimeError):
            # RuntimeError is how the websocket says that it was closed under our hands.
            return self._receipt(envelope, None, began, "connection_failed")
        finally:
            socket.waiting.pop(name, None)

    def _receipt(
        self, envelope: Envelope, frame: Json | None, began: float, reason: str
    ) -> Receipt:
        body = frame.get("payload") if frame is not None and envelope.accepts_payload else None
        receipt = Receipt(
            frame is not None,
            (time.perf_counter() - began) * 1000,
            200 if frame is not None else None,
            body,
            reason,
        )
        self.traffic.record(
            "to_bot",
            envelope.kind,
            envelope.summary,
            request=envelope.payload,
            response=frame if frame is not None else reason,
            status=receipt.status,
            began=began,
        )
        return receipt

    async def ask_to_leave(self, reason: str) -> None:
        """Send every socket a ``disconnect`` frame, then close those that stay."""
        leaving = list(self._sockets)
        for socket in leaving:
            await self._disconnect(socket, reason)
        try:
            async with asyncio.timeout(_GRACE):
                await self._gone(leaving)
        except TimeoutError:
            for socket in leaving:
                await socket.close()

    async def cut(self) -> None:
        """Break every connection without a word."""
        for socket in list(self._sockets):
            await socket.cut()

    async def _gone(self, leaving: list[_Socket]) -> None:
        with self.changes.watch() as queue:
            while any(socket in self._sockets for socket in leaving):
                if await queue.get() is None:
                    return

    async def _disconnect(self, socket: _Socket, reason: str) -> None:
        frame = {"type": "disconnect", "reason": reason, "debug_info": _debug()}
        self.traffic.record("to_bot", "socket", f"disconnect {reason}", request=frame)
        await socket.send(frame)

    def _hello(self, count: int) -> Json:
        frame: Json = {
            "type": "hello",
            "num_connections": count,
            "connection_info": {"app_id": self.app_id},
            "debug_info": _debug() | {"approximate_connection_time": 18060},
        }
        self.traffic.record("to_bot", "socket", f"hello ({count} connected)", request=frame)
        return frame

    def _forget(self, socket: _Socket) -> None:
        if socket in self._sockets:
            self._sockets.remove(socket)
        for waiting in socket.waiting.values():
            if not waiting.done():
                waiting.set_exception(WebSocketDisconnect(1006))
        self.traffic.record("from_bot", "socket", f"closed ({len(self._sockets)} connected)")
        self.changes.tell("state")


def _debug() -> Json:
    return {"host": "sandbox", "build_number": 1}


def _frame(name: str, envelope: Envelope) -> Json:
    frame: Json = {
        "envelope_id": name,
        "type": envelope.kind,
        "accepts_response_payload": envelope.accepts_payload,
        "payload": envelope.payload,
    }
    if envelope.kind == "events_api":
        frame |= {"retry_attempt": envelope.attempt, "retry_reason": envelope.reason}
    return frame
