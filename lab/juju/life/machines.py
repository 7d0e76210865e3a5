"""Machines of a model: asked for, given by their source, lost, destroyed (pure).

    pending ─(source gives one)─> provisioning ─(it runs)─> agent ─(time)─> started ─> stopping ─(given back)─> gone
        └──────────────────────(source has none, or it fails)─> failed ─(retry)─> pending

Which of them wait for the source, the provisioner reads off `phase`; what it saw comes back through `told`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lab.juju import models as m
from lab.juju.errors import BAD_REQUEST, NOT_SUPPORTED, JujuError
from lab.juju.life import rows, storage
from lab.juju.life.placement import HOSTS, Placement
from lab.juju.provision import Seen
from lab.juju.world import World

HAS_UNITS: Final = "machine has assigned units"
HAS_CONTAINERS: Final = "machine is hosting containers"


@dataclass(frozen=True, slots=True)
class MachineEnd:
    """What goes with a machine."""

    machine: str
    units: tuple[str, ...] = ()
    destroyed_storage: tuple[str, ...] = ()
    detached_storage: tuple[str, ...] = ()
    containers: "tuple[MachineEnd, ...]" = ()


def add(
    world: World,
    now: float,
    model: str,
    *,
    base: str = "22.04",
    arch: str = "amd64",
    constraints: Mapping[str, object] | None = None,
    placement: Placement | None = None,
    parent: str = "",
    container_type: str = "",
    added_by_unit: bool = False,
) -> str:
    """Add a machine, or a container on machine `parent` (on a new machine without one); its id.

    `placement`: scope "" or a model's uuid with a MAAS hostname, "zone=Z" or "system-id=S" as directive; or a
    container type with the machine's id as directive.
    """
    rows.living(world, model)
    placement = placement or Placement()
    if placement.scope in HOSTS:
        parent, container_type, placement = placement.directive or parent, placement.scope, Placement()
    wanted = dict(constraints or {})
    if container_type:
        host = parent or add(world, now, model, base=base, arch=arch, added_by_unit=added_by_unit)
        name, wanted_place = _container_id(world, model, host, container_type), ""
    else:
        name, wanted_place = str(world.next_id(f"{model}/machine")), placement.directive
    row = m.Machine(
        model,
        name,
        base or "22.04",
        str(wanted.get("arch") or arch),
        wanted,
        wanted_place,
        agent=m.Status("pending", "", now),
        instance=m.Status("pending", "", now),
        made=now,
        added_by_unit=added_by_unit,
    )
    return rows.put(world, row).id


def _container_id(world: World, model: str, parent: str, container_type: str) -> str:
    if container_type not in HOSTS:
        raise JujuError(f'invalid container type "{container_type}"', BAD_REQUEST)
    host = rows.machine(world, model, parent)
    if host.parent:
        raise JujuError(f"machine {parent} cannot host {container_type} containers", NOT_SUPPORTED)
    if host.life != "alive":
        raise JujuError(f"machine {parent} is not alive")
    return f"{parent}/{container_type}/{world.next_id(f'{model}/machine/{parent}/{container_type}')}"


def destroy(
    world: World,
    now: float,
    model: str,
    ids: Sequence[str],
    *,
    force: bool = False,
    keep: bool = False,
    dry_run: bool = False,
) -> list[MachineEnd]:
    """Begin the end of machines; with `force` of their units and containers too, with `keep` MAAS's machine stays ours.

    Raises JujuError "machine has assigned units" and "machine is hosting containers", and for the controller's own.
    """
    chosen = [rows.machine(world, model, each) for each in ids]
    for row in chosen:
        _refuse(world, row, force=force)
    found = [_end(world, row) for row in chosen]
    if not dry_run:
        for row in chosen:
            _begin_end(world, now, row, force=force, keep=keep)
    return found


def _refuse(world: World, row: m.Machine, *, force: bool) -> None:
    if world.models.get(row.model).is_controller and row.id == "0":
        raise JujuError(f"controller {row.id} is the only controller")
    if force:
        return
    containers = [each.id for each in rows.containers_on(world, row)]
    if containers:
        raise JujuError(f'machine {row.id} is hosting containers "{",".join(containers)}"', HAS_CONTAINERS)
    units = [each.name for each in rows.units_on(world, row) if each.life == "alive" and not each.principal]
    if units:
        raise JujuError(f'machine {row.id} has unit "{units[0]}" assigned', HAS_UNITS)


def _end(world: World, row: m.Machine) -> MachineEnd:
    units = rows.units_on(world, row)
    held = [each for unit in units for each in storage.of_unit(world, unit)]
    ends = storage.ends(held, destroy=False)
    containers = tuple(_end(world, each) for each in rows.containers_on(world, row))
    return MachineEnd(row.id, tuple(each.name for each in units), ends.destroyed, ends.detached, containers)


def _begin_end(world: World, now: float, row: m.Machine, *, force: bool, keep: bool) -> None:
    for each in rows.containers_on(world, row):
        _begin_end(world, now, each, force=force, keep=False)
    for unit in rows.units_on(world, row) if force else ():
        rows.put(world, replace(unit, life="dying", force=True))
    rows.put(world, replace(row, life="dying", force=row.force or force, keep=row.keep or keep))


def told(world: World, now: float, model: str, machine_id: str, seen: Seen) -> None:
    """Take in what the source saw of a machine or container; nothing happens for one that the model has not."""
    row = world.machines.find(f"{model}/{machine_id}")
    if row is None:
        return
    if row.phase == "stopping":
        if seen.gone:
            world.machines.remove(f"{model}/{machine_id}")
        return
    after = _gone(row, seen, now) if seen.gone else _failed(row, seen, now) if seen.failed else _given(row, seen, now)
    if after != row:
        rows.put(world, after)


def _gone(row: m.Machine, seen: Seen, now: float) -> m.Machine:
    """Another person gave the machine back, or it was deleted."""
    if not row.instance_id or row.instance.status == "unknown":
        return row
    return replace(row, instance=m.Status("unknown", seen.message or "missing", now), off=True, until=0.0)


def _failed(row: m.Machine, seen: Seen, now: float) -> m.Machine:
    words = seen.error or seen.message or seen.status
    if row.phase in {"agent", "started"} or (row.phase == "failed" and row.instance.message == words):
        return row
    failed = m.Status("provisioning error", words, now)
    return replace(row, phase="failed", until=0.0, instance_id=seen.instance_id or row.instance_id, instance=failed)


def _given(row: m.Machine, seen: Seen, now: float) -> m.Machine:
    row = replace(
        row,
        instance_id=seen.instance_id or row.instance_id,
        hostname=seen.hostname or row.hostname,
        addresses=seen.addresses or row.addresses,
        hardware=_hardware(seen) or row.hardware,
        off=seen.power == "off" or row.instance.status == "unknown",
    )
    if row.instance.status == "unknown":
        return row
    if not seen.running:
        words = f"{seen.status}: {seen.message}" if seen.message else seen.status
        return replace(row, phase="provisioning", instance=_status(row.instance, "allocating", words, now))
    if row.phase in {"agent", "started"}:
        return row
    # the agent is installed from here on: `advance` sets when it is there
    words = "Container started" if row.parent else seen.status
    return replace(row, phase="agent", until=0.0, off=False, instance=_status(row.instance, "running", words, now))


def _hardware(seen: Seen) -> Mapping[str, object]:
    zone = {"availability-zone": seen.zone} if seen.zone else {}
    return {**zone, **seen.hardware} if seen.hardware else {}


def _status(old: m.Status, word: str, message: str, now: float) -> m.Status:
    return old if (old.status, old.message) == (word, message) else m.Status(word, message, now)


def retry(world: World, now: float, model: str, machine_id: str) -> None:
    """Ask the source again for a machine that it could not give (juju retry-provisioning)."""
    row = rows.machine(world, model, machine_id)
    if row.phase != "failed":
        raise JujuError(f"machine {machine_id} is not in an error state ({row.instance.status})")
    rows.put(world, replace(row, phase="pending", instance_id="", instance=m.Status("pending", "", now)))
