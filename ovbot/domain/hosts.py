"""Which hosts OpenVidu may be sent to: an address typed in chat makes it dial out from inside.

Every library reads a malformed address in its own way (RFC 3986 against WHATWG's URL standard), and
whoever finds two that disagree gets past a check. So only the plainest form passes at all, and what
passes has one meaning: no second ``@``, no backslash, no number that could be an IPv4 address in
disguise, no name in letters that only look like ASCII.
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import msgspec

ANY = "*"
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z]+)://"
    r"(?:[!$&-.0-;=A-Z_a-z~%]*@)?"  # user:password, percent-encoded where it must be
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z._-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][^@]*)?",  # some take what follows a later @ for the host
    re.ASCII,
)
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\\"<>^`{|}]|[^\x00-\x7f]")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INNER = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
_IN_DISGUISE = tuple(
    map(IPv6Network, ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"))
)
"""IPv4 in IPv6: compatible, mapped, NAT64 (RFC 6052, 8215) and 6to4."""
_NO_HOST = (
    "“{}” is no host: write cam.example.com, *.example.com, 10.1.2.3, 10.1.0.0/16 or *, without "
    "scheme, port or path"
)


class Hosts(msgspec.Struct, frozen=True):
    """An allow-list: names, names below ``*.DOMAIN``, IP addresses, networks, or ``*`` for all that
    the internet has. What is inside of a network is allowed only by its own entry."""

    names: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    any: bool = False

    def allow(self, host: str) -> bool:
        """Whether a host, as ``host_of`` gives it, is on the list. Names are not resolved."""
        try:
            address = ip_address(host)
        except ValueError:
            named = host in self.names or host.endswith(self.domains)
            return named or (self.any and not _is_inside(host))
        listed = any(address in network for network in self.networks)
        return listed or (self.any and _is_public(address))


def _is_inside(name: str) -> bool:
    """A name that only an inner network knows; of others it is not known where they lead."""
    return "." not in name or name.endswith(_INNER)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Also an IPv6 address that stands for an IPv4 one is none: it may lead inside."""
    if isinstance(address, IPv6Address) and any(address in network for network in _IN_DISGUISE):
        return False
    return address.is_global and not address.is_multicast


def hosts(entries: Iterable[str]) -> Hosts:
    """Read an allow-list; raises ValueError with a sentence for an entry that is none."""
    names, domains, networks, everything = set(), [], [], False
    for entry in (entry.strip().lower() for entry in entries):
        if entry == ANY:
            everything = True
        elif entry.startswith("*."):
            domains.append(f".{_name(entry[2:], entry)}")
        elif "/" in entry or _literal(entry):
            networks.append(_network(entry))
        else:
            names.add(_name(entry, entry))
    return Hosts(frozenset(names), tuple(domains), tuple(networks), everything)


def host_of(address: str) -> str | None:
    """The host of an address, in small letters, an IPv6 one without its brackets and in its short
    form; None when the address could be read in more than one way."""
    found = None if _UNSAFE.search(address) else _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"] or 1) < 65_536:
        return None
    host = found["host"].lower()
    if host.startswith("["):
        return _ipv6(host[1:-1])
    host = host.removesuffix(".")
    if _NUMBER.fullmatch(host.rpartition(".")[2]):  # a number at the end makes it an IPv4 address
        return host if _literal(host) else None
    return host if _NAME.fullmatch(host) and len(host) <= 253 else None


def _ipv6(text: str) -> str | None:
    try:
        address = IPv6Address(text)
    except ValueError:
        return None
    if (mapped := address.ipv4_mapped) is None:
        return str(address)
    # Python 3.13 writes these with dots, older ones in hexadecimal: one form for all.
    return "::ffff:{:x}:{:x}".format(*divmod(int(mapped), 1 << 16))


def _literal(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry)
    except ValueError:
        raise ValueError(_NO_HOST.format(entry)) from None


def _name(name: str, entry: str) -> str:
    name = name.removesuffix(".")
    if not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        raise ValueError(_NO_HOST.format(entry))
    return name
