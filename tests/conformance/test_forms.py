"""Every command's form: Slack takes it, all arguments are in it, and what is submitted means what
it showed."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ovbot.domain.binding import Binding
from ovbot.engine.command import AnyCommand
from ovbot.engine.forms import FormProblems, command_text, form_of
from ovbot.grammar.args import Arg, Args
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.layout import Field, layout_of
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import partial
from ovbot.grammar.values import written
from ovbot.sandbox.slack.blockkit import view_problems
from ovbot.slack import modal, returned
from tests.conformance.commands import each_command, fields_of, read, shown_of
from tests.conformance.rendering import check_view, texts
from tests.conformance.values import TRAPS, args_of

thoroughly = settings(max_examples=15, suppress_health_check=list(HealthCheck))
words = st.lists(
    st.one_of(st.sampled_from(TRAPS), st.text(min_size=1, max_size=40)), max_size=6
).map(" ".join)


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The input blocks of a view, by the arguments that they are named after."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def untouched(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What Slack hands over when somebody presses Submit at once: ``state.values``."""
    values: dict[str, dict[str, Any]] = {}
    for name, block in inputs(view).items():
        element = block["element"]
        kind = element["type"]
        state: dict[str, Any] = {"type": kind}
        if kind == "plain_text_input":
            state["value"] = element.get("initial_value")
        elif kind == "users_select":
            state["selected_user"] = element.get("initial_user")
        elif kind in {"static_select", "external_select", "radio_buttons"}:
            state["selected_option"] = element.get("initial_option")
        else:
            assert kind in {"checkboxes", "multi_static_select", "multi_external_select"}
            state["selected_options"] = element.get("initial_options", [])
        values[name] = {element["action_id"]: state}
    return values


def submitted(view: dict[str, Any]) -> returned.Submission:
    """What arrives at ovbot then."""
    return returned.submission(
        {
            "type": "view_submission",
            "team": {"id": "T01SANDBOX"},
            "user": {"id": "U01ANA"},
            "view": {
                "id": "V1",
                "private_metadata": view["private_metadata"],
                "state": {"values": untouched(view)},
            },
        }
    )


def can_be_filled_in(field: Field, value: object) -> bool:
    """Whether a person could enter it just so: what surrounds it is cut off, a line is a line,
    and a menu has each choice once."""
    many = value if isinstance(value, tuple) else () if value is None else (value,)
    texts = [written(item) for item in many]
    if field.plural and field.choices:
        return texts == [choice for choice in field.choices if choice in texts]
    lines = not field.plural and isinstance(field.note, Arg) and field.note.rest
    return all(text == text.strip() and (lines or len(text.splitlines()) == 1) for text in texts)


@each_command
def test_the_empty_form_has_every_argument(command: AnyCommand) -> None:
    form = form_of(command, {})
    view = modal.view(form, "C02MODERATION")
    check_view(view)
    fields = shown_of(command)
    blocks = inputs(view)
    assert list(blocks) == [field.name for field in fields]
    for field in fields:
        block = blocks[field.name]
        assert block["optional"] is not field.required
        assert block["label"]["text"] == field.noun.capitalize()
        menu = "select" in block["element"]["type"] and not field.choices
        help_ = ((menu and field.note.menu) or field.note.help).translate(str.maketrans("<>", "‹›"))
        assert any(text.startswith(help_[:74]) for text in texts(block)), field.name
    assert command.summary in str(view["blocks"][0])
    assert view["title"]["text"] == view["submit"]["text"] == command.title


def bindings(*patterns: str) -> list[Binding]:
    return [
        Binding("T01SANDBOX", "default", "C02MODERATION", pattern, (), "U01ANA", 0)
        for pattern in patterns
    ]


@each_command
def test_a_form_says_which_session_is_meant_by_none(command: AnyCommand) -> None:
    args: type[Args] = command.args
    session = layout_of(args).session
    for bound in ((), ("demo",), ("exam-*",), ("a", "b"), tuple("x" * 200 for _ in range(40))):
        view = modal.view(form_of(command, {}, bound=bindings(*bound)), "C02MODERATION")
        check_view(view)
        if session is None or command.name == "create":
            assert view == modal.view(form_of(command, {}), "C02MODERATION")
            continue
        block = inputs(view)[session.name]
        hint = block["hint"]["text"]
        if not bound:
            assert block["optional"] is False, "nothing is meant here by none"
        elif bound == ("demo",):
            assert block["element"]["initial_option"]["value"] == "demo"
            assert hint.endswith("Empty: demo, which this channel is bound to")
        else:
            assert "initial_option" not in block["element"]
            assert "Empty: the only live one of those" in hint
            assert bound[0] in hint
    given = modal.view(form_of(command, {"session": "x"}, bound=bindings("demo")), "C1")
    if session is not None and command.name != "create":
        assert inputs(given)["session"]["element"]["initial_option"]["value"] == "x"


@each_command
@thoroughly
@given(data=st.data())
def test_a_form_submitted_as_it_stands_means_what_it_shows(
    command: AnyCommand, data: st.DataObject
) -> None:
    args: Args = data.draw(args_of(command))
    fields = shown_of(command)
    # What is hidden is ovbot's own to write: a form decides anew.
    unsaid = {field.name: field.default for field in fields_of(command) if field.hidden}
    args = args.model_copy(update=unsaid)
    values = {field.name: getattr(args, field.name) for field in fields}
    if not all(can_be_filled_in(field, values[field.name]) for field in fields):
        return
    view = modal.view(form_of(command, values), "C02MODERATION")
    assert view_problems(view) == []
    sent = submitted(view)
    assert sent.where == modal.Where(command.name, "C02MODERATION")
    found, again = read(command_text(command, sent.filled))
    assert found is command
    assert again == args


@each_command
@thoroughly
@given(typed=words)
def test_whatever_was_typed_before_the_form_fits_in_it(command: AnyCommand, typed: str) -> None:
    values = begun(command, typed)
    if values is None:
        return
    view = modal.view(form_of(command, values), "C02MODERATION")
    assert view_problems(view) == []
    wrong = refused(command, submitted(view).filled)
    assert set(wrong) <= {field.name for field in fields_of(command)}
    assert all(0 < len(sentence) <= 150 for sentence in wrong.values())


def begun(command: AnyCommand, typed: str) -> dict[str, object] | None:
    """What a form begins with; None for what could not be read at all."""
    try:
        return partial(command.args, tokenize(typed))
    except GrammarError:
        return None


def refused(command: AnyCommand, filled: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """What is told at the fields; nothing when it is a command, which then reads back as one."""
    try:
        text = command_text(command, filled)
    except FormProblems as wrong:
        return wrong.sentences
    assert read(text)[0] is command
    return {}
