"""A controller without a server, whose clock the test moves: everything a person can ask for, one transaction each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from lab.juju import faults, hands, seed
from lab.juju import models as m
from lab.juju.hub import catalogue
from lab.juju.life import actions, applications, machines, models, relations
from lab.juju.life.applications import Deploy
from lab.juju.life.placement import Placement
from lab.juju.pace import immediate
from lab.juju.provision import MemorySource
from lab.juju.provisioner import Provisioner
from lab.juju.service import Service
from lab.juju.world import World, key

T = TypeVar("T")
START = 1_700_000_000.0
CLOUD = m.Cloud("maas-one", endpoint="http://maas/MAAS")


def real(seconds: float) -> float:
    """Take as long as it really takes."""
    return seconds


@dataclass
class Bench:
    """A service of one hosted model; `scale` real: time passes with `wait` only."""

    scale: Callable[[float], float] = immediate
    source: MemorySource = field(default_factory=MemorySource)
    store: object = None

    def __post_init__(self) -> None:
        self.clock = START
        world = seed.new_world("lab", "seed", START, cloud=CLOUD, admin_password="password", addresses=("127.0.0.9",))
        world.commit()
        self.service = Service(world, lambda: self.clock, self.source, scale=self.scale)
        self.provisioner = Provisioner(self.service, self.source)
        self.model = self.make_model("m").uuid

    @property
    def world(self) -> World:
        return self.service.world

    def do(self, act: Callable[[World, float], T]) -> T:
        with self.service.transaction() as world:
            return act(world, self.service.now())

    def wait(self, seconds: float) -> None:
        """Let time pass, and what is due happen; the source is asked at each moment something happens."""
        until = self.clock + seconds
        while (due := self.service.next_due()) is not None and due <= until:
            self.clock = max(self.clock, due)
            self.do(lambda _world, _now: None)
        self.clock = until
        self.do(lambda _world, _now: None)

    def make_model(self, name: str, config: Mapping[str, object] | None = None) -> m.Model:
        return self.do(lambda world, now: models.create(world, now, name, "admin", "maas-one", config=config))

    def deploy(self, charm: str, name: str = "", units: int | None = None, *places: str, **more: object) -> list[str]:
        """Deploy a charm of the hub; places as "lxd:0" and "3"."""
        placed = tuple(placement(each) for each in places)
        asked = Deploy(name or charm, catalogue.resolve(charm), units, placed, **more)  # pyright: ignore[reportArgumentType] # fields by name
        return self.do(lambda world, now: applications.deploy(world, now, self.model, asked))

    def local(
        self, document: Mapping[str, object], name: str = "", units: int | None = None, **more: object
    ) -> list[str]:
        """Deploy a charm that a person wrote."""
        charm = catalogue.parse(document)
        url = f"local:jammy/{charm.name}-0"
        row = m.Charm(self.model, url, charm.name, 0, "", "22.04", "local", document)
        resolved = catalogue.Resolved(charm, charm.name, 0, "", "22.04", url, "local")
        asked = Deploy(name or charm.name, resolved, units, **more)  # pyright: ignore[reportArgumentType] # fields by name

        def act(world: World, now: float) -> list[str]:
            world.charms.put(f"{self.model}|{url}", row)
            return applications.deploy(world, now, self.model, asked)

        return self.do(act)

    def relate(self, *texts: str) -> m.Relation:
        return self.do(lambda world, now: relations.add(world, now, self.model, texts))

    def unrelate(self, *texts: str, force: bool = False) -> None:
        self.do(lambda world, now: relations.destroy(world, now, self.model, texts, force=force))

    def add_units(self, name: str, count: int = 1, *places: str) -> list[str]:
        placed = [placement(each) for each in places]
        return self.do(lambda world, now: applications.add_units(world, now, self.model, name, count, placed))

    def remove_units(self, *names: str, force: bool = False) -> list[applications.UnitEnd]:
        return self.do(lambda world, now: applications.destroy_units(world, now, self.model, names, force=force))

    def remove(self, name: str, *, force: bool = False) -> None:
        self.do(lambda world, now: applications.destroy(world, now, self.model, name, force=force))

    def add_machine(self, **more: object) -> str:
        return self.do(lambda world, now: machines.add(world, now, self.model, **more))  # pyright: ignore[reportArgumentType] # by name

    def remove_machine(self, name: str, *, force: bool = False) -> None:
        self.do(lambda world, now: machines.destroy(world, now, self.model, [name], force=force))

    def run(self, unit: str, action: str, **params: object) -> m.Action:
        return self.do(lambda world, now: actions.enqueue(world, now, self.model, unit, action, params))

    def fault(self, kind: str, target: str = "", **more: object) -> int:
        row = m.Fault(0, kind, target=target, **more)  # pyright: ignore[reportArgumentType] # fields by name
        return self.do(lambda world, _now: faults.add(world, row).id)

    def mend(self, number: int | None = None) -> None:
        self.do(lambda world, _now: faults.clear(world, number))

    def hand(self, action: str, *target: str) -> str:
        return self.do(lambda world, now: hands.do(world, now, action, target))

    def unit(self, name: str) -> m.Unit:
        return self.world.units.get(key(self.model, name))

    def units(self) -> dict[str, m.Unit]:
        return {each.name: each for each in self.world.units.of(self.model)}

    def app(self, name: str) -> m.Application:
        return self.world.applications.get(key(self.model, name))

    def machine(self, name: str) -> m.Machine:
        return self.world.machines.get(key(self.model, name))

    def machines(self) -> dict[str, m.Machine]:
        return {each.id: each for each in self.world.machines.of(self.model)}

    def relations(self) -> dict[str, m.Relation]:
        return {each.key: each for each in self.world.relations.of(self.model)}


def placement(text: str) -> Placement:
    scope, colon, directive = text.partition(":")
    return Placement(scope, directive) if colon else Placement("#", text)
