"""The certificate authority that Vault's charm sets up: real certificates, drawn from a seed (pure).

seed ─> `authority` ─> Authority(pem, key) ─> `issue` ─> certificate and key;   `request` ─> a signing request

Real charms use RSA keys; here they lie on P-256, which is made in no time.
"""

import hashlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ROOT_NAME: Final = "Vault Root Certificate Authority (charm-pki-local)"
MIDDLE_NAME: Final = "Vault Intermediate Certificate Authority (charm-pki-local)"

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SKEW: Final = timedelta(seconds=30)

_ATTRIBUTES: Final = {
    "country": NameOID.COUNTRY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizational-unit": NameOID.ORGANIZATIONAL_UNIT_NAME,
}


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: its certificate in PEM, and the seed of its key."""

    pem: str
    seed: str


def _key(seed: str) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(hashlib.sha512(seed.encode()).digest()) % (_ORDER - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _serial(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(f"serial {seed}".encode()).digest()[:19])


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode().strip()


def authority(seed: str, now: float, ttl: float) -> Authority:
    """Make a self-signed root CA; `ttl` in seconds."""
    key, start = _key(seed), datetime.fromtimestamp(now, UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(ROOT_NAME))
        .issuer_name(_name(ROOT_NAME))
        .public_key(key.public_key())
        .serial_number(_serial(seed))
        .not_valid_before(start - _SKEW)
        .not_valid_after(start + timedelta(seconds=ttl))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_signs(), critical=True)
    )
    return Authority(_pem(built.sign(key, hashes.SHA256(), ecdsa_deterministic=True)), seed)


def _signs() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def request(seed: str, subject: dict[str, str]) -> str:
    """Make an intermediate CA's signing request; `subject`: country, province, ..., common-name."""
    said = [x509.NameAttribute(oid, subject[name]) for name, oid in _ATTRIBUTES.items() if subject.get(name)]
    common = x509.NameAttribute(NameOID.COMMON_NAME, subject.get("common-name") or MIDDLE_NAME)
    built = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([*said, common]))
    signed = built.sign(_key(seed), hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(serialization.Encoding.PEM).decode().strip()


def fits(seed: str, pem: str) -> bool:
    """Say whether a certificate is of a seed's key; ValueError when it is no certificate."""
    theirs = x509.load_pem_x509_certificate(pem.encode()).public_key()
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return theirs.public_bytes(*form) == _key(seed).public_key().public_bytes(*form)


def issue(ca: Authority, seed: str, common: str, names: Sequence[str], now: float, ttl: float) -> tuple[str, str]:
    """Give a server's certificate and key in PEM, signed by the CA. `names`: DNS names and addresses."""
    key, start = _key(seed), datetime.fromtimestamp(now, UTC)
    issuer = x509.load_pem_x509_certificate(ca.pem.encode())
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer.subject)
        .public_key(key.public_key())
        .serial_number(_serial(seed))
        .not_valid_before(start - _SKEW)
        .not_valid_after(min(start + timedelta(seconds=ttl), issuer.not_valid_after_utc))
        .add_extension(x509.SubjectAlternativeName([_alternative(each) for each in (common, *names)]), critical=False)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    signed = built.sign(_key(ca.seed), hashes.SHA256(), ecdsa_deterministic=True)
    return _pem(signed), private.decode().strip()


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
