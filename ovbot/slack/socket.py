"""Socket Mode: Slack's payloads over a socket that we open, for hosts without a public address.

An address is good for one handshake, so every try asks for a new one; Slack's own client knocks at
the same one for ever. Source: docs.slack.dev, "Using Socket Mode", apps.connections.open.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp

from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.errors import FaultError
from ovbot.slack import failures, refusals
from ovbot.slack.hearing import hear
from ovbot.slack.wire import Wire, through_proxy

log = structlog.get_logger(__name__)

_HEARTBEAT = 20.0
"""Seconds between pings; a socket that does not answer one within half of that is dead."""
_GREETING = 20.0
"""Seconds for the handshake, and again for Slack's hello."""
_FIRST_PAUSE, _LAST_PAUSE = 0.5, 30.0
_LASTING = 10.0
"""Seconds after which a socket was a good one. Sockets that are closed sooner, one after another,
are opened ever more slowly: Slack limits how often an app may ask for one."""
_LAST_PAUSE_BETWEEN_SHORT = 8.0
_LAST_WORDS = 2.5
"""Seconds for what came in before the stop to be acknowledged."""
_LARGEST_ACK = 19_000
"""Bytes: Slack drops an acknowledgement of about twenty thousand without a word."""

_OFF = (
    "Switch Socket Mode on in the app's settings, or use HTTP mode: SLACK_SIGNING_SECRET without "
)
_OFF += "SLACK_APP_TOKEN."
_BLOCKED = (
    "Slack's API answers, so something between here and Slack may block WebSockets (wss, port "
    "443): let them through, or use HTTP mode (SLACK_SIGNING_SECRET without SLACK_APP_TOKEN)."
)

_OF_THE_APP = {"missing_scope", "no_permission", "socket_mode_not_enabled", "forbidden_team"}
"""What Slack says of an app that may have no socket; words that nobody knows may pass."""
_CLOSED = "the socket was closed as soon as it was opened"
_ENDS = {
    "link_disabled": "Socket Mode was switched off (link_disabled)",
    "too_many_websockets": "the app has too many sockets (too_many_websockets)",
}
"""By Slack's reasons to disconnect, where another socket fares no better."""
_END_ADVICE = {
    _ENDS["link_disabled"]: _OFF,
    _ENDS["too_many_websockets"]: (
        "Slack lets an app have ten: stop other processes that use this app's SLACK_APP_TOKEN."
    ),
    _CLOSED: "Slack, or something between here and Slack, closes it; ovbot goes on trying.",
}


class Socket:
    """The one socket of this process. ``run`` it as a task.

    Slack gives each payload to any one of an app's sockets, so one that is not ours swallows
    commands. ``own`` tells how many may be ours; ``ghosts`` hears once when Slack counts more, with
    both numbers.
    """

    def __init__(
        self,
        bolt: AsyncApp,
        wire: Wire,
        app_token: SecretStr,
        *,
        own: Callable[[], Awaitable[int]],
        ghosts: Callable[[int, int], Awaitable[None]],
    ) -> None:
        self._bolt = bolt
        self._wire = wire
        self._app_token = app_token
        self._own = own
        self._ghosts = ghosts
        self._greeted = self._told = False
        self._links: set[_Link] = set()
        self._opened = asyncio.Event()
        self._closing = False
        self.trouble = ""
        """Why there is no socket, in words; "" while there is one."""

    async def run(self) -> None:
        """Keep a socket open until ``close``; raises FaultError with words when Slack lets us
        have none from the start."""
        pause = _FIRST_PAUSE
        async with asyncio.TaskGroup() as serving:
            while not self._closing:
                try:
                    link = await self._connect()
                except ChatFailure as failure:
                    self._failed(failure)
                    await asyncio.sleep(max(pause, failure.retry_after))
                    pause = min(2 * pause, _LAST_PAUSE)
                    continue
                serving.create_task(self._serve(link), name="socket")
                await link.leaving.wait()
                if self._closing or link.has_lasted:
                    pause = _FIRST_PAUSE
                    continue
                if link.end:
                    self._failed(ChatFailure(FailureKind.RETRY, link.end))
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LAST_PAUSE_BETWEEN_SHORT)

    async def opened(self) -> None:
        """Return once the first socket is there."""
        await self._opened.wait()

    @property
    def connected(self) -> bool:
        """Whether payloads can arrive now."""
        return any(link.greeted and not link.socket.closed for link in self._links)

    async def close(self) -> None:
        """Take no more payloads; what has come in is acknowledged first."""
        self._closing = True
        handling = [task for link in self._links for task in link.handling]
        if handling:
            await asyncio.wait(handling, timeout=_LAST_WORDS)
        for link in list(self._links):
            link.leaving.set()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(link.socket.close(), 1.0)

    async def _connect(self) -> "_Link":
        """One address, one handshake; raises ChatFailure for what passes."""
        url = await self._address()
        try:
            async with asyncio.timeout(_GREETING):
                socket = await self._wire.session.ws_connect(
                    url, heartbeat=_HEARTBEAT, **through_proxy(url)
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            status = getattr(error, "status", None)
            why = f"status {status}" if status else failures.of_error(error).reason
            raise ChatFailure(FailureKind.RETRY, f"the socket was not opened ({why})") from error
        link = _Link(socket)
        self._links.add(link)
        return link

    async def _address(self) -> str:
        token = self._app_token.get_secret_value()
        try:
            said = await self._wire.call("apps.connections.open", app_token=token)
        except ChatFailure as failure:
            if self._opened.is_set() or not _is_final(failure):
                raise
            raise _refused(failure.reason) from failure
        url = said.get("url")
        if not isinstance(url, str) or not url.startswith(("wss://", "ws://")):
            raise ChatFailure(FailureKind.RETRY, "odd answer (no address in it)")
        return url

    def _failed(self, failure: ChatFailure) -> None:
        if failure.reason != self.trouble:
            self.trouble = failure.reason
            advice = failures.network_advice(failure.reason)
            if failure.reason in _END_ADVICE:
                advice = _END_ADVICE[failure.reason]
            elif "socket" in failure.reason:
                advice = _BLOCKED
            elif _is_final(failure) or failure.kind is FailureKind.DEAD:
                advice = _refused(failure.reason).next_step
            log.error("socket.failed", why=failure.reason, advice=advice)

    async def _serve(self, link: "_Link") -> None:
        """Read frames until it ends. Whoever asks it to leave is followed by another at once, and
        it goes on reading what still comes."""
        try:
            async with asyncio.timeout(_GREETING) as patience:
                async for message in link.socket:
                    if message.type is aiohttp.WSMsgType.TEXT:
                        await self._read(link, message.data)
                        if link.greeted:
                            patience.reschedule(None)
                    elif message.type is aiohttp.WSMsgType.BINARY:
                        log.warning("socket.unreadable", bytes=len(message.data))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            log.warning("socket.lost", why=type(error).__name__)
        finally:
            link.leaving.set()
            with contextlib.suppress(Exception):
                await asyncio.wait_for(link.socket.close(), 1.0)
            self._links.discard(link)
            log.info("socket.closed", code=link.socket.close_code)

    async def _read(self, link: "_Link", text: str) -> None:
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            frame = None
        if not isinstance(frame, dict):
            log.warning("socket.unreadable", letters=len(text))
            return
        match frame.get("type"):
            case "hello":
                link.greeted = True
                self.trouble = ""
                self._opened.set()
                log.info("socket.open")
                link.start(self._hello(frame))
            case "disconnect":
                link.reason = str(frame.get("reason"))[:50]
                log.info("socket.leaving", reason=link.reason)
                link.leaving.set()
            case _ if isinstance(frame.get("envelope_id"), str):
                link.start(self._take(link, frame))

    async def _hello(self, frame: dict[str, Any]) -> None:
        if self._told:
            return
        # Where this one is made anew, the one before it counts for a moment longer.
        before, self._greeted = int(self._greeted), True
        number = frame.get("num_connections")
        counted = number if isinstance(number, int) else 1
        own = await self._own()
        if counted > own + before:
            self._told = True
            log.warning("socket.ghosts", counted=counted, own=own)
            await self._ghosts(counted, own)

    async def _take(self, link: "_Link", frame: dict[str, Any]) -> None:
        """Hand a payload to Bolt, and acknowledge it as Bolt says."""
        payload = frame.get("payload")
        ack: dict[str, Any] = {"envelope_id": frame["envelope_id"]}
        if isinstance(payload, dict):
            answer = await hear(self._bolt, payload, headers=_retries(frame))
            if answer.status >= 500:  # not acknowledged: Slack tells the person, or tries again
                return
            if answer.status == 200 and answer.body and frame.get("accepts_response_payload"):
                ack["payload"] = _payload(answer.body)
        said = json.dumps(ack)
        if len(said) > _LARGEST_ACK:
            log.error("socket.ack_too_large", bytes=len(said))
            said = json.dumps({"envelope_id": frame["envelope_id"]})
        try:
            await link.socket.send_str(said)
        except (aiohttp.ClientError, OSError) as error:
            log.warning("socket.ack_lost", why=type(error).__name__)


class _Link:
    """One connection. ``leaving``: another has to take its place."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.leaving = asyncio.Event()
        self.greeted = False
        self.reason = ""
        """Slack's word for why it is to be left, where it gave one."""
        self._clock = asyncio.get_running_loop().time
        self._opened_at = self._clock()
        self.handling: set[asyncio.Task[None]] = set()

    @property
    def has_lasted(self) -> bool:
        """Whether it was worth having: another one may be asked for at once."""
        return self.greeted and self._clock() - self._opened_at >= _LASTING

    @property
    def end(self) -> str:
        """Why it did not last; "" where it is only to be followed by another."""
        if not self.greeted:
            return "no hello on the socket"
        return _ENDS.get(self.reason, _CLOSED if self.socket.closed else "")

    def start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.handling.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self.handling.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("socket.fault", exc_info=error)


def _retries(frame: dict[str, Any]) -> dict[str, str | Sequence[str]]:
    """As HTTP tells it in headers: which try it is of an event, and why."""
    names = {"x-slack-retry-num": "retry_attempt", "x-slack-retry-reason": "retry_reason"}
    return {name: str(frame[key]) for name, key in names.items() if frame.get(key)}


def _payload(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return {"text": body}


def _is_final(failure: ChatFailure) -> bool:
    """Whether it is the token's or the app's fault, and not one of the moment."""
    return refusals.is_of_token(failure.reason) or failure.reason in _OF_THE_APP


def _refused(reason: str) -> FaultError:
    if reason == "missing_scope":
        sentence = "The app-level token in SLACK_APP_TOKEN lacks the scope connections:write."
    else:
        sentence = f"Slack does not accept SLACK_APP_TOKEN ({reason})."
    step = (
        "It is the app-level token (xapp-…) with the scope connections:write: the app's page, "
        "“Basic Information”, “App-Level Tokens”."
    )
    return FaultError(sentence, _OFF if "socket_mode" in reason else step, code="slack.app_token")
