"""Ids that nobody may type here stand in OpenVidu's answers: no answer fails for what it offers."""

import pytest

from tests.commands.steps import fault
from tests.conformance.rendering import check_message
from tests.desk import Desk, words

ODD = ["a b", "x" * 300, "é/..", "<!channel>", "-x", "a\"b'c", "?", "*", "a;b", ""]
ASKED = {
    "list": "listSessions",
    "show demo": "getSession",
    "show demo --details": "getSession",
    "recording list": "listRecordings",
    "recording show demo": "getRecording",
}


def recording(odd: str) -> dict[str, object]:
    return {
        "id": odd,
        "object": "recording",
        "name": odd,
        "sessionId": odd,
        "createdAt": 1_600_000_000_000,
        "size": 5,
        "duration": 1.0,
        "status": "ready",
        "url": None,
        "outputMode": "COMPOSED",
        "hasAudio": True,
        "hasVideo": True,
    }


def session(odd: str) -> dict[str, object]:
    connection = {
        "id": f"con_{odd}",
        "object": "connection",
        "connectionId": f"con_{odd}",
        "sessionId": odd,
        "createdAt": 1_600_000_000_000,
        "status": "active",
        "type": "WEBRTC",
        "role": "PUBLISHER",
        "clientData": odd,
        "serverData": odd,
        "publishers": [],
        "subscribers": [],
    }
    return {
        "id": odd,
        "object": "session",
        "sessionId": odd,
        "createdAt": 1_600_000_000_000,
        "recording": False,
        "mediaMode": "ROUTED",
        "recordingMode": "MANUAL",
        "connections": {"numberOfElements": 1, "content": [connection]},
    }


def answer(operation: str, odd: str) -> dict[str, object]:
    match operation:
        case "listSessions":
            return {"numberOfElements": 1, "content": [session(odd)]}
        case "getSession":
            return session(odd) | {"id": "demo", "sessionId": "demo"}
        case "listRecordings":
            return {"count": 1, "items": [recording(odd)]}
        case _:
            return recording(odd) | {"id": "demo"}


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("text", ASKED)
async def test_it_is_shown(desk: Desk, text: str, odd: str) -> None:
    operation = ASKED[text]
    body = answer(operation, odd)
    await fault(desk, operation, "status", status=200, body=body, times=9)
    reply = await desk.type(text)
    assert reply is not None
    check_message(reply)
    said = words(reply)
    assert "Couldn't" not in said
    assert "wrong in ovbot" not in said
