"""chat.*: saying something, changing it, taking it back."""

from ovbot.sandbox.slack.api.arguments import Arguments
from ovbot.sandbox.slack.api.methods import method
from ovbot.sandbox.slack.content import UPDATE_CHARACTERS, read_content
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.messages import Content, Message
from ovbot.sandbox.slack.ratelimits import Tier
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import Channel


@method("chat.postMessage", Tier.SPECIAL, "chat:write")
async def post_message(state: State, args: Arguments) -> Json:
    """Post to a channel by id or name, to a person's direct conversation, or into a thread."""
    channel = _writable(state, args.required("channel"))
    content = read_content(args.values)
    thread = state.thread(channel.id, args.text("thread_ts"))
    state.rates.post(channel.id)
    message = state.post(
        channel.id,
        state.world.bot,
        content,
        thread_ts=thread,
        broadcast=thread is not None and args.flag("reply_broadcast"),
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": state.messages.as_json(message),
    }


@method("chat.postEphemeral", Tier.FOUR, "chat:write")
async def post_ephemeral(state: State, args: Arguments) -> Json:
    """Post to one member of a channel."""
    channel = _writable(state, args.required("channel"), member=True)
    user = args.required("user")
    if state.world.human(user) is None or user not in channel.members:
        raise ApiError("user_not_in_channel")
    message = state.post(
        channel.id,
        state.world.bot,
        read_content(args.values),
        thread_ts=state.thread(channel.id, args.text("thread_ts")),
        ephemeral_to=user,
    )
    return {"message_ts": message.ts}


@method("chat.update", Tier.THREE, "chat:write")
async def update(state: State, args: Arguments) -> Json:
    """Change one of the bot's messages.

    New text without blocks takes the blocks away; metadata stays unless it is given.
    """
    channel, message = _own(state, args, "cant_update_message")
    content = read_content(args.values, longest=UPDATE_CHARACTERS)
    if content.metadata is None:
        content = Content(
            content.text, content.blocks, content.attachments, message.content.metadata
        )
    state.messages.edit(message, content, state.world.bot)
    state.changed(channel.id)
    return {
        "channel": channel.id,
        "ts": message.ts,
        "text": message.content.text,
        "message": state.messages.as_json(message),
    }


@method("chat.delete", Tier.THREE, "chat:write")
async def delete(state: State, args: Arguments) -> Json:
    """Take one of the bot's messages away."""
    channel, message = _own(state, args, "cant_delete_message")
    state.messages.delete(message)
    state.changed(channel.id)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink", Tier.SPECIAL)
async def get_permalink(state: State, args: Arguments) -> Json:
    """A link to a message."""
    channel = state.world.seen_by_bot(args.required("channel"))
    if channel is None:
        raise ApiError("channel_not_found")
    ts = args.required("message_ts")
    if state.messages.public(channel.id, ts) is None:
        raise ApiError("message_not_found")
    link = f"{state.base_url}/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def _writable(state: State, reference: str, *, member: bool = False) -> Channel:
    """The channel to write to.

    Raises ApiError ``channel_not_found``, ``is_archived`` or ``not_in_channel``; with the scope
    ``chat:write.public`` the bot need not be in a public channel, unless `member`.
    """
    channel = state.world.seen_by_bot(reference)
    if channel is None:
        raise ApiError("channel_not_found")
    if channel.is_archived:
        raise ApiError("is_archived")
    uninvited = "chat:write.public" in state.blueprint.scopes and not member
    if state.world.bot not in channel.members and not uninvited:
        raise ApiError("not_in_channel")
    return channel


def _own(state: State, args: Arguments, refusal: str) -> tuple[Channel, Message]:
    """One of the bot's own messages. A person's id does not do for a channel here."""
    reference, ts = args.required("channel"), args.required("ts")
    channel = None if state.world.human(reference) else state.world.seen_by_bot(reference)
    if channel is None:
        raise ApiError("channel_not_found")
    message = state.messages.public(channel.id, ts)
    if message is None:
        raise ApiError("message_not_found")
    if message.user != state.world.bot:
        raise ApiError(refusal)
    if channel.is_archived:
        raise ApiError("is_inactive")
    return channel, message
