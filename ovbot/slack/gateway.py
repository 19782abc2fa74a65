"""Messages out: notices by the Web API, answers by response_url, over one shared session."""

import asyncio
import json
import logging
import ssl
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import msgspec
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Posted, Unsupported
from ovbot.errors import FaultError
from ovbot.slack import present
from ovbot.slack.failures import failure_of
from ovbot.slack.identity import Identity

log = structlog.get_logger(__name__)

_TIMEOUT = 30
_CONNECTIONS = 256
"""At once: the 200 messages that the outbox has under way, and the answers to people beside them,
which must not wait for those. aiohttp's own limit is 100."""
_NO_RETRIES: list[AsyncRetryHandler] = []
"""A send whose answer was lost may have been made: trying again is the outbox's decision."""

_PAGES, _PAGE = 5, 100
"""How far back a message is looked for: Slack gives the newest first."""
_CLOCKS = 60
"""Seconds that Slack's clock may differ from ours."""
_SLACK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


class Opened(NamedTuple):
    """A modal, and the hash of what it shows."""

    id: str
    hash: str


class Gateway:
    """Implements the Chat port. Open it inside a running loop; close it once."""

    def __init__(self, token: str, api_url: str) -> None:
        self._api_host = urlsplit(api_url).netloc
        self._may_read = True
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT),
            json_serialize=_json,
        )
        self.client = AsyncWebClient(
            token=token,
            base_url=api_url,
            session=self._session,
            timeout=_TIMEOUT,
            retry_handlers=_NO_RETRIES,
            ssl=ssl.create_default_context(),
            logger=_quiet(),
        )

    async def close(self) -> None:
        """Close the shared session."""
        await self._session.close()

    async def identify(self) -> Identity:
        """Who we are (auth.test); raises FaultError with words when Slack does not accept us."""
        try:
            said = await self.client.auth_test()
        except SlackApiError as error:
            reason = error.response.get("error", "unknown")
            raise FaultError(
                f"Slack does not accept SLACK_BOT_TOKEN ({reason}).",
                "Copy the bot token (xoxb-…) of the installed app.",
                code="slack.auth",
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FaultError(
                f"Slack cannot be reached at {self.client.base_url} ({type(error).__name__}).",
                "Check the network and SLACK_API_URL.",
                code="slack.unreachable",
            ) from error
        enterprise = said.get("enterprise_id")
        org_wide = said.get("is_enterprise_install") is True
        return Identity(
            team=str(enterprise if org_wide else said["team_id"]),
            bot_user=str(said["user_id"]),
            bot_id=str(said.get("bot_id") or ""),
            enterprise=enterprise,
            org_wide=org_wide,
            teams=await self._teams() if org_wide else frozenset(),
            scopes=_scopes(said.headers.get("X-OAuth-Scopes")),
        )

    async def _teams(self) -> frozenset[str]:
        """The workspaces of the organisation that the app may work in (auth.teams.list)."""
        found: set[str] = set()
        cursor = ""
        try:
            while True:
                page = await self.client.auth_teams_list(cursor=cursor or None, limit=_PAGE)
                found.update(str(team["id"]) for team in page.get("teams") or ())
                cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
                if not cursor:
                    return frozenset(found)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FaultError(
                "ovbot is installed in a whole organisation, and Slack does not tell which "
                f"workspaces that are ({type(error).__name__}).",
                "Start it again, or install it in one workspace and use that one's bot token.",
                code="slack.org_wide",
            ) from error

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        """Post a notice where it belongs; raises ChatFailure."""
        if notice.audience is Audience.ONLY_USER:
            return await self._send(
                "chat.postEphemeral", notice.reply, {"channel": notice.channel, "user": notice.user}
            )
        where: dict[str, Any] = {"channel": notice.channel, **_metadata(notice, delivery_id)}
        if notice.thread:
            where["thread_ts"] = notice.thread
        return await self._send("chat.postMessage", notice.reply, where)

    async def update(self, posted: Posted, reply: Reply) -> Posted:
        """Replace a message; raises ChatFailure (GONE when it is not there any more)."""
        where = {"channel": posted.channel, "ts": posted.ts}
        return await self._send("chat.update", reply, where)

    async def tell(self, notice: Notice, delivery_id: str) -> Posted:
        """Post a notice to its user by direct message; raises ChatFailure."""
        where = {"channel": notice.user, **_metadata(notice, delivery_id)}
        return await self._send("chat.postMessage", notice.reply, where)

    async def find(
        self, notice: Notice, delivery_id: str, since_ms: int
    ) -> Posted | Unsupported | None:
        """Look for a notice's message by the delivery id in its metadata; raises ChatFailure.

        That needs the history scope of the channel's kind, which is optional: the first answer
        that it is missing ends the looking for good.
        """
        if not self._may_read or notice.audience is Audience.ONLY_USER:
            return Unsupported()
        method = "conversations.replies" if notice.thread else "conversations.history"
        where: dict[str, Any] = {
            "channel": notice.channel,
            "oldest": f"{since_ms / 1000 - _CLOCKS:.6f}",
            "include_all_metadata": True,
            "limit": _PAGE,
        }
        if notice.thread:
            where["ts"] = notice.thread
        for _ in range(_PAGES):
            page = await self._history(method, where)
            if page is None:
                return Unsupported()
            for message in page.get("messages") or ():
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("delivery_id") == delivery_id:
                    tells = payload.get("notices")
                    told = tells if isinstance(tells, int) and tells > 0 else None
                    return Posted(notice.channel, str(message["ts"]), told)
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None
            where["cursor"] = cursor
        return Unsupported()  # too much was said since: not finding it proves nothing

    async def _history(self, method: str, where: dict[str, Any]) -> AsyncSlackResponse | None:
        """One page of what was said; None when it may not be read."""
        try:
            return await self.client.api_call(method, params=where)
        except SlackApiError as error:
            failure = failure_of(error)
            if failure.kind in {FailureKind.WAIT, FailureKind.RETRY}:
                raise failure from error
            if failure.reason == "missing_scope":
                log.info("history.off", method=method)
                self._may_read = False
            return None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ChatFailure(FailureKind.RETRY, type(error).__name__) from error

    async def _send(self, method: str, reply: Reply, where: dict[str, Any]) -> Posted:
        made = present.message(reply)
        body = {
            **where,
            "text": made.text,
            "blocks": made.blocks,
            "unfurl_links": False,
            "unfurl_media": False,
        }
        try:
            answer = await self.client.api_call(method, json=body)
        except SlackApiError as error:
            raise failure_of(error) from error
        except aiohttp.ClientConnectorError as error:
            raise ChatFailure(FailureKind.RETRY, "no connection to Slack") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ChatFailure(FailureKind.AMBIGUOUS, type(error).__name__) from error
        channel = str(answer.get("channel") or where["channel"])
        return Posted(channel, str(answer.get("ts") or answer.get("message_ts") or ""))

    async def respond(self, url: str, reply: Reply, *, replace: bool = False) -> bool:
        """Answer an interaction by its response_url; only its user sees it. Tries three times.

        Returns False when it could not be delivered (expired, used up, unreachable).
        """
        if not self._may_answer(url):
            log.warning("respond.refused", host=urlsplit(url).hostname)
            return False
        made = present.message(reply)
        client = AsyncWebhookClient(
            url,
            session=self._session,
            timeout=_TIMEOUT,
            retry_handlers=_NO_RETRIES,
            logger=_quiet(),
        )
        for pause in (0.2, 1.0, None):
            status = 0
            try:
                answer = await client.send(
                    text=made.text,
                    blocks=made.blocks,
                    response_type="ephemeral",
                    replace_original=replace,
                )
                status = answer.status_code
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                log.warning("respond.failed", why=type(error).__name__)
            if status == 200:
                return True
            if pause is None or 400 <= status < 500:
                break
            await asyncio.sleep(pause)
        log.warning("respond.undelivered", status=status)
        return False

    async def open_view(self, trigger: str, view: dict[str, Any]) -> Opened | None:
        """Open a modal (views.open); None when the trigger's three seconds are over."""
        return await self._view("views.open", trigger_id=trigger, view=view)

    async def update_view(
        self, view_id: str, view: dict[str, Any], unless_changed: str = ""
    ) -> Opened | None:
        """Replace a modal's content (views.update); None when it has been closed meanwhile.

        ``unless_changed`` is the hash of the view that this was made for.
        """
        hash_ = {"hash": unless_changed} if unless_changed else {}
        return await self._view("views.update", view_id=view_id, view=view, **hash_)

    async def _view(self, method: str, **body: Any) -> Opened | None:
        try:
            answer = await self.client.api_call(method, json=body)
        except (SlackApiError, aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = error.response.get("error") if isinstance(error, SlackApiError) else None
            log.warning("view.failed", method=method, why=reason or type(error).__name__)
            return None
        return Opened(str(answer["view"]["id"]), str(answer["view"].get("hash") or ""))

    def _may_answer(self, url: str) -> bool:
        """Only Slack's own hosts, or the host that stands for Slack here."""
        parts = urlsplit(url)
        if parts.hostname in _SLACK_HOSTS:
            return parts.scheme == "https"
        return bool(parts.netloc) and parts.netloc == self._api_host


def _scopes(header: str | None) -> frozenset[str] | None:
    """Slack names a token's scopes with every answer (docs.slack.dev, "Using the Web API")."""
    if header is None:
        return None
    return frozenset(scope.strip() for scope in header.split(","))


def _quiet() -> logging.Logger:
    """The SDK asks its logger's own level, which is none unless set, and then writes every request
    out for a debug message that nobody sees: a seventh of what sending a message costs."""
    logger = logging.getLogger("ovbot.slack_sdk")
    logger.setLevel(logging.WARNING)
    return logger


def _json(body: object) -> str:
    """A tenth of what sending a message costs with ``json``, which is there for what UTF-8 cannot
    hold: half of a pair of surrogates, in what somebody typed."""
    try:
        return msgspec.json.encode(body, enc_hook=str).decode()
    except UnicodeEncodeError:
        return json.dumps(body)


def _metadata(notice: Notice, delivery_id: str) -> dict[str, Any]:
    payload = {"delivery_id": delivery_id, "notices": notice.tells}
    return {"metadata": {"event_type": "ovbot_notice", "event_payload": payload}}
