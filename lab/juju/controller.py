"""One emulated controller that runs: its world in step with MAAS's machines, its API and its units' services open.

    Service ─ commits, ticks ─> Provisioner ─> MachineSource          the cloud's machines
            └──────────────────> wanted ─> Doors                      API at machine 0, Vault at its units, Charmhub

`close` shuts it down as a power cut would: the world stays as it is, and can be opened again.
"""

import threading
from collections.abc import Mapping
from typing import Final

from lab.juju import listeners, vault, vault_http
from lab.juju.doors import Doors, Start, Wanted
from lab.juju.models import Machine, Unit
from lab.juju.pace import Scale, immediate
from lab.juju.provision import MachineSource
from lab.juju.provisioner import Provisioner
from lab.juju.service import Service
from lab.juju.world import World, key

API: Final = "Juju's API"


class Controller:
    """Runs a controller; `start` and `close` are called once each. `charmhub`: "HOST:PORT", "" for none."""

    def __init__(
        self, service: Service, source: MachineSource, doors: Doors, charmhub: str = "", scale: Scale = immediate
    ) -> None:
        self.service = service
        self.provisioner = Provisioner(service, source, self.open, scale)
        self._doors = doors
        self._charmhub = charmhub
        self._lock = threading.Lock()

    def start(self) -> None:
        """Open what ought to be open, and keep it so."""
        self.provisioner.start()

    def close(self) -> None:
        """Close all doors; nothing in the world changes."""
        self.provisioner.close()
        with self._lock:
            self._doors.close()
        self.service.close()

    def reachable(self) -> bool:
        """Whether the API is open."""
        return bool(self._doors.listening(API))

    def has_machine(self) -> bool:
        """Whether its own machine is still given to it."""
        with self.service.transaction() as world:
            row = world.machines.find(key(world.meta.controller_model, "0"))
        return row is not None and row.instance.status != "unknown"

    def open(self, *, shut: bool) -> bool:
        """Open what ought to be open, with `shut` close what ought not; False when something is still to be opened.

        Without `shut` it may be called by whoever has just changed the world: closing waits for the door's own thread,
        which may be the caller's.
        """
        if not self._lock.acquire(blocking=shut):
            return False
        try:
            with self.service.transaction() as world:
                wanted, addresses = self._wanted(world), containers(world)
            return self._doors.settle(wanted, addresses, shut=shut)
        finally:
            self._lock.release()

    def _wanted(self, world: World) -> Mapping[Wanted, Start]:
        found: dict[Wanted, Start] = {}
        door = api_door(world)
        if door:
            found[door] = listeners.api(self.service)
        if self._charmhub:
            host, _, port = self._charmhub.rpartition(":")
            found[Wanted("Charmhub", "", host, int(port))] = listeners.charmhub
        for unit, machine in vaults(world):
            host = _host(world, machine).instance_id
            one = Wanted(f"Vault of {unit.model} {unit.name}", host, machine.addresses[0], vault.PORT)
            found[one] = listeners.vault_of(self.service, unit.model, unit.name)
        return found


def api_door(world: World) -> Wanted | None:
    """Tell where the controller's API listens: on machine 0 of its own model; None while that is off or lost."""
    row = world.machines.find(key(world.meta.controller_model, "0"))
    if row is None or row.off or not row.addresses:
        return None
    return Wanted(API, row.instance_id, row.addresses[0], world.meta.port)


def containers(world: World) -> dict[str, str]:
    """Give the addresses of containers, each with the instance that it runs on."""
    return {
        address: _host(world, row).instance_id
        for row in world.machines
        if row.parent and row.phase in {"agent", "started"} and not _host(world, row).off
        for address in row.addresses
    }


def vaults(world: World) -> list[tuple[Unit, Machine]]:
    """Give the units in which a Vault is installed, with their machines."""
    # asked after each commit: what a charm is, is read of those alone that can be meant
    charms = {(each.model, each.url) for each in world.charms if each.name == "vault"}
    named = {(each.model, each.name) for each in world.applications if (each.model, each.charm) in charms}
    return [
        (unit, machine)
        for unit in (world.units if named else ())
        if (unit.model, unit.application) in named and vault_http.serving(world, unit.model, unit.name)
        if (machine := world.machines.find(key(unit.model, unit.machine))) and machine.addresses
        if not _host(world, machine).off
    ]


def _host(world: World, row: Machine) -> Machine:
    """Give the machine that a container is on, or the machine itself."""
    return world.machines.get(key(row.model, row.parent)) if row.parent else row
