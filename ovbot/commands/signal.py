"""``signal``: send a text to the clients of everybody in a session, or of some.

OpenVidu: POST /openvidu/api/signal.
"""

import re
from typing import Annotated, Self

import msgspec
from pydantic import Field, model_validator

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.emoji import drawn
from ovbot.domain.markup import Markup, bold, code, join, md, mention, visible
from ovbot.domain.names import folded
from ovbot.domain.reply import Button
from ovbot.domain.words import counted
from ovbot.engine.command import Action, Brief, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo, Ambiguous
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt, Ready
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.errors import NobodyConnected
from ovbot.openvidu.participants import display_name, public_id
from ovbot.subjects import names, targets
from ovbot.subjects.people import everybody
from ovbot.subjects.unread import NotRead, Unread, connection_id, session_or_unread

BIG = 20
"""Beyond so many people a form's signal to everybody is asked about first."""
NAMED = 3
"""Recipients named in the sentence; more are counted."""


class SignalArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to send it to")] = None
    text: Annotated[
        str | None,
        Arg(
            Kind.TEXT,
            "What to send",
            rest=True,
            unless="type",
            ready=Ready.MESSAGES,
            brief=True,
        ),
    ] = None
    to: Annotated[
        tuple[str, ...],
        Opt(
            Kind.PARTICIPANT,
            "Only to these: numbers, parts of names, or ids",
            menu="Only to these; to everybody if nobody is chosen",
        ),
        Field(max_length=100),
    ] = ()
    type: Annotated[
        str | None,
        Opt(Kind.WORD, "Type that the application listens for"),
        Field(max_length=200),
    ] = None
    to_all: Annotated[
        bool, Opt(Kind.FLAG, "To everybody however many they are, without asking first")
    ] = False
    unread: Annotated[bool, Opt(Kind.FLAG, "Although nobody can be looked up", hidden=True)] = False

    @model_validator(mode="after")
    def _all_or_some(self) -> Self:
        if self.to_all and self.to:
            raise ValueError("--to-all and --to contradict each other: write only one of the two.")
        return self


class Person(msgspec.Struct, frozen=True):
    """One recipient."""

    connection: str
    name: str


class Signal(msgspec.Struct, frozen=True):
    """What goes to whom, as found live; no ``people`` means all of those who are ``there``, None
    where it could not be read how many that are."""

    session: str
    args: SignalArgs
    people: tuple[Person, ...]
    there: int | None

    @property
    def target(self) -> Target:
        """The session when it goes to everybody, else the connections."""
        if not self.people:
            return Target(self.session, self.session, "everybody")
        ids = " ".join(person.connection for person in self.people)
        names = ", ".join(person.name for person in self.people[:NAMED])
        more = len(self.people) - NAMED
        return Target(self.session, ids, f"{names} and {more} more" if more > 0 else names)


class SomebodyLeft(Ambiguous):
    """Not everybody who was named is there: a button sends it to those who are."""

    def __init__(self, sentence: str, args: SignalArgs, rest: list[Person], *, answer: str) -> None:
        buttons: tuple[Button, ...] = ()
        if rest:
            ids = tuple(person.connection for person in rest)
            command = format_command("signal", args.model_copy(update={"to": ids}))
            label = f"Signal {rest[0].name}" if len(rest) == 1 else f"Signal the other {len(rest)}"
            buttons = (Button(label, command),)
        super().__init__(f"{sentence} Nothing was sent to anybody.", buttons)
        self.next_step = "Send it to those who are there." if rest else "Look who is there."
        self.code = answer


class ToAll(Ambiguous):
    """Nobody is named, or everybody is many people, which nobody knew when it was given: a button
    sends it to all."""

    code = "signal.to_all"

    def __init__(self, session: str, people: int, args: SignalArgs) -> None:
        sure = args.model_copy(update={"session": session, "to_all": True})
        button = Button(f"Send to all {people}", format_command("signal", sure))
        would = f"{counted(people, 'person', 'people').capitalize()} in session {session} would get"
        super().__init__(f"{would} this, so it was not sent yet: {_what(args)}", (button,))
        self.next_step = (
            "Press the button, or write “signal all …”; “signal NAME …” sends it to one person."
        )


async def resolve(args: SignalArgs, context: Context) -> Signal:
    given = args.session
    for text in args.to:
        given = await targets.numbered_session(given, text, context)
    session = await session_or_unread(await _session_id(given, args, context), context)
    if isinstance(session, Unread):
        return await _unread(args, session, context)
    if not context.filled:
        args = _addressed(args, session)
    args = args.model_copy(update={"session": session.session_id, "text": _drawn(args.text)})
    people: dict[str, Person] = {}
    gone: list[str] = []
    for text in args.to:
        try:
            found = await _recipient(text, args, session, context)
        except AlreadySo as left:
            gone.append(left.sentence)
        else:
            people[found.connection_id] = Person(found.connection_id, display_name(found))
    if gone:
        raise SomebodyLeft(" ".join(gone), args, list(people.values()), answer="signal.gone")
    there = everybody(session)
    if not args.to and not args.to_all and there and (there > BIG or not context.filled):
        authorise(SIGNAL, context.access, session.session_id)  # before it is told how many
        raise ToAll(session.session_id, there, args)
    return Signal(session.session_id, args, tuple(people.values()), there)


def _drawn(text: str | None) -> str | None:
    return None if text is None else drawn(text)


def _what(args: SignalArgs) -> str:
    """What would be sent, for a question about it."""
    if args.text is None:
        return f"a signal of type {visible(args.type or '')}, without text"
    return f"“{visible(args.text)}”"


_EVERYBODY = re.compile(r"(?:to\s+)?(?:all|everybody|everyone)", re.IGNORECASE)
_ALL = re.compile(r"(?:to\s+)?(?:all|everybody|everyone)\b[:,]?\s+(.+)", re.IGNORECASE | re.DOTALL)
_TO = re.compile(r"to\s+([^:]+?)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_ONE = re.compile(r"(\d+|(?:con|ipc)_\w+)[:,]?\s+(.+)", re.DOTALL)
_CALLED = re.compile(r"([^:]+?)\s*:\s+(.+)", re.DOTALL)


def _marked(args: SignalArgs) -> SignalArgs:
    """Whom a text begins with, where that shows without knowing who is there: ``1 hello``,
    ``to Max: hi``, ``all time is up``."""
    if args.to or args.to_all or args.text is None:
        return args
    if args.type and _EVERYBODY.fullmatch(args.text):
        return args.model_copy(update={"to_all": True, "text": None})
    if found := _ALL.fullmatch(args.text):
        return args.model_copy(update={"to_all": True, "text": found[1]})
    if found := _TO.fullmatch(args.text) or _ONE.fullmatch(args.text):
        return args.model_copy(update={"to": (found[1],), "text": found[2]})
    return args


def _addressed(args: SignalArgs, session: Session) -> SignalArgs:
    """Whom a text begins with, typed without options; also by name: ``Max hi``, ``Max: hi``."""
    args = _marked(args)
    if args.to or args.to_all or args.text is None:
        return args
    read = names.read_name(args.text, session.connections)
    whole = {folded(display_name(each)) for each in session.connections}
    if read.reason and read.sure and folded(read.name.removeprefix("@")) in whole:
        said = args.text.split(maxsplit=len(read.name.split()))[-1]
        return args.model_copy(update={"to": (read.name,), "text": said})
    if (found := _CALLED.fullmatch(args.text)) and names.by_name(found[1], session.connections):
        return args.model_copy(update={"to": (found[1],), "text": found[2]})
    return args


async def _unread(args: SignalArgs, unread: Unread, context: Context) -> Signal:
    """To ids, or to everybody however many that are: after a question."""
    if not context.filled:
        args = _marked(args)
    args = args.model_copy(update={"text": _drawn(args.text)})
    ids = [await connection_id(text, unread, context) for text in args.to]
    if not args.unread:
        change = {"session": unread.session_id, "to": tuple(ids), "unread": True}
        label = f"Signal {ids[0]}" if len(ids) == 1 else f"Signal {len(ids) or 'everybody'}"
        button = Button(label, format_command("signal", args.model_copy(update=change)))
        undone = f"Nothing was sent yet: {_what(args)}"
        raise NotRead(unread, undone, button, verb="signal")
    people = tuple(Person(each, public_id(each)) for each in dict.fromkeys(ids))
    return Signal(unread.session_id, args, people, None)


async def _session_id(given: str | None, args: SignalArgs, context: Context) -> str:
    def again(session: str) -> str:
        return format_command("signal", args.model_copy(update={"session": session}))

    return await targets.session_id(given, context, again, "Signal")


async def _recipient(text: str, args: SignalArgs, session: Session, context: Context) -> Connection:
    """One of ``--to``. Raises AlreadySo when they have left."""

    def again(connection: str) -> str:
        others = tuple(connection if each == text else each for each in args.to)
        return format_command("signal", args.model_copy(update={"to": others}))

    found = await targets.participant(text, session, context, again, "Signal")
    if found.is_ip_camera:
        raise UserError(
            f"{display_name(found)} is an IP camera and hears no signals.",
            "Leave it out of --to.",
            code="signal.camera",
        )
    return found


async def act(signal: Signal, context: Context) -> Result:
    args = signal.args
    to = [person.connection for person in signal.people] or None
    try:
        await context.openvidu.signal(signal.session, args.text, type=args.type, to=to)
    except NobodyConnected as refused:
        return await _nobody(signal, context, f"{refused.status} {refused.code}")
    who, to_whom = mention(context.actor.user), _recipients(signal)
    where, of_type = code(signal.session), code(args.type or "")
    if args.text is None:
        text = "{} sent a signal of type {}, without text, to {} in session {}."
        said = md(text, who, of_type, to_whom, where)
    else:
        type_ = md(" (type {})", of_type) if args.type else Markup("")
        said = md("{} sent to {} in session {}{}: “{}”", who, to_whom, where, type_, args.text)
    return Result(outcome=Outcome.DONE, said=said, answer="200")


async def _nobody(signal: Signal, context: Context, answer: str) -> Result:
    """406 means two things; the session itself tells which, and who has left."""
    session = await session_or_unread(signal.session, context)
    if isinstance(session, Unread):
        text = "Nothing was sent: OpenVidu says that nobody could get it, or that one has left. {}"
        return Result(outcome=Outcome.REFUSED, said=md(text, session.sentence), answer=answer)
    there = {connection.connection_id for connection in session.connections}
    gone = [person.name for person in signal.people if person.connection not in there]
    if gone:
        rest = [person for person in signal.people if person.connection in there]
        verb = "has" if len(gone) == 1 else "have"
        sentence = f"{', '.join(gone)} {verb} left session {signal.session}."
        raise SomebodyLeft(sentence, signal.args, rest, answer=answer)
    said = md(
        "Nothing was sent: OpenVidu says that nobody is connected to session {} who could get it. "
        "Send it when somebody has joined.",
        code(signal.session),
    )
    return Result(outcome=Outcome.REFUSED, said=said, answer=answer)


def _recipients(signal: Signal) -> Markup:
    if not signal.people:
        if signal.there is None:
            return Markup("everybody (how many could not be read)")
        if signal.there == 1:
            return Markup("the only person")
        return md("all {}", counted(signal.there, "person", "people"))
    names = [bold(person.name) for person in signal.people[:NAMED]]
    if len(signal.people) == 1:
        return names[0]
    more = len(signal.people) - len(names)
    count = counted(len(signal.people), "person", "people")
    rest = md(" and {} more", more) if more else Markup("")
    return md("{} ({}{})", count, join(", ", names), rest)


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """OpenVidu keeps no signals, so there is nothing to look at."""
    said = md(
        "It is not known whether the signal to {} in session {} was sent, and OpenVidu keeps none "
        "to look at. Ask somebody who is there; sent again, it may come twice.",
        bold(attempt.detail),
        code(attempt.session),
    )
    return Result(outcome=Outcome.UNKNOWN, said=said, answer="nothing to look at")


SIGNAL = Action(
    name="signal",
    summary="Send a text to the people in a session",
    args=SignalArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda signal: signal.target,
    act=act,
    look=look,
    brief=Brief("Message", "Send", "To {}, and nobody else in session {}."),
    aliases=("say", "message"),
)
