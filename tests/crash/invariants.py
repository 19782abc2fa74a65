"""What must hold however often the bot died: OpenVidu, Slack and the database tell one story."""

import hashlib
import json
from collections import Counter, defaultdict

from tests.crash.rows import Row, Rows
from tests.crash.world import World
from tests.e2e.installation import Message


def check(world: World, *, seconds: int = 0) -> None:
    """Everything at once; up to ``seconds`` messages may be there twice."""
    channels = sorted({row["channel"] for row in world.rows.all("SELECT channel FROM outbox")})
    seen = world.everything(channels)
    each_intent_has_one_outcome(world.rows)
    outcomes_are_true(world)
    each_recording_is_announced_once(world)
    notices_are_told(world.rows, seen, seconds=seconds)


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
    done = world.rows.all("SELECT * FROM audit WHERE phase = 'outcome' AND outcome = 'done'")
    kicked = Counter(row["target"] for row in done if row["command"] == "kick")
    removed = Counter(r["path"].rsplit("/", 1)[1] for r in world.asked("disconnect", 204))
    assert kicked == removed, ("kick", kicked - removed, removed - kicked)
    truth = world.truth()
    there = {p["connectionId"] for session in truth["sessions"] for p in session["participants"]}
    assert not there & set(kicked)
    started = Counter(row["target"] for row in done if row["command"] == "record start")
    made = Counter(recording["id"] for recording in truth["recordings"])
    assert started == made, ("record start", started - made, made - started)
    assert len(world.asked("startRecording", 200)) == started.total()
    stopped = Counter(row["target"] for row in done if row["command"] == "record stop")
    over = Counter(r["id"] for r in truth["recordings"] if r["status"] in {"stopped", "ready"})
    assert stopped == over, ("record stop", stopped - over, over - stopped)
    assert len(world.asked("stopRecording", 200)) == stopped.total()


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


def notices_are_told(rows: Rows, seen: dict[str, list[Message]], *, seconds: int) -> None:
    """Every notice is in Slack, once but for ``seconds``, and in the channel's order."""
    copies: dict[int, int] = {}
    for channel, messages in seen.items():
        notices = rows.all(f"SELECT * FROM outbox WHERE channel = '{channel}' ORDER BY id")
        assert {row["status"] for row in notices} == {"sent"}, [dict(row) for row in notices]
        heads = [message_of(row, notices) for row in notices]
        places = [[i for i, m in enumerate(messages) if _is(row, m)] for row in heads]
        firsts = [found[0] for found in places if found]
        assert len(firsts) == len(notices), ("missing", channel, places)
        assert firsts == sorted(firsts), ("out of order", channel, places)
        copies |= {row["id"]: len(found) for row, found in zip(notices, places, strict=True)}
    surplus = sum(copies.values()) - len(copies)
    assert surplus <= seconds, f"{surplus} messages too many: {copies}"


def message_of(row: Row, notices: list[Row]) -> Row:
    """The notice whose message tells of this one: itself, or the first of its digest."""
    where = (row["channel"], row["posted_channel"], row["posted_ts"])
    same = [
        one for one in notices if (one["channel"], one["posted_channel"], one["posted_ts"]) == where
    ]
    return same[0] if row["posted_ts"] else row


def _is(row: Row, message: Message) -> bool:
    """Whether the message is a copy of the notice."""
    if row["audience"] == "only_user":
        ref = row["key"].removeprefix("action:")
        return bool(message.get("is_ephemeral")) and ref in json.dumps(message)
    payload = message.get("metadata", {}).get("event_payload", {})
    return bool(payload.get("delivery_id") == delivery_id(row))


def delivery_id(row: Row) -> str:
    """What the message of a notice carries."""
    whole = "\0".join((row["team"], row["channel"], row["key"]))
    return hashlib.sha256(whole.encode()).hexdigest()[:24]
