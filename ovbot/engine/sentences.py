"""The engine's own sentences: errors, refusals, repeats. Every one names a next step and a ref."""

import re
from collections.abc import Sequence

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, join, md
from ovbot.domain.reply import Button, Buttons, Note, Paragraph, Part, Reply
from ovbot.domain.words import counted
from ovbot.engine.command import AnyCommand, Result
from ovbot.engine.near_misses import Near
from ovbot.engine.refusals import Ambiguous, Denied
from ovbot.errors import OvbotError
from ovbot.grammar.describe import usage
from ovbot.grammar.errors import GrammarError
from ovbot.openvidu.errors import BadRequest, CameraFailed

_MARKS = {
    Outcome.DONE: ":white_check_mark:",
    Outcome.ALREADY: ":information_source:",
    Outcome.REFUSED: ":warning:",
    Outcome.DENIED: ":no_entry:",
    Outcome.FAILED: ":x:",
    Outcome.UNKNOWN: ":grey_question:",
    Outcome.DRY_RUN: ":information_source:",
}
_WORDS = {
    Outcome.ALREADY: "No change needed",
    Outcome.REFUSED: "Not done",
    Outcome.DENIED: "Not allowed",
    Outcome.FAILED: "Failed",
    Outcome.UNKNOWN: "Not known yet",
    Outcome.DRY_RUN: "Dry run",
}
_ASKABLE = re.compile(r"[a-zA-Z0-9_*~-]{1,100}")
HELP = Button("Help", "help")
ANSWERED = "answered"
"""What stands for the question of a panel (``Reply.again``) in what asks, or tells an outcome: who
presses there has answered it, and reads what came of that in its place."""


def reference(ref: str) -> Note:
    """The small print by which anybody can find the audit entry or the log line."""
    return Note(md("Reference {}", code(ref)))


def grammar_error(
    error: GrammarError, command: AnyCommand | None, ref: str, corrected: Button | None = None
) -> Reply:
    """What was not understood, how it is written, and a way to help; ``corrected`` is the command
    as it may have been meant."""
    said = md(":warning: *Not understood.* {}", sentence(error))
    parts: list[Part] = [Paragraph(said)]
    if command is not None:
        parts.append(Paragraph(md("Usage: {}", _usage(command))))
        help_button = Button(f"Help for {command.name}", f"help {command.name}")
    else:
        help_button = HELP
    offered = (corrected, help_button) if corrected else (help_button,)
    parts += [Buttons(offered), reference(ref)]
    return Reply(said, tuple(parts), ANSWERED)


def form_instead(name: str, text: str, ref: str) -> Reply:
    """Where a form could not be opened: a button that opens it."""
    said = md(
        ":warning: The form for {} could not be opened in time. Press the button.", bold(name)
    )
    return Reply(said, (Paragraph(said), Buttons((Button(f"Open {name}", text),)), reference(ref)))


def needs_pro(name: str, ref: str) -> Reply:
    """What this server cannot do at all: no form is opened for it."""
    said = md(
        ":warning: *Not done.* {} needs OpenVidu Pro, and this server runs the Community edition.",
        code(f"/openvidu {name}"),
    )
    return Reply(said, (Paragraph(said), Buttons((HELP,)), reference(ref)), ANSWERED)


def unknown_verb(typed: str, nearest: str | None, corrected: Button | None, ref: str) -> Reply:
    """An unknown verb, echoed, with the nearest one that there is and what was typed of it."""
    said = md(":warning: *Not understood.* There is no command “{}”.", typed[:80])
    buttons = [HELP]
    if nearest:
        said = said + md(" Did you mean {}?", bold(nearest))
        buttons.insert(0, Button(f"Help for {nearest}", f"help {nearest}"))
    if corrected:
        buttons.insert(0, corrected)
    return Reply(said, (Paragraph(said), Buttons(tuple(buttons)), reference(ref)), ANSWERED)


def meant(
    typed: str, names: Sequence[str], says: str, corrected: Sequence[Button], ref: str
) -> Reply:
    """A word that is no command and means one, or one of some: which, and what that does."""
    commands = join(" or ", [code(f"/openvidu {name}") for name in names])
    said = md(":warning: *Not understood.* There is no command “{}”.", typed[:80])
    said = said + md(" Did you mean {}?", commands)
    parts: list[Part] = [Paragraph(md("{} {}", said, says) if says else said)]
    helps = [Button(f"Help for {names[0].split(' --')[0]}", f"help {names[0].split(' --')[0]}")]
    parts.append(Buttons((*corrected, *helps)))
    return Reply(said, (*parts, reference(ref)), ANSWERED)


def incomplete(typed: str, names: list[str], ref: str) -> Reply:
    """The first word of several commands."""
    meant = join(" or ", [code(f"/openvidu {name}") for name in names])
    said = md(
        ":warning: *Not understood.* “{}” is the start of several commands. Did you mean {}?",
        typed[:80],
        meant,
    )
    buttons = tuple(Button(f"Help for {name}", f"help {name}") for name in names)
    return Reply(said, (Paragraph(said), Buttons(buttons), reference(ref)))


def sentence(error: Exception) -> Markup:
    """An error's sentence and its next step, escaped."""
    if isinstance(error, Denied):
        return error.said
    if isinstance(error, OvbotError):
        if isinstance(error, BadRequest | CameraFailed) and error.message:
            own = md("OpenVidu says: “{}”", error.message)
            return md("{} {} {}", error.sentence, own, error.next_step)
        if not error.next_step:
            return _wide(error.sentence)
        return md("{} {}", _wide(error.sentence), _wide(error.next_step))
    return Markup("Something went wrong in ovbot itself; the operators find it in the log.")


def question_failed(
    error: Exception, ref: str, offered: tuple[Button, ...] = (), meant: Near | None = None
) -> Reply:
    """A question that could not be answered, with buttons of what to do next; what may have been
    ``meant`` comes first."""
    if isinstance(error, Ambiguous):
        return choices(error, ref)
    mark, word = ":warning:", "Couldn't do that"
    if isinstance(error, Denied):
        mark, word = _MARKS[Outcome.DENIED], _WORDS[Outcome.DENIED]
    said = md("{} *{}.* {}", Markup(mark), Markup(word), sentence(error))
    if meant is not None:
        said, offered = md("{} {}", said, meant.said), (meant.button, *offered)
    if isinstance(error, Denied):
        offered = (*offered, *ask_for(error))
    buttons = (Buttons(offered),) if offered else ()
    return Reply(said, (Paragraph(said), *buttons, reference(ref)))


def ask_for(denied: Denied) -> tuple[Button, ...]:
    """The form of a request for what would do; not where nobody could give it."""
    over = denied.scope.sessions or "everything"
    if not denied.can_be_asked or denied.scope.channel or not _ASKABLE.fullmatch(over):
        return ()
    return (Button("Ask for it", f"ask {denied.role.word} --over {over} ?"),)


def choices(error: Ambiguous, ref: str) -> Reply:
    """Which one? A button for each."""
    said = md(":grey_question: *Which one?* {} {}", error.sentence, error.next_step)
    parts: list[Part] = [Paragraph(said), Buttons(error.buttons)]
    if error.more:
        parts.append(Note(md("… and {} more: write more of the name or the id.", error.more)))
    return Reply(said, (*parts, reference(ref)), ANSWERED)


def outcome(result: Result, ref: str) -> Reply:
    """How an action ended."""
    mark = Markup(_MARKS[result.outcome])
    word = _WORDS.get(result.outcome)
    if word:
        said = md("{} *{}.* {}", mark, Markup(word), result.said)
    else:
        said = md("{} {}", mark, result.said)
    return Reply(said, (Paragraph(said), *result.parts, reference(ref)), ANSWERED)


def answered() -> Reply:
    """In the place of a question that was answered, where the answer itself comes below."""
    said = Markup("Answered below.")
    return Reply(said, (Note(said),))


def seen_here(outcome: Reply) -> Reply:
    """An outcome for who acted, where the notice of it is told in another place, or later: without
    its buttons, which could not be taken away here."""
    parts = tuple(part for part in outcome.parts if not isinstance(part, Buttons))
    return Reply(outcome.text, parts)


def how_it_ended(result: Result) -> Markup:
    """The same in another message: the state in bold, and what is said of it."""
    word = _WORDS.get(result.outcome, "Done")
    return md("{} {}", bold(f"{word}."), result.said)


def denied(error: Denied, ref: str, elsewhere: Markup | None = None) -> Reply:
    """A refusal that names the role and who can grant it, and where it works instead."""
    reply = question_failed(error, ref)
    if not elsewhere:
        return reply
    said, *rest = reply.parts
    text = md("{} {}", reply.text, elsewhere)
    return Reply(text, (said, Paragraph(elsewhere), *rest), reply.again)


def repeated(intent: AuditEntry, entries: tuple[AuditEntry, ...]) -> Reply:
    """The same click or command came a second time: nothing was done again."""
    ended = next((entry.outcome for entry in entries if entry.outcome), None)
    state = md("it ended as {}", bold(ended.value)) if ended else Markup("it is still being done")
    said = md(
        ":information_source: This {} was received already and is not done twice; {}.",
        bold(intent.command),
        state,
    )
    return Reply(said, (Paragraph(said), reference(intent.ref)))


def not_recorded(ref: str) -> Reply:
    """The intent could not be committed, so nothing was done."""
    said = Markup(
        ":x: *Failed.* ovbot could not write this to its audit, so nothing was done. "
        "Try again in a moment; if it goes on, tell the operators of ovbot."
    )
    return Reply(said, (Paragraph(said), reference(ref)))


def asked_too_much(seconds: float, ref: str) -> Reply:
    """Somebody has used up what they may ask for now; nothing was looked up."""
    said = md(
        ":hourglass_flowing_sand: You've asked a lot in a short time. Try again in about {}.",
        counted(max(1, round(seconds)), "second", "seconds"),
    )
    return Reply(said, (Paragraph(said), reference(ref)))


def too_long(limit: int, ref: str) -> Reply:
    """A command of such a length was not read."""
    said = md(":warning: *Not understood.* A command can have at most {} characters.", limit)
    return Reply(said, (Paragraph(said), reference(ref)))


def working(name: str, ref: str) -> Reply:
    """A sign of life while OpenVidu takes its time."""
    said = md(
        ":hourglass_flowing_sand: Still working on {}. OpenVidu can take half a minute; "
        "you will be told how it ended, so there is no need to press again.",
        bold(name),
    )
    return Reply(said, (Paragraph(said), reference(ref)))


def held_up(name: str, ref: str) -> Reply:
    """Whoever acted hears here alone that the channel hears of it later."""
    said = md(
        ":hourglass_flowing_sand: {} is on record, but Slack takes no messages from ovbot right "
        "now. The outcome is posted as soon as it does; {} tells it now.",
        bold(name),
        code(f"/openvidu explain {ref}"),
    )
    return Reply(said, (Paragraph(said), reference(ref)))


def _usage(command: AnyCommand) -> Markup:
    return code(f"/openvidu {usage(command.name, command.args)}")


def _wide(text: str) -> Markup:
    return text if isinstance(text, Markup) else md("{}", text)
