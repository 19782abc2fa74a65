"""What an administrator, or bad luck, does to the workspace."""

import re

from ovbot.sandbox.slack.api.methods import METHODS
from ovbot.sandbox.slack.control.body import Body, channel_of, person_of
from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.faults import DELIVERIES, RESPONSE_URL, Fault, OddAnswer
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import Channel

_CHANNEL = re.compile(r"[CG][A-Z0-9]+")
_NAME = re.compile(r"[a-z0-9_-]{1,80}")
_DISCONNECTS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")
_FAULT = frozenset(
    {"method", "times", "error", "status", "delay", "drop", "lose_answer", "retry_after"}
    | {"body", "headers"}
)
_TOKENS = {"active": "", "revoked": "token_revoked", "uninstalled": "account_inactive"}


async def reset(state: State, body: Body) -> Json:
    """``{}``: as if nothing had happened; the bot stays connected."""
    body.only()
    state.reset()
    return {"ok": True}


async def faults(state: State, body: Body) -> Json:
    """``{method, times?, error|status|delay|drop|lose_answer, retry_after?, body?, headers?}``.

    With `body` exactly that is answered, with `status` and `headers`: before anything is done, or
    with `lose_answer` after it. `method` is a Web API method, ``*`` for any,
    ``response_url``, or what is delivered: ``slash_commands``, ``interactive``, ``events_api``,
    ``url_verification`` (those take delay, drop and lose_answer only).
    """
    body.only(*sorted(_FAULT))
    method = body.text("method")
    if method not in METHODS and method not in (*DELIVERIES, RESPONSE_URL, "*"):
        raise ControlError(f"there is no method {method!r}", status=404)
    fault = Fault(
        method,
        body.whole("times", 1) or 0,
        body.text("error", None),
        body.whole("status", None),
        body.seconds("delay", 0.0),
        body.flag("drop", False),
        body.flag("lose_answer", False),
        body.whole("retry_after", None),
        _odd(body),
    )
    answers = fault.error is not None or fault.status is not None or fault.odd is not None
    if not (answers or fault.delay or fault.drop or fault.lose_answer):
        raise ControlError("say what goes wrong: error, status, body, delay, drop or lose_answer")
    if fault.times < 1:
        raise ControlError("'times' must be 1 or more")
    if method in DELIVERIES and answers:
        raise ControlError("what is delivered takes delay, drop or lose_answer")
    if fault.status is not None and not 200 <= fault.status <= 599:
        raise ControlError("'status' must be an HTTP status")
    state.faults.add(fault)
    return {"ok": True}


def _odd(body: Body) -> OddAnswer | None:
    text, headers = body.text("body", None), body.object("headers")
    if text is None:
        if headers:
            raise ControlError("'headers' go with a 'body'")
        return None
    if not all(isinstance(value, str) for value in headers.values()):
        raise ControlError("'headers' must be texts by name")
    return OddAnswer(text, body.whole("status", None) or 200, headers)


async def membership(state: State, body: Body) -> Json:
    """``{channel, user, member}``: somebody, or the bot, joins or leaves a channel."""
    body.only("channel", "user", "member")
    channel = _changeable(state, body)
    user, member = body.text("user"), body.flag("member")
    if user != state.world.bot:
        person_of(state, user)
    if member == (user in channel.members):
        return {"ok": True, "changed": False}
    told_before = state.world.bot in channel.members
    (channel.members.append if member else channel.members.remove)(user)
    state.changes.tell("state")
    event: Json = {
        "type": "member_joined_channel" if member else "member_left_channel",
        "user": user,
        "channel": channel.id,
        "channel_type": "G" if channel.is_private else "C",
        "team": state.blueprint.team.id,
    }
    if told_before or state.world.bot in channel.members:
        await state.events.send(event)
    if user == state.world.bot and not member:
        kind = "group_left" if channel.is_private else "channel_left"
        await state.events.send({"type": kind, "channel": channel.id})
    return {"ok": True, "changed": True}


async def archive(state: State, body: Body) -> Json:
    """``{channel, archived, user?}``: close a channel, or open it again."""
    body.only("channel", "archived", "user")
    channel, archived = _changeable(state, body), body.flag("archived")
    user = person_of(state, body.text("user", state.world.humans[0].id))
    if archived == channel.is_archived:
        return {"ok": True, "changed": False}
    channel.is_archived = archived
    state.changes.tell("state")
    noun = "group" if channel.is_private else "channel"
    kind = f"{noun}_archive" if archived else f"{noun}_unarchive"
    if state.world.bot in channel.members:
        await state.events.send({"type": kind, "channel": channel.id, "user": user.id})
    return {"ok": True, "changed": True}


async def channels(state: State, body: Body) -> Json:
    """``{id, name, members?, is_private?}``: create a channel; everybody and the bot are in it."""
    body.only("id", "name", "members", "is_private")
    name, label = body.text("id"), body.text("name")
    if _CHANNEL.fullmatch(name) is None or _NAME.fullmatch(label) is None:
        raise ControlError("an id is C and capitals or digits, a name small letters, digits, -_")
    taken = {channel.name for channel in state.world.channels.values()}
    if name in state.world.channels or label in taken:
        raise ControlError(f"{name} or {label} exists already", status=409)
    members = body.values.get("members", list(state.world.people))
    if not isinstance(members, list) or not set(members) <= set(state.world.people):
        raise ControlError("'members' must be a list of people's ids, or of the bot's")
    state.world.channels[name] = Channel(name, label, members, body.flag("is_private", False))
    state.changes.tell("state")
    return {"ok": True}


async def usergroups(state: State, body: Body) -> Json:
    """``{id, users?, disabled?}``: who is in a user group, and whether it is switched off."""
    body.only("id", "users", "disabled")
    group = state.world.groups.get(body.text("id"))
    if group is None:
        raise ControlError(f"there is no user group {body.text('id')!r}", status=404)
    users = body.values.get("users", group.users)
    if not isinstance(users, list) or not set(users) <= set(state.world.people):
        raise ControlError("'users' must be a list of people's ids")
    group.users, group.disabled = users, body.flag("disabled", group.disabled)
    state.changes.tell("state")
    return {"ok": True}


async def people(state: State, body: Body) -> Json:
    """``{user, guest?, deactivated?}``: somebody becomes a guest, or leaves the company."""
    body.only("user", "guest", "deactivated")
    person = person_of(state, body.text("user"))
    guest = body.text("guest", person.guest)
    if guest not in {"", "single", "multi"}:
        raise ControlError("'guest' must be single, multi or nothing")
    person.guest, person.deactivated = guest, body.flag("deactivated", person.deactivated)
    state.changes.tell("state")
    return {"ok": True}


async def tokens(state: State, body: Body) -> Json:
    """``{state: active|revoked|uninstalled}``: what the bot's tokens are worth."""
    body.only("state")
    wanted = body.text("state")
    if wanted not in _TOKENS:
        raise ControlError(f"'state' must be one of {', '.join(_TOKENS)}")
    bot = state.world.bot
    if wanted != "active":
        await state.events.send({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot]}})
    if wanted == "uninstalled":
        await state.events.send({"type": "app_uninstalled"})
    state.token_error = _TOKENS[wanted]
    return {"ok": True}


async def sockets(state: State, body: Body) -> Json:
    """``{disconnect: REASON}`` asks every socket to leave; ``{cut: true}`` closes them at once."""
    body.only("disconnect", "cut")
    if body.flag("cut", False):
        await state.sockets.cut()
        return {"ok": True}
    reason = body.text("disconnect")
    if reason not in _DISCONNECTS:
        raise ControlError(f"'disconnect' must be one of {', '.join(_DISCONNECTS)}")
    await state.sockets.ask_to_leave(reason)
    return {"ok": True}


def _changeable(state: State, body: Body) -> Channel:
    channel = channel_of(state, body.text("channel"))
    if channel.direct_to is not None:
        raise ControlError("a direct conversation stays as it is")
    return channel
