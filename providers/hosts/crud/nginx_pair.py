"""Does a certificate belong to a key? PEM texts -> their public keys -> what is wrong. Pure; no message shows a key."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key


def problems(certificate: str, key: str) -> Iterator[tuple[str, str]]:
    """Yield (input, what is wrong with it); nothing for a pair that NGINX can answer with."""
    public, private = _of_certificate(certificate), _of_key(key)
    if isinstance(public, str):
        yield "certificate", public
    if isinstance(private, str):
        yield "private_key", private
    if not isinstance(public, str) and not isinstance(private, str) and _same(public, private) is False:
        yield "private_key", "does not belong to the certificate: their public keys differ"


def _of_certificate(pem: str) -> PublicKeyTypes | str:
    """Read the first certificate, the server's own; or say what it must be."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        return "must be a PEM certificate with its chain: -----BEGIN CERTIFICATE----- ..."


def _of_key(pem: str) -> PublicKeyTypes | str:
    try:
        return load_pem_private_key(pem.encode(), None).public_key()
    except TypeError:
        return "is protected by a passphrase, but NGINX has nobody to ask for it: give it without one"
    except (ValueError, UnsupportedAlgorithm):
        return "must be a PEM key: -----BEGIN PRIVATE KEY----- ..."


def _same(one: PublicKeyTypes, other: PublicKeyTypes) -> bool:
    shapes = [key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in (one, other)]
    return shapes[0] == shapes[1]
