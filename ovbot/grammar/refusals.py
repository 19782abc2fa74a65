"""The sentences of the grammar: what could not be read, and how to write it instead.

A field's validator says what it allows, as ``ValueError("a duration such as 5m")``, or tells the
whole story in a sentence that ends in a full stop. A model's validator always tells a sentence.
"""

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ovbot.grammar.args import Kind
from ovbot.grammar.describe import suggest
from ovbot.grammar.errors import GrammarError, echo
from ovbot.grammar.layout import Field, Layout, Named
from ovbot.grammar.values import alternatives, nearest_duration

# pydantic's error types (docs.pydantic.dev/latest/errors/validation_errors) in plain words.
_ALLOWED: Mapping[str, str] = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "greater_than_equal": "a number of at least {ge}",
    "greater_than": "a number above {gt}",
    "less_than_equal": "a number of at most {le}",
    "less_than": "a number below {lt}",
    "multiple_of": "a multiple of {multiple_of}",
    "string_too_short": "{min_length} or more characters",
    "string_too_long": "at most {max_length} characters",
    "too_short": "{min_length} or more values",
    "too_long": "at most {max_length} values",
    "literal_error": "{expected}",
    "enum": "{expected}",
}


def unknown_option(layout: Layout, named: Named) -> GrammarError:
    """An option this command does not have."""
    meant = suggest(f"--{named.typed_key.strip('-')}", layout.spellings())
    return GrammarError(
        f"There is no option {echo(named.typed_key)} here.",
        f"Did you mean {meant}?" if meant else _quote_it("it is part of a text"),
        code="grammar.unknown_option",
        offered=(meant,) if meant else (),
    )


def duplicate(field: Field) -> GrammarError:
    """The same option twice: neither is taken."""
    return GrammarError(
        f"The option --{field.key} is given twice.",
        "Give it once.",
        code="grammar.duplicate",
        field=field.name,
    )


def takes_no_value(field: Field, named: Named) -> GrammarError:
    """``--dry-run=yes``: whether it is meant or not would be a guess."""
    return GrammarError(
        f"The option {_said(named)} takes no value, but has {echo(named.value or '')}.",
        f"Write --{field.key} or leave it out." if field.flag else "Leave the value out.",
        code="grammar.bad_value",
        field=field.name,
    )


def no_value(field: Field, named: Named) -> GrammarError:
    """An option that needs a value and has none."""
    if named.typed_key.startswith("-"):
        next_step = f"Write --{field.key} and then the value, in quotes if it has spaces."
    else:
        next_step = f"Write {named.typed_key}:value. {_quote_it('it is part of a text')}"
    return GrammarError(
        f"The option {_said(named)} has no value.",
        next_step,
        code="grammar.bad_value",
        field=field.name,
        offered=field.choices,
    )


def empty_item(field: Field, value: str) -> GrammarError:
    """A list with nothing between two commas."""
    return GrammarError(
        f"{field.subject} has an empty place in {echo(value)}.",
        "Separate the values with single commas, without spaces.",
        code="grammar.bad_value",
        field=field.name,
        offered=field.choices,
    )


def too_many(layout: Layout, word: str) -> GrammarError:
    """More words than arguments."""
    # A setting may have lost its place among the words: its value may be a secret.
    secret = any(field.note.kind is Kind.SETTING for field in layout.fields)
    return GrammarError(
        f"There is one word too many: {echo(word.partition('=')[0] if secret else word)}.",
        "Leave it out, or put words that belong together in quotes.",
        code="grammar.extra",
    )


def invalid(layout: Layout, error: ValidationError) -> GrammarError:
    """What the model refused: a wrong value first, for asking for a missing one is no help yet."""
    details = error.errors(include_url=False)
    wrong = [each for each in details if each["type"] != "missing"]
    chosen = (wrong or details)[0]
    fields = {field.name: field for field in layout.fields}
    field = fields.get(_place(chosen))
    if field is None:
        return GrammarError(_told(chosen), code="grammar.bad_value")
    if not wrong:
        return _missing(field)
    return _bad_value(field, [each for each in wrong if _place(each) == field.name])


def each(layout: Layout, error: ValidationError) -> dict[str, GrammarError]:
    """Everything that the model refused, by field name; the whole's own under ``""``.

    For a form, where what was filled in and the argument's help stand beside the sentence.
    """
    found: dict[str, GrammarError] = {}
    fields = {field.name: field for field in layout.fields}
    details = error.errors(include_url=False)
    for detail in details:
        field = fields.get(_place(detail))
        if field is None:
            found[""] = GrammarError(_told(detail), code="grammar.bad_value")
        elif detail["type"] == "missing":
            found[field.name] = _missing(field, beside=True)
        else:
            of_field = [other for other in details if _place(other) == field.name]
            found[field.name] = _bad_value(field, of_field, beside=True)
    return found


def _place(detail: ErrorDetails) -> str:
    """The name of the field at fault; a model's validator may name one, or else it is ``""``."""
    return str(detail["loc"][0] if detail["loc"] else detail.get("ctx", {}).get("field", ""))


def _missing(field: Field, *, beside: bool = False) -> GrammarError:
    """``beside``: the sentence stands in a form, at the field."""
    verb = "are" if field.plural else "is"
    instead = ""
    if other := field.instead:
        instead = f" Or give {other.capitalize() if beside else f'--{other}'} instead."
    elif other := field.unless:
        instead = f" It may be left out with {other.capitalize() if beside else f'--{other}'}."
    return GrammarError(
        f"{field.subject} {verb} missing: {_help(field)}.{instead}",
        f"Choose {alternatives(field.choices)}." if field.choices else "",
        code="grammar.missing",
        field=field.name,
        offered=field.choices,
    )


def _bad_value(field: Field, details: list[ErrorDetails], *, beside: bool = False) -> GrammarError:
    """``beside``: the sentence stands beside the value, which it need not repeat."""
    # A list without the items that are wrong may be too short as well, which says nothing.
    details = [each for each in details if len(each["loc"]) > 1] or details
    told = next((_told(each) for each in details if _told(each).endswith(".")), None)
    typed = _typed(field, details[0])
    # The shortest first: "perm or a duration such as …" reads; the other way round does not.
    allowed = sorted({_allowed(field, each) for each in details} - {""}, key=len)
    mended = _mended(field, details)
    meant = ", ".join(right for _wrong, right in mended)
    next_step = (
        f"Did you mean {meant}?" if meant else "" if beside else f"It means: {_help(field)}."
    )
    if told is None and not typed:
        told = f"{'This' if beside else field.subject} cannot be empty."
    elif told is None and beside:
        told = f"This takes {alternatives(allowed)}." if allowed else ""
        told = told or f"This does not fit: {_help(field).rpartition(': ')[2]}."
    elif told is None:
        must = "takes" if not field.positional else "have to be" if field.plural else "has to be"
        takes = f"{must} {alternatives(allowed)}, not" if allowed else "cannot be"
        told = f"{field.subject} {takes} {echo(typed)}."
    return GrammarError(
        told,
        next_step,
        code="grammar.bad_value",
        field=field.name,
        offered=field.choices,
        meant=mended,
    )


def _mended(field: Field, details: list[ErrorDetails]) -> tuple[tuple[str, str], ...]:
    """Each value that does not fit, with what it was probably meant to be; nothing unless all of
    them are near to something."""
    found: dict[str, str | None] = {}
    for detail in details:
        typed = str(detail["input"])
        meant = suggest(typed, field.literals)
        if field.note.kind is Kind.DURATION:
            meant = meant or nearest_duration(typed, field.literals)
        found[typed] = None if meant == typed else meant
    mended = tuple((typed, meant) for typed, meant in found.items() if meant)
    return mended if len(mended) == len(found) else ()


def _typed(field: Field, detail: ErrorDetails) -> str:
    given = detail["input"]
    typed = " ".join(map(str, given)) if isinstance(given, tuple | list) else str(given)
    return typed.partition("=")[0] if field.note.kind is Kind.SETTING else typed


def _help(field: Field) -> str:
    """The argument's help as a part of a sentence; ``KEY=VALUE`` keeps its capitals."""
    text = field.note.help.rstrip(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _allowed(field: Field, detail: ErrorDetails) -> str:
    if detail["type"] in {"literal_error", "enum"} and field.choices:
        return alternatives(field.choices)
    if detail["type"] in {"value_error", "assertion_error"}:
        return _told(detail)
    given = detail.get("ctx", {})
    context = {k: f"{v:,}" if isinstance(v, int) else v for k, v in given.items()}
    context["expected"] = str(given.get("expected", "")).replace("'", "")
    # What has no words here, such as a pattern, is told by the argument's help in the next step.
    return _ALLOWED.get(detail["type"], "").format(**context)


def _told(detail: ErrorDetails) -> str:
    """The words of a validator of ours."""
    cause = detail.get("ctx", {}).get("error")
    return str(cause) if isinstance(cause, ValueError | AssertionError) else ""


def _said(named: Named) -> str:
    """A key that is known, as it was typed but with the dashes of an option."""
    return named.typed_key if named.typed_key.startswith("--") else f"{named.typed_key}:"


def _quote_it(when: str) -> str:
    return f"If {when}, put the whole text in quotes."
