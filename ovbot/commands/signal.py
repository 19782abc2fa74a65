"""``signal``: send a text to the clients of everybody in a session, or of some.

OpenVidu: POST /openvidu/api/signal.
"""

from typing import Annotated, Self

import msgspec
from pydantic import Field, model_validator

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.emoji import drawn
from ovbot.domain.markup import Markup, bold, code, join, md, mention, visible
from ovbot.domain.reply import Button, Confirm
from ovbot.domain.words import counted
from ovbot.engine import targets
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.people import everybody
from ovbot.engine.policy import authorise
from ovbot.engine.questions import AlreadySo, Ambiguous
from ovbot.engine.unread import NotRead, Unread, connection_id, session_or_unread
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.errors import NobodyConnected
from ovbot.openvidu.participants import display_name, public_id

BIG = 20
"""Beyond so many people a signal to everybody is asked about first."""
NAMED = 3
"""Recipients named in the sentence; more are counted."""


class SignalArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to send it to")] = None
    text: Annotated[str, Arg(Kind.TEXT, "What to send", rest=True)]
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
    all: Annotated[
        bool, Opt(Kind.FLAG, "To everybody however many they are, without asking first")
    ] = False
    unread: Annotated[bool, Opt(Kind.FLAG, "Although nobody can be looked up", hidden=True)] = False

    @model_validator(mode="after")
    def _all_or_some(self) -> Self:
        if self.all and self.to:
            raise ValueError("--all and --to contradict each other: write only one of the two.")
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


class BigRoom(Ambiguous):
    """Everybody is many people, which nobody knew when it was given: a button sends it to all."""

    code = "signal.big_room"

    def __init__(self, session: str, people: int, args: SignalArgs) -> None:
        sure = args.model_copy(update={"session": session, "all": True})
        button = Button(f"Signal all {people}", format_command("signal", sure))
        super().__init__(
            f"{people} people in session {session} would get this, so it was not sent yet: "
            f"“{visible(args.text)}”",
            (button,),
        )
        self.next_step = "Press the button, or write it with --all; --to sends it to some."


async def resolve(args: SignalArgs, context: Context) -> Signal:
    given = args.session
    for text in args.to:
        given = await targets.numbered_session(given, text, context)
    session = await session_or_unread(await _session_id(given, args, context), context)
    if isinstance(session, Unread):
        return await _unread(args, session, context)
    args = args.model_copy(update={"session": session.session_id, "text": drawn(args.text)})
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
    if there > BIG and not args.to and not args.all:
        authorise(SIGNAL, context.access, session.session_id)  # before it is told how many
        raise BigRoom(session.session_id, there, args)
    return Signal(session.session_id, args, tuple(people.values()), there)


async def _unread(args: SignalArgs, unread: Unread, context: Context) -> Signal:
    """To ids, or to everybody however many that are: after a question."""
    args = args.model_copy(update={"text": drawn(args.text)})
    ids = [await connection_id(text, unread, context) for text in args.to]
    if not args.unread:
        change = {"session": unread.session_id, "to": tuple(ids), "unread": True}
        label = f"Signal {ids[0]}" if len(ids) == 1 else f"Signal {len(ids) or 'everybody'}"
        button = Button(label, format_command("signal", args.model_copy(update=change)))
        undone = f"Nothing was sent yet: “{visible(args.text)}”"
        raise NotRead(unread, undone, button, verb="signal")
    people = tuple(Person(each, public_id(each)) for each in dict.fromkeys(ids))
    return Signal(unread.session_id, args, people, None)


async def _session_id(given: str | None, args: SignalArgs, context: Context) -> str:
    """The session meant; its buttons ask first where they would reach a crowd."""
    offered: dict[str, str] = {}

    def again(session: str) -> str:
        command = format_command("signal", args.model_copy(update={"session": session}))
        offered[command] = session
        return command

    try:
        return await targets.session_id(given, context, again, "Signal")
    except Ambiguous as several:
        if not args.to:
            there = {s.session_id: s.people for s in await context.openvidu.sessions()}
            several.buttons = tuple(
                _asking(button, offered[button.command], there, args) for button in several.buttons
            )
        raise


def _asking(button: Button, session: str, there: dict[str, int], args: SignalArgs) -> Button:
    """The dialog is the question: what the button sends is not asked about again."""
    people = there.get(session, 0)
    if people <= BIG:
        return button
    confirm = Confirm(
        title="Signal everybody?",
        text=f"{counted(people, 'person', 'people')} in session {session} get this: "
        f"{args.text[:150]}",
        yes="Signal",
    )
    sure = format_command("signal", args.model_copy(update={"session": session, "all": True}))
    return msgspec.structs.replace(button, command=sure, confirm=confirm)


async def _recipient(text: str, args: SignalArgs, session: Session, context: Context) -> Connection:
    """One of ``--to``. Raises AlreadySo when they have left."""

    def again(connection: str) -> str:
        others = tuple(connection if each == text else each for each in args.to)
        return format_command("signal", args.model_copy(update={"to": others}))

    found = await targets.participant(text, session, context, again, "Signal")
    if found.kind == "IPCAM":
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
    said = md(
        "{} signalled {} in session {} {}: “{}”",
        mention(context.actor.user),
        _recipients(signal),
        code(signal.session),
        md("with type {}", code(args.type)) if args.type else Markup("without a type"),
        args.text,
    )
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
        return md("everybody ({})", counted(signal.there, "person", "people"))
    names = [bold(person.name) for person in signal.people[:NAMED]]
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
    resolve=resolve,
    target=lambda signal: signal.target,
    act=act,
    look=look,
    aliases=("say",),
)
