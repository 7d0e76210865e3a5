"""The seam to real hardware: what the world's changes mean for machines that exist.

`tell` reads what a transaction changed and says what a driver has to do; `MemoryDriver` does nothing, which is all that
an emulated machine needs. A driver that makes real hosts implements `HardwareDriver`.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias

from lab.maas import hardware
from lab.maas.models import Machine, PhysicalMachine
from lab.maas.status import Status
from lab.maas.world import World


class HardwareDriver(Protocol):
    """Brings machines of the rack to life. Called after the change is stored; must return quickly."""

    def boot(self, physical: PhysicalMachine, machine: Machine) -> None:
        """Start the machine with the operating system that is deployed on it."""

    def power_off(self, physical: PhysicalMachine) -> None:
        """Stop the machine, its disks kept."""

    def destroy(self, physical: PhysicalMachine) -> None:
        """Stop the machine and forget its disks: it was released."""


class MemoryDriver:
    """Machines that exist in the world's tables only."""

    def boot(self, physical: PhysicalMachine, machine: Machine) -> None:
        """Nothing to start."""

    def power_off(self, physical: PhysicalMachine) -> None:
        """Nothing to stop."""

    def destroy(self, physical: PhysicalMachine) -> None:
        """Nothing to forget."""


Order: TypeAlias = Callable[[HardwareDriver], None]

_INSTALLED = {Status.DEPLOYED}


def tell(world: World) -> list[Order]:
    """List what a driver has to do after the changes of the open transaction."""
    orders: list[Order] = []
    for before, after in world.machines.touched():
        orders += _of_machine(world, before, after)
    return orders


def _runs(machine: Machine | None) -> bool:
    return machine is not None and machine.status in _INSTALLED and machine.power_state == "on"


def _of_machine(world: World, before: Machine | None, after: Machine | None) -> list[Order]:
    known = after or before
    physical = hardware.physical_of(world, known) if known else None
    if physical is None:
        return []
    if after is not None and _runs(after) and not _runs(before):
        return [lambda driver: driver.boot(physical, after)]
    if before is not None and before.osystem and not (after and after.osystem):
        return [lambda driver: driver.destroy(physical)]
    if _runs(before) and not _runs(after):
        return [lambda driver: driver.power_off(physical)]
    return []
