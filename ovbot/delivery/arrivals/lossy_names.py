"""Names as people wrote them: servers up to 2.17 send Latin-1, with "?" for what is beyond it.

Whether bytes were Latin-1 or UTF-8 is not to be seen in them (`Ã©ric` is a name, too): the server's
version tells. Where a "?" may be what is left of a letter, the name is taken from the session, in
which whoever joins is. Whoever leaves is not any more, so the name of the joining is kept with its
event. What is read from the CDR has every letter. Whoever's name cannot be had is called by their
id: nothing is told with a "?" that may be none.
"""

import msgspec

from ovbot.openvidu import Session
from ovbot.openvidu.dialects import Server
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.participants import public_id
from ovbot.store import events
from ovbot.store.database import Tx

_PEOPLE = {"participantJoined", "participantLeft"}


def loses(server: Server) -> bool:
    """Whether webhooks of this server are in Latin-1."""
    return not server.since(2, 18)


def as_sent(event: WebhookEvent, loses: bool | None) -> WebhookEvent:
    """The event with its bytes read as they were written: ``loses`` tells how, None: not known."""
    if not (loses and event.as_utf8):
        return event
    return msgspec.structs.replace(
        event,
        client_data=_anew(event.client_data),
        server_data=_anew(event.server_data),
        name=_anew(event.name),
        as_utf8=False,
    )


def _anew(text: str | None) -> str | None:
    return text and text.encode("utf-8", "replace").decode("latin-1")


def may_be_lost(event: WebhookEvent, loses: bool | None) -> bool:
    """Whether the event is of a participant whose name may have lost letters."""
    if event.kind not in _PEOPLE or loses is False:
        return False
    return _is_doubtful(event) or (loses is None and event.as_utf8)


def _is_doubtful(event: WebhookEvent) -> bool:
    return not event.recorded and "?" in f"{event.client_data}{event.server_data}{event.name}"


def of_joining(event: WebhookEvent, session: Session | None) -> WebhookEvent:
    """The event with the name that the session has; None: the session is no more."""
    for one in session.connections if session else ():
        if public_id(one.connection_id) == event.connection_id:
            return _named(event, one.client_data, one.server_data)
    return without_doubt(event)


async def of_leaving(
    tx: Tx, server: str, event: WebhookEvent, loses: bool | None
) -> WebhookEvent | None:
    """The event with the name of the joining, as it was kept; None while that is not known yet."""
    if not event.connection_id:
        return without_doubt(event)
    joinings = await events.bodies(tx, server, "participantJoined", event.connection_id)
    for body, dealt_with in joinings:
        joined = as_sent(msgspec.json.decode(body, type=WebhookEvent), loses)
        if (joined.session_id, joined.connection_id) == (event.session_id, event.connection_id):
            if not dealt_with:
                return None
            return _named(event, joined.client_data, joined.server_data)
    return without_doubt(event)


def without_doubt(event: WebhookEvent) -> WebhookEvent:
    """The event without what may have lost letters: ids are told instead."""
    if not _is_doubtful(event):
        return event
    return msgspec.structs.replace(event, client_data="", server_data="", name="")


def _named(event: WebhookEvent, client: str | None, server: str | None) -> WebhookEvent:
    return msgspec.structs.replace(event, client_data=client, server_data=server, as_utf8=False)
