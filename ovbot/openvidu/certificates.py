"""Whom to believe: authorities, or one certificate itself, known by its file or its digest.

OpenVidu's own certificates carry no name that could be checked: the one that its proxy makes has a
CN and no subjectAltName, the ones inside the servers belong to nobody. Whoever has such a
certificate in hand can have it pinned: then that very certificate is believed, whatever it says of
itself, and no other. Verification is never merely switched off.
"""

from __future__ import annotations

import hashlib
import re
import ssl
import time
from pathlib import Path
from typing import Final, cast

import msgspec

from ovbot.openvidu.validity import ends

DAY_MS: Final = 86_400_000
NEAR_DAYS: Final = 30
"""Days before its end from which on a certificate is spoken of."""
_BLOCK: Final = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
WRONG_NAME: Final = frozenset({62, 64})
"""What OpenSSL calls a certificate for another host, and for another address."""
EXPIRED: Final = 10


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a server has shown of itself. Times are milliseconds."""

    sha256: str
    """64 hexadecimal digits."""
    ends_at: int | None
    pinned: bool
    """It was believed since it is the very one that was given."""

    def days_left(self, now_ms: int) -> int | None:
        """Whole days until it ends, if that is soon enough that somebody should see to it."""
        if self.ends_at is None or self.ends_at - now_ms >= NEAR_DAYS * DAY_MS:
            return None
        return (self.ends_at - now_ms) // DAY_MS


class Trust(ssl.SSLContext):
    """A client's TLS context that remembers what the server has shown.

    With ``pins`` it believes exactly the certificates of these digests; without, whatever the
    loaded authorities have signed for the host.
    """

    pins: frozenset[str] = frozenset()
    shown: Certificate | None = None

    def __init__(self, *_: object) -> None:
        self.sslobject_class = _Handshake

    def judge(self, der: bytes) -> None:
        """Look at the certificate of a handshake. Raises NotPinned."""
        digest, ends_at = hashlib.sha256(der).hexdigest(), ends(der)
        if self.pins:
            if digest not in self.pins:
                raise NotPinned("it is not the one that was given")
            if ends_at is not None and ends_at < time.time():
                raise NotPinned("certificate has expired", EXPIRED)
        milliseconds = None if ends_at is None else int(ends_at * 1000)
        self.shown = Certificate(sha256=digest, ends_at=milliseconds, pinned=bool(self.pins))


class _Handshake(ssl.SSLObject):
    """The TLS of one connection; nothing has been sent over it when its handshake ends."""

    def do_handshake(self) -> None:
        super().do_handshake()
        cast("Trust", self.context).judge(self.getpeercert(binary_form=True) or b"")


class NotPinned(ssl.SSLCertVerificationError):
    """A refusal like OpenSSL's own, of a certificate that was to be known by itself."""

    def __init__(self, why: str, code: int = 0) -> None:
        super().__init__(1, why)
        self.verify_code, self.verify_message = code, why


def refusal(problem: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The refusal of a certificate that is at the bottom of a failure, if there is one."""
    while problem is not None:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return problem
        problem = problem.__cause__ or problem.__context__
    return None


def silence(problem: BaseException) -> tuple[bool, bool]:
    """How little a refusal tells of what is wrong: an end says most, "another one" least."""
    found = refusal(problem)
    return (found is None or found.verify_code != EXPIRED, isinstance(found, NotPinned))


def trusts(ca_file: Path | None, pins: tuple[str, ...] = ()) -> tuple[Trust, ...]:
    """The ways in which a server may be believed, the strictest first.

    The file's certificates as authorities, and each of them as itself; digests as themselves; the
    system's authorities where neither is given. Raises ValueError for what cannot be used.
    """
    given = frozenset(map(digest_of, pins))
    if ca_file is None:
        return (_pinned(given),) if given else (_authorities(None),)
    authorities = _authorities(ca_file)
    blocks = _BLOCK.findall(ca_file.read_bytes())
    own = {hashlib.sha256(ssl.PEM_cert_to_DER_cert(b.decode("ascii"))).hexdigest() for b in blocks}
    return (authorities, _pinned(given | own))


def digest_of(text: str) -> str:
    """A SHA-256 as people copy it, with or without colons. Raises ValueError."""
    digest = text.lower().rpartition("=")[2].replace(":", "").strip()
    if not _DIGEST.fullmatch(digest):
        raise ValueError(
            "it must be the certificate's SHA-256, 64 hexadecimal digits, as in "
            "openssl x509 -in FILE -noout -fingerprint -sha256"
        )
    return digest


def _authorities(ca_file: Path | None) -> Trust:
    trust = Trust(ssl.PROTOCOL_TLS_CLIENT)
    if ca_file is None:
        trust.load_default_certs()
        return trust
    try:
        trust.load_verify_locations(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as problem:
        raise ValueError(f"the CA file {ca_file} cannot be used: {problem}") from problem
    trust.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return trust


def _pinned(pins: frozenset[str]) -> Trust:
    """Whom the digest alone vouches for. The handshake proves that they have the key to it."""
    trust = Trust(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    trust.pins = pins
    return trust
