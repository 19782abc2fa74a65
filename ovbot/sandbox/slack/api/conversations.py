"""conversations.*: channels, who is in them, what was said there."""

from typing import TypeVar

from ovbot.sandbox.slack.api.arguments import Arguments
from ovbot.sandbox.slack.api.methods import method
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.messages import Message
from ovbot.sandbox.slack.ratelimits import Tier
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import Channel

_FAMILIES = {"public_channel": "channels", "private_channel": "groups", "im": "im"}
"""What the scopes of each kind of channel begin with."""
_READ = tuple(f"{family}:read" for family in _FAMILIES.values())
_HISTORY = tuple(f"{family}:history" for family in _FAMILIES.values())
_MOST = 999
_Item = TypeVar("_Item")


@method("conversations.info", Tier.THREE, *_READ)
async def info(state: State, args: Arguments) -> Json:
    """One channel."""
    return {"channel": _channel(state, args, "read").as_json(state.world.bot)}


@method("conversations.list", Tier.TWO, *_READ)
async def list_(state: State, args: Arguments) -> Json:
    """Channels of the types asked for: public ones, unless said otherwise."""
    types = set((args.text("types") or "public_channel").split(","))
    if types - {*_FAMILIES, "mpim"}:
        raise ApiError("invalid_types")
    found = [
        channel
        for channel in state.world.channels.values()
        if _type(channel) in types
        and state.world.seen_by_bot(channel.id) is not None
        and not (channel.is_archived and args.flag("exclude_archived"))
    ]
    page, cursor = cut(found, args)
    channels = [channel.as_json(state.world.bot) for channel in page]
    return {"channels": channels, "response_metadata": {"next_cursor": cursor}}


@method("conversations.members", Tier.FOUR, *_READ)
async def members(state: State, args: Arguments) -> Json:
    """Who is in a channel."""
    page, cursor = cut(_channel(state, args, "read").members, args)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


@method("conversations.open", Tier.THREE, "im:write")
async def open_(state: State, args: Arguments) -> Json:
    """The direct conversation with one person."""
    reference = args.text("users") or args.text("channel")
    if reference is None:
        raise ApiError("users_list_not_supplied")
    users = reference.split(",")
    if len(users) > 1:
        # Group conversations are left out: nothing here opens them.
        raise ApiError("too_many_users")
    channel = state.world.channel(reference)
    if channel is None or channel.direct_to is None:
        raise ApiError("user_not_found" if args.text("users") else "channel_not_found")
    body: Json = {"id": channel.id}
    if args.flag("return_im"):
        body = channel.as_json(state.world.bot)
    return {"channel": body, "no_op": True, "already_open": True}


@method("conversations.history", Tier.THREE, *_HISTORY)
async def history(state: State, args: Arguments) -> Json:
    """What was said, newest first, without replies and ephemeral messages."""
    channel = _readable(state, args)
    messages = [
        message
        for message in state.messages.seen_by(channel.id, None)
        if message.thread_ts is None or message.broadcast
    ]
    return _history(state, args, messages[::-1])


@method("conversations.replies", Tier.THREE, *_HISTORY)
async def replies(state: State, args: Arguments) -> Json:
    """A thread, its first message first."""
    channel, ts = _readable(state, args), args.required("ts")
    first = state.messages.public(channel.id, ts)
    if first is None:
        raise ApiError("thread_not_found")
    return _history(state, args, [first, *state.messages.replies(channel.id, ts)])


def _history(state: State, args: Arguments, messages: list[Message]) -> Json:
    oldest, latest = args.text("oldest") or "0", args.text("latest") or "9999999999"
    inclusive = args.flag("inclusive")
    within = [
        message
        for message in messages
        if float(oldest) < float(message.ts) < float(latest)
        or (inclusive and message.ts in (oldest, latest))
    ]
    page, cursor = cut(within, args)
    metadata = args.flag("include_all_metadata")
    return {
        "messages": [state.messages.as_json(message, metadata=metadata) for message in page],
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _channel(state: State, args: Arguments, what: str) -> Channel:
    """The channel, where the scope of its kind is granted: ``groups:read`` for a private one."""
    reference = args.required("channel")
    channel = state.world.channels.get(reference)
    if channel is None or state.world.seen_by_bot(reference) is None:
        raise ApiError("channel_not_found")
    needed, granted = f"{_FAMILIES[_type(channel)]}:{what}", state.blueprint.scopes
    if needed not in granted:
        raise ApiError("missing_scope", extra={"needed": needed, "provided": ",".join(granted)})
    return channel


def _readable(state: State, args: Arguments) -> Channel:
    channel = _channel(state, args, "history")
    if state.world.bot not in channel.members:
        raise ApiError("not_in_channel")
    return channel


def _type(channel: Channel) -> str:
    if channel.direct_to is not None:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def cut(items: list[_Item], args: Arguments) -> tuple[list[_Item], str]:
    """One page, and the cursor of the next; empty when there is none.

    From the platform's documentation, "Pagination": a limit is under a thousand.
    """
    limit = args.number("limit", 100)
    if not 1 <= limit <= _MOST:
        raise ApiError("invalid_limit")
    cursor = args.text("cursor") or "next:0"
    kind, _, start = cursor.partition(":")
    if kind != "next" or not start.isdigit():
        raise ApiError("invalid_cursor")
    end = int(start) + limit
    return items[int(start) : end], f"next:{end}" if end < len(items) else ""
