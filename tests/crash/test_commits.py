"""SIGKILL at the commits beside the story of ``test_points``, many of them in one run.

The bot dies at one point after another, and comes back each time with the next one in its way.
"""

import json

import httpx
import pytest
from websockets.sync.client import connect

from tests.crash import invariants
from tests.crash.world import World, patiently
from tests.e2e.installation import ANA, BEN, GENERAL, MODERATION

pytestmark = pytest.mark.crash

CARD = [
    "card.claim.written",
    "card.claimed",
    "card.try.written",
    "card.try.committed",
    "card.posted",
    "card.note.written",
    "card.note.committed",
    "card.updated",
    "card.written",
    "card.committed",
]
FORMER = [
    "former.claim.written",
    "former.claim.committed",
    "former.changed",
    "former.written",
    "former.committed",
]
PAUSE = ["card.pause.written", "card.pause.committed"]
FORMER_PAUSE = ["former.pause.written", "former.pause.committed"]
DROP = ["card.drop.written", "card.drop.committed"]
FILE = [
    "card.release.written",
    "card.release.committed",
    "leases.end.written",
    "leases.end.committed",
]
"""What only the one process on a file does, at its start."""
DENIAL = ["denial.written", "denial.committed"]
QUESTIONS = ["share.written", "share.committed", "shown.written", "shown.committed"]
NOTICED = ["noticed.written", "noticed.committed"]
OUTBOX = ["retry.written", "retry.committed", "drop.written", "drop.committed"]
GAP = ["gap.written", "gap.committed"]
STUCK = ["stuck.written", "stuck.committed"]
BANNED = ["banned.written", "banned.committed"]
PRUNE = ["prune.written", "prune.committed"]
POSTPONED = ["postponed.written", "postponed.committed", "event.late"]
RENEWAL = ["leases.renewal.written", "leases.renewal.committed"]
BACK = ["lease.back.written", "lease.back.committed"]
RELEASE = ["leases.release.written", "leases.release.committed"]
GHOSTS = ["ghosts.written", "ghosts.committed"]
CHAINS = [CARD, FORMER, PAUSE, DROP, FILE, DENIAL, QUESTIONS, OUTBOX, GAP, STUCK, PRUNE, POSTPONED]
CHAINS += [FORMER_PAUSE, RENEWAL, BACK, RELEASE, GHOSTS, BANNED, NOTICED]


def begin(world: World) -> None:
    """A channel that hears of everything, and two people."""
    world.start_bot()
    world.ask("bind demo session recordings moderation", MODERATION)
    world.join("Lina")
    world.join("Tom")
    world.wait(lambda: world.rows.count("sessions"), "the session is known")
    world.settle()


def check(world: World, *, seconds: int = 0) -> None:
    """What holds at the end of each of these; ``seconds`` as the invariants have it."""
    invariants.what_was_acknowledged_is_kept(world)
    invariants.outcomes_are_told(world.rows)
    invariants.notices_are_told(world, seconds=seconds)
    invariants.cards_live_once(world, MODERATION)


@pytest.mark.parametrize("points", [CARD[:5], CARD[5:], FORMER], ids=lambda points: points[0])
def test_cards(world: World, url: str, points: list[str]) -> None:
    with world.database(url):
        begin(world)
        world.ask("card demo", MODERATION)
        world.settle()
        world.die_at_each(points, lambda: world.try_to_type("card demo", MODERATION))
        world.ask("kick Lina", MODERATION)
        world.settle()
        # What only one person sees cannot be looked for: that a card was not stored, for one.
        check(world, seconds=len(points))
        (card,) = [m for m in world.messages(channel=MODERATION) if "Kick Tom" in json.dumps(m)]
        assert "Lina" not in json.dumps(card)


def test_cards_that_slack_refuses(world: World, url: str) -> None:
    def fail(**fault: object) -> None:
        world.slack_fault(method="chat.update", **fault)

    def change() -> None:
        fail(status=500)
        world.join("Guest")

    def post() -> None:
        session = f"session-{world.deaths}"
        world.join("Eva", session)
        world.settle()
        fail(error="edit_window_closed")
        world.try_to_type(f"card {session}", GENERAL)

    def move() -> None:
        fail(status=500, times=2)  # the new one, and what is said in the old one
        world.try_to_type("card demo", MODERATION)

    with world.database(url):
        begin(world)
        world.ask("card demo", MODERATION)
        world.die_at_each(PAUSE, change)
        world.die_at_each(FORMER_PAUSE, move)
        world.die_at_each(DROP, post)
        check(world)
        assert len(world.saying("cannot be shown", channel=GENERAL)) == 1
        open_ones = f"channel = '{GENERAL}' AND ended_at IS NULL"
        assert world.rows.count("cards", open_ones) == 1, "what is not recorded is tried again"


def test_the_only_process_on_a_file_starts(world: World, url: str) -> None:
    with world.database(url):
        begin(world)
        assert world.bot.end() == 0
        world.start_bot("card.posted")
        world.ask("card demo", MODERATION)
        world.wait(lambda: world.deaths, "it dies while it posts a card")
        if url.startswith("sqlite"):
            world.die_at_each(FILE, lambda: None)
        world.settle()
        check(world)


def test_denials(world: World, url: str) -> None:
    acknowledged: list[bool] = []

    def try_it() -> None:
        acknowledged.append(world.say("kick Lina", MODERATION, user=BEN))

    with world.database(url):
        begin(world)
        world.die_at_each(DENIAL, try_it)
        assert acknowledged == [False, False], "nobody is told of what is not recorded"
        try_it()
        assert acknowledged[2]
        assert world.people() == ["Lina", "Tom"]
        denials = world.rows.all(f"SELECT * FROM audit WHERE actor = '{BEN}'")
        assert [(row["phase"], row["outcome"]) for row in denials] == [("outcome", "denied")] * 2
        invariants.each_intent_has_one_outcome(world.rows)


def test_questions(world: World, url: str) -> None:
    def ask() -> None:
        world.say("show demo --share", MODERATION)
        world.say("show demo", GENERAL)

    with world.database(url):
        begin(world)
        world.die_at_each(QUESTIONS, ask)
        shared = world.rows.count("outbox", "key LIKE 'share:%'")
        assert shared >= 1
        (listed,) = world.rows.all("SELECT * FROM shown")
        assert len(json.loads(listed["connections"])) == 2
        check(world)


def test_what_is_stuck_is_noticed_once(world: World, url: str) -> None:
    with world.database(url):
        begin(world)
        world.control("sessions/demo/stick", {"how": "phantom"})
        world.die_at_each(NOTICED, lambda: world.say("show demo", GENERAL))
        world.say("show demo", GENERAL)
        since = world.rows.all("SELECT * FROM noticed WHERE subject LIKE '%demo%'")
        assert len(since) == 1
        check(world)


def test_notices_are_put_in_order(world: World, url: str) -> None:
    def refuse_one() -> str:
        # With its blocks, with fewer and with none: in the channel, and to the person.
        world.slack_fault(method="chat.postMessage", error="invalid_blocks", times=6)
        world.say("show demo --share", GENERAL)
        world.wait(lambda: world.rows.count("outbox", "status = 'dead'"), "a notice is dead")
        (dead,) = world.rows.all("SELECT id FROM outbox WHERE status = 'dead'")
        return str(dead["id"])

    def put_in_order() -> None:
        number = refuse_one()
        verb = "retry" if world.deaths < OUTBOX.index("drop.written") else "drop"
        world.say(f"outbox {verb} {number}", GENERAL)

    def decided() -> bool:
        return not world.rows.count("outbox", "status = 'dead'")

    with world.database(url):
        begin(world)
        for point in OUTBOX:
            world.die_at_each([point], put_in_order)
            if not decided():
                # Its process died before that was done, which whoever asked was told.
                assert point.endswith(".written")
                world.ask("outbox retry all", GENERAL)
                world.settle()
            assert decided()
        dropped = world.rows.count("outbox", "status = 'dropped'")
        assert dropped == 1
        invariants.each_intent_has_one_outcome(world.rows)
        invariants.outcomes_are_told(world.rows)


def test_what_the_sweep_tells(world: World, url: str) -> None:
    with world.database(url), world.sweeping():
        begin(world)
        world.ask("record start demo", MODERATION)
        world.settle()
        world.control("recordings/demo", {"status": "stopped"})
        stopped = "status = 'stopped'"
        world.wait(lambda: world.rows.count("recordings", stopped), "its stop is known")
        world.control("webhooks", {"mode": "off"})
        for person in world.truth()["sessions"][0]["participants"]:
            connection = {"connectionId": person["connectionId"]}
            world.control("sessions/demo/leave", connection)
        found = "result = 'recovered'"
        world.wait(lambda: world.rows.count("events", found), "the session is found gone")

        def a_minute_passes() -> None:
            world.rows.run(f"UPDATE events SET received_at = received_at - 60000 WHERE {found}")

        def an_hour_passes() -> None:
            world.rows.run("UPDATE bindings SET created_at = created_at - 9000000")
            world.rows.run(f"UPDATE recordings SET seen_at = seen_at - 4000000 WHERE {stopped}")

        # The gap first: where all of this is slow, its half minute passes by itself.
        world.die_at_each(GAP, a_minute_passes)
        world.die_at_each(STUCK, an_hour_passes)
        for key in ("gap", "stuck", "session:%:ended"):
            assert world.rows.count("outbox", f"key LIKE '{key}:%' OR key LIKE '{key}'") == 1, key
        check(world)


def test_whose_join_nobody_told_of(world: World, url: str) -> None:
    """The sweep finds them; each is removed once, by whichever process comes to it."""
    with world.database(url), world.sweeping():
        begin(world)
        world.say("kick Tom --ban 1h", MODERATION)
        world.wait(lambda: world.rows.count("bans"), "Tom is banned")
        world.settle()
        world.control("webhooks", {"mode": "off"})
        world.die_at_each(BANNED, lambda: world.join("TOM"))
        world.wait(lambda: world.people() == ["Lina"], "nobody of that name is there")
        world.settle()
        removals = world.rows.all("SELECT about FROM later WHERE verb = 'ban'")
        assert len({row["about"] for row in removals}) == len(removals) == len(BANNED)
        assert [row["removals"] for row in world.rows.all("SELECT * FROM bans")] == [len(BANNED)]
        invariants.each_intent_has_one_outcome(world.rows)
        invariants.outcomes_are_true(world)
        assert world.rows.count("outbox", "key LIKE 'ban:%:done:%'") in {1, 2}
        invariants.notices_are_told(world, seconds=0)


def test_what_nobody_needs_any_more(world: World, url: str) -> None:
    with world.database(url):
        begin(world)
        world.ask("kick Lina", MODERATION)
        world.settle()
        kept = world.rows.count("audit")
        world.rows.run("UPDATE events SET processed_at = 1 WHERE processed_at IS NOT NULL")
        world.rows.run("UPDATE outbox SET finished_at = 1 WHERE status = 'sent'")
        world.die_at_each(PRUNE, lambda: None)
        old = "processed_at = 1"
        # But for the newest, which tells that webhooks have ever come.
        world.wait(lambda: world.rows.count("events", old) == 1, "old events are gone")
        old = "finished_at = 1"
        world.wait(lambda: not world.rows.count("outbox", old), "old notices are gone")
        assert world.rows.count("audit") == kept
        world.ask("kick Tom", MODERATION)
        world.settle()
        invariants.each_intent_has_one_outcome(world.rows)
        invariants.outcomes_are_true(world)
        assert world.rows.count("outbox") == world.rows.count("outbox", "status = 'sent'") > 0


def refusing(url: str) -> tuple[list[str], str]:
    """What has the database refuse sessions, and what ends that."""
    if url.startswith("sqlite"):
        refuse = "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        made = [f"CREATE TRIGGER refuse BEFORE INSERT ON sessions {refuse}"]
        return made, "DROP TRIGGER refuse"
    body = "$$ BEGIN RAISE EXCEPTION 'refused'; END $$ LANGUAGE plpgsql"
    trigger = "CREATE TRIGGER refuse BEFORE INSERT ON sessions EXECUTE FUNCTION refuse()"
    made = [f"CREATE FUNCTION refuse() RETURNS trigger AS {body}", trigger]
    return made, "DROP TRIGGER refuse ON sessions"


def test_events_that_have_to_wait(world: World, url: str) -> None:
    with world.database(url):
        begin(world)
        made, ended = refusing(url)
        for statement in made:
            world.rows.run(statement)
        world.join("Eva", "other")
        world.die_at_each(POSTPONED[:2], lambda: None, settle=False)
        tried = "processed_at IS NULL AND attempts > 0"
        world.wait(lambda: world.rows.count("events", tried), "it is put off")
        world.rows.run(ended)
        world.rows.run("UPDATE events SET not_before = 0")
        world.settle()
        assert world.rows.count("sessions", "session = 'other'") == 1

        def record() -> None:
            world.control(
                "faults", {"operation": "getRecording", "fault": "drop-before", "times": 6}
            )
            world.ask("record start demo", MODERATION)

        world.die_at_each(POSTPONED[2:], record)
        check(world)


def test_leases_that_are_kept(world: World, url: str) -> None:
    def hold_up() -> None:
        world.slack_fault(method="chat.postMessage", delay=10.5, drop=True)
        world.say("show demo --share", MODERATION)

    with world.database(url):
        begin(world)
        world.die_at_each(RENEWAL, hold_up)
        check(world)


def test_leases_that_are_given_back(world: World, url: str) -> None:
    def lose() -> None:
        """The lease ends while its holder waits for Slack, and somebody claims the channel."""
        world.slack_fault(method="chat.postMessage", delay=1, drop=True)
        world.say("show demo --share", MODERATION)
        held = f"channel = '{MODERATION}' AND owner <> ''"
        patiently(lambda: world.rows.count("outbox_channels", held), "the channel is served")
        world.rows.run("UPDATE outbox_channels SET lease_until = 0, not_before = 0")
        world.say("show demo --share", GENERAL)

    with world.database(url):
        begin(world)
        world.die_at_each(BACK, lose)
        world.die_at_each(RELEASE, lambda: world.bot.alive and world.bot.end())
        check(world)


def test_another_program_with_the_same_token(world: World, url: str) -> None:
    with world.database(url):
        begin(world)
        opened = httpx.post(
            f"{world.slack_url}/api/apps.connections.open",
            headers={"Authorization": "Bearer xapp-sandbox"},
        ).json()
        with connect(opened["url"]):
            assert world.bot.end() == 0
            world.die_at_each(GHOSTS, lambda: None)
        told = world.rows.all("SELECT * FROM outbox WHERE key LIKE 'ghosts:%'")
        assert {row["channel"] for row in told} == {ANA}
        assert {row["status"] for row in told} == {"sent"}
        check(world)
