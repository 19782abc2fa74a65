"""What comes out of the door: at once, and at the end."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ovbot.domain.reply import Reply
from ovbot.engine.forms import Form


@dataclass(frozen=True)
class Performed:
    """How an action ended: ``reply`` as it is told, to the channel where it is ``public``, else to
    whoever acted; ``refresh`` is the question that a panel shows anew, or ``""``.

    ``reply`` is None where another process has told it.
    """

    refresh: str = ""
    reply: Reply | None = None
    public: bool = False


@dataclass(frozen=True)
class Finished:
    """What is shown at the end. ``replaces`` a panel, when it was pressed in one.

    ``outcome`` is how an action ended, for where the notice of it is not seen; ``public`` where
    that is for the channel, and not for its person alone.
    """

    reply: Reply | None = None
    replaces: bool = False
    outcome: Reply | None = None
    public: bool = False


@dataclass(frozen=True)
class Entered:
    """The door's answer before the acknowledgement: a reply, work to be done, or a form."""

    ref: str
    name: str = ""
    reply: Reply | None = None
    work: Callable[[], Awaitable[Finished]] | None = None
    form: Form | None = None
    """To be filled in, instead of work; ``reply`` is for where no form can be opened."""
    fill: Callable[[], Awaitable[Form]] | None = None
    """The form again with what had to be asked of OpenVidu for it."""
    failed: bool = False
    """The store did not take it: nothing was recorded, so it may be tried again."""
