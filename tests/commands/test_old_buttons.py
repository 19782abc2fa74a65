"""Every button that a message of a channel can offer, pressed when what it was for is over.

What holds by then is answered, and nothing is changed; and the message has lost the button.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ovbot.delivery.arrivals import announcements
from ovbot.delivery.arrivals.sweep import Sweeper
from ovbot.domain.audit import Outcome
from ovbot.domain.notice import Notice, key_of
from ovbot.domain.reply import Button
from ovbot.engine.invocation import Source
from ovbot.store import bans, later, outbox
from ovbot.store.recordings import Known, Seen
from tests.commands.later import Hours, open_hours
from tests.commands.steps import form, submit
from tests.desk import MODERATION, TEAM, Desk, buttons

GRACE = 900
Fate = Callable[[Hours], Awaitable[object]]


@pytest.fixture
async def hours(tmp_path: Path) -> AsyncIterator[Hours]:
    async with open_hours(tmp_path) as opened:
        for name in ("Ana", "Ben"):
            opened.desk.simulator.join("demo", client_data=name)
        for name in ("a", "b"):
            recording = await opened.desk.simulator.start_recording("demo", name=name)
            await opened.desk.simulator.stop_recording(recording)
        await opened.desk.type("bind demo")
        await sweep(opened)
        await opened.desk.told()
        yield opened


async def sweep(hours: Hours) -> None:
    """What ovbot sees by itself, where no event told it: it looks more than once."""
    desk = hours.desk
    sweeper = Sweeper(desk.store, "default", desk.openvidu, hours.time, every=30.0)
    for _ in range(4):
        await sweeper.sweep()
        hours.time.advance(15)


def typed(text: str) -> Fate:
    async def give(hours: Hours) -> None:
        await submit(hours.desk, text)

    return give


def after(seconds: float) -> Fate:
    async def wait(hours: Hours) -> None:
        await hours.pass_by(seconds)

    return wait


async def session_over(hours: Hours) -> None:
    hours.desk.simulator.close_session("demo")
    await sweep(hours)


async def another_session(hours: Hours) -> None:
    """OpenVidu was restarted, and somebody has opened another session of that name since."""
    hours.desk.simulator.close_session("demo")
    hours.time.advance(1)
    hours.desk.simulator.join("demo", client_data="Cleo")
    await sweep(hours)


async def recording_gone(hours: Hours) -> None:
    await hours.desk.openvidu.delete_recording("demo")


async def another_recording(hours: Hours) -> None:
    await hours.desk.openvidu.delete_recording("demo")
    hours.time.advance(10)
    if not await hours.desk.openvidu.sessions():
        hours.desk.simulator.join("demo", client_data="Cleo")
    recording = await hours.desk.simulator.start_recording("demo", name="new")
    await hours.desk.simulator.stop_recording(recording)
    assert recording == "demo"


async def then(hours: Hours, *fates: Fate) -> None:
    for fate in fates:
        await fate(hours)


CLOSE = "close --session demo --warn 5m --reason over"
DELETE = "recording delete demo"
BAN = "kick --session demo Ana --ban 1h"
CLOSING: dict[str, tuple[Fate, ...]] = {
    "called off": (typed("keep demo"),),
    "done": (after(300),),
    "done by hand": (typed("close --session demo"),),
    "replaced": (typed("close --session demo --warn 10m"),),
    "called off and announced anew": (typed("keep demo"), typed(CLOSE)),
    "session over": (session_over,),
    "another session": (another_session,),
    "another session, announced too": (another_session, typed(CLOSE)),
    "missed": (after(3600),),
}
DELETION: dict[str, tuple[Fate, ...]] = {
    "called off": (typed("recording keep demo"),),
    "done": (after(GRACE),),
    "done by hand": (typed("recording delete --now demo"),),
    "called off and planned anew": (typed("recording keep demo"), typed(DELETE)),
    "missed": (after(GRACE + 3600),),
}
GONE: dict[str, tuple[Fate, ...]] = {
    "recording gone": (recording_gone,),
    "another recording": (another_recording,),
}
BANNED: dict[str, tuple[Fate, ...]] = {
    "lifted": (typed("unban --session demo Ana"),),
    "over": (after(3601),),
    "replaced": (
        typed("unban --session demo Ana"),
        lambda hours: comes_back(hours, "Ana"),
        typed("kick --session demo Ana --ban 2h"),
    ),
}


async def comes_back(hours: Hours, name: str) -> None:
    hours.time.advance(1)
    hours.desk.simulator.join("demo", client_data=name)


def cases() -> list[tuple[str, str, str, tuple[Fate, ...]]]:
    """What offers the buttons, the label of one of them, what has happened since."""
    found = [
        (CLOSE, label, name, fates)
        for label in ("Keep demo open", "Close demo now")
        for name, fates in CLOSING.items()
    ]
    found += [
        (DELETE, label, name, fates)
        for label in ("Keep demo", "Delete demo now")
        for name, fates in DELETION.items()
    ]
    # Who keeps a recording that is gone calls off a deletion that was to come: no harm is done.
    found += [(DELETE, "Delete demo now", name, fates) for name, fates in GONE.items()]
    return found + [(BAN, "Lift ban of Ana", name, fates) for name, fates in BANNED.items()]


async def things(desk: Desk) -> list[object]:
    """Everything that a button could change."""
    async with desk.store.read() as tx:
        held = await bans.holding(tx, "default", now=desk.door.powers.clock.now_ms())
        plans = [
            *await later.waiting(tx, TEAM, "default", "close"),
            *await later.waiting(tx, TEAM, "default", "recording delete"),
        ]
    sessions = await desk.openvidu.sessions()
    return [
        [(one.session_id, one.created_at) for one in sessions],
        sorted(c.connection_id for c in await desk.connections()),
        sorted((one.id, one.created_at) for one in await desk.openvidu.recordings()),
        plans,
        held,
    ]


async def press(desk: Desk, button: Button) -> None:
    """Press it; where it opens a form, submit that as it was opened."""
    if button.command.endswith(" ?"):
        await submit(desk, button.command.removesuffix(" ?"))
    else:
        await desk.type(button.command, source=Source.BUTTON)


async def offering(hours: Hours, command: str, label: str) -> tuple[str, Button]:
    """What is said, and the button, of the message that a command makes."""
    await hours.desk.told()
    await submit(hours.desk, command)
    told = next(one for one in await hours.desk.told() if one.audience == "channel")
    return told.text, next(b for b in buttons(told.reply) if b.label == label)


@pytest.mark.parametrize(
    ("command", "label", "fate"),
    [pytest.param(c, label, f, id=f"{label}: {name}") for c, label, name, f in cases()],
)
async def test_pressed_when_it_is_over_it_changes_nothing_and_says_what_holds(
    hours: Hours, command: str, label: str, fate: tuple[Fate, ...]
) -> None:
    desk = hours.desk
    _said, button = await offering(hours, command, label)
    await then(hours, *fate)
    await desk.told()
    before = await things(desk)
    await press(desk, button)
    assert await things(desk) == before
    answer = await desk.told_one()
    assert answer.audience == "only_user"
    assert "No change needed" in answer.text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


@pytest.mark.parametrize(
    ("command", "label", "fate"),
    [
        pytest.param(c, label, f, id=f"{label}: {name}")
        for c, label, name, f in cases()
        if name not in {*GONE, "over"}  # nobody tells ovbot that a file or an hour is gone
    ],
)
async def test_what_is_over_loses_its_button_and_says_so(
    hours: Hours, command: str, label: str, fate: tuple[Fate, ...]
) -> None:
    said, button = await offering(hours, command, label)
    await then(hours, *fate)
    says = await hours.desk.now_says(said)
    assert button.label not in [one.label for one in buttons(says)]
    assert says.text != said


async def test_while_it_waits_its_buttons_do_what_they_say(hours: Hours) -> None:
    desk = hours.desk
    _said, keep = await offering(hours, CLOSE, "Keep demo open")
    await press(desk, keep)
    assert await hours.planned("close") == ()
    _said, now = await offering(hours, CLOSE, "Close demo now")
    await press(desk, now)
    assert await desk.openvidu.sessions() == ()
    assert await hours.planned("close") == ()
    _said, gone = await offering(hours, DELETE, "Delete demo now")
    await press(desk, gone)
    assert [one.id for one in await desk.openvidu.recordings()] == ["demo-1"]
    assert await hours.planned("recording delete") == ()


async def test_of_several_recordings_those_that_are_kept_stay(hours: Hours) -> None:
    desk = hours.desk
    said, now = await offering(
        hours, "recording delete demo demo-1", "Delete these 2 recordings now"
    )
    await desk.type("recording keep demo")
    says = await desk.now_says(said)
    assert [one.label for one in buttons(says)] == ["Keep demo-1", "Delete demo-1 now"]
    await press(desk, now)
    assert [one.id for one in await desk.openvidu.recordings()] == ["demo"]
    text = next(one.text for one in await desk.told() if "deleted recording" in one.text)
    assert "had planned for recording `demo` was called off already" in text
    assert buttons(await desk.now_says(said)) == []


async def test_a_closing_is_taken_back_with_its_session(hours: Hours) -> None:
    said, _keep = await offering(hours, CLOSE, "Keep demo open")
    await session_over(hours)
    says = await hours.desk.now_says(said)
    assert "Taken back" in says.text
    assert says.text.endswith(": the session ended before.")
    await hours.desk.told()
    await hours.pass_by(300)
    assert await hours.desk.told() == [], "nothing is told of what nobody waits for"


async def test_what_was_missed_closes_no_other_session(hours: Hours) -> None:
    desk = hours.desk
    await submit(desk, CLOSE)
    await hours.pass_by(3600)
    told = next(one for one in await desk.told() if "wanted to close" in one.text)
    (now,) = buttons(told.reply)
    await another_session(hours)
    assert buttons(await desk.now_says(told.text)) == []
    before = await things(desk)
    await press(desk, now)
    assert await things(desk) == before


async def test_of_one_ban_of_several_the_button_stays_until_all_are_over(hours: Hours) -> None:
    desk = hours.desk
    asked = await form(desk, "kick demo --match * --ban 1h")
    await desk.told()
    await submit(desk, "kick --session demo --match * --ban 1h", after=asked)
    told = await desk.told_one()
    every = next(one.label for one in buttons(told.reply) if one.label.startswith("Lift"))
    await desk.type("unban --session demo Ana")
    assert every in [one.label for one in buttons(await desk.now_says(told.text))]
    await desk.type("unban --session demo Ben")
    assert every not in [one.label for one in buttons(await desk.now_says(told.text))]


async def test_what_was_told_of_a_recording_offers_nothing_once_it_is_deleted(hours: Hours) -> None:
    desk = hours.desk
    recording = await desk.openvidu.recording("demo")
    seen = Seen("demo", recording.created_at, "demo", "a", "stopped", 0.0, 0)
    known = Known("default", seen, TEAM, "", None, seen_at=recording.created_at)
    key = key_of("stuck", "default", "demo", recording.created_at)
    async with desk.store.begin() as tx:
        told = Notice(channel=MODERATION, key=key, reply=announcements.stuck(known))
        await outbox.add(tx, TEAM, "default", hours.time.now_ms(), [told])
    said = "The recording *a* of session `demo` was stopped and is still not ready."
    (delete,) = buttons(await desk.now_says(said))
    await submit(desk, f"{delete.command.removesuffix(' ?')} --now")
    assert [one.id for one in await desk.openvidu.recordings()] == ["demo-1"]
    says = await desk.now_says(said)
    assert buttons(says) == []
    assert "<@U01ANA> deleted it" in says.text
