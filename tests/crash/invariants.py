"""What must hold however often the bot died: OpenVidu, Slack and the database tell one story."""

import hashlib
import json
from collections import Counter, defaultdict
from fnmatch import fnmatchcase
from typing import Any

from ovbot.openvidu.events import parse_event
from tests.crash.rows import Row, Rows
from tests.crash.world import World
from tests.e2e.installation import Message

PERHAPS = "Perhaps sent twice"
"""What a message says that may be there already."""
CARD = "card:"
"""What the ids of cards begin with; no notice has one of its own."""


def check(world: World, *, seconds: int = 0) -> None:
    """Everything at once; up to ``seconds`` messages may be there twice, and say so."""
    what_was_acknowledged_is_kept(world)
    each_intent_has_one_outcome(world.rows)
    outcomes_are_true(world)
    outcomes_are_told(world.rows)
    each_recording_is_announced_once(world)
    notices_are_told(world, seconds=seconds)


def what_was_acknowledged_is_kept(world: World) -> None:
    """Every command that Slack, and every event that OpenVidu, was told to be received: once."""
    typed = Counter((one.channel, one.command) for one in world.typed)
    acknowledged = Counter((one.channel, one.command) for one in world.typed if one.acknowledged)
    recorded = Counter(
        (row["channel"], " ".join([row["command"], _person(row)]).strip())
        for row in world.rows.all("SELECT * FROM audit WHERE phase = 'intent'")
    )
    assert not acknowledged - recorded, ("acknowledged and lost", acknowledged - recorded)
    assert not recorded - typed, ("recorded twice", recorded - typed)
    kept = {row["key"] for row in world.rows.all("SELECT key FROM events")}
    taken = {parse_event(json.dumps(event).encode()).key for event in world.taken()}
    assert taken <= kept, ("answered with 200 and lost", taken - kept)


def _person(intent: Row) -> str:
    return str(json.loads(intent["arguments"]).get("participant", ""))


def each_intent_has_one_outcome(rows: Rows) -> None:
    """At most one attempt and exactly one outcome for every intent."""
    phases: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows.all("SELECT ref, phase FROM audit"):
        phases[row["ref"]][row["phase"]] += 1
    assert phases
    for ref, found in phases.items():
        assert found["outcome"] == 1, (ref, found)
        assert found["intent"] <= 1, (ref, found)
        assert found["attempt"] <= found["intent"], (ref, found)


def outcomes_are_true(world: World) -> None:
    """What is said to be done was done on OpenVidu, as often as it is said; nothing else was."""
    removed = Counter(r["path"].rsplit("/", 1)[1] for r in world.asked("disconnect", 204))
    is_said_as_done(world.rows, "kick", removed)
    truth = world.truth()
    there = {p["connectionId"] for session in truth["sessions"] for p in session["participants"]}
    assert not there & set(removed)
    made = Counter(recording["id"] for recording in truth["recordings"])
    is_said_as_done(world.rows, "record start", made)
    assert len(world.asked("startRecording", 200)) == made.total()
    over = Counter(r["id"] for r in truth["recordings"] if r["status"] in {"stopped", "ready"})
    is_said_as_done(world.rows, "record stop", over)
    assert len(world.asked("stopRecording", 200)) == over.total()


def is_said_as_done(rows: Rows, command: str, truly: Counter[str]) -> None:
    """All of it is said, nothing else is, and nothing twice: but for what was looked at after a
    crash, which says only that it is so. Whoever asked again may have done it meanwhile."""
    done = rows.all(
        "SELECT * FROM audit WHERE phase = 'outcome' AND outcome = 'done'"
        f" AND command = '{command}'"
    )
    said = Counter(row["target"] for row in done)
    sure = Counter(row["target"] for row in done if not row["answer"].startswith("looked: "))
    assert sure <= truly, (command, "said and not done", sure - truly)
    assert said.keys() == truly.keys(), (command, said - truly, truly - said)


def each_recording_is_announced_once(world: World) -> None:
    """One notice for each finished recording and channel that hears of recordings."""
    bound = world.rows.all("SELECT channel, pattern FROM bindings WHERE topics LIKE '%recordings%'")
    ready = [r for r in world.truth()["recordings"] if r["status"] == "ready"]
    expected = {
        (row["channel"], f"recording:default:{r['id']}:{r['createdAt']}")
        for r in ready
        for row in bound
        if row["pattern"] in {r["sessionId"], "*"}
    }
    told = world.rows.all("SELECT channel, key FROM outbox WHERE key LIKE 'recording:%'")
    assert Counter((row["channel"], row["key"]) for row in told) == Counter(expected)


def outcomes_are_told(rows: Rows) -> None:
    """Each outcome where it was asked for, and what was done to a session where that is heard."""
    bound = rows.all("SELECT channel, pattern FROM bindings WHERE topics LIKE '%moderation%'")
    expected = set()
    for row in rows.all("SELECT * FROM audit WHERE phase = 'outcome'"):
        heard = [b["channel"] for b in bound if fnmatchcase(row["session"], b["pattern"])]
        channels = {row["channel"], *(heard if row["outcome"] == "done" else ())}
        expected |= {(channel, f"action:{row['ref']}") for channel in channels}
    told = rows.all("SELECT channel, key FROM outbox WHERE key LIKE 'action:%'")
    assert {(channel_of(row), row["key"]) for row in told} == expected


def notices_are_told(world: World, *, seconds: int) -> None:
    """Every notice is in Slack, once but for ``seconds``, and in the order of its lane.

    A second copy says that it may be one, and the notice counts it. No message is of no notice.
    """
    # The rows first: what is sent by then can be seen afterwards.
    of_lane: dict[str, list[Row]] = {}
    known: set[str | None] = {None}
    for row in world.rows.all("SELECT * FROM outbox WHERE audience <> 'amends' ORDER BY id"):
        of_lane.setdefault(row["channel"], []).append(row)
        known.add(delivery_id(row))
    surplus = 0
    for channel, notices in of_lane.items():
        messages = world.messages(channel=channel_of(notices[0]))
        fates = [(row["key"], row["status"], row["reason"]) for row in notices]
        assert {status for _, status, _ in fates} == {"sent"}, (channel, fates)
        heads = [message_of(row, notices) for row in notices]
        places = [[i for i, m in enumerate(messages) if _is(row, m)] for row in heads]
        firsts = [found[0] for found in places if found]
        assert len(firsts) == len(notices), ("missing", channel, places)
        assert firsts == sorted(firsts), ("out of order", channel, places)
        for row, found in zip(notices, places, strict=True):
            assert all(PERHAPS in json.dumps(messages[i]) for i in found[1:]), ("silent", row)
            assert len(found) - 1 <= row["ambiguous"], ("not counted", row, len(found))
            surplus += len(found) - 1
        ours = {delivery_id_in(message) for message in messages}
        assert {one for one in ours - known if one and not one.startswith(CARD)} == set()
    assert surplus <= seconds, f"{surplus} messages too many"


def cards_live_once(world: World, channel: str) -> None:
    """What is a card in the channel is each open card's own message, and nothing is left over."""
    open_ones = world.rows.all(
        f"SELECT ts FROM cards WHERE channel = '{channel}' AND ended_at IS NULL"
    )
    posted = [m for m in world.messages(channel=channel) if (delivery_id_in(m) or "")[:5] == CARD]
    live = [m["ts"] for m in posted if '"button"' in json.dumps(m.get("blocks"))]
    assert sorted(live) == sorted(row["ts"] for row in open_ones)
    assert not [m["text"] for m in posted if "was to begin here" in m["text"]]
    assert not world.rows.count("former_cards")


def channel_of(row: Row) -> str:
    """Where a notice goes. What one person alone sees in a channel has a lane of its own there."""
    return str(row["channel"]).partition(" ")[0]


def message_of(row: Row, notices: list[Row]) -> Row:
    """The notice whose message tells of this one: itself, or the first of its digest."""
    if row["status"] != "sent":
        return row
    return next(one for one in notices if _place(one) == _place(row))


def _place(row: Row) -> tuple[Any, ...]:
    """Where its message is. An answer that was cut off does not tell; but no channel takes two
    messages at the same moment."""
    found = row["posted_ts"] or row["finished_at"]
    return row["channel"], row["posted_channel"], row["status"], found


def _is(row: Row, message: Message) -> bool:
    """Whether the message is a copy of the notice."""
    if row["audience"] == "only_user":
        ref = row["key"].removeprefix("action:")
        return bool(message.get("is_ephemeral")) and ref in json.dumps(message)
    return delivery_id_in(message) == delivery_id(row)


def delivery_id_in(message: Message) -> str | None:
    found = message.get("metadata", {}).get("event_payload", {}).get("delivery_id")
    return None if found is None else str(found)


def delivery_id(row: Row) -> str:
    """What the message of a notice carries."""
    whole = "\0".join((row["team"], row["channel"], row["key"]))
    return hashlib.sha256(whole.encode()).hexdigest()[:24]
