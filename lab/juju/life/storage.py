"""Storage of units: made with a unit, kept or destroyed with it, attached and detached (pure).

Volumes of the pools rootfs and tmpfs are a part of their machine and end with the unit; those of any other pool outlive
it unless somebody asks for their end. (source: juju state/storage.go)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from lab.juju import models as m
from lab.juju.errors import BAD_REQUEST, NOT_FOUND, NOT_VALID, JujuError
from lab.juju.hub.catalogue import Charm, StorageSpec
from lab.juju.life import rows
from lab.juju.life.charms import charm_of
from lab.juju.world import World, key

BOUND_PROVIDERS: Final = ("rootfs", "tmpfs")
PROVIDERS: Final = (*BOUND_PROVIDERS, "loop", "maas")
STORAGE_ATTACHED: Final = "storage is attached"


@dataclass(frozen=True, slots=True)
class StorageEnds:
    """What becomes of storage when its unit goes: ids that are destroyed, ids that are kept."""

    destroyed: tuple[str, ...] = ()
    detached: tuple[str, ...] = ()


def directives(
    world: World, model: str, charm: Charm, asked: Mapping[str, m.StorageDirective]
) -> dict[str, m.StorageDirective]:
    """Complete what was asked for by what the charm needs; JujuError for a label that it has not."""
    for label, directive in asked.items():
        _check(world, model, charm, label, directive)
    made: dict[str, m.StorageDirective] = {}
    for label, spec in charm.storage.items():
        given = asked.get(label) or m.StorageDirective("", 0, spec.count_min)
        default = "maas" if spec.type == "block" else "rootfs"
        made[label] = replace(given, pool=given.pool or default, size=given.size or max(spec.minimum_size, 1024))
    return made


def _check(world: World, model: str, charm: Charm, label: str, directive: m.StorageDirective) -> None:
    spec = charm.storage.get(label)
    if spec is None:
        raise JujuError(f'charm "{charm.name}" has no store called "{label}"', BAD_REQUEST)
    if directive.pool:
        provider_of(world, model, directive.pool)
    if directive.count < spec.count_min:
        raise JujuError(
            f'charm "{charm.name}" store "{label}": {spec.count_min} instances required, {directive.count} specified',
            BAD_REQUEST,
        )
    if 0 <= spec.count_max < directive.count:
        raise JujuError(
            f'charm "{charm.name}" store "{label}": at most {spec.count_max} instances supported, '
            f"{directive.count} specified",
            BAD_REQUEST,
        )
    if directive.size and directive.size < spec.minimum_size:
        raise JujuError(
            f'charm "{charm.name}" store "{label}": minimum storage size is {spec.minimum_size} MiB, '
            f"{directive.size} MiB specified",
            BAD_REQUEST,
        )


def provider_of(world: World, model: str, pool: str) -> str:
    """Give the provider of a pool: its own name for those that are always there."""
    if pool in PROVIDERS:
        return pool
    row = world.pools.find(key(model, pool))
    if row is None:
        raise JujuError(f'pool "{pool}" not found', NOT_FOUND)
    return row.provider


def for_unit(world: World, now: float, app: m.Application, unit: m.Unit, given: Sequence[str] = ()) -> list[m.Storage]:
    """Make the storage of a new unit, but for what it is given of what is there already."""
    charm = charm_of(world, app)
    attached = [attach(world, now, app.model, each, unit.name) for each in given]
    made: list[m.Storage] = []
    for label, directive in app.storage.items():
        spec = charm.storage.get(label)
        missing = directive.count - sum(1 for each in attached if each.label == label)
        if spec is not None:
            made += [_new(world, now, unit, label, spec, directive) for _ in range(missing)]
    return attached + made


def _new(
    world: World, now: float, unit: m.Unit, label: str, spec: StorageSpec, directive: m.StorageDirective
) -> m.Storage:
    number = world.next_id(f"{unit.model}/storage")
    persistent = provider_of(world, unit.model, directive.pool) not in BOUND_PROVIDERS
    location = spec.location or ("" if spec.type == "block" else f"/var/lib/juju/storage/{label}/{number}")
    row = m.Storage(unit.model, f"{label}/{number}", label, spec.type, directive.pool, directive.size, unit.name)
    return rows.put(world, replace(row, persistent=persistent, location=location, status=m.Status("attached", "", now)))


def add(
    world: World, now: float, model: str, unit_name: str, label: str, directive: m.StorageDirective
) -> list[m.Storage]:
    """Give a unit more storage of a label (juju add-storage)."""
    unit = rows.unit(world, model, unit_name)
    charm = charm_of(world, rows.application(world, model, unit.application))
    held = [each for each in of_unit(world, unit) if each.label == label]
    _check(world, model, charm, label, replace(directive, count=directive.count + len(held)))
    spec = charm.storage[label]
    default = "maas" if spec.type == "block" else "rootfs"
    size = directive.size or max(spec.minimum_size, 1024)
    full = replace(directive, pool=directive.pool or default, size=size)
    return [_new(world, now, unit, label, spec, full) for _ in range(directive.count)]


def of_unit(world: World, unit: m.Unit) -> list[m.Storage]:
    return [each for each in world.storage.of(unit.model) if each.unit == unit.name]


def attach(world: World, now: float, model: str, storage_id: str, unit_name: str) -> m.Storage:
    """Attach storage that no unit has."""
    row = rows.storage(world, model, storage_id)
    if row.unit:
        raise JujuError(
            f"cannot attach storage {storage_id} to unit {unit_name}: storage is attached to {row.unit}",
            STORAGE_ATTACHED,
        )
    app = rows.application(world, model, rows.application_of(unit_name))
    if row.label not in charm_of(world, app).storage:
        raise JujuError(f'charm storage "{row.label}" not found', NOT_FOUND)
    return rows.put(world, replace(row, unit=unit_name, status=m.Status("attached", "", now)))


def detach(world: World, now: float, model: str, storage_id: str, *, force: bool = False) -> m.Storage:
    """Take storage from its unit and keep it; what is a part of its machine cannot be kept."""
    row = rows.storage(world, model, storage_id)
    if not row.unit:
        return row
    if not row.persistent and not force:
        raise JujuError(f'cannot detach storage {storage_id}: storage pool "{row.pool}" is not detachable', NOT_VALID)
    return rows.put(world, detached(row, now))


def detached(row: m.Storage, now: float) -> m.Storage:
    return replace(row, unit="", status=m.Status("detached", "", now))


def remove(world: World, model: str, storage_id: str, *, attached_too: bool = False) -> None:
    """Destroy storage; with `attached_too` also what a unit still has."""
    row = rows.storage(world, model, storage_id)
    if row.unit and not attached_too:
        raise JujuError(f"cannot remove storage {storage_id}: storage is attached", STORAGE_ATTACHED)
    world.storage.remove(key(model, storage_id))


def ends(held: Sequence[m.Storage], *, destroy: bool) -> StorageEnds:
    """Tell what becomes of a unit's storage when the unit goes."""
    kept = tuple(each.id for each in held if each.persistent and not destroy)
    return StorageEnds(tuple(each.id for each in held if each.id not in kept), kept)
