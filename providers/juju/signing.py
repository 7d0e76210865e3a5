"""Signing another authority's request with an own one: CSR + CA certificate + CA key -> an intermediate certificate.

All are PEM. The certificate may sign servers' certificates but no further authority, and ends with the CA's own at the
latest. Source: RFC 5280, section 4.2.1. Messages never quote a key.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

YEARS = 10
"""So long the certificate is good, unless the CA ends before."""

_SKEW = timedelta(minutes=5)


class Authority:
    """An own CA; ValueError completes "<field> ..." when the PEM text is not one, or the two don't belong together."""

    def __init__(self, certificate: str, key: str) -> None:
        self.certificate = read_certificate(certificate)
        self._key = _read_key(key)
        if self._key.public_key() != self.certificate.public_key():
            raise ValueError("is not the key of ca_certificate")

    def sign(self, request: str, now: datetime) -> str:
        """Sign a CSR; `now` is aware. ValueError for what is no CSR."""
        try:
            csr = x509.load_pem_x509_csr(request.encode())
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError("is no certificate signing request in PEM") from None
        ends = min(now + timedelta(days=365 * YEARS), self.certificate.not_valid_after_utc)
        builder = (
            x509.CertificateBuilder()
            .subject_name(csr.subject)
            .issuer_name(self.certificate.subject)
            .public_key(csr.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(max(now - _SKEW, self.certificate.not_valid_before_utc))
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_USAGE, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(csr.public_key()), critical=False)
            .add_extension(_authority_key(self.certificate), critical=False)
        )
        return builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def read_certificate(pem: str) -> x509.Certificate:
    """Read a CA's certificate; ValueError completes "<field> ..."."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        raise ValueError("is no CA's certificate in PEM") from None
    if not constraints.ca or constraints.path_length == 0:
        raise ValueError("is a certificate that may not sign an authority's: it must be a CA's with room below it")
    return certificate


def _read_key(pem: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("is no private key in PEM without a passphrase") from None
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        return key
    raise ValueError("is neither an RSA nor an EC key")


def _authority_key(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    except x509.ExtensionNotFound:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(_public(certificate))
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(held)


def _public(certificate: x509.Certificate) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        return key
    raise ValueError("has neither an RSA nor an EC key")
