"""Messages out: notices by the Web API, answers by response_url, over one shared session."""

import asyncio
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import structlog

from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Posted, Unsupported
from ovbot.engine.standing import Standing
from ovbot.slack import identity, present
from ovbot.slack.failures import PASSING
from ovbot.slack.identity import Identity
from ovbot.slack.pages import Metadata, Page
from ovbot.slack.wire import Wire

log = structlog.get_logger(__name__)

_PAGES, _PAGE = 5, 100
"""How far back a message is looked for: Slack gives the newest first."""
_CLOCKS = 60
"""Seconds that Slack's clock may differ from ours."""
_SLACK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
_VIEW_PAUSES = (0.3, None)
_RESPONSE_PAUSES = (0.2, 1.0, None)
_LONGEST_RESPONSE_PAUSE = 5.0


class Unshown(NamedTuple):
    """Why a modal does not show what it was to show, and whether that may pass."""

    reason: str
    passing: bool

    @property
    def by_its_person(self) -> bool:
        """Whether they have closed it, or chosen something in it, meanwhile."""
        return self.reason in {"not_found", "view_not_found", "hash_conflict"}


class Opened(NamedTuple):
    """A modal, and the hash of what it shows."""

    id: str
    hash: str


class Gateway:
    """Implements the Chat port. Open it inside a running loop; close it once."""

    def __init__(self, token: str, api_url: str) -> None:
        self.token, self.api_url = token, api_url
        self.wire = Wire(token, api_url)
        self._api_host = urlsplit(api_url).netloc
        self._may_read = True

    async def close(self) -> None:
        """Close the shared session."""
        await self.wire.close()

    @property
    def standing(self) -> Standing:
        """Whether anybody can be posted to now."""
        return self.wire.standing

    async def check(self) -> None:
        """Ask whether the token is still accepted; raises ChatFailure."""
        await self.wire.call("auth.test")

    async def identify(self) -> Identity:
        """Who we are; raises FaultError with words when Slack does not accept us."""
        return await identity.ask(self.wire)

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        """Post a notice where it belongs; raises ChatFailure."""
        if notice.audience is Audience.ONLY_USER:
            alone = {"channel": notice.channel, "user": notice.user}
            if notice.thread:
                alone["thread_ts"] = notice.thread
            return await self._send("chat.postEphemeral", notice.reply, alone)
        where: dict[str, Any] = {"channel": notice.channel, **_metadata(notice, delivery_id)}
        if notice.thread:
            where["thread_ts"] = notice.thread
        return await self._send("chat.postMessage", notice.reply, where, whole=notice.tells > 1)

    async def update(self, posted: Posted, reply: Reply) -> Posted:
        """Replace a message; raises ChatFailure (GONE when it is not there any more)."""
        where = {"channel": posted.channel, "ts": posted.ts}
        return await self._send("chat.update", reply, where)

    async def tell(self, notice: Notice, delivery_id: str) -> Posted:
        """Post a notice to its user by direct message; raises ChatFailure."""
        where = {"channel": notice.user, **_metadata(notice, delivery_id)}
        return await self._send("chat.postMessage", notice.reply, where, whole=notice.tells > 1)

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
            for message in page.messages:
                payload = (message.metadata or Metadata()).event_payload
                if payload.get("delivery_id") == delivery_id:
                    tells = payload.get("notices")
                    told = tells if isinstance(tells, int) and tells > 0 else None
                    return Posted(notice.channel, message.ts, told)
            if not page.cursor:
                return None
            where["cursor"] = page.cursor
        return Unsupported()  # too much was said since: not finding it proves nothing

    async def _history(self, method: str, where: dict[str, Any]) -> Page | None:
        """One page of what was said; None when it may not be read."""
        try:
            return msgspec.convert(await self.wire.call(method, query=where), Page)
        except msgspec.ValidationError as error:  # on what is no page nothing could be found
            raise ChatFailure(FailureKind.RETRY, "odd answer (no messages in it)") from error
        except ChatFailure as failure:
            if failure.kind is FailureKind.AMBIGUOUS:  # looking changes nothing
                raise ChatFailure(FailureKind.RETRY, failure.reason) from failure
            if failure.kind in PASSING:
                raise
            if failure.reason == "missing_scope":
                log.info("history.off", method=method)
                self._may_read = False
            return None

    async def _send(
        self, method: str, reply: Reply, where: dict[str, Any], *, whole: bool = False
    ) -> Posted:
        """Send it as it is, or else smaller, and at last as plain text; ``whole`` or not at all."""
        forms = present.forms(reply)
        for number, made in enumerate(forms, 1):
            body = {**where, **_content(made), "unfurl_links": False, "unfurl_media": False}
            try:
                answer = await self.wire.call(method, body)
            except ChatFailure as failure:
                if failure.kind is not FailureKind.DEAD or whole or number == len(forms):
                    raise
                log.warning("send.smaller", method=method, reason=failure.reason, form=number)
            else:
                channel = str(answer.get("channel") or where["channel"])
                return Posted(channel, str(answer.get("ts") or answer.get("message_ts") or ""))
        raise AssertionError("the last form is sent or raises")

    async def respond(
        self, url: str, reply: Reply, *, replace: bool = False, thread: str = ""
    ) -> bool:
        """Answer an interaction by its response_url; only its user sees it. Tries three times.

        Returns False when it could not be delivered (expired, used up, unreachable).
        """
        if not self._may_answer(url):
            log.warning("respond.refused")
            return False
        forms = list(present.forms(reply))
        for pause in _RESPONSE_PAUSES:
            made = forms[0]
            body = {**_content(made), "response_type": "ephemeral", "replace_original": replace}
            if thread:
                body["thread_ts"] = thread
            try:
                await self.wire.respond(url, body)
            except ChatFailure as failure:
                log.warning("respond.failed", why=failure.reason, kind=failure.kind.value)
                if failure.kind is FailureKind.DEAD and len(forms) > 1:
                    del forms[0]
                elif failure.kind not in PASSING or pause is None:
                    return False
                else:
                    longer = min(failure.retry_after, _LONGEST_RESPONSE_PAUSE)
                    await asyncio.sleep(max(pause, longer))
            else:
                return True
        return False

    async def publish(self, user: str, view: dict[str, Any]) -> None:
        """Publish somebody's App Home (views.publish); raises ChatFailure."""
        await self.wire.call("views.publish", {"user_id": user, "view": view})

    async def open_view(self, trigger: str, view: dict[str, Any]) -> Opened | None:
        """Open a modal (views.open); None when the trigger's three seconds are over."""
        shown = await self._view("views.open", trigger_id=trigger, view=view)
        return shown if isinstance(shown, Opened) else None

    async def update_view(
        self, view_id: str, view: dict[str, Any], unless_changed: str = ""
    ) -> Opened | Unshown:
        """Replace a modal's content (views.update). Tries twice.

        ``unless_changed`` is the hash of the view that this was made for.
        """
        hash_ = {"hash": unless_changed} if unless_changed else {}
        for pause in _VIEW_PAUSES:
            shown = await self._view("views.update", view_id=view_id, view=view, **hash_)
            if pause is None or not isinstance(shown, Unshown) or not shown.passing:
                break
            await asyncio.sleep(pause)
        return shown

    async def _view(self, method: str, **body: Any) -> Opened | Unshown:
        try:
            answer = await self.wire.call(method, body)
        except ChatFailure as failure:
            log.warning("view.failed", method=method, why=failure.reason)
            return Unshown(failure.reason, failure.kind in PASSING)
        shown = answer.get("view")
        if not isinstance(shown, dict) or not shown.get("id"):
            log.warning("view.failed", method=method, why="no view in the answer")
            return Unshown("no view in the answer", passing=True)
        return Opened(str(shown["id"]), str(shown.get("hash") or ""))

    def _may_answer(self, url: str) -> bool:
        """Only Slack's own hosts, or the host that stands for Slack here."""
        try:
            parts = urlsplit(url)
        except ValueError:  # no address at all
            return False
        if parts.hostname in _SLACK_HOSTS:
            return parts.scheme == "https"
        return bool(parts.netloc) and parts.netloc == self._api_host


def _content(made: present.Message) -> dict[str, Any]:
    """Plain text has no blocks, and takes away those of the message that it replaces."""
    return {"text": made.text, "blocks": made.blocks} if made.blocks else {"text": made.text}


def _metadata(notice: Notice, delivery_id: str) -> dict[str, Any]:
    payload = {"delivery_id": delivery_id, "notices": notice.tells}
    return {"metadata": {"event_type": "ovbot_notice", "event_payload": payload}}
