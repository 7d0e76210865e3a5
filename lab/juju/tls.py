"""A controller's certificates: its own authority, and the server certificate that clients are shown.

issue(addresses, now) ─> PEM texts ─> `models.Meta` ─> context(meta) ─> the server's socket

Names as real controllers carry them (juju/juju controller/config.go DefaultDNSNames): clients ask for
"juju-apiserver" whatever address they dial.
"""

import ssl
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.juju.models import Meta

DNS_NAMES: Final = ("localhost", "juju-apiserver", "juju-mongodb", "anything")
_YEARS: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Issued:
    """PEM texts: what clients trust, what the server shows, and the server's private key."""

    ca_cert: str
    cert: str
    key: str


def issue(addresses: Iterable[str], now: float) -> Issued:
    """Make an authority and have it sign a server certificate for `addresses` (IP addresses); valid for ten years."""
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = _name("juju-ca")
    root = _draft(name, name, authority.public_key(), authority.public_key(), now)
    root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    root = root.add_extension(_usage(signs=True), critical=True)
    leaf = _draft(_name("juju-generated"), name, server.public_key(), authority.public_key(), now)
    leaf = leaf.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    leaf = leaf.add_extension(_usage(signs=False), critical=True)
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    leaf = leaf.add_extension(_alternatives(addresses), critical=False)
    return Issued(_signed(root, authority), _signed(leaf, authority), _private(server))


def context(meta: Meta) -> ssl.SSLContext:
    """Give the server's TLS context; ssl.SSLError when the controller's certificate and key don't fit."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # load_cert_chain reads files only; the directory is ours alone, and gone at once
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder) / "chain.pem"
        chain.write_text(meta.cert + meta.key)
        made.load_cert_chain(chain)
    return made


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "juju"), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _draft(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer_public: ec.EllipticCurvePublicKey,
    now: float,
) -> x509.CertificateBuilder:
    start = datetime.fromtimestamp(now, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        # clocks differ: a client that is a little behind must not find it "not yet valid"
        .not_valid_before(start - timedelta(days=7))
        .not_valid_after(start + _YEARS)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _alternatives(addresses: Iterable[str]) -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in DNS_NAMES]
    return x509.SubjectAlternativeName(
        names + [x509.IPAddress(ip_address(each)) for each in dict.fromkeys(["127.0.0.1", *addresses])]
    )


def _signed(draft: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey) -> str:
    return draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
