"""chat.*: posting, changing, taking back."""

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.slack.conftest import Desk, Hands, actions, button, described, desk

GENERAL = "C01GENERAL"


async def test_a_message_is_the_platforms_object(at: Desk) -> None:
    body = await at.ok("chat.postMessage", channel=GENERAL, text="hi", blocks=[actions(button())])
    message = body["message"]
    assert body["channel"] == GENERAL
    assert body["ts"] == message["ts"]
    assert message["type"] == "message"
    assert (message["user"], message["bot_id"], message["app_id"]) == (
        "U0OVBOT",
        "B0OVBOT",
        "A0OVBOT",
    )
    assert message["blocks"] == [actions(button())]
    assert await at.texts(GENERAL, "U02BEN") == ["hi"]


async def test_ts_is_a_string_and_never_twice_in_a_channel(at: Desk) -> None:
    stamps = [(await at.ok("chat.postMessage", channel=GENERAL, text="x"))["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))
    assert all(len(ts.partition(".")[2]) == 6 for ts in stamps)
    other = await at.ok("chat.postMessage", channel="C02MODERATION", text="x")
    assert other["ts"] == stamps[0]


async def test_unnamed_blocks_and_elements_get_names(at: Desk) -> None:
    unnamed = {
        "type": "actions",
        "elements": [{k: v for k, v in button().items() if k != "action_id"}],
    }
    body = await at.ok("chat.postMessage", channel=GENERAL, blocks=[unnamed])
    [block] = body["message"]["blocks"]
    assert block["block_id"]
    assert block["elements"][0]["action_id"]
    assert body["message"]["text"] == "This content can't be displayed."


async def test_a_markdown_block_does_not_keep_its_name(at: Desk) -> None:
    block = {"type": "markdown", "text": "x", "block_id": "mine"}
    body = await at.ok("chat.postMessage", channel=GENERAL, blocks=[block], text="x")
    assert body["message"]["blocks"][0]["block_id"] != "mine"


@pytest.mark.parametrize("reference", ["C01GENERAL", "#general", "general"])
async def test_a_channel_goes_by_id_or_name(at: Desk, reference: str) -> None:
    assert (await at.ok("chat.postMessage", channel=reference, text="x"))["channel"] == GENERAL


async def test_posting_to_a_person_is_a_direct_message(at: Desk) -> None:
    body = await at.ok("chat.postMessage", channel="U01ANA", text="psst")
    assert body["channel"] == "D01ANA"
    assert await at.texts("D01ANA", "U01ANA") == ["psst"]
    assert await at.texts("U01ANA", "U01ANA") == ["psst"]
    await at.look("messages/D01ANA", 403, user="U02BEN")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C99", "text": "x"}, "channel_not_found"),
        ({"channel": "U99", "text": "x"}, "channel_not_found"),
        ({"channel": "U0OVBOT", "text": "x"}, "channel_not_found"),
        ({"channel": GENERAL}, "no_text"),
        ({"channel": GENERAL, "text": " "}, "no_text"),
        ({"channel": GENERAL, "text": "", "blocks": []}, "no_text"),
        ({"channel": GENERAL, "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": GENERAL, "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"channel": GENERAL, "text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": GENERAL, "text": "x", "blocks": [{}]}, "invalid_blocks"),
        ({"channel": GENERAL, "text": "x", "attachments": "no"}, "invalid_attachments"),
        ({"channel": GENERAL, "text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"channel": GENERAL, "attachments": [{"blocks": [{}]}]}, "invalid_attachments"),
        (
            {"channel": GENERAL, "text": "x", "metadata": {"event_type": 1}},
            "invalid_metadata_format",
        ),
        ({"channel": GENERAL, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": GENERAL, "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": GENERAL, "markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"channel": GENERAL, "text": ["x"]}, "invalid_arguments"),
    ],
)
async def test_refused(at: Desk, arguments: dict[str, Any], error: str) -> None:
    assert (await at.call("chat.postMessage", **arguments))["error"] == error
    assert await at.texts(GENERAL, "U01ANA") == []


async def test_the_longest_text_is_taken(at: Desk) -> None:
    await at.ok("chat.postMessage", channel=GENERAL, text="x" * 40_000)


async def test_blocks_may_not_hold_too_much_together(at: Desk) -> None:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2640}}
    await at.ok("chat.postMessage", channel=GENERAL, text="x", blocks=[section] * 5)
    longer = [*[section] * 5, {"type": "header", "text": {"type": "plain_text", "text": "x"}}]
    body = await at.call("chat.postMessage", channel=GENERAL, text="x", blocks=longer)
    assert body["error"] == "msg_blocks_too_long"


async def test_bad_blocks_are_pointed_at(at: Desk) -> None:
    blocks = [{"type": "divider"}, {"type": "header", "text": {"type": "mrkdwn", "text": "x"}}]
    body = await at.call("chat.postMessage", channel=GENERAL, text="x", blocks=blocks)
    place = "unsupported type: mrkdwn [json-pointer:/blocks/1/text/type]"
    assert body["error"] == "invalid_blocks"
    assert body["errors"] == [place]
    assert body["response_metadata"]["messages"] == [f"[ERROR] {place}"]


async def test_markdown_text_becomes_a_block(at: Desk) -> None:
    body = await at.ok("chat.postMessage", channel=GENERAL, markdown_text="**hi**")
    assert body["message"]["blocks"][0]["text"] == "**hi**"


async def test_not_in_channel_unless_public_writing_is_granted(at: Desk) -> None:
    await at.act("membership", channel=GENERAL, user="U0OVBOT", member=False)
    body = await at.call("chat.postMessage", channel=GENERAL, text="x")
    assert body["error"] == "not_in_channel"


async def test_public_writing_needs_no_invitation(clock: Hands, tmp_path: Path) -> None:
    config = described(
        tmp_path,
        "scopes: [chat:write, chat:write.public]\n"
        "channels: [{id: C1, name: one, members: [U01ANA]},"
        " {id: C2, name: two, members: [U01ANA], is_private: true}]",
    )
    async for at in desk(clock, config):
        await at.ok("chat.postMessage", channel="C1", text="x")
        body = await at.call("chat.postEphemeral", channel="C1", user="U01ANA", text="x")
        assert body["error"] == "not_in_channel"
        body = await at.call("chat.postMessage", channel="C2", text="x")
        assert body["error"] == "channel_not_found"


async def test_an_archived_channel_takes_nothing(at: Desk) -> None:
    mine = await at.ok("chat.postMessage", channel=GENERAL, text="x")
    await at.act("archive", channel=GENERAL, archived=True)
    for method, error in (
        ("chat.postMessage", "is_archived"),
        ("chat.postEphemeral", "is_archived"),
        ("chat.update", "is_inactive"),
        ("chat.delete", "is_inactive"),
    ):
        body = await at.call(method, channel=GENERAL, user="U01ANA", text="y", ts=mine["ts"])
        assert body["error"] == error, method


async def test_an_ephemeral_is_for_one_person_only(at: Desk) -> None:
    body = await at.ok("chat.postEphemeral", channel=GENERAL, user="U01ANA", text="you only")
    assert set(body) == {"ok", "message_ts"}
    seen = await at.look(f"messages/{GENERAL}", user="U01ANA")
    assert seen["messages"][0]["is_ephemeral"] is True
    assert await at.texts(GENERAL, "U02BEN") == []
    history = await at.ok("conversations.history", channel=GENERAL)
    assert history["messages"] == []


@pytest.mark.parametrize("user", ["U02BEN", "U99", "U0OVBOT"])
async def test_an_ephemeral_needs_somebody_there(at: Desk, user: str) -> None:
    await at.act("membership", channel=GENERAL, user="U02BEN", member=False)
    body = await at.call("chat.postEphemeral", channel=GENERAL, user=user, text="x")
    assert body["error"] == "user_not_in_channel"


async def test_an_ephemeral_can_be_neither_changed_nor_answered(at: Desk) -> None:
    ts = (await at.ok("chat.postEphemeral", channel=GENERAL, user="U01ANA", text="x"))["message_ts"]
    for method in ("chat.update", "chat.delete"):
        body = await at.call(method, channel=GENERAL, ts=ts, text="y")
        assert body["error"] == "message_not_found"
    body = await at.call("chat.postMessage", channel=GENERAL, text="y", thread_ts=ts)
    assert body["error"] == "cannot_reply_to_message"


async def test_an_update_with_text_alone_takes_the_blocks_away(at: Desk) -> None:
    ts = (await at.ok("chat.postMessage", channel=GENERAL, text="a", blocks=[actions(button())]))[
        "ts"
    ]
    at.clock.move(5)
    body = await at.ok("chat.update", channel=GENERAL, ts=ts, text="b")
    assert body["ts"] == ts
    assert "blocks" not in body["message"]
    assert body["message"]["edited"] == {"user": "U0OVBOT", "ts": f"{int(at.clock.now)}.000000"}
    assert await at.texts(GENERAL, "U01ANA") == ["b"]


async def test_an_update_keeps_metadata_unless_told_otherwise(at: Desk) -> None:
    metadata = {"event_type": "card", "event_payload": {"session": "A"}}
    ts = (await at.ok("chat.postMessage", channel=GENERAL, text="a", metadata=metadata))["ts"]
    body = await at.ok("chat.update", channel=GENERAL, ts=ts, text="b")
    assert body["message"]["metadata"] == metadata
    body = await at.ok("chat.update", channel=GENERAL, ts=ts, text="b", metadata={})
    assert "metadata" not in body["message"]


async def test_an_update_is_shorter_than_a_message(at: Desk) -> None:
    ts = (await at.ok("chat.postMessage", channel=GENERAL, text="a"))["ts"]
    await at.ok("chat.update", channel=GENERAL, ts=ts, text="x" * 4000)
    body = await at.call("chat.update", channel=GENERAL, ts=ts, text="x" * 4001)
    assert body["error"] == "msg_too_long"


async def test_only_the_bots_own_messages_can_be_changed(at: Desk) -> None:
    ts = (await at.act("message", channel=GENERAL, user="U01ANA", text="mine"))["ts"]
    body = await at.call("chat.update", channel=GENERAL, ts=ts, text="yours")
    assert body["error"] == "cant_update_message"
    body = await at.call("chat.delete", channel=GENERAL, ts=ts)
    assert body["error"] == "cant_delete_message"


@pytest.mark.parametrize(
    ("channel", "error"), [("C99", "channel_not_found"), ("U01ANA", "channel_not_found")]
)
async def test_changing_needs_the_channels_own_id(at: Desk, channel: str, error: str) -> None:
    ts = (await at.ok("chat.postMessage", channel="U01ANA", text="a"))["ts"]
    assert (await at.call("chat.update", channel=channel, ts=ts, text="b"))["error"] == error
    await at.ok("chat.update", channel="D01ANA", ts=ts, text="b")


async def test_a_deleted_message_is_gone(at: Desk) -> None:
    ts = (await at.ok("chat.postMessage", channel=GENERAL, text="a"))["ts"]
    await at.ok("chat.delete", channel=GENERAL, ts=ts)
    assert await at.texts(GENERAL, "U01ANA") == []
    assert (await at.call("chat.delete", channel=GENERAL, ts=ts))["error"] == "message_not_found"


async def test_a_permalink_names_channel_and_message(at: Desk) -> None:
    ts = (await at.ok("chat.postMessage", channel=GENERAL, text="a"))["ts"]
    body = await at.ok("chat.getPermalink", channel=GENERAL, message_ts=ts)
    assert body["permalink"].endswith(f"/archives/{GENERAL}/p{ts.replace('.', '')}")
    body = await at.call("chat.getPermalink", channel=GENERAL, message_ts="1.1")
    assert body["error"] == "message_not_found"
    body = await at.call("chat.getPermalink", channel="C99", message_ts=ts)
    assert body["error"] == "channel_not_found"


async def test_threads_hang_on_their_first_message(at: Desk) -> None:
    first = (await at.ok("chat.postMessage", channel=GENERAL, text="first"))["ts"]
    reply = (await at.ok("chat.postMessage", channel=GENERAL, text="re", thread_ts=first))["ts"]
    await at.ok("chat.postMessage", channel=GENERAL, text="re re", thread_ts=reply)
    shown = (await at.look(f"messages/{GENERAL}", user="U01ANA"))["messages"]
    assert [message.get("thread_ts") for message in shown] == [first] * 3
    assert shown[0]["reply_count"] == 2
    assert shown[0]["latest_reply"] == shown[2]["ts"]
    history = (await at.ok("conversations.history", channel=GENERAL))["messages"]
    assert [message["text"] for message in history] == ["first"]
    thread = (await at.ok("conversations.replies", channel=GENERAL, ts=first))["messages"]
    assert [message["text"] for message in thread] == ["first", "re", "re re"]


async def test_a_reply_can_be_shown_in_the_channel_too(at: Desk) -> None:
    first = (await at.ok("chat.postMessage", channel=GENERAL, text="first"))["ts"]
    await at.ok(
        "chat.postMessage", channel=GENERAL, text="re", thread_ts=first, reply_broadcast=True
    )
    history = (await at.ok("conversations.history", channel=GENERAL))["messages"]
    assert [message.get("subtype") for message in history] == ["thread_broadcast", None]


async def test_a_deleted_reply_leaves_its_thread(at: Desk) -> None:
    first = (await at.ok("chat.postMessage", channel=GENERAL, text="first"))["ts"]
    reply = (await at.ok("chat.postMessage", channel=GENERAL, text="re", thread_ts=first))["ts"]
    await at.ok("chat.delete", channel=GENERAL, ts=reply)
    [shown] = (await at.look(f"messages/{GENERAL}", user="U01ANA"))["messages"]
    assert "reply_count" not in shown


async def test_attachments_are_kept(at: Desk) -> None:
    attachments = [{"color": "#f00", "fallback": "x", "blocks": [{"type": "divider"}]}]
    body = await at.ok("chat.postMessage", channel=GENERAL, attachments=attachments)
    assert body["message"]["attachments"] == attachments


async def test_metadata_must_be_json(at: Desk) -> None:
    body = await at.call("chat.postMessage", channel=GENERAL, text="x", metadata="{")
    assert body["error"] == "invalid_metadata_format"
    await at.ok("chat.postMessage", channel=GENERAL, text="x", metadata=" ", blocks="")
