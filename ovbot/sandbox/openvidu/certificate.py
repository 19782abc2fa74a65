"""A self-signed certificate, as an OpenVidu deployment starts with (CERTIFICATE_TYPE=selfsigned).

Written out by hand (RFC 5280, FIPS 186-4) because the standard library cannot make one and a
simulator is no reason to depend on a library that can. Nothing here guards anything: the key
lives as long as one simulator.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import secrets
from datetime import UTC, datetime, timedelta

# NIST P-256
_P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_A = _P - 3
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_Point = tuple[int, int]

_EC_PUBLIC_KEY = (1, 2, 840, 10045, 2, 1)
_PRIME256V1 = (1, 2, 840, 10045, 3, 1, 7)
_ECDSA_SHA256 = (1, 2, 840, 10045, 4, 3, 2)
_COMMON_NAME = (2, 5, 4, 3)
_KEY_IDENTIFIER = (2, 5, 29, 14)
_KEY_USAGE = (2, 5, 29, 15)
_ALTERNATIVE_NAME = (2, 5, 29, 17)
_BASIC_CONSTRAINTS = (2, 5, 29, 19)


def self_signed(names: tuple[str, ...], days: int) -> tuple[str, str]:
    """Certificate and key in PEM, for host names or addresses, good until ``days`` from now.

    Negative ``days`` make a certificate that has expired.
    """
    secret = secrets.randbelow(_N - 1) + 1
    public = b"\x04" + b"".join(each.to_bytes(32, "big") for each in _times(secret, _G))
    body = _to_be_signed(names, days, public)
    certificate = _sequence(body, _algorithm(), _bits(_sign(body, secret)))
    key = _sequence(
        _integer(1),
        _tagged(0x04, secret.to_bytes(32, "big")),
        _tagged(0xA0, _oid(_PRIME256V1)),
        _tagged(0xA1, _bits(public)),
    )
    return _pem("CERTIFICATE", certificate), _pem("EC PRIVATE KEY", key)


def _to_be_signed(names: tuple[str, ...], days: int, public: bytes) -> bytes:
    now = datetime.now(UTC)
    begin = min(now, now + timedelta(days=days)) - timedelta(days=1)
    common_name = _sequence(_oid(_COMMON_NAME), _tagged(0x0C, names[0].encode()))
    name = _sequence(_tagged(0x31, common_name))
    return _sequence(
        _tagged(0xA0, _integer(2)),  # version 3
        _integer(secrets.randbits(120)),
        _algorithm(),
        name,
        _sequence(_time(begin), _time(now + timedelta(days=days))),
        name,
        _sequence(_sequence(_oid(_EC_PUBLIC_KEY), _oid(_PRIME256V1)), _bits(public)),
        _tagged(0xA3, _extensions(names, public)),
    )


def _extensions(names: tuple[str, ...], public: bytes) -> bytes:
    identifier = hashlib.sha1(public, usedforsecurity=False).digest()
    return _sequence(
        # Its own authority, so that a client may trust this very file.
        _extension(_BASIC_CONSTRAINTS, _sequence(_tagged(0x01, b"\xff")), critical=True),
        _extension(_KEY_USAGE, b"\x03\x02\x02\x84", critical=True),  # sign data, sign certificates
        _extension(_KEY_IDENTIFIER, _tagged(0x04, identifier)),
        _extension(_ALTERNATIVE_NAME, _sequence(*(_general_name(each) for each in names))),
    )


def _general_name(name: str) -> bytes:
    try:
        return _tagged(0x87, ipaddress.ip_address(name).packed)
    except ValueError:
        return _tagged(0x82, name.encode("idna"))


def _extension(oid: tuple[int, ...], value: bytes, *, critical: bool = False) -> bytes:
    flag = _tagged(0x01, b"\xff") if critical else b""
    return _sequence(_oid(oid), flag, _tagged(0x04, value))


def _sign(message: bytes, secret: int) -> bytes:
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    while True:
        once = secrets.randbelow(_N - 1) + 1
        r = _times(once, _G)[0] % _N
        s = pow(once, -1, _N) * (digest + r * secret) % _N
        if r and s:
            return _sequence(_integer(r), _integer(s))


def _times(scalar: int, point: _Point) -> _Point:
    """Multiplication on the curve; the scalar is never 0 here."""
    found: _Point | None = None
    while scalar:
        if scalar & 1:
            found = point if found is None else _plus(found, point)
        point = _plus(point, point)
        scalar >>= 1
    if found is None:
        raise ValueError("the scalar must not be 0")
    return found


def _plus(one: _Point, other: _Point) -> _Point:
    (x1, y1), (x2, y2) = one, other
    if one == other:
        slope = (3 * x1 * x1 + _A) * pow(2 * y1, -1, _P)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, _P)
    x = (slope * slope - x1 - x2) % _P
    return x, (slope * (x1 - x) - y1) % _P


def _algorithm() -> bytes:
    return _sequence(_oid(_ECDSA_SHA256))


def _time(moment: datetime) -> bytes:
    return _tagged(0x17, f"{moment:%y%m%d%H%M%S}Z".encode())


def _oid(numbers: tuple[int, ...]) -> bytes:
    content = bytearray([numbers[0] * 40 + numbers[1]])
    for number in numbers[2:]:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return _tagged(0x06, bytes(content))


def _integer(value: int) -> bytes:
    return _tagged(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _bits(content: bytes) -> bytes:
    return _tagged(0x03, b"\x00" + content)


def _sequence(*parts: bytes) -> bytes:
    return _tagged(0x30, b"".join(parts))


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _pem(label: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])
