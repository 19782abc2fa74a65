"""The buttons that replies offer: each is a command, and what it could harm is named first."""

from ovbot.domain.reply import Button, Reply, Style
from ovbot.engine.command import Action, Guard
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import partial, split_command
from ovbot.slack import present
from tests.conformance.commands import REGISTRY, read
from tests.desk import buttons


def check_buttons(reply: Reply) -> list[Button]:
    """Every button of a reply, after a look at each."""
    offered = buttons(reply)
    for button in offered:
        check_button(button)
    return offered


def check_button(button: Button) -> None:
    """It parses to a command; an action that asks first does so in every button of it."""
    text = button.command
    opens_form = text.endswith(" ?")
    if opens_form:
        found = split_command(tokenize(text), REGISTRY.names)
        assert found is not None, text
        command, rest, _name = found
        partial(command.args, rest[:-1])
        guard = Guard.FORM
    else:
        command, args = read(text)
        guard = command.guard_of(args) if isinstance(command, Action) else Guard.NONE
    assert button.label.strip(), text
    assert button.label.startswith(button.short), "what is spoken begins with what is shown"
    shown = present.middle(button.label, present.LABEL)
    assert shown.split()[0].strip("…") == button.label.split()[0], "the verb is cut"
    asks = guard is Guard.FORM
    if button.style is Style.DANGER or guard is Guard.CONFIRM:
        assert asks or button.confirm is not None, f"{text!r} neither asks nor opens a form"
    if button.confirm is not None:
        assert names_its_object(button), (button.label, button.confirm)


def names_its_object(button: Button) -> bool:
    """Whether the dialog says what the label says that it is about: ``Kick Tom`` names Tom."""
    assert button.confirm is not None
    asked = f"{button.confirm.title} {button.confirm.text}".casefold()
    words = button.label.casefold().split(" ")
    return any(" ".join(words[first:]).strip(".…") in asked for first in range(1, len(words)))
