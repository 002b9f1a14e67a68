"""A certificate as far as a check asks: since when, until when, for which names, and whether a key is its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


class NotACertificate(ValueError):
    """The bytes are no PEM certificate, or no key."""


@dataclass(frozen=True)
class Certificate:
    """The first certificate of a file, which is the one that is shown."""

    since: datetime
    until: datetime
    names: tuple[str, ...]
    public_key: bytes

    def is_for(self, host: str) -> bool:
        """Whether a browser takes it for that host; ``*.example.org`` stands for one label."""
        host = host.lower()
        return any(
            name.lower() == host or (name.startswith("*.") and name[2:].lower() == host.partition(".")[2])
            for name in self.names
        )

    def fits(self, key: bytes) -> bool:
        """Whether the PEM key is of this certificate. Raises NotACertificate."""
        from cryptography.hazmat.primitives import serialization

        try:
            private = serialization.load_pem_private_key(key, password=None)
        except (ValueError, TypeError) as error:
            raise NotACertificate(f"not a key without a password: {error}") from error
        return _as_bytes(private.public_key()) == self.public_key


def read_certificate(pem: bytes) -> Certificate:
    """From PEM. Raises NotACertificate, and ModuleNotFoundError where `cryptography` is not installed."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise NotACertificate(f"not a PEM certificate: {error}") from error
    return Certificate(
        found.not_valid_before_utc, found.not_valid_after_utc, _names(found), _as_bytes(found.public_key())
    )


def _names(found: Any) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    hosts = extension.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(address) for address in extension.get_values_for_type(x509.IPAddress)))


def _as_bytes(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return bytes(key.public_bytes(encoding, form))
