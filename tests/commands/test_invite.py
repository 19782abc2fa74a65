"""invite: the token reaches the invited person, and nothing and nobody else."""

import hashlib
from pathlib import Path

import pytest

from ovbot.domain.actor import Role
from ovbot.domain.audit import Outcome
from ovbot.engine.access import Access
from ovbot.engine.ports import ChatFailure, FailureKind
from tests.commands.steps import fault, form, killed, reads_back, started_again
from tests.desk import ANA, BEN, GENERAL, MODERATION, Desk, buttons, open_desk, words


def token_of(desk: Desk, number: int = 0) -> str:
    """The token in the direct message, as a person would copy it."""
    notice = desk.direct.told[number]
    said = words(notice.reply).split("Your token:\n`")[1]
    return said.split("`")[0].replace("&amp;", "&")


async def everything_kept(desk: Desk) -> str:
    """All that was stored or told: the notices, the audit, and the database file itself."""
    told = repr(await desk.told()) + repr(await desk.audited())
    async with desk.store.read() as tx:
        path = tx.engine.url.database
    assert path is not None
    files = sorted(Path(path).parent.iterdir())
    assert any(b"invite" in file.read_bytes() for file in files)
    return told + "".join(file.read_bytes().decode("latin-1") for file in files)


async def test_only_the_invited_person_gets_the_token(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.simulator.create_session("demo")
    await desk.type("invite demo <@U02BEN|ben> --role subscriber", channel=GENERAL)
    (letter,) = desk.direct.told
    assert (letter.user, letter.channel) == (BEN, BEN)
    assert "<@U01ANA> invites you to session `demo` as *subscriber*." in letter.reply.text
    token = token_of(desk)
    assert token not in letter.reply.text
    joined = desk.simulator.join("demo", token=token)
    assert joined.connection_id
    kept = await everything_kept(desk)
    assert "invited" in kept
    for secret in ("tok_", token, "turnCredential"):
        assert secret not in kept
        assert secret not in capsys.readouterr().out


async def test_the_channel_hears_of_it_and_the_audit_holds_a_hash(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await desk.type("invite demo <@U02BEN>", channel=GENERAL)
    told = await desk.told_one()
    assert (told.channel, told.audience) == (GENERAL, "channel")
    assert told.text == (
        ":white_check_mark: <@U01ANA> invited <@U02BEN> to session `demo` as *publisher*. "
        "The token went to them alone, by direct message."
    )
    digest = hashlib.sha256(token_of(desk).encode()).hexdigest()
    intent, attempt, outcome = await desk.audited()
    assert intent.arguments == {"session": "demo", "user": "<@U02BEN>"}
    assert (attempt.target, attempt.detail) == (BEN, "publisher")
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "200")
    assert outcome.detail == f"publisher, token sha256 {digest[:12]}"


async def test_everything_that_can_be_set_reaches_openvidu(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await desk.type(
        "invite demo <@U02BEN> --role moderator --data 'Ben from sales' --no-record "
        "--max-recv 500 --min-recv 100 --max-send 600 --min-send 200 --filters A,B"
    )
    (made,) = desk.simulator.world.sessions.all()[0].tokens.values()
    assert (made.role, made.data, made.record) == ("MODERATOR", "Ben from sales", False)
    assert made.kurento_options == {
        "videoMaxRecvBandwidth": 500,
        "videoMinRecvBandwidth": 100,
        "videoMaxSendBandwidth": 600,
        "videoMinSendBandwidth": 200,
        "allowedFilters": ["A", "B"],
    }


async def test_a_newer_server_is_asked_by_its_connection_api(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.32") as desk:
        desk.simulator.create_session("demo")
        await desk.type("invite demo <@U02BEN> --no-record")
        assert "invited <@U02BEN>" in (await desk.told_one()).text
        assert desk.simulator.join("demo", token=token_of(desk)).connection_id
        asked = [f"{each['method']} {each['path']}" for each in desk.simulator.app.asked()]
        assert "POST /openvidu/api/sessions/demo/connection" in asked


async def test_an_older_server_cannot_leave_somebody_out_of_a_recording(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.15") as desk:
        desk.simulator.create_session("demo")
        await desk.type("invite demo <@U02BEN> --no-record")
        assert "takes OpenVidu 2.16 or later" in (await desk.told_one()).text
        assert desk.direct.told == []


@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.DEAD, FailureKind.WAIT])
async def test_a_token_that_cannot_be_handed_over_is_nobodys(desk: Desk, kind: FailureKind) -> None:
    desk.simulator.create_session("demo")
    desk.direct.failure = ChatFailure(kind, "cannot_dm_bot")
    await desk.type("invite demo <@U02BEN>")
    told = await desk.told_one()
    assert "A token for <@U02BEN> was made but could not be handed over" in told.text
    assert "(`cannot_dm_bot`). So nobody has it." in told.text
    assert told.audience == "only_user"
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.answer) == (Outcome.FAILED, "200, chat: cannot_dm_bot")
    assert "token sha256" in outcome.detail
    assert "tok_" not in await everything_kept(desk)


async def test_a_letter_whose_answer_was_lost_is_not_known(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    desk.direct.failure = ChatFailure(FailureKind.AMBIGUOUS, "TimeoutError")
    await desk.type("invite demo <@U02BEN>")
    assert "Slack did not say whether it arrived" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "sentence", "answer"),
    [
        (400, "OpenVidu refused the settings of the token", "400 invite.bad_request"),
        (404, "There is no session demo now, so no token was made.", "404 invite.no_session"),
    ],
)
async def test_each_refusal_has_its_sentence(
    desk: Desk, status: int, sentence: str, answer: str
) -> None:
    desk.simulator.create_session("demo")
    await fault(desk, "createToken", "status", status=status)
    await desk.type("invite demo <@U02BEN>")
    assert sentence in (await desk.told_one()).text
    assert (await desk.audited())[-1].answer == answer
    assert desk.direct.told == []


@pytest.mark.parametrize("kind", ["status", "status-after"])
async def test_a_lost_answer_leaves_the_token_to_nobody(desk: Desk, kind: str) -> None:
    desk.simulator.create_session("demo")
    await fault(desk, "createToken", kind, status=504)
    await desk.type("invite demo <@U02BEN>")
    assert "nobody has it in any case. Invite them again." in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.FAILED
    assert desk.direct.told == []


async def test_after_a_crash_it_is_not_known(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.simulator.create_session("demo")
    await killed(desk, monkeypatch, "create_token", "invite demo <@U02BEN>")
    assert (await started_again(desk)).outcome is Outcome.UNKNOWN
    told = (await desk.told_one()).text
    assert "while it invited <@U02BEN> to session `demo`" in told
    assert "invite them again" in told


def moderator(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody be a moderator, of everything."""
    monkeypatch.setattr(Access, "on", lambda _access, _session: Role.MODERATOR)
    monkeypatch.setattr(Access, "here", property(lambda _access: Role.MODERATOR))


async def test_a_moderators_token_needs_an_operator(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.create_session("demo")
    moderator(monkeypatch)
    await desk.type("invite demo <@U03CLEO> --role moderator", user=BEN)
    told = await desk.told_one()
    assert "Not allowed.* You may not use *invite --role moderator* for session `demo`" in told.text
    assert "needs the role *operator*, and yours here is *moderator*" in told.text
    assert f"Ask <@{ANA}>" in told.text
    assert (await desk.audited())[-1].outcome is Outcome.DENIED
    assert desk.direct.told == []
    await desk.type("invite demo <@U03CLEO>", user=BEN)
    assert "as *publisher*" in (await desk.told_one()).text


async def test_who_may_not_is_denied_and_audited(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await desk.type("bind demo")
    reply = await desk.type("invite <@U02BEN>", user=BEN)
    assert "needs the role *moderator*, and yours here is *viewer*" in words(reply)
    assert (await desk.audited())[-1].outcome is Outcome.DENIED
    assert desk.direct.told == []


async def test_every_button_of_it_asks(desk: Desk) -> None:
    for session in ("exam-1", "exam-2"):
        desk.simulator.create_session(session)
    await desk.type("bind exam-*")
    await desk.told()
    await desk.type("invite <@U02BEN> --role moderator", channel=MODERATION)
    offered = buttons((await desk.told_one()).reply)
    assert [button.label for button in offered] == ["Invite to exam-1", "Invite to exam-2"]
    for button in offered:
        assert button.confirm is not None
        assert "role moderator" in button.confirm.text
        assert reads_back(desk, button) == "invite"
    assert desk.direct.told == []


async def test_bandwidths_that_contradict_each_other_are_refused(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await desk.type("invite demo <@U02BEN> --min-send 900 --max-send 300")
    assert "--min-send 900 is more than --max-send 300" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.REFUSED
    await desk.type("invite demo <@U02BEN> --min-send 900 --max-send 0")
    assert (await desk.audited())[-1].outcome is Outcome.DONE


@pytest.mark.parametrize("who", ["ben", "<!channel>", "<#C01GENERAL>", "con_1", "<!subteam^S1>"])
async def test_only_a_person_can_be_invited(desk: Desk, who: str) -> None:
    desk.simulator.create_session("demo")
    said = words(await desk.type(f"invite --session demo {who}"))
    assert "Not understood" in said
    assert "<!" not in said
    assert desk.direct.told == []


async def test_an_unknown_session_makes_no_token(desk: Desk) -> None:
    await desk.type("invite nope <@U02BEN>")
    assert "There is no live session “nope”" in (await desk.told_one()).text


async def test_its_form_knows_what_is_recorded(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    fields = {field.name: field for field in (await form(desk, "invite demo ?")).fields}
    assert fields["record"].values == ("yes",)
    assert fields["role"].choices == ("subscriber", "publisher", "moderator")
    denied = {f.name: f for f in (await form(desk, "invite demo --no-record ?")).fields}
    assert denied["record"].values == ()


async def test_a_hostile_name_of_the_server_data_is_not_repeated(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await desk.type("invite demo <@U02BEN> --data '<!channel> *x*'")
    assert "<!channel>" not in (await desk.told_one()).text
    assert "<!channel>" not in words(desk.direct.told[0].reply)
