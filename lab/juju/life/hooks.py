"""A unit's life: its charm is installed, its hooks run in rounds, a hook fails, its agent is lost (pure).

    waiting ─(machine started)─> installing ─> configuring ─> started ─(what it has not heard of)─> configuring ─> ...
                                     └───────────┴─(a hook fails)─> error ─(resolved)─> the same hooks again

A round begins when there is something that the unit has not heard of (config, charm, relations, leadership), or when
its charm would report something else than it did; it ends after its time, and only then the report counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from lab.juju import faults
from lab.juju import models as m
from lab.juju.hub import behaviour
from lab.juju.life.charms import digest
from lab.juju.life.flow import Flow
from lab.juju.life.units import new_unit
from lab.juju.pace import Task
from lab.juju.world import key

Hear: TypeAlias = Callable[[m.Unit], m.Unit]
START: Final = ("config-changed", "start")
BUSY: Final = ("installing", "configuring", "stopping")
"""The phases of a unit that runs hooks."""
UPDATE: Final = "update-status"
_LEAVING: Final = ("departed", "broken")
LOST: Final = ("lost", "agent is not communicating with the server")
ROUNDS: Final = 200
"""So many rounds of a unit within one moment are a defect of its charm's behaviour, which never comes to rest."""


class RestlessError(Exception):
    """The emulator itself is at fault: a unit's reports never settle. Never a caller's doing."""


def look(flow: Flow, unit: m.Unit) -> None:
    """See what a living unit does next, whose agent is heard."""
    if unit.phase == "waiting":
        machine = flow.world.machines.find(key(unit.model, unit.machine))
        if machine is not None and machine.phase == "started":
            begin(flow, unit, "installing", ("install",))
    elif unit.phase == "resolved":
        _go_on(flow, unit)
    elif unit.phase == "started":
        _consider(flow, unit)


def heard(flow: Flow, unit: m.Unit) -> m.Unit:
    """Lose a unit's agent, or hear it again: what it was at begins anew then."""
    machine = flow.world.machines.find(key(unit.model, unit.machine))
    lost = faults.unit_lost(flow.world, unit) or (machine is not None and machine.agent.status == "down")
    if lost == (unit.agent.status == "lost") or unit.phase == "waiting":
        return unit
    if lost:
        words = f"agent lost, see 'juju show-status-log {unit.name}'"
        # what failed is still told, else nobody would know of it when the agent is back
        workload = unit.workload if unit.phase == "error" else m.Status("unknown", words, flow.now)
        return flow.put(replace(unit, agent=m.Status(*LOST, flow.now), workload=workload, until=0.0))
    unit = flow.put(replace(unit, agent=m.Status("idle", "", flow.now), told=""))
    if unit.phase == "error":
        return flow.put(replace(unit, workload=_failure(unit.work.split()[0], "", flow.now)))
    return begin(flow, unit, unit.phase, tuple(unit.work.split())) if unit.phase in BUSY else unit


def begin(flow: Flow, unit: m.Unit, phase: str, hooks: tuple[str, ...]) -> m.Unit:
    """Let a unit run hooks; the phase ends when they have run."""
    tasks: Mapping[str, Task] = {"installing": "install", "stopping": "removal"}
    installing = m.Status("maintenance", "installing charm software", flow.now)
    return flow.put(
        replace(
            unit,
            phase=phase,
            work=" ".join(hooks),
            until=flow.after(tasks.get(phase, "hook")),
            agent=m.Status("executing", f"running {hooks[0]} hook", flow.now),
            workload=installing if phase == "installing" else unit.workload,
        )
    )


def finish(flow: Flow, unit: m.Unit) -> bool:
    """End a unit's round: true when all of its hooks went well, else it is in error."""
    hooks = unit.work.split()
    for number, hook in enumerate(hooks):
        struck = faults.strikes_hook(flow.world, unit, hook)
        if struck is not None:
            failed = _failure(hook, struck.text, flow.now)
            idle = m.Status("idle", "", flow.now)
            work = " ".join(hooks[number:])
            flow.put(replace(unit, phase="error", until=0.0, work=work, workload=failed, agent=idle))
            return False
    if unit.phase == "installing":
        begin(flow, unit, "configuring", (*(("leader-elected",) if unit.leader else ()), *START))
    elif unit.phase == "configuring":
        _report(flow, unit, hooks)
    return True


def _failure(hook: str, text: str, now: float) -> m.Status:
    return m.Status("error", f'hook failed: "{hook}"' + (f": {text}" if text else ""), now, {"hook": hook})


def _go_on(flow: Flow, unit: m.Unit) -> None:
    """Run what is left to run of a unit that was resolved."""
    hooks = tuple(unit.work.split())
    if "install" in hooks:
        begin(flow, unit, "installing", hooks)
    else:
        begin(flow, unit, "configuring", hooks or (START if not unit.heard else (UPDATE,)))


def _consider(flow: Flow, unit: m.Unit) -> None:
    unit = _subordinates(flow, unit)
    hooks = [hook for hook, _ in _unheard(flow, unit)]
    if not hooks and not _news(flow, unit):
        return
    begin(flow, unit, "configuring", tuple(dict.fromkeys(hooks)) or (UPDATE,))


def _news(flow: Flow, unit: m.Unit) -> bool:
    """Whether the charm would report something else than it did."""
    told = behaviour.settled(flow.world, unit.model, unit, flow.now)
    app = flow.world.applications.get(key(unit.model, unit.application))
    return _words(told) != unit.told or merged(app.facts, told.facts) != dict(app.facts)


def _words(told: behaviour.Told) -> str:
    return repr((told.status.status, told.status.message, told.version, told.ports))


def merged(facts: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    """Merge facts; one of None is dropped."""
    return {name: value for name, value in {**facts, **more}.items() if value is not None}


def _report(flow: Flow, unit: m.Unit, hooks: list[str]) -> None:
    """Keep what the unit heard in its hooks, and what its charm says now."""
    for hook, hear in _unheard(flow, unit):
        if hook in hooks:
            unit = hear(unit)
    unit = flow.put(replace(unit, phase="started", until=0.0, work="", agent=m.Status("idle", "", flow.now)))
    told = behaviour.settled(flow.world, unit.model, unit, flow.now)
    app = flow.world.applications.get(key(unit.model, unit.application))
    flow.put(replace(app, facts=merged(app.facts, told.facts)))
    words = _words(told)
    flow.put(replace(unit, workload=told.status, version=told.version, ports=told.ports, told=words))


def _unheard(flow: Flow, unit: m.Unit) -> list[tuple[str, Hear]]:
    """Give the hooks that a unit owes, each with what having run it makes of the unit."""
    app = flow.world.applications.get(key(unit.model, unit.application))
    config = digest({**app.config, "trust": app.trust})
    found: list[tuple[str, Hear]] = []
    if unit.charm != app.charm:
        found.append(("upgrade-charm", lambda row: replace(row, charm=app.charm)))
    if unit.heard != config:
        found.append(("config-changed", lambda row: replace(row, heard=config)))
    if unit.leader != unit.elected:
        # losing leadership runs no hook of its own, it is heard of with the next one
        hook = "leader-elected" if unit.leader else UPDATE
        found.append((hook, lambda row: replace(row, elected=unit.leader)))
    return [*found, *_relation_hooks(flow, unit)]


def _relation_hooks(flow: Flow, unit: m.Unit) -> list[tuple[str, Hear]]:
    """Give the hooks of relations that a unit has not joined, or not left yet."""
    held = {each.id: each for each in _relations(flow, unit)}
    there = {number for number, each in held.items() if each.life == "alive" and _meets(flow, unit, each)}
    found: list[tuple[str, Hear]] = []
    for number in sorted(there - set(unit.joined)):
        kinds = ("created",) if len(held[number].endpoints) == 1 else ("joined", "changed")
        found += [(f"{_end(unit, held[number])}-relation-{kind}", partial(_joined, number)) for kind in kinds]
    for number in [each for each in unit.joined if each not in there]:
        # of one that was forced away not even the name is known
        hooks = [f"{_end(unit, held[number])}-relation-{kind}" for kind in _LEAVING] if number in held else [UPDATE]
        found += [(hook, partial(_left, number)) for hook in hooks]
    return found


def _joined(number: int, unit: m.Unit) -> m.Unit:
    return replace(unit, joined=tuple(sorted({*unit.joined, number})))


def _left(number: int, unit: m.Unit) -> m.Unit:
    return replace(unit, joined=tuple(each for each in unit.joined if each != number))


def _relations(flow: Flow, unit: m.Unit) -> list[m.Relation]:
    bucket = f"application {key(unit.model, unit.application)}"
    found = (flow.world.relations.find(each) for each in flow.index.keys("relations", bucket))
    return [each for each in found if each is not None]


def _end(unit: m.Unit, relation: m.Relation) -> str:
    """Name the unit's own end of a relation."""
    return next(each.name for each in relation.endpoints if each.application == unit.application)


def other_end(application: str, relation: m.Relation) -> str:
    """Give the application at the other end; the same one for a peer relation."""
    return next((each.application for each in relation.endpoints if each.application != application), application)


def _meets(flow: Flow, unit: m.Unit, relation: m.Relation) -> bool:
    """Whether a unit is in the relation's scope: a subordinate's container holds its own principal only."""
    if not unit.principal or relation.endpoints[0].scope != "container" or len(relation.endpoints) == 1:
        return True
    other = flow.world.applications.find(key(unit.model, other_end(unit.application, relation)))
    return other is None or other.subordinate or other.name == unit.principal.partition("/")[0]


def _subordinates(flow: Flow, unit: m.Unit) -> m.Unit:
    """Let a principal unit have a unit of each subordinate application that it joined in its container."""
    if unit.principal:
        return unit
    beside = flow.index.keys("units", f"principal {key(unit.model, unit.name)}")
    there = {each.application for each in map(flow.world.units.find, beside) if each is not None}
    for relation in _relations(flow, unit):
        if relation.endpoints[0].scope != "container" or relation.life != "alive" or relation.id not in unit.joined:
            continue
        app = flow.world.applications.find(key(unit.model, other_end(unit.application, relation)))
        if app is not None and app.subordinate and app.life == "alive" and app.name not in there:
            there.add(app.name)
            _add_subordinate(flow, app, unit)
    return flow.world.units.get(key(unit.model, unit.name))


def _add_subordinate(flow: Flow, app: m.Application, principal: m.Unit) -> None:
    made = new_unit(flow.world, flow.now, app, principal.machine, principal.name)
    flow.index.take("units", key(made.model, made.name), made)
    flow.noticed(None, made)
