"""Vault's seal: initialised into shares, opened by as many of them as the threshold, closed again (pure).

Sources: Vault 1.8 API, /sys/init, /sys/unseal, /sys/seal-status, /sys/seal, /sys/health.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from lab.juju.hub.sight import sight
from lab.juju.models import Json, Unit
from lab.juju.vault.shamir import combine, split
from lab.juju.vault.state import Answer, Place, Request, VaultError, health, keep, remember, uuid_of
from lab.juju.vault.tokens import digest, need_root, new_token, root_row

KEY_BYTES: Final = 32
MIN_KEY: Final = 16
MAX_KEY: Final = KEY_BYTES + 1
MAX_SHARES: Final = 255


def init_status(place: Place, _request: Request) -> Answer:
    """Say whether Vault is initialised."""
    return Answer(200, {"initialized": bool(place.kept)})


def init(place: Place, request: Request) -> Answer:
    """Initialise: cut a new unseal key into shares, and make the root token."""
    if place.kept:
        raise VaultError(400, "Vault is already initialized")
    if request.body.get("pgp_keys") or request.body.get("root_token_pgp_key"):
        raise VaultError(400, "failed to initialize: this Vault encrypts no keys with pgp_keys")
    shares, threshold = _count(request, "secret_shares"), _count(request, "secret_threshold")
    _check_seal(shares, threshold)
    noise = hashlib.shake_256(place.world.draw(43).encode())
    drawn = noise.digest(KEY_BYTES * threshold)
    secret, rest = drawn[:KEY_BYTES], drawn[KEY_BYTES:]
    keys = [secret] if shares == 1 else split(secret, shares, threshold, rest)
    token = new_token(place.world)
    tokens = {digest(token): root_row(place)}
    kept = {"shares": shares, "threshold": threshold, "digest": hashlib.sha256(secret).hexdigest(), "tokens": tokens}
    keep(place, {**kept, "cluster_id": place.world.draw_uuid()})
    body: Json = {
        "keys": [each.hex() for each in keys],
        "keys_base64": [base64.b64encode(each).decode() for each in keys],
        "root_token": token,
    }
    return Answer(200, body)


def _count(request: Request, name: str) -> int:
    value = request.body.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int):
        raise VaultError(
            400, f"failed to parse JSON input: json: cannot unmarshal {value!r} into field {name} of type int"
        )
    return value


def _check_seal(shares: int, threshold: int) -> None:
    wrong = [
        (shares < 1, "shares must be at least one"),
        (threshold < 1, "threshold must be at least one"),
        (shares > 1 and threshold == 1, "threshold must be greater than one for multiple shares"),
        (shares > MAX_SHARES, "shares must be less than 256"),
        (threshold > shares, "threshold cannot be larger than shares"),
    ]
    found = next((text for applies, text in wrong if applies), "")
    if found:
        raise VaultError(400, f"invalid seal configuration: {found}")


def status(place: Place, _request: Request) -> Answer:
    """Say how the seal stands."""
    return Answer(200, _status(place))


def _status(place: Place) -> Json:
    stand = health(place.app, place.unit)
    parts = cast("Sequence[str]", place.process.get("parts") or ())
    body: Json = {
        "type": "shamir",
        "initialized": stand.initialized,
        "sealed": stand.sealed,
        "t": place.kept.get("threshold", 0),
        "n": place.kept.get("shares", 0),
        "progress": len(parts),
        "nonce": uuid_of(place.unit.name + parts[0]) if parts else "",
        "version": place.version,
        "migration": False,
        "recovery_seal": False,
        "storage_type": _storage(place),
    }
    return body if stand.sealed else {**body, **_cluster(place)}


_STORAGE: Final = {"shared-db": "mysql", "db": "postgresql", "etcd": "etcd"}


def _storage(place: Place) -> str:
    """Say where Vault keeps its data: at what it is related to, else in its own raft."""
    found = sight(place.world).relations(place.world, place.app.model, place.app.name)
    ends = (end for relation in found for end in relation.endpoints if end.application == place.app.name)
    return next((_STORAGE[end.name] for end in ends if end.name in _STORAGE), "raft")


def _cluster(place: Place) -> Json:
    uuid = str(place.kept.get("cluster_id", ""))
    return {"cluster_name": f"vault-cluster-{uuid[:8]}", "cluster_id": uuid}


def unseal(place: Place, request: Request) -> Answer:
    """Take one unseal key, or drop those that came before."""
    reset, text = request.body.get("reset"), request.body.get("key")
    if not place.kept:
        raise VaultError(400, "Vault is not initialized")
    if reset:
        return Answer(200, _status(replace(place, unit=remember(place, {}))))
    if not isinstance(text, str) or not text:
        raise VaultError(400, "'key' must be specified in request body as JSON, or 'reset' set to true")
    if not health(place.app, place.unit).sealed:
        return Answer(200, _status(place))
    return Answer(200, _status(replace(place, unit=_with_part(place, _key(text)))))


def _key(text: str) -> bytes:
    """Read an unseal key, hex or base64, and check its length as Vault does."""
    try:
        part = bytes.fromhex(text)
    except ValueError:
        try:
            part = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            raise VaultError(400, "'key' must be a valid hex or base64 string") from None
    if len(part) < MIN_KEY:
        raise VaultError(400, f"invalid key: key is shorter than minimum {MIN_KEY} bytes")
    if len(part) > MAX_KEY:
        raise VaultError(400, f"invalid key: key is longer than maximum {MAX_KEY} bytes")
    return part


def _with_part(place: Place, part: bytes) -> Unit:
    """Take one key: the same again counts once; the last one needed opens the seal, or none of them counted."""
    held = [str(each) for each in cast("Sequence[object]", place.process.get("parts") or ())]
    if part.hex() not in held:
        held.append(part.hex())
    threshold = cast("int", place.kept["threshold"])
    if len(held) < threshold:
        return remember(place, {"parts": held})
    parts = [bytes.fromhex(each) for each in held]
    try:
        secret = parts[0] if threshold == 1 else combine(parts)
    except ValueError as error:
        return _wrong(place, f"invalid key: failed to compute combined key: {error}")
    if hashlib.sha256(secret).hexdigest() != place.kept["digest"]:
        return _wrong(place, "failed to decrypt encrypted stored keys: cipher: message authentication failed")
    return remember(place, {"unsealed": True})


def _wrong(place: Place, text: str) -> Unit:
    remember(place, {})
    raise VaultError(400, text)


_CODES: Final = {"active": 200, "standby": 429, "sealed": 503, "uninit": 501}


def show_health(place: Place, request: Request) -> Answer:
    """Answer with a code that tells how Vault stands; the query may choose other codes."""
    stand = health(place.app, place.unit)
    word = "uninit" if not stand.initialized else "sealed" if stand.sealed else "standby" if stand.standby else "active"
    if word == "standby" and "standbyok" in request.query:
        word = "active"
    chosen = request.query.get(f"{word}code", "")
    body: Json = {
        "initialized": stand.initialized,
        "sealed": stand.sealed,
        "standby": stand.standby or stand.sealed,
        "performance_standby": False,
        "replication_performance_mode": "unknown" if stand.sealed else "disabled",
        "replication_dr_mode": "unknown" if stand.sealed else "disabled",
        "server_time_utc": int(place.now),
        "version": place.version,
    }
    return Answer(
        int(chosen) if chosen.isdigit() else _CODES[word], body if stand.sealed else {**body, **_cluster(place)}
    )


def close(place: Place, request: Request) -> Answer:
    """Seal this unit's Vault."""
    need_root(place, request)
    remember(place, {})
    return Answer(204)
