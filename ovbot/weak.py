"""What is set so that it works and yet is weak: told at each start, and no reason not to start."""

import ipaddress
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from ovbot.settings import Settings

SHORTEST = 16
"""Characters of a secret that nobody finds by trying."""


def weaknesses(settings: Settings, dotenv: Path = Path(".env")) -> Iterator[str]:
    """A sentence each, with what to do. No value is repeated."""
    for name, secret in (
        ("OVBOT_WEBHOOK_SECRET", settings.webhook_secret),
        ("OVBOT_OPENVIDU_SECRET", settings.openvidu_secret),
        ("SLACK_SIGNING_SECRET", settings.slack_signing_secret),
    ):
        if _is_short(secret):
            yield f"{name} has fewer than {SHORTEST} characters: make a longer one, at random."
    if _goes_out(settings.openvidu_url):
        yield (
            "OVBOT_OPENVIDU_URL is http:// to another machine: the secret and join tokens can be "
            "read on the way. Use https://."
        )
    if settings.public_url and _goes_out(settings.public_url):
        yield "OVBOT_PUBLIC_URL is http:// from another machine: webhooks carry their secret there."
    if not settings.admins:
        yield "OVBOT_ADMINS names nobody: nobody can moderate, bind a channel or hear of trouble."
    if _is_open(dotenv):
        yield f"{dotenv} can be read by others on this machine: chmod 600 {dotenv}."


def _is_short(secret: SecretStr | None) -> bool:
    return secret is not None and len(secret.get_secret_value()) < SHORTEST


def _goes_out(url: str) -> bool:
    """Whether what is sent there goes over a network, to be read by whoever is on it."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost" or host.endswith(".localhost")
    return parts.scheme == "http" and not is_here


def _is_open(file: Path) -> bool:
    try:
        return bool(stat.S_IMODE(file.stat().st_mode) & 0o077)
    except OSError:
        return False
