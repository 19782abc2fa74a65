"""Slack's payloads as typed values, and as invocations. Dicts stop here.

Sources: docs.slack.dev, "Slash commands", "block_actions payload", "app_home_opened event".
"""

from typing import Any

import msgspec
from yarl import URL

from ovbot.domain.actor import Actor
from ovbot.engine.invocation import Invocation, Source
from ovbot.slack.origin import Flag, Sent, ViewOrigin, sender
from ovbot.slack.present import ACTION, asked_again


class SlashCommand(msgspec.Struct, frozen=True):
    """A slash command; the other keys of the payload are not needed."""

    team_id: str | None
    channel_id: str
    user_id: str
    text: str
    trigger_id: str
    response_url: str
    command: str = ""
    enterprise_id: str | None = None
    is_enterprise_install: Flag = None


class _Id(msgspec.Struct, frozen=True):
    id: str


class _Container(msgspec.Struct, frozen=True):
    type: str = ""
    channel_id: str | None = None
    is_ephemeral: bool = False
    message_ts: str | None = None
    thread_ts: str | None = None


class _Chosen(msgspec.Struct, frozen=True):
    value: str


class _PressedButton(msgspec.Struct, frozen=True):
    """A button, or the option that was chosen behind three dots."""

    action_id: str
    value: str = ""
    selected_option: _Chosen | None = None

    @property
    def command(self) -> str:
        return self.selected_option.value if self.selected_option else self.value


class _Message(msgspec.Struct, frozen=True):
    ts: str | None = None
    thread_ts: str | None = None


class _PressedIn(ViewOrigin, frozen=True, kw_only=True):
    id: str
    type: str
    private_metadata: str = ""


class ButtonClick(Sent, frozen=True, kw_only=True):
    """A block_actions payload with one pressed button; ``view`` where it was in no message."""

    trigger_id: str
    actions: tuple[_PressedButton, ...]
    container: _Container = _Container()
    channel: _Id | None = None
    view: _PressedIn | None = None
    message: _Message | None = None
    response_url: str = ""

    @property
    def action(self) -> str:
        """The id of what was pressed, or ``""``."""
        return self.actions[0].action_id if self.actions else ""

    @property
    def is_ours(self) -> bool:
        """Whether it says what is to be done."""
        return self.action.startswith(f"{ACTION}:") and bool(self.actions[0].command)

    @property
    def in_panel(self) -> bool:
        """Whether it was pressed in a message that only its reader sees."""
        return self.container.is_ephemeral

    @property
    def thread(self) -> str:
        """The thread that it was pressed in, or ``""``: not so for the message that began it."""
        place, said = self.container, self.message or _Message()
        thread = place.thread_ts or said.thread_ts or ""
        return "" if thread in {place.message_ts, said.ts} else thread

    @property
    def modal(self) -> str:
        """The id of the modal that it was pressed in, or ``""``."""
        return self.view.id if self.view is not None and self.view.type == "modal" else ""


class _Authorization(msgspec.Struct, frozen=True):
    is_enterprise_install: bool | None = None


class _Opened(msgspec.Struct, frozen=True):
    user: str
    tab: str = "home"
    view: ViewOrigin | None = None


class HomeOpened(msgspec.Struct, frozen=True):
    """An app_home_opened event, with what is around it."""

    event: _Opened
    team_id: str | None = None
    context_team_id: str | None = None
    enterprise_id: str | None = None
    context_enterprise_id: str | None = None
    authorizations: tuple[_Authorization, ...] = ()

    @property
    def tab(self) -> str:
        """``home`` or ``messages``."""
        return self.event.tab

    @property
    def actor(self) -> Actor:
        """Who opened it."""
        view = self.event.view or ViewOrigin()
        return sender(
            self.event.user,
            self.team_id,
            self.context_team_id,
            view.team_id,
            view.app_installed_team_id,
            enterprise=self.enterprise_id or self.context_enterprise_id,
            org_wide=any(one.is_enterprise_install for one in self.authorizations),
        )


def slash_command(payload: dict[str, Any]) -> SlashCommand:
    """Raises msgspec.ValidationError when a key that is needed is missing."""
    return msgspec.convert({"team_id": "", "text": "", "response_url": "", **payload}, SlashCommand)


def fields(body: str) -> dict[str, str]:
    """The fields of a form, as slash commands come in. Done in C: it is most of what a command
    costs before it is acknowledged."""
    return dict(URL.build(query_string=body, encoded=True).query)


def button_click(payload: dict[str, Any]) -> ButtonClick:
    """Raises msgspec.ValidationError when a key that is needed is missing."""
    return msgspec.convert(payload, ButtonClick)


def home_opened(payload: dict[str, Any]) -> HomeOpened:
    """Raises msgspec.ValidationError when a key that is needed is missing."""
    return msgspec.convert(payload, HomeOpened)


def typed(command: SlashCommand) -> Invocation:
    """What was typed, as an invocation."""
    return Invocation(
        actor=sender(
            command.user_id,
            command.team_id,
            enterprise=command.enterprise_id,
            org_wide=command.is_enterprise_install,
        ),
        channel=command.channel_id,
        text=command.text,
        interaction=command.trigger_id,
    )


def pressed(click: ButtonClick, asked_in: str = "") -> Invocation:
    """What was pressed, as an invocation. In App Home there is no channel: the person's own id
    stands for the direct message with ovbot. A modal is ``asked_in`` one, and remembers it."""
    channel = click.channel.id if click.channel else click.container.channel_id or asked_in
    return Invocation(
        actor=click.sender(click.view),
        channel=channel or click.user.id,
        text=click.actions[0].command,
        interaction=click.trigger_id,
        source=Source.BUTTON if channel else Source.HOME,
        panel=asked_again(click.actions[0].action_id),
        thread=click.thread,
    )
