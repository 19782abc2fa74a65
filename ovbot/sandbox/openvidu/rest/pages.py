"""What a browser finds on the server: a start page, and the page to trust its certificate on."""

from __future__ import annotations

from ovbot.sandbox.openvidu.messages import Call, Reply
from ovbot.sandbox.openvidu.state.world import World

_HTML = "text/html;charset=UTF-8"
_PAGE = b"<!doctype html>\n<html><head><title>OpenVidu</title></head><body></body></html>\n"


async def start(world: World, call: Call) -> Reply:
    """GET /."""
    return Reply(200, _PAGE, _HTML, (("Accept-Ranges", "bytes"),))


async def accept_certificate(world: World, call: Call) -> Reply:
    """GET /accept-certificate."""
    kind = world.profile.accept_certificate
    if kind == "text":
        return Reply(200, b"accept-cert", "text/plain;charset=UTF-8")
    if kind == "page":
        return Reply(200, _PAGE, _HTML)
    # The template is missing: an error below the old address, no page below the new one.
    status = 404 if call.path.startswith("/openvidu/") else 500
    return world.bodies.spring(status, "", call.path, content_type="application/json;charset=UTF-8")
