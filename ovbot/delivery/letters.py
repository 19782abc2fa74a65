"""Names whose letters were lost: servers up to 2.17 send Latin-1, with "?" for what is beyond it.

Whoever joins is in the session, which has the whole name. Whoever leaves is not any more, so the
name of the joining is kept with its event.
"""

import asyncio

import msgspec

from ovbot.openvidu import OpenVidu, OpenViduError
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.participants import public_id
from ovbot.store import events
from ovbot.store.database import Tx

_PATIENCE = 5.0
_KINDS = {"participantJoined", "participantLeft"}


def may_be_lost(event: WebhookEvent, openvidu: OpenVidu) -> bool:
    """Whether the event is of a participant whose name may have lost letters."""
    server = openvidu.server
    if event.kind not in _KINDS or server is None or server.since(2, 18):
        return False
    return "?" in f"{event.client_data}{event.server_data}"


async def of_joining(event: WebhookEvent, openvidu: OpenVidu) -> WebhookEvent:
    """The event with the name that the session has; as it came where that cannot be read."""
    try:
        async with asyncio.timeout(_PATIENCE):
            session = await openvidu.session(event.session_id or "")
    except (OpenViduError, TimeoutError):
        return event
    for one in session.connections:
        if public_id(one.connection_id) == event.connection_id:
            return _named(event, one.client_data, one.server_data)
    return event


async def of_leaving(tx: Tx, server: str, event: WebhookEvent) -> WebhookEvent:
    """The event with the name of the joining, as it was kept; as it came where there is none."""
    if not event.connection_id:
        return event
    for body in await events.bodies(tx, server, "participantJoined", event.connection_id):
        joined = msgspec.json.decode(body, type=WebhookEvent)
        if (joined.session_id, joined.connection_id) == (event.session_id, event.connection_id):
            return _named(event, joined.client_data, joined.server_data)
    return event


def _named(event: WebhookEvent, client: str | None, server: str | None) -> WebhookEvent:
    return msgspec.structs.replace(event, client_data=client, server_data=server)
