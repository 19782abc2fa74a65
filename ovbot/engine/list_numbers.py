"""Numbers in a form. They count in the last list that the person saw, and a form says who that is.

A number is filled in as the connection it stands for, so that it goes on meaning the same person
when another list is shown before the form is submitted.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from ovbot.domain.markup import Markup, bold, code, join, md
from ovbot.engine.command import Action, AnyCommand
from ovbot.engine.context import Context
from ovbot.engine.forms import Form
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.layout import layout_of
from ovbot.openvidu import OpenViduError
from ovbot.openvidu.participants import display_name, public_id
from ovbot.store import last_lists

_PATIENCE = 1.0


async def last_list(context: Context) -> last_lists.Shown | None:
    """The list of people that this person saw last: what numbers count in."""
    async with context.store.read() as tx:
        last = await last_lists.recall(tx, team=context.actor.team, user=context.actor.user)
    return last if last and last.server == context.server else None


async def meant(
    command: AnyCommand, values: Mapping[str, object], context: Context
) -> dict[str, object]:
    """``values`` with the session of the list, where only a number was written outside its
    channel, and with the connection that each number stands for. Asks the store alone."""
    args: type[Args] = command.args
    layout, filled = layout_of(args), dict(values)
    fields = [f for f in layout.fields if f.note.kind is Kind.PARTICIPANT and f.name in values]
    numbers = [word for f in fields for word in _words(values[f.name]) if word.isdecimal()]
    last = await last_list(context) if numbers else None
    if last is None or layout.session is None:
        return filled
    session = values.get("session") or context.bound_session
    if session is None and not context.bindings:
        filled["session"] = session = last.session
    if session == last.session:
        for field in fields:
            words = tuple(
                _connection(word, last.connections) for word in _words(values[field.name])
            )
            filled[field.name] = words if field.plural else words[0]
    return filled


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple | list) else (str(value),)


def _connection(word: str, connections: tuple[str, ...]) -> str:
    """What is no number of the list stays, and is refused when the form is submitted."""
    if not word.isdecimal() or not 1 <= int(word) <= len(connections):
        return word
    return connections[int(word) - 1]


async def named(form: Form, context: Context) -> Form:
    """The form with the names of those who are filled in by their connections, read live.

    Without them where OpenVidu does not answer at once, for a form has to open within three
    seconds: the connections stand there all the same.
    """
    session = next((f.values[0] for f in form.fields if f.name == "session" and f.values), "")
    filled = [f for f in form.fields if f.kind is Kind.PARTICIPANT and f.values]
    if not session or not filled:
        return form
    names = await _names(session, context)
    labels = {id_: f"{name} ({id_})" for id_, name in names.items()}
    fields = [
        msgspec.structs.replace(f, labels=tuple(labels.get(value, value) for value in f.values))
        if f in filled
        else f
        for f in form.fields
    ]
    return msgspec.structs.replace(form, fields=tuple(fields))


async def whom(command: Action[Any, Any], values: Mapping[str, object], context: Context) -> Markup:
    """What a brief form says first: to whom what it is for will happen, by name."""
    if command.brief is None:
        raise ValueError("no brief form")
    session, ids = str(values.get("session")), chosen(command, values)
    names = await _names(session, context)
    said = join(", ", [bold(names.get(id_, id_)) for id_ in ids])
    return md(command.brief.text, said, code(session))


def chosen(command: Action[Any, Any], values: Mapping[str, object]) -> tuple[str, ...]:
    """The ids of those whom a form is about; nobody where not all of them are named by id."""
    args: type[Args] = command.args
    fields = [f for f in layout_of(args).shown if f.note.kind is Kind.PARTICIPANT]
    ids = tuple(word for f in fields for word in _words(values.get(f.name) or ()))
    return ids if all(id_.startswith(("con_", "ipc_")) for id_ in ids) else ()


async def _names(session: str, context: Context) -> dict[str, str]:
    """The names of those who are there, by id; of nobody where OpenVidu doesn't tell at once."""
    if not context.access.sees(session):
        return {}
    try:
        async with asyncio.timeout(_PATIENCE):
            people = (await context.openvidu.session(session)).connections
    except (OpenViduError, TimeoutError):
        return {}
    return {public_id(c.connection_id): display_name(c) for c in people}
