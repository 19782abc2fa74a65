"""Bolt as an adapter: one listener for commands, one for buttons, one for App Home.

``process_before_response`` answers Slack as soon as a listener returns, so a listener only records
what must be durable (an action's intent, by entering the door), acknowledges, and hands the rest
to tasks of our own. Bolt's default would poll for the acknowledgement every 10 ms and keep no
reference to the work.
"""

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from ovbot.domain.markup import Markup
from ovbot.domain.reply import Reply
from ovbot.engine.admission import Entered
from ovbot.engine.command import Action
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.pipeline import Door
from ovbot.engine.reading import Read
from ovbot.slack import modal, payloads, returned
from ovbot.slack.answers import Answers, Place
from ovbot.slack.forms import Forms
from ovbot.slack.gateway import Gateway
from ovbot.slack.happenings import Happenings
from ovbot.slack.hearing import answer_failure, hear
from ovbot.slack.home import Home
from ovbot.slack.identity import Identity
from ovbot.slack.outcomes import Outcomes

log = structlog.get_logger(__name__)

ENTER_SECONDS = 2.3
"""Slack gives three seconds; what has not been recorded by now is told as not done."""
_TOO_SLOW = Reply(
    Markup(
        ":x: *Failed.* ovbot's database answers too slowly, so nothing was done. "
        "Try again in a moment."
    )
)
_UNREADABLE = (
    ":x: *Not done.* Slack sent this command without what ovbot needs to carry it out. Try again."
)
COMMAND = "/openvidu"
"""What texts tell people to type. Under another name, in a manifest of one's own, it works too."""
_ENTERED = "ovbot.entered"
"""Where Bolt's context of a request holds what entered the door before Bolt saw it."""
_GIVEN = "ovbot.given"
"""Where it holds what the door read in it, so that a text is taken apart once."""


Authorize = Callable[[], Awaitable[AuthorizeResult]]
Finish = Callable[[Entered], Coroutine[Any, Any, None]]
"""What goes on after the acknowledgement."""


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """These would switch Bolt to OAuth behind our back, and our token would be dropped."""
    hidden = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(hidden)


class SlackApp:
    """The Bolt app and what it hands work to."""

    def __init__(
        self,
        *,
        door: Door,
        gateway: Gateway,
        identity: Identity,
        home: Home,
        happenings: Happenings | None = None,
    ) -> None:
        self._door = door
        self._gateway = gateway
        self._identity = identity
        self._home = home
        self._happenings = happenings
        self._answers = Answers(gateway)
        self._outcomes = Outcomes(door, gateway, self._answers)
        self._forms = Forms(door, gateway, self._answers, enter=self._enter, finish=self._finish)
        self.tasks = door.tasks
        self.bolt = self._bolt()

    def _bolt(self) -> AsyncApp:
        # Bolt logs whole request bodies, response_url included, at the levels below.
        logger = logging.getLogger("ovbot.bolt")
        logger.setLevel(logging.ERROR)

        async def authorize() -> AuthorizeResult:
            return AuthorizeResult(
                enterprise_id=self._identity.enterprise,
                team_id=self._identity.team,
                bot_user_id=self._identity.bot_user,
                bot_id=self._identity.bot_id,
                bot_token=self._gateway.token,
            )

        with _without("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
            bolt = self._app(logger, authorize)
        bolt.command(re.compile(""))(self._on_command)
        bolt.action(re.compile(rf"^{modal.FIELD}:"))(self._on_choice)  # before the buttons
        bolt.action(re.compile(""))(self._on_button)
        bolt.view(re.compile(""))(self._on_form)
        bolt.options(re.compile(""))(self._on_menu)
        bolt.event("app_home_opened")(self._on_home)
        bolt.event(re.compile(""))(self._on_event)
        bolt.error(answer_failure)
        return bolt

    def _app(self, logger: logging.Logger, authorize: Authorize) -> AsyncApp:
        return AsyncApp(
            logger=logger,
            client=AsyncWebClient(self._gateway.token, base_url=self._gateway.api_url),
            authorize=authorize,  # from one auth.test at start: no hidden calls before the ack
            process_before_response=True,
            request_verification_enabled=False,  # slack/events verifies; a socket needs nothing
            ssl_check_enabled=False,
            attaching_function_token_enabled=False,
            raise_error_for_unhandled_request=True,
        )

    async def enter_early(self, body: str) -> Coroutine[Any, Any, None] | None:
        """Record what the acknowledgement of a payload promises, where that says nothing besides.

        So it is with slash commands. What this returns is what Bolt does with one, and can come
        after the acknowledgement; None for everything else.
        """
        if "command=" not in body or "command" not in (fields := payloads.fields(body)):
            return None
        try:
            asked = payloads.typed(payloads.slash_command(fields))
        except msgspec.ValidationError:
            return None
        given = self._door.read(asked.text)
        context: dict[str, Any] = {_GIVEN: given}
        if given.records:
            context[_ENTERED] = await self._enter(asked, given)
        return self._dispatch(fields, context)

    async def _dispatch(self, fields: dict[str, str], context: dict[str, Any]) -> None:
        # As from a socket, for it is read already: Bolt reads no body that holds "payload".
        await hear(self.bolt, fields, context=context)

    async def _on_command(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        try:
            command = payloads.slash_command(body)
        except msgspec.ValidationError:
            log.warning("command.unreadable")
            await ack(_UNREADABLE)
            return
        if command.command != COMMAND:
            log.warning("command.other_name", command=command.command[:60], ours=COMMAND)
        asked = payloads.typed(command)
        place = Place(asked.actor.user, asked.channel, command.response_url)

        def finish(entered: Entered) -> Coroutine[Any, Any, None]:
            return self._finish(entered, asked, place, panel=False)

        if (entered := context.get(_ENTERED)) is not None:
            await ack()
            self.tasks.start(finish(entered))
        else:
            await self._take(ack, asked, finish, context.get(_GIVEN))

    async def _on_button(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            click = payloads.button_click(body)
        except msgspec.ValidationError:
            await ack()
            log.warning("button.unreadable")
            return
        if not click.is_ours:
            await ack()  # a link, or another version's: pressing it does nothing here
            log.info("button.foreign", action=click.action[:60])
            return
        asked_in = returned.asked_in(click.view.private_metadata) if click.view else ""
        asked, panel = payloads.pressed(click, asked_in), click.in_panel
        place = Place(asked.actor.user, asked.channel, click.response_url, click.thread)
        if view := click.modal:
            await self._take(ack, asked, lambda it: self._finish_in_modal(it, asked, place, view))
        else:
            await self._take(ack, asked, lambda it: self._finish(it, asked, place, panel=panel))

    async def _on_home(self, body: dict[str, Any]) -> None:
        opened = payloads.home_opened(body)
        if opened.tab == "home":
            self.tasks.start(self._home.opened(opened.actor))

    async def _on_event(self, event: dict[str, Any]) -> None:
        """Every other event, also those that nobody asked for: it is acknowledged in any case."""
        if self._happenings is not None:
            self.tasks.start(self._happenings.heard(event))

    async def _take(
        self, ack: AsyncAck, asked: Invocation, finish: Finish, given: Read | None = None
    ) -> None:
        """Acknowledge once everything is recorded that the acknowledgement promises.

        A question promises nothing, so it is acknowledged before anything is asked of the store.
        """
        given = given or self._door.read(asked.text)
        if given.records:
            entered = await self._enter(asked, given)
            await ack()
            self.tasks.start(finish(entered))
        else:
            await ack()
            self.tasks.start(self._enter_and(finish, asked, given))

    async def _enter_and(self, finish: Finish, asked: Invocation, given: Read) -> None:
        await finish(await self._enter(asked, given))

    async def _enter(self, asked: Invocation, given: Read | None = None) -> Entered:
        """Enter the door; what has not been recorded in time is told as not done."""
        try:
            async with asyncio.timeout(ENTER_SECONDS):
                return await self._door.enter(asked, given)
        except TimeoutError:
            log.error("enter.too_slow")
            return Entered("", reply=_TOO_SLOW)

    async def _finish_in_modal(
        self, entered: Entered, asked: Invocation, place: Place, view: str
    ) -> None:
        """Show the answer in the modal that the button is in."""
        if entered.form is not None:
            await self._forms.open(entered, asked, place, within=view)
            return
        reply = entered.reply
        if entered.work is not None:
            reply = (await entered.work()).reply
            if isinstance(self._door.powers.commands[entered.name], Action):
                await self._home.refresh(asked.actor.user)
        if reply is not None:
            await self._forms.show(view, reply, asked, place, entered.name)

    async def _on_form(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        if (after := await self._forms.submitted(ack, body)) is not None:
            self.tasks.start(after())

    async def _on_choice(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.tasks.start(self._forms.chosen(body))

    async def _on_menu(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await self._forms.menu(ack, body)

    async def _finish(
        self, entered: Entered, asked: Invocation, place: Place, *, panel: bool
    ) -> None:
        if entered.form is not None:
            await self._forms.open(entered, asked, place, panel=panel)
            return
        if entered.reply is not None and asked.source is Source.HOME:
            await self._home.publish(asked.actor, entered.reply)
        elif entered.reply is not None:
            await self._answers.say(place, entered.reply)
        if entered.work is None:
            return
        finished = await self._outcomes.of(entered, place)
        if asked.source is Source.HOME:
            await self._home.publish(asked.actor, finished.reply)
            return
        acted = isinstance(self._door.powers.commands[entered.name], Action)
        # A card in the channel changes by itself: no panel of one's own comes on top of it.
        if finished.reply is not None and (panel or not acted):
            await self._answers.say(place, finished.reply, replace=panel and finished.replaces)
        if not acted:
            return
        await self._home.refresh(asked.actor.user)
        if not (panel and finished.reply is finished.outcome):
            await self._outcomes.let_see(entered, finished, place)
