"""What happens to a request before any controller sees it: firewall, rewriting, credentials.

Documentation: REST API, the Authorization header.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from typing import Literal

from ovbot.sandbox.openvidu.messages import Call
from ovbot.sandbox.openvidu.profile import Profile

USER = "openviduapp"
_TOMCAT = re.compile(r"%2f|%5c|%00|[^!#$&-;=?-\[\]_a-z~%]", re.IGNORECASE)
_FORBIDDEN = re.compile(r";|//|%3b|%25|%2e", re.IGNORECASE)
_FORBIDDEN_SINCE = re.compile(rf"{_FORBIDDEN.pattern}|%0a|%0d", re.IGNORECASE)
_DOTS = re.compile(r"/\.{1,2}(?=/|$)")
_BLOCK, _LINES = 8192, 100
_OLD_PATHS = (
    ("/api/", "/openvidu/api/"),
    ("/config", "/openvidu/api/config"),
    ("/cdr", "/openvidu/cdr"),
    ("/recordings/", "/openvidu/recordings/"),
    ("/layouts/custom/", "/openvidu/layouts/"),
)
_GUARDED = ("/layouts", "/openvidu/layouts")
_GUARDED_TO_READ = ("/cdr", "/openvidu/cdr", "/dashboard")


def unreadable(call: Call) -> bool:
    """Whether Tomcat refuses a request before Spring sees it.

    For letters that no address has, and for a block of headers over 8 kB or 100 lines; so a
    session whose id is longer than that cannot be addressed.
    """
    if _TOMCAT.search(call.path) is not None:
        return True
    first = len(call.method) + len(call.path) + len(call.query) + len(" ? HTTP/1.1\r\n\r\n")
    return first + call.head > _BLOCK or call.lines > _LINES


def rejected(path: str, profile: Profile) -> str | None:
    """Why Spring's firewall takes a path for an attack, if it does; the newer one sees lines."""
    forbidden = _FORBIDDEN_SINCE if profile.strict_routes else _FORBIDDEN
    if (found := forbidden.search(path)) is not None:
        return f'the URL contained a potentially malicious String "{found.group()}"'
    return "the URL was not normalized." if _DOTS.search(path) else None


def rewritten(path: str, profile: Profile, *, pro: bool) -> str:
    """A deprecated path's new form, as the servers' rewrite filter makes it."""
    old_paths: tuple[tuple[str, str], ...] = _OLD_PATHS
    if pro and profile.pro == "/openvidu/api":
        old_paths = (*_OLD_PATHS, ("/pro/", "/openvidu/api/"))
    for old, new in old_paths:
        if path.startswith(old):
            return new + path[len(old) :]
    return path


def authorised(headers: Mapping[str, str], secret: str) -> bool:
    """Basic credentials OPENVIDUAPP:<secret>; Spring ignores the case of the name."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
    except binascii.Error:
        return False
    right = hmac.compare_digest(password, secret.encode())
    return bool(colon) and right and user.decode("utf-8", "replace").lower() == USER


def rule(
    method: str, path: str, profile: Profile, *, pro: bool, public_files: bool
) -> Literal["credentials", "open"] | None:
    """What Spring Security says of an (already rewritten) path; None: no rule names it.

    An address without a rule is open, but denied to everybody by Boot 3.
    """
    if path == f"{profile.config_path}/openvidu-publicurl" and method == "GET":
        return "open"
    if path.startswith(f"{profile.recordings}/"):
        if profile.strict_routes and method != "GET":
            return None
        return "open" if public_files else "credentials"
    guarded = [profile.api, *_GUARDED]
    if pro:
        guarded.append(profile.pro)
    if method == "GET":
        guarded += [profile.config_path, *_GUARDED_TO_READ]
    if any(path == each or path.startswith(f"{each}/") for each in guarded):
        return "credentials"
    return None
