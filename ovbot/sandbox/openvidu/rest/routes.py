"""Finding the handler for a method and an address, as Spring does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import unquote

from ovbot.sandbox.openvidu.messages import Call, Reply
from ovbot.sandbox.openvidu.state.world import World

Handler = Callable[[World, Call], Awaitable[Reply]]
REST_OF_PATH = "{*}"


@dataclass(frozen=True)
class Route:
    """One method on one address; ``{}`` is a variable, ``{*}`` whatever follows."""

    method: str
    address: tuple[str, ...]
    operation: str
    handler: Handler

    def match(self, segments: tuple[str, ...]) -> tuple[str, ...] | None:
        """The variables, or None if this is another address."""
        if self.address[-1] == REST_OF_PATH and len(segments) > len(self.address):
            kept = len(self.address) - 1
            segments = (*segments[:kept], "/".join(segments[kept:]))
        if len(segments) != len(self.address):
            return None
        found = []
        for wanted, given in zip(self.address, segments, strict=True):
            if wanted in ("{}", REST_OF_PATH):
                if not given:
                    return None
                found.append(given)
            elif wanted != given:
                return None
        return tuple(found)


@dataclass(frozen=True)
class Found:
    """What is at an address: the route for the method, or only the methods there are."""

    route: Route | None
    variables: tuple[str, ...]
    allowed: tuple[str, ...]


class Routes:
    """All routes of one deployment."""

    def __init__(self, routes: list[Route], *, strict: bool) -> None:
        self._routes = routes
        self._strict = strict
        """Whether a slash at the end makes another address."""

    def find(self, method: str, path: str) -> Found:
        """``path`` is percent-encoded; HEAD is answered wherever GET is."""
        if path.endswith("/") and not self._strict and len(path) > 1:
            path = path[:-1]
        segments = tuple(unquote(each) for each in path.lstrip("/").split("/"))
        wanted = "GET" if method == "HEAD" else method
        allowed: list[str] = []
        for route in self._routes:
            variables = route.match(segments)
            if variables is None:
                continue
            if route.method == wanted:
                return Found(route, variables, ())
            allowed.append(route.method)
        return Found(None, (), tuple(dict.fromkeys(allowed)))
