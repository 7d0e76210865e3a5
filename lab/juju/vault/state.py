"""What Vault's requests and answers are, and the facts that it keeps (pure).

The application's fact "vault" is what Vault keeps in its storage: {shares, threshold, digest, tokens, cluster_id}; the
unit's fact "vault" is what the process knows: {unsealed, parts}. Nobody's unseal key is kept: shares are real ones.
The charm's own leader data are the application's facts "root-ca" and "local-charm-access-id".
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from lab.juju.hub.document import section
from lab.juju.models import Application, Json, Unit
from lab.juju.world import World, key

PORT: Final = 8200

ACCESS: Final = "local-charm-access-id"
"""The leader's datum that says that the charm may use Vault: the id of its AppRole."""

ROOT_CA: Final = "root-ca"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `token` is X-Vault-Token, "" without."""

    method: str
    path: str
    body: Mapping[str, object] = field(default_factory=dict[str, object])
    token: str = ""
    query: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and a JSON body; None: no body."""

    status: int
    body: Json | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How a unit's Vault stands."""

    initialized: bool
    sealed: bool
    standby: bool


class VaultError(Exception):
    """An error of Vault: {"errors": [...]}."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(", ".join(errors))
        self.status = status
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Place:
    """The rows that a request is about."""

    world: World
    app: Application
    unit: Unit
    version: str
    now: float

    @property
    def kept(self) -> Mapping[str, object]:
        return section(self.app.facts.get("vault"))

    @property
    def process(self) -> Mapping[str, object]:
        return section(self.unit.facts.get("vault"))


def health(app: Application, unit: Unit) -> Health:
    """Say how a unit's Vault stands."""
    initialized = bool(app.facts.get("vault"))
    unsealed = section(unit.facts.get("vault")).get("unsealed") or section(app.facts.get("vault")).get("auto")
    return Health(initialized, not (initialized and unsealed), not unit.leader)


def authorized(app: Application) -> bool:
    """Say whether the charm may use Vault."""
    return bool(app.facts.get(ACCESS))


def has_ca(app: Application) -> bool:
    """Say whether Vault can issue certificates."""
    return bool(app.facts.get(ROOT_CA))


def sealed(unit: Unit) -> Unit:
    """Give the unit with its Vault sealed, as after a restart."""
    return replace(unit, facts={**unit.facts, "vault": {}})


def unlocked(seed: str) -> Json:
    """Give the fact "vault" of an application whose charm initialised and unsealed Vault by itself (for tests only)."""
    return {
        "shares": 1,
        "threshold": 1,
        "digest": hashlib.sha256(seed.encode()).hexdigest(),
        "tokens": {},
        "cluster_id": uuid_of(seed),
        "auto": True,
    }


def uuid_of(seed: str) -> str:
    """Give the uuid that a text always gives."""
    text = hashlib.sha256(seed.encode()).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:32]}"


def keep(place: Place, kept: Mapping[str, object]) -> Application:
    """Put into Vault's storage what it keeps from now on."""
    app = replace(place.app, facts={**place.app.facts, "vault": dict(kept)})
    return place.world.applications.put(key(app.model, app.name), app)


def remember(place: Place, process: Mapping[str, object]) -> Unit:
    """Let the unit's process know something else from now on; gives the unit."""
    unit = replace(place.unit, facts={**place.unit.facts, "vault": dict(process)})
    return place.world.units.put(key(unit.model, unit.name), unit)
