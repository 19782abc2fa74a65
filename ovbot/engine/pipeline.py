"""The one door: a fixed sequence, because the order is a safety property.

    find command → parse → find bindings → authorise → RECORD INTENT (committed) → acknowledge
      → resolve → authorise the session → RECORD ATTEMPT → act → RECORD OUTCOME + notices → reply

`enter` is everything before the acknowledgement of an action: it asks only the store, so it fits
Slack's three seconds however slow OpenVidu is. The work it returns is everything after. A question
has nothing to be recorded, so it may be acknowledged first (`Read.records`) and entered after. An
attempt is recorded apart from the intent so that after a crash it is known whether OpenVidu may
have been asked.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from ovbot.domain.actor import Actor, Role
from ovbot.domain.audit import Outcome, Phase
from ovbot.domain.disabled import Disabled
from ovbot.domain.ids import new_ref
from ovbot.domain.reply import Reply
from ovbot.domain.workspace import Workspace
from ovbot.engine import list_numbers, sentences
from ovbot.engine.access import Access
from ovbot.engine.admission import Entered, Finished
from ovbot.engine.answering import anew, ask, consider
from ovbot.engine.budget import MENU, OWN, SHARED, Budget
from ovbot.engine.command import Action, AnyCommand, Guard, Question
from ovbot.engine.context import Context, Powers
from ovbot.engine.entries import entry
from ovbot.engine.forms import Form, form_of, values_of
from ovbot.engine.grant_book import GrantBook
from ovbot.engine.intents import Intents
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.menus import Option, options
from ovbot.engine.menus_asked import MenusAsked
from ovbot.engine.named_sessions import named_sessions
from ovbot.engine.perform import perform
from ovbot.engine.policy import authorise
from ovbot.engine.ports import NOBODY
from ovbot.engine.reading import LONGEST, NOTHING, Read, read
from ovbot.engine.refusals import Denied
from ovbot.engine.suggestions import mended, unheard_of
from ovbot.engine.tasks import Tasks
from ovbot.engine.where_it_works import where_it_works
from ovbot.engine.who import Who
from ovbot.failpoints import reach
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import Token, tokenize
from ovbot.grammar.pack import format_form
from ovbot.grammar.parser import parse, partial
from ovbot.openvidu.lanes import asking
from ovbot.store import audit

log = structlog.get_logger(__name__)

_REFUSALS, _REFUSALS_MS = 20, 3_600_000
"""Refusals of a command to one person that the audit has one by one, in so many milliseconds; more
are counted."""
LONG = 500
"""Characters of a command from which on who may not at all is refused before it is parsed."""
_FILLED = frozenset({Source.FORM, Source.LATER})
"""Written by ovbot of what a form held: it has no syntax for people, and needs no form any more."""


@dataclass(frozen=True)
class Door:
    """Every invocation goes through `enter`; permission and audit live nowhere else."""

    powers: Powers
    workspace: Workspace
    admins: tuple[str, ...]
    off: tuple[Disabled, ...] = ()
    """What is switched off by the setting."""
    process: str = ""
    """The name of this process in its intents, so that nobody else closes them while it lives."""
    budget: Budget = field(default_factory=Budget)
    tasks: Tasks = field(default_factory=Tasks)
    """What goes on after the acknowledgement; a stop waits for it."""

    @functools.cached_property
    def menus(self) -> MenusAsked:
        """Remembers that Slack asks what menus could hold."""
        return MenusAsked(self.powers.store, self.powers.server, self.powers.clock)

    @functools.cached_property
    def _who(self) -> Who:
        powers = self.powers
        book = GrantBook(powers.store, powers.server)
        return Who(
            self.workspace,
            powers.store,
            powers.server,
            self.admins,
            book,
            powers.roster,
            powers.clock,
            self.off,
        )

    @functools.cached_property
    def _intents(self) -> Intents:
        return Intents(self.powers.store, self.tasks, self.powers.planned)

    async def close(self) -> None:
        """Wait until every intent that was given to the store is committed or refused."""
        await self._intents.close()

    async def enter(self, invocation: Invocation, given: Read | None = None) -> Entered:
        """Understand, authorise and record; raises nothing that a person should not see.

        ``given`` is what `read` made of the text, where that was asked before.
        """
        ref = new_ref()
        try:
            given = given or self.read(invocation.text)
            context = await self.context(invocation, ref, given)
            return await self._enter(invocation, given, context)
        except Exception:
            log.exception("enter.failed", ref=ref)
            return Entered(ref, reply=sentences.not_recorded(ref), failed=True)

    def read(self, text: str) -> Read:
        """Take ``text`` apart; its ``records`` says whether entering with it may record what must
        be durable before it is acknowledged.

        A question records nothing but a refusal, and tells nobody of that before it is committed.
        """
        return read(text, self.powers.commands)

    async def options(
        self,
        actor: Actor,
        channel: str,
        command: str,
        kind: Kind,
        typed: str,
        session: str | None,
    ) -> tuple[Option, ...]:
        """What an argument of ``command`` could be, for a menu; nothing for who may not use it."""
        asked = Invocation(actor=actor, channel=channel, text="", interaction="")
        context = await self.context(asked, new_ref())
        if await self._refusal(self.powers.commands[command], session, None, context):
            return ()
        if self._may_only_ask(context) and self.budget.take(actor, MENU):
            return ()
        with asking():
            return await options(command, kind, typed, session, context)

    async def reconsider(
        self,
        actor: Actor,
        channel: str,
        name: str,
        filled: Mapping[str, tuple[str, ...]],
        *,
        brief: bool = False,
    ) -> Form:
        """A form as it is filled in now, with the consequences of just that."""
        asked = Invocation(actor=actor, channel=channel, text="", interaction="")
        context, command = await self.context(asked, new_ref()), self.powers.commands[name]
        values = values_of(command.args, filled)
        form = form_of(
            command, values, bound=context.bindings, ready=self.powers.ready, brief=brief
        )
        session = values.get("session")
        named = session if isinstance(session, str) else None
        if refusal := await self._refusal(command, named, None, context):
            return msgspec.structs.replace(form, text=refusal.said)
        given = {"session": named} if named else {}
        return await consider(
            command, values, form, context, format_form(command.name, command.args, given)
        )

    async def context(self, invocation: Invocation, ref: str, given: Read = NOTHING) -> Context:
        """The surroundings of one invocation; reads the bindings that count there.

        Being in a channel makes viewers, who may take no action. So for an action nobody is asked
        who is where: that would be Slack, before it is acknowledged.
        """
        powers = self.powers
        allowed = await self._who.access(invocation, NOBODY if given.records else powers.directory)

        async def access_of(user: str) -> Access:
            asked = invocation
            if user != invocation.actor.user:
                asked = msgspec.structs.replace(invocation, actor=Actor(self.workspace.team, user))
            return await self._who.access(asked, powers.directory)

        return Context(
            powers=powers,
            ref=ref,
            channel=invocation.channel,
            access=allowed,
            asked_at=powers.clock.now_ms(),
            named=await named_sessions(given.tokens, allowed.bindings, powers.store, powers.server),
            filled=invocation.source in _FILLED,
            confirmed_ids=invocation.confirmed_ids,
            plan=invocation.plan,
            thread=invocation.thread,
            access_of=access_of,
        )

    async def _enter(self, invocation: Invocation, given: Read, context: Context) -> Entered:
        if given.too_long:
            return Entered(context.ref, reply=sentences.too_long(LONGEST, context.ref))
        if given.fault is not None:
            return Entered(
                context.ref, reply=sentences.grammar_error(given.fault, None, context.ref)
            )
        command, rest = given.command, given.rest
        if command is None and given.tokens:
            return Entered(context.ref, reply=unheard_of(given.tokens, context))
        command = command or self._panel(context)
        # What they may in no session at all is refused before anything long is taken apart.
        if len(given.text) > LONG and (denied := await self._denied(command, None, None, context)):
            return denied
        try:
            # What a form or a plan says is just that, "?" and "help" too.
            typed = invocation.source not in _FILLED
            if typed and len(rest) == 1 and _is_word(rest[0], "help"):
                command, rest = self.powers.commands["help"], tokenize(command.name)
            if typed and rest and _is_word(rest[-1], "?"):
                chosen = invocation.source in {Source.BUTTON, Source.HOME}
                return await self._form(command, rest[:-1], context, chosen=chosen)
            args = parse(command.args, rest, context.grammar)
        except GrammarError as error:
            button = mended(command, rest, error, context)
            reply = sentences.grammar_error(error, command, context.ref, button)
            if error.code != "grammar.missing":
                return Entered(context.ref, reply=reply)
            return await self._form(command, rest, context, reply=reply)
        if denied := await self._denied(command, getattr(args, "session", None), args, context):
            return denied
        if isinstance(command, Question):
            if seconds := self._spent(command, args, context):
                reply = sentences.asked_too_much(seconds, context.ref)
                return Entered(context.ref, command.name, reply=reply)
            return Entered(
                context.ref, command.name, work=functools.partial(ask, command, args, context)
            )
        if command.guard_of(args) is Guard.FORM and invocation.source not in _FILLED:
            return await self._form(command, rest, context)
        return await self._intend(command, args, context, invocation)

    def _may_only_ask(self, context: Context) -> bool:
        return context.access.most < Role.MODERATOR

    def _spent(self, question: Question[Any, Any], args: Args, context: Context) -> float:
        """In how many seconds somebody may ask this; 0 where it is now."""
        if not self._may_only_ask(context):
            return 0.0
        cost = 1.0 if question.needs > Role.NONE else OWN
        return self.budget.take(context.actor, SHARED if getattr(args, "share", False) else cost)

    async def _denied(
        self, command: AnyCommand, session: str | None, args: Args | None, context: Context
    ) -> Entered | None:
        """The answer, if the person may not."""
        refusal = await self._refusal(command, session, args, context)
        if refusal is None:
            return None
        elsewhere = await where_it_works(context, ask=isinstance(command, Question))
        reply = sentences.denied(refusal, refusal.ref, elsewhere)
        return Entered(context.ref, command.name, reply=reply)

    async def _refusal(
        self, command: AnyCommand, session: str | None, args: Args | None, context: Context
    ) -> Denied | None:
        """The refusal, audited, if the person may not."""
        try:
            authorise(command, context.access, session)
        except Denied as refusal:
            refusal.ref = await self._record_denial(command, args, context, refusal)
            return refusal
        return None

    async def _form(
        self,
        command: AnyCommand,
        tokens: Sequence[Token],
        context: Context,
        *,
        chosen: bool = False,
        reply: Reply | None = None,
    ) -> Entered:
        """The command's form, with what was typed filled in; ``chosen`` by a button."""
        typed = partial(command.args, tokens, context.grammar)
        values = await list_numbers.meant(command, typed, context)
        session = values.get("session")
        named = session if isinstance(session, str) else None
        if denied := await self._denied(command, named, None, context):
            return denied
        server = context.openvidu.server
        if command.pro and server is not None and server.edition == "ce":
            # Nobody fills in what can only be refused.
            refused = sentences.needs_pro(command.name, context.ref)
            return Entered(context.ref, command.name, reply=refused)
        brief = chosen and _is_about_one(command, values)
        blank = form_of(
            command,
            values,
            bound=context.bindings,
            ready=self.powers.ready,
            brief=brief,
        )
        if meant := next((f.values for f in blank.fields if f.name == "session"), ()):
            values.setdefault("session", meant[0])
        # Before it opens: afterwards Slack shows no other choice than the one that it began with.
        blank = await list_numbers.named(blank, context)
        if brief and isinstance(command, Action):
            said = await list_numbers.whom(command, values, context)
            blank = msgspec.structs.replace(blank, text=said)

        words = [token.typed or token.text for token in tokens]
        if any(field.kind in {Kind.SETTING, Kind.URI} for field in blank.fields):
            words = []  # either may hold a secret, and a button's value stands in a message
        written = " ".join([command.name, *words, "?"])

        async def fill() -> Form:
            return await consider(command, values, blank, context, written)

        reply = reply or sentences.form_instead(command.name, written, context.ref)
        return Entered(context.ref, command.name, reply=reply, form=blank, fill=fill)

    def _panel(self, context: Context) -> AnyCommand:
        """Bare ``/openvidu``: the bound session, or the list to choose from, or help."""
        if context.bindings:
            return self.powers.commands["show"]
        return self.powers.commands["help" if self._may_only_ask(context) else "list"]

    async def _intend(
        self, action: Action[Any, Any], args: Args, context: Context, invocation: Invocation
    ) -> Entered:
        intent = entry(
            action,
            args,
            context,
            Phase.INTENT,
            interaction=invocation.interaction,
            process=self.process,
        )
        if invocation.plan is not None:
            if not await self._intents.record_planned(invocation.plan, intent):
                return Entered(context.ref, action.name)  # called off, or entered already
        elif not await self._intents.record(intent, context):
            async with self.powers.store.read() as tx:
                earlier = await audit.there_instead(tx, intent)
                entries = await audit.of_ref(tx, earlier.ref)
            return Entered(context.ref, action.name, reply=sentences.repeated(earlier, entries))
        reach("intent.committed")

        async def work() -> Finished:
            done = await perform(action, args, intent, context)
            shown: Reply | None = None
            if invocation.source in {Source.BUTTON, Source.HOME} or invocation.shows:
                if invocation.panel == sentences.ANSWERED and done.reply is not None:
                    shown = done.reply if done.public else sentences.answered()
                else:
                    shown = await anew(invocation.panel, done.refresh, context)
            return Finished(
                shown, replaces=shown is not None, outcome=done.reply, public=done.public
            )

        return Entered(context.ref, action.name, work=work)

    async def _record_denial(
        self, command: AnyCommand, args: Args | None, context: Context, refusal: Denied
    ) -> str:
        """Where it stands in the audit."""
        denial = entry(
            command,
            args,
            context,
            Phase.OUTCOME,
            outcome=Outcome.DENIED,
            detail=refusal.detail,
        )
        since = denial.at - _REFUSALS_MS
        async with self.powers.store.begin() as tx:
            ref = await audit.refuse(tx, denial, since=since, most=_REFUSALS)
            reach("denial.written")
        reach("denial.committed")
        return ref


def _is_about_one(command: AnyCommand, values: Mapping[str, object]) -> bool:
    """Whether all that a form would ask first is known: in which session, and who."""
    if not isinstance(command, Action) or command.brief is None or not values.get("session"):
        return False
    return len(list_numbers.chosen(command, values)) == 1


def _is_word(token: Token, word: str) -> bool:
    return token.text.lower() == word and not token.quoted
