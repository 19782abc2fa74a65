"""Where OpenVidu may be sent by an address that is typed in chat (see docs/decisions/0005)."""

import msgspec

from ovbot.domain.hosts import Hosts, host_of
from ovbot.domain.markup import code, md
from ovbot.errors import UserError

CAMERAS, NODES = "OVBOT_CAMERA_HOSTS", "OVBOT_NODE_HOSTS"
"""The settings that hold the allow-lists."""


class Allowed(msgspec.Struct, frozen=True):
    """The hosts that IP cameras and media nodes may have; none until they are named."""

    cameras: Hosts = Hosts()
    nodes: Hosts = Hosts()


NOWHERE = Allowed()


def check(address: str, hosts: Hosts, setting: str) -> None:
    """Raise UserError unless the address leads to one of the hosts. Says only its host: the rest
    may hold a password."""
    host = host_of(address)
    if host is None:
        raise UserError(
            "That address can be read in more than one way, so OpenVidu was not sent there.",
            "Write its host as a plain name or IP address, and in its user, password and path "
            "@ as %40, / as %2F and \\ as %5C.",
            code="host.unclear",
        )
    if not hosts.allow(host):
        raise UserError(
            f"{host} isn't an allowed host for OpenVidu to connect to, so nothing was done.",
            md("Whoever runs ovbot can allow that host in its setting {}.", code(setting)),
            code="host.not_allowed",
        )
