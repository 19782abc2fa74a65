"""What OpenVidu's webhooks need so that they arrive, and what is wrong where they do not.

An operator sets them on the OpenVidu server (OPENVIDU_WEBHOOK and what begins like it), far from
ovbot, and OpenVidu tells nobody of a delivery that was refused. GET config tells what was set.
(OpenVidu docs, "OpenVidu Webhook".)
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from ovbot.openvidu.dialects import Server
from ovbot.openvidu.secret import Secret
from ovbot.openvidu.server_config import ServerConfig

PATH: Final = "/webhooks/openvidu"
PLACEHOLDER: Final = "<OVBOT_WEBHOOK_SECRET>"
"""What stands for the secret wherever ovbot tells how it is sent."""

NEEDED: Final = (
    "sessionCreated",
    "sessionDestroyed",
    "participantJoined",
    "participantLeft",
    "webrtcConnectionCreated",
    "webrtcConnectionDestroyed",
    "recordingStatusChanged",
)
_OF_NODES: Final = (
    ("mediaNodeStatusChanged", (2, 13)),
    ("nodeCrashed", (2, 17)),
    ("nodeRecovered", (2, 22)),
)


def wrong_header(values: Sequence[str], secret: Secret) -> str:
    """What is wrong with the values of the Authorization headers; "" if nothing is.

    Goes on after "it carries". Quotes nothing of them: what is nearly right is nearly the secret.
    """
    if not values:
        return "no Authorization header"
    if len(values) > 1:
        return f"{len(values)} Authorization headers instead of one"
    (given,) = values
    if _same(given, f"Bearer {secret.reveal()}"):
        return ""
    scheme, _, rest = given.strip().partition(" ")
    if PLACEHOLDER in given:
        return f"the placeholder {PLACEHOLDER} instead of the secret"
    if given[:1] in "\"'":
        return "quotation marks around the value of Authorization"
    if _same(given.strip(), secret.reveal()):
        return "the secret without the word Bearer before it"
    if _same(rest.strip(), secret.reveal()):
        return "the secret, but not after “Bearer” and one space, written just so"
    if scheme.lower() == "basic":
        return "Basic instead of Bearer in Authorization"
    if scheme == "Bearer":
        return "another secret than OVBOT_WEBHOOK_SECRET"
    return "something else than “Bearer” and the secret in Authorization"


def wrong_address(config: ServerConfig, public_url: str | None) -> str:
    """Why what OpenVidu sends to its endpoint is not taken; "" if it may well be.

    Which host that is tells nothing: OpenVidu may reach ovbot by another name than people do.
    """
    if not config.webhook_endpoint:
        return "OPENVIDU_WEBHOOK_ENDPOINT is empty"
    wanted = {PATH}
    if public_url:
        wanted.add(urlsplit(public_url).path.rstrip("/") + PATH)
    if urlsplit(config.webhook_endpoint).path in wanted:
        return ""
    address = f"{(public_url or 'https://OVBOT').rstrip('/')}{PATH}"
    return f"OPENVIDU_WEBHOOK_ENDPOINT does not end in {PATH}; it should be {address}"


def missing_events(config: ServerConfig, server: Server | None) -> tuple[str, ...]:
    """The kinds of events that OpenVidu does not send and ovbot makes something of."""
    if not config.webhook_events:
        return ()
    wanted = list(NEEDED)
    if server is not None and server.edition == "pro":
        wanted += [kind for kind, version in _OF_NODES if server.since(*version)]
    return tuple(kind for kind in wanted if kind not in config.webhook_events)


def is_sent(kind: str, config: ServerConfig) -> bool:
    """Whether OpenVidu sends events of this kind at all."""
    return config.webhook and (not config.webhook_events or kind in config.webhook_events)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
