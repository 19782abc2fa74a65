"""Bans: whoever is banned is removed when they join, as whoever banned them, and nobody else is."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.delivery.arrivals.process import Processor
from ovbot.delivery.arrivals.sweep import Sweeper
from ovbot.delivery.scheduled import Later
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.ban import Ban, By
from ovbot.engine.invocation import Source
from ovbot.openvidu.events import parse_event
from ovbot.openvidu.identity import Identity
from ovbot.store import audit, bans, later
from ovbot.store.later import State
from tests.commands.steps import fault, form, killed, reads_back, started_again, submit
from tests.delivery.fake import START, Time
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk, Told, buttons, open_desk, words

HOUR = 3600


@dataclass
class House:
    """A desk with what happens behind it, on a time that the test moves."""

    desk: Desk
    time: Time
    processor: Processor
    inbox: Inbox
    sweeper: Sweeper
    heard: list[bytes] = field(default_factory=list)

    def join(self, name: str = "", server_data: str = "", session: str = "demo") -> str:
        """Somebody joins a second later; the connection's id."""
        self.time.advance(1)
        joined = self.desk.simulator.join(session, client_data=name, server_data=server_data)
        return joined.connection_id

    async def webhooks(self, times: int = 1) -> None:
        """What OpenVidu tells arrives, so often, and is dealt with."""
        log = self.desk.simulator.webhooks.log
        bodies = [json.dumps(one.event).encode() for one in log]
        log.clear()
        for body in bodies * times:
            await self.inbox.accept([parse_event(body)])
        while await self.processor.step() == 0:
            pass

    async def enter(self) -> None:
        """What is planned and due is carried out to its end."""
        carrying = Later(self.desk.door, TEAM)
        while await carrying.step() == 0:
            pass
        assert await carrying.stop(10) == 0

    async def settle(self) -> None:
        """Everything that has happened has its consequences."""
        await self.webhooks()
        await self.enter()

    async def people(self) -> list[str]:
        return sorted(c.client_data for c in await self.desk.connections())

    def present(self, session: str = "demo") -> list[str]:
        """Who is there, without asking OpenVidu."""
        there = self.desk.simulator.world.sessions.get(session)
        return sorted(each.client_data for each in there.participants.values()) if there else []

    async def told(self) -> list[Told]:
        """What was said since the last look."""
        return await self.desk.told()

    async def holding(self) -> tuple[Ban, ...]:
        async with self.desk.store.read() as tx:
            return await bans.holding(tx, "default", now=self.time.now_ms())

    async def actions(self) -> list[tuple[AuditEntry, ...]]:
        """The audit, the oldest action first."""
        async with self.desk.store.read() as tx:
            return list(await audit.latest(tx, TEAM, limit=999))[::-1]


@pytest.fixture
async def house(tmp_path: Path, url: str, time: Time) -> AsyncIterator[House]:
    source = lambda: time.now_ms() / 1000  # noqa: E731
    hook = "http://127.0.0.1:9/nobody"
    async with open_desk(tmp_path, url, time, time_source=source, webhook=hook) as desk:
        desk.simulator.webhooks.switch("off")  # they are brought by hand
        inbox = Inbox(desk.store, "default", time)
        processor = Processor(desk.store, "default", desk.openvidu, time)
        sweeper = Sweeper(desk.store, "default", desk.openvidu, time, every=60)
        opened = House(desk, time, processor, inbox, sweeper)
        opened.join("Ana")
        yield opened
        await inbox.close()


async def banned(house: House, text: str = "kick --session demo Bob --ban 1h") -> Told:
    """Bob is there and is banned; what was told of it."""
    house.join("Bob")
    await house.desk.type(text, channel=GENERAL)
    (told,) = await house.told()
    await house.settle()
    return told


async def test_who_comes_back_is_removed_and_the_channel_hears_of_it(house: House) -> None:
    house.join("Bob")
    await house.desk.type("kick --session demo --ban 1h Bob being loud", channel=GENERAL)
    (told,) = await house.told()
    ends = (house.time.now_ms() + HOUR * 1000) // 1000
    at = f"<!date^{ends}^{{date_short_pretty}} {{time}}|"
    assert told.text.startswith(
        f":white_check_mark: <@{ANA}> removed *Bob* from session `demo` and banned them until {at}"
    )
    assert "Whoever joins session `demo` as “Bob” is removed until" in told.text
    assert "but a different name gets around this." in told.text
    assert told.text.endswith("later sessions of this id too. Reason: being loud")
    assert [b.label for b in buttons(told.reply)] == ["Lift ban of Bob", "Invite Bob back"]
    await house.settle()
    assert await house.told() == []

    again = house.join("Bob")
    house.join("Ben")
    await house.settle()
    assert await house.people() == ["Ana", "Ben"]
    (told,) = await house.told()
    assert (told.channel, told.audience) == (GENERAL, "channel")
    assert told.text.startswith(
        f":white_check_mark: *Bob* joined session `demo` and was removed: <@{ANA}> banned them "
        f"until {at}"
    )
    assert told.text.endswith("Reason: being loud")
    assert [b.label for b in buttons(told.reply)] == ["Lift ban of Bob"]
    intent, attempt, outcome = (await house.actions())[-1]
    assert (intent.actor, intent.channel, intent.command) == (ANA, GENERAL, "kick")
    assert (intent.interaction or "").startswith("later:")
    assert attempt.target == again
    assert intent.arguments["reason"].startswith("banned until 2023-11-")
    assert intent.arguments["reason"].endswith("UTC: being loud")
    assert outcome.outcome is Outcome.DONE
    assert [ban.removals for ban in await house.holding()] == [1]


@pytest.mark.parametrize(
    "name",
    [
        "BOB",
        " bob ",
        "B\u200bob\u2060",
        "\u202eBob",
        "Ｂｏｂ",
        '{"clientData": "bob"}',
        "Bo\u00adb",
    ],
)
async def test_a_name_is_the_same_however_it_is_dressed(house: House, name: str) -> None:
    await banned(house)
    house.join(name)
    await house.settle()
    assert await house.people() == ["Ana"]


@pytest.mark.parametrize("name", ["Bobby", "Rob", "B ob", "", "Bob 2"])
async def test_under_another_name_they_stay(house: House, name: str) -> None:
    await banned(house)
    house.join(name)
    await house.settle()
    assert len(await house.people()) == 2


async def test_what_the_server_says_tells_who_it_is_whatever_they_call_themselves(
    house: House,
) -> None:
    house.desk.openvidu.identity = Identity("serverData.user")
    house.join("Bob", '{"user": 17}')
    house.join("Ben", '{"user": 18}')
    await house.desk.type("kick --session demo Bob --ban perm")
    (told,) = await house.told()
    assert "banned them for good." in told.text
    assert "with the server data of *Bob* is removed for good, whatever name they give" in told.text
    assert "under another name" not in told.text
    (ban,) = await house.holding()
    assert (ban.by, ban.until) == (By.SERVER, None)
    assert "17" not in ban.who + ban.label, "what the server says may be nobody's business"
    house.join("Somebody else", '{"user": 17}')
    house.join("Bob", '{"user": 19}')
    await house.settle()
    assert await house.people() == ["Ana", "Ben", "Bob"]
    house.time.advance(1000 * 24 * HOUR)
    house.join("x", '{"user": 17}')
    await house.settle()
    assert await house.people() == ["Ana", "Ben", "Bob"]


@pytest.mark.parametrize("of_class", ["student", '{"role": "student"}', "the students", "[1]"])
@pytest.mark.parametrize("setting", ["", "serverData.user", "none"])
@pytest.mark.parametrize("others", [(), ("Ben",)])
async def test_what_the_server_says_of_a_whole_class_tells_nobody(
    house: House, of_class: str, setting: str, others: tuple[str, ...]
) -> None:
    """Whoever of the class is there when the ban is made, and whoever is not."""
    house.desk.openvidu.identity = Identity(setting)
    for name in ("Bob", *others):
        house.join(name, of_class)
    await house.desk.type("kick --session demo Bob --ban 1h")
    assert "as “Bob”" in (await house.told())[0].text
    house.join("Bob", of_class)
    house.join("Cleo", of_class)
    await house.settle()
    assert await house.people() == ["Ana", *others, "Cleo"]


NAMING = {
    "": ["user-17", "ana@example.com", "42"],
    "serverData": ["Bob of class 4", '{"role": "student", "n": 7}'],
    "serverData.user": ['{"user": "u17", "tab": 1}', '{"user": 17}'],
    "serverData.who.id": ['{"who": {"id": "u17"}}'],
}


@pytest.mark.parametrize(
    ("setting", "data"), [(one, data) for one, every in NAMING.items() for data in every]
)
@pytest.mark.parametrize("others", [(), ("Bob (phone)",)])
async def test_whom_the_server_names_is_one_person_whatever_is_open(
    house: House, setting: str, data: str, others: tuple[str, ...]
) -> None:
    house.desk.openvidu.identity = Identity(setting)
    for name in ("Bob", *others):
        house.join(name, data)
    await house.desk.type("kick --session demo Bob --ban 1h")
    (told,) = await house.told()
    assert [ban.by for ban in await house.holding()] == [By.SERVER]
    assert ("It fits one other person there too (*Bob (phone)*)" in told.text) is bool(others)
    house.join("Somebody else", data)
    await house.settle()
    assert await house.people() == sorted(["Ana", *others])


async def test_other_fields_than_the_one_that_is_set_change_nothing(house: House) -> None:
    house.desk.openvidu.identity = Identity("serverData.user")
    house.join("Bob", '{"user": 17, "role": "student"}')
    await house.desk.type("kick --session demo Bob --ban 1h")
    house.join("x", '{"role": "teacher", "user": "17"}')
    house.join("y", '{"user": true, "role": "student"}')
    house.join("z", '{"user": {"id": 17}}')
    await house.settle()
    assert await house.people() == ["Ana", "y", "z"]


@pytest.mark.parametrize("size", [1_000, 300_000, 3_000_000])
@pytest.mark.parametrize("of", ["clientData", "serverData"])
async def test_nobody_gets_in_by_giving_much(house: House, size: int, of: str) -> None:
    house.desk.openvidu.identity = Identity("serverData.user")
    house.join("Bob", '{"user": 17}')
    await house.desk.type("kick --session demo Bob --ban 1h")
    padding = {"x": "y" * size}
    if of == "clientData":
        house.join(json.dumps({"clientData": "z", **padding}), '{"user": 17}')
    else:
        house.join("z", json.dumps({"user": 17, **padding}))
    await house.settle()
    assert await house.people() == ["Ana"]
    house.join(json.dumps({"clientData": "z", **padding}), '{"user": 17}')
    house.desk.simulator.webhooks.log.clear()
    await house.sweeper.sweep()
    await house.enter()
    assert await house.people() == ["Ana"]


async def test_whom_it_fits_is_told_before_it_is_made(house: House) -> None:
    house.join("Bob", "user-17")
    await house.desk.type("kick --session demo Bob --ban 1h --dry-run")
    (told,) = await house.told()
    assert "It fits *Bob*, and nobody else who is there now." in told.text
    house.join("Robert", "user-17")
    await house.desk.type("kick --session demo Bob --ban 1h --dry-run")
    (told,) = await house.told()
    assert "It fits one other person there too (*Robert*)" in told.text
    assert await house.holding() == ()


async def test_the_list_of_bans_tells_by_what_and_whom_they_fit_now(house: House) -> None:
    assert "Nobody is banned." in words(await house.desk.type("bans"))
    for name, data in (("Bob", "user-17"), ("Bob 2", "user-17"), ("Eve", "")):
        house.join(name, data)
    await house.desk.type("kick --session demo Bob --ban perm")
    await house.desk.type("kick --session demo Eve --ban 1h")
    await house.told()
    listed = await house.desk.type("bans")
    said = words(listed)
    assert "Two people are banned." in said
    assert "Banned: *Bob* for good (by server data)" in said
    assert "From session *demo*. It fits *Bob 2*, who can stay until they leave." in said
    assert "(by name)" in said
    assert "Another name gets around this. It fits nobody who is there now." in said
    assert [button.label for button in buttons(listed)] == ["Lift ban of Eve", "Lift ban of Bob"]
    assert "need" in words(await house.desk.type("bans", user=BEN)).lower()


async def test_another_of_the_name_who_is_there_already_stays(house: House) -> None:
    """The ban is of who joins: nobody who was there when it was made is surprised by it."""
    house.join("Bob")
    victim = house.join("Bob")
    await house.desk.type(f"kick --session demo {victim} --ban 1h")
    await house.settle()
    await house.sweeper.sweep()
    await house.enter()
    assert await house.people() == ["Ana", "Bob"]


async def test_when_it_is_over_it_does_nothing(house: House) -> None:
    await banned(house)
    house.time.advance(HOUR - 2)
    house.join("Bob")
    await house.settle()
    assert await house.people() == ["Ana"]
    house.time.advance(1)
    house.join("Bob")
    await house.settle()
    await house.sweeper.sweep()
    await house.enter()
    assert await house.people() == ["Ana", "Bob"]
    assert await house.holding() == ()


async def test_it_outlives_the_session(house: House) -> None:
    await banned(house)
    house.desk.simulator.close_session("demo")
    house.join("Ana")
    house.join("Bob")
    house.join("Bob", session="other")
    await house.settle()
    assert await house.people() == ["Ana", "Bob"]
    assert [c.client_data for c in (await house.desk.openvidu.session("demo")).connections] == [
        "Ana"
    ]


async def test_whose_join_was_not_told_is_found_by_the_sweep_once(house: House) -> None:
    await banned(house)
    house.join("Bob")
    house.join("Ben", session="elsewhere")
    asked = len(house.desk.simulator.app.asked())
    await house.sweeper.sweep()
    looked = [one["path"] for one in house.desk.simulator.app.asked()[asked:]]
    assert [path for path in looked if "/sessions/" in path] == ["/openvidu/api/sessions/demo"]
    await house.webhooks()  # late, but it comes
    await house.enter()
    assert await house.people() == ["Ana", "Ben"]
    (told,) = await house.told()
    assert "*Bob* joined session `demo` and was removed" in told.text
    assert len(await house.actions()) == 2


async def test_the_sweep_asks_of_no_session_without_a_ban(house: House) -> None:
    before = len(house.desk.simulator.app.asked())
    await house.sweeper.sweep()
    asked = house.desk.simulator.app.asked()[before:]
    assert not [one for one in asked if "/sessions/" in one["path"]]


async def test_an_event_that_comes_twice_removes_once(house: House) -> None:
    await banned(house)
    house.join("Bob")
    await house.webhooks(times=3)
    await house.enter()
    assert len(await house.actions()) == 2


async def test_fifty_times_in_a_minute_is_one_line_and_counted(house: House) -> None:
    await banned(house)
    for _ in range(50):
        house.join("Bob")
        await house.settle()
    assert await house.people() == ["Ana"]
    assert len(await house.told()) == 1
    done = [each for each in await house.actions() if each[-1].arguments.get("by_ban")]
    assert [each[-1].outcome for each in done] == [Outcome.DONE] * 50
    house.time.advance(600)
    house.join("Bob")
    await house.settle()
    (told,) = await house.told()
    assert "So far that was 51 times." in told.text


async def test_who_leaves_again_at_once_is_told_of_to_one_person_once(house: House) -> None:
    await banned(house)
    for _ in range(5):
        house.desk.simulator.leave("demo", house.join("Bob"))
        await house.settle()
    (told,) = await house.told()
    assert told.audience == "only_user"
    assert "not in session demo any more" in told.text


async def test_lifted_by_its_button_they_can_join(house: House) -> None:
    told = await banned(house)
    lift, _back = buttons(told.reply)
    assert reads_back(house.desk, lift) == "unban"
    await house.desk.type(lift.command, source=Source.BUTTON)
    (lifted,) = await house.told()
    assert lifted.audience == "channel"
    assert lifted.text.startswith(
        f":white_check_mark: <@{ANA}> lifted the ban of *Bob* from session `demo` (until <!date"
    )
    house.join("Bob")
    await house.settle()
    assert await house.people() == ["Ana", "Bob"]
    await house.desk.type(lift.command, source=Source.BUTTON)
    (again,) = await house.told()
    assert again.audience == "only_user"
    assert "*No change needed.* The ban of Bob from session `demo` was lifted" in again.text
    assert f"by <@{ANA}>" in again.text
    assert (await house.desk.audited())[-1].outcome is Outcome.ALREADY


async def test_lifted_by_name(house: House) -> None:
    await banned(house)
    await house.desk.type("unban bo", channel=GENERAL)
    assert "lifted the ban of *Bob*" in (await house.told())[0].text
    await house.desk.type("unban --session demo Bob")
    assert "“Bob” is not banned from session `demo`." in (await house.told())[0].text
    house.join("Bobby")
    await house.desk.type("kick --session demo Bobby --ban 1h")
    await house.told()
    await house.desk.type("unban --session demo Zoe")
    assert "Banned are *Bobby*." in (await house.told())[0].text


async def test_several_of_the_name_are_asked_about(house: House) -> None:
    for session in ("demo", "exam"):
        house.join("Bob", session=session)
        await house.desk.type(f"kick --session {session} Bob --ban perm")
    await house.told()
    await house.desk.type("unban Bob")
    (told,) = await house.told()
    assert "could be 2 bans" in told.text
    assert [b.label for b in buttons(told.reply)] == [
        f"Lift ban of Bob from {ban.session} (#{ban.id})" for ban in await house.holding()
    ]
    await house.desk.type(buttons(told.reply)[1].command)
    assert [ban.session for ban in await house.holding()] == ["demo"]


async def test_lifted_before_the_removal_enters_nobody_is_removed(house: House) -> None:
    await banned(house)
    house.join("Bob")
    await house.webhooks()
    await house.desk.type("unban --session demo Bob")
    await house.told()
    await house.enter()
    assert await house.people() == ["Ana", "Bob"]
    (told,) = await house.told()
    assert told.audience == "only_user"
    assert "Bob is not banned from session demo any more, and stays." in told.text


async def test_a_right_that_lapsed_removes_nobody_and_ends_the_ban(house: House) -> None:
    await banned(house)
    await house.desk.type("bind demo")
    await house.told()
    house.desk.door = replace(house.desk.door, admins=(BEN,))
    for _ in range(3):
        house.join("Bob")
        await house.settle()
    assert await house.people() == ["Ana", "Bob", "Bob", "Bob"]
    refused, lapsed, elsewhere = await house.told()
    assert (refused.channel, refused.audience) == (GENERAL, "only_user")
    assert "needs the role *moderator*" in refused.text
    assert (lapsed.channel, lapsed.audience) == (GENERAL, "channel")
    assert f"the ban that <@{ANA}> made of *Bob*" in lapsed.text
    assert (elsewhere.channel, elsewhere.text) == (MODERATION, lapsed.text)
    assert await house.holding() == ()
    (ban,) = await of_all(house)
    await house.desk.type(f"unban --id #{ban.id}", user=BEN)
    assert "whoever made it may not any more" in (await house.told())[0].text


async def of_all(house: House) -> tuple[Ban, ...]:
    ref = (await house.actions())[0][0].ref
    async with house.desk.store.read() as tx:
        return await bans.of_ref(tx, ref)


async def test_all_whom_the_form_has_named_are_banned_and_can_be_lifted_together(
    house: House,
) -> None:
    for name in ("Spam 1", "Spam 2"):
        house.join(name)
    house.join()
    desk = house.desk
    shown = await form(desk, "kick demo --match * --ban 1h")
    assert "under one of these names is removed until" in shown.text
    nameless = next(c for c in await desk.connections() if not c.client_data).connection_id
    assert f"there is no ban against *{nameless}*" in shown.text
    shown = await form(desk, "kick demo --match spam* --ban 1h")
    await submit(desk, "kick --session demo --match spam* --ban 1h", after=shown)
    (told,) = await house.told()
    assert f"<@{ANA}> banned two people until" in told.text
    assert told.text.endswith("Reason: none given.")
    await house.settle()
    house.join("SPAM 2")
    house.join("Spam 3")
    await house.settle()
    assert await house.people() == ["", "Ana", "Spam 3"]
    await house.told()
    (lift,) = buttons(told.reply)
    assert lift.label == "Lift these 2 bans"
    await desk.type(lift.command)
    assert "lifted the bans of *Spam 1*, *Spam 2* from" in (await house.told())[0].text
    assert await house.holding() == ()


async def test_where_nothing_would_tell_who_it_is_nobody_is_removed(house: House) -> None:
    nameless = house.join("\u200b")
    await house.desk.openvidu.add_camera("demo", "rtsp://cam.test/1")
    camera = next(c.connection_id for c in await house.desk.connections() if c.is_ip_camera)
    for whom, said in ((nameless, "gave no name"), (camera, "is an IP camera")):
        await house.desk.type(f"kick --session demo {whom} --ban 1h")
        (told,) = await house.told()
        assert said in told.text
        assert "Leave --ban out." in told.text
    assert len(await house.people()) == 3


async def test_who_left_in_between_is_banned_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = house.join("Bob")
    real = type(house.desk.openvidu).disconnect

    async def late(*args: str) -> None:
        house.desk.simulator.leave("demo", bob)
        await real(*args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(house.desk.openvidu), "disconnect", late)
        await house.desk.type("kick --session demo Bob --ban 1h")
    (told,) = await house.told()
    assert f"<@{ANA}> found *Bob* gone from session `demo` already and banned them" in told.text
    assert (await house.desk.audited())[-1].outcome is Outcome.DONE
    assert len(await house.holding()) == 1


async def test_a_removal_that_failed_bans_nobody(house: House) -> None:
    house.join("Bob")
    await fault(house.desk, "disconnect", "html", status=403)
    await house.desk.type("kick --session demo Bob --ban 1h")
    assert (await house.desk.audited())[-1].outcome is Outcome.FAILED
    assert await house.holding() == ()


async def test_a_lost_answer_bans_who_is_gone(house: House) -> None:
    house.join("Bob")
    await fault(house.desk, "disconnect", "status-after", status=504)
    await house.desk.type("kick --session demo Bob --ban 1h")
    assert "and banned them" in (await house.told())[0].text
    assert len(await house.holding()) == 1


async def test_after_a_crash_it_says_that_there_is_no_ban(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = house.join("Bob")
    await killed(house.desk, monkeypatch, "disconnect", "kick --session demo Bob --ban 1h")
    house.desk.simulator.leave("demo", bob)
    assert (await started_again(house.desk)).outcome is Outcome.DONE
    assert "They were to be banned too, and were not" in (await house.told())[0].text
    assert await house.holding() == ()


async def test_killed_before_the_removal_entered_it_enters_later(house: House) -> None:
    await banned(house)
    house.join("Bob")
    await house.webhooks()
    dying = Later(house.desk.door, TEAM)
    dying._work.start = lambda work: work.close()  # type: ignore[method-assign]
    await dying.step()
    assert (await started_again(house.desk)).outcome is Outcome.FAILED
    await house.told()
    await house.enter()
    assert await house.people() == ["Ana"]
    assert "*Bob* joined session `demo` and was removed" in (await house.told())[0].text


async def test_passing_trouble_puts_a_removal_off_for_seconds_and_is_told_once(
    house: House,
) -> None:
    await banned(house)
    await fault(house.desk, "disconnect", "html", status=403, times=99)
    joined = house.join("Bob")
    await house.settle()
    assert await house.people() == ["Ana", "Bob"]
    assert await house.told() == [], "what is over in a moment is no news"
    waits = await put_off(house, joined)
    assert waits <= 1
    for _ in range(8):
        house.time.advance(await put_off(house, joined))
        await house.sweeper.sweep()
        await house.settle()
    (told,) = await house.told()
    assert (told.audience, told.channel) == ("only_user", GENERAL)
    assert "ovbot could not remove *Bob* from session `demo` (banned until <!date^" in told.text
    assert "and keeps trying" in told.text
    house.desk.simulator.faults.clear()
    house.time.advance(await put_off(house, joined))
    await house.enter()
    assert await house.people() == ["Ana"]
    (done,) = await house.told()
    assert "*Bob* joined session `demo` and was removed" in done.text
    assert "It took 2 min 1 s until OpenVidu did it." in done.text
    assert [ban.removals for ban in await house.holding()] == [1]
    endings = [each[-1].outcome for each in await house.actions()][1:]
    assert endings == [Outcome.FAILED] * 9 + [Outcome.DONE], "each try is audited"


async def put_off(house: House, connection: str) -> float:
    """Seconds until the removal is tried again."""
    async with house.desk.store.read() as tx:
        plan = await later.newest(tx, TEAM, "default", "ban", connection)
    assert plan is not None
    assert plan.state is State.WAITING
    return (plan.due_at - house.time.now_ms()) / 1000


@pytest.mark.parametrize("reading", ["getSession", "disconnect"])
@pytest.mark.parametrize("status", [500, 502, 503, 504, 403, 429])
async def test_whatever_fails_first_they_are_removed_in_the_end(
    house: House, reading: str, status: int
) -> None:
    await banned(house)
    await fault(house.desk, reading, "status", status=status, times=4)
    joined = house.join("Bob")
    await house.settle()
    while house.present() != ["Ana"]:
        house.time.advance(await put_off(house, joined))
        await house.enter()
    assert house.time.now_ms() - START < 60_000


async def test_who_is_lifted_while_the_removal_is_put_off_stays(house: House) -> None:
    await banned(house)
    await fault(house.desk, "disconnect", "status", status=503, times=2)
    joined = house.join("Bob")
    await house.settle()
    await house.desk.type("unban --session demo Bob")
    house.time.advance(await put_off(house, joined))
    await house.enter()
    assert await house.people() == ["Ana", "Bob"]
    async with house.desk.store.read() as tx:
        plan = await later.newest(tx, TEAM, "default", "ban", joined)
    assert plan is not None
    assert plan.state is State.ENTERED, "and is not tried any more"


async def test_who_came_while_ovbot_was_away_is_removed_however_late_it_is(house: House) -> None:
    await banned(house)
    house.join("Bob")
    await house.webhooks()
    house.time.advance(1800)
    await house.enter()
    assert await house.people() == ["Ana"]
    (told,) = await house.told()
    assert "It took 30 min until OpenVidu did it." in told.text


async def test_where_the_listing_fails_who_is_banned_is_looked_for_all_the_same(
    house: House,
) -> None:
    await banned(house)
    house.join("Ben", session="exam")
    await house.desk.type("kick --session exam Ben --ban 1h")
    house.join("Ben", session="exam")
    house.join("Bob")
    await house.told()
    await fault(house.desk, "listSessions", "status", status=500, times=99)
    await fault(house.desk, "getSession", "status", status=500, times=3)
    for _ in range(3):
        await house.sweeper.sweep()
    await house.enter()
    assert house.present() == ["Ana"]
    assert house.present("exam") == []


async def test_nobody_carries_out_the_ban_of_another(house: House) -> None:
    await banned(house)
    (ban,) = await house.holding()
    house.desk.door = replace(house.desk.door, admins=(ANA, BEN))
    ana = (await house.desk.connections())[0].connection_id
    await house.desk.type(f"kick --session demo --by-ban {ban.id} {ana}", user=BEN)
    assert "There is no such ban of yours" in (await house.told())[0].text
    await house.desk.type(f"kick --session demo --by-ban {ban.id} {ana}")
    assert "is not banned from session demo any more" in (await house.told())[0].text
    assert await house.people() == ["Ana"]


async def test_a_newer_ban_replaces_the_older(house: House) -> None:
    first = await banned(house)
    await house.desk.type(buttons(first.reply)[0].command)
    house.join("Bob")
    await house.desk.type("kick --session demo Bob --ban 1h")
    house.join("Bob")  # before the join is dealt with, somebody bans him once more
    await house.desk.type("kick --session demo Bob --ban perm")
    (ban,) = await house.holding()
    assert ban.until is None


async def test_show_and_the_card_tell_who_is_banned(house: House) -> None:
    await banned(house)
    house.join("Bob")
    await house.settle()
    panel = await house.desk.type("show demo")
    assert "Banned: *Bob* until <!date^" in words(panel)
    assert f"(by name), by <@{ANA}>, removed one time" in words(panel)
    lift = next(b for b in buttons(panel) if b.label == "Lift ban of Bob")
    assert await house.desk.type(lift.command, source=Source.BUTTON, panel="show demo") is not None
    assert "Banned" not in words(await house.desk.type("show demo"))


async def test_a_panel_shows_five_bans_and_counts_the_rest(house: House) -> None:
    for number in range(7):
        house.join(f"Bob {number}" + "<!here>" * 9)
        await house.desk.type(f'kick --session demo "Bob {number}" --ban 1h')
    panel = await house.desk.type("show demo")
    assert "… and 2 more banned" in words(panel)
    assert len([b for b in buttons(panel) if b.label.startswith("Lift ban of Bob")]) == 5
    await house.desk.type("bind demo")
    assert "Banned" not in words(await house.desk.type("show", user=BEN))


async def test_who_may_not_can_neither_ban_nor_lift(house: House) -> None:
    await banned(house)
    await house.desk.type("bind demo")
    await house.told()
    for text in ("kick Ana --ban 1h", "unban Bob", "unban --session demo Bob"):
        reply = await house.desk.type(text, user=BEN)
        assert "needs the role *moderator*" in words(reply)
        assert (await house.desk.audited())[-1].outcome is Outcome.DENIED
    assert len(await house.holding()) == 1


@pytest.mark.parametrize(
    ("length", "said"),
    [("0s", "a minute or more"), ("soon", "perm or a duration"), ("20w9999d", "ten years")],
)
async def test_a_length_that_cannot_be(house: House, length: str, said: str) -> None:
    house.join("Bob")
    reply = await house.desk.type(f"kick --session demo Bob --ban {length}")
    assert said in words(reply)
    assert await house.people() == ["Ana", "Bob"]


async def test_what_was_planned_is_removed_with_the_plans(house: House) -> None:
    await banned(house)
    bob = house.join("Bob")
    await house.settle()
    async with house.desk.store.read() as tx:
        plan = await later.newest(tx, TEAM, "default", "ban", bob)
    assert plan is not None
    assert plan.state is State.ENTERED
    assert (plan.actor, plan.channel, plan.session) == (ANA, GENERAL, "demo")
    assert MODERATION not in plan.command
    assert Phase.INTENT in {entry.phase for entry in (await house.actions())[-1]}


async def test_a_long_reason_and_a_hostile_one_do_not_keep_it_from_being_carried_out(
    house: House,
) -> None:
    for number, reason in enumerate(("x" * 2_900, "-- --dry-run <!here> \u202e \"'“ !")):
        house.join(f"Bob {number}")
        await house.desk.type(f'kick --session demo "Bob {number}" --ban 1h -- {reason}')
        house.join(f"Bob {number}")
        await house.settle()
        assert await house.people() == ["Ana"]


async def test_explain_tells_of_the_message_that_stands_for_several(house: House) -> None:
    await banned(house)
    for _ in range(2):
        house.join("Bob")
        await house.settle()
    for entries in (await house.actions())[-2:]:
        story = words(await house.desk.type(f"explain {entries[0].ref}"))
        assert "It had been planned by" in story
        assert "There is no message" not in story
    first = (await house.actions())[0][0].ref
    assert words(await house.desk.type(f"explain {first}")).count("It planned to remove *Bob*") == 2


async def test_a_ban_that_ran_out_is_offered_to_be_lifted_no_more(house: House) -> None:
    told = await banned(house)
    house.join("Bob")
    await house.settle()  # and removed once more, which offers the same
    again = (await house.told())[-1]
    for one in (told, again):
        assert "Lift ban of Bob" in [b.label for b in buttons(one.reply)]
    ends = house.time.now_ms() + HOUR * 1000
    house.time.advance(HOUR + 60)
    await house.enter()
    for one, beginning in ((told, told.text[:60]), (again, again.text[:50])):
        now = await house.desk.now_says(beginning)
        assert "Lift ban of Bob" not in [b.label for b in buttons(now)]
        assert "The ban ended <!date^" in words(now)
        assert one.text in words(now), "what was told stays"
    assert abs(int(words(now).split("The ban ended <!date^")[1].split("^")[0]) - ends // 1000) < 10
    # Once: nothing is taken back twice, also by another process that begins.
    waiting = len(await house.desk._waiting())
    await house.enter()
    assert len(await house.desk._waiting()) == waiting


async def test_a_ban_for_good_does_not_run_out(house: House) -> None:
    told = await banned(house, "kick --session demo Bob --ban perm")
    house.time.advance(400 * 24 * HOUR)
    await house.enter()
    now = await house.desk.now_says(told.text[:60])
    assert "Lift ban of Bob" in [b.label for b in buttons(now)]
