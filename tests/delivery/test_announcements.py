"""What channels are told of sessions, people and nodes, and that foreign words stay words."""

import json

import pytest
import structlog

from ovbot.delivery.arrivals import reactions, reasons
from ovbot.domain.binding import Topic
from tests.delivery.fake import START
from tests.delivery.stage import Stage

ODD: tuple[object, ...] = (None, "", 7, {}, [])
HOSTILE = [
    ("<!channel>", "&lt;!channel&gt;"),
    ("<https://evil|click>", "&lt;https://evil|click&gt;"),
    ("*bold* _it_ `code`", "∗bold∗ ˍitˍ ˋcodeˋ"),
    ("‮moc.live", "moc.live"),
    ("\0\a\n", "con_A"),
]


async def told(stage: Stage, channel: str = "C1") -> list[str]:
    await stage.process()
    await stage.deliver(each=1)  # each in a message of its own
    return stage.chat.texts(channel)


async def test_a_meeting_is_told_from_beginning_to_end(stage: Stage) -> None:
    await stage.bind("C1")
    ana = stage.simulator.join("demo", client_data="Ana")
    stage.time.advance(5)
    ben = stage.simulator.join("demo", client_data='{"clientData": "Ben"}')
    stage.time.advance(60)
    stage.simulator.leave("demo", ana.connection_id)
    stage.time.advance(5)
    stage.simulator.leave("demo", ben.connection_id, reason="networkDisconnect")
    await stage.arrive(*stage.sent())
    assert await told(stage) == [
        "Session `demo` was created.",
        "*Ana* joined session `demo`.",
        "*Ben* joined session `demo`.",
        "*Ana* left session `demo` after 1 min 5 s: they disconnected.",
        "*Ben* left session `demo` after 1 min 5 s: their network connection was lost.",
        "Session `demo` ended after 1 min 10 s: the last participant left.",
    ]


@pytest.mark.parametrize(
    ("topics", "heard"),
    [
        ((Topic.SESSION,), ["Session"]),
        ((Topic.PARTICIPANTS,), ["*Ana*"]),
        ((Topic.NODES,), ["Media"]),
        ((Topic.MODERATION, Topic.RECORDINGS), []),
    ],
)
async def test_a_channel_hears_its_topics(
    stage: Stage, topics: tuple[Topic, ...], heard: list[str]
) -> None:
    await stage.bind("C1", topics=topics)
    await stage.tell("sessionCreated", sessionId="demo")
    await stage.tell("participantJoined", sessionId="demo", connectionId="a", clientData="Ana")
    await stage.tell("mediaNodeStatusChanged", id="kms_A", newStatus="running")
    assert [text.split()[0] for text in await told(stage)] == heard


async def test_a_channel_hears_its_sessions(stage: Stage) -> None:
    await stage.bind("C1", "class-*")
    for session in ("class-7", "other", "class-8"):
        await stage.tell("sessionCreated", sessionId=session)
    assert await told(stage) == [
        "Session `class-7` was created.",
        "Session `class-8` was created.",
    ]


async def test_nodes_belong_to_no_session(stage: Stage) -> None:
    await stage.bind("C1", "demo", topics=(Topic.NODES,))
    await stage.bind("C1", "other", topics=(Topic.NODES,))
    await stage.tell("mediaNodeStatusChanged", id="kms_A", newStatus="launching", oldStatus=None)
    await stage.tell(
        "mediaNodeStatusChanged", id="kms_A", newStatus="running", oldStatus="launching"
    )
    await stage.tell("nodeCrashed", id="kms_A")
    await stage.tell("nodeRecovered", id="kms_A")
    assert await told(stage) == [
        "Media node `kms_A` is now launching.",
        "Media node `kms_A` is now running (it was launching).",
        "Node `kms_A` crashed. Sessions and recordings on it are lost.",
        "Node `kms_A` is back.",
    ]


async def test_a_broadcast_is_told_to_whom_recordings_are_told(stage: Stage) -> None:
    await stage.bind("C1", "demo", topics=(Topic.RECORDINGS,))
    await stage.bind("C2", "demo", topics=(Topic.SESSION,))
    url = "rtmp://live.test/app/K3Y"
    await stage.tell("broadcastStarted", sessionId="demo", broadcastUrl=url)
    await stage.tell(
        "broadcastStopped",
        sessionId="demo",
        broadcastUrl=url,
        duration=300,
        reason="broadcastStoppedByServer",
    )
    started, stopped = await told(stage)
    assert started == "Session `demo` is being broadcast."
    assert stopped == (
        "The broadcast of session `demo` ended after 5 min: "
        "it was stopped by a request to the server."
    )


async def test_a_node_without_a_name_is_told_of_without_one(stage: Stage) -> None:
    await stage.bind("C1", "demo", topics=(Topic.NODES,))
    for kind in ("nodeCrashed", "nodeRecovered", "mediaNodeStatusChanged"):
        await stage.tell(kind, id=None, newStatus="running")
    confirmed_ids = [text.split(" does not name ")[0] for text in await told(stage)]
    assert confirmed_ids == [
        "A node that OpenVidu",
        "A node that OpenVidu",
        "A media node that OpenVidu",
    ]


@pytest.mark.parametrize("kind", sorted(reactions._NEEDS))
async def test_of_an_event_that_does_not_say_of_whom_nothing_is_told(
    stage: Stage, kind: str
) -> None:
    await stage.bind("C1", topics=tuple(Topic))
    whole: dict[str, object] = {"sessionId": "demo", "connectionId": "con_A", "id": "rec"}
    names = {"session_id": "sessionId", "connection_id": "connectionId", "recording_id": "id"}
    with structlog.testing.capture_logs() as logs:
        for missing in reactions._NEEDS[kind]:
            for odd in ODD:
                said = whole | {names[missing]: odd, "startTime": START, "status": "ready"}
                await stage.tell(kind, **said)
                stage.time.advance(1)
        assert await told(stage) == []
    expected = 5 * len(reactions._NEEDS[kind])
    assert [log["event"] for log in logs].count("event.incomplete") == expected


@pytest.mark.parametrize(("name", "shown"), HOSTILE)
async def test_a_hostile_name_mentions_and_formats_nothing(
    stage: Stage, name: str, shown: str
) -> None:
    await stage.bind("C1", topics=(Topic.PARTICIPANTS,))
    await stage.tell("participantJoined", sessionId="demo", connectionId="con_A", clientData=name)
    (text,) = await told(stage)
    assert text == (f"*{shown}* joined session `demo`.")


async def test_hostile_words_everywhere_are_harmless(stage: Stage) -> None:
    await stage.bind("C1")
    evil = "<!channel>*`" + "x" * 10_000
    await stage.tell("sessionCreated", sessionId=evil)
    await stage.tell("sessionDestroyed", sessionId=evil, startTime=START, reason=evil)
    await stage.tell("participantLeft", sessionId=evil, connectionId=evil, reason=evil)
    await stage.tell("mediaNodeStatusChanged", id=evil, newStatus=evil, oldStatus=evil)
    await stage.tell(
        "recordingStatusChanged",
        sessionId=evil,
        id=evil,
        name=evil,
        status="ready",
        startTime=START,
        duration=-5,
        size=-1,
    )
    texts = await told(stage)
    assert len(texts) == 5
    for text in texts:
        assert "<!" not in text
        assert len(text) < 3_000


async def test_latin_1_names_arrive_whole(stage: Stage) -> None:
    await stage.bind("C1")
    said = {"sessionId": "demo", "connectionId": "con_A", "clientData": "José"}
    event = {"event": "participantJoined", **said}
    await stage.arrive(json.dumps(event, ensure_ascii=False).encode("latin-1"))
    assert await told(stage) == ["*José* joined session `demo`."]


async def test_letters_beyond_latin_1_come_from_the_session(stage: Stage) -> None:
    await stage.openvidu.probe()
    await stage.bind("C1")
    stage.simulator.join("demo", client_data="Zoë 李娜")
    (_, joined) = stage.sent("latin-1")
    assert b"Zo\xeb ??" in joined
    await stage.arrive(joined)
    assert (await told(stage))[-1] == "*Zoë 李娜* joined session `demo`."


async def test_who_leaves_has_the_letters_that_they_joined_with(stage: Stage) -> None:
    await stage.openvidu.probe()
    await stage.bind("C1")
    other = stage.simulator.join("demo", client_data="Ana")
    lina = stage.simulator.join("demo", client_data="Zoë 李娜")
    for body in stage.sent("latin-1"):
        await stage.arrive(body)
    assert (await told(stage))[-1] == "*Zoë 李娜* joined session `demo`."
    stage.simulator.leave("demo", lina.connection_id)
    stage.simulator.leave("demo", other.connection_id)
    (left, *_) = stage.sent("latin-1")
    assert b"Zo\xeb ??" in left
    await stage.arrive(left)
    assert (await told(stage))[-1].startswith("*Zoë 李娜* left session `demo`")


async def test_of_whose_joining_nothing_is_known_no_letter_is_made_up(stage: Stage) -> None:
    await stage.openvidu.probe()
    await stage.bind("C1")
    await stage.tell("participantLeft", sessionId="demo", connectionId="con_A", clientData="Li ?")
    assert (await told(stage))[-1].startswith("*con_A* left session `demo`")


async def test_of_who_has_left_again_no_letter_is_made_up(stage: Stage) -> None:
    await stage.openvidu.probe()
    await stage.bind("C1")
    await stage.tell("participantJoined", sessionId="demo", connectionId="con_A", clientData="Li ?")
    assert (await told(stage))[-1] == "*con_A* joined session `demo`."


async def test_an_event_with_hardly_anything_in_it_stops_nothing(stage: Stage) -> None:
    await stage.bind("C1")
    for kind in (
        "sessionCreated",
        "sessionDestroyed",
        "participantJoined",
        "participantLeft",
        "recordingStatusChanged",
        "mediaNodeStatusChanged",
        "nodeCrashed",
        "somethingNew",
    ):
        await stage.arrive(json.dumps({"event": kind}).encode())
    await stage.tell("sessionCreated", sessionId="demo")
    assert (await told(stage))[-1] == "Session `demo` was created."


def test_every_reason_has_words_and_an_unheard_of_one_is_quoted() -> None:
    assert reasons.words("lastParticipantLeft") == ": the last participant left"
    assert reasons.words("<!here>") == ": “&lt;!here&gt;”"
    assert reasons.words(None) == ""
    assert "the session was closed" in reasons.words("sessionClosedByServer")
    assert "it was closed" in reasons.of_session("sessionClosedByServer")
