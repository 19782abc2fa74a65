"""Forms: opened in time, filled in, and carried out as what they were opened for."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any, Protocol

import msgspec
import structlog
from slack_bolt.context.ack.async_ack import AsyncAck

from ovbot.domain.markup import Markup, bold, md
from ovbot.domain.reply import Button, Buttons, Paragraph, Reply
from ovbot.engine.admission import Entered, Finished
from ovbot.engine.command import AnyCommand, Question
from ovbot.engine.forms import FormProblems, command_text
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.menus import Option
from ovbot.engine.pipeline import Door
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.layout import layout_of
from ovbot.openvidu import OpenViduError
from ovbot.slack import menus, modal, returned
from ovbot.slack.answers import Answers, Place
from ovbot.slack.gateway import Gateway, Opened, Unshown

log = structlog.get_logger(__name__)

MENU_SECONDS = 2.3
"""Slack gives three seconds for a menu."""
_SHARED = Reply(Markup("The answer was posted to the channel."))
_UNKNOWN = modal.Where("ovbot", "")
_TYPE_MORE = "Type a few letters to find the one you mean, then choose it."

Enter = Callable[[Invocation], Awaitable[Entered]]
After = Callable[[], Coroutine[Any, Any, None]]
_ORIGINS = 200
"""Forms of which it is remembered from which message they were opened."""
_ORIGIN_SECONDS = 25 * 60
"""Slack takes answers in the place of a message for half an hour."""


class Origin(msgspec.Struct, frozen=True):
    """What only its reader sees and a form was opened from, a message or App Home: where it can be
    shown anew, and which question it answers. Known to this process alone: without it, what is said
    comes below."""

    place: Place
    panel: str
    source: Source
    at: float


class Finish(Protocol):
    """Answers where no form is open any more; ``panel``: in the place of that message."""

    def __call__(
        self, entered: Entered, asked: Invocation, place: Place, /, *, panel: bool
    ) -> Coroutine[Any, Any, None]: ...


class Forms:
    """Opens forms and takes them back. ``enter`` is the door, within Slack's three seconds;
    ``finish`` answers where no modal is open any more."""

    def __init__(
        self, door: Door, gateway: Gateway, answers: Answers, *, enter: Enter, finish: Finish
    ) -> None:
        self._door = door
        self._gateway = gateway
        self._answers = answers
        self._enter = enter
        self._finish = finish
        self._origins: dict[str, Origin] = {}
        """By the view's id, the oldest first."""

    async def open(
        self,
        entered: Entered,
        asked: Invocation,
        place: Place,
        *,
        within: str = "",
        panel: bool = False,
    ) -> None:
        """Open the form at once, within the trigger's three seconds; what is slow comes after.

        ``panel``: it is opened from a message that only its reader sees. ``within`` a modal it
        takes the modal's place: views.open is not made for where one is open (slackapi/bolt-js,
        issue 1827), and a pushed one would leave an old answer beneath it.
        """
        if entered.form is None:
            raise ValueError("no form")
        waiting = entered.form.considered
        blank = modal.view(entered.form, asked.channel, waiting=waiting)
        opened: Opened | Unshown | None
        if within:
            opened = await self._gateway.update_view(within, blank)
        else:
            opened = await self._gateway.open_view(asked.interaction, blank)
        if not isinstance(opened, Opened):
            if entered.reply is not None:
                await self._answers.say(place, entered.reply)
            return
        if (panel or asked.source is Source.HOME) and not within:
            self._remember(opened.id, Origin(place, asked.panel, asked.source, monotonic()))
        if entered.fill is None:
            return
        filled = await entered.fill()
        if waiting or filled != entered.form:
            # Not over what has been chosen in it meanwhile.
            view = modal.view(filled, asked.channel)
            shown = await self._gateway.update_view(opened.id, view, opened.hash)
            if isinstance(shown, Unshown) and not shown.by_its_person:
                await self._answers.say(place, _not_filled(entered))

    def _remember(self, view: str, origin: Origin) -> None:
        self._origins[view] = origin
        while len(self._origins) > _ORIGINS:
            del self._origins[next(iter(self._origins))]

    def _origin(self, view: str) -> Origin | None:
        origin = self._origins.pop(view, None)
        if origin is None or monotonic() - origin.at > _ORIGIN_SECONDS:
            return None
        return origin

    async def submitted(self, ack: AsyncAck, body: dict[str, Any]) -> After | None:
        """Take a form back: wrong fields are told at the field, the rest is a command.

        Returns what goes on after the acknowledgement.
        """
        try:
            sent = returned.submission(body)
            command = self._door.powers.commands[sent.where.command]
        except (msgspec.DecodeError, KeyError) as error:
            log.warning("form.unreadable", why=type(error).__name__)
            await ack(response_action="update", view=modal.answer(_OLD, _UNKNOWN))
            return None
        args: type[Args] = command.args
        if sent.lost or (sent.is_empty and layout_of(args).shown):
            log.warning("form.empty", command=command.name, lost=sent.lost)
            await ack(response_action="update", view=modal.answer(_came_empty(sent), sent.where))
            return None
        try:
            asked = sent.invocation(_text(command, sent))
        except FormProblems as wrong:
            await self._tell_problems(ack, sent, wrong)
            return None
        return await self._carry_out(ack, command, asked, sent)

    async def _tell_problems(
        self, ack: AsyncAck, sent: returned.Submission, wrong: FormProblems
    ) -> None:
        """At the fields; in words where the form, an older ovbot's, does not have them."""
        if sent.fields >= set(wrong.sentences):
            await ack(response_action="errors", errors=wrong.sentences)
            return
        said = md(":warning: *Not done.* {}", " ".join(wrong.sentences.values()))
        reply = Reply(said, (Paragraph(said), _again(sent)))
        await ack(response_action="update", view=modal.answer(reply, sent.where))

    async def _carry_out(
        self, ack: AsyncAck, command: AnyCommand, asked: Invocation, sent: returned.Submission
    ) -> After | None:
        place = Place(asked.actor.user, asked.channel)
        if isinstance(command, Question):
            await ack(response_action="update", view=modal.answer(modal.WAITING, sent.where))
            return lambda: self._show_answer(asked, sent, place)
        origin = self._origin(sent.view)
        if origin is not None:  # its message is shown anew, as after a press in it
            asked = msgspec.structs.replace(asked, panel=origin.panel, shows=True)
            place = origin.place
        entered = await self._enter(asked)
        if entered.reply is not None:
            await ack(response_action="update", view=modal.answer(entered.reply, sent.where))
            return None
        await ack()
        if origin is None:
            return lambda: self._finish(entered, asked, place, panel=False)
        seen = msgspec.structs.replace(asked, source=origin.source)
        in_message = origin.source is not Source.HOME
        return lambda: self._finish(entered, seen, place, panel=in_message)

    async def _show_answer(
        self, asked: Invocation, sent: returned.Submission, place: Place
    ) -> None:
        entered = await self._enter(asked)
        finished = await entered.work() if entered.work else Finished(entered.reply)
        await self.show(sent.view, finished.reply or _SHARED, asked, place, entered.name)

    async def show(
        self, view: str, reply: Reply, asked: Invocation, place: Place, name: str
    ) -> None:
        """Show a reply in an open modal, or say it where that cannot be."""
        where = modal.Where(name or "ovbot", asked.channel)
        shown = await self._gateway.update_view(view, modal.answer(reply, where))
        if isinstance(shown, Unshown):
            await self._answers.say(place, reply)

    async def chosen(self, body: dict[str, Any]) -> None:
        """Another session was chosen in a form: it tells what will happen to that one."""
        try:
            sent = returned.submission(body)
            where = sent.where
            form = await self._door.reconsider(
                sent.actor, where.channel, where.command, sent.filled, brief=where.brief
            )
        except (msgspec.DecodeError, KeyError) as error:
            log.warning("choice.unreadable", why=type(error).__name__)
            return
        view = modal.view(form, where.channel)
        shown = await self._gateway.update_view(sent.view, view, sent.hash)
        if isinstance(shown, Unshown) and not shown.by_its_person:  # it tells of another one still
            await self._answers.say(Place(sent.actor.user, where.channel), _not_changed(sent))

    async def menu(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """What a menu could hold. A slow OpenVidu leaves only what is typed to be chosen."""
        try:
            asked = returned.suggestion(body)
            kind = Kind(asked.kind)
            self._door.powers.commands[asked.where.command]
        except (msgspec.DecodeError, KeyError, ValueError) as error:
            log.warning("menu.unreadable", why=type(error).__name__)
            await ack(options=[])
            return
        found = await self._options(asked, kind)
        await ack(options=menus.offered(found, asked.typed) if found is not None else [])
        self._door.tasks.start(self._door.menus.heard())

    async def _options(self, asked: returned.Suggestion, kind: Kind) -> tuple[Option, ...] | None:
        """What there is; nothing where OpenVidu does not tell in time; None for who may not."""
        where = asked.where
        try:
            async with asyncio.timeout(MENU_SECONDS):
                return await self._door.options(
                    asked.actor, where.channel, where.command, kind, asked.typed, asked.session
                )
        except (TimeoutError, OpenViduError) as error:
            log.warning("menu.empty", kind=kind.value, why=type(error).__name__)
            return ()


def _text(command: AnyCommand, sent: returned.Submission) -> str:
    """The canonical text of a submitted form; raises FormProblems."""
    if sent.unfinished:
        raise FormProblems(dict.fromkeys(sent.unfinished, _TYPE_MORE))
    return command_text(command, sent.filled)


def _again(sent: returned.Submission) -> Buttons:
    session = next(iter(sent.filled.get("session", ())), "")
    about = f"{sent.where.command} --session {session} ?" if session else f"{sent.where.command} ?"
    return Buttons((Button("Open it again", about),))


def _came_empty(sent: returned.Submission) -> Reply:
    said = md(
        ":warning: *Not done.* Slack sent this form back without what you filled in, so nothing "
        "was done. Open it again."
    )
    return Reply(said, (Paragraph(said), _again(sent)))


def _not_changed(sent: returned.Submission) -> Reply:
    said = md(
        ":warning: Slack did not take what the form for {} will do to what you have chosen: what "
        "it tells is of what was chosen before. Close it and open it again.",
        bold(sent.where.command),
    )
    return Reply(said, (Paragraph(said), _again(sent)))


def _not_filled(entered: Entered) -> Reply:
    said = md(
        ":warning: Slack did not take what the form for {} will do. Close it and try again.",
        bold(entered.name),
    )
    parts = entered.reply.parts if entered.reply else ()
    again = [part for part in parts if isinstance(part, Buttons)]
    return Reply(said, (Paragraph(said), *again))


_OLD_SAID = Markup(
    ":warning: *Not done.* This form was opened by an older version of ovbot, so nothing was done. "
    "Close it and give the command again."
)
_OLD = Reply(_OLD_SAID, (Paragraph(_OLD_SAID),))
