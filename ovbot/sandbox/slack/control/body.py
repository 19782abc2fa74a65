"""Reading what a control request says, and refusing what makes no sense."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from ovbot.sandbox.slack.errors import ControlError
from ovbot.sandbox.slack.messages import Message
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State
from ovbot.sandbox.slack.world import Channel, Person

_REQUIRED = object()


@dataclass(frozen=True)
class Body:
    """A JSON object whose members are asked for by name and type."""

    values: Json

    def text(self, name: str, default: Any = _REQUIRED) -> Any:
        """A string. Raises ControlError when it is missing or something else."""
        return self._typed(name, str, "a text", default)

    def flag(self, name: str, default: Any = _REQUIRED) -> Any:
        """A boolean."""
        return self._typed(name, bool, "true or false", default)

    def object(self, name: str) -> Json:
        """An object, empty when left out."""
        found: Json = self._typed(name, dict, "an object", {})
        return found

    def whole(self, name: str, default: int | None) -> int | None:
        """A whole number."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | None):
            raise ControlError(f"{name!r} must be a whole number")
        return value

    def seconds(self, name: str, default: float) -> float:
        """A span of time, not negative."""
        value = self.values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ControlError(f"{name!r} must be a number of seconds")
        return float(value)

    def only(self, *names: str) -> None:
        """Refuse members nobody asked for: they are typing mistakes."""
        unknown = sorted(set(self.values) - set(names))
        if unknown:
            raise ControlError(
                f"unknown: {', '.join(unknown)}; this takes {', '.join(names) or 'nothing'}"
            )

    def _typed(self, name: str, kind: type, words: str, default: Any) -> Any:
        value = self.values.get(name)
        if value is None:
            if default is _REQUIRED:
                raise ControlError(f"{name!r} is missing")
            return default
        if not isinstance(value, kind):
            raise ControlError(f"{name!r} must be {words}")
        return value


async def read_body(request: Request) -> Body:
    """The JSON object of a request. Raises ControlError."""
    raw = await request.body()
    if not raw.strip():
        return Body({})
    try:
        values = json.loads(raw)
    except ValueError as problem:
        raise ControlError(f"the body is not JSON: {problem}") from problem
    if not isinstance(values, dict):
        raise ControlError("the body must be a JSON object")
    return Body(values)


def person_of(state: State, user: str) -> Person:
    """Somebody who can be acted as. Raises ControlError."""
    person = state.world.human(user)
    if person is None:
        known = ", ".join(human.id for human in state.world.humans)
        raise ControlError(f"there is nobody {user!r} here; there are: {known}", status=404)
    return person


def channel_of(state: State, reference: str) -> Channel:
    """A channel by id or name, or by a person's id. Raises ControlError."""
    channel = state.world.channel(reference)
    if channel is None:
        known = ", ".join(c.id for c in state.world.channels.values())
        raise ControlError(f"there is no channel {reference!r}; there are: {known}", status=404)
    return channel


def channel_with(state: State, reference: str, person: Person) -> Channel:
    """A channel this person is in. Raises ControlError."""
    channel = channel_of(state, reference)
    if person.id not in channel.members:
        raise ControlError(f"{person.id} is not in {channel.id}", status=403)
    return channel


def message_of(state: State, channel: Channel, ts: str, person: Person) -> Message:
    """A message this person sees. Raises ControlError."""
    message = state.messages.find(channel.id, ts)
    if message is None or not message.seen_by(person.id):
        raise ControlError(
            f"{person.id} sees no message {ts!r} in {channel.id}; maybe it is gone", status=404
        )
    return message
