"""KeyManager: the SSH keys of a model (juju apiserver/facades/client/keymanager, version 1).

The keys are the model's, whichever user a call names. A key is told by its MD5 fingerprint or its comment.
"""

import base64
import binascii
import hashlib
from typing import Final

from lab.juju.errors import JujuError
from lab.juju.facades import access
from lab.juju.models import AuthorizedKey, Json
from lab.juju.rpc import MODEL, Call, Facade, Fields, bulk
from lab.juju.world import World, key

_INTERNAL: Final = ("juju-client-key", "juju-system-key")
_TYPES: Final = ("ssh-", "ecdsa-", "sk-")


def fingerprint(text: str) -> tuple[str, str]:
    """Give a key's MD5 fingerprint and its comment; JujuError for what is no public key."""
    kind, _, rest = text.strip().partition(" ")
    body, _, comment = rest.strip().partition(" ")
    try:
        blob = base64.b64decode(body, validate=True)
    except binascii.Error:
        blob = b""
    # the blob begins with the type that the line names, else the key is cut or mixed up
    named = blob[4 : 4 + int.from_bytes(blob[:4], "big")] if len(blob) > 4 else b""
    if not kind.startswith(_TYPES) or named != kind.encode():
        raise JujuError(f"invalid ssh key: {text}")
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, 32, 2)), comment.strip()


def put(world: World, model: str, text: str) -> None:
    """Give a model a key; JujuError for what is no key, and for one that it has."""
    mark, comment = fingerprint(text)
    if comment in _INTERNAL:
        raise JujuError(f"may not add key with comment {comment}: {text}")
    if key(model, mark) in world.keys:
        raise JujuError(f"duplicate ssh key: {text}")
    world.keys.put(key(model, mark), AuthorizedKey(model, mark, text.strip()))


def adopt(world: World, model: str, text: str) -> None:
    """Give a new model a key of its "authorized-keys", which Juju takes as they are, even those that are none."""
    for line in (each.strip() for each in text.splitlines()):
        mark = _mark(line)
        if line and not line.startswith("#"):
            world.keys.put(key(model, mark), AuthorizedKey(model, mark, line))


def _mark(text: str) -> str:
    try:
        return fingerprint(text)[0]
    except JujuError:
        return f"invalid-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _comment(row: AuthorizedKey) -> str:
    return "" if row.fingerprint.startswith("invalid-") else fingerprint(row.key)[1]


def list_keys(call: Call, fields: Fields) -> Json:
    """List the keys (mode true), or their fingerprints with the comment."""
    access.need_model(call, "read")
    whole = fields.flag("mode")
    rows = [row for row in call.world.keys.of(call.model) if _comment(row) not in _INTERNAL]
    shown = [row.key if whole else _short(row) for row in rows]
    return {"results": [{"result": shown} for _ in fields.fields("entities").tags()]}


def _short(row: AuthorizedKey) -> str:
    if row.fingerprint.startswith("invalid-"):
        return f"Invalid key: {row.key}"
    comment = _comment(row)
    return f"{row.fingerprint} ({comment})" if comment else row.fingerprint


def add_keys(call: Call, fields: Fields) -> Json:
    """Add keys."""
    access.allowed(access.need_model(call, "admin"), "change")
    texts = fields.texts("ssh-keys")

    def one(at: int) -> Json:
        put(call.world, call.model, texts[at])
        return {}

    return bulk(texts, one)


def import_keys(call: Call, fields: Fields) -> Json:
    """Refuse: the keys of people at GitHub and Launchpad are out of reach of a closed network."""
    access.need_model(call, "admin")
    texts = fields.texts("ssh-keys")

    def one(at: int) -> Json:
        raise JujuError(f"invalid ssh key id: {texts[at]}")

    return bulk(texts, one)


def delete_keys(call: Call, fields: Fields) -> Json:
    """Remove keys by fingerprint or comment; a model keeps one at least."""
    access.allowed(access.need_model(call, "admin"), "remove")
    names = fields.texts("ssh-keys")
    gone: set[str] = set()

    def one(at: int) -> Json:
        row = _named(call, names[at])
        gone.add(row.fingerprint)
        return {}

    answer = bulk(names, one)
    rows = list(call.world.keys.of(call.model))
    if names and all(row.fingerprint in gone for row in rows):
        raise JujuError("cannot delete all keys")
    for mark in gone:
        call.world.keys.remove(key(call.model, mark))
    return answer


def _named(call: Call, name: str) -> AuthorizedKey:
    for row in call.world.keys.of(call.model):
        comment = _comment(row)
        if name == row.fingerprint or (comment and name == comment):
            if comment in _INTERNAL:
                raise JujuError(f"may not delete internal key: {name}")
            return row
        if name == row.key and row.fingerprint.startswith("invalid-"):
            return row
    raise JujuError(f"key not found: {name}")


FACADE: Final = Facade(
    "KeyManager",
    (1,),
    MODEL,
    {"AddKeys": add_keys, "DeleteKeys": delete_keys, "ImportKeys": import_keys, "ListKeys": list_keys},
)
