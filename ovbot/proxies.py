"""Which proxy a request goes through, by the environment: HTTPS_PROXY, HTTP_PROXY, NO_PROXY.

A socket (wss) goes through the proxy for https.
"""

import ipaddress
import os
from urllib.parse import urlsplit
from urllib.request import (  # type: ignore[attr-defined]  # in the docs, not in typeshed
    getproxies_environment,
    proxy_bypass_environment,
)

_HERE = "localhost,127.0.0.1,::1"
_LIKE = {"wss": "https", "ws": "http"}


def proxy_for(url: str) -> str | None:
    """The proxy's URL, or None to go straight there."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies_environment()
    scheme = _LIKE.get(parts.scheme, parts.scheme)
    named = proxies.get(scheme) or proxies.get("all")
    if not named or not host or _is_exempt(host, parts.port, proxies):
        return None
    return named if "://" in named else f"http://{named}"


def spare_this_machine() -> None:
    """Where all that is spoken to is here, have NO_PROXY say so to every library that reads it."""
    named = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = f"{named},{_HERE}" if named else _HERE


def _is_exempt(host: str, port: int | None, proxies: dict[str, str]) -> bool:
    """Whether NO_PROXY names the host: by name, domain, address, with a port, or by network."""
    if proxy_bypass_environment(f"{host}:{port}" if port else host, proxies):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(_holds(one.strip(), address) for one in proxies.get("no", "").split(","))


def _holds(network: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
