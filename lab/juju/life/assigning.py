"""Which machine a unit gets: one that is named, a container, one that stands empty, else a new one (pure).

application + Placement ─> `machine_for` ─> a machine's id, or JujuError in Juju's words
A unit without a placement takes a machine that is there already, if that never had a unit, hosts no container and has
what the application wants ("clean, empty"). Sources: juju state/{state,unit}.go: AssignUnit with AssignCleanEmpty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, cast

from lab.juju import models as m
from lab.juju.errors import JujuError
from lab.juju.life import machines, rows, storage
from lab.juju.life.placement import HOSTS, MACHINE, Placement
from lab.juju.world import World, key

_AT_LEAST: Final = ("mem", "cores", "cpu-power", "root-disk")


def machine_for(world: World, now: float, app: m.Application, unit: str, placement: Placement) -> str:
    """Find or make the machine of a unit-to-be; it is clean no more."""
    if placement.scope in {"", MACHINE} and placement.directive:
        row = rows.machine(world, app.model, placement.directive)
        reason = misfit(app.base, row)
        if reason:
            raise JujuError(f'cannot assign unit "{unit}" to machine {row.id}: {reason}')
        return _taken(world, row)
    if placement.scope in HOSTS and placement.directive:
        rows.machine(world, app.model, placement.directive)
    wanted = {**rows.model(world, app.model).constraints, **app.constraints}
    empty = None if placement.scope else _empty(world, app, wanted)
    if empty is not None:
        return _taken(world, empty)
    made = machines.add(
        world, now, app.model, base=app.base, constraints=wanted, placement=placement, added_by_unit=True
    )
    return _taken(world, rows.machine(world, app.model, made))


def misfit(base: str, row: m.Machine) -> str:
    """Say why a machine takes no unit of this base; "" when it does."""
    if row.life != "alive":
        return "machine is not found or not alive"
    if row.base != base:
        return f'base does not match: unit has "ubuntu@{base}", machine has "ubuntu@{row.base}"'
    return ""


def check(world: World, app: m.Application, placements: Sequence[Placement]) -> None:
    """Refuse a deployment to machines that its units can't be on; hosts of containers are looked at later."""
    for each in placements:
        if each.scope == MACHINE:
            row = world.machines.find(key(app.model, each.directive))
            if row is None:
                where = f'cannot deploy "{app.name}" to machine {each.directive}'
                raise JujuError(f"{where}: machine {each.directive} not found", "not found")
            reason = misfit(app.base, row)
            if reason:
                raise JujuError(f'cannot add application "{app.name}": cannot deploy to machine {row.id}: {reason}')


def _taken(world: World, row: m.Machine) -> str:
    if not row.dirty:
        rows.put(world, replace(row, dirty=True))
    return row.id


def _empty(world: World, app: m.Application, wanted: Mapping[str, object]) -> m.Machine | None:
    if any(storage.provider_of(world, app.model, each.pool) == "maas" for each in app.storage.values() if each.count):
        return None  # a disk of the cloud comes with a new machine only
    controller = rows.model(world, app.model).is_controller
    hosts = {each.parent for each in world.machines.of(app.model)}
    free = (
        each
        for each in world.machines.of(app.model)
        if each.life == "alive" and not each.dirty and each.id not in hosts and not (controller and each.id == "0")
    )
    return next((each for each in free if each.base == app.base and _has(each, wanted)), None)


def _has(row: m.Machine, wanted: Mapping[str, object]) -> bool:
    """Whether a machine is there with this hardware; of one that is not there yet nobody knows it."""
    if not row.instance_id or str(wanted.get("arch") or row.arch) != str(row.hardware.get("arch") or row.arch):
        return False
    if any(_number(row.hardware.get(name)) < _number(wanted.get(name)) for name in _AT_LEAST):
        return False
    zones = _texts(wanted.get("zones"))
    return _texts(wanted.get("tags")) <= _texts(row.hardware.get("tags")) and (
        not zones or str(row.hardware.get("availability-zone")) in zones
    )


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0


def _texts(value: object) -> set[str]:
    return {str(each) for each in cast("Sequence[object]", value)} if isinstance(value, list | tuple) else set()
