"""A session of which nothing can be asked, its id being too long, is in nobody's way.

Real servers create and list ids of any length, and their web server refuses the line that names
such a one (2.15.0 and 2.32.1, tried).
"""

from pathlib import Path

import pytest

from ovbot.engine.command import AnyCommand
from ovbot.grammar.args import Arg, Kind
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import of_values
from tests.conformance.commands import COMMANDS, fields_of
from tests.conformance.values import needed, taken
from tests.desk import ANA, open_desk, words

LONG = "x" * 4_000
ROOM = "exam-7"
OF_A_SESSION = [
    each
    for each in COMMANDS
    if any(isinstance(one.note, Arg) and one.note.kind is Kind.SESSION for one in fields_of(each))
]


@pytest.mark.parametrize("sessions", [(LONG, ROOM), (LONG, ROOM, "exam-8")], ids=len)
@pytest.mark.parametrize("command", OF_A_SESSION, ids=lambda each: each.name)
async def test_it_is_never_what_is_meant(
    command: AnyCommand, sessions: tuple[str, ...], tmp_path: Path
) -> None:
    fields = [each for each in fields_of(command) if needed(each)]
    asked = of_values(command.args, {each.name: taken(command, each)[0] for each in fields})
    async with open_desk(tmp_path, profile="2.32", edition="pro") as desk:
        for session in sessions:
            desk.simulator.join(session, client_data="Ana", publish="camera")
        await desk.type("bind *", user=ANA)
        await desk.told()
        answer = await desk.type(format_command(command.name, asked), user=ANA)
        said = [words(answer)] if answer is not None else []
        said += [words(told.reply) for told in await desk.told()]
        assert not any("went wrong in ovbot itself" in text for text in said), said
        assert not any(LONG[:60] in text for text in said), said
