"""signal: to everybody or to some, told with its text, and never to only a part of those named."""

from typing import Any

import pytest

from ovbot.commands.signal import SignalArgs
from ovbot.domain.audit import Outcome
from ovbot.engine.invocation import Source
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.parser import of_values
from tests.commands.steps import fault, form, killed, reads_back, started_again, whom
from tests.desk import BEN, GENERAL, MODERATION, Desk, buttons, words


def sent(desk: Desk) -> list[Any]:
    """The bodies of the signals that OpenVidu was asked to send."""
    return [each["body"] for each in desk.simulator.app.asked() if each["operation"] == "signal"]


async def test_to_everybody(desk: Desk) -> None:
    for name in ("Ana", "Ben", "Cleo"):
        desk.simulator.join("demo", client_data=name)
    await desk.openvidu.add_camera("demo", "rtsp://cam.test/1")
    await desk.type("signal --session demo --type chat all we end in five minutes", channel=GENERAL)
    told = await desk.told_one()
    assert (told.channel, told.audience) == (GENERAL, "channel")
    assert told.text == (
        ":white_check_mark: <@U01ANA> sent to all three people in session `demo` (type `chat`): "
        "“we end in five minutes”"
    )
    assert sent(desk) == [{"session": "demo", "type": "chat", "data": "we end in five minutes"}]
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "200")
    assert (outcome.target, outcome.detail) == ("demo", "everybody")
    assert outcome.arguments["text"] == "all we end in five minutes"


async def test_say_is_another_word_for_it(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    await desk.told()
    await desk.type("say all: hello all")
    assert "sent to the only person in session `demo`: “hello all”" in (await desk.told_one()).text
    assert sent(desk) == [{"session": "demo", "data": "hello all"}]


async def test_to_some_by_number_name_and_id(desk: Desk) -> None:
    joined = {
        name: desk.simulator.join("demo", client_data=name).connection_id
        for name in ("Ana", "Ben", "Cleo", "Dora", "Emil")
    }
    kicks = [b for b in buttons(await desk.type("show demo")) if b.label.startswith("Kick")]
    number = 1 + [whom(b) for b in kicks].index(joined["Ana"])
    to = f"{number},cle,{joined['Dora']},emil,Emil"
    # The numbers are of demo, so demo is meant, wherever this is typed.
    await desk.type(f'signal --to {to} "please come back"', channel=GENERAL)
    told = await desk.told_one()
    assert "sent to four people (*Ana*, *Cleo*, *Dora* and 1 more)" in told.text
    wanted = [joined[name] for name in ("Ana", "Cleo", "Dora", "Emil")]
    assert sent(desk)[0]["to"] == wanted
    outcome = (await desk.audited())[-1]
    assert outcome.target == " ".join(wanted)
    assert outcome.detail == "Ana, Cleo, Dora and 1 more"


async def test_who_has_left_is_named_and_the_rest_is_offered(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana")
    ben = desk.simulator.join("demo", client_data="Ben")
    desk.simulator.leave("demo", ana.connection_id)
    await desk.type(f"signal --session demo --type chat --to {ana.connection_id},Ben come back")
    told = await desk.told_one()
    assert f"{ana.connection_id} is not in session demo any more." in told.text
    assert "Nothing was sent to anybody." in told.text
    assert sent(desk) == []
    assert (await desk.audited())[-1].outcome is Outcome.REFUSED
    (rest,) = buttons(told.reply)
    assert rest.label == "Signal Ben"
    await desk.type(rest.command, source=Source.BUTTON)
    assert "sent to *Ben* in session" in (await desk.told_one()).text
    assert sent(desk)[0] == {
        "session": "demo",
        "to": [ben.connection_id],
        "type": "chat",
        "data": "come back",
    }


async def test_406_because_somebody_has_just_left(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [desk.simulator.join("demo", client_data=name) for name in ("Ana", "Ben", "Cleo")]
    real = type(desk.openvidu).signal

    async def late(*args: object, **more: object) -> None:
        desk.simulator.leave("demo", people[0].connection_id)
        await real(*args, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.openvidu), "signal", late)
        await desk.type("signal --session demo --to Ana,Ben,Cleo now")
    told = await desk.told_one()
    assert "Ana has left session demo. Nothing was sent to anybody." in told.text
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.REFUSED, "406 signal.nobody_connected")
    (rest,) = buttons(told.reply)
    assert rest.label == "Signal the other 2"
    await desk.type(rest.command, source=Source.BUTTON)
    assert "sent to two people (*Ben*, *Cleo*)" in (await desk.told_one()).text


async def test_when_all_of_them_have_left_nothing_is_offered(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    desk.simulator.leave("demo", ana.connection_id)
    await desk.type(f"signal --session demo --to {ana.connection_id} now")
    told = await desk.told_one()
    assert "Look who is there." in told.text
    assert buttons(told.reply) == []


async def test_406_because_nobody_is_connected(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await desk.type("signal demo all hello")
    told = await desk.told_one()
    assert "nobody is connected to session `demo`" in told.text
    assert told.audience == "only_user"
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.REFUSED, "406 signal.nobody_connected")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [(400, "OpenVidu refused the signal to session demo"), (404, "There is no session demo now")],
)
async def test_each_refusal_has_its_sentence(desk: Desk, status: int, sentence: str) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "signal", "status", status=status)
    await desk.type("signal --session demo all hello")
    assert sentence in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.FAILED


async def test_an_unknown_session_is_told(desk: Desk) -> None:
    await desk.type("signal --session nope all hello")
    assert "There is no live session “nope”" in (await desk.told_one()).text


async def test_a_camera_hears_nothing(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.openvidu.add_camera("demo", "rtsp://u:pw@cam.test/1", data="Door")
    await desk.type("signal --session demo --to Door hello")
    told = await desk.told_one()
    assert "Door is an IP camera and hears no signals" in told.text
    assert "pw" not in repr(told)


async def test_an_ambiguous_recipient_is_asked_about(desk: Desk) -> None:
    twins = [desk.simulator.join("demo", client_data="Ana").connection_id for _ in range(2)]
    ben = desk.simulator.join("demo", client_data="Ben").connection_id
    await desk.type("signal --session demo --to Ben,Ana look here")
    told = await desk.told_one()
    assert "could be 2 people" in told.text
    assert sent(desk) == []
    chosen = buttons(told.reply)[1]
    assert reads_back(desk, chosen) == "signal"
    await desk.type(chosen.command, source=Source.BUTTON)
    assert sent(desk)[0]["to"] in ([ben, twins[0]], [ben, twins[1]])
    assert sent(desk)[0]["data"] == "look here"


async def test_the_chosen_session_is_asked_about_as_the_typed_one_is(desk: Desk) -> None:
    for session in ("exam-1", "exam-2"):
        for name in ("Ana", "Ben"):
            desk.simulator.join(session, client_data=name)
    await desk.type("bind exam-*")
    await desk.told()
    for text, said in (("time is up", "Two people in session exam-1"), ("Ben hi", "sent to *Ben*")):
        await desk.type(f"signal {text}")
        first, _second = buttons((await desk.told_one()).reply)
        assert first.label == "Signal exam-1"
        await desk.type(first.command, source=Source.BUTTON)
        assert said in (await desk.told())[0].text
    assert [each["data"] for each in sent(desk)] == ["hi"]


async def test_a_button_to_some_does_not_ask(desk: Desk) -> None:
    for session in ("exam-1", "exam-2"):
        for number in range(22):
            desk.simulator.join(session, client_data="Ana" if number == 0 else "Ben")
    await desk.type("bind exam-*")
    await desk.told()
    await desk.type("signal --to Ana hello")
    assert [b.confirm for b in buttons((await desk.told_one()).reply)] == [None, None]


@pytest.mark.parametrize("source", [Source.TYPED, Source.BUTTON, Source.FORM])
async def test_to_everybody_is_asked_about_first(desk: Desk, source: Source) -> None:
    for _ in range(21):
        desk.simulator.join("demo")
    await desk.openvidu.add_camera("demo", "rtsp://cam.test/1")
    await desk.type("signal --session demo --type chat <!here> *time* is up", source=source)
    told = await desk.told_one()
    assert told.audience == "only_user"
    assert told.text.startswith(
        ":warning: *Not done.* 21 people in session demo would get this, so it was not sent yet: "
        "“&lt;!here&gt; ∗time∗ is up” Press the button"
    )
    assert sent(desk) == []
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.REFUSED, "signal.to_all")
    (button,) = buttons(told.reply)
    assert button.label == "Send to all 21"
    assert reads_back(desk, button) == "signal"
    desk.simulator.join("demo")
    await desk.type(button.command, source=Source.BUTTON)
    assert "sent to all 22 people" in (await desk.told_one()).text
    body = {"session": "demo", "type": "chat", "data": "<!here> *time* is up"}
    assert sent(desk) == [body]


async def test_a_small_room_s_form_is_not_asked_about(desk: Desk) -> None:
    for name in ("Ana", "Ben"):
        desk.simulator.join("demo", client_data=name)
    await desk.type("signal --session demo time is up", source=Source.FORM)
    assert "sent to all two people in session `demo`: “time is up”" in (await desk.told_one()).text
    await desk.type("signal --session demo time is up")
    assert "Two people in session demo would get this" in (await desk.told_one()).text


@pytest.mark.parametrize(
    ("typed", "to", "text"),
    [
        ("Max hi", "Max", "hi"),
        ("max Müller please unmute", "Max Müller", "please unmute"),
        ("to Max: hi", "Max", "hi"),
        ("to Müller: hi", "Max Müller", "hi"),
        ("Müller: come back", "Max Müller", "come back"),
        ("{id} hi there", "Max Müller", "hi there"),
        ("all hi", None, "hi"),
        ("Everyone: hi", None, "hi"),
        ("to all: hi", None, "hi"),
    ],
)
async def test_what_is_said_to_one_goes_to_one(
    desk: Desk, typed: str, to: str | None, text: str
) -> None:
    there = {
        name: desk.simulator.join("demo", client_data=name).connection_id
        for name in ("Max", "Max Müller")
    }
    await desk.type("show demo")
    await desk.type(f"signal --session demo {typed.format(id=there['Max Müller'])}")
    told = await desk.told_one()
    (body,) = sent(desk)
    assert body["data"] == text
    assert body.get("to") == (None if to is None else [there[to]])
    assert (f"sent to *{to}*" if to else "sent to all two people") in told.text


async def test_a_number_is_whoever_has_it_in_the_last_list(desk: Desk) -> None:
    for name in ("Max", "Ana"):
        desk.simulator.join("demo", client_data=name)
    shown = buttons(await desk.type("show demo"))
    second = [whom(b) for b in shown if b.label.startswith("Kick")][1]
    await desk.type("signal --session demo 2 hello")
    assert sent(desk) == [{"session": "demo", "data": "hello", "to": [second]}]


@pytest.mark.parametrize(
    "typed", ["hello", "Maxi hi", "come back Max", "con_GONE hi", "9 hi", "to Tom: hi", "All"]
)
async def test_what_names_nobody_who_is_there_is_sent_to_nobody(desk: Desk, typed: str) -> None:
    for name in ("Max", "Max Müller"):
        desk.simulator.join("demo", client_data=name)
    await desk.type("show demo")
    await desk.type(f"signal --session demo {typed}")
    assert sent(desk) == []
    assert (await desk.audited())[-1].outcome in {Outcome.REFUSED, Outcome.ALREADY}


async def test_whoever_writes_all_is_not_asked(desk: Desk) -> None:
    for _ in range(21):
        desk.simulator.join("demo")
    await desk.type("signal --session demo --to-all time is up")
    assert "sent to all 21 people" in (await desk.told_one()).text
    assert len(sent(desk)) == 1


async def test_a_room_that_is_not_big_is_not_asked_about(desk: Desk) -> None:
    for number in range(20):
        desk.simulator.join("demo", client_data=f"p{number}")
    await desk.type("signal --session demo time is up", source=Source.FORM)
    assert "sent to all 20 people" in (await desk.told_one()).text
    desk.simulator.join("demo")
    await desk.type("signal --session demo --to p3 time is up")
    assert "sent to *p3* in" in (await desk.told_one()).text


async def test_all_and_some_do_not_go_together(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    reply = await desk.type("signal --session demo --to-all --to Ana hello")
    assert "--to-all and --to contradict each other" in words(reply)
    assert sent(desk) == []


async def test_a_text_too_long_for_a_button_can_still_be_sent(desk: Desk) -> None:
    for _ in range(21):
        desk.simulator.join("demo")
    text = "x" * 2500
    await desk.type(f"signal --session demo {text}")
    assert "or write “signal all …”" in (await desk.told_one()).text
    await desk.type(f"signal --session demo --to-all {text}")
    assert sent(desk)[0]["data"] == text


async def test_the_panel_opens_its_form(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    panel = buttons(await desk.type("show demo"))
    (signal,) = [button for button in panel if button.label == "Message all in demo"]
    fields = {field.name: field for field in (await form(desk, signal.command)).fields}
    assert fields["session"].values == ("demo",)
    assert not fields["text"].required  # a type alone can be sent
    assert fields["text"].values == ()
    assert sent(desk) == []


async def test_a_lost_answer_is_not_known_and_not_sent_again(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "signal", "status-after", status=504)
    await desk.type("signal --session demo all hello")
    told = await desk.told_one()
    assert "It is not known whether the signal to *everybody* in session `demo` was sent" in (
        told.text
    )
    assert (await desk.audited())[-1].outcome is Outcome.UNKNOWN
    assert len(sent(desk)) == 1


async def test_after_a_crash_it_is_not_known(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await killed(desk, monkeypatch, "signal", "signal --session demo --to Ana hello")
    assert (await started_again(desk)).outcome is Outcome.UNKNOWN
    assert "the signal to *Ana* in session `demo`" in (await desk.told_one()).text


async def test_hostile_text_is_told_inert_and_sent_as_it_is(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="<!here>")
    text = "*bold* `code` <!channel> &amp; " + "long " * 200
    await desk.type(f"signal --session demo --to-all --type *x* {text}", channel=MODERATION)
    told = (await desk.told_one()).text
    assert "<!" not in told
    assert "∗bold∗ ˋcodeˋ" in told
    assert len(told) < 600
    assert sent(desk)[0]["data"] == text.strip().replace("&amp;", "&")
    assert sent(desk)[0]["type"] == "*x*"


async def test_who_may_not_is_denied_and_audited(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    reply = await desk.type("signal hello", user=BEN)
    assert "needs the role *moderator*, and yours here is *viewer*" in words(reply)
    assert (await desk.audited())[-1].outcome is Outcome.DENIED
    assert sent(desk) == []


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        ("signal demo --type raise-hand --to Ana", "*Ana*"),
        ("signal demo --type raise-hand --to-all", "all two people"),
        ("signal demo all --type raise-hand", "all two people"),
        ("signal --session demo --type=raise-hand --to Ana", "*Ana*"),
    ],
)
async def test_a_type_alone_can_be_sent(desk: Desk, typed: str, to: str) -> None:
    for name in ("Ana", "Ben"):
        desk.simulator.join("demo", client_data=name)
    await desk.type(typed)
    assert (await desk.told_one()).text == (
        f":white_check_mark: <@U01ANA> sent a signal of type `raise-hand`, without text, to {to} "
        "in session `demo`."
    )
    (body,) = sent(desk)
    assert (body["type"], "data" in body) == ("raise-hand", False)


async def test_without_text_and_type_something_is_missing(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    with pytest.raises(GrammarError, match="left out with --type"):
        of_values(SignalArgs, {"session": "demo"})
    await desk.type("signal demo")
    assert sent(desk) == []


async def test_a_type_alone_to_everybody_is_asked_about(desk: Desk) -> None:
    for name in ("Ana", "Ben"):
        desk.simulator.join("demo", client_data=name)
    await desk.type("signal demo --type raise-hand")
    told = await desk.told_one()
    assert "would get this, so it was not sent yet: a signal of type raise-hand" in told.text
    assert sent(desk) == []
    (button,) = buttons(told.reply)
    await desk.type(button.command)
    assert "sent a signal of type `raise-hand`" in (await desk.told_one()).text


async def test_in_a_bound_channel_the_one_word_is_the_text(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind demo")
    await desk.told()
    await desk.type("signal hello --type chat --to Ana")
    assert "(type `chat`): “hello”" in (await desk.told_one()).text
    await desk.type("signal --type chat --to Ana")
    assert "of type `chat`, without text" in (await desk.told_one()).text


@pytest.mark.parametrize(
    ("typed", "label", "text"),
    [
        ("{id} come back", "Signal {id}", "come back"),
        ("to {id}: come back", "Signal {id}", "come back"),
        ("all come back", "Signal everybody", "come back"),
    ],
)
async def test_whom_it_is_to_is_read_also_where_the_session_cannot_be(
    desk: Desk, typed: str, label: str, text: str
) -> None:
    id_ = desk.simulator.join("demo", client_data="Max").connection_id
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "getSession", "status", status=403, times=100, body="<html>")
    await desk.type(f"signal --session demo {typed.format(id=id_)}")
    (button,) = buttons((await desk.told_one()).reply)
    assert button.label == label.format(id=id_)
    desk.simulator.faults.clear()
    await desk.type(button.command, source=Source.BUTTON)
    (body,) = sent(desk)
    assert body["data"] == text
    assert body.get("to") == ([id_] if "{id}" in label else None)
