"""Where a controller's machines come from: the seam between Juju and a cloud.

    Order ─> MachineSource.request ─> instance id      look ─> Seen      release
             MemorySource: machines of this process alone, at once
             maas_source.MaasSource: MAAS's REST API

Nothing here knows the world; `provisioner` reads it and tells it what the source saw.
"""

import ipaddress
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

RUNNING: Final = "Deployed"
FAILED: Final = "Failed deployment"
GONE: Final = ""


class SourceError(Exception):
    """The cloud cannot do it, in its own words: "failed to acquire node: No available machine matches ..."."""


class NoMachineError(SourceError):
    """No machine fits, so that another zone may have one."""


@dataclass(frozen=True, slots=True)
class Order:
    """A machine that a model wants.

    `placement` is MAAS's hostname, "zone=Z" or "system-id=S"; `constraints` are Juju's: arch, cores, mem (MiB), tags
    (with "^" those that it must not have), zones, root-disk (MiB). `owner_data` is written on the instance.
    """

    model: str
    machine: str
    placement: str = ""
    constraints: Mapping[str, object] = field(default_factory=dict[str, object])
    base: str = "22.04"
    arch: str = "amd64"
    user_data: str = ""
    owner_data: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Seen:
    """What the source sees of a machine, or of a container.

    `status` is MAAS's name for it: Allocated, Deploying, Deployed, "Failed deployment", Broken, ...; "" (GONE) for one
    that is not this model's any more: released, deleted, or never given. `message` is what it is at ("Rebooting"),
    `error` why there is none, or why it failed. `hardware`: arch, cores, mem (MiB), tags, availability-zone, root-disk.
    """

    status: str
    instance_id: str = ""
    addresses: tuple[str, ...] = ()
    hostname: str = ""
    hardware: Mapping[str, object] = field(default_factory=dict[str, object])
    zone: str = ""
    power: str = "unknown"
    message: str = ""
    error: str = ""

    @property
    def running(self) -> bool:
        return self.status == RUNNING

    @property
    def failed(self) -> bool:
        return self.status == FAILED or bool(self.error)

    @property
    def gone(self) -> bool:
        return self.status == GONE and not self.error


class MachineSource(Protocol):
    """A cloud that gives machines. Calls may take a while and are made outside of transactions."""

    @property
    def instant(self) -> bool:
        """Whether what is asked for is there when the call ends, so that nobody needs to wait or look again."""
        ...

    def request(self, order: Order) -> str:
        """Take a machine and begin to install it; its instance id. SourceError when none fits."""
        ...

    def look(self, instance_ids: Sequence[str], model: str) -> Mapping[str, Seen]:
        """See these machines of a model; one that is not its any more is GONE."""
        ...

    def release(self, instance_id: str) -> None:
        """Give a machine back. Nothing happens for one that is not there."""
        ...

    def container_address(self, parent: str, name: str) -> str:
        """Take an address for a container of a machine, by the container's name; the same one at each call."""
        ...

    def free_container(self, parent: str, name: str) -> None:
        """Give the container's address back."""
        ...

    def spaces(self) -> Mapping[str, tuple[str, ...]]:
        """Give the cloud's spaces with their subnets (CIDR)."""
        ...


@dataclass
class MemorySource:
    """Machines that exist in this process only, deployed at once; each has an address of `network` that can be bound.

    `fleet` names the machines that there are by hostname with their tags; without it there are as many as are wanted.
    A machine that it never gave (a controller's own) is seen to run.
    """

    network: str = "127.16.0.0/20"
    fleet: Mapping[str, tuple[str, ...]] | None = None
    instant: bool = True

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._hosts = _addresses(self.network)
        self._machines: dict[str, tuple[str, Seen]] = {}
        self._containers: dict[tuple[str, str], str] = {}
        self._given = 0

    def request(self, order: Order) -> str:
        with self._lock:
            hostname = self._hostname(order)
            self._given += 1
            instance_id = f"mem{self._given:03d}"
            hardware = {"arch": order.arch, "cores": 4, "mem": 16384, "availability-zone": "default"}
            wanted = {name: order.constraints[name] for name in ("cores", "mem") if order.constraints.get(name)}
            tags = list((self.fleet or {}).get(hostname, ()))
            hardware = {**hardware, **wanted, "tags": tags}
            seen = Seen(RUNNING, instance_id, (next(self._hosts),), hostname, hardware, "default", "on")
            self._machines[instance_id] = (order.model, seen)
            return instance_id

    def look(self, instance_ids: Sequence[str], model: str) -> Mapping[str, Seen]:
        with self._lock:
            found = {each: self._machines.get(each, (model, Seen(RUNNING, each, power="on"))) for each in instance_ids}
            return {each: seen if owner == model else Seen(GONE, each) for each, (owner, seen) in found.items()}

    def release(self, instance_id: str) -> None:
        with self._lock:
            self._machines[instance_id] = ("", Seen(GONE, instance_id))

    def container_address(self, parent: str, name: str) -> str:
        with self._lock:
            if (parent, name) not in self._containers:
                self._containers[parent, name] = next(self._hosts)
            return self._containers[parent, name]

    def free_container(self, parent: str, name: str) -> None:
        with self._lock:
            self._containers.pop((parent, name), None)

    def spaces(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def change(self, instance_id: str, **given: object) -> None:
        """Let the machine be seen otherwise: `change("mem001", power="off")`."""
        with self._lock:
            model, seen = self._machines[instance_id]
            self._machines[instance_id] = (model, replace(seen, **given))

    def _hostname(self, order: Order) -> str:
        name = "" if "=" in order.placement else order.placement
        if self.fleet is None:
            return name or f"node{self._given + 1}"
        taken = {seen.hostname for _, seen in self._machines.values()}
        wanted, unwanted = tags_of(order.constraints)
        for hostname, tags in self.fleet.items():
            fits = name in {"", hostname} and wanted <= set(tags) and not unwanted & set(tags)
            if hostname not in taken and fits:
                return hostname
        asked = [("name", [name])] if name else []
        asked += [("tags", sorted(wanted))] if wanted else []
        resolved = " ".join(f"{key}={','.join(values)}" for key, values in asked)
        raise SourceError(
            f'failed to acquire node: No available machine matches constraints: {asked} (resolved to "{resolved}")'
        )


def tags_of(constraints: Mapping[str, object]) -> tuple[set[str], set[str]]:
    """Give the tags that a machine must have, and those that it must not have."""
    given = constraints.get("tags")
    listed = [str(each) for each in given] if isinstance(given, list | tuple) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] # JSON
    return {each for each in listed if not each.startswith("^")}, {each[1:] for each in listed if each.startswith("^")}


def _addresses(network: str) -> Iterator[str]:
    """Give the network's addresses from .0.20 on: below are the lab's own."""
    hosts = ipaddress.ip_network(network)
    for offset in range(20, hosts.num_addresses - 1):
        yield str(hosts[offset])
