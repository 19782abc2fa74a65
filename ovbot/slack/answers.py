"""Answers to one person, by whatever way still reaches them."""

import msgspec
import structlog

from ovbot.domain.ids import new_ref
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Paragraph, Reply
from ovbot.engine.ports import ChatFailure
from ovbot.slack.gateway import Gateway

log = structlog.get_logger(__name__)


class Place(msgspec.Struct, frozen=True):
    """Where somebody waits for an answer.

    ``url`` is the interaction's response_url: five uses, half an hour; ``""`` where it had none, as
    in a modal. ``channel`` is ``""`` in App Home. ``thread`` is the one that they pressed in.
    """

    user: str
    channel: str = ""
    url: str = ""
    thread: str = ""


class Answers:
    """Says things to whoever asked."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def say(self, place: Place, reply: Reply, *, replace: bool = False) -> None:
        """Answer where they are; else in the channel for them alone, else by direct message.

        A response_url dies after half an hour or five uses, and Slack may refuse it for a while.
        Whether something arrived is not always known: that somebody reads it twice is better than
        that they hear nothing.
        """
        reply = reply if reply.parts else Reply(reply.text, (Paragraph(reply.text),))
        if place.url and await self._gateway.respond(
            place.url, reply, replace=replace, thread=place.thread
        ):
            return
        ref = new_ref()
        notice = Notice(
            channel=place.channel or place.user,
            key=f"answer:{ref}",
            reply=reply,
            audience=Audience.ONLY_USER,
            user=place.user,
            thread=place.thread,
        )
        ways = [self._gateway.post] if place.channel not in {"", place.user} else []
        for send in [*ways, self._gateway.tell]:
            try:
                await send(notice, ref)
            except ChatFailure as failure:
                log.warning("answer.failed", way=send.__name__, reason=failure.reason)
            else:
                return
        log.error("answer.unheard", user=place.user)
