"""The seam to real hardware: what the world's changes mean for machines that exist.

    rows before, rows now ─> tell ─> orders ─> HardwareDriver ─> (seconds later) Service.saw(what became of the host)

`tell` reads what a transaction changed and says what a driver has to do. `MemoryDriver` does nothing, which is all that
an emulated machine needs, and is never told anything. A driver that makes real hosts implements `HardwareDriver`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from lab.maas import faults, hardware
from lab.maas.install import install
from lab.maas.models import Install, Machine, PhysicalMachine, Task
from lab.maas.phases import PHASES
from lab.maas.status import Status
from lab.maas.world import World


class HardwareDriver(Protocol):
    """Brings machines of the rack to life. Called after the change is stored; must return quickly.

    `machine` is the name of a machine of the rack. `hosted` says whether deployments wait for what the driver sees.
    """

    @property
    def hosted(self) -> bool:
        """True where machines are real, so that the world waits for them."""
        ...

    def install(self, system: Install, ssh_delay: float) -> None:
        """Start the machine with a fresh disk that holds this system; its sshd starts `ssh_delay` seconds later."""

    def boot(self, system: Install, ssh_delay: float) -> None:
        """Start the machine from the disk that it has."""

    def power_off(self, machine: str) -> None:
        """Stop the machine, its disk kept."""

    def destroy(self, machine: str) -> None:
        """Stop the machine and forget its disk: it was released."""

    def fill_disk(self, machine: str, path: str) -> None:
        """Let writes below `path` fail for want of space; an empty path gives all space back."""


class MemoryDriver:
    """Machines that exist in the world's tables only."""

    hosted = False

    def install(self, system: Install, ssh_delay: float) -> None:
        """Nothing to start."""

    def boot(self, system: Install, ssh_delay: float) -> None:
        """Nothing to start."""

    def power_off(self, machine: str) -> None:
        """Nothing to stop."""

    def destroy(self, machine: str) -> None:
        """Nothing to forget."""

    def fill_disk(self, machine: str, path: str) -> None:
        """Nothing to fill."""


_LETS_GO: Final = {"releasing", "erasing"}

Order: TypeAlias = Callable[[HardwareDriver], None]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A machine of the rack and the machine that MAAS takes it for."""

    physical: PhysicalMachine | None
    machine: Machine | None

    @property
    def runs(self) -> bool:
        return self.physical is not None and self.physical.on and _installed(self.machine)


def tell(world: World) -> list[Order]:
    """List what a driver has to do after the changes of the open transaction.

    What is installed is drawn up here, and the faults that strike are counted, since that belongs to the transaction.
    """
    if not world.hosted:
        return []
    return [order for before, after in _changed(world) for order in _orders(world, before, after)]


def resume(world: World) -> list[Order]:
    """List what a driver has to do when its process begins: what ought to run is booted from its disk."""
    pairs = [_Pair(hardware.physical_of(world, each), each) for each in world.machines]
    running = [_start(world, each, fresh=False) for each in pairs if each.runs]
    return [*running, *(_fill(each.name, each.full_disk) for each in world.rack if each.full_disk)]


def _changed(world: World) -> Iterator[tuple[_Pair, _Pair]]:
    rack = {row.name: old for old, new in world.rack.touched() if (row := new or old)}
    seen: set[str] = set()
    for before, after in world.machines.touched():
        known = after or before
        now = hardware.physical_of(world, known) if known else None
        if now is not None and now.name not in seen:
            seen.add(now.name)
            yield _Pair(rack.get(now.name, now), before), _Pair(now, after)
    for name, old in rack.items():
        if name not in seen and (now := world.rack.find(name)) is not None:
            machine = hardware.taken_for(world, now)
            yield _Pair(old, machine), _Pair(now, machine)


def _installed(machine: Machine | None) -> bool:
    """Whether the machine boots its own disk: it is deployed, or its installer has rebooted it."""
    if machine is None or not machine.osystem:
        return False
    if machine.status == Status.BROKEN:
        return machine.previous_status == Status.DEPLOYED
    return machine.status == Status.DEPLOYED or _rebooted(machine)


def _rebooted(machine: Machine | None) -> bool:
    task = machine.task if machine else None
    return task is not None and task.phase == "deploying" and not task.doom and task.told > PHASES["deploying"].reboots


def _begun(before: Machine | None, after: Machine) -> Task | None:
    """Give the task that this transaction began, if any."""
    old = before.task if before else None
    task = after.task
    return task if task and not (old and (old.phase, old.began) == (task.phase, task.began)) else None


def _forgotten(before: Machine | None, after: Machine | None) -> bool:
    """Whether the disk's content goes: the machine is let go by a BMC that obeys, or MAAS gave its system up.

    A machine that is deleted from MAAS runs on, as a real one does; so does one whose BMC does not switch it off.
    """
    if after is None:
        return False
    begun = _begun(before, after)
    if begun and begun.phase in _LETS_GO:
        return not begun.doom
    return before is not None and bool(before.osystem) and not after.osystem


def _stopped(before: _Pair, after: _Pair) -> bool:
    """Whether what ran on the machine ends: by its switch, or because something begins that boots it from the net."""
    if before.physical and before.physical.on and not (after.physical and after.physical.on):
        return True
    if after.machine is None:
        return False
    begun = _begun(before.machine, after.machine)
    if begun and begun.doom:
        return False
    return (before.runs and not after.runs) or (begun is not None and PHASES[begun.phase].boots)


def _orders(world: World, before: _Pair, after: _Pair) -> Iterator[Order]:
    physical = after.physical
    if physical is None:
        return
    name = physical.name
    if after.runs and not before.runs:
        yield _start(world, after, fresh=_rebooted(after.machine) and not _rebooted(before.machine))
    elif _forgotten(before.machine, after.machine):
        world.installs.remove(name)
        yield lambda driver: driver.destroy(name)
    elif _stopped(before, after):
        yield lambda driver: driver.power_off(name)
    if before.physical and before.physical.full_disk != physical.full_disk:
        yield _fill(name, physical.full_disk)


def _fill(name: str, path: str) -> Order:
    return lambda driver: driver.fill_disk(name, path)


def _start(world: World, pair: _Pair, *, fresh: bool) -> Order:
    """Order the start with what is installed: told now, because the order is carried out after the transaction."""
    if pair.machine is None or pair.physical is None:
        raise LookupError("Only a machine of the rack that MAAS knows can be started.")
    struck = faults.strikes_machine(world, "slow-ssh", pair.machine)
    delay = struck.seconds if struck else 0.0
    known = world.installs.find(pair.physical.name)
    if known and not fresh:
        return lambda driver: driver.boot(known, delay)
    system = world.installs.put(pair.physical.name, install(world, pair.machine, pair.physical))
    return lambda driver: driver.install(system, delay)
