"""Broadcasts at the wire, and the addresses that they go to."""

import pytest

from ovbot.openvidu import errors as e
from ovbot.openvidu.broadcast_targets import targets
from ovbot.openvidu.dialects import OPENVIDU, Server
from ovbot.openvidu.events import parse_event
from ovbot.openvidu.operations import OPERATIONS
from ovbot.openvidu.replies import judge
from ovbot.openvidu.secret import Secret
from ovbot.openvidu.wire import Call, Reply
from ovbot.sandbox.openvidu.config import ProfileName
from tests.openvidu.harness import room

TO = Secret("rtmp://live.test/app/KEY")


@pytest.mark.parametrize("profile", ["2.31", "2.32"])
async def test_the_session_tells_and_its_end_ends_it(profile: ProfileName) -> None:
    async with room(profile, edition="pro") as r:
        r.meeting()
        await r.client.start_broadcast("daily", TO)
        assert (await r.client.session("daily")).broadcasting
        with pytest.raises(e.AlreadyBroadcast):
            await r.client.start_broadcast("daily", TO)
        await r.client.stop_broadcast("daily")
        with pytest.raises(e.NotBroadcast):
            await r.client.stop_broadcast("daily")
        with pytest.raises(e.SessionGone):
            await r.client.stop_broadcast("nightly")
        with pytest.raises(e.BadRequest) as caught:
            await r.client.start_broadcast("daily", Secret("http://live.test/app/KEY"))
        assert "KEY" not in str(vars(caught.value))


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b'{"timestamp":"2026-01-01T00:00:00.000+00:00","status":404}'), (403, b"")],
)
def test_communitys_own_refusal_says_nothing_of_sessions(status: int, body: bytes) -> None:
    server = Server(OPENVIDU, "2.31.0" if status == 404 else "2.32.1", "pro")
    call = Call(OPERATIONS["start_broadcast"], "ov.test", {"session": "daily"})
    with pytest.raises(e.OpenViduError) as caught:
        judge(call, Reply(status, {}, body), server)
    assert not isinstance(caught.value, e.SessionNotFound)


def test_an_event_keeps_no_address() -> None:
    told = (
        b'{"event":"broadcastStarted","sessionId":"d","timestamp":1,"broadcastUrl":"rtmp://h/K3Y"}'
    )
    assert "K3Y" not in repr(parse_event(told))


def test_targets_are_read_by_name() -> None:
    found = targets(" youtube=rtmp://a.test/live2/x-y?b=1,2  twitch=rtmps://b.test:443/app/k, ")
    assert {name: one.reveal() for name, one in found.items()} == {
        "youtube": "rtmp://a.test/live2/x-y?b=1,2",
        "twitch": "rtmps://b.test:443/app/k",
    }
    assert "x-y" not in repr(found)
    assert targets("") == targets(" , ") == {}


@pytest.mark.parametrize(
    "text",
    [
        *("rtmp://a/K3Y", "a b=rtmp://a/K3Y", "a=http://a/K3Y", "a=rtmp://K3Y", "a=rtmp:///K3Y"),
        *("a=rtmp://h/K3Y,A=rtmp://h/K3Y", "a=rtmp://[K3Y/x"),
    ],
)
def test_what_is_no_target_is_refused_without_its_key(text: str) -> None:
    with pytest.raises(ValueError, match=r"entry 1|address|twice") as caught:
        targets(text)
    assert "K3Y" not in str(caught.value)
