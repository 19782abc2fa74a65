"""conversations.*, users.*, bots.info and blocks.validate."""

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.slack.conftest import Desk, Hands, described, desk

GENERAL = "C01GENERAL"


async def test_a_channel_is_the_platforms_object(at: Desk) -> None:
    channel = (await at.ok("conversations.info", channel=GENERAL))["channel"]
    assert channel["name"] == "general"
    assert channel["is_member"] is True
    assert channel["is_archived"] is False
    await at.act("membership", channel=GENERAL, user="U0OVBOT", member=False)
    assert not (await at.ok("conversations.info", channel=GENERAL))["channel"]["is_member"]


async def test_a_direct_conversation_is_one_too(at: Desk) -> None:
    channel = (await at.ok("conversations.info", channel="D01ANA"))["channel"]
    assert channel["is_im"] is True
    assert channel["user"] == "U01ANA"


@pytest.mark.parametrize("method", ["info", "members", "history", "replies"])
@pytest.mark.parametrize("channel", ["C99", "general", "U01ANA"])
async def test_only_ids_are_channels_here(at: Desk, method: str, channel: str) -> None:
    body = await at.call(f"conversations.{method}", channel=channel, ts="1.1")
    assert body["error"] == "channel_not_found"


async def test_members(at: Desk) -> None:
    body = await at.ok("conversations.members", channel=GENERAL)
    assert body["members"] == ["U01ANA", "U02BEN", "U03CLEO", "U0OVBOT"]


async def test_lists_come_in_pages(at: Desk) -> None:
    first = await at.ok("conversations.members", channel=GENERAL, limit=3)
    cursor = first["response_metadata"]["next_cursor"]
    second = await at.ok("conversations.members", channel=GENERAL, limit=3, cursor=cursor)
    assert first["members"] + second["members"] == ["U01ANA", "U02BEN", "U03CLEO", "U0OVBOT"]
    assert second["response_metadata"]["next_cursor"] == ""
    for arguments, error in (
        ({"limit": 1000}, "invalid_limit"),
        ({"cursor": "x"}, "invalid_cursor"),
    ):
        body = await at.call("conversations.members", channel=GENERAL, **arguments)
        assert body["error"] == error


async def test_each_kind_of_channel_has_a_scope_of_its_own(clock: Hands, tmp_path: Path) -> None:
    config = described(
        tmp_path,
        """
channels:
  - {id: C1, name: open}
  - {id: C2, name: secret, is_private: true}
  - {id: C3, name: foreign, is_private: true, members: [U01ANA]}
scopes: [commands, "channels:read", "groups:history"]
""",
    )
    async for at in desk(clock, config):
        assert await at.ok("conversations.members", channel="C1")
        for method, channel, needed in (
            ("members", "C2", "groups:read"),
            ("info", "C2", "groups:read"),
            ("members", "D01ANA", "im:read"),
            ("history", "C1", "channels:history"),
        ):
            body = await at.call(f"conversations.{method}", channel=channel)
            assert (body["error"], body["needed"]) == ("missing_scope", needed)
            assert body["provided"] == "commands,channels:read,groups:history"
        body = await at.call("conversations.members", channel="C3")
        assert body["error"] == "channel_not_found"


async def test_channels_are_listed_by_type(clock: Hands, tmp_path: Path) -> None:
    config = described(
        tmp_path,
        """
channels:
  - {id: C1, name: open}
  - {id: C2, name: secret, is_private: true}
  - {id: C3, name: foreign, is_private: true, members: [U01ANA]}
  - {id: C4, name: old, is_archived: true}
""",
    )
    async for at in desk(clock, config):

        async def names(**arguments: Any) -> list[str]:
            body = await at.ok("conversations.list", **arguments)  # noqa: B023 - called at once
            return [channel["id"] for channel in body["channels"]]

        assert await names() == ["C1", "C4"]
        assert await names(exclude_archived=True) == ["C1"]
        assert await names(types="private_channel") == ["C2"]
        assert await names(types="im") == ["D01ANA", "D02BEN", "D03CLEO"]
        body = await at.call("conversations.list", types="channels")
        assert body["error"] == "invalid_types"
        body = await at.call("conversations.info", channel="C3")
        assert body["error"] == "channel_not_found"


async def test_opening_a_direct_conversation(at: Desk) -> None:
    body = await at.ok("conversations.open", users="U01ANA")
    assert body["channel"] == {"id": "D01ANA"}
    body = await at.ok("conversations.open", users="U01ANA", return_im=True)
    assert body["channel"]["user"] == "U01ANA"
    for arguments, error in (
        ({}, "users_list_not_supplied"),
        ({"users": "U99"}, "user_not_found"),
        ({"channel": GENERAL}, "channel_not_found"),
        ({"users": "U01ANA,U02BEN"}, "too_many_users"),
    ):
        assert (await at.call("conversations.open", **arguments))["error"] == error


async def test_history_is_newest_first_within_bounds(at: Desk) -> None:
    stamps = [(await at.ok("chat.postMessage", channel=GENERAL, text=text))["ts"] for text in "abc"]

    async def texts(**arguments: Any) -> list[str]:
        body = await at.ok("conversations.history", channel=GENERAL, **arguments)
        return [message["text"] for message in body["messages"]]

    assert await texts() == ["c", "b", "a"]
    assert await texts(oldest=stamps[1]) == ["c"]
    assert await texts(oldest=stamps[1], inclusive=True) == ["c", "b"]
    assert await texts(latest=stamps[1]) == ["a"]
    assert await texts(latest=stamps[1], inclusive=True, limit=1) == ["b"]


async def test_metadata_is_shown_on_request(at: Desk) -> None:
    metadata = {"event_type": "card", "event_payload": {"session": "A"}}
    await at.ok("chat.postMessage", channel=GENERAL, text="a", metadata=metadata)
    plain = await at.ok("conversations.history", channel=GENERAL)
    full = await at.ok("conversations.history", channel=GENERAL, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == metadata


async def test_history_is_for_members(at: Desk) -> None:
    await at.act("membership", channel=GENERAL, user="U0OVBOT", member=False)
    body = await at.call("conversations.history", channel=GENERAL)
    assert body["error"] == "not_in_channel"
    await at.act("membership", channel=GENERAL, user="U0OVBOT", member=True)
    body = await at.call("conversations.replies", channel=GENERAL, ts="1.1")
    assert body["error"] == "thread_not_found"


async def test_people(at: Desk) -> None:
    user = (await at.ok("users.info", user="U01ANA"))["user"]
    assert (user["name"], user["real_name"], user["is_bot"]) == ("ana", "Ana", False)
    bot = (await at.ok("users.info", user="U0OVBOT"))["user"]
    assert bot["profile"]["bot_id"] == "B0OVBOT"
    members = (await at.ok("users.list"))["members"]
    assert [member["id"] for member in members] == ["U01ANA", "U02BEN", "U03CLEO", "U0OVBOT"]
    assert (await at.call("users.info", user="U99"))["error"] == "user_not_found"


async def test_the_bot(at: Desk) -> None:
    assert (await at.ok("bots.info", bot="B0OVBOT"))["bot"]["user_id"] == "U0OVBOT"
    assert (await at.call("bots.info", bot="B99"))["error"] == "bot_not_found"


@pytest.mark.parametrize(
    ("name", "value", "pointer"),
    [
        ("blocks", '[{"type":"section"}]', "/0"),
        ("message", '{"blocks":[{"type":"section"}]}', "/blocks/0"),
        ("view", '{"type":"home","blocks":[{"type":"section"}]}', "/blocks/0"),
    ],
)
async def test_validating_without_sending(at: Desk, name: str, value: str, pointer: str) -> None:
    at.token = None
    body = await at.call("blocks.validate", **{name: value})
    assert body["error"] == f"invalid_{name}"
    [error] = body["errors"]
    assert error["pointer"] == pointer
    assert error["code"] == "failed_constraint"
    assert error["message"] == "must define either `text` or `fields`"
    good = value.replace('{"type":"section"}', '{"type":"divider"}')
    await at.ok("blocks.validate", **{name: good})


async def test_validating_takes_one_thing(at: Desk) -> None:
    body = await at.call("blocks.validate", blocks="[]", view="{}")
    assert body["error"] == "invalid_arguments"
    assert (await at.call("blocks.validate"))["error"] == "invalid_arguments"
