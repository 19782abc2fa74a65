"""Asking: a question's answer, and what a form says before it is submitted. Nothing is changed."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from ovbot.domain.reply import Button, Reply
from ovbot.engine import offers, say
from ovbot.engine.command import Action, AnyCommand, Question
from ovbot.engine.context import Context
from ovbot.engine.form import Form
from ovbot.engine.policy import authorise
from ovbot.engine.questions import Denied
from ovbot.grammar.args import Args
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.parser import of_values

log = structlog.get_logger(__name__)


async def consider(
    command: AnyCommand, values: Mapping[str, object], form: Form, context: Context
) -> Form:
    """The form with its consequences, read live; without them while too little is filled in."""
    if not isinstance(command, Action) or command.consequences is None:
        return form
    try:
        target = await command.resolve(of_values(command.args, values), context)
        text = await command.consequences(target, context)
        told_of = command.tells_of(target) if command.tells_of else None
    except GrammarError:
        return form
    except Exception as error:
        if not hasattr(error, "sentence"):
            log.exception("form.failed", ref=context.ref, command=command.name)
        text, told_of = say.sentence(error), None
    return msgspec.structs.replace(form, text=text, told_of=told_of)


async def answer(question: Question[Any, Any], args: Args, context: Context) -> Reply:
    """Run a question; every failure becomes words."""
    try:
        authorise(question, context.access, getattr(args, "session", None))
        return question.render(await question.run(args, context))
    except Exception as error:
        if not hasattr(error, "sentence"):
            log.exception("question.failed", ref=context.ref, command=question.name)
        return say.question_failed(error, context.ref, _offered(error, question, args, context))


def _offered(
    error: Exception, question: Question[Any, Any], args: Args, context: Context
) -> tuple[Button, ...]:
    if isinstance(error, Denied):
        return ()
    return offers.after(error, question, args, getattr(args, "session", None) or "", context)
