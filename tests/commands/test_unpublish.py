"""unpublish: the right stream, once; what cannot be done is told with what can."""

import msgspec
import pytest

from ovbot.domain.audit import Outcome, Phase
from ovbot.engine.invocation import Source
from ovbot.openvidu import Publisher, Session
from tests.commands.steps import fault, form, killed, reads_back, started_again
from tests.desk import BEN, GENERAL, MODERATION, Desk, buttons, words


async def publishing(desk: Desk, session: str = "demo") -> dict[str, list[str]]:
    """Who publishes which streams, by the real client."""
    found = await desk.openvidu.session(session)
    return {c.connection_id: [p.stream_id for p in c.publishers] for c in found.connections}


async def test_a_camera_is_ended_and_its_person_stays(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana", publish="camera")
    desk.simulator.join("demo", client_data="Ben", publish="camera")
    await desk.type("unpublish --session demo Ana shows her screen of mails", channel=GENERAL)
    told = await desk.told_one()
    assert (told.channel, told.audience) == (GENERAL, "channel")
    assert told.text.startswith(
        ":white_check_mark: <@U01ANA> ended the *camera of Ana* in session `demo`. "
        "Reason: shows her screen of mails\n"
    )
    assert "can turn it back on themselves" in told.text
    now = await publishing(desk)
    assert now[ana.connection_id] == []
    assert sum(map(len, now.values())) == 1


async def test_the_audit_has_intent_attempt_and_outcome(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana", publish="screen")
    await desk.type("unpublish --session demo Ana")
    intent, attempt, outcome = await desk.audited()
    assert [e.phase for e in (intent, attempt, outcome)] == list(Phase)
    assert intent.arguments == {"session": "demo", "participant": "Ana"}
    assert attempt.target == outcome.target == ana.stream_id
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "204")
    assert outcome.detail == "screen of Ana"
    assert "Reason: none given." in (await desk.told_one()).text


async def test_by_the_number_of_the_last_list(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    ben = desk.simulator.join("demo", client_data="Ben", publish="camera")
    listed = [b.command for b in buttons(await desk.type("show demo"))]
    kicks = [command.split()[-2] for command in listed if command.startswith("kick")]
    await desk.type(f"unpublish {1 + kicks.index(ben.connection_id)}", channel=GENERAL)
    assert (await publishing(desk))[ben.connection_id] == []


async def test_stream_tells_the_two_connections_of_one_person_apart(desk: Desk) -> None:
    camera = desk.simulator.join("demo", client_data="Ana", publish="camera")
    screen = desk.simulator.join("demo", client_data="Ana", publish="screen")
    await desk.type("unpublish --session demo Ana")
    asked = await desk.told_one()
    assert "could be 2 people" in asked.text
    assert [reads_back(desk, button) for button in buttons(asked.reply)] == ["unpublish"] * 2
    await desk.type("unpublish --session demo Ana --stream screen")
    now = await publishing(desk)
    assert (now[screen.connection_id], now[camera.connection_id]) == ([], [camera.stream_id])
    await desk.type(f"unpublish --session demo Ana --stream {camera.stream_id}")
    assert (await publishing(desk))[camera.connection_id] == []


async def test_stream_never_turns_a_whole_name_into_another_person(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    maria = desk.simulator.join("demo", client_data="Ana Maria", publish="screen")
    await desk.type("unpublish --session demo Ana --stream screen")
    assert "Ana publishes no screen in session demo, only camera." in (await desk.told_one()).text
    assert (await publishing(desk))[maria.connection_id] == [maria.stream_id]


async def test_several_streams_of_one_connection_are_asked_about(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    real = type(desk.openvidu).session

    async def two(*args: object) -> Session:
        found: Session = await real(*args)  # type: ignore[arg-type]
        (ana,) = found.connections
        both = (*ana.publishers, Publisher(stream_id="str_SCR_x"))
        return msgspec.structs.replace(
            found, connections=(msgspec.structs.replace(ana, publishers=both),)
        )

    monkeypatch.setattr(type(desk.openvidu), "session", two)
    await desk.type("unpublish --session demo Ana")
    told = await desk.told_one()
    assert "Ana publishes 2 streams" in told.text
    assert "--stream str_SCR_x" in buttons(told.reply)[1].command
    assert [reads_back(desk, button) for button in buttons(told.reply)] == ["unpublish"] * 2


async def test_who_publishes_nothing_is_told_as_such(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("unpublish --session demo Ana")
    told = await desk.told_one()
    assert "No change needed.* Ana publishes nothing in session demo." in told.text
    assert told.audience == "only_user"
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_who_has_left_is_already_gone(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana", publish="camera")
    desk.simulator.join("demo", client_data="Ben")
    desk.simulator.leave("demo", ana.connection_id)
    await desk.type(f"unpublish --session demo {ana.connection_id}")
    assert "is not in session demo any more" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_an_ip_camera_goes_only_as_a_whole(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    camera = await desk.openvidu.add_camera("demo", "rtsp://admin:pass-w0rd@cam.test/1")
    await desk.type(f"unpublish --session demo {camera.connection_id}")
    told = await desk.told_one()
    assert "is an IP camera: OpenVidu cannot end its stream alone" in told.text
    assert "pass" not in repr(told)
    assert (await desk.audited())[-1].outcome is Outcome.REFUSED
    (kick,) = buttons(told.reply)
    assert kick.confirm is not None
    assert reads_back(desk, kick) == "kick"
    await desk.type(kick.command, source=Source.BUTTON)
    assert [c.client_data for c in (await desk.openvidu.session("demo")).connections] == ["Ana"]


async def test_405_from_openvidu_is_told_with_the_way_out(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana", publish="camera")
    await fault(desk, "unpublish", "status", status=405)
    await desk.type("unpublish --session demo Ana")
    told = await desk.told_one()
    assert "cannot end its stream alone" in told.text
    assert buttons(told.reply)[0].command == f"kick --session demo {ana.connection_id}"
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.REFUSED, "405 unpublish.camera")


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (400, "400 unpublish.no_session", "Session `demo` had ended already, and the *camera of"),
        (404, "404 unpublish.no_stream", "The *camera of Ana* had ended in session `demo` already"),
    ],
)
async def test_what_ended_meanwhile_is_already_so(
    desk: Desk, status: int, answer: str, said: str
) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await fault(desk, "unpublish", "status", status=status)
    await desk.type("unpublish --session demo Ana")
    assert said in (await desk.told_one()).text
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.ALREADY, answer)


async def test_accepted_but_not_done_is_a_failure(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await fault(desk, "unpublish", "status", status=204)
    await desk.type("unpublish --session demo Ana")
    assert "but it goes on" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.FAILED


async def test_done_stays_done_when_it_cannot_be_read_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    real = type(desk.openvidu).unpublish

    async def then_away(*args: object) -> None:
        await real(*args)  # type: ignore[arg-type]
        await fault(desk, "getSession", "status", status=500, times=9)

    monkeypatch.setattr(type(desk.openvidu), "unpublish", then_away)
    await desk.type("unpublish --session demo Ana")
    assert "ended the *camera of Ana*" in (await desk.told_one()).text
    assert (await desk.audited())[-1].answer == "204, not read back"


async def test_a_lost_answer_is_looked_up(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana", publish="camera")
    await fault(desk, "unpublish", "status-after", status=504)
    await desk.type("unpublish --session demo Ana")
    assert "ended the *camera of Ana*" in (await desk.told_one()).text
    assert (await publishing(desk))[ana.connection_id] == []


@pytest.mark.parametrize("worked", [True, False])
async def test_after_a_crash_the_truth_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, worked: bool
) -> None:
    ana = desk.simulator.join("demo", client_data="Ana", publish="camera")
    await killed(desk, monkeypatch, "unpublish", "unpublish --session demo Ana rude")
    if worked:
        desk.simulator.unpublish("demo", ana.connection_id)
    outcome = await started_again(desk)
    assert outcome.outcome is (Outcome.DONE if worked else Outcome.FAILED)
    text = (await desk.told_one()).text
    assert ("The *camera of Ana* has ended" in text) is worked
    assert ("Reason: rude" in text) is worked


@pytest.mark.parametrize("name", ["<!channel>", "<https://evil|click>", "*bold*", "`code`"])
async def test_hostile_names_are_told_inert(desk: Desk, name: str) -> None:
    ana = desk.simulator.join("demo", client_data=name, publish="camera")
    await desk.type(f"unpublish --session demo {ana.connection_id} <!here> *now*")
    text = (await desk.told_one()).text
    assert "<!" not in text
    assert "<https" not in text
    assert "∗now∗" in text


async def test_who_may_not_is_denied_and_audited(desk: Desk) -> None:
    ana = desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("bind demo")
    await desk.told()
    reply = await desk.type("unpublish Ana", user=BEN)
    assert "needs the role *moderator*, and yours here is *viewer*" in words(reply)
    assert (await publishing(desk))[ana.connection_id] == [ana.stream_id]
    assert (await desk.audited())[-1].outcome is Outcome.DENIED


async def test_the_panel_offers_it_where_somebody_publishes(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    desk.simulator.join("demo", client_data="Ben")
    await desk.openvidu.add_camera("demo", "rtsp://cam.test/1", data="Door")
    panel = buttons(await desk.type("show demo", channel=MODERATION))
    (unpublish,) = [button for button in panel if button.label.startswith("Unpublish")]
    assert unpublish.label == "Unpublish Ana…"
    assert "Ana" in (await form(desk, unpublish.command)).text
    text = unpublish.command.removesuffix(" ?")
    anew = await desk.type(text, source=Source.FORM, panel="show --session demo")
    assert "*Ana*\n:eyes: watching" in words(anew)


async def test_a_stream_of_no_kind_is_refused_at_the_grammar(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    said = words(await desk.type("unpublish --session demo Ana --stream everything"))
    assert "Not understood" in said
