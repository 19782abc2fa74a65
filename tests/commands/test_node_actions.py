"""What the actions on media nodes share: who hears, crashes, permission, Community."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.audit import Outcome
from ovbot.engine.invocation import Source
from tests.commands.cluster import (
    answered,
    cluster,
    crashed,
    only,
    statuses,
    submit,
)
from tests.desk import BEN, GENERAL, MODERATION, Desk, buttons, open_desk, words


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with cluster(tmp_path) as opened:
        yield opened


async def test_channels_that_hear_of_nodes_are_told_whatever_their_pattern(desk: Desk) -> None:
    await desk.type("bind exam-* nodes", channel="C03NODES")
    await desk.type("bind exam-* moderation session", channel="C04EXAM")
    await desk.told()
    node = await only(desk)
    await desk.type(f"node remove {node}", channel=GENERAL, source=Source.FORM)
    assert sorted(one.channel for one in await desk.told()) == [GENERAL, "C03NODES"]
    await desk.type(f"node remove {node}", channel=MODERATION, source=Source.FORM)
    assert [one.channel for one in await desk.told()] == [MODERATION]


@pytest.mark.parametrize(
    ("command", "outcome", "said"),
    [
        ("node remove {}", Outcome.FAILED, "is still running: the change did not happen"),
        ("node set {} drain", Outcome.FAILED, "is still running: the change did not happen"),
        ("node set {} run", Outcome.DONE, "is running. <@U01ANA> had asked for it"),
    ],
)
async def test_a_crash_is_looked_at(desk: Desk, command: str, outcome: Outcome, said: str) -> None:
    node = await only(desk)
    entry = await crashed(desk, command.format(node), target=node, detail="172.17.0.2")
    assert entry.outcome is outcome
    assert said in (await desk.told_one()).text


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("node remove {} --when now", "Media node `{}` is gone."),
        ("node set {} terminate --reason hot", "Media node `{}` is gone."),
        ("node set {} drain", "Media node `{}` is gone."),
    ],
)
async def test_a_crash_after_the_effect_is_told_as_done(
    desk: Desk, command: str, said: str
) -> None:
    node = await only(desk)
    await desk.openvidu.remove_media_node(node)
    desk.simulator.clock.advance(60)
    entry = await crashed(desk, command.format(node), target=node, detail="172.17.0.2")
    assert (entry.outcome, entry.answer) == (Outcome.DONE, "looked: gone")
    assert said.format(node) in (await desk.told_one()).text


async def test_a_run_of_a_node_that_is_gone_did_not_happen(desk: Desk) -> None:
    entry = await crashed(
        desk, "node set kms_nowhere run", target="kms_nowhere", detail="kms_nowhere"
    )
    assert entry.outcome is Outcome.FAILED
    assert "Media node `kms_nowhere` is not there any more." in (await desk.told_one()).text


async def test_community_is_told_in_words(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        for command in ("node remove kms_A", "node set kms_A drain"):
            told = await submit(desk, command)
            assert "This server is the Community edition, which has no media nodes." in told.text


async def test_a_part_of_an_id_is_asked_about(desk: Desk) -> None:
    node = await only(desk)
    told = await submit(desk, f"node set {node[4:9]} drain")
    (offer,) = buttons(told.reply)
    assert offer.command == f"node set {node} drain"
    assert await statuses(desk) == ["running"]


async def test_who_may_not_is_denied_and_audited(desk: Desk) -> None:
    await desk.type("bind demo")
    node = await only(desk)
    for command in (f"node remove {node}", f"node set {node} drain"):
        reply = await desk.type(command, user=BEN, source=Source.FORM)
        assert "needs the role *operator*, and yours here is *viewer*" in words(reply)
        assert (await answered(desk))[0] is Outcome.DENIED
    assert await statuses(desk) == ["running"]


async def test_it_is_only_carried_out_from_a_form(desk: Desk) -> None:
    node = await only(desk)
    for source in (Source.TYPED, Source.BUTTON):
        await desk.type(f"node remove {node}", source=source)
        await desk.type(f"node set {node} terminate", source=source)
    assert await statuses(desk) == ["running"]
    assert await desk.told() == []
