"""From a request to OpenVidu's answer: firewall, credentials, routing, handler."""

from __future__ import annotations

from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.faults import proxy_page
from ovbot.sandbox.openvidu.messages import Call, Refusal, Reply
from ovbot.sandbox.openvidu.profile import PROFILES
from ovbot.sandbox.openvidu.rest import security
from ovbot.sandbox.openvidu.rest.routes import Found, Routes
from ovbot.sandbox.openvidu.rest.table import routes
from ovbot.sandbox.openvidu.state.model import Uncaught
from ovbot.sandbox.openvidu.state.world import World

_CHALLENGE = (("WWW-Authenticate", 'Basic realm="Realm"'),)
_TOMCAT = Reply(
    400,
    b'<!doctype html><html lang="en"><head><title>HTTP Status 400 \xe2\x80\x93 Bad Request</title>'
    b'<style type="text/css">body {font-family:Tahoma,Arial,sans-serif;} h1, h2, h3, b '
    b"{color:white;background-color:#525D76;} h1 {font-size:22px;} h2 {font-size:16px;} h3 "
    b"{font-size:14px;} p {font-size:12px;} a {color:black;} .line {height:1px;background-color:"
    b"#525D76;border:none;}</style></head><body><h1>HTTP Status 400 \xe2\x80\x93 Bad Request</h1>"
    b"</body></html>",
    "text/html;charset=utf-8",
    (("Content-Language", "en"), ("Connection", "close")),
)
_SECURITY_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-XSS-Protection", "1; mode=block"),
    ("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),
    ("Pragma", "no-cache"),
    ("Expires", "0"),
)


class Api:
    """The REST API of one deployment; the world it acts on may be replaced between calls."""

    def __init__(self, config: SimulatorConfig) -> None:
        self._profile = PROFILES[config.profile]
        self._pro = config.edition == "pro"
        self._secret = config.secret
        wanted = config.deprecated_api
        default = self._profile.deprecated_api
        self._rewrites = self._profile.api == "/openvidu/api" and (
            default if wanted is None else wanted
        )
        self._routes = Routes(
            routes(self._profile, config.edition), strict=self._profile.strict_routes
        )

    def operation(self, method: str, path: str) -> str | None:
        """The name of what a request asks for, before anything is checked."""
        route = self._routes.find(method, self._rewritten(path)).route
        return route.operation if route is not None else None

    async def answer(self, world: World, call: Call) -> Reply:
        """What the server answers; effects on the world happen on the way."""
        if world.away:
            return proxy_page(502)
        reply = await self._answer(world, call)
        headers: tuple[tuple[str, str], ...] = _SECURITY_HEADERS
        if "origin" in call.headers:
            headers = (*headers, ("Access-Control-Allow-Origin", "*"))
        return Reply(reply.status, reply.body, reply.content_type, (*reply.headers, *headers))

    async def _answer(self, world: World, call: Call) -> Reply:
        if security.unreadable(call):
            return _TOMCAT
        if (why := security.rejected(call.path, self._profile)) is not None:
            return self._firewalled(world, call, why)
        path = self._rewritten(call.path)
        known = security.authorised(call.headers, self._secret)
        if call.method == "OPTIONS" and "access-control-request-method" in call.headers:
            return _preflight(call)
        public = world.settings.public_access
        rule = security.rule(call.method, path, self._profile, pro=self._pro, public_files=public)
        if rule == "credentials":
            if not known:
                return world.bodies.spring(401, "Unauthorized", call.path, _CHALLENGE)
        elif rule is None and self._profile.strict_routes:
            return Reply(403) if known else Reply(401, headers=_CHALLENGE)
        return await self._dispatch(world, call, self._routes.find(call.method, path))

    async def _dispatch(self, world: World, call: Call, found: Found) -> Reply:
        if found.route is None:
            return _nothing_there(world, call, found.allowed)
        try:
            return await found.route.handler(
                world, call.routed(found.route.operation, found.variables)
            )
        except Refusal as refusal:
            return refusal.reply
        except Uncaught as error:
            if error.told:
                return Reply(500, str(error).encode(), "text/plain;charset=UTF-8")
            return world.bodies.spring(500, str(error), call.path)

    def _rewritten(self, path: str) -> str:
        return security.rewritten(path, self._profile, pro=self._pro) if self._rewrites else path

    def _firewalled(self, world: World, call: Call, why: str) -> Reply:
        """The error page of a request that nobody has looked at for credentials."""
        if self._profile.strict_routes:
            return Reply(401, headers=_CHALLENGE)
        message = f"The request was rejected because {why}"
        return world.bodies.spring(500, message, call.path)


def _nothing_there(world: World, call: Call, allowed: tuple[str, ...]) -> Reply:
    if not allowed:
        return world.bodies.spring(404, "No message available", call.path)
    methods = (*allowed, "HEAD") if "GET" in allowed else allowed
    if call.method == "OPTIONS":
        return Reply(200, headers=(("Allow", ",".join((*methods, "OPTIONS"))),))
    message = f"Request method '{call.method}' not supported"
    headers = (("Allow", ", ".join(allowed)),)
    return world.bodies.spring(405, message, call.path, headers)


def _preflight(call: Call) -> Reply:
    wanted = call.headers["access-control-request-method"]
    headers = call.headers.get("access-control-request-headers", "")
    return Reply(
        200,
        headers=(
            ("Access-Control-Allow-Methods", wanted),
            ("Access-Control-Allow-Headers", headers),
            ("Access-Control-Max-Age", "1800"),
        ),
    )
