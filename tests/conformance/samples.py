"""What people could ask of each command in a world, made from what is there."""

from ovbot.engine.command import AnyCommand
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.layout import Field, layout_of
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import of_values
from ovbot.openvidu.participants import display_name
from tests.conformance.values import needed, taken, takes, without_rivals
from tests.conformance.worlds import ROOM
from tests.desk import Desk

MOST = 3
"""Values of one argument that are tried."""

Facts = dict[Kind, list[str]]


async def facts(desk: Desk) -> Facts:
    """What there is to name, by kind of argument, as OpenVidu tells it."""
    found: Facts = {Kind.SESSION: [ROOM], Kind.PATTERN: [ROOM, "exam-*", "*"]}
    sessions = [each.session_id for each in await desk.openvidu.sessions()]
    found[Kind.SESSION] += [*[name for name in sessions if name.startswith("-")][:1], "no_such"]
    room = (await desk.openvidu.session(ROOM)).connections if ROOM in sessions else ()
    if room:
        people = sorted(room, key=lambda each: not each.publishers)
        cameras = [each for each in people if each.is_ip_camera]
        names = [display_name(each) for each in people]
        found[Kind.PARTICIPANT] = [
            people[0].connection_id,
            *(display_name(camera) for camera in cameras),
            *dict.fromkeys(name for name in names if names.count(name) > 1),
            "2",
        ]
        streams = [stream.stream_id for each in people[:1] for stream in each.publishers]
        found[Kind.STREAM] = [*streams, "screen"]
    recordings = sorted(await desk.openvidu.recordings(), key=lambda each: each.id)
    found[Kind.RECORDING] = [each.id for each in recordings]
    found[Kind.NODE] = [node.id for node in desk.simulator.world.nodes.listed()][-2:]
    return found


def samples(command: AnyCommand, known: Facts, *, thorough: bool) -> list[str]:
    """Commands as texts: the shortest that says what is needed, then one change at a time.

    ``thorough``: with every option, and several values of each argument.
    """
    args: type[Args] = command.args
    fields = layout_of(args).fields
    base = {field.name: _values(command, field, known)[0] for field in fields if needed(field)}
    if session := layout_of(args).session:
        base[session.name] = _values(command, session, known)[0]
    texts = [_text(command, base)]
    assert texts[0] is not None, f"{command.name} cannot be asked with {base}"
    for field in fields if thorough else [field for field in fields if needed(field)]:
        for value in _values(command, field, known)[: MOST if thorough else 2]:
            others = without_rivals(command, base, field.name)
            texts.append(_text(command, {**others, field.name: value}))
    return list(dict.fromkeys(text for text in texts if text is not None))


def _values(command: AnyCommand, field: Field, known: Facts) -> list[object]:
    there = [
        value
        for text in known.get(field.note.kind, [])
        if takes(command.args, field, value := (text,) if field.plural else text)
    ]
    return [*there, *taken(command, field)]


def _text(command: AnyCommand, values: dict[str, object]) -> str | None:
    try:
        return format_command(command.name, of_values(command.args, values))
    except GrammarError:  # two values that do not go together
        return None
