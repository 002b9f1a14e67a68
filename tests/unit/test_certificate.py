"""Certificates as the check reads them: dates, names, and whether a key is theirs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from aif_hub.operate.certificate import NotACertificate, read_certificate

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_real_certificate_is_read_and_knows_its_own_key() -> None:
    mine, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub.example.org")])
    built = (
        x509.CertificateBuilder(name, name, mine.public_key(), 7, NOW, NOW + timedelta(days=90))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("hub.example.org"), x509.IPAddress(ip_address("10.0.0.1"))]),
            False,
        )
        .sign(mine, hashes.SHA256())
    )
    found = read_certificate(built.public_bytes(Encoding.PEM))
    assert (found.since, found.until) == (NOW, NOW + timedelta(days=90))
    assert found.names == ("hub.example.org", "10.0.0.1")
    assert found.fits(as_pem(mine))
    assert not found.fits(as_pem(other))


@pytest.mark.parametrize("text", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_said_to_be_none(text: bytes) -> None:
    with pytest.raises(NotACertificate):
        read_certificate(text)


def as_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
