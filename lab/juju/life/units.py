"""Units as a person asks for them: added to machines, destroyed, resolved (pure).

Sources: juju apiserver/facades/client/application, state/unit.go, state/assign.go for the words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from lab.juju import models as m
from lab.juju.errors import NOT_FOUND, NOT_VALID, JujuError
from lab.juju.life import machines, rows, storage
from lab.juju.life.placement import HOSTS, MACHINE, Placement
from lab.juju.world import World

INCOMPATIBLE_BASE: Final = "incompatible base"


@dataclass(frozen=True, slots=True)
class UnitEnd:
    """What goes with a unit: storage ids that are destroyed, and those that are kept."""

    unit: str
    destroyed_storage: tuple[str, ...] = ()
    detached_storage: tuple[str, ...] = ()


def add_units(
    world: World,
    now: float,
    model: str,
    name: str,
    count: int = 1,
    placements: Sequence[Placement] = (),
    attach_storage: Sequence[str] = (),
) -> list[str]:
    """Add units to a principal application; the names. Units beyond the placements get machines of their own."""
    rows.living(world, model)
    app = rows.application(world, model, name)
    if app.life != "alive":
        raise JujuError(f'cannot add unit to application "{name}": application is not found or not alive')
    if app.subordinate:
        raise JujuError(f'cannot add unit to application "{name}": application is a subordinate', NOT_VALID)
    if count < 1:
        raise JujuError("must add at least one unit", NOT_VALID)
    if attach_storage and count != 1:
        raise JujuError("AttachStorage is non-empty, but NumUnits is not 1", NOT_VALID)
    return [
        _add(world, now, app.name, model, placements[index] if index < len(placements) else None, attach_storage)
        for index in range(count)
    ]


def _add(
    world: World, now: float, name: str, model: str, placement: Placement | None, attach_storage: Sequence[str]
) -> str:
    app = rows.application(world, model, name)
    machine = _machine(world, now, app, placement or Placement())
    unit = new_unit(world, now, app, machine)
    storage.for_unit(world, now, app, unit, attach_storage)
    return unit.name


def new_unit(world: World, now: float, app: m.Application, machine: str, principal: str = "") -> m.Unit:
    """Make the application's next unit; it leads when none does."""
    app = rows.application(world, app.model, app.name)
    name = f"{app.name}/{app.next_unit}"
    leads = not any(each.leader for each in rows.units_of(world, app))
    rows.put(world, replace(app, next_unit=app.next_unit + 1))
    allocating = m.Status("allocating", "", now)
    waiting = m.Status("waiting", "installing agent" if principal else "waiting for machine", now)
    row = m.Unit(app.model, name, app.name, machine, principal, leader=leads, charm=app.charm, made=now)
    return rows.put(world, replace(row, agent=allocating, workload=waiting))


def _machine(world: World, now: float, app: m.Application, placement: Placement) -> str:
    if placement.scope in {"", MACHINE} and placement.directive:
        return _existing(world, app, placement.directive)
    if placement.scope in HOSTS and placement.directive:
        rows.machine(world, app.model, placement.directive)
    constraints = {**rows.model(world, app.model).constraints, **app.constraints}
    return machines.add(
        world, now, app.model, base=app.base, constraints=constraints, placement=placement, added_by_unit=True
    )


def _existing(world: World, app: m.Application, machine: str) -> str:
    row = rows.machine(world, app.model, machine)
    where = f'cannot assign unit "{app.name}/{app.next_unit}" to machine {machine}'
    if row.life != "alive":
        raise JujuError(f"{where}: machine is not alive")
    if row.base != app.base:
        raise JujuError(
            f'{where}: base does not match: unit has "ubuntu@{app.base}", machine has "ubuntu@{row.base}"',
            INCOMPATIBLE_BASE,
        )
    return machine


def destroy_units(
    world: World,
    _now: float,
    model: str,
    names: Sequence[str],
    *,
    destroy_storage: bool = False,
    force: bool = False,
    dry_run: bool = False,
) -> list[UnitEnd]:
    """Begin the end of units; what becomes of their storage. With `dry_run` nothing is changed."""
    chosen = [rows.unit(world, model, each) for each in names]
    for each in chosen:
        if each.principal:
            raise JujuError(
                f'unit "{each.name}" is a subordinate, to remove use remove-relation. '
                f'Note: this will remove all units of "{each.application}"'
            )
    found = [end_of(world, each, destroy_storage=destroy_storage) for each in chosen]
    if not dry_run:
        for each in chosen:
            rows.put(world, dying(each, destroy_storage=destroy_storage, force=force))
    return found


def end_of(world: World, unit: m.Unit, *, destroy_storage: bool) -> UnitEnd:
    """Tell what goes with a unit."""
    ends = storage.ends(storage.of_unit(world, unit), destroy=destroy_storage)
    return UnitEnd(unit.name, ends.destroyed, ends.detached)


def dying(unit: m.Unit, *, destroy_storage: bool = False, force: bool = False) -> m.Unit:
    """Give the unit as it goes: what was asked before for its end stays asked."""
    return replace(
        unit, life="dying", destroy_storage=unit.destroy_storage or destroy_storage, force=unit.force or force
    )


def resolve(world: World, _now: float, model: str, name: str, *, retry: bool = True) -> None:
    """Let a unit in error go on: run the failed hook again, or (`retry` false) pass it over."""
    unit = rows.unit(world, model, name)
    if unit.phase != "error":
        raise JujuError(f'unit "{name}" is not in an error state')
    hooks = unit.work.split()[0 if retry else 1 :]
    rows.put(world, replace(unit, phase="resolved", work=" ".join(hooks), until=0.0, told=""))


def leader_of(world: World, model: str, name: str) -> m.Unit:
    """Give an application's leader; JujuError "not found" for one without units."""
    app = rows.application(world, model, name)
    found = next((each for each in rows.units_of(world, app) if each.leader), None)
    if found is None:
        raise JujuError(f'no leader for application "{name}"', NOT_FOUND)
    return found
