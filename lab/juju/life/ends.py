"""How what is dying goes: units, then relations, applications and machines, and their model last (pure).

A dying unit waits for its subordinates, for the round that it is in, for its hooks; one in error or lost waits for a
person (juju resolved, --force). Whoever waits is looked at again when what it waits for has gone.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from lab.juju import models as m
from lab.juju.life import hooks, rows, storage
from lab.juju.life.charms import charm_key
from lab.juju.life.flow import Flow
from lab.juju.life.leaders import elected
from lab.juju.life.units import dying
from lab.juju.world import key


def unit(flow: Flow, row: m.Unit) -> None:
    """Take a dying unit one step further."""
    beside = [flow.world.units.get(each) for each in flow.index.keys("units", f"principal {key(row.model, row.name)}")]
    for each in beside:
        if each.life == "alive" or (row.force and not each.force):
            flow.put(dying(each, destroy_storage=row.destroy_storage, force=row.force))
    if beside:
        return
    lost = row.agent.status == "lost"
    if row.phase == "waiting" or _machine_gone(flow, row) or (lost and row.force):
        unit_gone(flow, row)
    elif lost:
        return
    elif row.phase == "started" or (row.force and row.phase != "stopping"):
        hooks.begin(flow, row, "stopping", ("stop",))
    elif row.phase == "resolved":
        hooks.begin(flow, row, "stopping", tuple(row.work.split()) or ("stop",))


def _machine_gone(flow: Flow, row: m.Unit) -> bool:
    return key(row.model, row.machine) not in flow.world.machines


def stopped(flow: Flow, row: m.Unit) -> None:
    """End the last round of a unit: it goes, but for one whose hook fails and that nobody forces."""
    if row.force or hooks.finish(flow, row):
        unit_gone(flow, row)


def unit_gone(flow: Flow, row: m.Unit) -> None:
    """Take a unit away with all that hangs on it; another one leads, an empty machine goes after it."""
    world = flow.world
    held = [world.storage.get(each) for each in flow.index.keys("storage", f"unit {key(row.model, row.name)}")]
    ends = storage.ends(held, destroy=row.destroy_storage)
    for each in held:
        if each.id in ends.destroyed:
            flow.drop(each)
        else:
            flow.put(storage.detached(each, flow.now))
    for each in flow.index.keys("actions", f"unit {key(row.model, row.name)}"):
        task = world.actions.get(each)
        flow.put(replace(task, status="failed", message="unit is gone", until=0.0, completed=flow.now))
    _forget(flow, row.model, f"unit-{row.name.replace('/', '-')}")
    flow.drop(row)
    left = [
        world.units.get(each) for each in flow.index.keys("units", f"application {key(row.model, row.application)}")
    ]
    leader = elected(left)
    if leader is not None:
        flow.put(leader)
    _empty_machine(flow, row)


def _forget(flow: Flow, model: str, tag: str) -> None:
    """Take the annotations of something away."""
    if key(model, tag) in flow.world.annotations:
        flow.world.annotations.remove(key(model, tag))


def _empty_machine(flow: Flow, row: m.Unit) -> None:
    """Let a machine go after its last unit (juju state/unit.go destroyHostOps: whoever asked for the machine)."""
    machine = flow.world.machines.find(key(row.model, row.machine))
    if machine is None or machine.life != "alive" or _hosts(flow, machine) or _of_controller(flow, machine):
        return
    flow.put(replace(machine, life="dying"))


def _of_controller(flow: Flow, row: m.Machine) -> bool:
    return row.id == "0" and flow.world.models.get(row.model).is_controller


def _hosts(flow: Flow, row: m.Machine) -> bool:
    where = key(row.model, row.id)
    return flow.index.holds("units", f"machine {where}") or flow.index.holds("machines", f"parent {where}")


def machine(flow: Flow, row: m.Machine) -> None:
    """Take a dying machine one step further: empty, it is given back; one that was never taken is just gone."""
    if row.phase == "stopping":
        return
    where = key(row.model, row.id)
    if row.force:
        for each in map(flow.world.units.get, flow.index.keys("units", f"machine {where}")):
            if not (each.life == "dying" and each.force):
                flow.put(dying(each, force=True))
        for each in map(flow.world.machines.get, flow.index.keys("machines", f"parent {where}")):
            if not (each.life == "dying" and each.force):
                flow.put(replace(each, life="dying", force=True))
    if _hosts(flow, row):
        return
    _forget(flow, row.model, f"machine-{row.id.replace('/', '-')}")
    if row.keep or (row.phase in {"pending", "failed"} and not row.instance_id):
        flow.drop(row)
    else:
        stopping = m.Status("stopped", "", flow.now)
        flow.put(replace(row, life="dead", phase="stopping", until=0.0, agent=stopping))


def relation(flow: Flow, row: m.Relation) -> None:
    """Take a dying relation one step further: its subordinates' units go, then, when no unit is in it, it goes."""
    if row.endpoints[0].scope == "container" and len(row.endpoints) > 1:
        _container_ends(flow, row)
    if row.force or not flow.index.holds("units", f"relation {key(row.model, row.id)}"):
        flow.drop(row)
        for name in {key(row.model, end.application) for end in row.endpoints}:
            remote = flow.world.remotes.find(name)
            if (
                remote is not None
                and remote.life == "dying"
                and not flow.index.holds("relations", f"application {name}")
            ):
                flow.world.remotes.remove(name)


def _container_ends(flow: Flow, row: m.Relation) -> None:
    one, other = (each.application for each in row.endpoints)
    for app, principal in ((one, other), (other, one)):
        if _still_joined(flow, row, app, principal):
            continue
        for each in flow.index.keys("units", f"application {key(row.model, app)}"):
            found = flow.world.units.get(each)
            if found.principal.partition("/")[0] == principal and found.life == "alive":
                flow.put(dying(found, force=row.force))


def _still_joined(flow: Flow, row: m.Relation, app: str, principal: str) -> bool:
    """Whether another container of the same two applications holds the subordinate's units."""
    held = map(flow.world.relations.get, flow.index.keys("relations", f"application {key(row.model, app)}"))
    return any(
        each.id != row.id
        and each.life == "alive"
        and each.endpoints[0].scope == "container"
        and hooks.other_end(app, each) == principal
        for each in held
    )


def application(flow: Flow, row: m.Application) -> None:
    """Take a dying application one step further."""
    where = f"application {key(row.model, row.name)}"
    if flow.index.holds("units", where):
        return
    held = [flow.world.relations.get(each) for each in flow.index.keys("relations", where)]
    for each in held:
        if len(each.endpoints) == 1:
            flow.drop(each)
    if any(len(each.endpoints) > 1 for each in held):
        return
    for offer in [each for each in flow.world.offers.of(row.model) if each.application == row.name]:
        flow.world.offers.remove(key(row.model, offer.name))
    _forget(flow, row.model, f"application-{row.name}")
    flow.drop(row)
    if not flow.index.holds("applications", f"charm {row.model}|{row.charm}"):
        flow.world.charms.remove(charm_key(row.model, row.charm))


def model(flow: Flow, row: m.Model) -> None:
    """Take a dying model one step further: applications first, then machines, then all that is left."""
    where = f"model {row.uuid}"
    for each in map(flow.world.relations.get, flow.index.keys("relations", where)):
        if each.life == "alive" and len(each.endpoints) > 1:
            flow.put(replace(each, life="dying", force=row.force))
    for each in map(flow.world.applications.get, flow.index.keys("applications", where)):
        if each.life == "alive":
            flow.put(replace(each, life="dying", destroy_storage=bool(row.destroy_storage), force=row.force))
    for each in map(flow.world.units.get, flow.index.keys("units", where)):
        if each.life == "alive" or (row.force and not each.force):
            flow.put(dying(each, destroy_storage=bool(row.destroy_storage), force=row.force))
    if flow.index.holds("applications", where) or flow.index.holds("units", where):
        return
    for each in map(flow.world.machines.get, flow.index.keys("machines", where)):
        if each.life == "alive" and not _of_controller(flow, each):
            flow.put(replace(each, life="dying", force=True))
    if not flow.index.holds("machines", where):
        _model_gone(flow, row)


def _model_gone(flow: Flow, row: m.Model) -> None:
    for each in map(flow.world.storage.get, flow.index.keys("storage", f"model {row.uuid}")):
        flow.drop(each)
    for name, key_of in _KEYS.items():
        table = rows.table(flow.world, name)
        for each in table.of(row.uuid):
            table.remove(key_of(each))
    flow.drop(row)


_KEYS: Final[Mapping[str, Callable[[Any], str]]] = {
    "charms": lambda row: charm_key(row.model, row.url),
    "keys": lambda row: key(row.model, row.fingerprint),
    "annotations": lambda row: key(row.model, row.tag),
    **dict.fromkeys(("offers", "remotes", "pools", "spaces"), lambda row: key(row.model, row.name)),
    **dict.fromkeys(("secrets", "operations", "actions"), lambda row: key(row.model, row.id)),
}
"""How the rest of what belongs to a model is keyed."""
