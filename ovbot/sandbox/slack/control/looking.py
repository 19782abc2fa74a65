"""What can be seen: messages, Home tabs, the traffic, the state of things."""

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request

from ovbot.sandbox.slack.control.body import Body, channel_of, person_of
from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import Channel

_LONGEST_WAIT = 120.0
_KEEP_ALIVE = 15.0


async def messages(state: State, request: Request) -> Json:
    """What one person sees in a channel, oldest first; they have then read it.

    Without `user`, what everybody sees.
    """
    channel = channel_of(state, request.path_params["channel"])
    user = request.query_params.get("user")
    if user is not None:
        person = person_of(state, user)
        if person.id not in channel.members and (channel.is_private or channel.direct_to):
            raise ControlError(f"{user} cannot see {channel.id}", status=403)
        if state.messages.read(channel.id, user):
            state.changes.tell("state")
    seen = state.messages.seen_by(channel.id, user)
    return {"messages": [state.messages.as_json(message) for message in seen]}


async def home(state: State, request: Request) -> Json:
    """A person's Home tab, null until the app published one."""
    view = state.views.homes.get(person_of(state, request.path_params["user"]).id)
    return {"view": None if view is None else view.as_json(state.blueprint)}


async def views(state: State, request: Request) -> Json:
    """A person's stack of modals, the top one last.

    `errors` and `problem` are what the top one shows: the app's complaints by block, and the
    workspace's own when the app did not respond.
    """
    person = person_of(state, request.path_params["user"])
    stack = state.views.stacks.get(person.id, [])
    shown = [view.as_json(state.blueprint) for view in stack]
    return {
        "view": shown[-1] if shown else None,
        "views": shown,
        "errors": stack[-1].errors if stack else {},
        "problem": stack[-1].problem if stack else "",
    }


async def log(state: State, request: Request) -> Json:
    """The traffic with the bot, from after the entry `after`."""
    after = request.query_params.get("after", "0")
    if not after.isdigit():
        raise ControlError("'after' must be the id of an entry")
    return {"entries": state.traffic.entries(int(after))}


async def workspace(state: State, request: Request) -> Json:
    """Team, app, people, channels and commands, as `user` has them in the side bar."""
    user = request.query_params.get("user")
    if user is None:
        channels = [c for c in state.world.channels.values() if c.direct_to is None]
    else:
        channels = state.world.open_to(person_of(state, user).id)
    team, app = state.blueprint.team, state.blueprint.app
    return {
        "team": {"id": team.id, "name": team.name, "domain": team.domain},
        "app": {"id": app.id, "name": app.name, "bot_user": app.bot_user, "bot_id": app.bot_id},
        "users": [
            {"id": person.id, "name": person.name, "real_name": person.real_name}
            for person in state.world.humans
        ],
        "channels": [_channel(state, channel, user) for channel in channels],
        "mode": state.config.mode,
        "connected": state.connected,
        "commands": [
            {
                "command": plan.command,
                "description": plan.description,
                "usage_hint": plan.usage_hint,
            }
            for plan in state.blueprint.commands
        ],
    }


def _channel(state: State, channel: Channel, user: str | None) -> Json:
    return {
        "id": channel.id,
        "name": state.blueprint.app.name if channel.direct_to else channel.name,
        "is_archived": channel.is_archived,
        "is_private": channel.is_private,
        "is_im": channel.direct_to is not None,
        "members": channel.members,
        "unread": 0 if user is None else state.messages.unread(channel.id, user),
    }


async def wait(state: State, body: Body) -> Json:
    """``{channel, user?, contains, timeout?}``: wait until a message says `contains`.

    The text counts and everything shown in blocks. Raises ControlError, 408, when none came.
    """
    body.only("channel", "user", "contains", "timeout")
    channel = channel_of(state, body.text("channel"))
    user = body.text("user", None)
    if user is not None:
        person_of(state, user)
    wanted = body.text("contains")
    span = min(body.seconds("timeout", 5.0), _LONGEST_WAIT)
    with state.changes.watch() as queue:
        try:
            async with asyncio.timeout(span):
                while True:
                    for message in state.messages.seen_by(channel.id, user):
                        shown = state.messages.as_json(message)
                        if wanted in words(shown):
                            return {"ok": True, "message": shown}
                    if await queue.get() is None:
                        break
        except TimeoutError:
            pass
    raise ControlError(f"no message with {wanted!r} came to {channel.id}", status=408)


def words(shown: Json) -> str:
    """All texts of a message, one a line."""
    found: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, list):
            for item in value:
                collect(item)
        elif isinstance(value, dict):
            for name, inner in value.items():
                if name == "text" and isinstance(inner, str):
                    found.append(inner)
                else:
                    collect(inner)

    collect({name: shown.get(name) for name in ("text", "blocks", "attachments")})
    return "\n".join(found)


async def stream(state: State) -> AsyncIterator[str]:
    """Server-Sent Events: what kind of thing changed, and where; the reader then looks again."""
    with state.changes.watch() as queue:
        yield ": listening\n\n"
        while True:
            try:
                change = await asyncio.wait_for(queue.get(), _KEEP_ALIVE)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            if change is None:
                return
            yield f"data: {json.dumps(change)}\n\n"
