"""The end of a certificate, as a whole library for certificates reads it."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from ovbot.openvidu.validity import ends

KEY = ec.generate_private_key(ec.SECP256R1())
SECOND = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)


def certificate(end: datetime, name: str = "OpenVidu", serial: int = 1) -> bytes:
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(1950, 1, 1, tzinfo=UTC))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("a" * 60)] * 10), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


@given(
    second=st.integers(-631152000, 253402300799),
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=16),
    serial=st.integers(1, 2**159 - 1),
)
def test_any_certificate(second: int, name: str, serial: int) -> None:
    der = certificate(datetime.fromtimestamp(second, UTC), name, serial)
    assert (
        ends(der) == second == x509.load_der_x509_certificate(der).not_valid_after_utc.timestamp()
    )


@pytest.mark.parametrize("end", [SECOND, SECOND + timedelta(seconds=1)])
def test_where_years_get_four_digits(end: datetime) -> None:
    assert ends(certificate(end)) == end.timestamp()


def test_a_first_version_has_no_number_of_it() -> None:
    der = certificate(SECOND)
    version = bytes.fromhex("a003020102")
    at = der.index(version)
    # The lengths of the two sequences around it, each 82 and two bytes, less five.
    lengths = [int.from_bytes(der[n + 2 : n + 4], "big") - len(version) for n in (0, 4)]
    outer, inner = (b"\x30\x82" + length.to_bytes(2, "big") for length in lengths)
    assert ends(outer + inner + der[at + len(version) :]) == SECOND.timestamp()


@given(st.data())
def test_what_is_none_is_told_apart(data: st.DataObject) -> None:
    der = bytearray(certificate(SECOND))
    assert all(ends(bytes(der[:cut])) is None for cut in range(data.draw(st.integers(0, 120))))
    for at in data.draw(st.lists(st.integers(0, 160), max_size=5)):
        der[at] = data.draw(st.integers(0, 255))
    found = ends(bytes(der))
    assert found is None or isinstance(found, float)


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x80", b"\x30\x84\xff\xff\xff\xff", b"0" * 99])
def test_no_certificate(der: bytes) -> None:
    assert ends(der) is None
