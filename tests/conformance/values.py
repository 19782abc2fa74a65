"""Values for any argument, derived from what its command says of it.

What a kind of argument looks like is told once, here; each field's own type and limits then
decide which of those values it takes. A field that takes none of them fails loudly.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from hypothesis import assume
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from ovbot.engine.command import AnyCommand
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.layout import Field
from ovbot.grammar.parser import of_values, problems
from ovbot.grammar.pieces import pieces
from tests.conformance.commands import fields_of

TRAPS = (
    *("--dry-run", "--x", "—x", "-", "--", "---", "type:x", "session:a", "a=b", "ses_A1", "con_1"),
    *("7", "#7", "<@U1>", "<#C1>", "<!channel>", "<http://a|b>", "&lt;", "&amp;", "a & b", "< >"),
    *('"', "'", "“a”", '"a b"', "don't", "it's 5\" wide", "help", "?", "@channel", "`x`", "*x*"),
    *("😀", "👩‍👩‍👧", "ليلى", "Ana María", "x" * 200, "{}", '{"name":"A"}', "null", "%s", "${x}"),
)
"""Texts that mean something to a chat, a shell, a template or a parser, somewhere."""

BY_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.SESSION: ("demo", "exam-7", "ses_Ab12Cd", "7", "no_such", "x" * 170),
    Kind.PARTICIPANT: ("con_AbC", "3", "Tom", "Ana María"),
    Kind.RECORDING: ("demo", "demo~1"),
    Kind.NODE: ("media_i-1234567890abcdef0", "kms_1", "10.0.0.7"),
    Kind.TARGET: ("youtube", "twitch"),
    Kind.STREAM: ("camera", "screen", "str_CAM_AbCd_con_AbC"),
    Kind.USER: ("<@U02BEN>", "<@W0ENTERPRISE>"),
    Kind.CHANNEL: ("<#C01GENERAL>",),
    Kind.SUBJECT: ("<@U02BEN>", "<!subteam^S01TEACHERS>", "<#C01GENERAL>"),
    Kind.ROLE: ("moderator",),
    Kind.COMMAND: ("kick", "record start", "no such command"),
    Kind.PATTERN: ("demo", "exam-*", "*", "[a-c]?"),
    Kind.TOPIC: ("session", "recordings", "chat"),
    Kind.WORD: ("best_fit", "custom:team/wide", "lecture", "1280x720", "GStreamerFilter"),
    Kind.TEXT: ("Good morning", "talks over everybody", "*", *TRAPS),
    Kind.COUNT: ("1", "0", "7", "100", "256"),
    Kind.DURATION: ("5m", "1h30m", "7d"),
    Kind.MOMENT: ("2h", "3 days", "today", "friday", "fri 18:00", "18:00", "2099-12-24"),
    Kind.FLAG: (),
    Kind.URI: (
        "rtsp://admin:hunter2@10.0.0.9:554/live",
        "ws://10.0.0.7:8888/kurento",
        "https://example.com/a?b=c&d",
    ),
    Kind.SETTING: ("OPENVIDU_RECORDING=true", "OPENVIDU_CDR=true", "OPENVIDU_WEBHOOK=false"),
}


def can_be_typed(text: str) -> bool:
    """Whether all of a text reaches ovbot: what is invisible does not, and nobody sees it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return bool(text) and "".join(piece.text for piece in pieces(escaped)) == text


_NASTY = st.text(
    st.one_of(st.sampled_from("\"'“”„«»‘’—–- :=,<>&;|\\\u00a0\u200dab*_~`"), st.characters()),
    min_size=1,
    max_size=25,
)


def candidates(field: Field) -> tuple[str, ...]:
    """Texts that this field may take, likely ones first."""
    return field.choices or (*BY_KIND[field.note.kind], *TRAPS)


@cache
def taken(command: AnyCommand, field: Field) -> tuple[object, ...]:
    """Those of the candidates that the field takes, each as one value of it."""
    if field.flag:
        return (not field.default,)
    texts = candidates(field)
    values = [(text,) for text in texts] if field.plural else list(texts)
    found = tuple(value for value in values if takes(command.args, field, value))
    assert found, f"{__name__} knows nothing that {command.name} takes as {field.name}"
    return found


def takes(args: type[Args], field: Field, value: object) -> bool:
    """Whether the field's own type and limits allow the value."""
    return field.name not in problems(args, {field.name: value})


def shortest(command: AnyCommand) -> dict[str, object]:
    """A value for each argument that the command cannot do without."""
    return {field.name: taken(command, field)[0] for field in fields_of(command) if needed(field)}


def needed(field: Field) -> bool:
    """Whether nothing comes of a command without it, or without what stands in its place."""
    return field.required or field.instead is not None or field.unless is not None


def without_rivals(command: AnyCommand, values: dict[str, object], name: str) -> dict[str, object]:
    """The values without those in whose place the one of that name stands."""
    rivals = {field.name for field in fields_of(command) if field.instead == name}
    return {other: value for other, value in values.items() if other not in rivals}


def args_of(command: AnyCommand) -> st.SearchStrategy[Args]:
    """Any arguments that the command takes."""
    args: type[Args] = command.args
    fields = fields_of(command)
    chosen = {field.name: _field(command, field) for field in fields}
    always = {field.name: chosen[field.name] for field in fields if needed(field)}
    others = {name: chosen[name] for name in chosen if name not in always}

    def build(values: dict[str, object]) -> Args:
        for name in others:
            if values.get(name) is not None:
                values = without_rivals(command, values, name)
        try:
            return of_values(args, values)
        except GrammarError:  # two values that do not go together
            assume(False)
            raise

    return st.fixed_dictionaries(always, optional=others).map(build)


def _field(command: AnyCommand, field: Field) -> st.SearchStrategy[Any]:
    known = st.sampled_from(taken(command, field))
    if field.flag:
        return st.booleans()
    if field.choices and not field.plural:
        return known
    info = command.args.model_fields[field.name]
    if field.plural:
        items = st.one_of(st.sampled_from(_items(command, field)), _free(field, info))
        lists = st.lists(items, max_size=3).map(tuple)
        return lists.filter(lambda value: takes(command.args, field, value))
    return st.one_of(known, _free(field, info)).filter(
        lambda value: takes(command.args, field, value)
    )


def _items(command: AnyCommand, field: Field) -> list[object]:
    return [item for value in taken(command, field) if isinstance(value, tuple) for item in value]


def _free(field: Field, info: FieldInfo) -> st.SearchStrategy[Any]:
    """Values that nobody thought of: by the field's pattern, its numbers, or any text at all."""
    if field.choices:
        return st.sampled_from(field.choices)
    if field.note.kind is Kind.COUNT:
        limits = {type(note).__name__: note for note in _notes(info)}
        least = getattr(limits.get("Ge"), "ge", -1000)
        most = getattr(limits.get("Le"), "le", 10**9)
        return st.integers(least, most)
    if field.note.kind is Kind.DURATION:
        return st.integers(0, 10**8).map(lambda seconds: timedelta(seconds=seconds))
    if field.note.kind is Kind.MOMENT:
        return st.sampled_from(BY_KIND[Kind.MOMENT])
    if field.note.kind is Kind.SUBJECT:
        return st.from_regex(
            re.compile(r"<(@[UW]|!subteam\^S|#[CG])[A-Z0-9]{1,12}>"), fullmatch=True
        )
    if field.note.kind is Kind.USER:
        return st.from_regex(re.compile(r"<@[UW][A-Z0-9]{1,12}>"), fullmatch=True)
    patterns = [note.pattern for note in _notes(info) if getattr(note, "pattern", None)]
    if patterns:
        return st.from_regex(re.compile(patterns[0]), fullmatch=True).filter(can_be_typed)
    return _NASTY.filter(can_be_typed)


def _notes(info: FieldInfo) -> Iterator[Any]:
    """The limits of a field, wherever in its type they stand."""
    yield from info.metadata
    yield from _inner(info.annotation)


def _inner(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
    for part in get_args(annotation):
        yield from _inner(part)
