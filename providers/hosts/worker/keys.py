"""Host keys and login keys: text <-> what paramiko holds.

"type base64" -> `fingerprint` -> "SHA256:..." as `ssh-keygen -lf` prints it; a private key's text -> `login_key`. Pure.
"""

import base64
import hashlib
from io import StringIO

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)
from paramiko import ECDSAKey, Ed25519Key, PKey, RSAKey

from providers.hosts.connection import Connection
from providers.hosts.errors import LoginError


def host_key_text(key: PKey) -> str:
    """Write a host key as "type base64"."""
    return f"{key.get_name()} {key.get_base64()}"


def fingerprint(host_key: str) -> str:
    """Shorten "type base64" to type and SHA256 fingerprint; raises ValueError for what is not base64."""
    kind, _, rest = host_key.partition(" ")
    body = base64.b64decode(rest.split(" ")[0], validate=True)
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    return f"{kind} SHA256:{digest}"


def login_key(connection: Connection) -> PKey | None:
    """Load the private key of a connection, in OpenSSH's format or PEM; None when it has none. Raises LoginError."""
    if not connection.private_key:
        return None
    source = connection.private_key_file or "private_key"
    try:
        return _loaded(connection.private_key.encode(), connection.passphrase)
    except TypeError:  # what `cryptography` raises for a passphrase that is missing
        raise LoginError(f"{connection.name}: the key {source} has a passphrase, but none is given") from None
    except (ValueError, UnsupportedAlgorithm):
        wrong = ", or the passphrase is wrong" if connection.passphrase else ""
        kinds = "of a kind that is known (ed25519, ecdsa, rsa)"
        raise LoginError(f"{connection.name}: {source} is no private key {kinds}{wrong}") from None


def _loaded(text: bytes, passphrase: str) -> PKey:
    """Load with `cryptography`: paramiko's own reader refuses some keys without a comment, by their length."""
    openssh = b"BEGIN OPENSSH PRIVATE KEY" in text
    load = load_ssh_private_key if openssh else load_pem_private_key
    encrypted = openssh or b"ENCRYPTED" in text
    key = load(text, passphrase.encode() if passphrase and encrypted else None)
    if isinstance(key, RSAPrivateKey):
        return RSAKey(key=key)
    if isinstance(key, EllipticCurvePrivateKey):
        return ECDSAKey(vals=(key, key.public_key()))
    if isinstance(key, Ed25519PrivateKey):
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        return Ed25519Key.from_private_key(StringIO(plain.decode()))
    raise ValueError
