"""OVBOT_PROTECTED: nobody removes certain people, or ends their stream, without a second person."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.delivery.scheduled import Later
from ovbot.domain.audit import Outcome
from ovbot.domain.notice import Audience
from ovbot.domain.reply import Reply, from_json
from ovbot.engine import perform
from ovbot.engine.context import Context
from ovbot.engine.invocation import Source
from ovbot.openvidu.protected import protected
from ovbot.store import audit, bans, outbox
from ovbot.store.deliveries import Status
from ovbot.subjects import banning
from tests.clocks import Hands
from tests.commands.steps import fault, form
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk, buttons, open_desk, words

CLEO = "U03CLEO"
MINUTE = 60_000
DOCTOR = '{"role": "doctor"}'


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def desk(tmp_path: Path, clock: Hands) -> AsyncIterator[Desk]:
    """Two moderators, and a protected doctor among three in a session."""
    async with open_desk(tmp_path, "", clock) as made:
        made.given(protected=protected(["Prof. *", "serverData.role=doctor"]))
        made.simulator.join("demo", client_data="Weber", server_data=DOCTOR, publish="camera")
        made.simulator.join("demo", client_data="Tom", publish="camera")
        made.simulator.join("demo", client_data="Tim")
        await made.type("bind demo")
        for user in (BEN, CLEO):
            await made.type(f"grant <@{user}> moderator for demo", channel=GENERAL)
        await made.told()
        yield made


async def there(desk: Desk) -> set[str]:
    return {each.client_data for each in await desk.connections()}


async def carry_out(desk: Desk) -> None:
    """What is due is done."""
    later = Later(desk.door, TEAM)
    while await later.step() == 0:
        pass
    await later.stop(5)


async def asked(desk: Desk, text: str = "kick Weber too loud", user: str = BEN) -> list[str]:
    """Somebody asks: the commands of the request's buttons."""
    await desk.type(text, user=user)
    told = await desk.told()
    (request,) = [one for one in told if one.audience == Audience.CHANNEL.value]
    assert f"<@{user}> wants *Weber* to be" in request.text
    return [button.command for button in buttons(request.reply)]


async def press(desk: Desk, command: str, user: str) -> Outcome | None:
    """How a click ended."""
    await desk.type(command, user=user, source=Source.BUTTON)
    async with desk.store.read() as tx:
        actions = await audit.latest(tx, TEAM, limit=20)
    return next(each[-1].outcome for each in actions if each[0].actor == user)


async def request_now(desk: Desk) -> Reply:
    """What the request's message says by now."""
    async with desk.store.read() as tx:
        listed = await outbox.listed(tx, TEAM, Status.PENDING, limit=500)
    amends = [one.delivery for one in listed if one.delivery.audience == Audience.AMENDS.value]
    return from_json(amends[-1].reply)


async def test_one_asks_another_approves_and_it_is_done_at_that_moment(desk: Desk) -> None:
    yes, _no, _withdraw = await asked(desk)
    assert await there(desk) == {"Weber", "Tom", "Tim"}
    assert (await desk.audited())[-1].outcome is Outcome.REFUSED
    assert await press(desk, yes, CLEO) is Outcome.DONE
    now = await request_now(desk)
    assert f"<@{CLEO}> approved it <!date^" in words(now)
    assert buttons(now) == []
    await carry_out(desk)
    assert await there(desk) == {"Tom", "Tim"}
    (told,) = [one for one in await desk.told() if "removed" in one.text]
    assert f"<@{BEN}> removed *Weber* from session `demo`. Reason: too loud" in told.text
    assert f"Approved by <@{CLEO}>." in told.text
    done = (await desk.audited())[-1]
    assert (done.actor, done.outcome) == (BEN, Outcome.DONE)
    assert done.detail == f"Weber, approved by {CLEO}"


async def test_who_asked_does_not_approve_and_can_withdraw(desk: Desk) -> None:
    yes, _no, withdraw = await asked(desk)
    assert await press(desk, yes, BEN) is Outcome.DENIED
    assert await press(desk, withdraw, CLEO) is Outcome.DENIED
    assert await press(desk, withdraw, BEN) is Outcome.DONE
    assert f"<@{BEN}> withdrew it" in words(await request_now(desk))
    assert await press(desk, yes, CLEO) is Outcome.ALREADY
    await carry_out(desk)
    assert "Weber" in await there(desk)


async def test_it_is_refused_by_somebody_else_and_over_in_time(desk: Desk, clock: Hands) -> None:
    yes, no, _withdraw = await asked(desk)
    assert await press(desk, no, CLEO) is Outcome.DONE
    assert f"<@{CLEO}> refused it" in words(await request_now(desk))
    assert await press(desk, yes, ANA) is Outcome.ALREADY
    yes, _no, _withdraw = await asked(desk)
    clock.now += 15 * MINUTE
    assert await press(desk, yes, CLEO) is Outcome.ALREADY
    await carry_out(desk)
    assert "Weber" in await there(desk)


async def test_it_is_not_asked_twice_while_it_waits(desk: Desk) -> None:
    await asked(desk)
    await desk.type("kick Weber", user=CLEO)
    assert f"<@{BEN}> has asked for that already" in (await desk.told_one()).text


async def test_without_the_role_nobody_approves(desk: Desk) -> None:
    yes, *_more = await asked(desk)
    await desk.type(f"revoke <@{CLEO}>", channel=GENERAL)
    assert await press(desk, yes, CLEO) is Outcome.DENIED
    assert await press(desk, yes, "U04DORA") is Outcome.DENIED
    await carry_out(desk)
    assert "Weber" in await there(desk)


@pytest.mark.parametrize("loser", [BEN, CLEO])
async def test_both_need_the_role_when_it_is_done(desk: Desk, loser: str) -> None:
    yes, *_more = await asked(desk)
    assert await press(desk, yes, CLEO) is Outcome.DONE
    await desk.type(f"revoke <@{loser}>", channel=GENERAL)
    await carry_out(desk)
    assert "Weber" in await there(desk)
    told = " ".join(one.text for one in await desk.told())
    assert ("may not any more" in told) is (loser == CLEO)
    assert "Not allowed" in told


async def test_an_approval_is_for_that_person_once_and_for_who_asked(desk: Desk) -> None:
    yes, *_more = await asked(desk)
    ref = yes.split()[1]
    assert await press(desk, yes, CLEO) is Outcome.DONE
    # A typed reference is no approval, whoever types it, and whatever it is for.
    for user in (BEN, CLEO):
        for text in ("kick --session demo Weber", "unpublish --session demo Weber"):
            assert await press(desk, f"{text} --approved {ref}", user) is Outcome.DENIED, text
    assert "Weber" in await there(desk)
    await carry_out(desk)
    assert "Weber" not in await there(desk)
    # Somebody else of that name, who joined since, is asked for anew.
    desk.simulator.join("demo", client_data="Weber", server_data=DOCTOR)
    assert await press(desk, f"kick --session demo Weber --approved {ref}", BEN) is Outcome.DENIED
    assert "Weber" in await there(desk)


async def test_what_could_not_be_done_in_time_is_not_done_any_more(
    desk: Desk, clock: Hands
) -> None:
    """As where OpenVidu was away: what is planned is tried again and again."""
    yes, *_more = await asked(desk)
    assert await press(desk, yes, CLEO) is Outcome.DONE
    await fault(desk, "getSession", "status", status=503, times=3)
    await carry_out(desk)
    assert "Weber" in await there(desk)
    clock.now += 15 * MINUTE
    await carry_out(desk)
    assert "Weber" in await there(desk)


async def test_of_two_who_decide_at_once_one_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    yes, no, _withdraw = await asked(desk)
    now, looks = perform._as_of_now, []

    async def slow(context: Context) -> Context:
        looks.append(context.actor.user)
        if looks.count(CLEO) == 2 and context.actor.user == CLEO:
            await desk.type(no, user=ANA, source=Source.BUTTON)
        return await now(context)

    monkeypatch.setattr(perform, "_as_of_now", slow)
    assert await press(desk, yes, CLEO) is Outcome.ALREADY
    await carry_out(desk)
    assert "Weber" in await there(desk)


async def test_a_stream_of_theirs_ends_likewise(desk: Desk) -> None:
    yes, *_more = await asked(desk, "unpublish Weber")
    assert await press(desk, yes, CLEO) is Outcome.DONE
    await carry_out(desk)
    (weber,) = [each for each in await desk.connections() if each.client_data == "Weber"]
    assert weber.publishers == ()
    assert any(f"Approved by <@{CLEO}>" in one.text for one in await desk.told())


async def test_a_crowd_leaves_them_alone(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Prof. Tamm")
    shown = await form(desk, "kick --match * ?", user=BEN)
    assert "Protected, and left alone: *Weber*, *Prof. Tamm*" in str(shown.text)
    everybody = tuple(each.connection_id for each in await desk.connections())
    text = "kick --session demo --match *"
    await desk.type(text, user=BEN, source=Source.FORM, confirmed_ids=everybody)
    assert await there(desk) == {"Weber", "Prof. Tamm"}
    await desk.type(text, user=BEN, source=Source.FORM, confirmed_ids=everybody)
    assert await there(desk) == {"Weber", "Prof. Tamm"}
    assert "fit, and are protected" in (await desk.told())[-1].text


async def test_no_ban_removes_them(desk: Desk) -> None:
    for text in ("kick Weber --ban 1h", "kick --session demo Weber --ban perm"):
        await desk.type(text, user=BEN)
        assert "a ban doesn't remove them" in (await desk.told_one()).text
    assert await there(desk) == {"Weber", "Tom", "Tim"}
    await desk.type("kick Tom --ban 1h", user=BEN)
    desk.simulator.join("demo", client_data="Tom", server_data=DOCTOR)
    await desk.told()
    async with desk.store.begin() as tx:
        held = await bans.holding(tx, "default", now=desk.door.powers.clock.now_ms())
        (tom,) = [each for each in await desk.connections() if each.client_data == "Tom"]
        await banning.carry_out(tx, held, tom.connection_id, "Tom", 1_800_000_000_000)
    await carry_out(desk)
    assert "a ban doesn't remove them" in (await desk.told_one()).text
    assert "Tom" in await there(desk)


async def test_a_form_says_so_and_a_dry_run_asks_nobody(desk: Desk) -> None:
    shown = await form(desk, "kick Weber ?", user=BEN)
    assert "*Weber* is protected: somebody else has to approve this." in str(shown.text)
    await desk.type("kick Weber --dry-run", user=BEN)
    (told,) = await desk.told()
    assert told.audience == Audience.ONLY_USER.value
    assert "somebody else has to approve it. Nobody was asked." in told.text


async def test_where_no_channel_hears_of_it_the_admins_do(desk: Desk) -> None:
    await desk.type("unbind *", channel=MODERATION)
    await desk.told()
    await desk.type("kick --session demo Weber", user=BEN, channel=BEN, source=Source.HOME)
    request = [one for one in await desk.told() if "wants" in one.text]
    assert [one.channel for one in request] == [ANA]
    yes, *_more = (button.command for button in buttons(request[0].reply))
    await desk.type(yes, channel=ANA, source=Source.BUTTON)
    await carry_out(desk)
    assert "Weber" not in await there(desk)


@pytest.mark.parametrize(
    ("entries", "name", "server_data", "fits"),
    [
        (["Dr. *"], "dr. Weber", "", True),
        (["Dr. *"], "Weber", "", False),
        (["serverData=user-17"], "x", "user-17", True),
        (["serverData.role=doc*"], "x", '{"role": "Doctor"}', True),
        (["serverData.roles=doctor"], "x", '{"roles": ["nurse", "doctor"]}', True),
        (["serverData.a.b=1"], "x", '{"a": {"b": 1}}', True),
        (["serverData.role=doctor"], '{"role": "doctor"}', "", False),
        (["serverData.role=doctor"], "x", "doctor", False),
        (["clientData.vip=yes"], '{"clientData": "x", "vip": "yes"}', "", True),
        ([], "x", "y", False),
    ],
)
async def test_whom_the_setting_means(
    desk: Desk, entries: list[str], name: str, server_data: str, fits: bool
) -> None:
    desk.simulator.join("other", client_data=name, server_data=server_data)
    (who,) = (await desk.openvidu.session("other")).connections
    assert protected(entries).protects(who) is fits


@pytest.mark.parametrize("entry", ["role=doctor", "serverData.role=", "server=x"])
def test_what_protects_nobody_is_refused_in_words(entry: str) -> None:
    with pytest.raises(ValueError, match="protects nobody"):
        protected([entry])
