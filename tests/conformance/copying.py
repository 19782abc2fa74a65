"""What people copy out of a message and paste behind /openvidu: it is read again, as it stands."""

import html
import re
from collections.abc import Iterable, Iterator

from ovbot.domain.markup import escape
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import Context, parse, split_command
from tests.conformance.commands import REGISTRY

_SPAN = re.compile(r"`([^`\n]+)`")
_USAGE = re.compile(r"[<\[][-\w]|…|\b[A-Z]{2,}\b|\|")
"""How a command is written, and no command: ``kick [session] <participant>``, ``SESSION``."""


def spans(texts: Iterable[str]) -> Iterator[str]:
    """Every code span, as it is copied out of Slack."""
    for text in texts:
        yield from (html.unescape(span) for span in _SPAN.findall(text))


def check_commands(texts: Iterable[str]) -> None:
    """Each span that is a command can be given, in a channel that is bound and in one that is not.

    What is still to be put in is in capitals or in brackets: there the command itself counts.
    """
    for span in spans(texts):
        if span == "/openvidu" or not span.startswith("/openvidu "):
            continue
        tokens = tokenize(span.removeprefix("/openvidu "))
        found = split_command(tokens, REGISTRY.names)
        if found is None:
            words = tuple(token.text.casefold() for token in tokens)
            begun = any(name[: len(words)] == words for name in REGISTRY.names)
            assert begun, f"no command: {span}"
            continue
        command, rest, _name = found
        if _USAGE.search(span) or (rest and rest[-1].text in {"?", "help"}):
            continue
        for place in (Context(), Context(session_optional=True)):
            try:
                parse(command.args, rest, place)
            except GrammarError as error:
                missing = error.code == "grammar.missing"
                assert missing, f"{span}: {error.sentence}"  # noqa: PT017 - not raised on purpose


def check_ids(texts: Iterable[str], ids: Iterable[str]) -> None:
    """No id stands anywhere with other characters than its own."""
    changed = {str(escape(id_)): id_ for id_ in ids if str(escape(id_)) != id_}
    for text in texts:
        for drawn, id_ in changed.items():
            assert drawn not in text, f"{id_!r} is shown as {drawn!r}: {text}"
