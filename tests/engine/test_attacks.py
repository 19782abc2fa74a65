"""What somebody tries who may not: another's button, an old click, a forged form, a strange id."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.reply import Reply, to_json
from ovbot.engine import perform
from ovbot.engine.context import Context
from ovbot.engine.invocation import Source
from ovbot.slack import modal, present
from ovbot.store import audit
from tests.commands.steps import form as opened
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk, buttons, open_desk, words

CLEO = "U03CLEO"
EVIL = "<!channel> *Ana* <https://evil.test|log in> <@U01ANA> &lt;!here&gt;"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        for session in ("exam-1", "demo"):
            for name in ("Tom", "Lina"):
                made.simulator.join(session, client_data=name)
        yield made


async def outcome(desk: Desk, text: str, user: str, source: Source = Source.BUTTON) -> str:
    """How it ended, as the audit has it; "" where nothing came of it."""
    before = {entries[0].ref for entries in await audited(desk)}
    await desk.type(text, user=user, channel=GENERAL, source=source)
    new = [entries for entries in await audited(desk) if entries[0].ref not in before]
    assert len(new) < 2
    return str(new[0][-1].outcome) if new else ""


async def audited(desk: Desk) -> tuple[tuple[AuditEntry, ...], ...]:
    async with desk.store.read() as tx:
        return await audit.latest(tx, TEAM, limit=200)


async def in_the_end(desk: Desk, text: str, user: str) -> Outcome | None:
    """The same where others act meanwhile."""
    await desk.type(text, user=user, channel=user, source=Source.BUTTON)
    return next(each[-1].outcome for each in await audited(desk) if each[0].actor == user)


async def id_of(desk: Desk, session: str, name: str) -> str:
    found = await desk.openvidu.session(session)
    return next(c.connection_id for c in found.connections if c.client_data == name)


async def test_a_button_means_nothing_in_another_hand(desk: Desk) -> None:
    panel = await desk.type("show exam-1", channel=MODERATION)
    acting = [b.command for b in buttons(panel) if not b.command.startswith(("show", "list"))]
    assert len(acting) > 5
    for command in acting:
        for source in (Source.BUTTON, Source.HOME):
            said = await desk.type(command, user=CLEO, channel=GENERAL, source=source)
            assert "Not allowed" in words(said), command
    assert len(await desk.connections()) == 4


async def test_a_click_played_again_does_nothing_twice_and_nothing_after_a_revocation(
    desk: Desk,
) -> None:
    await desk.type(f"grant <@{BEN}> moderator for exam-*")
    text = f"kick exam-1 {await id_of(desk, 'exam-1', 'Tom')}"

    async def click(interaction: str) -> Reply | None:
        return await desk.type(
            text, user=BEN, channel=GENERAL, source=Source.BUTTON, interaction=interaction
        )

    await click("once")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    assert "was received already" in words(await click("once"))
    await desk.type(f"revoke <@{BEN}>")
    for interaction in ("once", "again"):
        assert "Not allowed" in words(await click(interaction))


async def test_who_lost_the_role_gives_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.type(f"grant <@{CLEO}> admin for everything")
    await desk.type("ask viewer for demo to learn", user=BEN, channel=GENERAL)
    asked = [one for one in await desk.told() if one.channel == CLEO and buttons(one.reply)]
    (request,) = [one for one in asked if "asks to be" in one.text]
    give = buttons(request.reply)[0].command
    now, looks = perform._as_of_now, []

    async def lost(context: Context) -> Context:
        """It is taken away after the request was read, and before it is given."""
        looks.append(context.actor.user)
        if looks.count(CLEO) == 2 and context.actor.user == CLEO:
            await desk.type(f"revoke <@{CLEO}>")
        return await now(context)

    monkeypatch.setattr(perform, "_as_of_now", lost)
    assert await in_the_end(desk, give, CLEO) is Outcome.DENIED
    assert looks.count(CLEO) == 2
    assert await outcome(desk, give, CLEO) == "denied"
    assert "*No.*" in words(await desk.type(f"can <@{BEN}> show demo"))


async def test_nobody_gives_themselves_what_they_asked_for(desk: Desk) -> None:
    await desk.type("ask operator for demo to close it", user=BEN, channel=GENERAL)
    request = await desk.told_one()
    give = buttons(request.reply)[0].command
    assert await outcome(desk, give, BEN) == "denied"
    await desk.type(f"grant <@{BEN}> admin for demo")
    assert await outcome(desk, give, BEN) == "denied"
    told = [one.text for one in await desk.told() if one.channel == GENERAL]
    assert "You asked for that, so somebody else decides it." in told[-1]
    assert await outcome(desk, give, ANA) == "done"


async def test_a_form_touches_nobody_that_it_did_not_name(desk: Desk) -> None:
    other, tom = await id_of(desk, "demo", "Tom"), await id_of(desk, "exam-1", "Tom")
    for forged in ((other,), ("con_none",), ()):
        await desk.type("kick exam-1 --match *", source=Source.FORM, confirmed_ids=forged)
        assert len(await desk.connections()) == 4, forged
    await desk.type("kick exam-1 --match *", source=Source.FORM, confirmed_ids=(tom, other))
    assert len(await desk.connections()) == 3
    await desk.type(f"kick exam-1 {other}")
    assert other in {one.connection_id for one in await desk.connections()}


async def test_a_name_that_only_looks_like_the_glob_is_outside_of_it(desk: Desk) -> None:
    await desk.type(f"grant <@{BEN}> moderator for exam-*")
    alike = ("EXAM-1", "ex\u0430m-1", "exam\u20101", "xexam-1", "exam")
    there = [session for session in alike if session.isascii()]
    for session in there:
        desk.simulator.join(session, client_data="Tom")
    for session in alike:
        text = f'kick --session "{session}" Tom'
        assert await outcome(desk, text, BEN, Source.TYPED) in {"denied", ""}, session
    for session in there:
        assert (await desk.openvidu.session(session)).connections, session
    # Nor does a moderator make a session that fits.
    assert await outcome(desk, "create exam-9", BEN, Source.FORM) == "denied"
    # What stands in a person's name or data makes no session of theirs fit.
    desk.simulator.join("demo", client_data='exam-1 {"sessionId": "exam-1"}')
    assert await outcome(desk, "kick demo exam-1", BEN) == "denied"


@pytest.mark.parametrize(
    "trick",
    [
        "../demo",
        "exam-1/../demo",
        "exam-1%2f..%2fdemo",
        "exam-1?x=1",
        "exam-1#x",
        "exam-1\\..\\demo",
    ],
)
async def test_an_id_is_one_part_of_a_path(desk: Desk, trick: str) -> None:
    await desk.type(f"grant <@{BEN}> operator for exam-*")
    for verb in ("show", "kick", "close", "record start", "unpublish"):
        more = " Tom" if verb in {"kick", "unpublish"} else ""
        for source in (Source.TYPED, Source.BUTTON, Source.FORM):
            text = f'{verb} --session "{trick}"{more}'
            await desk.type(text, user=BEN, channel=GENERAL, source=source)
    assert len(await desk.connections()) == 4
    assert not [s.session_id for s in await desk.openvidu.sessions() if s.recording]


async def test_what_somebody_calls_themselves_is_text_in_a_form_too(desk: Desk) -> None:
    desk.simulator.join("exam-1", client_data=EVIL)
    panel = await desk.type("show exam-1")
    assert panel is not None
    shown = [json.dumps(present.message(panel).blocks)]
    for text in ("kick exam-1 --match * ?", "close exam-1 ?", "signal exam-1 hello ?"):
        form = await opened(desk, text)
        assert form is not None
        shown.append(json.dumps(modal.view(form, MODERATION)))
    await desk.type(f"ask operator for demo {EVIL}", user=BEN, channel=GENERAL)
    shown.append(to_json((await desk.told_one()).reply))
    assert sum("evil.test" in text for text in shown) >= 3
    for text in shown:
        for live in ("<!channel>", "<https://evil", "<!here>"):
            assert live not in text, text


async def test_an_attack_stands_in_the_audit(desk: Desk) -> None:
    assert await outcome(desk, "close demo", CLEO, Source.FORM) == "denied"
    denied = (await audited(desk))[0][-1]
    assert (denied.actor, denied.session) == (CLEO, "demo")
    assert denied.detail == "needs operator, has none"
