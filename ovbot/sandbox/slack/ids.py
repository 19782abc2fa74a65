"""Identifiers that look like the platform's."""

import secrets
import string

_ALPHABET = string.ascii_uppercase + string.digits


def opaque(prefix: str, length: int = 10) -> str:
    """A fresh id such as ``V7QK2…``: one prefix letter or two, then capitals and digits."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))


def short() -> str:
    """What an unnamed block or element is called: five characters."""
    return secrets.token_urlsafe(4)[:5]


def direct_channel(user: str) -> str:
    """The id of the direct conversation between the bot and `user`; fixed, so scripts can rely."""
    return "D" + user[1:]
