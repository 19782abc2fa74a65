"""What an argument could be, from OpenVidu's live truth: the menus of the forms."""

from collections.abc import Awaitable, Callable

import msgspec

from ovbot.domain.names import folded
from ovbot.domain.words import counted
from ovbot.engine.context import Context
from ovbot.engine.policy import authorise
from ovbot.engine.refusals import Denied
from ovbot.grammar.args import Kind
from ovbot.openvidu.participants import display_name, public_id


class Option(msgspec.Struct, frozen=True):
    """One possibility: what is written for it, and what a person reads."""

    value: str
    label: str


async def options(
    command: str, kind: Kind, typed: str, session: str | None, context: Context
) -> tuple[Option, ...]:
    """The possibilities that hold ``typed``, those that begin with it first; none for who may not.

    ``session`` is the one chosen so far. Raises OpenViduError.
    """
    try:
        authorise(context.commands[command], context.access, session)
    except (Denied, KeyError):
        return ()
    find = _FINDERS.get(kind)
    found = await find(session or await _bound(context), context) if find else []
    wanted = folded(typed)
    held = [o for o in found if wanted in folded(o.label) or wanted in folded(o.value)]
    if wanted:
        held.sort(key=lambda option: not _begins(option, wanted))
    return tuple(held)


def _begins(option: Option, wanted: str) -> bool:
    return folded(option.label).startswith(wanted) or folded(option.value).startswith(wanted)


async def _bound(context: Context) -> str | None:
    """The session that is meant when none is named, if there is only one that could be."""
    if only := context.bound_session:
        return only
    if not context.bindings:
        return None
    live = [s.session_id for s in await context.openvidu.sessions() if s.is_addressable]
    bound = [s for s in live if any(binding.matches(s) for binding in context.bindings)]
    return bound[0] if len(bound) == 1 else None


async def _sessions(_session: str | None, context: Context) -> list[Option]:
    live = await context.openvidu.sessions()
    seen = [s for s in live if s.is_addressable and context.access.sees(s.session_id)]
    seen.sort(key=lambda s: (-s.people, s.session_id))
    return [
        Option(s.session_id, f"{s.session_id} ({counted(s.people, 'person', 'people')})")
        for s in seen
    ]


async def _participants(session: str | None, context: Context) -> list[Option]:
    if session is None or not context.access.sees(session):
        return []
    people = (await context.openvidu.session(session)).connections
    ids = [(public_id(c.connection_id), c) for c in people]
    return [Option(id_, f"{display_name(c)} ({id_})") for id_, c in ids]


async def _streams(session: str | None, context: Context) -> list[Option]:
    if session is None or not context.access.sees(session):
        return []
    people = (await context.openvidu.session(session)).connections
    return [
        Option(p.stream_id, f"{display_name(c)}: {(p.type_of_video or 'audio').lower()}")
        for c in people
        for p in c.publishers
    ]


async def _recordings(_session: str | None, context: Context) -> list[Option]:
    seen = [r for r in await context.openvidu.recordings() if context.access.sees(r.session_id)]
    seen.sort(key=lambda r: -r.created_at)
    return [Option(r.id, f"{r.name} ({r.status}, {r.id})") for r in seen]


async def _nodes(_session: str | None, context: Context) -> list[Option]:
    nodes = await context.openvidu.media_nodes()
    return [Option(node.id, f"{node.id} ({node.status})") for node in nodes]


async def _targets(_session: str | None, context: Context) -> list[Option]:
    return [Option(name, name) for name in context.powers.broadcast_targets]


_FINDERS: dict[Kind, Callable[[str | None, Context], Awaitable[list[Option]]]] = {
    Kind.SESSION: _sessions,
    Kind.PARTICIPANT: _participants,
    Kind.STREAM: _streams,
    Kind.RECORDING: _recordings,
    Kind.NODE: _nodes,
    Kind.TARGET: _targets,
}
SEARCHED = frozenset(_FINDERS)
"""The kinds that a menu can be asked for."""
