"""What a sentence tells people to type, they can press."""

from ovbot.domain.reply import Style
from ovbot.engine.invocation import Source
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
    assert buttons(await desk.type("kick Zoe", user=BEN)) == []
    elsewhere = await desk.type("show", channel=GENERAL)
    assert [b.label for b in buttons(elsewhere)] == ["List sessions", "Bind this channel"]
    for button in buttons(elsewhere):
        reads_back(desk, button)
