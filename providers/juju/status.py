"""A model at one instant, as frozen values: machines, applications and their units, relations, offers, storage.

JSON of Client.FullStatus -> `status_wire.parse` -> Status. Pure. Source: Juju 2.9 to 4.0, facade Client.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from providers.common.raw import Raw

SERIES: Mapping[str, str] = {
    "xenial": "16.04",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
}
"""Ubuntu's long-term releases by the name that Juju 2.9 calls them."""


@dataclass(frozen=True)
class Condition:
    """A status word of Juju with its message; `since` as Juju writes times, `data` e.g. the hook that failed."""

    status: str = ""
    message: str = ""
    since: str = ""
    data: Raw = field(default_factory=dict[str, object])

    @property
    def line(self) -> str:
        """Both for a person: "blocked: Missing relation: monitor"."""
        return f"{self.status}: {self.message}" if self.message else self.status


@dataclass(frozen=True)
class Unit:
    """A unit; `principal`: the unit that a subordinate sits on, whose machine is given for its own."""

    name: str
    application: str
    workload: Condition
    agent: Condition
    machine: str
    leader: bool
    public_address: str
    ports: tuple[str, ...]
    subordinates: tuple[str, ...]
    charm: str
    workload_version: str = ""
    principal: str = ""
    life: str = "alive"

    @property
    def number(self) -> int:
        """The number in its name; units are numbered in the order in which they were made."""
        digits = self.name.rpartition("/")[2]
        return int(digits) if digits.isdecimal() else -1


@dataclass(frozen=True)
class Exposed:
    """To whom an endpoint is open."""

    spaces: tuple[str, ...] = ()
    cidrs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Application:
    """An application; `units` by name, those of a subordinate too. `base`: "ubuntu@22.04". `int`: the wanted scale.

    `relations`: endpoint -> names of the applications at the other end. `exposed_endpoints`: "" is all endpoints.
    `charm`: the charm's URL, `revision` -1 where Juju says none. `err`: what Juju could not find out.
    """

    name: str
    charm: str
    charm_name: str
    channel: str
    revision: int
    base: str
    exposed: bool
    exposed_endpoints: Mapping[str, Exposed]
    life: str
    subordinate: bool
    subordinate_to: tuple[str, ...]
    relations: Mapping[str, tuple[str, ...]]
    units: Mapping[str, Unit]
    status: Condition
    bindings: Mapping[str, str]
    workload_version: str
    err: str
    int: int

    @property
    def leader(self) -> Unit | None:
        """The unit that leads, when one does."""
        return next((unit for unit in self.units.values() if unit.leader), None)


@dataclass(frozen=True)
class Machine:
    """A machine or a container ("3/lxd/0"), whose parent lists it. `hardware` and `constraints`: Juju's own text."""

    id: str
    instance_id: str
    hostname: str
    display_name: str
    agent: Condition
    instance: Condition
    life: str
    containers: tuple[str, ...]
    hardware: str
    addresses: tuple[str, ...]
    constraints: str
    base: str

    @property
    def parent(self) -> str:
        """The machine that hosts this container; "" for a machine."""
        return self.id.rpartition("/")[0].rpartition("/")[0]


@dataclass(frozen=True)
class RelationEnd:
    """One end of a relation."""

    application: str
    name: str
    role: str
    subordinate: bool

    @property
    def text(self) -> str:
        return f"{self.application}:{self.name}"


@dataclass(frozen=True)
class Relation:
    """A relation; `key`: "requirer:endpoint provider:endpoint", or "app:endpoint" of a peer relation.

    Juju's status says of none that it is on its way out.
    """

    id: int
    key: str
    interface: str
    scope: str
    endpoints: tuple[RelationEnd, ...]
    status: Condition


@dataclass(frozen=True)
class RemoteEndpoint:
    """An endpoint of an offer."""

    name: str
    role: str
    interface: str
    limit: int


@dataclass(frozen=True)
class Offer:
    """What this model offers to others; `endpoints` by alias."""

    name: str
    application: str
    charm: str
    endpoints: Mapping[str, RemoteEndpoint]
    active_connections: int
    total_connections: int


@dataclass(frozen=True)
class RemoteApplication:
    """An offer that this model consumes."""

    name: str
    offer_url: str
    offer_name: str
    endpoints: tuple[RemoteEndpoint, ...]
    life: str
    status: Condition
    relations: Mapping[str, tuple[str, ...]]
    err: str


@dataclass(frozen=True)
class Storage:
    """A storage instance such as "osd-devices/0"; `unit`: "" while it is detached. `kind`: 1 block, 2 filesystem.

    `size` in MiB.
    """

    id: str
    kind: int
    owner: str
    unit: str
    pool: str
    size: int
    life: str
    status: Condition
    persistent: bool
    location: str


@dataclass(frozen=True)
class Model:
    """The model itself. `version`: of its agents; `available`: a newer one, "" for none."""

    name: str
    type: str
    cloud: str
    region: str
    version: str
    available: str
    status: Condition


@dataclass(frozen=True)
class Status:
    """A model at one instant. Machines and containers by id, everything else by its name; `timestamp`: Juju's."""

    model: Model
    machines: Mapping[str, Machine]
    applications: Mapping[str, Application]
    remote_applications: Mapping[str, RemoteApplication]
    offers: Mapping[str, Offer]
    relations: tuple[Relation, ...]
    storage: Mapping[str, Storage]
    timestamp: str

    def unit(self, name: str) -> Unit | None:
        """Find a unit by its name, or the leader of an application by "app/leader"."""
        application, _, number = name.rpartition("/")
        found = self.applications.get(application)
        if found is None:
            return None
        return found.leader if number == "leader" else found.units.get(name)

    def units_on(self, machine: str) -> tuple[Unit, ...]:
        """List the principal units on a machine, those in its containers too."""
        inside = f"{machine}/"
        units = (unit for application in self.applications.values() for unit in application.units.values())
        return tuple(
            unit
            for unit in units
            if not unit.principal and (unit.machine == machine or unit.machine.startswith(inside))
        )
