"""Asking: a question's answer, and what a form says before it is submitted. Nothing is changed."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Button, Reply
from ovbot.engine import near_misses, next_steps, sentences
from ovbot.engine.admission import Finished
from ovbot.engine.command import Action, AnyCommand, Confirmed, Question
from ovbot.engine.context import Context
from ovbot.engine.forms import Form
from ovbot.engine.policy import authorise
from ovbot.engine.refusals import Denied
from ovbot.engine.switches import without_switched_off
from ovbot.errors import OvbotError
from ovbot.failpoints import reach
from ovbot.grammar.args import Args
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import of_values, parse, split_command
from ovbot.openvidu.lanes import asking
from ovbot.store import outbox

log = structlog.get_logger(__name__)


async def consider(
    command: AnyCommand, values: Mapping[str, object], form: Form, context: Context, again: str
) -> Form:
    """The form with its consequences, read live; without them while too little is filled in.

    Where they cannot be read it says so, and offers ``again``: the command that opens it anew.
    """
    if not isinstance(command, Action) or command.consequences is None:
        return form
    try:
        target = await command.resolve(of_values(command.args, values), context)
        text = await command.consequences(target, context)
        confirmed_ids = target.ids if isinstance(target, Confirmed) else None
    except GrammarError:
        return form
    except Exception as error:
        if not isinstance(error, OvbotError):
            log.exception("form.failed", ref=context.ref, command=command.name)
        said = sentences.sentence(error)
        if meant := await near_misses.near(
            error, command, of_values(command.args, values), context
        ):
            said = md("{} {}", said, meant.said)
        return msgspec.structs.replace(form, text=said, confirmed_ids=None, again=again)
    return msgspec.structs.replace(form, text=text, confirmed_ids=confirmed_ids)


async def answer(question: Question[Any, Any], args: Args, context: Context) -> Reply:
    """Run a question; every failure becomes words."""
    try:
        authorise(question, context.access, getattr(args, "session", None))
        return without_switched_off(question.render(await question.run(args, context)), context)
    except Exception as error:
        if not isinstance(error, OvbotError):
            log.exception("question.failed", ref=context.ref, command=question.name)
        meant = await near_misses.near(error, question, args, context)
        offered = _offered(error, question, args, context)
        return sentences.question_failed(error, context.ref, offered, meant)


async def ask(question: Question[Any, Any], args: Args, context: Context) -> Finished:
    """The answer for who asked, or in the channel for all where it is to be shared."""
    with asking():
        reply = await answer(question, args, context)
    if not getattr(args, "share", False):
        return Finished(reply, replaces=True)
    actor, key = context.actor, f"share:{context.ref}"
    notice = Notice(channel=context.channel, key=key, reply=reply, user=actor.user)
    async with context.store.begin() as tx:
        await outbox.add(tx, actor.team, context.server, context.clock.now_ms(), [notice])
        reach("share.written")
    reach("share.committed")
    return Finished()


async def anew(panel: str, refresh: str, context: Context) -> Reply | None:
    """What a panel shows after an action: its own question, or else the action's ``refresh``.

    Only its own where nothing came of the action, such as a kick of who had left already.
    """
    own, other = _question(panel, context), _question(refresh, context)
    asked = own if own and (other is None or other[0] is own[0]) else other
    return await answer(*asked, context) if asked else None


def _question(text: str, context: Context) -> tuple[Question[Any, Any], Args] | None:
    """A question from its text; None for anything else, such as a panel of an older version."""
    try:
        found = split_command(tokenize(text), context.commands.names)
        if found is None or not isinstance(found[0], Question):
            return None
        return found[0], parse(found[0].args, found[1], context.grammar)
    except GrammarError:
        return None


def _offered(
    error: Exception, question: Question[Any, Any], args: Args, context: Context
) -> tuple[Button, ...]:
    if isinstance(error, Denied):
        return ()
    return next_steps.after(error, question, args, getattr(args, "session", None) or "", context)
