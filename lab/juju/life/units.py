"""Units as a person asks for them: added to machines, destroyed, resolved (pure).

Sources: juju apiserver/facades/client/application, state/unit.go, state/assign.go for the words.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lab.juju import models as m
from lab.juju.errors import NOT_FOUND, JujuError, KeptError
from lab.juju.life import rows, storage
from lab.juju.life.assigning import machine_for
from lab.juju.life.placement import Placement
from lab.juju.world import World, key


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
    if count < 1:
        raise JujuError("must add at least one unit")
    if attach_storage and count != 1:
        raise JujuError(f"AttachStorage is non-empty, but NumUnits is {count}")
    reason = "application is a subordinate" if app.subordinate else ""
    reason = reason if app.life == "alive" else "application is not found or not alive"
    if reason:
        where = f'cannot add unit 1/{count} to application "{name}"'
        raise JujuError(f'{where}: cannot add unit to application "{name}": {reason}')
    places = [placements[index] if index < len(placements) else Placement() for index in range(count)]
    return [_add(world, now, app.name, model, place, attach_storage) for place in places]


def _add(world: World, now: float, name: str, model: str, placement: Placement, attach_storage: Sequence[str]) -> str:
    """Add a unit to a machine; one that no machine takes stays in the model all the same, as Juju leaves it."""
    app = rows.application(world, model, name)
    unit = new_unit(world, now, app, "")
    try:
        with world.whole():
            rows.put(world, replace(unit, machine=machine_for(world, now, app, unit.name, placement)))
    except JujuError as error:
        where = f'acquiring machine to host unit "{unit.name}"'
        raise KeptError(f"{where}: {error.message}", error.code) from error
    storage.for_unit(world, now, app, unit, attach_storage)
    return unit.name


def stage_units(
    world: World,
    now: float,
    app: m.Application,
    count: int,
    placements: Sequence[Placement] = (),
    attach_storage: Sequence[str] = (),
) -> list[str]:
    """Make a new application's units; one that no machine takes is in error, since Juju assigns them afterwards."""
    names: list[str] = []
    for index in range(count):
        unit = new_unit(world, now, app, "")
        place = placements[index] if index < len(placements) else Placement()
        try:
            with world.whole():
                rows.put(world, replace(unit, machine=machine_for(world, now, app, unit.name, place)))
        except JujuError as error:
            lost = m.Status("lost", "agent is not communicating with the server", now)
            rows.put(world, replace(unit, agent=lost, workload=m.Status("error", error.message, now)))
        storage.for_unit(world, now, app, unit, attach_storage)
        names.append(unit.name)
    return names


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
    chosen = [_there(world, model, each) for each in names]
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


def _there(world: World, model: str, name: str) -> m.Unit:
    row = world.units.find(key(model, name))
    if row is None:
        raise JujuError(f'unit "{name}" does not exist')
    return row


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
