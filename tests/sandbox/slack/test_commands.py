"""Slash commands: what the bot gets, and what people see of the answer."""

import asyncio
from pathlib import Path

import pytest

from tests.sandbox.slack.conftest import Desk, Hands, actions, button, described, desk

GENERAL = "C01GENERAL"


async def test_the_bot_gets_the_platforms_fields(at: Desk) -> None:
    answer = await at.command(" list all ")
    assert answer == {"ok": True, "acknowledged": True, "status": 200, "ms": answer["ms"]}
    payload = at.bot.last.payload
    trigger_id, response_url = payload.pop("trigger_id"), payload.pop("response_url")
    assert payload == {
        "token": "sandbox",
        "team_id": "T01SANDBOX",
        "team_domain": "sandbox",
        "channel_id": GENERAL,
        "channel_name": "general",
        "user_id": "U01ANA",
        "user_name": "ana",
        "command": "/openvidu",
        "text": "list all",
        "api_app_id": "A0OVBOT",
        "is_enterprise_install": "false",
    }
    assert len(trigger_id.split(".")) == 3
    assert response_url.startswith(f"{at.workspace.base_url}/response/T01SANDBOX/")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("kick @ana now", "kick <@U01ANA|ana> now"),
        ("kick @Ana", "kick <@U01ANA|ana>"),
        ("tell @ovbot", "tell <@U0OVBOT|ovbot>"),
        ("bind #moderation", "bind <#C02MODERATION|moderation>"),
        ("(@ben)", "(<@U02BEN|ben>)"),
        ("@ana.", "<@U01ANA|ana>."),
        ("mail ana@example.org", "mail ana@example.org"),
        ("@nobody #nowhere", "@nobody #nowhere"),
        ("<@U01ANA|ana>", "<@U01ANA|ana>"),
        ("https://example.org/#general", "https://example.org/#general"),
        ("a & b < c", "a & b < c"),
    ],
)
async def test_mentions_arrive_with_their_ids(at: Desk, typed: str, sent: str) -> None:
    await at.command(typed)
    assert at.bot.last.payload["text"] == sent


async def test_mentions_stay_as_typed_unless_the_manifest_says_so(
    clock: Hands, tmp_path: Path
) -> None:
    config = described(tmp_path, "commands: [{command: /plain, should_escape: false}]")
    async for at in desk(clock, config):
        await at.act("command", channel=GENERAL, user="U01ANA", command="/plain", text="@ana")
        assert at.bot.last.payload["text"] == "@ana"
        await at.act("command", 404, channel=GENERAL, user="U01ANA", command="/openvidu")


async def test_an_answer_is_ephemeral_unless_it_says_otherwise(at: Desk) -> None:
    at.bot.replies("just text")
    await at.command()
    at.bot.replies({"text": "object", "blocks": [actions(button())]})
    await at.command()
    at.bot.replies({"text": "for all", "response_type": "in_channel"})
    await at.command()
    assert await at.texts(GENERAL, "U01ANA") == ["just text", "object", "for all"]
    assert await at.texts(GENERAL, "U02BEN") == ["for all"]


@pytest.mark.parametrize("body", [None, "", {}, {"response_type": "in_channel"}, ["x"]])
async def test_nothing_to_show_shows_nothing(at: Desk, body: object) -> None:
    at.bot.replies(body)
    await at.command()
    assert await at.texts(GENERAL, "U01ANA") == []


async def test_a_bad_answer_is_told_to_the_person(at: Desk) -> None:
    at.bot.replies({"text": "x", "blocks": [{"type": "button"}]})
    await at.command()
    [told] = await at.texts(GENERAL, "U01ANA")
    assert "invalid_blocks" in told
    assert "/blocks/0/type" in told


async def test_no_acknowledgement_in_time_is_told_to_the_person(impatient: Desk) -> None:
    never = asyncio.Event()

    async def hang(_: object) -> None:
        await never.wait()

    impatient.bot.answer = hang  # type: ignore[assignment]
    answer = await impatient.command("list")
    assert answer["acknowledged"] is False
    assert answer["status"] is None
    assert answer["reason"] == "http_timeout"
    [told] = await impatient.texts(GENERAL, "U01ANA")
    assert told == "`/openvidu` failed because the app did not respond within three seconds."
    assert await impatient.texts(GENERAL, "U02BEN") == []


async def test_an_error_status_is_told_to_the_person(at: Desk) -> None:
    at.bot.replies("oops", status=500)
    answer = await at.command()
    assert (answer["acknowledged"], answer["status"]) == (False, 500)
    assert await at.texts(GENERAL, "U01ANA") == [
        "`/openvidu` failed because the app answered with status 500."
    ]


async def test_an_unreachable_app_is_told_to_the_person(at: Desk) -> None:
    await at.act("faults", method="slash_commands", drop=True)
    answer = await at.command()
    assert answer["reason"] == "connection_failed"
    assert at.bot.received == []
    assert await at.texts(GENERAL, "U01ANA") == [
        "`/openvidu` failed because the app could not be reached."
    ]


async def test_commands_work_in_the_direct_conversation(at: Desk) -> None:
    at.bot.replies("here")
    await at.act("command", channel="U01ANA", user="U01ANA", command="/openvidu")
    assert at.bot.last.payload["channel_id"] == "D01ANA"
    assert at.bot.last.payload["channel_name"] == "directmessage"
    assert await at.texts("D01ANA", "U01ANA") == ["here"]


async def test_the_longest_text_arrives_whole(at: Desk) -> None:
    text = "é" * 10_000
    await at.command(text)
    assert at.bot.last.payload["text"] == text


async def test_commands_need_membership_and_an_open_channel(at: Desk) -> None:
    await at.act("membership", channel=GENERAL, user="U01ANA", member=False)
    body = {"channel": GENERAL, "command": "/openvidu", "text": ""}
    await at.act("command", 403, user="U01ANA", **body)
    await at.act("archive", channel=GENERAL, archived=True)
    await at.act("command", 409, user="U02BEN", **body)
