"""The one door: a fixed sequence, because the order is a safety property.

    find command → parse → find bindings → authorise → RECORD INTENT (committed) → acknowledge
      → resolve → authorise the session → RECORD ATTEMPT → act → RECORD OUTCOME + notices → reply

`enter` is everything before the acknowledgement: it asks only the store, so it fits Slack's three
seconds however slow OpenVidu is. The work it returns is everything after. An attempt is recorded
apart from the intent so that after a crash it is known whether OpenVidu may have been asked.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from ovbot.clock import Clock
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.ids import new_ref
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Reply
from ovbot.engine import say
from ovbot.engine.command import Action, AnyCommand, Question
from ovbot.engine.context import Access, Context
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.perform import perform
from ovbot.engine.policy import authorise
from ovbot.engine.ports import Chat
from ovbot.engine.questions import Denied
from ovbot.engine.registry import Registry
from ovbot.grammar.args import Args
from ovbot.grammar.describe import suggest
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import Token, tokenize
from ovbot.grammar.parser import Context as Grammar
from ovbot.grammar.parser import parse, split_command
from ovbot.openvidu import OpenVidu
from ovbot.store import audit, bindings, outbox
from ovbot.store.database import Database

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Finished:
    """What is shown at the end. ``replaces`` a panel, when it was pressed in one."""

    reply: Reply | None = None
    replaces: bool = False


@dataclass(frozen=True)
class Entered:
    """The door's answer before the acknowledgement: a reply at once, or work to be done."""

    ref: str
    name: str = ""
    reply: Reply | None = None
    work: Callable[[], Awaitable[Finished]] | None = None


@dataclass(frozen=True)
class Door:
    """Every invocation goes through `enter`; permission and audit live nowhere else."""

    commands: Registry
    openvidu: OpenVidu
    chat: Chat
    store: Database
    server: str
    admins: tuple[str, ...]
    clock: Clock

    async def enter(self, invocation: Invocation) -> Entered:
        """Understand, authorise and record; raises nothing that a person should not see."""
        ref = new_ref()
        try:
            context = await self.context(invocation, ref)
            return await self._enter(invocation, context)
        except Exception:
            log.exception("enter.failed", ref=ref)
            return Entered(ref, reply=say.not_recorded(ref))

    async def context(self, invocation: Invocation, ref: str) -> Context:
        """The surroundings of one invocation; reads the channel's bindings."""
        actor = invocation.actor
        async with self.store.read() as tx:
            bound = await bindings.in_channel(tx, actor.team, self.server, invocation.channel)
        return Context(
            ref=ref,
            channel=invocation.channel,
            access=Access(actor, self.admins, bound),
            server=self.server,
            openvidu=self.openvidu,
            chat=self.chat,
            store=self.store,
            clock=self.clock,
            commands=self.commands,
            asked_at=self.clock.now_ms(),
        )

    async def _enter(self, invocation: Invocation, context: Context) -> Entered:
        command: AnyCommand | None = None
        rest: tuple[Token, ...] = ()
        try:
            tokens = tokenize(invocation.text)
            found = split_command(tokens, self.commands.names) if tokens else None
            if not tokens:
                command = self._panel(context)
            elif found is None:
                return self._unknown(tokens, context)
            else:
                command, rest, _typed = found
            if len(rest) == 1 and rest[0].text.lower() in {"help", "?"} and not rest[0].quoted:
                command, rest = self.commands["help"], tokenize(command.name)
            args = parse(command.args, rest, _grammar(context))
        except GrammarError as error:
            return Entered(context.ref, reply=say.grammar_error(error, command, context.ref))
        try:
            authorise(command, context.access, getattr(args, "session", None))
        except Denied as refusal:
            await self._record_denial(command, args, context, refusal)
            return Entered(context.ref, command.name, reply=say.denied(refusal, context.ref))
        if isinstance(command, Question):
            return Entered(context.ref, command.name, work=self._ask(command, args, context))
        return await self._intend(command, args, context, invocation)

    def _panel(self, context: Context) -> AnyCommand:
        """Bare ``/openvidu``: the bound session, or the list to choose from, or help."""
        if context.bindings:
            return self.commands["show"]
        return self.commands["list" if context.access.is_admin else "help"]

    def _unknown(self, tokens: tuple[Token, ...], context: Context) -> Entered:
        first = tokens[0].text
        begun = [c.name for c in self.commands if c.name.split()[0] == first.lower()]
        if begun:
            return Entered(context.ref, reply=say.incomplete(first, begun, context.ref))
        typed = " ".join(token.text for token in tokens[:2])
        names = [" ".join(words) for words in self.commands.names]
        nearest = suggest(typed, names) or suggest(first, names)
        typed = first if nearest is None or " " not in nearest else typed
        return Entered(context.ref, reply=say.unknown_verb(typed, nearest, context.ref))

    def _ask(
        self, question: Question[Any, Any], args: Args, context: Context
    ) -> Callable[[], Awaitable[Finished]]:
        async def work() -> Finished:
            reply = await answer(question, args, context)
            if getattr(args, "share", False):
                notice = Notice(
                    channel=context.channel,
                    key=f"share:{context.ref}",
                    reply=reply,
                    user=context.actor.user,
                )
                async with self.store.begin() as tx:
                    await outbox.add(
                        tx, context.actor.team, self.server, self.clock.now_ms(), [notice]
                    )
                return Finished()
            return Finished(reply, replaces=True)

        return work

    async def _intend(
        self, action: Action[Any, Any], args: Args, context: Context, invocation: Invocation
    ) -> Entered:
        intent = entry(action, args, context, Phase.INTENT, interaction=invocation.interaction)
        try:
            async with self.store.begin() as tx:
                await audit.append(tx, intent)
        except audit.AlreadyRecorded as there:
            async with self.store.read() as tx:
                entries = await audit.of_ref(tx, there.entry.ref)
            reply = say.repeated(there.entry, entries)
            return Entered(context.ref, action.name, reply=reply)

        async def work() -> Finished:
            refresh = await perform(action, args, intent, context)
            if invocation.source is Source.BUTTON and refresh:
                return Finished(await self._anew(refresh, context), replaces=True)
            return Finished()

        return Entered(context.ref, action.name, work=work)

    async def _anew(self, text: str, context: Context) -> Reply:
        """A panel's question, asked again after an action."""
        tokens = tokenize(text)
        found = split_command(tokens, self.commands.names)
        question, rest = (found[0], found[1]) if found else (None, ())
        if not isinstance(question, Question):
            raise TypeError(f"not a question: {text}")
        return await answer(question, parse(question.args, rest, _grammar(context)), context)

    async def _record_denial(
        self, command: AnyCommand, args: Args, context: Context, refusal: Denied
    ) -> None:
        denial = entry(
            command,
            args,
            context,
            Phase.OUTCOME,
            outcome=Outcome.DENIED,
            detail=f"needs {command.needs.word}, has {context.access.here.word}",
        )
        async with self.store.begin() as tx:
            await audit.append(tx, denial)


async def answer(question: Question[Any, Any], args: Args, context: Context) -> Reply:
    """Run a question; every failure becomes words."""
    try:
        authorise(question, context.access, getattr(args, "session", None))
        return question.render(await question.run(args, context))
    except Exception as error:
        if not hasattr(error, "sentence"):
            log.exception("question.failed", ref=context.ref, command=question.name)
        return say.question_failed(error, context.ref)


def entry(
    command: AnyCommand,
    args: Args,
    context: Context,
    phase: Phase,
    *,
    interaction: str | None = None,
    outcome: Outcome | None = None,
    detail: str = "",
) -> AuditEntry:
    """An audit entry of this invocation. Arguments are kept as short texts, without secrets."""
    given = args.model_dump(exclude_none=True, exclude_defaults=True, mode="json")
    return AuditEntry(
        ref=context.ref,
        phase=phase,
        at=context.clock.now_ms(),
        team=context.actor.team,
        server=context.server,
        actor=context.actor.user,
        channel=context.channel,
        command=command.name,
        session=str(given.get("session", "")),
        arguments={name: str(value)[:300] for name, value in given.items()},
        interaction=interaction,
        outcome=outcome,
        detail=detail,
    )


def only_user(context: Context, reply: Reply) -> Notice:
    """A notice that only the actor sees."""
    return Notice(
        channel=context.channel,
        key=f"action:{context.ref}",
        reply=reply,
        audience=Audience.ONLY_USER,
        user=context.actor.user,
    )


def _grammar(context: Context) -> Grammar:
    known = frozenset(b.pattern for b in context.bindings if not b.is_glob)
    return Grammar(session_optional=bool(context.bindings), known_sessions=known)
