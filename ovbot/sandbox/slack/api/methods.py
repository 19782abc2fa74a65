"""The table of methods, filled by the modules beside this one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from ovbot.sandbox.slack.api.arguments import Arguments
from ovbot.sandbox.slack.ratelimits import Tier
from ovbot.sandbox.slack.shapes import Json
from ovbot.sandbox.slack.state import State

Run = Callable[[State, Arguments], Awaitable[Json]]
Token = Literal["bot", "app", "none"]


@dataclass(frozen=True)
class Method:
    """One method: what it needs and what it does.

    `scopes` are alternatives: any one of them will do. `run` answers the body without ``ok``.
    """

    name: str
    run: Run
    tier: Tier
    scopes: tuple[str, ...] = ()
    needs: Token = "bot"


METHODS: dict[str, Method] = {}


def method(name: str, tier: Tier, *scopes: str, needs: Token = "bot") -> Callable[[Run], Run]:
    """Enter a function into the table under the method's name."""

    def enter(run: Run) -> Run:
        METHODS[name] = Method(name, run, tier, scopes, needs)
        return run

    return enter
