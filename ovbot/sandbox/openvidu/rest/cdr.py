"""The CDR's files over HTTP.

Documentation: OpenVidu CDR. The list is an array of names without any order.
"""

from __future__ import annotations

from ovbot.sandbox.openvidu.messages import Call, Reply, json_reply
from ovbot.sandbox.openvidu.rest.files import served
from ovbot.sandbox.openvidu.state.world import World


async def list_files(world: World, call: Call) -> Reply:
    """GET /cdr."""
    if not world.settings.cdr:
        return world.bodies.spring(404, "No message available", call.path)
    return json_reply(list(world.cdr.files))


async def get_file(world: World, call: Call) -> Reply:
    """GET /cdr/<file>."""
    name = call.variables[0]
    content = world.cdr.files.get(name) if world.settings.cdr else None
    if content is None:
        return world.bodies.spring(404, "No message available", call.path)
    return served(world, call, bytes(content), "text/plain", modified=world.cdr.changed[name])
