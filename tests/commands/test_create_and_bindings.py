"""create, bind, unbind, bindings."""

from pathlib import Path

import pytest

from ovbot.domain.audit import Outcome
from ovbot.slack import present
from ovbot.store import backlog, outbox
from ovbot.store.deliveries import Status, Step
from tests.commands.steps import fault, form
from tests.desk import BEN, GENERAL, TEAM, Desk, buttons, open_desk, words


async def test_create_and_bind_at_once(desk: Desk) -> None:
    await desk.type("create room-1 --record always --mode individual --bind")
    assert "created session `room-1`. This channel is bound to it." in (await desk.told_one()).text
    session = await desk.openvidu.session("room-1")
    assert (session.recording_mode, session.default_output_mode) == ("ALWAYS", "INDIVIDUAL")
    assert "bound to room-1" in words(await desk.type("bindings"))


async def test_create_with_a_random_id_tells_it(desk: Desk) -> None:
    await desk.type("create")
    (session,) = await desk.openvidu.sessions()
    assert session.session_id in (await desk.told_one()).text
    assert (await desk.audited())[-1].target == session.session_id


@pytest.mark.parametrize("times", [1, 2])
async def test_a_session_that_is_just_ending_is_not_told_as_usable(desk: Desk, times: int) -> None:
    """OpenVidu refuses the id until it has ended for good; by then nobody is to rely on it."""
    await fault(desk, "createSession", "status", status=409, times=times)
    await desk.type("create room-1 --bind")
    told = (await desk.told_one()).text
    assert "can be used as it is" not in told
    there = [session.session_id for session in await desk.openvidu.sessions()]
    bound = "bound to room-1" in words(await desk.type("bindings"))
    if times == 1:
        assert "created session `room-1`" in told
        assert (there, bound) == (["room-1"], True)
    else:
        assert "doesn't show it" in told
        assert "Try again in a moment" in told
        assert (there, bound) == ([], False)
    assert (await desk.audited())[-1].outcome is (Outcome.DONE if times == 1 else Outcome.FAILED)


@pytest.mark.parametrize("status", [403, 500, 502])
async def test_an_existing_session_that_cannot_be_read_is_usable_as_far_as_is_known(
    desk: Desk, status: int
) -> None:
    desk.simulator.create_session("room-1")
    await fault(desk, "getSession", "status", status=status, times=9)
    await desk.type("create room-1")
    told = (await desk.told_one()).text
    assert "exists already and can be used as it is" in told
    assert "could not be checked" in told
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_an_existing_session_is_usable_and_offers_bind(desk: Desk) -> None:
    desk.simulator.create_session("room-1")
    await desk.type("create room-1")
    told = await desk.told_one()
    assert "exists already and can be used as it is" in told.text
    bind = next(b for b in buttons(told.reply) if b.command.startswith("bind"))
    await desk.type(bind.command)
    assert "bound this channel to `room-1`" in (await desk.told_one()).text


async def test_a_bad_id_never_reaches_openvidu(desk: Desk) -> None:
    for bad in ("a/b", "a.b", "<!channel>", "ñ"):
        assert "Not understood" in words(await desk.type(f"create {bad}"))
    assert await desk.openvidu.sessions() == ()


async def test_bind_echoes_exactly_the_named_events(desk: Desk) -> None:
    await desk.type("bind demo recordings participants")
    assert "here: participants, recordings." in (await desk.told_one()).text
    await desk.type("bind demo nodes")
    assert "here: nodes." in (await desk.told_one()).text
    assert "demo" in words(await desk.type("bindings"))


async def test_overlap_is_told(desk: Desk) -> None:
    await desk.type("bind exam-*")
    await desk.told()
    await desk.type("bind exam-1")
    assert "overlaps with `exam-*`; each message still comes once" in (await desk.told_one()).text


async def test_unbind_one_all_and_none(desk: Desk) -> None:
    for pattern in ("a", "b", "c-*"):
        await desk.type(f"bind {pattern}")
    await desk.type("unbind a")
    await desk.type("unbind a")
    assert (await desk.audited())[-1].outcome is Outcome.REFUSED
    await desk.type("unbind *")
    assert "from `b`, `c-*`" in (await desk.told())[-1].text
    assert "bound to no session" in words(await desk.type("bindings"))


async def test_members_may_look_but_not_bind(desk: Desk) -> None:
    await desk.type("bind demo")
    assert "`demo`" in words(await desk.type("bindings", user=BEN))
    assert "needs the role *operator*" in words(await desk.type("unbind demo", user=BEN))
    assert "needs the role" in words(await desk.type("bind x", user=BEN, channel=GENERAL))


async def test_the_form_asks_for_a_new_id_in_no_menu_of_what_is_there(desk: Desk) -> None:
    desk.simulator.create_session("there")
    await desk.type("bind there")
    (field,) = [f for f in (await form(desk, "create ?")).fields if f.name == "session"]
    assert not field.searched
    assert field.values == ()
    assert not field.required


async def test_bindings_tell_who_made_them_and_how_they_are(desk: Desk) -> None:
    desk.simulator.create_session("exam-1")
    desk.simulator.create_session("exam-2")
    await desk.type("bind exam-*")
    said = words(await desk.type("bindings"))
    assert "`exam-*` · two live sessions now" in said
    assert "bound by <@U01ANA> <!date^" in said
    assert "one message on the way here, the oldest since <!date^" in said
    async with desk.store.begin() as tx:
        (waiting,) = await outbox.listed(tx, TEAM, Status.PENDING)
        await backlog.drop(tx, TEAM, [waiting.delivery.id], reason="", at=1)
    assert "All messages for this channel were delivered." in words(await desk.type("bindings"))
    await fault(desk, "listSessions", "status", status=500, times=9)
    said = words(await desk.type("bindings"))
    assert "`exam-*`\nhears of" in said, "they are told without what OpenVidu cannot tell"


async def test_more_bindings_than_a_message_holds_are_named_and_their_state_told(
    desk: Desk,
) -> None:
    for number in range(45):
        await desk.type(f"bind room-{number:02d}")
    reply = await desk.type("bindings")
    assert reply is not None
    assert sum(b.label.startswith("Unbind room") for b in buttons(reply)) == 20
    assert "… and 25 more: `room-20`, `room-21`" in words(reply)
    assert "on the way here" in str(present.message(reply).blocks[-1])


async def test_bindings_tell_what_will_never_arrive(desk: Desk) -> None:
    await desk.type("bind demo")
    async with desk.store.begin() as tx:
        claims = await outbox.claim(tx, owner="me", now=2**42, until=2**43, limit=9, each=9)
        dead = [
            Step(delivery=delivery, status=Status.DEAD, at=1, not_before=0, release=True)
            for claimed in claims
            for delivery in claimed.deliveries
        ]
        await outbox.finish(tx, "me", dead)
    said = words(await desk.type("bindings"))
    assert "Not well: one message for this channel could not be delivered." in said


async def test_a_session_with_every_setting(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.32", edition="pro", media_nodes=2) as desk:
        node = desk.simulator.world.nodes.listed()[1].id
        await desk.type(
            "create demo --media-mode routed --codec h264 --transcoding --record always "
            "--mode composed --recording-name lecture --size 640x480 --frame-rate 10 "
            f"--shm-size 128 --video-only --node {node}"
        )
        assert "created session `demo`" in (await desk.told_one()).text
        (asked,) = [r for r in desk.simulator.app.asked() if r["operation"] == "createSession"]
        assert asked["body"] == {
            "customSessionId": "demo",
            "mediaMode": "ROUTED",
            "recordingMode": "ALWAYS",
            "defaultRecordingProperties": {
                "name": "lecture",
                "outputMode": "COMPOSED",
                "hasAudio": False,
                "resolution": "640x480",
                "frameRate": 10,
                "shmSize": 128 * 1024 * 1024,
            },
            "forcedVideoCodec": "H264",
            "allowTranscoding": True,
            "mediaNode": {"id": node},
        }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--media-mode relayed --record always", "A relayed session can't be recorded"),
        ("--ignore-failed-streams", "only with one file for each stream"),
        ("--mode individual --size 640x480", "--size works only with one file for all"),
        ("--codec vp8", "takes OpenVidu 2.17 or later"),
        ("--transcoding", "takes OpenVidu 2.17 or later"),
        ("--recording-name x", "takes OpenVidu 2.18 or later"),
        ("--frame-rate 30", "takes OpenVidu 2.18 or later"),
        ("--node kms_1", "To choose the media node of a session takes OpenVidu Pro"),
    ],
)
async def test_settings_that_cannot_be_create_nothing(desk: Desk, options: str, said: str) -> None:
    await desk.type(f"create demo {options}")
    assert said in (await desk.told_one()).text
    assert await desk.openvidu.sessions() == ()


async def test_a_relayed_session(desk: Desk) -> None:
    await desk.type("create demo --media-mode relayed")
    assert (await desk.openvidu.session("demo")).media_mode == "RELAYED"


async def test_a_node_that_is_not_there(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.32", edition="pro") as desk:
        await desk.type("create demo --node media_nowhere")
        assert "OpenVidu refused the settings of session demo" in (await desk.told_one()).text
        assert await desk.openvidu.sessions() == ()
