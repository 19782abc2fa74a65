"""What people are told over the WebSocket when they cannot have what they ask for.

Documentation has none of it: these are the server's own words, later on often Java's.
"""

from __future__ import annotations

from ovbot.sandbox.openvidu.profile import Profile
from ovbot.sandbox.openvidu.state.model import BadToken, Unfit

ENDPOINTS = "io.openvidu.server.kurento.endpoint"
_NO_SUBSCRIBER = {
    "2.20": "getEndpoint()",
    "2.31": f"prepareSubscription({ENDPOINTS}.PublisherEndpoint)",
}
_KURENTO = "org.kurento.client.internal.server.KurentoServerException:"
_REFUSED = 'Type:null, Data: {"type":"REFUSED"})'
MAY_NOT_PUBLISH = "Unable to publish video. The user does not have a valid token. Code: 401"


def no_session(session_id: str) -> BadToken:
    return BadToken(f"Unable to join session. Session {session_id} cannot be found. Code: 202")


def bad_token(profile: Profile, session_id: str, token: str) -> BadToken:
    gap = " " if profile.socket == "2.31" else ""
    said = f"Unable to join session {session_id}. Token {token}{gap}is not valid. Code: 401"
    return BadToken(said)


def publishes_already(session_id: str, who: str) -> Unfit:
    return Unfit(f"User {who} is already publishing in session {session_id}. Code: 106")


def not_publishing(session_id: str, who: str) -> Unfit:
    return Unfit(f"Participant '{who}' is not streaming media in session '{session_id}'. Code: 105")


def no_endpoint() -> Unfit:
    """The media server took no offer from who wants to publish."""
    return Unfit(f"{_KURENTO}SDP end-point failed (Code:40208, {_REFUSED}")


def endpoint_gone(which: str) -> Unfit:
    """The media server has been started anew, and the server has not noticed."""
    found = f"Object '{which}_kurento.WebRtcEndpoint' not found"
    return Unfit(f"{_KURENTO}{found} (Code:40101, {_REFUSED}")


def nobody_to_watch(session_id: str, whom: str) -> Unfit:
    return Unfit(f"User '{whom} not found in session '{session_id}'. Code: 102")


def nobody_watched(session_id: str, whom: str) -> Unfit:
    return Unfit(f"User {whom} not found in session {session_id}. Code: 102")


def watches_already(profile: Profile, who: str, whom: str) -> Unfit:
    if (call := _NO_SUBSCRIBER.get(profile.socket)) is None:
        return _no_answer(who, whom)
    cannot = f'Cannot invoke "{ENDPOINTS}.SubscriberEndpoint.{call}"'
    return Unfit(f'java.lang.NullPointerException:{cannot} because "subscriber" is null')


def not_negotiated(profile: Profile, who: str, whom: str) -> Unfit:
    if profile.socket != "2.31":
        return _no_answer(who, whom)
    cannot = 'Cannot invoke "String.split(String)" because "sdp" is null'
    return Unfit(f"java.lang.NullPointerException:{cannot}")


def _no_answer(who: str, whom: str) -> Unfit:
    said = f"Unable to generate SDP answer when subscribing '{who}' to '{whom}'. Code: 302"
    return Unfit(said)
