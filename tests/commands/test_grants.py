"""``grant``, ``revoke``, ``grants``, ``whoami``, ``can``: given in chat, and it counts at once."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.notice import Audience
from ovbot.domain.reply import from_json
from ovbot.engine import perform
from ovbot.engine.command import Target
from ovbot.engine.context import Context
from ovbot.engine.invocation import Invocation, Source
from ovbot.store import audit, outbox
from ovbot.store.deliveries import Status
from ovbot.subjects.granting import deadline
from tests.clocks import Hands
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk, buttons, open_desk, words

CLEO = "U03CLEO"
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def desk(tmp_path: Path, clock: Hands) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, "", clock) as opened:
        for session in ("exam-1", "exam-2", "demo"):
            for name in ("Tom", "Lina", "Max"):
                opened.simulator.join(session, client_data=name)
        yield opened


async def give(desk: Desk, text: str, user: str = ANA, channel: str = GENERAL) -> str:
    await desk.type(text, user=user, channel=channel)
    told = await desk.told()
    return words(told[0].reply)


async def kick(desk: Desk, session: str, name: str, user: str = BEN) -> Outcome | None:
    await desk.type(f"kick {session} {name}", user=user, channel=GENERAL)
    return (await desk.audited())[-1].outcome


async def test_a_grant_counts_at_once_and_for_what_it_is_for(desk: Desk) -> None:
    assert await kick(desk, "exam-1", "Tom") is Outcome.DENIED
    said = await give(desk, f"grant <@{BEN}> moderator for exam-* until 2h exam week")
    assert f"<@{ANA}> gave <@{BEN}> *moderator* for `exam-*` until <!date^" in said
    assert "Reason: exam week" in said
    assert await kick(desk, "exam-1", "Tom") is Outcome.DONE
    assert await kick(desk, "demo", "Tom") is Outcome.DENIED
    assert await kick(desk, "EXAM-1", "Lina") is Outcome.DENIED
    await desk.type("close exam-1", user=BEN, channel=GENERAL, source=Source.FORM)
    assert (await desk.audited())[-1].outcome is Outcome.DENIED


async def test_it_is_over_when_its_time_is_over(desk: Desk, clock: Hands) -> None:
    await give(desk, f"grant <@{BEN}> moderator for exam-* until 2h")
    clock.now += 2 * HOUR - 1
    assert await kick(desk, "exam-1", "Tom") is Outcome.DONE
    clock.now += 1
    assert await kick(desk, "exam-1", "Lina") is Outcome.DENIED


async def test_the_person_hears_of_it_and_may_ask_what_they_can_do(desk: Desk) -> None:
    await desk.type(f"grant <@{BEN}> operator for everything", channel=GENERAL)
    here, direct = sorted(await desk.told(), key=lambda one: one.channel)
    assert (here.channel, direct.channel) == (GENERAL, BEN)
    assert "You can also create and close sessions" in words(direct.reply)
    assert [button.command for button in buttons(direct.reply)] == ["help"]


async def test_revoking_counts_at_once_and_is_told(desk: Desk) -> None:
    await give(desk, f"grant <@{BEN}> moderator for exam-*")
    said = await give(desk, f"revoke <@{BEN}>")
    assert f"<@{ANA}> removed this from <@{BEN}>: *moderator* for `exam-*`" in said
    assert await kick(desk, "exam-1", "Tom") is Outcome.DENIED
    assert "Nothing like that was given" in await give(desk, f"revoke <@{BEN}>")


async def test_of_several_it_is_asked_which_one_ends(desk: Desk) -> None:
    await give(desk, f"grant <@{BEN}> moderator for exam-*")
    await give(desk, f"grant <@{BEN}> viewer for demo")
    await desk.type(f"revoke <@{BEN}>", channel=GENERAL)
    offered = {b.label: b for b in buttons((await desk.told())[0].reply)}
    assert set(offered) == {"Remove moderator for exam-*", "Remove viewer for demo", "Remove all 2"}
    await desk.type(offered["Remove viewer for demo"].command, source=Source.BUTTON)
    assert await kick(desk, "exam-1", "Tom") is Outcome.DONE
    await desk.told()
    await desk.type(offered["Remove viewer for demo"].command, source=Source.BUTTON)
    assert "was ended by" in words((await desk.told_one()).reply)


async def test_deny_wins_over_whatever_else_is_given(desk: Desk) -> None:
    await give(desk, f"grant <@{BEN}> operator for everything")
    await give(desk, f"grant <@{BEN}> no-access for exam-*")
    assert await kick(desk, "exam-1", "Tom") is Outcome.DENIED
    assert await kick(desk, "demo", "Tom") is Outcome.DONE
    said = words(await desk.type("show exam-1", user=BEN, channel=GENERAL))
    assert "access was taken from you there" in said
    assert "exam-1" not in words(await desk.type("list", user=BEN, channel=GENERAL))
    # Nor by the way of a binding, which makes viewers.
    await desk.type("bind exam-*", user=BEN, channel=GENERAL)
    assert (await desk.audited())[-1].outcome is Outcome.DENIED
    await give(desk, f"grant <@{BEN}> no-access for everything")
    assert await kick(desk, "demo", "Lina") is Outcome.DENIED


async def test_members_of_a_channel_have_in_it_what_it_was_given(desk: Desk) -> None:
    await give(desk, f"grant <#{MODERATION}|moderation> moderator for exam-*")
    assert await kick(desk, "exam-1", "Tom") is Outcome.DENIED  # typed in another
    await desk.type("kick exam-1 Tom", user=BEN, channel=MODERATION)
    assert (await desk.audited())[-1].outcome is Outcome.DONE


async def test_a_role_for_a_channel_is_for_what_that_is_bound_to(desk: Desk) -> None:
    await desk.type("bind exam-1", channel=GENERAL)
    await give(desk, f"grant <@{BEN}> operator for this channel")
    assert await kick(desk, "--session exam-1", "Tom") is Outcome.DONE
    assert await kick(desk, "--session exam-2", "Tom") is Outcome.DENIED
    # More cannot be had by binding more, nor the server's own things.
    for text in (
        "bind *",
        "bind exam-2",
        "node add",
        "outbox retry all",
        f"grant <@{CLEO}> viewer for here",
    ):
        source = Source.FORM
        reply = await desk.type(text, user=BEN, channel=GENERAL, source=source)
        refused = (await desk.audited())[-1].outcome in {Outcome.DENIED}
        assert refused, (text, reply and words(reply))
    await desk.type("kick exam-1 Lina", user=BEN, channel=MODERATION)
    assert (await desk.audited())[-1].outcome is Outcome.DENIED


async def test_nobody_gives_what_they_do_not_have(desk: Desk, clock: Hands) -> None:
    await give(desk, f"grant <@{BEN}> admin for exam-* until 2h")
    for text in (
        f"grant <@{CLEO}> viewer for everything",
        f"grant <@{CLEO}> viewer for demo",
        f"grant <@{CLEO}> viewer for exam*",
        f"grant <@{BEN}> admin for exam-*",
        f"grant <@{BEN}> admin for exam-* until 3h",
        f"grant <@{CLEO}> moderator for exam-1",
        f"grant <@{CLEO}> auditor for everything",
    ):
        await desk.type(text, user=BEN, channel=GENERAL)
        assert (await desk.audited())[-1].outcome is Outcome.DENIED, text
    await give(desk, f"grant <@{CLEO}> moderator for exam-1 until 1h", user=BEN)
    assert await kick(desk, "exam-1", "Tom", user=CLEO) is Outcome.DONE
    # What they did not give is not theirs to take.
    await give(desk, f"grant <@{CLEO}> viewer for demo")
    await desk.type(f"revoke <@{CLEO}> viewer", user=BEN, channel=GENERAL)
    assert (await desk.audited())[-1].outcome is Outcome.DENIED


async def test_who_is_named_in_the_setting_stays_an_admin(desk: Desk) -> None:
    said = await give(desk, f"grant <@{ANA}> no-access for everything")
    assert f"<@{ANA}> is named in OVBOT_ADMINS, so access can't be taken away" in said
    assert "named in OVBOT_ADMINS" in await give(desk, f"revoke <@{ANA}>")
    assert await kick(desk, "demo", "Tom", user=ANA) is Outcome.DONE


async def test_the_last_admin_cannot_be_removed(desk: Desk, clock: Hands) -> None:

    await give(desk, f"grant <@{BEN}> admin for everything")
    desk.door = replace(desk.door, admins=())
    for text in (
        f"revoke <@{BEN}>",
        f"grant <@{BEN}> no-access for everything",
        f"grant <@{BEN}> admin for everything until 1h",
    ):
        assert "leave nobody who can give roles" in await give(desk, text, user=BEN), text
    await give(desk, f"grant <@{CLEO}> admin for everything", user=BEN)
    assert "removed this" in await give(desk, f"revoke <@{BEN}>", user=CLEO)


async def test_an_auditor_reads_and_nothing_else(desk: Desk) -> None:
    await give(desk, f"grant <@{BEN}> auditor for everything")
    for text in ("audit", "grants", f"can <@{CLEO}> kick exam-1"):
        assert "Not allowed" not in words(await desk.type(text, user=BEN, channel=GENERAL)), text
    for text in ("list", "show exam-1", "config", "status", "kick exam-1 Tom"):
        assert "Not allowed" in words(await desk.type(text, user=BEN, channel=GENERAL)), text
    shown = await desk.type("grants", user=BEN, channel=GENERAL)
    assert not [b for b in buttons(shown) if b.label.startswith("Remove")]
    assert "auditor can't be for less" in await give(desk, f"grant <@{BEN}> auditor for exam-*")


async def test_grants_lists_who_has_what_and_who_never_used_it(desk: Desk, clock: Hands) -> None:
    await give(desk, f"grant <@{BEN}> moderator for exam-*")
    await give(desk, f"grant <@{CLEO}> moderator for exam-*")
    clock.now += MINUTE
    assert await kick(desk, "exam-1", "Tom") is Outcome.DONE
    said = words(await desk.type("grants", channel=GENERAL))
    assert "Admins by OVBOT_ADMINS" in said
    ben, cleo = (f"<@{one}>: *moderator* for `exam-*`\ngiven by <@{ANA}>" for one in (BEN, CLEO))
    assert ben in said
    assert cleo in said
    assert "last used" in said
    unused = await desk.type("grants --unused", channel=GENERAL)
    assert cleo in words(unused)
    assert ben not in words(unused)
    assert "*never used*" in words(unused)
    (remove,) = [b for b in buttons(unused) if b.label.startswith("Remove")]
    assert remove.confirm is not None
    assert "exam-*" in remove.confirm.text
    await desk.type(remove.command, source=Source.BUTTON)
    assert await kick(desk, "exam-1", "Lina", user=CLEO) is Outcome.DENIED


async def test_whoami_and_can_tell_why(desk: Desk) -> None:
    await give(desk, f"grant <@{BEN}> moderator for exam-* until 2h")
    mine = words(await desk.type("whoami", user=BEN, channel=GENERAL))
    assert "none*, because you have only *moderator* for `exam-*` until <!date^1800007200^" in mine
    assert f"given by <@{ANA}>" in mine
    yes = words(await desk.type(f"can <@{BEN}> kick exam-1", channel=GENERAL))
    assert f"*Yes.* <@{BEN}> can use *kick* for session `exam-1`: they have *moderator*" in yes
    no = words(await desk.type(f"can <@{BEN}> close exam-1", channel=GENERAL))
    assert (
        f"*No.* <@{BEN}> can't use *close* for session `exam-1`. It needs the role *operator*" in no
    )
    other = words(await desk.type(f"can <@{ANA}> close exam-1", user=BEN, channel=GENERAL))
    assert "Not allowed" in other


async def test_the_store_decides_when_it_is_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is taken away after the acknowledgement, and before anything is done, counts."""

    await give(desk, f"grant <@{BEN}> moderator for exam-*")
    asked = Invocation(
        actor=Actor(TEAM, BEN), channel=GENERAL, text="kick exam-1 Tom", interaction="1"
    )
    entered = await desk.door.enter(asked)
    assert entered.work is not None
    await give(desk, f"revoke <@{BEN}>")
    await entered.work()
    async with desk.store.read() as tx:
        (*_, ended) = await audit.of_ref(tx, entered.ref)
    assert ended.outcome is Outcome.DENIED
    assert len(await desk.connections()) == 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", 2 * HOUR),
        ("3 days", 3 * DAY),
        ("15 min", 15 * MINUTE),
        ("18:00", 10 * HOUR),
        ("07:30", 23 * HOUR + 30 * MINUTE),
        ("today", 15 * HOUR + 59 * MINUTE),
        ("tomorrow", DAY + 15 * HOUR + 59 * MINUTE),
        ("Friday", 15 * HOUR + 59 * MINUTE),
        ("fri 18:00", 10 * HOUR),
        ("sunday", 2 * DAY + 15 * HOUR + 59 * MINUTE),
        ("2027-01-18", 3 * DAY + 15 * HOUR + 59 * MINUTE),
    ],
)
def test_until_is_read_as_people_say_it(text: str, expected: int) -> None:
    friday = 1_800_000_000_000 // DAY * DAY + 8 * HOUR  # 2027-01-15 08:00 UTC, a Friday
    assert deadline(text, friday) - friday == expected


@pytest.mark.parametrize("text", ["", "soon", "25:00", "f", "2026-13-01", "99999999999d", "-1h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        deadline(text, 0)


async def test_over_what_has_to_be_said(desk: Desk) -> None:

    asked = Invocation(
        actor=Actor(TEAM, ANA), channel=GENERAL, text=f"grant <@{BEN}> moderator", interaction="1"
    )
    entered = await desk.door.enter(asked)
    assert entered.form is not None
    assert [f.label for f in entered.form.fields if f.required and not f.values] == ["Over"]


GROUP = "<!subteam^S01TEACHERS|@teachers>"


async def test_a_user_group_has_what_it_was_given_while_slack_tells_who_is_in_it(
    desk: Desk,
) -> None:
    said = await give(desk, f"grant {GROUP} moderator for exam-*")
    assert "gave `S01TEACHERS` *moderator* for `exam-*`" in said
    assert await kick(desk, "exam-1", "Tom") is Outcome.DENIED
    desk.belonging.of = {"S01TEACHERS": {BEN}}
    assert await kick(desk, "exam-1", "Tom") is Outcome.DONE
    mine = words(await desk.type("whoami", user=BEN, channel=GENERAL))
    assert "to the group `S01TEACHERS`, which you're in" in mine
    desk.belonging.stale = {"S01TEACHERS"}
    refused = words(await desk.type("kick exam-1 Lina", user=BEN, channel=GENERAL))
    assert "Slack hasn't told lately who is in `S01TEACHERS`" in refused
    assert (await desk.audited())[-1].outcome is Outcome.DENIED


async def test_where_it_is_not_known_who_is_in_a_group_its_denial_counts(desk: Desk) -> None:
    await give(desk, f"grant {GROUP} no-access for exam-*")
    await give(desk, f"grant <@{BEN}> moderator for everything")
    assert await kick(desk, "exam-1", "Tom") is Outcome.DONE
    desk.belonging.stale = {"S01TEACHERS"}
    assert await kick(desk, "exam-1", "Lina") is Outcome.DENIED


@pytest.mark.parametrize("what", ["guest", "deactivated user", "bot", None])
async def test_who_is_no_full_member_has_what_is_given_by_name_alone(
    desk: Desk, what: str | None
) -> None:
    await desk.type("bind exam-1", channel=GENERAL)
    await give(desk, f"grant {GROUP} moderator for everything")
    await give(desk, f"grant <#{GENERAL}> moderator for everything")
    desk.belonging.of = {"S01TEACHERS": {BEN}, GENERAL: {BEN}}
    desk.belonging.outsiders = {BEN: what}
    await desk.type("kick --session exam-1 Tom", user=BEN, channel=GENERAL)
    assert (await desk.audited())[-1].outcome is Outcome.DENIED
    look = words(await desk.type("show exam-1", user=BEN, channel=GENERAL))
    assert ("Not allowed" in look) is (what is not None)
    await give(desk, f"grant <@{BEN}> moderator for exam-*")
    await desk.type("kick --session exam-1 Tom", user=BEN, channel=GENERAL)
    assert (await desk.audited())[-1].outcome is Outcome.DONE


async def test_members_of_a_channel_have_elsewhere_what_it_was_given(desk: Desk) -> None:
    await give(desk, f"grant <#{MODERATION}> moderator for exam-*")
    desk.belonging.of = {MODERATION: {BEN}}
    assert await kick(desk, "exam-1", "Tom") is Outcome.DONE
    await desk.type("kick exam-1 Lina", user=BEN, channel=BEN, source=Source.HOME)
    assert (await desk.audited())[-1].outcome is Outcome.DONE


async def test_who_is_refused_asks_gets_it_for_an_hour_and_loses_it(
    desk: Desk, clock: Hands
) -> None:
    """A person who has read nothing: everything is offered where it is needed."""
    await give(desk, f"grant <@{BEN}> moderator for exam-*")
    assert await kick(desk, "exam-1", "Tom") is Outcome.DONE
    await desk.told()
    refused = await desk.type("close exam-1", user=BEN, channel=GENERAL, source=Source.FORM)
    assert "needs the role *operator*" in words(refused)
    (ask,) = [b for b in buttons(refused) if b.label == "Ask for it"]
    assert ask.command == "ask operator --over exam-1 ?"
    text = ask.command.removesuffix("?") + "--until 1h the exam is over"
    await desk.type(text, user=BEN, channel=GENERAL, source=Source.FORM)
    request = await desk.told_one()
    assert request.channel == ANA
    assert (
        f"<@{BEN}> asks to be *operator* for `exam-1`, for an hour: “the exam is over”"
        in request.text
    )
    give_it, refuse = buttons(request.reply)
    # The button is worth nothing to anybody else, whoever it was copied by.
    for thief in (BEN, CLEO):
        await desk.type(give_it.command, user=thief, channel=GENERAL, source=Source.BUTTON)
        assert (await desk.audited())[-1].outcome is Outcome.DENIED
    await desk.told()
    await desk.type(give_it.command, channel=ANA, source=Source.BUTTON)
    heard = [one for one in await desk.told() if one.channel == BEN]
    assert f"<@{ANA}> gave <@{BEN}> *operator* for `exam-1` until" in heard[0].text
    await desk.type(refuse.command, channel=ANA, source=Source.BUTTON)
    assert f"given already, by <@{ANA}>" in (await desk.told_one()).text
    clock.now += HOUR - 1
    assert "*Yes.*" in words(await desk.type(f"can <@{BEN}> close exam-1", channel=GENERAL))
    clock.now += 1
    await desk.type("close exam-1", user=BEN, channel=GENERAL, source=Source.FORM)
    assert (await desk.audited())[-1].outcome is Outcome.DENIED
    assert await kick(desk, "exam-1", "Lina") is Outcome.DONE


async def test_a_request_is_refused_with_a_reason_or_too_late(desk: Desk, clock: Hands) -> None:
    async def ask() -> list[str]:
        await desk.type("ask viewer for demo until today to learn", user=BEN, channel=GENERAL)
        return [one.command for one in buttons((await desk.told_one()).reply)]

    _give, refuse = await ask()
    await desk.type(f"{refuse} not today", channel=ANA)
    heard = [one for one in await desk.told() if one.channel == BEN]
    assert "refused" in heard[0].text
    assert "Reason: not today" in heard[0].text
    late, _refuse = await ask()
    clock.now += 4 * HOUR
    await desk.type(late, channel=ANA, source=Source.BUTTON)
    assert "Nobody decided that in time" in (await desk.told_one()).text


async def test_what_nobody_could_give_is_not_offered(desk: Desk) -> None:
    desk.door = replace(desk.door, admins=())
    refused = await desk.type("show exam-1", user=BEN, channel=GENERAL)
    assert [b.label for b in buttons(refused)] == []


async def test_nobody_is_asked_on_and_on(desk: Desk) -> None:
    for _ in range(3):
        await desk.type("ask viewer for demo to learn", user=BEN, channel=GENERAL)
    assert len(await desk.told()) == 3
    await desk.type("ask viewer for demo to learn", user=BEN, channel=GENERAL)
    assert "wait to be decided" in (await desk.told_one()).text


def just_before(
    monkeypatch: pytest.MonkeyPatch, user: str, happen: Callable[[], Awaitable[object]]
) -> None:
    """Something else happens after the person's command was judged, and before it is done."""
    record, waiting = perform._record_attempt, [happen]

    async def late(intent: AuditEntry, target: Target, context: Context) -> AuditEntry:
        if context.actor.user == user and waiting:
            await waiting.pop()()
        return await record(intent, target, context)

    monkeypatch.setattr(perform, "_record_attempt", late)


async def ended(desk: Desk, user: str) -> Outcome | None:
    """How somebody's newest action ended."""
    async with desk.store.read() as tx:
        actions = await audit.latest(tx, TEAM, limit=10)
    return next(entries[-1].outcome for entries in actions if entries[0].actor == user)


async def test_of_two_who_decide_at_once_one_has_decided(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give(desk, f"grant <@{CLEO}> admin for everything")
    await desk.told()
    await desk.type("ask viewer for demo to learn", user=BEN, channel=GENERAL)
    asked = await desk.told()
    assert {one.channel for one in asked} == {ANA, CLEO}
    give_it, refuse = (one.command for one in buttons(asked[0].reply))
    just_before(monkeypatch, CLEO, lambda: desk.type(refuse, channel=ANA, source=Source.BUTTON))
    await desk.type(give_it, user=CLEO, channel=CLEO, source=Source.BUTTON)
    assert await ended(desk, CLEO) is Outcome.ALREADY
    told = {one.channel: one.text for one in await desk.told()}
    assert "refused" in told[BEN]
    assert "Somebody else has decided that just now" in told[CLEO]
    assert "Not allowed" in words(await desk.type("show demo", user=BEN, channel=GENERAL))


async def test_each_who_was_asked_reads_what_was_decided(desk: Desk) -> None:
    await give(desk, f"grant <@{CLEO}> admin for everything")
    await desk.told()
    await desk.type("ask viewer for demo to learn", user=BEN, channel=GENERAL)
    (first, _second) = await desk.told()
    await desk.type(buttons(first.reply)[0].command, channel=ANA, source=Source.BUTTON)
    async with desk.store.read() as tx:
        listed = await outbox.listed(tx, TEAM, Status.PENDING, limit=100)
    now = {
        one.delivery.channel: from_json(one.delivery.reply)
        for one in listed
        if one.delivery.audience == Audience.AMENDS.value
    }
    assert set(now) == {ANA, CLEO}
    for reply in now.values():
        assert f"<@{BEN}> asks to be *viewer* for `demo`" in words(reply)
        assert f"<@{ANA}> gave it <!date^" in words(reply)
        assert buttons(reply) == []


async def test_the_last_two_admins_cannot_remove_one_another(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in (BEN, CLEO):
        await give(desk, f"grant <@{user}> admin for everything")
    desk.door = replace(desk.door, admins=())
    just_before(
        monkeypatch,
        CLEO,
        lambda: desk.type(f"revoke <@{CLEO}>", user=BEN, channel=GENERAL),
    )
    await desk.type(f"revoke <@{BEN}>", user=CLEO, channel=GENERAL)
    assert await ended(desk, CLEO) is Outcome.REFUSED
    assert "*Yes.*" in words(await desk.type(f"can <@{BEN}> kick", user=BEN, channel=GENERAL))


async def test_what_two_remove_at_once_is_removed_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give(desk, f"grant <@{CLEO}> admin for everything")
    await give(desk, f"grant <@{BEN}> viewer for demo")
    just_before(monkeypatch, CLEO, lambda: desk.type(f"revoke <@{BEN}>", channel=GENERAL))
    await desk.type(f"revoke <@{BEN}>", user=CLEO, channel=GENERAL)
    assert await ended(desk, CLEO) is Outcome.ALREADY
