"""config and status: what the server is and how ovbot is, asked now and without secrets."""

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from time import time
from typing import Any

import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.notice import Notice
from ovbot.engine.invocation import Invocation, Source
from ovbot.engine.webhooks import Webhooks
from ovbot.openvidu import ServerConfig
from ovbot.openvidu.certificates import DAY_MS, Certificate
from ovbot.openvidu.secret import Secret
from ovbot.store import events, outbox
from ovbot.store.database import Database
from ovbot.store.deliveries import Status, Step
from ovbot.store.events import Arrival
from ovbot.store.failures import StoreError
from ovbot.subjects.overview import overview
from tests.commands.steps import Killed, fault
from tests.desk import BEN, SECRET, TEAM, Desk, buttons, open_desk, words


async def test_config_shows_every_property_masked(tmp_path: Path) -> None:
    webhook = "https://hooks.test/in"
    headers = ("Authorization: Bearer s3cret", "X-Key: other")
    async with open_desk(tmp_path, webhook=webhook, webhook_headers=headers) as desk:
        said = words(await desk.type("config"))
        assert "OpenVidu `default` is Community 2.15.0." in said
        assert "`VERSION` `2.15.0`" in said
        assert "`OPENVIDU_RECORDING` `true`" in said
        assert "`Authorization: ***`, `X-Key: ***`" in said
        for event in ("sessionCreated", "participantLeft", "recordingStatusChanged"):
            assert f"`{event}`" in said, "each of a list is whole"
        assert "Webhook: on; ten events to `https://hooks.test/in`, with two headers" in said
        assert "Recording: on; files behind the secret; stops 2 min after the last stream" in said
        for secret in ("s3cret", "other", SECRET):
            assert secret not in said


async def test_config_of_a_server_with_everything_off(tmp_path: Path) -> None:
    async with open_desk(tmp_path, recording=False) as desk:
        said = words(await desk.type("config"))
        assert "Recording: off" in said
        assert "Webhook: off" in said
    async with open_desk(tmp_path, public_access=True) as desk:
        assert "files open to everybody" in words(await desk.type("config"))


@pytest.mark.parametrize("profile", ["seed", "2.32"])
async def test_config_pro(tmp_path: Path, profile: str) -> None:
    async with open_desk(tmp_path, profile=profile, edition="pro") as desk:
        reply = await desk.type("config --pro")
        said = words(reply)
        assert "is Pro 2." in said
        assert "`OPENVIDU_PRO_CLUSTER_ENVIRONMENT` `docker`" in said
        assert SECRET not in said
        (again,) = buttons(reply)
        assert again.command == "config --pro"
        assert "is Pro 2." in words(await desk.type(again.command))


async def test_config_pro_of_a_community_server_is_told(desk: Desk) -> None:
    said = words(await desk.type("config --pro"))
    assert "To read the Pro configuration takes OpenVidu Pro" in said
    assert "Couldn't do that" in said


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_config_in_trouble_is_told_in_words(desk: Desk, status: int) -> None:
    await fault(desk, "getConfig", "status", status=status, times=20)
    said = words(await desk.type("config"))
    assert "Couldn't do that" in said
    assert "Traceback" not in said
    assert SECRET not in said


async def test_config_is_inert(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = type(desk.openvidu).config

    async def hostile(client: object) -> ServerConfig:
        found: ServerConfig = await real(client)  # type: ignore[arg-type]
        found.properties["<!channel>"] = "*x* `y` <https://evil|click>"
        found.properties["LONG"] = "x" * 10_000
        return found

    monkeypatch.setattr(type(desk.openvidu), "config", hostile)
    said = words(await desk.type("config"))
    assert "<!channel>" not in said
    assert "<https" not in said
    assert len(said) < 6000


HOOKED: dict[str, Any] = {
    "webhook": "https://ovbot.test/webhooks/openvidu",
    "webhook_headers": ("Authorization: Bearer s3cret",),
}


async def expecting(desk: Desk, *, arrived: bool = True) -> None:
    """ovbot expects webhooks, one of which has arrived."""
    desk.given(webhooks=Webhooks(Secret("s3cret"), "https://ovbot.test"))
    if arrived:
        async with desk.store.begin_alone() as tx:
            event = Arrival("key", "sessionCreated", "{}")
            await events.record(tx, "default", 1_700_000_000_000, [event])


async def test_status_when_all_is_well(tmp_path: Path) -> None:
    async with open_desk(tmp_path, **HOOKED) as desk:
        desk.simulator.webhooks.switch("off")
        await expecting(desk)
        await all_is_well(desk)


async def all_is_well(desk: Desk) -> None:
    await desk.type("bind demo")
    await desk.type("bind other")
    said = words(await desk.type("status"))
    assert said.startswith("ovbot is well.")
    assert ":large_green_circle: OpenVidu `default` is *reachable*: Community 2.15.0." in said
    assert "It lists no sessions." in said
    assert ":large_green_circle: OpenVidu's last webhook arrived <!date^1700000000^" in said
    assert ":large_green_circle: The database *answers*." in said
    assert "Notices that wait: 2" in said
    assert "Notices never delivered: none" in said
    assert "Actions not finished: none" in said
    assert "Bindings: two bindings" in said


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"webhook": None}, "OpenVidu sends none: OPENVIDU_WEBHOOK is not true."),
        ({"webhook": "https://ovbot.test/webhook"}, "it should be https://ovbot.test/webhooks/"),
        ({"webhook": "https://ovbot.test/"}, "does not end in /webhooks/openvidu"),
        ({"webhook": "https://ovbot.test/webhooks/openvidu/"}, "does not end in"),
        ({"webhook": "https://ovbot.test//webhooks/openvidu"}, "does not end in"),
        ({"webhook_headers": ()}, "They carry no Authorization header"),
        ({"webhook_headers": ("X-Token: s3cret",)}, "They carry no Authorization header"),
        ({"webhook_headers": ("Authorization: Basic czNjcmV0",)}, "Basic instead of Bearer"),
        ({"webhook_headers": ("Authorization: bearer s3cret",)}, "not after “Bearer”"),
        ({"webhook_headers": ("Authorization: Bearer  s3cret",)}, "and one space"),
        ({"webhook_headers": ('Authorization: "Bearer s3cret"',)}, "quotation marks"),
        ({"webhook_headers": ("Authorization: s3cret",)}, "without the word Bearer"),
        ({"webhook_headers": ("Authorization: Bearer <OVBOT_WEBHOOK_SECRET>",)}, "placeholder"),
        ({"webhook_headers": ("Authorization: Bearer s3cre7",)}, "another secret than"),
        ({"webhook_headers": ("Authorization: Digest s3cre7",)}, "something else than"),
        ({"webhook_headers": HOOKED["webhook_headers"] * 2}, "2 Authorization headers"),
        ({"webhook_events": ("recordingStatusChanged",)}, "leaves out `participantJoined`, so"),
        ({"webhook_events": ("participantJoined",)}, "posted late (`bind`, `record`)"),
    ],
)
async def test_status_tells_what_is_wrong_with_webhooks(
    tmp_path: Path, config: dict[str, Any], said: str
) -> None:
    async with open_desk(tmp_path, **HOOKED | config) as desk:
        desk.simulator.webhooks.switch("off")
        await expecting(desk)
        told = words(await desk.type("status"))
        assert told.startswith("ovbot works, but not by OpenVidu's webhooks.")
        assert said in told
        assert "s3cre" not in told
        shown = words(await desk.type("status"))
        for secret in ("czNjcmV0", "s3cret", "s3cre7"):
            assert secret not in shown


async def test_status_tells_that_nothing_has_ever_arrived_and_why(tmp_path: Path) -> None:
    async with open_desk(tmp_path, **HOOKED) as desk:
        desk.simulator.webhooks.switch("off")
        await expecting(desk, arrived=False)
        desk.door.powers.webhooks.refused.add("it carries <!here> no Authorization header")
        told = words(await desk.type("status"))
        assert told.startswith("ovbot works, but not by OpenVidu's webhooks.")
        assert "No webhook of OpenVidu has arrived yet." in told
        assert "One delivery was refused since ovbot was started, the last one <!date^" in told
        assert "<!here>" not in told


async def test_status_is_not_well_where_nothing_can_be_listed(tmp_path: Path) -> None:
    async with open_desk(tmp_path, **HOOKED) as desk:
        desk.simulator.webhooks.switch("off")
        await expecting(desk)
        await fault(desk, "listSessions", "status", status=500, times=99)
        told = words(await desk.type("status"))
        assert told.startswith("ovbot needs attention.")
        assert "but its sessions cannot be listed" in told


@pytest.mark.parametrize(
    ("seconds", "said"), [(600, "10 min ahead of ovbot's"), (-45, "behind ovbot's"), (20, "")]
)
async def test_status_tells_of_a_clock_that_is_off(desk: Desk, seconds: int, said: str) -> None:
    answered = datetime.fromtimestamp(time() + seconds, UTC)
    desk.openvidu._transport.skew.answered(format_datetime(answered, usegmt=True))
    desk.simulator.join("demo")
    told = words(await desk.type("status"))
    assert ("OpenVidu's clock is" in told) == bool(said)
    assert said in told


async def test_without_a_secret_of_its_own_ovbot_says_that_it_takes_none(desk: Desk) -> None:
    told = words(await desk.type("status"))
    assert told.startswith("ovbot works, but not by OpenVidu's webhooks.")
    assert "ovbot takes none without OVBOT_WEBHOOK_SECRET." in told


async def test_status_asks_openvidu_now(desk: Desk) -> None:
    assert "*reachable*" in words(await desk.type("status"))
    await fault(desk, "getConfig", "html", status=502, times=20)
    reply = await desk.type("status")
    said = words(reply)
    assert said.startswith("ovbot needs attention.")
    assert ":red_circle: OpenVidu `default` is *not reachable*." in said
    assert "The database *answers*" in said
    assert [button.command for button in buttons(reply)] == ["status"]


async def test_status_and_home_tell_that_slack_takes_nothing(desk: Desk) -> None:
    desk.door.powers.standing.refused("token_revoked", "Install the app again.")
    said = words(await desk.type("status"))
    assert "Slack takes no messages from it" in said
    assert "`token_revoked`" in said
    assert "Install the app again." in said
    asked = Invocation(
        actor=Actor(TEAM, BEN), channel=BEN, text="list", interaction="", source=Source.HOME
    )
    home = await overview(await desk.door.context(asked, "home"))
    assert any("Install the app again." in str(part) for part in home)
    desk.door.powers.standing.taken()
    assert "takes no messages" not in words(await desk.type("status"))


async def test_status_of_a_server_that_hangs(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovbot.commands.status.PATIENCE", 0.05)
    await fault(desk, "getConfig", "delay", seconds=5)
    assert "It did not answer within" in words(await desk.type("status"))


async def test_status_counts_what_is_lost_and_what_is_open(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.join("demo", client_data="Ana")

    async def end(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.openvidu), "disconnect", end)
        with pytest.raises(Killed):
            await desk.type("kick --session demo Ana")
    await lose_a_notice(desk)
    said = words(await desk.type("status"))
    assert said.startswith("ovbot needs attention.")
    assert "Actions not finished: 1" in said
    assert "Notices never delivered: :large_yellow_circle: 1" in said


async def lose_a_notice(desk: Desk) -> None:
    """A notice that could never be delivered."""
    reply = await desk.type("whoami")
    assert reply is not None
    async with desk.store.begin() as tx:
        await outbox.add(tx, TEAM, "default", 1, [Notice(channel="C9GONE", key="k", reply=reply)])
        claims = await outbox.claim(tx, owner="me", now=1, until=2, limit=9, each=9)
        (lost,) = [d for claim in claims for d in claim.deliveries if d.channel == "C9GONE"]
        dead = Status.DEAD
        step = Step(delivery=lost, status=dead, at=1, not_before=1, release=True)
        await outbox.finish(tx, "me", [step])


async def test_status_tells_of_a_database_that_does_not_answer(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_database: Database) -> None:
        raise StoreError("The database cannot be opened.", "Check that it runs.")

    monkeypatch.setattr(Database, "ping", away)
    said = words(await desk.type("status"))
    assert "The database *does not answer*. The database cannot be opened. Check that it runs." in (
        said
    )
    assert "Bindings" not in said


async def test_both_are_for_operators(desk: Desk) -> None:
    await desk.type("bind demo")
    for text in ("config", "config --pro", "status"):
        said = words(await desk.type(text, user=BEN))
        assert "needs the role *operator*, and yours here is *viewer*" in said


@pytest.mark.parametrize("profile", ["seed", "2.32"])
async def test_a_pro_server_is_called_so_everywhere(tmp_path: Path, profile: str) -> None:
    async with open_desk(tmp_path, profile=profile, edition="pro") as desk:
        assert "is Pro 2." in words(await desk.type("config"))
        assert "*reachable*: Pro 2." in words(await desk.type("status"))


async def test_over_http_it_is_told_where_menus_were_never_asked_for(desk: Desk) -> None:
    assert "Options Load URL" not in words(await desk.type("status"))  # over a socket they come
    url = "https://ovbot.example.com/slack/events"
    desk.given(menus_url=url)
    said = words(await desk.type("status"))
    assert "Slack has never asked what the menus in ovbot's forms could hold" in said
    assert f"`{url}`" in said
    await desk.door.menus.heard()
    assert "Options Load URL" not in words(await desk.type("status"))


async def test_status_of_a_server_that_does_not_tell_its_configuration(desk: Desk) -> None:
    await fault(desk, "getConfig", "html", status=403, times=99)
    told = words(await desk.type("status"))
    assert "is *reachable* and lists no sessions, but its configuration cannot be read." in told
    assert "keeps the bot out (403)" in told


@pytest.mark.parametrize(("days", "told"), [(12, "ends in 12 days"), (400, "")])
async def test_status_tells_of_a_certificate_that_ends(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, days: int, told: str
) -> None:
    ends_at = int(time() * 1000) + days * DAY_MS + 60_000
    shown = Certificate(sha256="ab" * 32, ends_at=ends_at, pinned=True)
    monkeypatch.setattr(type(desk.openvidu), "certificate", shown)
    said = words(await desk.type("status"))
    assert told in said
    assert ("OpenVidu's certificate" in said) is bool(told)
