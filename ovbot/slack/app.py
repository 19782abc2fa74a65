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
from urllib.parse import parse_qsl

import msgspec
import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from ovbot.domain.markup import Markup
from ovbot.domain.reply import Paragraph, Reply
from ovbot.engine import say
from ovbot.engine.command import Action, Question
from ovbot.engine.entered import Entered, Finished
from ovbot.engine.form import FormProblems, command_text
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.pipeline import Door
from ovbot.grammar.args import Kind
from ovbot.openvidu import OpenViduError
from ovbot.slack import modal, payloads
from ovbot.slack.gateway import Gateway
from ovbot.slack.home import Home
from ovbot.slack.identity import Identity
from ovbot.slack.present import ACTION

log = structlog.get_logger(__name__)

ENTER_SECONDS = 2.3
"""Slack gives three seconds; what has not been recorded by now is told as not done."""
SIGN_OF_LIFE_SECONDS = 2.0
_SHOWN_SECONDS = 1.0
"""Until then an outcome was posted, or Slack has refused everything."""
_TOO_SLOW = Reply(
    Markup(
        ":x: *Failed.* ovbot's database answers too slowly, so nothing was done. "
        "Try again in a moment."
    )
)
_ENTERED = "ovbot.entered"
"""Where Bolt's context of a request holds what entered the door before Bolt saw it."""
_SHARED = Reply(Markup("The answer was posted to the channel."))


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

    def __init__(self, *, door: Door, gateway: Gateway, identity: Identity, home: Home) -> None:
        self._door = door
        self._gateway = gateway
        self._identity = identity
        self._home = home
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
        bolt.command(re.compile(r"^/openvidu"))(self._on_command)
        bolt.action(re.compile(rf"^{modal.FIELD}:"))(self._on_choice)  # before the buttons
        bolt.action(re.compile(rf"^{ACTION}:"))(self._on_button)
        bolt.view(modal.CALLBACK)(self._on_form)
        bolt.options(re.compile(rf"^{modal.FIELD}:"))(self._on_menu)
        bolt.event("app_home_opened")(self._on_home)
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
        )

    async def enter_early(self, body: str) -> Coroutine[Any, Any, None] | None:
        """Record what the acknowledgement of a payload promises, where that says nothing besides.

        So it is with slash commands. What this returns is what Bolt does with one, and can come
        after the acknowledgement; None for everything else.
        """
        if "command=" not in body or "command" not in (fields := dict(parse_qsl(body, True))):
            return None
        asked = payloads.typed(payloads.slash_command(fields))
        records = self._door.records(asked.text)
        context = {_ENTERED: await self._enter(asked)} if records else {}
        return self._dispatch(fields, context)

    async def _dispatch(self, fields: dict[str, str], context: dict[str, Any]) -> None:
        # As from a socket, for it is read already: Bolt reads no body that holds "payload".
        request = AsyncBoltRequest(mode="socket_mode", body=fields, context=context)
        await self.bolt.async_dispatch(request)

    async def _on_command(
        self, ack: AsyncAck, body: dict[str, Any], context: AsyncBoltContext
    ) -> None:
        command = payloads.slash_command(body)
        asked, url = payloads.typed(command), command.response_url

        def finish(entered: Entered) -> Coroutine[Any, Any, None]:
            return self._finish(entered, asked, url, panel=False)

        if (entered := context.get(_ENTERED)) is not None:
            await ack()
            self.tasks.start(finish(entered))
        else:
            await self._take(ack, asked, finish)

    async def _on_button(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        try:
            click = payloads.button_click(body)
        except msgspec.ValidationError:
            await ack()  # a message of an older version; there is nothing to press in it
            log.warning("button.unreadable")
            return
        asked_in = modal.asked_in(click.view.private_metadata) if click.view else ""
        asked, url, panel = payloads.pressed(click, asked_in), click.response_url, click.in_panel
        if view := click.modal:
            await self._take(ack, asked, lambda it: self._finish_in_modal(it, asked, view))
        else:
            await self._take(ack, asked, lambda it: self._finish(it, asked, url, panel=panel))

    async def _on_home(self, body: dict[str, Any]) -> None:
        opened = payloads.home_opened(body)
        if opened.tab == "home":
            self.tasks.start(self._home.opened(opened.actor))

    async def _take(self, ack: AsyncAck, asked: Invocation, finish: Finish) -> None:
        """Acknowledge once everything is recorded that the acknowledgement promises.

        A question promises nothing, so it is acknowledged before anything is asked of the store.
        """
        if self._door.records(asked.text):
            entered = await self._enter(asked)
            await ack()
            self.tasks.start(finish(entered))
        else:
            await ack()
            self.tasks.start(self._enter_and(finish, asked))

    async def _enter_and(self, finish: Finish, asked: Invocation) -> None:
        await finish(await self._enter(asked))

    async def _enter(self, asked: Invocation) -> Entered:
        """Enter the door; what has not been recorded in time is told as not done."""
        try:
            async with asyncio.timeout(ENTER_SECONDS):
                return await self._door.enter(asked)
        except TimeoutError:
            log.error("enter.too_slow")
            return Entered("", reply=_TOO_SLOW)

    async def _finish_in_modal(self, entered: Entered, asked: Invocation, view: str) -> None:
        """Show the answer in the modal that the button is in."""
        if entered.form is not None:
            await self._open_form(entered, asked, "", within=view)
            return
        reply = entered.reply
        if entered.work is not None:
            reply = (await entered.work()).reply
            if isinstance(self._door.commands[entered.name], Action):
                await self._home.refresh(asked.actor.user)
        if reply is not None:
            await self._show(view, reply, asked, entered.name)

    async def _show(self, view: str, reply: Reply, asked: Invocation, name: str) -> None:
        """Show a reply in an open modal."""
        where = modal.Where(name or "ovbot", asked.channel)
        await self._gateway.update_view(view, modal.answer(reply, where))

    async def _open_form(
        self, entered: Entered, asked: Invocation, url: str, *, within: str = ""
    ) -> None:
        """Open the form at once, within the trigger's three seconds; what is slow comes after.

        ``within`` a modal it takes the modal's place: views.open is not made for where one is open
        (slackapi/bolt-js, issue 1827), and a pushed one would leave an old answer beneath it.
        """
        if entered.form is None:
            raise ValueError("no form")
        waiting = entered.form.considered
        blank = modal.view(entered.form, asked.channel, waiting=waiting)
        if within:
            opened = await self._gateway.update_view(within, blank)
        else:
            opened = await self._gateway.open_view(asked.interaction, blank)
        if opened is None and entered.reply is not None:
            await self._answer(url, entered.reply, replace=False)
        if opened is None or entered.fill is None:
            return
        filled = await entered.fill()
        if waiting or filled != entered.form:
            # Not over what has been chosen in it meanwhile.
            view = modal.view(filled, asked.channel)
            await self._gateway.update_view(opened.id, view, opened.hash)

    async def _on_form(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """A submitted form: wrong fields are told at the field, the rest is a command."""
        sent = modal.submission(body)
        command = self._door.commands[sent.where.command]
        try:
            asked = sent.invocation(command_text(command, sent.filled))
        except FormProblems as wrong:
            await ack(response_action="errors", errors=wrong.sentences)
            return
        if isinstance(command, Question):
            await ack(response_action="update", view=modal.answer(modal.WAITING, sent.where))
            self.tasks.start(self._show_answer(asked, sent.view))
            return
        entered = await self._enter(asked)
        if entered.reply is not None:
            await ack(response_action="update", view=modal.answer(entered.reply, sent.where))
        else:
            await ack()
            self.tasks.start(self._finish(entered, asked, "", panel=False))

    async def _show_answer(self, asked: Invocation, view: str) -> None:
        entered = await self._enter(asked)
        finished = await entered.work() if entered.work else Finished(entered.reply)
        await self._show(view, finished.reply or _SHARED, asked, entered.name)

    async def _on_choice(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Another session was chosen in a form: it tells what will happen to that one."""
        await ack()
        chosen = modal.submission(body)
        self.tasks.start(self._reconsider(chosen))

    async def _reconsider(self, chosen: modal.Submission) -> None:
        where = chosen.where
        form = await self._door.reconsider(
            chosen.actor, where.channel, where.command, chosen.filled
        )
        await self._gateway.update_view(chosen.view, modal.view(form, where.channel), chosen.hash)

    async def _on_menu(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """What a menu could hold. A slow OpenVidu leaves it empty; the id can be typed instead."""
        asked = modal.suggestion(body)
        kind = Kind(body["action_id"].rsplit(":", 1)[-1])
        try:
            async with asyncio.timeout(ENTER_SECONDS):
                found = await self._door.options(
                    asked.actor,
                    asked.where.channel,
                    asked.where.command,
                    kind,
                    asked.typed,
                    asked.session,
                )
        except (TimeoutError, OpenViduError) as error:
            log.warning("menu.empty", kind=kind.value, why=type(error).__name__)
            found = ()
        await ack(options=modal.suggestions(found))

    async def _finish(self, entered: Entered, asked: Invocation, url: str, *, panel: bool) -> None:
        if entered.form is not None:
            await self._open_form(entered, asked, url)
            return
        if entered.reply is not None and asked.source is Source.HOME:
            await self._home.publish(asked.actor, entered.reply)
        elif entered.reply is not None:
            await self._answer(url, entered.reply, replace=False)
        if entered.work is None:
            return
        finished = await self._with_sign_of_life(entered, url)
        if asked.source is Source.HOME:
            await self._home.publish(asked.actor, finished.reply)
            return
        acted = isinstance(self._door.commands[entered.name], Action)
        # A card in the channel changes by itself: no panel of one's own comes on top of it.
        if finished.reply is not None and url and (panel or not acted):
            await self._answer(url, finished.reply, replace=panel and finished.replaces)
        if not acted:
            return
        await self._home.refresh(asked.actor.user)
        if url and await self._gateway.standing.lost_within(_SHOWN_SECONDS):
            await self._answer(url, say.held_up(entered.name, entered.ref), replace=False)

    async def _with_sign_of_life(self, entered: Entered, url: str) -> Finished:
        """Run the work; when it takes long, say that it goes on, so that nobody presses again."""
        if entered.work is None:
            raise ValueError("nothing to do")
        work = asyncio.ensure_future(entered.work())
        try:
            return await asyncio.wait_for(asyncio.shield(work), SIGN_OF_LIFE_SECONDS)
        except TimeoutError:
            if url:
                reply = say.working(entered.name, entered.ref)
                await self._answer(url, reply, replace=False)
            return await work

    async def _answer(self, url: str, reply: Reply, *, replace: bool) -> None:
        if not reply.parts:
            reply = Reply(reply.text, (Paragraph(reply.text),))
        await self._gateway.respond(url, reply, replace=replace)
