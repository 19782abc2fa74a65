"""App Home: what ovbot does, my role, and the live sessions that I may see.

Source: docs.slack.dev, "App Home" and views.publish.
"""

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError

from ovbot.domain.actor import Actor, Role
from ovbot.domain.markup import Markup, bold, code, md, mention
from ovbot.domain.reply import Button, Buttons, Heading, Note, Paragraph, Part, Reply, Rule
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.pipeline import Door
from ovbot.engine.policy import who_can_grant, why
from ovbot.slack import present
from ovbot.slack.gateway import Gateway

log = structlog.get_logger(__name__)

_WHAT = Markup(
    "ovbot lets you watch and moderate live OpenVidu sessions from here. Type `/openvidu` in a "
    "channel that is bound to a session, or `/openvidu help` anywhere."
)


class Home:
    """Publishes the Home tab of one person at a time."""

    def __init__(self, door: Door, gateway: Gateway, team: str) -> None:
        self._door = door
        self._gateway = gateway
        self._team = team

    async def publish(self, user: str, answer: Reply | None = None) -> None:
        """Publish the tab: the greeting and ``answer``, which is the list of sessions at first."""
        parts = await self._parts(user, answer)
        made = present.blocks(Reply(_WHAT, tuple(parts)), present.HOME_BLOCKS)
        try:
            await self._gateway.client.views_publish(
                user_id=user, view={"type": "home", "blocks": made}
            )
        except (SlackApiError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("home.failed", user=user, why=type(error).__name__)

    async def _parts(self, user: str, answer: Reply | None) -> list[Part]:
        asked = Invocation(
            actor=Actor(self._team, user),
            channel=user,
            text="list",
            interaction="",
            source=Source.HOME,
        )
        context = await self._door.context(asked, "home")
        access = context.access
        role = md("You are {}: {}.", bold(access.here.word), why(access))
        parts: list[Part] = [
            Heading("ovbot"),
            Paragraph(md("Hello {}. {}", mention(user), _WHAT)),
            Note(role if access.here is Role.ADMIN else md("{} {}", role, who_can_grant(access))),
            Buttons((Button("List sessions", "list"), Button("Help", "help"))),
            Rule(),
        ]
        if answer is None and access.here >= Role.VIEWER:
            entered = await self._door.enter(asked)
            finished = await entered.work() if entered.work else None
            answer = finished.reply if finished else entered.reply
        if answer is not None:
            parts += answer.parts
        else:
            hint = md(
                "In a channel that is bound to a session, {} shows it.", code("/openvidu show")
            )
            parts.append(Paragraph(hint))
        return parts
