"""Public SSH keys that may log in to every machine of a model.

Source: Juju 3.6 API, KeyManager.ListKeys, AddKeys, DeleteKeys. Keys are named by the fingerprint that Juju 3 shows:
MD5, in pairs joined by colons. Juju 4 knows SHA256 fingerprints, keys of a user in a model, and says nothing of what
it does not find.
"""

import base64
import binascii
import hashlib

from providers.common.cleaning import filled, matching
from providers.common.fields import Field, Schema
from providers.common.progress import warn
from providers.common.raw import Raw, text, texts
from providers.juju import tags
from providers.juju.crud.base import Props, model_field
from providers.juju.crud.calls import listed
from providers.juju.crud.rows import RowProvider
from providers.juju.errors import Refused
from providers.juju.facades import major
from providers.juju.session import Session

KEYS = "SshKeys"
"""Name of the shared list."""
_BY_KEY = 4
"""The major version of Juju that does not know MD5 fingerprints any more."""

_openssh = matching(r"(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/=]+( .*)?", "an OpenSSH public key: type, base64, comment")


def public_key(value: object) -> str:
    """Accept an OpenSSH public key whose body is base64."""
    key = str(_openssh(filled(value)))
    fingerprint(key)
    return key


def body(key: str) -> str:
    """Give type and base64 of a key: the comment is free text."""
    return " ".join(key.split()[:2])


def fingerprint(key: str) -> str:
    """Give the MD5 fingerprint of a key; ValueError completes "<field> ..."."""
    try:
        raw = base64.b64decode(key.split()[1], validate=True)
    except (IndexError, binascii.Error):
        raise ValueError("is no OpenSSH public key: its second word is not base64") from None
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


class SshKeyProvider(RowProvider):
    """Adopts by the key's text; nothing to change in place."""

    schema = Schema(
        (
            model_field(),
            Field(
                "key",
                clean=public_key,
                required=True,
                replaces=True,
                same=lambda old, new: body(str(old)) == body(str(new)),
            ),
        ),
    )

    def rows(self, juju: Session, model: str) -> tuple[Raw, ...]:
        return juju.model(model).shared(KEYS, lambda: _keys(juju, model))

    def ident(self, raw: Raw) -> str:
        return fingerprint(text(raw, "key"))

    def key(self, raw: Raw) -> str:
        return body(text(raw, "key"))

    def wanted(self, props: Props) -> str:
        return body(text(props, "key"))

    def observe(self, juju: Session, raw: Raw, props: Props) -> Props:
        return {"key": text(raw, "key"), "fingerprint": self.ident(raw)}

    def add(self, juju: Session, props: Props) -> None:
        self._send(juju, props, "AddKeys", text(props, "key"), f"add {self.title(props)}")

    def remove(self, juju: Session, raw: Raw, props: Props) -> None:
        try:
            self._send(juju, props, "DeleteKeys", _known_by(juju, raw), f"remove {self.title(props)}")
        except Refused as error:
            if not error.mentions("cannot delete all keys"):
                raise
            warn(f"{self.title(props)} stays, since it is the model's last one; it goes with the model")

    def title(self, props: Props) -> str:
        return f"the SSH key {fingerprint(text(props, 'key'))}"

    def _send(self, juju: Session, props: Props, method: str, key: str, purpose: str) -> None:
        link = juju.model(text(props, "model"))
        params = {"user": juju.user, "ssh-keys": [key]}
        link.change("KeyManager", method, params, purpose=purpose, touches=(KEYS,))


def _known_by(juju: Session, raw: Raw) -> str:
    """Name a key as this Juju does: older ones by its MD5 fingerprint, 4 also by the key itself."""
    return text(raw, "key") if major(juju.version) >= _BY_KEY else fingerprint(text(raw, "key"))


def _keys(juju: Session, model: str) -> tuple[Raw, ...]:
    params = {"entities": {"entities": [{"tag": tags.model(model)}]}, "mode": True}
    items = listed(juju.model(model), "KeyManager", "ListKeys", params, "list its SSH keys")
    lines = [line for item in items for line in texts(item, "result")]
    return tuple({"key": line} for line in lines if _readable(line))


def _readable(line: str) -> bool:
    try:
        public_key(line)
    except ValueError:
        return False  # what Juju holds is not ours to judge; a line that is no key is never the one that we look for
    return True
