"""App Home: what waits for me, the sessions that I may see, my role, the server, what I did last.

Source: docs.slack.dev, "App Home" and views.publish.
"""

import structlog

from ovbot.domain.actor import Actor, Role
from ovbot.domain.markup import Markup, code, md, mention
from ovbot.domain.reply import Button, Buttons, Heading, Note, Paragraph, Part, Reply, Rule
from ovbot.domain.words import counted
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.pipeline import Door
from ovbot.engine.ports import ChatFailure
from ovbot.slack import present
from ovbot.slack.gateway import Gateway
from ovbot.subjects.overview import around

log = structlog.get_logger(__name__)

_WHAT = Markup(
    "ovbot lets you watch and moderate live OpenVidu sessions from here. Type `/openvidu` in a "
    "channel that is bound to a session, or `/openvidu help` anywhere."
)
_REMEMBERED = 10_000


class Home:
    """Publishes the Home tab of one person at a time."""

    def __init__(self, door: Door, gateway: Gateway) -> None:
        self._door = door
        self._gateway = gateway
        self._opened: dict[str, Actor] = {}

    async def opened(self, who: Actor) -> None:
        """The person looks at the tab: publish it, and keep it fresh after their own actions."""
        self._opened.pop(who.user, None)
        self._opened[who.user] = who
        if len(self._opened) > _REMEMBERED:
            del self._opened[next(iter(self._opened))]
        await self.publish(who)

    async def refresh(self, user: str) -> None:
        """Publish the tab anew, for who has opened it before."""
        if who := self._opened.get(user):
            await self.publish(who)

    async def publish(self, who: Actor, answer: Reply | None = None) -> None:
        """Publish the tab; ``answer`` stands where the list of sessions stands at first."""
        parts = await self._parts(who, answer)
        made = present.blocks(Reply(_WHAT, tuple(parts)), present.HOME_BLOCKS)
        try:
            await self._gateway.publish(who.user, {"type": "home", "blocks": made})
        except ChatFailure as failure:
            log.warning("home.failed", user=who.user, why=failure.reason)

    async def _parts(self, who: Actor, answer: Reply | None) -> list[Part]:
        asked = Invocation(
            actor=who,
            channel=who.user,
            text="list",
            interaction="",
            source=Source.HOME,
        )
        context = await self._door.context(asked, "home")
        hello = Paragraph(md("Hello {}. {}", mention(who.user), _WHAT))
        if context.access.foreign:
            # What is asked for is refused and audited by the door; nothing else is theirs to see.
            refusal = answer or (await self._door.enter(asked)).reply
            return [Heading("ovbot"), hello, *(refusal.parts if refusal else ())]
        above, below = await around(context)
        parts: list[Part] = [Heading("ovbot"), hello, *above]
        if answer is None and context.access.most >= Role.VIEWER:
            entered = await self._door.enter(asked)
            finished = await entered.work() if entered.work else None
            answer = finished.reply if finished else entered.reply
        if unknown := context.access.unknown:
            parts.append(Note(_not_told(unknown)))
        if answer is not None:
            parts += answer.parts
        else:
            show = code("/openvidu show")
            hint = md("In a channel that is bound to a session, {} shows who is in it.", show)
            parts.append(Paragraph(hint))
        again = Buttons((Button("List sessions", "list"), Button("Help", "help")))
        return [*parts, again, Rule(), *below]


def _not_told(channels: int) -> Markup:
    """Some sessions may be missing from the list."""
    counted_ = counted(channels, "bound channel", "bound channels")
    return md(
        ":hourglass_flowing_sand: Slack has not told yet who is in {}, so sessions may be missing "
        "here. Press “List sessions” in a moment.",
        counted_,
    )
