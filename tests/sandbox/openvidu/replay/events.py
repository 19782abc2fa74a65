"""Whether the webhooks after a step are the trace's, with what has no order in any order.

Watchers of one stream stand in a hash map, so their events come in any order; so do the streams
that somebody who joins or leaves watches, and the
people of a session that closes, though each one's own events keep theirs.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from tests.sandbox.openvidu.replay.roles import Roles

Event = dict[str, Any]


def difference(roles: Roles, expected: list[Event], actual: list[Event]) -> str | None:
    """The first webhook that is not the trace's, in words, or None."""
    if len(expected) != len(actual):
        return f"events: {_names(expected)} expected, {_names(actual)} found"
    if any(each["event"] == "sessionDestroyed" for each in expected):
        found = roles.unordered(expected, actual, "events")
        return found or _orders(roles, expected, actual)
    index = 0
    for _, group in groupby(expected, _run):
        run = list(group)
        found = roles.unordered(run, actual[index : index + len(run)], f"events[{index}]")
        if found is not None:
            return found
        index += len(run)
    return None


def _run(event: Event) -> tuple[Any, ...]:
    """Neighbours with the same of this may change places."""
    watching = event["event"].startswith("webrtcConnection") and event["connection"] == "INBOUND"
    return (event["event"],) if watching else (id(event),)


def _orders(roles: Roles, expected: list[Event], actual: list[Event]) -> str | None:
    """Each one's own events, and the session's, in their order."""
    for who in {each.get("participantId") for each in expected}:
        told = [each["event"] for each in expected if each.get("participantId") == who]
        here = None if who is None else roles.fill(who)
        found = [each["event"] for each in actual if each.get("participantId") == here]
        if told != found:
            return f"events of {who or 'the session'}: {told} expected, {found} found"
    return None


def _names(events: list[Event]) -> list[str]:
    return [
        " ".join(str(each[name]) for name in ("event", "connection", "status") if name in each)
        for each in events
    ]
