"""What was said, where, and who may see it."""

from dataclasses import dataclass, field
from typing import Any

from ovbot.sandbox.slack.blueprint import Blueprint
from ovbot.sandbox.slack.ids import short
from ovbot.sandbox.slack.shapes import Clock, Json

NOTICES = "U00WORKSPACE"
"""Who the workspace's own notices come from."""

UNDISPLAYABLE = "This content can't be displayed."
"""What the platform puts where an app gave blocks but no text."""


@dataclass(frozen=True)
class Content:
    """What a message says, checked already."""

    text: str = ""
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    metadata: Json | None = None


@dataclass(eq=False)
class Message:
    """One message; `ephemeral_to` names the only person who sees it."""

    channel: str
    ts: str
    user: str
    content: Content
    thread_ts: str | None = None
    broadcast: bool = False
    ephemeral_to: str | None = None
    edited: Json | None = None

    def seen_by(self, user: str | None) -> bool:
        """Whether this person's client shows it; None asks for what everybody sees."""
        return self.ephemeral_to is None or self.ephemeral_to == user


@dataclass
class MessageBook:
    """All messages of all channels, in order."""

    blueprint: Blueprint
    clock: Clock
    _channels: dict[str, list[Message]] = field(default_factory=dict)
    _threads: dict[tuple[str, str], list[Message]] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)
    _read: dict[tuple[str, str], str] = field(default_factory=dict)
    _deleted: set[tuple[str, str]] = field(default_factory=set)

    def post(
        self,
        channel: str,
        user: str,
        content: Content,
        *,
        thread_ts: str | None = None,
        broadcast: bool = False,
        ephemeral_to: str | None = None,
    ) -> Message:
        """Add a message at the end of its channel."""
        message = Message(
            channel,
            self._next_ts(channel),
            user,
            name_parts(content),
            thread_ts,
            broadcast,
            ephemeral_to,
        )
        self._channels.setdefault(channel, []).append(message)
        if thread_ts is not None and ephemeral_to is None:
            self._threads.setdefault((channel, thread_ts), []).append(message)
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        """The message with this ``ts``, ephemeral or not."""
        return next((m for m in self._channels.get(channel, []) if m.ts == ts), None)

    def public(self, channel: str, ts: str) -> Message | None:
        """The same, unless it is ephemeral: those have no place in the channel's history."""
        found = self.find(channel, ts)
        return found if found is not None and found.ephemeral_to is None else None

    def edit(self, message: Message, content: Content, by: str) -> None:
        """Say something else in place."""
        message.content = name_parts(content)
        message.edited = {"user": by, "ts": f"{int(self.clock())}.000000"}

    def was_deleted(self, channel: str, ts: str) -> bool:
        """Whether a message was there once."""
        return (channel, ts) in self._deleted

    def delete(self, message: Message) -> None:
        """Take a message away; its thread stays."""
        self._deleted.add((message.channel, message.ts))
        self._channels[message.channel].remove(message)
        thread = self._threads.get((message.channel, message.thread_ts or ""), [])
        if message in thread:
            thread.remove(message)

    def seen_by(self, channel: str, user: str | None) -> list[Message]:
        """What one person sees, oldest first; None for what everybody sees."""
        return [m for m in self._channels.get(channel, []) if m.seen_by(user)]

    def replies(self, channel: str, ts: str) -> list[Message]:
        """Everything in a thread but its first message."""
        return list(self._threads.get((channel, ts), []))

    def read(self, channel: str, user: str) -> bool:
        """Mark everything there as read by `user`; whether that changed anything."""
        before = self.unread(channel, user)
        messages = self.seen_by(channel, user)
        if messages:
            self._read[channel, user] = messages[-1].ts
        return before > 0

    def unread(self, channel: str, user: str) -> int:
        """How many messages of others this person has not read."""
        mark = self._read.get((channel, user), "")
        return sum(m.ts > mark and m.user != user for m in self.seen_by(channel, user))

    def as_json(self, message: Message, *, metadata: bool = True) -> Json:
        """The platform's message object."""
        content = message.content
        body: Json = {
            "type": "message",
            "user": message.user,
            "ts": message.ts,
            "text": content.text,
            "team": self.blueprint.team.id,
        }
        app = self.blueprint.app
        if message.user == app.bot_user:
            body |= {"bot_id": app.bot_id, "app_id": app.id, "bot_profile": self._profile()}
        elif message.user == NOTICES:
            body["username"] = "Workspace"
        if content.blocks:
            body["blocks"] = content.blocks
        if content.attachments:
            body["attachments"] = content.attachments
        if content.metadata and metadata:
            body["metadata"] = content.metadata
        if message.edited:
            body["edited"] = message.edited
        if message.ephemeral_to is not None:
            body |= {"is_ephemeral": True}
        return body | self._thread(message)

    def _thread(self, message: Message) -> Json:
        if message.thread_ts is not None:
            body: Json = {"thread_ts": message.thread_ts}
            if message.broadcast:
                body["subtype"] = "thread_broadcast"
            return body
        replies = self.replies(message.channel, message.ts)
        if not replies:
            return {}
        users = list(dict.fromkeys(reply.user for reply in replies))
        return {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": replies[-1].ts,
        }

    def _profile(self) -> Json:
        app = self.blueprint.app
        return {
            "id": app.bot_id,
            "app_id": app.id,
            "user_id": app.bot_user,
            "name": app.name,
            "deleted": False,
            "team_id": self.blueprint.team.id,
        }

    def _next_ts(self, channel: str) -> str:
        """Seconds and six digits, never twice in one channel."""
        micros = max(int(self.clock() * 1_000_000), self._last.get(channel, 0) + 1)
        self._last[channel] = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


def name_parts(content: Content) -> Content:
    """`content` with a ``block_id`` on every block and an ``action_id`` on every element."""
    text = content.text or (UNDISPLAYABLE if content.blocks else "")
    blocks = None if content.blocks is None else [named_block(block) for block in content.blocks]
    return Content(text, blocks, content.attachments, content.metadata)


def named_block(block: Json) -> Json:
    """A copy of a checked block whose unnamed parts have names."""
    named: Json = {**block}
    # A markdown block is translated on arrival, so the platform does not keep its name.
    if "block_id" not in named or block["type"] == "markdown":
        named["block_id"] = short()
    for key in ("accessory", "element"):
        if key in named:
            named[key] = _named_element(named[key])
    for key in ("elements", "actions"):
        if key in named and block["type"] not in ("rich_text", "context", "carousel"):
            named[key] = [_named_element(element) for element in named[key]]
    for key in ("child_blocks", *(("elements",) if block["type"] == "carousel" else ())):
        if key in named:
            named[key] = [named_block(child) for child in named[key]]
    return named


def _named_element(element: dict[str, Any]) -> Json:
    if element["type"] == "image":
        return element
    return {**element, "action_id": element.get("action_id") or short()}
