"""Identifiers that ovbot makes itself."""

import secrets

# Crockford's base 32 without I, L, O, U: can be read out over the phone.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_ref() -> str:
    """A short reference id such as ``k7f3q9wd``: 40 random bits, shown to people and audited."""
    return "".join(_ALPHABET[byte % 32] for byte in secrets.token_bytes(8))
