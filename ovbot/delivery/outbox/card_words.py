"""What is said of a live card that is not there yet, or will not be."""

from ovbot.domain.markup import Markup, channel_link, code, md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Reply
from ovbot.store.cards import Card

_NOT_THERE = {"not_in_channel", "channel_not_found"}
"""What Slack says of a channel that ovbot is no member of."""


def beginning(card: Card) -> Notice:
    """A card's message before it shows anything. Whatever becomes of it, this stays true."""
    said = md(
        "A live card of session {} was to begin here. If it did not, look further down.",
        code(card.session),
    )
    reply = Reply(said, (Note(said),))
    return Notice(channel=card.channel, key="card", reply=reply, user=card.created_by)


def too_late(card: Card) -> Markup:
    """Its session ended before it was posted."""
    return md(
        "The live card of session {} was not posted: the session is not live any more.",
        code(card.session),
    )


def unchangeable(card: Card, reason: str) -> Markup:
    """There are workspaces where no message is changed."""
    return md(
        "The live card of session {} cannot be shown: Slack does not let ovbot change "
        "its message ({}).",
        code(card.session),
        code(reason),
    )


def refused(card: Card, reason: str) -> Markup:
    """Its channel is none that ovbot can post to."""
    where, session = channel_link(card.channel), code(card.session)
    if reason in _NOT_THERE:
        return md(
            "The live card of session {} is not in {}: ovbot isn't a member of that channel. "
            "Invite it there with {}, then type {} there again.",
            session,
            where,
            code("/invite @ovbot"),
            code("/openvidu card"),
        )
    return md(
        "The live card of session {} in {} is not kept up to date any more: ovbot can't post "
        "there ({}).",
        session,
        where,
        code(reason),
    )


def stopped(card: Card, reason: str) -> Markup:
    """Slack refuses whatever it would show."""
    return md(
        "The live card of session {} stopped: Slack refuses its changes ({}). What it shows may "
        "be out of date. {} tells who is there now.",
        code(card.session),
        code(reason),
        code("/openvidu show"),
    )
