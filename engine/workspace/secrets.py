"""The passphrase provider: from a passphrase and a salt to a Crypter.

    salt text `v1:<base64 salt>:v1:<nonce>:<ciphertext of "pulumi">`  +  passphrase
      ── PBKDF2-SHA256, 1,000,000 rounds (0.15 s; other threads go on meanwhile) ──>  key
      ── AES-256-GCM ──>  `v1:<base64 nonce>:<base64 ciphertext and tag>`

A key is derived once per process and salt. Source: pulumi/pulumi pkg/secrets/passphrase/manager.go,
sdk/go/common/resource/config/crypt.go.
"""

from __future__ import annotations

import base64
import binascii
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.errors import EngineError
from engine.model.snapshot import SecretsProvider

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PROVIDER: Final = "passphrase"
ROUNDS: Final = 1_000_000
_CHECK: Final = "pulumi"
_PHRASE: Final = "PULUMI_CONFIG_PASSPHRASE"
_PHRASE_FILE: Final = "PULUMI_CONFIG_PASSPHRASE_FILE"


class SecretsError(EngineError):
    """The stack's secrets cannot be opened or closed."""


class IncorrectPassphraseError(SecretsError):
    """The passphrase does not fit the stack's salt."""


class PassphraseCrypter:
    """Opens and closes secrets with one key; remembers what it has seen, so that unchanged secrets keep their text.

    The key is derived at the first use, under a lock: `warm` may run in a thread while other work goes on.
    """

    def __init__(self, salt: str, phrase: Callable[[], str], stack: str = "") -> None:
        self.salt = salt
        self._phrase = phrase
        self._stack = stack
        self._cipher: AESGCM | None = None
        self._lock = threading.Lock()
        self._seen: dict[str, str] = {}

    def provider(self) -> SecretsProvider:
        """Give what the checkpoint says about this crypter."""
        return SecretsProvider(PROVIDER, {"salt": self.salt})

    def warm(self) -> None:
        """Derive the key and check the passphrase.

        Raises
        ------
        IncorrectPassphraseError: the passphrase does not open the salt's check text.
        SecretsError: there is no passphrase, or the salt is malformed.

        """
        with self._lock:
            if self._cipher is None:
                self._cipher = _open_salt(self.salt, self._phrase(), self._stack)

    def encrypt(self, plaintext: str) -> str:
        """Close a text with a fresh nonce."""
        self.warm()
        assert self._cipher is not None  # noqa: S101 warm() made it or raised
        ciphertext = _seal(self._cipher, plaintext)
        self._seen[ciphertext] = plaintext
        return ciphertext

    def decrypt(self, ciphertext: str) -> str:
        """Open a text; a SecretsError where it is malformed or closed with another key."""
        known = self._seen.get(ciphertext)
        if known is not None:
            return known
        self.warm()
        assert self._cipher is not None  # noqa: S101 warm() made it or raised
        plaintext = _unseal(self._cipher, ciphertext)
        if plaintext is None:
            raise SecretsError(
                f"a secret of stack {self._stack!r} ({ciphertext[:12]}...) was not closed with its passphrase"
            )
        self._seen[ciphertext] = plaintext
        return plaintext

    def recall(self, ciphertext: str) -> str | None:
        """Give the plaintext of a text that this crypter made or opened before."""
        return self._seen.get(ciphertext)


_KEYS: dict[tuple[str, bytes], bytes] = {}


def _derive(phrase: str, salt: bytes) -> bytes:
    key = _KEYS.get((phrase, salt))
    if key is None:
        # not hashlib: the OpenSSL that cryptography brings along takes half the time of Debian 12's
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

        key = _KEYS[phrase, salt] = PBKDF2HMAC(SHA256(), 32, salt, ROUNDS).derive(phrase.encode())
    return key


def _cipher(phrase: str, salt: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(_derive(phrase, salt))


def _seal(cipher: AESGCM, plaintext: str) -> str:
    nonce = os.urandom(12)
    sealed = cipher.encrypt(nonce, plaintext.encode(), None)
    return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"


def _unseal(cipher: AESGCM, ciphertext: str) -> str | None:
    from cryptography.exceptions import InvalidTag

    version, _, rest = ciphertext.partition(":")
    nonce, _, sealed = rest.partition(":")
    if version != "v1":
        return None
    try:
        opened = cipher.decrypt(base64.b64decode(nonce, validate=True), base64.b64decode(sealed, validate=True), None)
        return opened.decode()
    except (InvalidTag, ValueError):
        return None


def _open_salt(salt: str, phrase: str, stack: str) -> AESGCM:
    parts = salt.split(":", 2)
    if len(parts) != 3 or parts[0] != "v1":
        raise SecretsError(
            f"the encryption salt of stack {stack!r} is {salt!r}, it should be v1:<salt>:v1:<nonce>:<text>"
        )
    try:
        raw = base64.b64decode(parts[1], validate=True)
    except binascii.Error as error:
        raise SecretsError(
            f"the encryption salt of stack {stack!r} is {salt!r}, its second part is no base64"
        ) from error
    cipher = _cipher(phrase, raw)
    if _unseal(cipher, parts[2]) != _CHECK:
        raise IncorrectPassphraseError(f"incorrect passphrase for stack {stack!r}: set {_PHRASE} or {_PHRASE_FILE}")
    return cipher


def new_salt(phrase: str) -> str:
    """Make the salt text of a stack that has none."""
    raw = os.urandom(8)
    return f"v1:{base64.b64encode(raw).decode()}:{_seal(_cipher(phrase, raw), _CHECK)}"


def read_passphrase(env: Mapping[str, str], stack: str, ask: Callable[[str], str] | None) -> str:
    """Find the passphrase: the variable, else the file that a variable names, else `ask` (None: nobody is there).

    Raises
    ------
    SecretsError: the file cannot be read, or there is no passphrase and nobody to ask.

    """
    if _PHRASE in env:
        return env[_PHRASE]
    if file := env.get(_PHRASE_FILE):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SecretsError(f"{_PHRASE_FILE} is {file!r}, which cannot be read: {error}") from error
    if ask is None:
        raise SecretsError(f"stack {stack!r} needs its passphrase: set {_PHRASE} or {_PHRASE_FILE}")
    return ask(f"Passphrase of stack {stack} (set {_PHRASE} or {_PHRASE_FILE} to be asked no more): ")
