"""The key pair of one session: made in memory for it alone, signed by the hub's internal authority for servers.

An elliptic key takes a millisecond where JupyterHub's default takes up to half a second of processor time, which forty
people starting at once would wait for. It is never on the hub's disk.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from certipy import Certipy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from aif.core.front import is_name

#: What JupyterHub calls the hub's own inner certificate.
HUB = "hub-internal"
#: From so long before its making on a certificate holds: clocks differ, and the hub's may be put back. Its key is new.
CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True)
class KeyPair:
    """PEM texts: the session's private key, its certificate, and the authorities it trusts."""

    key: str
    cert: str
    trusted: str

    def __repr__(self) -> str:
        return "KeyPair(…)"


class SessionAuthority:
    """Signs session certificates with the hub's internal authority for notebook servers.

    `store` is JupyterHub's `internal_certs_location`, `trust_bundle` the file of authorities that servers trust.
    """

    def __init__(self, store: Path, trust_bundle: Path) -> None:
        folder = store / "notebooks-ca"
        key = serialization.load_pem_private_key((folder / "notebooks-ca.key").read_bytes(), password=None)
        if not isinstance(key, CertificateIssuerPrivateKeyTypes):
            raise TypeError(f"{folder}: not a key that can sign certificates")
        self._key = key
        self._cert = x509.load_pem_x509_certificate((folder / "notebooks-ca.crt").read_bytes())
        self._trusted = trust_bundle.read_text()
        self._issuer_id = _issuer_id(self._cert)

    def issue(self, login: str, addresses: Iterable[str], valid: timedelta, host: str = "") -> KeyPair:
        """A key pair for that person's server on any of `addresses`, and as its client towards hub and proxy.

        `host` is the name by which browsers ask for it, if it is a name: the proxy holds the certificate against that.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        names: list[x509.GeneralName] = [
            x509.IPAddress(ipaddress.ip_address(address)) for address in sorted(set(addresses))
        ]
        names += [x509.DNSName(host)] if is_name(host) else []
        cert = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"user-{login}"[:64])]))
            .issuer_name(self._cert.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCKS_DIFFER)
            .not_valid_after(now + valid)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(self._issuer_id, critical=False)  # Python 3.13 and later refuse a certificate without
            .add_extension(x509.SubjectAlternativeName([*names, x509.DNSName("localhost")]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return KeyPair(
            key=key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
            cert=cert.public_bytes(serialization.Encoding.PEM).decode(),
            trusted=self._trusted,
        )


def renew_for(store: Path, names: Iterable[str]) -> None:
    """Has JupyterHub make the hub's own inner certificate anew, where the one that it has is not for all of `names`.

    The proxy holds it against the name by which a browser asks. Its authority stays, so whoever trusts it goes on.
    """
    path = store / HUB / f"{HUB}.crt"
    if not path.exists():
        return
    cert = x509.load_pem_x509_certificate(path.read_bytes())
    known = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if not set(names) <= set(known.get_values_for_type(x509.DNSName)):
        Certipy(store_dir=str(store)).store.remove_files(HUB, delete_dir=True)


def _issuer_id(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """How certificates name this authority: by the identifier it gives itself, if it does."""
    try:
        own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)
