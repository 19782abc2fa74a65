"""Forms of what only OpenVidu Pro can do: nobody fills in what this server cannot do at all."""

from pathlib import Path

import pytest

from ovbot.domain.actor import Actor
from ovbot.engine.admission import Entered
from ovbot.engine.invocation import Invocation
from tests.conformance.commands import COMMANDS
from tests.desk import ANA, MODERATION, TEAM, Desk, open_desk, words

PRO = [command.name for command in COMMANDS if command.pro]


async def asked(desk: Desk, text: str) -> Entered:
    return await desk.door.enter(
        Invocation(actor=Actor(TEAM, ANA), channel=MODERATION, text=text, interaction=text)
    )


def test_what_says_so_of_itself_is_known_as_such() -> None:
    assert {command.name for command in COMMANDS if "(OpenVidu Pro)" in command.summary} <= set(PRO)


@pytest.mark.parametrize("name", PRO)
async def test_community_says_so_in_words(desk: Desk, name: str) -> None:
    desk.simulator.join("demo", client_data="Ana")
    entered = await asked(desk, f"{name} ?")
    assert entered.form is None
    assert entered.work is None
    said = words(entered.reply)
    assert f"`/openvidu {name}` needs OpenVidu Pro" in said
    assert "this server runs the Community edition" in said


async def test_on_pro_they_open(tmp_path: Path) -> None:
    async with open_desk(tmp_path, edition="pro", profile="2.32") as desk:
        for name in PRO:
            assert (await asked(desk, f"{name} ?")).form is not None, name


async def test_a_form_that_opens_accuses_nobody(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    for typed in ("kick", "unpublish", "signal", "close", "recording delete"):
        form = (await asked(desk, typed)).form
        assert form is not None, typed
        assert "missing" not in form.text
