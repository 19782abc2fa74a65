"""Why something ended, in words: OpenVidu's ``reason`` values (openvidu-server, EndReason)."""

from ovbot.domain.markup import Markup, md

_WORDS = {
    "lastParticipantLeft": "the last participant left",
    "sessionClosedByServer": "the session was closed by a request to the server",
    "mediaServerDisconnect": "the media server was lost",
    "mediaServerReconnect": "the media server was restarted",
    "nodeCrashed": "its node crashed",
    "openviduServerStopped": "OpenVidu was stopped",
    "automaticStop": "nobody was publishing any more",
    "recordingStoppedByServer": "the recording was stopped by a request to the server",
    "broadcastStoppedByServer": "it was stopped by a request to the server",
    "disconnect": "they disconnected",
    "networkDisconnect": "their network connection was lost",
    "forceDisconnectByUser": "another participant removed them",
    "forceDisconnectByServer": "they were removed by a request to the server",
    "unsubscribe": "they stopped receiving",
    "unpublish": "they stopped publishing",
    "forceUnpublishByUser": "another participant ended their stream",
    "forceUnpublishByServer": "their stream was ended by a request to the server",
}

_OF_A_SESSION = {"sessionClosedByServer": "it was closed by a request to the server"}


def words(reason: str | None) -> Markup:
    """``": the last participant left"``, to put behind what happened; "" when no reason is known.

    An unheard-of reason is quoted as it is.
    """
    return _behind(reason, _WORDS)


def words_alone(reason: str | None) -> Markup:
    """``"the last participant left"``; "" when no reason is known."""
    return Markup(words(reason).removeprefix(": "))


def of_session(reason: str | None) -> Markup:
    """As `words`, behind the end of the session itself."""
    return _behind(reason, _WORDS | _OF_A_SESSION)


def _behind(reason: str | None, table: dict[str, str]) -> Markup:
    if not reason:
        return Markup("")
    known = table.get(reason)
    return md(": {}", known) if known else md(": “{}”", reason)
