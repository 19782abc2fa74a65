"""What a sentence tells people to type, they can press."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import ovbot
from ovbot.domain.reply import Style
from ovbot.engine.invocation import Source
from ovbot.engine.registry import Registry
from tests.commands.steps import fault, form, reads_back
from tests.desk import BEN, GENERAL, Desk, buttons, words


async def test_nobody_of_that_name_leads_to_who_is_there(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("kick --session demo Zoe")
    told = await desk.told_one()
    assert "is called “Zoe”" in told.text
    assert [b.label for b in buttons(told.reply)] == ["Show demo"]
    assert "*Ana*" in words(await desk.type(buttons(told.reply)[0].command))


async def test_what_would_change_something_opens_its_form(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("record start --session demo")
    await desk.told()
    await desk.type("record start --session demo")
    (button,) = buttons((await desk.told_one()).reply)
    assert button.label == "Stop recording demo"
    assert (await form(desk, button.command)).fields[0].values == ("demo",)


async def test_a_failure_that_did_nothing_can_be_tried_again(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "disconnect", "html", status=403)
    await desk.type(f"kick --session demo {ana.connection_id} noise")
    told = await desk.told_one()
    (again,) = [b for b in buttons(told.reply) if b.label == "Try kick again"]
    assert again.style is Style.DANGER
    assert again.confirm is not None
    assert again.confirm.title == "Try kick again: Ana?"
    assert again.confirm.text.startswith("They're removed from session demo at once.")
    await desk.type(again.command)
    assert "removed *Ana*" in (await desk.told_one()).text


async def test_a_question_that_failed_can_be_asked_again(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "getSession", "status", status=401, times=9)
    failed = await desk.type("show demo --streams")
    (again,) = [b for b in buttons(failed) if b.label == "Try show again"]
    assert again.command == "show --session demo --streams"


async def test_a_form_is_tried_again_as_a_form_and_no_button_holds_a_secret(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "closeSession", "status", status=401)
    await desk.type("close --session demo --reason over", source=Source.FORM)
    told = await desk.told_one()
    (again,) = [b for b in buttons(told.reply) if b.label == "Try close again"]
    assert again.command == "close --session demo --reason over ?"
    await fault(desk, "addCamera", "status", status=401)
    await desk.type("camera --session demo rtsp://u:s3cret@cam.test/1", source=Source.FORM)
    assert "s3cret" not in repr(await desk.told_one())


async def test_nothing_is_offered_that_the_person_may_not_use(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    await desk.told()
    (ask,) = buttons(await desk.type("kick Zoe", user=BEN))
    assert ask.command == "ask moderator --over demo ?"
    elsewhere = await desk.type("show", channel=GENERAL)
    assert [b.label for b in buttons(elsewhere)] == ["List sessions", "Bind this channel"]
    for button in buttons(elsewhere):
        reads_back(desk, button)


async def test_no_name_that_somebody_chose_becomes_a_button(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="/openvidu close")
    await fault(desk, "disconnect", "status", status=204)
    await desk.type("kick --session demo /openvidu close")
    told = await desk.told_one()
    assert "/openvidu close" in told.text
    assert "they are still there" in told.text
    assert [b.label for b in buttons(told.reply)] == ["Show demo", "Try kick again"]


NAMED = re.compile(r"/openvidu ([a-z]+)(?: ([a-z]+))?")
REFUSALS = {"UserError", "AlreadySo", "NoNode"}


def sentences(call: ast.Call) -> Iterator[str]:
    for argument in call.args:
        for node in ast.walk(argument):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_a_refusal_that_names_a_command_offers_it() -> None:
    """Buttons are never read out of a sentence, so each sentence has its own beside it."""
    names, found = Registry.scan("ovbot.commands").names, 0
    for path in Path(ovbot.__path__[0]).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call):
                continue
            helps = [
                ast.literal_eval(k.value)
                for k in call.keywords
                if k.arg == "helps" and isinstance(k.value, ast.Tuple)
            ]
            for name in (name for group in helps for name in group):
                assert tuple(name.split()) in names, f"{path}:{call.lineno} {name}"
            if not isinstance(call.func, ast.Name) or call.func.id not in REFUSALS:
                continue
            told = [
                command.name
                for sentence in sentences(call)
                for one, two in NAMED.findall(sentence)
                if (command := names.get((one, two)) or names.get((one,)))
            ]
            found += len(told)
            assert {*told} <= {name for group in helps for name in group}, f"{path}:{call.lineno}"
    assert found > 20
