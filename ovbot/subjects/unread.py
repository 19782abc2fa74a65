"""A session that OpenVidu does not show, and what can be done to it all the same.

Closing, signalling and removing by id take nothing but ids: a server that fails at telling who is
in a session still carries them out. Whoever asks is told first that nobody could be looked up.
"""

import re

import msgspec

from ovbot.domain.markup import Markup, md
from ovbot.domain.reply import Button, Note, Part
from ovbot.engine import list_numbers
from ovbot.engine.context import Context
from ovbot.engine.refusals import AlreadySo, Ambiguous
from ovbot.errors import UserError
from ovbot.openvidu import OpenViduError, Session
from ovbot.openvidu.errors import BadArgument, Unreachable, Untrusted
from ovbot.subjects import targets

_ADDRESSABLE = re.compile(r"con_\w+|ipc_IPCAM_[a-z]+_[A-Za-z0-9]{4}_.+")
"""Ids that OpenVidu takes. Of a camera's that holds a password only the beginning is ever shown."""


class Unread(msgspec.Struct, frozen=True):
    """The session that was asked for, and why nothing is known of it."""

    session_id: str
    error: OpenViduError

    @property
    def why(self) -> str:
        return because(self.error)

    @property
    def sentence(self) -> str:
        """What could not be read, and why."""
        return f"OpenVidu doesn't show who is in session {self.session_id}: {self.why}."


class NotRead(Ambiguous):
    """Nobody could be looked up: a button does it all the same. ``undone``: what was not done."""

    def __init__(self, unread: Unread, undone: str, button: Button | None, *, verb: str) -> None:
        super().__init__(f"{unread.sentence} {undone}", (button,) if button else ())
        self.next_step = "You can do it anyway." if button else "Try again in a moment."
        self.code = f"{verb}.session_unread"


async def session_or_unread(session: str, context: Context) -> Session | Unread:
    """The session as it is now. Raises UserError where it is known not to be there."""
    try:
        return await targets.live_session(session, context)
    except (BadArgument, Untrusted):
        raise
    except OpenViduError as error:
        return Unread(session, error)


def may_be_there(id_: str, session: Session) -> bool:
    """Whether somebody is not shown only since their entry could not be read."""
    shown = {connection.connection_id for connection in session.connections}
    is_id = _ADDRESSABLE.fullmatch(id_) is not None
    return bool(session.unreadable) and is_id and id_ not in shown


def because(error: OpenViduError) -> str:
    """Why a look told nothing, in a few words, to follow a colon."""
    status = error.status
    if status is None:
        reachable = not isinstance(error, Unreachable)
        return "its answer makes no sense" if reachable else "it didn't answer"
    if status in {502, 503, 504}:
        return f"something in front of it answered {status}"
    if status == 200:
        return "its answer was cut off or isn't OpenVidu's"
    return f"it answered {status}"


def unchecked(error: OpenViduError) -> Markup:
    """Said behind what OpenVidu has accepted, where a look at it failed."""
    return md(" That it is so now could not be checked: {}.", because(error))


def missing(unreadable: int, read: int, what: str) -> tuple[Part, ...]:
    """What is said under a list of which some entries could not be read: ``1 of 24 people``."""
    if not unreadable:
        return ()
    text = ":warning: {} of {} {} could not be read from OpenVidu's answer, and {} not shown here."
    verb = "is" if unreadable == 1 else "are"
    return (Note(md(text, unreadable, unreadable + read, what, verb)),)


async def connection_id(text: str, unread: Unread, context: Context) -> str:
    """The one who is meant, as an id: written as such, or as a number of the last list.

    Raises what the look raised for a name: that is only told by the session.
    """
    found = text
    if text.isdecimal():
        found = await _of_last_list(int(text), unread, context)
    if not _ADDRESSABLE.fullmatch(found):
        raise _by_id(unread)
    return found


def _by_id(unread: Unread) -> OpenViduError:
    more = "An id (con_…) works all the same, and so does a number of the last list you saw."
    unread.error.next_step = f"{unread.error.next_step} {more}"
    return unread.error


async def _of_last_list(number: int, unread: Unread, context: Context) -> str:
    last = await list_numbers.last_list(context)
    if last is None or last.session != unread.session_id:
        raise UserError(
            f"{unread.sentence} You haven't seen a list of it, so number {number} means nothing.",
            "Write the id (con_…) instead.",
            code="participant.no_list",
        )
    if not 1 <= number <= len(last.connections):
        raise AlreadySo(f"The last list you saw has no number {number}.", "Write an id (con_…).")
    return last.connections[number - 1]
