"""The ready-made texts that forms offer: what is chosen with one press on a phone."""

REASONS = (
    "Disturbing the session",
    "Insulting others",
    "Spam",
    "Not invited",
    "Technical problem: please join again",
)
"""Why somebody is removed, or their stream ended; told to the channel."""
MESSAGES = (
    "Please mute your microphone.",
    "Please switch on your camera.",
    "Please stop sharing your screen.",
    "We can't hear you.",
    "Please leave and join again.",
)
"""What one person is sent."""
MOST, LONGEST = 10, 75
"""How many, and how many characters each: what Slack shows of a choice."""


def texts(written: str) -> tuple[str, ...]:
    """``One | Another`` as texts. Raises ValueError where a form could not show them."""
    found = tuple(" ".join(part.split()) for part in written.split("|"))
    found = tuple(dict.fromkeys(part for part in found if part))
    if len(found) > MOST:
        raise ValueError(f"at most {MOST} texts")
    if any(len(part) > LONGEST for part in found):
        raise ValueError(f"each text has at most {LONGEST} characters")
    return found
