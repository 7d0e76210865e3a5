"""What one unit's charm sees: its application, its relations, and who stands at their other ends (pure).

(world, model, unit, now) ─> `scene` ─> Scene.related(endpoint), .complete(endpoint), .option(name)

Data that arrived on a relation stays there, as on a real relation: the application's fact "arrived" holds the ids of
the relations whose other side was ready once. So a sealed Vault takes no certificate back. In a container each unit has
another unit at the other end: there the data stay for a unit that was ready with them.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from lab.juju.hub.catalogue import Charm, of_application
from lab.juju.hub.document import section
from lab.juju.hub.script import Script, script_of
from lab.juju.hub.sight import sight
from lab.juju.models import Application, Endpoint, Relation, Unit
from lab.juju.world import World, key

INSTALLED: Final = frozenset({"configuring", "started"})
HELD_UP: Final = frozenset({"error", "resolved"})

ARRIVED: Final = "arrived"


@dataclass(frozen=True, slots=True)
class Scene:
    """A unit and what its hooks can read."""

    world: World
    model: str
    unit: Unit
    app: Application
    charm: Charm
    script: Script
    now: float

    def option(self, name: str) -> object:
        """Give the value of a config option: what was set, else the default."""
        if name in self.app.config:
            return self.app.config[name]
        option = self.charm.options.get(name)
        return None if option is None else option.default

    def number(self, name: str, default: int = 0) -> int:
        value = self.option(name)
        return int(value) if isinstance(value, int | float) else default

    def fact(self, name: str) -> Mapping[str, object]:
        """Give one of the application's facts that is an object."""
        return section(self.app.facts.get(name))

    def secret(self, name: str) -> str:
        """Give a password that belongs to the application, the same at every look."""
        told = f"{self.model}/{self.app.name}/{name}".encode()
        return hmac.digest(self.world.meta.seed.encode(), told, hashlib.sha256).hex()[:32]

    def related(self, endpoint: str) -> Iterator[Relation]:
        """Give the relations on an endpoint of this application that are not going; without peers."""
        found = sight(self.world).relations(self.world, self.model, self.app.name, endpoint)
        return (each for each in found if len(each.endpoints) > 1 and each.life == "alive" and not each.suspended)

    def is_related(self, endpoint: str) -> bool:
        return next(self.related(endpoint), None) is not None

    def peers(self) -> list[Unit]:
        """Give the application's units that are installed and not going, this one among them."""
        units = sight(self.world).units(self.world, self.model, self.app.name)
        return [each for each in units if each.name == self.unit.name or (here(each) and each.life == "alive")]

    def others(self, relation: Relation) -> Iterator[tuple[Endpoint, Unit]]:
        """Give the units at a relation's other end that this unit meets, with that end.

        Container scope: the one on the same principal.
        """
        contained = any(each.scope == "container" for each in relation.endpoints)
        for end in relation.endpoints:
            if end.application == self.app.name:
                continue
            if contained:
                units = (unit for unit in self._company() if unit.application == end.application)
            else:
                units = sight(self.world).units(self.world, self.model, end.application)
            for unit in units:
                yield end, unit

    def _company(self) -> Iterator[Unit]:
        """Give the units on the same principal: the principal and its other subordinates."""
        name = self.unit.principal or self.unit.name
        principal = self.world.units.find(key(self.model, name))
        if principal is not None:
            yield principal
        yield from sight(self.world).beside(self.world, self.model, name)

    def arrived(self) -> frozenset[int]:
        held = self.app.facts.get(ARRIVED)
        return frozenset(cast("list[int]", held)) if isinstance(held, list | tuple) else frozenset()

    def complete(self, endpoint: str) -> bool:
        """Say whether some relation on an endpoint has the other side's data."""
        before = self.arrived()
        return any(self._stays(each, before) or self.served(each) for each in self.related(endpoint))

    def _stays(self, relation: Relation, before: frozenset[int]) -> bool:
        own = relation.endpoints[0].scope != "container" or self.unit.workload.status == "active"
        return own and relation.id in before

    def served(self, relation: Relation) -> bool:
        """Say whether a unit at the other end has given its data by now."""
        if any(_remote(self.world, self.model, end) for end in relation.endpoints):
            return True
        return any(serves(self.world, self.model, end, unit) for end, unit in self.others(relation))


def here(unit: Unit) -> bool:
    """Say whether a unit's charm is installed; one whose later hook failed runs what it ran before."""
    return unit.phase in INSTALLED or (unit.phase in HELD_UP and bool(unit.heard))


def scene(world: World, model: str, unit: Unit, now: float) -> Scene:
    """Look at the world as a unit does; JujuError when its application or charm is not there."""
    app = world.applications.get(key(model, unit.application))
    charm = of_application(world, model, app)
    return Scene(world, model, unit, app, charm, script_of(charm), now)


def _remote(world: World, model: str, end: Endpoint) -> bool:
    remote = world.remotes.find(key(model, end.application))
    return remote is not None and remote.status.status == "active"


Served: TypeAlias = Callable[[World, Application, Unit], bool]

SERVES: Final[dict[str, Served]] = {
    "active": lambda _world, _app, unit: unit.workload.status == "active",
    "installed": lambda _world, _app, unit: here(unit),
}
"""By the word in a charm's `serves`; `kinds` adds those of its own."""


def serves(world: World, model: str, end: Endpoint, unit: Unit) -> bool:
    """Say whether a unit has its data on a relation's end."""
    app = world.applications.find(key(model, end.application))
    if app is None:
        return False
    word = script_of(of_application(world, model, app)).serves.get(end.name, "active")
    return SERVES[word](world, app, unit)
