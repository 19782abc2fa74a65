"""Home tabs and modals as they stand on each person's screen."""

import json
from dataclasses import dataclass, field
from typing import Any

from ovbot.sandbox.slack.blueprint import Blueprint
from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.ids import opaque
from ovbot.sandbox.slack.interaction.values import initial_state
from ovbot.sandbox.slack.messages import named_block
from ovbot.sandbox.slack.shapes import Clock, Json

DEEPEST = 3
"""Views on one stack ("Modals", section on pushing)."""

_LARGEST = 250_000


@dataclass
class View:
    """One Home tab or modal; `state` is what the person has filled in so far."""

    id: str
    user: str
    definition: Json
    hash: str
    root: str
    previous: str | None = None
    state: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def blocks(self) -> list[Json]:
        """Its blocks, all named."""
        blocks: list[Json] = self.definition["blocks"]
        return blocks

    def as_json(self, blueprint: Blueprint) -> Json:
        """The platform's view object ("Views", section on the payload)."""
        given = self.definition
        return {
            "id": self.id,
            "team_id": blueprint.team_of(self.user),
            "type": given["type"],
            "blocks": self.blocks,
            "private_metadata": given.get("private_metadata", ""),
            "callback_id": given.get("callback_id", ""),
            "external_id": given.get("external_id", ""),
            "state": {"values": self.state},
            "hash": self.hash,
            "title": given.get("title"),
            "close": given.get("close"),
            "submit": given.get("submit"),
            "clear_on_close": given.get("clear_on_close", False),
            "notify_on_close": given.get("notify_on_close", False),
            "previous_view_id": self.previous,
            "root_view_id": self.root,
            "app_id": blueprint.app.id,
            "app_installed_team_id": blueprint.installed_in,
            "bot_id": blueprint.app.bot_id,
        }


@dataclass
class Views:
    """One Home tab and one stack of modals per person."""

    blueprint: Blueprint
    clock: Clock
    homes: dict[str, View] = field(default_factory=dict)
    stacks: dict[str, list[View]] = field(default_factory=dict)
    _hashes: int = 0

    def publish(self, user: str, definition: Json, expected: str | None) -> View:
        """Put a Home tab up. Raises ApiError ``hash_conflict``, ``view_too_large``."""
        home = self.homes.get(user)
        if home is None:
            home = self.homes[user] = self._made(user, definition)
        else:
            self.update(home, definition, expected)
        return home

    def open(self, user: str, definition: Json) -> View:
        """Start a stack. A person has one modal of an app at a time, so an old one goes."""
        view = self._made(user, definition)
        self.stacks[user] = [view]
        return view

    def push(self, user: str, definition: Json, on: str | None) -> View:
        """Put a view above `on`, the top of its stack.

        Raises ApiError ``not_found``, ``push_limit_reached``.
        """
        stack = self.stacks.get(user, [])
        if on not in [view.id for view in stack]:
            raise ApiError("not_found")
        if len(stack) >= DEEPEST:
            raise ApiError("push_limit_reached")
        view = self._made(user, definition)
        view.root, view.previous = stack[0].id, stack[-1].id
        stack.append(view)
        return view

    def update(self, view: View, definition: Json, expected: str | None) -> None:
        """Show something else in place. Raises ApiError ``hash_conflict``."""
        self._check_hash(view, expected)
        self._redefine(view, definition)

    def find(self, view_id: str | None = None, external_id: str | None = None) -> View | None:
        """An open view by id or by the app's own id."""
        for view in [*self.homes.values(), *(v for stack in self.stacks.values() for v in stack)]:
            own = view.definition.get("external_id")
            if view.id == view_id or (external_id and own == external_id):
                return view
        return None

    def top(self, user: str) -> View | None:
        """The modal this person looks at."""
        stack = self.stacks.get(user)
        return stack[-1] if stack else None

    def close(self, user: str, *, everything: bool = False) -> list[View]:
        """Take the top view away, or the whole stack; what was closed, top first."""
        stack = self.stacks.get(user, [])
        closed = stack[::-1] if everything else stack[-1:]
        self.stacks[user] = stack[: len(stack) - len(closed)]
        return closed

    def _made(self, user: str, definition: Json) -> View:
        self._check(definition, None)
        name = opaque("V")
        view = View(name, user, {}, "", name)
        self._redefine(view, definition)
        return view

    def _redefine(self, view: View, definition: Json) -> None:
        self._check(definition, view)
        view.definition = {**definition, "blocks": [named_block(b) for b in definition["blocks"]]}
        self._hashes += 1
        view.hash = f"{int(self.clock())}.{self._hashes:08x}"
        view.errors, view.problem = {}, ""
        view.state = _kept(view.state, initial_state(view.blocks))

    def _check(self, definition: Json, owner: View | None) -> None:
        if len(json.dumps(definition).encode()) > _LARGEST:
            raise ApiError("view_too_large")
        external: Any = definition.get("external_id")
        if external:
            other = self.find(external_id=external)
            if other is not None and other is not owner:
                raise ApiError("duplicate_external_id")

    def _check_hash(self, view: View, expected: str | None) -> None:
        if expected is not None and expected != view.hash:
            raise ApiError("hash_conflict")


def _kept(before: Json, fresh: Json) -> Json:
    """What was filled in stays where block, action and type are the same as before."""
    return {
        block: {
            action: old
            if (old := before.get(block, {}).get(action)) and old["type"] == entry["type"]
            else entry
            for action, entry in actions.items()
        }
        for block, actions in fresh.items()
    }
