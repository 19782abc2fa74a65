"""What a command is: a question (changes nothing) or an action (audited, with exactly one outcome).

Both are one frozen value in a module of `ovbot.commands`; the registry finds it there.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, runtime_checkable

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.binding import Topic
from ovbot.domain.grant import Scope
from ovbot.domain.markup import Markup
from ovbot.domain.reply import Part, Reply
from ovbot.engine.context import Context
from ovbot.engine.outcomes import Effect
from ovbot.engine.policy import About
from ovbot.grammar.args import Args

A = TypeVar("A", bound=Args)
T = TypeVar("T")
R = TypeVar("R")


class Guard(StrEnum):
    """What stands between a click and the action. Typed commands pass CONFIRM (see decisions/3)."""

    NONE = "none"
    CONFIRM = "confirm"
    """Every button of it asks in a dialog that names the object."""
    FORM = "form"
    """Only a submitted form carries it out; the form tells the consequences and takes a reason.
    So does a plan: whoever made it has submitted a form before."""


class Brief(msgspec.Struct, frozen=True):
    """A form about one person who was chosen already: nothing but what is still to be said.

    ``text`` takes whom, and the session.
    """

    title: str
    submit: str
    text: str


class Target(msgspec.Struct, frozen=True):
    """Whom or what an action is about, as the audit names it."""

    session: str = ""
    id: str = ""
    label: str = ""
    person: str = ""
    reason: str = ""
    """Who, and why, where that was typed as one and only who is there told the two apart."""
    over: tuple[Scope, ...] = ()
    """Where it is about no single session: all that the person needs the role over."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How an action ended, and what is said of it.

    ``said`` is one sentence. DONE is told to the channel, everything else to the actor alone,
    unless it is said ``aloud``: something has happened to others all the same.
    ``answer`` is what OpenVidu answered (``204``, ``404 kick.no_connection``), for the audit.
    ``effects`` are stored in the outcome's transaction, one after another. Of several, ``left``
    names those it is still to be done to. ``helps`` are the commands that ``said`` names: who reads
    it can press them.
    ``topic`` decides which bound channels hear of it, when it is DONE. ``notice_key``
    makes the notice another than the action's own; "" where nobody hears of it. ``late``: it took
    long.
    """

    outcome: Outcome
    said: Markup
    answer: str = ""
    detail: str = ""
    parts: tuple[Part, ...] = ()
    target: Target | None = None
    effects: tuple[Effect, ...] = ()
    left: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    notice_key: str | None = None
    late: bool = False
    topic: Topic = Topic.MODERATION
    aloud: bool = False


@runtime_checkable
class Confirmed(Protocol):
    """A target of several, of whom only those are touched that the submitted form has named."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Those that the consequences tell of."""
        ...

    def restrict_to(self, confirmed_ids: tuple[str, ...] | None) -> Self:
        """Without whom the form has not named (None: there was none); raises UserError where
        nobody is left."""
        ...


@dataclass(frozen=True, kw_only=True)
class Question(Generic[A, R]):
    """A command that changes nothing."""

    name: str
    summary: str
    args: type[A]
    needs: Role
    run: Callable[[A, Context], Awaitable[R]]
    """Ask the store and OpenVidu; raises OvbotError."""
    render: Callable[[R], Reply]
    """Pure: the answer in words."""
    aliases: tuple[str, ...] = ()
    label: str = ""
    about: About = About.SERVER
    auditors: bool = False
    """Whether who audits may ask it too."""
    pro: bool = False
    """Whether only OpenVidu Pro has it."""
    changes: ClassVar[bool] = False

    @property
    def title(self) -> str:
        """What its form and its buttons are called, at most 24 characters."""
        return self.label or self.name.capitalize()


@dataclass(frozen=True, kw_only=True)
class Action(Generic[A, T]):
    """A command that changes something.

    ``resolve`` finds out what exactly is meant, from OpenVidu's live truth, and changes nothing;
    ``act`` does it and reads back; ``look`` finds out, after a time-out or a crash, what became of
    an attempt, from its audit entry alone.
    """

    name: str
    summary: str
    args: type[A]
    needs: Role
    resolve: Callable[[A, Context], Awaitable[T]]
    target: Callable[[T], Target]
    act: Callable[[T, Context], Awaitable[Result]]
    look: Callable[[AuditEntry, Context], Awaitable[Result]]
    guard: Guard | Callable[[A], Guard] = Guard.NONE
    """Its own for each way to ask, where it depends on that: see ``guard_of``."""
    consequences: Callable[[T, Context], Awaitable[Markup]] | None = None
    """For Guard.FORM, and a dry run: what will happen to whom, read live, in a few sentences."""
    follows: Callable[[A], str] | None = None
    """For Guard.CONFIRM: what will happen and where, in a sentence or two of plain text."""
    refresh: Callable[[T], str] = lambda _target: ""
    """The question that a panel shows anew after this action, as canonical text."""
    notice_key: Callable[[AuditEntry], str] = lambda ended: f"action:{ended.ref}"
    """What makes the notice of an outcome this notice: of several of the same, one is told."""
    brief: Brief | None = None
    """Its form where somebody was chosen in a menu."""
    aliases: tuple[str, ...] = ()
    label: str = ""
    about: About = About.SERVER
    pro: bool = False
    """Whether only OpenVidu Pro has it."""
    auditors: ClassVar[bool] = False
    """Who audits changes nothing."""
    changes: ClassVar[bool] = True

    @property
    def title(self) -> str:
        """What its form and its buttons are called, at most 24 characters."""
        return self.label or self.name.capitalize()

    def guard_of(self, args: A) -> Guard:
        """What stands before just this. The approval of a second person would have its place
        here too: it depends on the same."""
        return self.guard if isinstance(self.guard, Guard) else self.guard(args)


AnyCommand = Question[Any, Any] | Action[Any, Any]
