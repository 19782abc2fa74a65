"""A value inside a payload, and where it stands."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ovbot.sandbox.slack.shapes import Json


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a payload.

    `pointer` is a JSON pointer (RFC 6901) from the checked argument, ``/blocks/0/text/text``.
    The fields are those of the documentation of ``blocks.validate``, "Validation errors".
    """

    pointer: str
    message: str
    constraint: Json = field(default_factory=dict)
    code: str = "failed_constraint"

    def sentence(self) -> str:
        """How the message and view methods put it."""
        return f"{self.message} [json-pointer:{self.pointer}]"

    def as_json(self) -> Json:
        """How ``blocks.validate`` puts it."""
        body: Json = {"code": self.code, "message": self.message, "pointer": self.pointer}
        if self.constraint:
            body["constraint"] = self.constraint
        return body


@dataclass(frozen=True)
class Place:
    """A value, its pointer, and the list that problems found there go to.

    Every rule notes what it dislikes and carries on, so that one refusal names all places.
    """

    value: Any
    pointer: str
    problems: list[Problem]

    def wrong(self, message: str, **constraint: Any) -> None:
        """Note a problem here."""
        self.problems.append(Problem(self.pointer, message, constraint))

    def child(self, key: str | int) -> "Place":
        """The value under `key`."""
        name = str(key).replace("~", "~0").replace("/", "~1")
        return Place(self.value[key], f"{self.pointer}/{name}", self.problems)

    def members(self, required: Iterable[str], optional: Iterable[str] = ()) -> "Members":
        """This object's members, by name; empty when it is no object.

        Names neither required nor optional are refused: the platform does so too.
        """
        if not isinstance(self.value, dict):
            self.wrong("must be an object", type="type", expected="object")
            return Members()
        for name in required:
            if name not in self.value:
                self.wrong(f"missing required field: {name}", type="required", expected=name)
        allowed = {*required, *optional}
        for name in self.value:
            if name not in allowed:
                self.wrong(f"invalid additional property: {name}", type="additionalProperties")
        return Members({name: self.child(name) for name in self.value if name in allowed})

    def items(self, most: int | None = None, least: int = 1) -> "list[Place]":
        """This array's items; empty when it is no array."""
        if not isinstance(self.value, list):
            self.wrong("must be an array", type="type", expected="array")
            return []
        if len(self.value) < least:
            self.wrong(f"no less than {least} items allowed", type="min_items", expected=least)
        if most is not None and len(self.value) > most:
            self.wrong(f"no more than {most} items allowed", type="max_items", expected=most)
        return [self.child(index) for index in range(len(self.value))]

    def string(self, most: int | None = None, least: int = 1) -> None:
        """A string of `least` to `most` characters."""
        if not isinstance(self.value, str):
            self.wrong("must be a string", type="type", expected="string")
            return
        if len(self.value) < least:
            self.wrong(f"must be more than {least - 1} characters", type="min", expected=least)
        if most is not None and len(self.value) > most:
            self.wrong(f"must be less than {most + 1} characters", type="max", expected=most)

    def boolean(self) -> None:
        """``true`` or ``false``."""
        if not isinstance(self.value, bool):
            self.wrong("must be a boolean", type="type", expected="boolean")

    def integer(self, least: int | None = None, most: int | None = None) -> None:
        """A whole number within its bounds."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.wrong("must be an integer", type="type", expected="integer")
            return
        if least is not None and self.value < least:
            self.wrong(f"must be no less than {least}", type="minimum", expected=least)
        if most is not None and self.value > most:
            self.wrong(f"must be no more than {most}", type="maximum", expected=most)

    def number(self) -> None:
        """Any number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            self.wrong("must be a number", type="type", expected="number")

    def one_of(self, *allowed: str) -> None:
        """One of a few words."""
        if self.value not in allowed:
            self.wrong(f"must be one of: {', '.join(allowed)}", type="enum", expected=list(allowed))

    def kind(self, allowed: Iterable[str]) -> str | None:
        """This object's ``type`` if it is one of `allowed`, else a problem and None."""
        if not isinstance(self.value, dict):
            self.wrong("must be an object", type="type", expected="object")
            return None
        if "type" not in self.value:
            self.wrong("missing required field: type", type="required", expected="type")
            return None
        found = self.value["type"]
        expected = sorted(allowed)
        if not isinstance(found, str) or found not in expected:
            self.child("type").wrong(f"unsupported type: {found}", type="enum", expected=expected)
            return None
        return found


class Members(dict[str, Place]):
    """Members of one object, by name."""

    def check(self, name: str, rule: Callable[..., object], *args: Any, **named: Any) -> None:
        """Apply `rule` to the member called `name`, if there is one."""
        if name in self:
            rule(self[name], *args, **named)
