"""Every stuck state, in every command and button: one name, nothing that leads round, a way out."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.markup import md
from ovbot.domain.reply import Button, Reply
from ovbot.slack.gateway import Gateway
from ovbot.slack.home import Home
from ovbot.subjects import recording_of
from tests.commands.later import Hours, open_hours
from tests.commands.steps import control, reads_back, submit
from tests.commands.test_stuck import Stick, phantom, unfinished
from tests.desk import ANA, TEAM, Desk, buttons, words


async def orphaned(hours: Hours) -> None:
    """OpenVidu was killed while it recorded."""
    hours.desk.simulator.join("demo", client_data="Ana", publish="camera")
    await hours.desk.type("record start demo")
    await control(hours.desk, "kill")
    hours.time.advance(60)


async def forsaken(hours: Hours) -> None:
    """Everybody left, and it did not end."""
    hours.desk.simulator.join("demo", client_data="Ana", publish="camera")
    await control(hours.desk, "sessions/demo/stick", how="forsaken")
    hours.time.advance(5_000)


async def empty(hours: Hours) -> None:
    """Ready, with nothing in it."""
    hours.desk.simulator.join("demo", client_data="Ana", publish="camera")
    await hours.desk.type("record start demo")
    await control(hours.desk, "recordings/demo", status="empty")


class State(msgspec.Struct, frozen=True):
    """How it is reached, its name, where it is told, and the form that ends it."""

    reach: Stick
    name: str
    told_in: tuple[str, ...]
    way_out: str


SESSION, RECORDING = ("show demo", "list"), ("recording show demo", "recording list")
STATES = {
    "phantom": State(phantom, "counts as recorded, but nothing", SESSION, "close"),
    "unfinished": State(unfinished, "never finished", (*SESSION, *RECORDING), "close"),
    "orphaned": State(orphaned, "left running by a crash", RECORDING, "recording delete"),
    "forsaken": State(forsaken, "nobody is in it, and it doesn't end", SESSION, "close"),
    "empty": State(empty, "ready, but empty", RECORDING, "recording delete"),
}
COMMANDS = (
    *SESSION,
    "show demo --share",
    "list --recording",
    *RECORDING,
    "record start demo",
    "record stop demo",
    "recording delete demo",
    "close demo",
)
ROUND_AND_ROUND = (
    "being recorded already",
    "has stopped already",
    "stop it first",
    "it was not closed",
    "Nothing is being recorded",
)


@pytest.fixture(params=("2.15", "2.31", "2.32"))
async def hours(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hours]:
    monkeypatch.setattr(recording_of, "PAUSE", 0.01)
    async with open_hours(tmp_path, profile=request.param) as opened:
        yield opened


async def _says(desk: Desk, text: str) -> list[Reply]:
    """All that a command answers, at once and by the outbox, by its form where it has one."""
    if text.startswith(("close", "recording delete")):
        verb = "close --session demo" if text.startswith("close") else text
        answer = await submit(desk, f"{verb} --warn 5m" if verb.startswith("close") else verb)
    else:
        answer = await desk.type(text)
    told = [one.reply for one in await desk.told()]
    return [*([answer] if answer else []), *told]


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
async def test_every_command_knows_it_and_none_leads_round(hours: Hours, state: State) -> None:
    desk = hours.desk
    await state.reach(hours)
    await desk.told()
    for text in COMMANDS:
        said = await _says(desk, text)
        assert said, text
        everything = " ".join(words(reply) for reply in said)
        if text in state.told_in:
            assert state.name in everything, (text, everything)
        if state.reach in {phantom, unfinished}:
            found = [phrase for phrase in ROUND_AND_ROUND if phrase in everything]
            assert not found, (text, everything)
        for reply in said:
            for button in buttons(reply):
                assert reads_back(desk, button)
                begun = state.reach is empty and text.startswith("record start")
                assert begun or not _is_useless(button), (text, button)


@pytest.mark.parametrize("state", ["phantom", "unfinished", "forsaken"])
async def test_home_calls_it_the_same(hours: Hours, state: str) -> None:
    """Home is its overview and the list of sessions, asked for there."""
    await STATES[state].reach(hours)
    home = Home(hours.desk.door, Gateway("xoxb-nobody", "http://127.0.0.1:9/api/"))
    parts = await home._parts(Actor(TEAM, ANA), None)
    assert STATES[state].name in words(Reply(md("Home"), tuple(parts)))
    await home._gateway.close()


def _is_useless(button: Button) -> bool:
    return button.label.startswith("Stop recording")


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
async def test_the_button_that_is_offered_leads_out(hours: Hours, state: State) -> None:
    desk = hours.desk
    await state.reach(hours)
    await desk.told()
    for text in state.told_in:
        if text in {"list", "recording list"}:  # these lead to the one that is meant
            continue
        offered = buttons(await desk.type(text))
        forms = [b.command for b in offered if b.command.startswith(state.way_out)]
        if not forms and state.reach is unfinished:
            continue  # of its recording: deleted when OpenVidu has been restarted
        assert forms, (text, [b.label for b in offered])
    await submit(desk, f"{state.way_out} demo" + (" --now" if "delete" in state.way_out else ""))
    if state.reach is unfinished:
        await _only_a_restart_helps(hours)
    for text in (*SESSION, *RECORDING):
        assert state.name not in words(await desk.type(text)), text
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo")
    assert "started recording session `demo`" in (await desk.told())[-1].text


async def _only_a_restart_helps(hours: Hours) -> None:
    """Of a session with the same id OpenVidu thinks the same, and that is told."""
    desk = hours.desk
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    assert "a recording is starting" in words(await desk.type("show demo"))
    hours.time.advance(90)
    assert "never finished" in words(await desk.type("show demo"))
    await desk.type("record start demo")
    assert "until OpenVidu is restarted" in (await desk.told())[-1].text
    await control(desk, "kill")
    hours.time.advance(60)
    await submit(desk, "recording delete demo --now")
