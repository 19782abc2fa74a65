"""What enters the door: one person's command, however it was given."""

from enum import StrEnum

import msgspec

from ovbot.domain.actor import Actor


class Source(StrEnum):
    """How the command was given."""

    TYPED = "typed"
    BUTTON = "button"
    HOME = "home"
    FORM = "form"
    LATER = "later"
    """Planned by an action of the same person, and due now."""


class Invocation(msgspec.Struct, frozen=True, kw_only=True):
    """One command by one person in one place.

    ``text`` is what follows ``/openvidu``, typed or a button's canonical command. It carries no
    authority: permission is decided from ``actor`` and ``channel`` each time.
    """

    actor: Actor
    channel: str
    text: str
    interaction: str
    """Slack's own id of this command or click: a second delivery has the same one."""
    source: Source = Source.TYPED
    panel: str = ""
    """The question that the message of a pressed button shows; asked again after an action."""
    shows: bool = False
    """Its form was opened from what is shown anew after an action, as after a press there."""
    plan: int | None = None
    """The planned command that this is (``store.later``): the intent is its end, in one commit."""
    confirmed_ids: tuple[str, ...] | None = None
    """The ids that a submitted form has told of, where the action holds to them; never a right."""
    thread: str = ""
    """The timestamp id of the message whose thread it was pressed in; its outcome goes there."""
