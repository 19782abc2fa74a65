"""The certificates that OpenVidu servers show.

``named``: one for the addresses it is reached by, its own authority, which a client can trust.
``proxy``: what the proxy in front makes by itself (CERTIFICATE_TYPE=selfsigned): only a common
name, no subjectAltName. ``inside``: what is in the server's own archive, shown where no proxy
stands in front of it: up to 2.31 one without any name that ends on 2027-05-28, in 2.32 one for
localhost by an authority that nobody has. The last three can only be pinned.
"""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.profile import PROFILES

INSIDE_ENDS = datetime(2027, 5, 28, tzinfo=UTC)
INSIDE_NAMES = ("localhost", "127.0.0.1")
_COMMON, _OWNER = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME


def certificate_of(config: SimulatorConfig) -> tuple[str, str]:
    """Certificate and key in PEM; negative ``tls_days`` make one that has expired."""
    end = datetime.now(UTC) + timedelta(days=config.tls_days)
    own = _name(_COMMON, config.tls_names[0])
    if config.certificate == "named":
        return _made(own, config.tls_names, end)
    if config.certificate == "proxy":
        return _made(own, (), end)
    if PROFILES[config.profile].inner_certificate == "nameless":
        return _made(_name(_OWNER, "OpenVidu"), (), INSIDE_ENDS)
    return _made(_name(_COMMON, "localhost"), INSIDE_NAMES, end, authority=False)


def _made(
    subject: x509.Name, names: tuple[str, ...], end: datetime, *, authority: bool = True
) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    signer = key if authority else ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if authority else _name(_COMMON, "OpenVidu development"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), end) - timedelta(days=1))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    if names:
        alternative = x509.SubjectAlternativeName([_address(each) for each in names])
        builder = builder.add_extension(alternative, False)
    if not authority:
        known = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(known, False)
    certificate = builder.sign(signer, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(pem).decode(), private.decode()


def _name(kind: x509.ObjectIdentifier, text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, text)])


def _address(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
