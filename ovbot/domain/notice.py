"""A message on its way to a channel or a person."""

import hashlib
from enum import StrEnum

import msgspec

from ovbot.domain.reply import Reply

_KEY_LIMIT = 200


class Audience(StrEnum):
    """Who sees it."""

    CHANNEL = "channel"
    """Everybody in the channel."""
    ONLY_USER = "only_user"
    """Only ``user``, in the channel."""
    AMENDS = "amends"
    """It is no message of its own: it changes the one whose key its ``thread`` is."""


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message, written with what caused it and delivered once per (channel, key).

    ``user`` is who sees an ONLY_USER notice, and who is told by direct message when the channel
    cannot be reached at all.
    """

    channel: str
    key: str
    reply: Reply
    audience: Audience = Audience.CHANNEL
    user: str = ""
    thread: str = ""
    """The timestamp id of the message that it answers; "" for the channel itself. Of what amends
    another notice, that one's key."""
    digest: bool = False
    """Whether it may be one line among others in one message, where many are waiting."""
    tells: int = 1
    """How many notices the message is: more than one where they were put together."""


def key_of(*parts: object) -> str:
    """What makes a notice this notice, short enough to be indexed whatever ids are in it."""
    whole = ":".join(str(part) for part in parts)
    if len(whole) <= _KEY_LIMIT:
        return whole
    return f"{parts[0]}:{hashlib.sha256(whole.encode('utf-8', 'replace')).hexdigest()}"
