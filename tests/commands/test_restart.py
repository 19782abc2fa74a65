"""restart: only the documented settings, no secret told or kept, and the sessions named."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.commands import restart
from ovbot.domain.actor import Role
from ovbot.domain.audit import Outcome
from ovbot.engine.forms import command_text
from ovbot.engine.invocation import Source
from ovbot.engine.registry import Registry
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import parse
from ovbot.openvidu.restart import FIELDS
from tests.commands.cluster import answered, cluster, consequences, crashed, fault, give, submit
from tests.desk import BEN, GENERAL, Desk, buttons, open_desk, words

HEADERS = '"OPENVIDU_WEBHOOK_HEADERS=Authorization: Basic aHVudGVyMg==,X-Other: hunter2"'


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(restart, "_LOOK_PAUSE", 0.02)
    async with cluster(
        tmp_path,
        webhook="http://me:hunter2@ovbot.test/webhooks",
        webhook_headers=("Authorization: old-hunter2",),
        webhook_events=("sessionCreated",),
        restart_seconds=0.0,
    ) as opened:
        yield opened


async def everything(desk: Desk) -> str:
    """All that is kept or told of the newest action."""
    kept = " ".join(repr(entry) for entry in await desk.audited())
    return kept + " ".join(words(one.reply) for one in await desk.told())


@pytest.mark.parametrize(
    ("event", "since"),
    [
        ("signalSent", "2.17"),
        ("nodeCrashed", "2.17"),
        ("nodeRecovered", "2.22"),
        ("broadcastStarted", "2.26"),
        ("HANodeDeregistered", "2.28"),
    ],
)
async def test_events_that_the_server_cannot_send_are_told_before_anything_is_asked(
    desk: Desk, event: str, since: str
) -> None:
    desk.simulator.app.requests.clear()
    events = f"OPENVIDU_WEBHOOK_EVENTS=sessionCreated,{event}"
    sentence = (
        f"To tell a webhook of {event} takes OpenVidu {since} or later; openvidu.test is 2.15.0."
    )
    assert sentence in await consequences(desk, f"restart {events}")
    await desk.type(f"restart {events}", source=Source.FORM)
    assert sentence in (await everything(desk))
    assert "restart" not in [asked["operation"] for asked in desk.simulator.app.asked()]


async def test_a_restart_is_told_with_what_changes_and_what_drops(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("bind other nodes", channel="C03NODES")
    await desk.told()
    text = "restart OPENVIDU_CDR=true openvidu_recording_autostop_timeout=60 --reason 'night work'"
    await desk.type(text, channel=GENERAL, source=Source.FORM)
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, "C03NODES"]
    assert told[0].text == (
        ":white_check_mark: <@U01ANA> is restarting OpenVidu with other settings "
        "(`OPENVIDU_CDR`, `OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT`). One live session drops. "
        "It is away for a moment; /openvidu config --pro tells when it is back, and with what. "
        "Reason: night work"
    )
    assert await desk.openvidu.sessions() == ()
    config = (await desk.openvidu.pro_config()).properties
    assert config["OPENVIDU_CDR"] is True
    assert config["OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT"] == 60
    intent, attempt, outcome = await desk.audited()
    assert intent.arguments == {
        "settings": "OPENVIDU_CDR=true OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT=60",
        "reason": "night work",
    }
    assert attempt.target == outcome.target == "default"
    assert outcome.detail.splitlines() == [
        "OPENVIDU_CDR: false → true",
        "OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT: 120 → 60",
    ]
    assert (outcome.outcome, outcome.answer) == (Outcome.DONE, "200")


async def test_the_form_shows_the_difference_and_the_sessions(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("exam", client_data="Ben")
    said = await consequences(
        desk,
        "restart OPENVIDU_CDR=true OPENVIDU_RECORDING=true "
        "OPENVIDU_WEBHOOK_EVENTS=sessionCreated,sessionDestroyed",
    )
    assert said.splitlines()[0] == (
        ":warning: OpenVidu restarts; what is live drops: two sessions with two people "
        "(`demo`, `exam`)."
    )
    assert "• `OPENVIDU_CDR`: `false` → `true`" in said
    assert "• `OPENVIDU_RECORDING`: `true` → `true` (as it is)" in said
    events = "• `OPENVIDU_WEBHOOK_EVENTS`: `sessionCreated` → `sessionCreated, sessionDestroyed`"
    assert events in said
    assert "ovbot hears of OpenVidu by the webhook" in said
    said = await consequences(desk, "restart OPENVIDU_CDR=true")
    assert "webhook" not in said
    assert len(await desk.openvidu.sessions()) == 2


async def test_an_empty_server_has_nothing_to_drop(desk: Desk) -> None:
    assert "no session is live now" in await consequences(desk, "restart OPENVIDU_CDR=true")
    assert "No session was live." in (await submit(desk, "restart OPENVIDU_CDR=true")).text


async def test_headers_and_credentials_are_neither_told_nor_kept(desk: Desk) -> None:
    endpoint = "OPENVIDU_WEBHOOK_ENDPOINT=https://you:hunter2@ovbot.test/hook?key=hunter2"
    form = await consequences(desk, f"restart {HEADERS} {endpoint}")
    assert "`Authorization: ***` → `Authorization: ***, X-Other: ***`" in form
    assert "`http://***@ovbot.test/webhooks` → `https://***@ovbot.test/hook?key=***`" in form
    assert "hunter2" not in form
    assert "aHVudGVyMg" not in form
    await desk.type(f"restart {HEADERS} {endpoint}", source=Source.FORM)
    kept = await everything(desk)
    assert "OPENVIDU_WEBHOOK_HEADERS=Authorization: ***, X-Other: ***" in kept
    assert "hunter2" not in kept
    assert "aHVudGVyMg" not in kept
    assert desk.simulator.world.settings.webhook_headers == [
        "Authorization: Basic aHVudGVyMg==",
        "X-Other: hunter2",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("OPENVIDU_SECRET=hunter2", "OPENVIDU_SECRET is not changed from here"),
        ("openvidu_secret=hunter2 OPENVIDU_CDR=true", "a chat keeps what it hears"),
        ("OPENVIDU_SECRETS=hunter2", "OPENVIDU_SECRETS is not a property"),
        ("HTTPS_PORT=hunter2", "names of the settings that can be changed begin with OPENVIDUˍ"),
        ("OPENVIDU_CDR=hunter2", "OPENVIDU_CDR must be true or false."),
        ("OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT=hunter2", "must be a number."),
        ("OPENVIDU_CDR=true OPENVIDU_CDR=hunter2", "OPENVIDU_CDR is given twice."),
        ("OPENVIDU_WEBHOOK_HEADERS=hunter2", "A webhook header is Name: value"),
        ("OPENVIDU_WEBHOOK_HEADERS=Authorization: Basic hunter2", "A setting is KEY=VALUE"),
        ("OPENVIDU_WEBHOOK_HEADERS=X: hunter2==", "begin with OPENVIDUˍ"),
        ("OPENVIDU_SECRET hunter2", "A setting is KEY=VALUE"),
        ('"OPENVIDU_RECORDING_PATH=/x hunter2"', "cannot hold spaces or line breaks."),
        ('"OPENVIDU_WEBHOOK_HEADERS=A: b\nOPENVIDU_SECRET: hunter2"', "cannot hold spaces or line"),
        ("--OPENVIDU_SECRET=hunter2", "There is no option"),
    ],
)
async def test_what_is_no_setting_is_refused_without_its_value(
    desk: Desk, text: str, said: str
) -> None:
    reply = words(await desk.type(f"restart {text}", source=Source.FORM))
    assert "Not understood" in reply
    assert said in reply
    assert "hunter2" not in reply
    assert await desk.told() == []
    assert [each.path for each in desk.simulator.app.requests if each.method == "POST"] == []


async def test_nothing_named_is_asked_for(desk: Desk) -> None:
    assert "The settings are missing: KEY=VALUE" in words(
        await desk.type("restart", source=Source.FORM)
    )


def test_every_documented_setting_can_be_written_and_reads_back() -> None:
    texts = {bool: "true", int: "5", float: "5", str: "/opt/x", list: "a,b"}
    settings = []
    for key, field in FIELDS.items():
        kind = next(k for k in texts if k.__name__ in str(field.type))
        settings.append(f"{key}={'A: b c,D: e' if 'HEADERS' in key else texts[kind]}")
    assert len(settings) == 27
    args = restart.RestartArgs(settings=tuple(settings), reason="all of it")
    text = format_command("restart", args)
    assert parse(restart.RestartArgs, tokenize(text)[1:]) == args


def test_a_form_hands_over_several_settings_in_one_text() -> None:
    command = Registry.scan("ovbot.commands")["restart"]
    filled = "OPENVIDU_WEBHOOK_HEADERS=A: b c  OPENVIDU_CDR=true openvidu_recording=false"
    args = parse(restart.RestartArgs, tokenize(command_text(command, {"settings": (filled,)}))[1:])
    assert args.settings == (
        "OPENVIDU_WEBHOOK_HEADERS=A: b c",
        "OPENVIDU_CDR=true",
        "openvidu_recording=false",
    )


async def test_a_refused_property_is_told_in_openvidus_words(desk: Desk) -> None:
    desk.simulator.join("demo")
    told = await submit(desk, "restart OPENVIDU_RECORDING_NOTIFICATION=everybody")
    assert told.audience == "only_user"
    assert (
        "*Not done.* OpenVidu refused `OPENVIDU_RECORDING_NOTIFICATION`, so it was not restarted"
        in told.text
    )
    assert "OpenVidu says: “Property OPENVIDU_RECORDING_NOTIFICATION must be one of" in told.text
    assert await answered(desk) == (Outcome.REFUSED, "400 restart.bad_property")
    assert len(await desk.openvidu.sessions()) == 1


async def test_openvidus_words_of_a_header_are_kept_back(desk: Desk) -> None:
    body = '{"message": "Header Authorization: Basic aHVudGVyMg== is wrong"}'
    await fault(desk, "restart", "status", status=400, body=body)
    told = await submit(desk, f"restart {HEADERS}")
    assert "OpenVidu refused `OPENVIDU_WEBHOOK_HEADERS`" in told.text
    assert "OpenVidu says" not in told.text


async def test_only_admins_may(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, Role.OPERATOR)
    reply = await desk.type(f"restart {HEADERS}", user=BEN, source=Source.FORM)
    assert "needs the role *admin*, and yours here is *operator*" in words(reply)
    (denial,) = await desk.audited()
    assert denial.outcome is Outcome.DENIED
    assert "hunter2" not in repr(denial)


async def test_it_is_only_carried_out_from_a_form(desk: Desk) -> None:
    await desk.type("restart OPENVIDU_CDR=true")
    await desk.type("restart OPENVIDU_CDR=true", source=Source.BUTTON)
    assert (await desk.openvidu.pro_config()).properties["OPENVIDU_CDR"] is False


async def test_community_is_told_in_words(tmp_path: Path) -> None:
    async with open_desk(tmp_path) as desk:
        told = await submit(desk, "restart OPENVIDU_CDR=true")
        assert "This server is the Community edition, which cannot be restarted from here" in (
            told.text
        )


async def test_a_restart_whose_answer_is_lost_is_looked_up(desk: Desk) -> None:
    await fault(desk, "restart", "status-after", status=504)
    told = await submit(desk, "restart OPENVIDU_CDR=true OPENVIDU_RECORDING_PATH=/opt/other")
    assert "runs with the other settings (`OPENVIDU_CDR`, `OPENVIDU_RECORDING_PATH`)." in told.text
    assert "Live sessions drop." in told.text
    assert await answered(desk) == (Outcome.DONE, "looked: changed")
    await fault(desk, "restart", "status", status=504)
    told = await submit(desk, "restart OPENVIDU_CDR=false")
    assert "*Failed.* OpenVidu was not restarted: it runs with `OPENVIDU_CDR` as before." in (
        told.text
    )
    assert await answered(desk) == (Outcome.FAILED, "looked: as before")


async def test_what_settings_cannot_tell_is_not_known(desk: Desk) -> None:
    await fault(desk, "restart", "status-after", status=504)
    text = 'restart OPENVIDU_RECORDING=true "OPENVIDU_WEBHOOK_HEADERS=Authorization: new"'
    told = await submit(desk, text)
    assert "*Not known yet.*" in told.text
    assert "it cannot be told whether it was restarted" in told.text
    assert await answered(desk) == (Outcome.UNKNOWN, "looked: cannot tell")
    assert (await desk.audited())[-1].detail.splitlines() == [
        "OPENVIDU_RECORDING: true (as it is)",
        "OPENVIDU_WEBHOOK_HEADERS: Authorization: *** (not shown)",
    ]


async def test_a_server_that_is_away_for_a_while_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "_LOOK_PAUSE", 0.5)
    async with cluster(tmp_path, restart_seconds=1.0) as desk:
        await fault(desk, "restart", "drop-after")
        told = await submit(desk, "restart OPENVIDU_CDR=true")
        assert "OpenVidu runs with the other settings (`OPENVIDU_CDR`)." in told.text
        assert await answered(desk) == (Outcome.DONE, "looked: changed")


async def test_a_server_that_stays_away_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restart, "_LOOK_PAUSE", 0.01)
    async with cluster(tmp_path, restart_seconds=600) as desk:
        await fault(desk, "restart", "drop-after")
        told = await submit(desk, "restart OPENVIDU_CDR=true")
        assert "*Not known yet.*" in told.text
        assert (await answered(desk))[0] is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("detail", "outcome"),
    [
        ("OPENVIDU_CDR: true → false", Outcome.DONE),
        ("OPENVIDU_CDR: false → true", Outcome.FAILED),
        ("OPENVIDU_CDR: false (as it is)", Outcome.UNKNOWN),
        ("OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_NODES: not shown → 4", Outcome.UNKNOWN),
        ("OPENVIDU_RECORDING_PATH: /a → /opt/openvidu/recordings", Outcome.DONE),
    ],
)
async def test_a_crash_is_looked_at_by_the_audit_alone(
    desk: Desk, detail: str, outcome: Outcome
) -> None:
    text = f"restart OPENVIDU_CDR=false {HEADERS}"
    entry = await crashed(desk, text, target="default", detail=detail)
    assert entry.outcome is outcome
    told = await desk.told_one()
    assert "hunter2" not in words(told.reply) + repr(entry)
    assert buttons(told.reply) == []
