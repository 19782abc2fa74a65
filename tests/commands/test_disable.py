"""``disable`` and ``enable``: an operation is off for everybody, wherever it is asked for."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ovbot.delivery.scheduled import Later
from ovbot.domain.actor import Actor
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.disabled import KEPT, Disabled
from ovbot.engine import perform
from ovbot.engine.command import Action, Target
from ovbot.engine.context import Context
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.registry import Registry
from ovbot.engine.switches import by_setting, covered
from ovbot.errors import FaultError
from ovbot.store import later
from ovbot.subjects.overview import overview
from tests.clocks import Hands
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk, buttons, open_desk, words

COMMANDS = Registry.scan("ovbot.commands")
CLEO = "U03CLEO"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        for name in ("Tom", "Lina"):
            made.simulator.join("demo", client_data=name, publish="camera")
        await made.type("bind demo")
        await made.told()
        yield made


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("kick Tom", Source.TYPED),
        ("kick --session demo Tom", Source.BUTTON),
        ("kick --session demo Tom", Source.FORM),
        ("kick --session demo Tom", Source.HOME),
        ("kick ?", Source.TYPED),
    ],
)
async def test_nobody_can_use_it_on_any_surface(desk: Desk, text: str, source: Source) -> None:
    await desk.type("disable kick under attack")
    said = (await desk.told_one()).text
    assert f"<@{ANA}> switched off `kick`. Reason: under attack" in said
    refused = words(await desk.type(text, source=source))
    assert "*Not allowed.* *kick* is switched off: <@U01ANA> did that <!date^" in refused
    assert "because “under attack”" in refused
    assert "`/openvidu enable kick` switches it on again" in refused
    assert len(await desk.connections()) == 2
    denied = (await desk.audited())[-1]
    assert (denied.outcome, denied.detail) == (Outcome.DENIED, "switched off: kick")
    await desk.type("enable kick")
    assert "switched `kick` on again" in (await desk.told_one()).text
    await desk.type("kick Tom")
    assert len(await desk.connections()) == 1


async def test_what_was_acknowledged_before_is_not_done_any_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, looks = perform._as_of_now, []

    async def off(context: Context) -> Context:
        looks.append(1)
        if len(looks) == 2:
            await desk.type("disable kick", user=ANA)
        return await now(context)

    monkeypatch.setattr(perform, "_as_of_now", off)
    await desk.type("kick Tom")
    assert len(await desk.connections()) == 2
    assert any("is switched off" in one.text for one in await desk.told())


async def test_what_was_planned_is_refused_when_it_is_due(desk: Desk) -> None:
    await desk.type("close demo --warn 5m", source=Source.FORM)
    await desk.type("disable close")
    await desk.told()
    async with desk.store.read() as tx:
        (plan,) = await later.waiting(tx, TEAM, "default", "close")
    desk.given(clock=Hands(plan.due_at))
    carrying = Later(desk.door, TEAM)
    await carrying.step()
    await carrying.stop(5)
    assert len(await desk.connections()) == 2
    told = [one.text for one in await desk.told()]
    assert any("is switched off" in text and "as you planned" in text for text in told)


async def test_read_only_lets_questions_through_and_nothing_else(desk: Desk) -> None:
    await desk.type("disable everything")
    assert "made ovbot read-only" in (await desk.told_one()).text
    for text in ("show demo", "list", "audit", "help", "grants", "status", "whoami"):
        assert "is switched off" not in words(await desk.type(text)), text
    for command in COMMANDS:
        if isinstance(command, Action) and command.name not in {"enable", "disable"}:
            entered = await desk.type(f"{command.name} ?")
            assert "is switched off" in words(entered), command.name
    await desk.type("enable everything")
    assert "ovbot works again" in (await desk.told_one()).text


async def test_buttons_are_gone_and_help_status_and_home_say_so(desk: Desk) -> None:
    before = {b.command.split()[0] for b in buttons(await desk.type("show"))}
    assert {"kick", "record", "unpublish"} <= before
    await desk.type("disable kick")
    await desk.type("disable record.*")
    panel = await desk.type("show")
    after = {b.command.split(" --")[0].split()[0] for b in buttons(panel)}
    assert "kick" not in after
    assert "record" not in after
    assert "unpublish" in after
    helped = words(await desk.type("help"))
    assert "Switched off: kick, record start, record stop." in helped
    assert "Switched off: <@U01ANA> did that" in words(await desk.type("help kick"))
    for text in ("`kick` is switched off", "`record.*` is switched off"):
        assert text in words(await desk.type("status"))
    context = await desk.door.context(
        Invocation(actor=Actor(TEAM, ANA), channel=ANA, text="list", interaction=""), "home"
    )
    home = "\n".join(str(getattr(part, "text", "")) for part in await overview(context))
    assert "`record.*` is switched off: <@U01ANA> did that" in home


async def test_can_says_so_of_everybody(desk: Desk) -> None:
    await desk.type("disable kick")
    said = words(await desk.type(f"can <@{ANA}> kick demo"))
    assert said.startswith("*No.* *kick* is switched off")


async def test_only_admins_of_everything_switch_and_the_others_hear(desk: Desk) -> None:
    await desk.type(f"grant <@{BEN}> admin for exam-*", channel=GENERAL)
    await desk.type(f"grant <@{CLEO}> admin for everything", channel=GENERAL)
    await desk.told()
    assert "Not allowed" in words(await desk.type("disable kick", user=BEN, channel=GENERAL))
    await desk.type("disable kick", user=CLEO, channel=GENERAL)
    told = {one.channel: one for one in await desk.told()}
    assert set(told) == {GENERAL, ANA}
    assert [b.command for b in buttons(told[ANA].reply)] == ["enable kick"]
    refused = words(await desk.type("kick Tom", user=BEN))
    assert f"Ask <@{ANA}> or <@{CLEO}> to switch it on again." in refused


async def test_what_is_no_command_is_refused_in_words(desk: Desk) -> None:
    for text, said in {
        "disable kik": "There is no command `kik`. Did you mean `kick`?",
        "disable record": "`record` is the start of several commands: `record.*` is all of them.",
        "disable enable": "`enable` is never switched off.",
        "disable audit": "`audit` is never switched off.",
        "enable kick": "`kick` isn't switched off.",
    }.items():
        await desk.type(text)
        assert said in (await desk.told_one()).text, text
    await desk.type("disable node.*")
    assert "switched off `node.*` (node add, node discover, " in (await desk.told_one()).text
    await desk.type("disable node.*")
    assert "`node.*` is switched off" in (await desk.told())[-1].text
    await desk.type("enable node.add")
    asked = await desk.told_one()
    assert [b.command for b in buttons(asked.reply)] == ["enable node.*"]


async def test_what_the_setting_has_is_not_switched_on_in_slack(desk: Desk) -> None:
    desk.door = replace(desk.door, off=by_setting(["restart", "node.*", "kick"], COMMANDS))
    refused = words(await desk.type("kick Tom"))
    assert "*kick* is switched off: the setting OVBOT_DISABLE has `kick`" in refused
    assert "Whoever runs ovbot can change that." in refused
    for text in ("enable kick", "enable node.add"):
        await desk.type(text)
        assert "by the setting OVBOT_DISABLE" in (await desk.told_one()).text
    assert "Not allowed" in words(await desk.type("node list"))


@pytest.mark.parametrize("entry", ["kik", "node", "audit", "enable", "none.*"])
def test_the_start_is_refused_for_what_is_no_command(entry: str) -> None:
    with pytest.raises(FaultError, match="OVBOT_DISABLE is not right"):
        by_setting(["restart", entry], COMMANDS)


def test_nothing_switches_off_what_puts_things_right() -> None:
    for what in ("*", "everything", "e*", "a*", "*a*"):
        assert not KEPT & set(covered(what, COMMANDS)), what
    every = {command.name for command in COMMANDS}
    assert every >= KEPT
    assert set(covered("*", COMMANDS)) == every - KEPT
    assert Disabled(what="node.*").covers("node remove", changes=True)


async def test_of_two_who_switch_it_off_at_once_one_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.type(f"grant <@{CLEO}> admin for everything", channel=GENERAL)
    record, waiting = perform._record_attempt, [1]

    async def late(intent: AuditEntry, target: Target, context: Context) -> AuditEntry:
        if context.actor.user == CLEO and waiting:
            waiting.pop()
            await desk.type("disable kick")
        return await record(intent, target, context)

    monkeypatch.setattr(perform, "_record_attempt", late)
    await desk.told()
    await desk.type("disable kick", user=CLEO, channel=GENERAL)
    assert "Somebody else has switched that off just now" in (await desk.told())[-1].text
    await desk.type("enable kick", channel=MODERATION)
    await desk.type("kick Tom")
    assert len(await desk.connections()) == 1
