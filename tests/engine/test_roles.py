"""The whole table: role × scope × command × surface, and that ``can`` says what really happens.

The commands come from the registry, so that a new one is in it. What each cell has to be is told
here once more, by other means than the policy's.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio

from ovbot.domain.actor import Actor, Role
from ovbot.domain.grant import Gives
from ovbot.engine.budget import Budget
from ovbot.engine.command import AnyCommand, Question
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.policy import About
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import of_values
from tests.conformance.commands import COMMANDS, fields_of
from tests.conformance.values import shortest
from tests.desk import GENERAL, MODERATION, TEAM, Desk, open_desk, words

IN, OUT = "exam-1", "demo"
SCOPES = {"everything": "everything", "exam-*": "exam-*", "exam-1": "exam-1", "channel": "here"}
GIVEN = [
    ("nothing", ""),
    *((each.value, scope) for each in Gives for scope in SCOPES if each is not Gives.AUDITOR),
    ("auditor", "everything"),
]
LADDER = ("none", "viewer", "moderator", "operator", "admin")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
SURFACES = (Source.TYPED, Source.BUTTON, Source.FORM, Source.HOME)
READS = {"audit", "explain", "grants"}
"""What auditors may; ``can`` is for everybody."""


def user_of(gives: str, scope: str) -> str:
    return f"U9{GIVEN.index((gives, scope)):03}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    # Each refusal is a commit: in memory, where that costs nothing, there are thousands of them.
    with TemporaryDirectory(dir=MEMORY) as folder:
        async with open_desk(Path(folder)) as opened:
            await prepare(opened)
            yield opened


async def prepare(opened: Desk) -> None:
    ticks = count(0, 1000)
    opened.door = replace(opened.door, budget=Budget(lambda: float(next(ticks))))
    for session in (IN, OUT):
        opened.simulator.join(session, client_data="Tom", publish="camera")
    await opened.type(f"bind {IN}", channel=MODERATION)
    await opened.told()
    for gives, scope in GIVEN[1:]:
        over = SCOPES[scope]
        text = f"grant <@{user_of(gives, scope)}> {gives} for {over}"
        await opened.type(text, channel=MODERATION)
        assert "gave" in (told := (await opened.told())[0].text) or "took" in told, told


def asked(command: AnyCommand, session: str, user: str) -> str:
    """The command as short as can be, on the session where it takes one."""
    values = shortest(command)
    if command.name == "ask":
        values["over"] = session
    if any(field.name == "session" for field in fields_of(command)):
        values["session"] = session
    if command.name == "can":
        values["who"] = f"<@{user}>"
    return format_command(command.name, of_values(command.args, values))


def takes_session(command: AnyCommand) -> bool:
    return any(field.name == "session" for field in fields_of(command))


def may(gives: str, scope: str, command: AnyCommand, session: str, channel: str) -> bool:
    """What the cell has to be, from the words of docs/roles.md."""
    here = channel == MODERATION
    if command.needs is Role.NONE:
        return True
    if gives == "auditor" and command.name in READS:
        return True
    needs = LADDER.index(command.needs.word)
    applies = scope != "channel" or here
    covers = {
        "everything": True,
        "exam-*": session == IN,
        "exam-1": session == IN,
        "channel": session == IN,
        "": False,
    }[scope]
    whole = scope == "everything"
    has_session = takes_session(command)
    if gives == "no-access" and applies:
        if scope in {"everything", "channel"}:
            return False
        if has_session and covers and command.about is About.SESSIONS:
            return False
    step = LADDER.index(gives) if gives in LADDER else 0
    if not applies:
        step = 0
    if command.about is About.SERVER:
        return max(step if whole else 0, int(here)) >= needs
    if has_session:
        return max(step if covers else 0, int(here and session == IN)) >= needs
    return max(step, int(here)) >= needs


async def happens(desk: Desk, text: str, user: str, channel: str, source: Source) -> str:
    place = user if source is Source.HOME else channel
    entered = await desk.door.enter(
        Invocation(
            actor=Actor(TEAM, user),
            channel=place,
            text=text,
            interaction=f"{text} {user} {place} {source}",
            source=source,
        )
    )
    said = words(entered.reply) if entered.reply else ""
    if entered.work is not None and isinstance(desk.door.powers.commands[entered.name], Question):
        reply = (await entered.work()).reply
        said = words(reply) if reply else ""
    return said


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("gives", "scope"), GIVEN, ids=[f"{g} {s}".strip() for g, s in GIVEN])
async def test_each_cell(desk: Desk, gives: str, scope: str) -> None:
    user = user_of(gives, scope) if gives != "nothing" else "U9NOBODY"
    wrong: list[str] = []
    for command in COMMANDS:
        for session in (IN, OUT) if takes_session(command) else (IN,):
            text = asked(command, session, user)
            for channel in (GENERAL, MODERATION):
                expected = may(gives, scope, command, session, channel)
                for source in SURFACES if channel == GENERAL else SURFACES[:1]:
                    due = may(gives, scope, command, session, channel)
                    said = await happens(desk, text, user, channel, source)
                    if ("*Not allowed.*" not in said) is not due:
                        wrong.append(f"{text} in {channel} {source}: should be {due}: {said[:200]}")
                about = f" {session}" if takes_session(command) else ""
                ask = f"can <@{user}> {command.name}{about}"
                told = words(await desk.type(ask, channel=channel))
                if told.startswith("*Yes.*") is not expected:
                    wrong.append(f"{ask} in {channel}: should be {expected}: {told[:200]}")
    assert wrong == []
