"""Ten people hammer one live card, across processes: the workspace, OpenVidu and the bot."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.installation import (
    ANA,
    MODERATION,
    Installation,
    Message,
    Process,
    eventually,
)

TEN = (ANA, *(f"U{number:02}CROWD" for number in range(2, 11)))
PEOPLE = ("Lina", "Tom", "Noor", "Jun", "Piotr")
WATCHER = "U11WATCHER"
IN_FLIGHT = 6.0
"""Seconds that Slack takes for one change of the card: longer than twenty presses."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    """Ten people who may everything, a channel with a live card, and five in the session."""
    everybody = [*TEN, WATCHER]
    plan = {
        "users": [{"id": user, "name": user.lower(), "real_name": user} for user in everybody],
        "channels": [{"id": MODERATION, "name": "moderation", "members": [*everybody, "U0OVBOT"]}],
    }
    (tmp_path / "people.yaml").write_text(yaml.safe_dump(plan))
    running = Installation(tmp_path, "socket", OVBOT_ADMINS=",".join(TEN))
    port = running.slack_url.rsplit(":", 1)[1]
    config = str(tmp_path / "people.yaml")
    running.slack = Process(
        tmp_path / "slack.log", "sandbox", "slack", "--port", port, "--config", config
    )
    try:
        running.start()
        for name in PEOPLE:
            running.join(name)
        running.type("bind demo moderation recordings")
        running.hear("bound this channel")
        running.type("card")
        running.hear("Session demo is live with five participants", user=WATCHER)
        yield running
    except BaseException:
        print(running.bot.said[-6000:])
        raise
    finally:
        running.stop()


def card(world: Installation) -> Message:
    """The one live card, as somebody sees it who has pressed nothing."""
    cards = world.saying("Session demo", user=WATCHER)
    assert len(cards) == 1, [each["text"] for each in cards]
    return cards[0]


def all_at_once(presses: list[Callable[[], None]]) -> None:
    with ThreadPoolExecutor(len(presses)) as pool:
        for pressed in [pool.submit(press) for press in presses]:
            pressed.result()


def asked(world: Installation) -> list[dict[str, Any]]:
    """OpenVidu's own log of what it was asked."""
    answer = httpx.get(f"{world.openvidu_url}/_control/requests").json()
    requests: list[dict[str, Any]] = answer["requests"]
    return requests


def deletions(world: Installation) -> Counter[str]:
    """The DELETEs that were carried out, by path."""
    return Counter(
        each["path"] for each in asked(world) if (each["method"], each["status"]) == ("DELETE", 204)
    )


def audited(world: Installation) -> dict[str, list[tuple[str, str | None, str, str]]]:
    """The audit as it is on disk: phase, outcome, command and actor, by reference id."""
    with sqlite3.connect(f"file:{world.folder}/bot.sqlite3?mode=ro", uri=True) as database:
        rows = database.execute("SELECT ref, phase, outcome, command, actor FROM audit").fetchall()
    found: dict[str, list[tuple[str, str | None, str, str]]] = {}
    for ref, *entry in rows:
        found.setdefault(ref, []).append(tuple(entry))
    return found


def finished(
    world: Installation, presses: int
) -> dict[str, list[tuple[str, str | None, str, str]]]:
    """The audit, once as many actions as were pressed have ended."""

    def check() -> dict[str, list[tuple[str, str | None, str, str]]] | None:
        found = audited(world)
        ends = [entry for entries in found.values() for entry in entries if entry[1]]
        return found if len(ends) >= presses else None

    found: dict[str, list[tuple[str, str | None, str, str]]] = eventually(check, "all have ended")
    assert len(found) == presses
    for entries in found.values():
        assert [entry[0] for entry in entries].count("outcome") == 1
        assert [entry[0] for entry in entries].count("intent") == 1
    return found


def untold(world: Installation, user: str, refs: list[str]) -> list[str]:
    """Those of these actions of which this person sees no message."""
    seen = json.dumps(world.messages(user=user))
    return [ref for ref in refs if ref not in seen]


def test_ten_people_kick_and_five_record_from_one_card(world: Installation) -> None:
    before = card(world)
    pressed: list[Callable[[], None]] = []
    pressed += [partial(world.kick, "Tom", before, user=user) for user in TEN]
    pressed += [partial(world.press, "Record demo", before, user=user) for user in TEN[:5]]
    all_at_once(pressed)
    found = finished(world, presses=len(pressed) + 2)  # with bind and card

    done = deletions(world)
    assert set(done.values()) == {1}
    assert len(done) == 1
    outcomes = Counter((e[2], e[1]) for entries in found.values() for e in entries if e[1])
    assert outcomes == {
        ("bind", "done"): 1,
        ("card", "done"): 1,
        ("kick", "done"): 1,
        ("kick", "already"): 9,
        ("record start", "done"): 1,
        ("record start", "already"): 4,
    }
    starts = [each for each in asked(world) if each["path"].endswith("recordings/start")]
    assert [each["status"] for each in starts].count(200) == 1

    # No lost update: the card comes to show what is true, and there is only one.
    eventually(
        lambda: "with four participants, and is being recorded" in card(world)["text"],
        "the card shows the end of it",
    )
    assert set(re.findall(r'"Kick (\w+)…"', json.dumps(card(world), ensure_ascii=False))) == set(
        PEOPLE
    ) - {"Tom"}
    assert world.people() == sorted(set(PEOPLE) - {"Tom"})

    refs = {user: [ref for ref, entries in found.items() if entries[0][3] == user] for user in TEN}
    eventually(
        lambda: not any(untold(world, user, refs[user]) for user in TEN), "every presser is told"
    )
    assert "Traceback" not in world.bot.said
    assert '"level": "error"' not in world.bot.said
    assert "[error" not in world.bot.said


def test_what_is_pressed_while_the_card_is_being_changed_is_not_lost(world: Installation) -> None:
    """The card was read before the recording began, and is still on its way to Slack."""
    before = card(world)
    world.slack_fault(method="chat.update", delay=IN_FLIGHT)
    all_at_once([partial(world.kick, "Tom", before, user=user) for user in TEN])
    finished(world, presses=len(TEN) + 2)
    all_at_once([partial(world.press, "Record demo", before, user=user) for user in TEN])
    finished(world, presses=2 * len(TEN) + 2)
    assert "five participants" in card(world)["text"], "the change is not on its way any more"
    eventually(
        lambda: "with four participants, and is being recorded" in card(world)["text"],
        "the card shows the end of it",
    )
    assert list(deletions(world).values()) == [1]


def test_two_press_the_same_kick_and_both_are_told(world: Installation) -> None:
    before = card(world)
    all_at_once([partial(world.kick, "Tom", before, user=user) for user in TEN[:2]])
    finished(world, presses=4)
    assert list(deletions(world).values()) == [1]

    def answers() -> list[str]:
        seen = [
            next(
                (kind for kind in ("removed *Tom*", "No change needed") if kind in each["text"]), ""
            )
            for user in TEN[:2]
            for each in world.messages(user=user)
            if each.get("is_ephemeral") or user == TEN[0]
        ]
        return sorted(filter(None, seen))

    eventually(
        lambda: answers() == ["No change needed", "removed *Tom*"], "one did it, one is told"
    )
