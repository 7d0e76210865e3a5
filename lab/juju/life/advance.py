"""Everything that happens by itself in a controller's world, up to a moment, in order of time (pure).

    what is due ─> its end ─┐
    what changed ───────────┴─> looks, until nobody has anything to do ─> what is due next, up to now

What is due at one moment ends together before anybody looks, so a cascade goes in rounds however many units it has.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from lab.juju import faults
from lab.juju import models as m
from lab.juju.errors import JujuError
from lab.juju.hub import behaviour
from lab.juju.life import ends, hooks
from lab.juju.life.flow import TIMED, Flow
from lab.juju.life.index import DUE, Index
from lab.juju.life.rows import TABLES, table
from lab.juju.pace import Scale
from lab.juju.world import World, key

DOWN: Final = ("down", "agent is not communicating with the server")


def advance(world: World, now: float, scale: Scale, index: Index | None = None) -> None:
    """Let happen what is due up to `now`, and what follows from the changes of the open transaction.

    `index`: the world's, where it is kept between calls; it is brought up to the open transaction.
    """
    if index is None:
        index = Index(world)
    else:
        index.sync(world)
    touched = [pair for name in TABLES for pair in table(world, name).touched()]
    struck = world.faults.touched()
    if not touched and not struck and not any(index.holds(name, DUE) for name in TIMED):
        return
    flow = Flow(world, index, scale, 0.0)
    flow.plan_all()
    _run(flow, now)
    flow.now = now
    flow.open(touched)
    if any(each is not None and each.kind == "agent-lost" for pair in struck for each in pair):
        _look_all(flow)
    _run(flow, now)


def next_due(world: World, index: Index) -> float | None:
    """When something happens next by itself; None when nothing is under way."""
    found = (table(world, name).find(each) for name in TIMED for each in index.keys(name, DUE))
    return min((getattr(row, "until", 0.0) for row in found if row is not None), default=None)


def _look_all(flow: Flow) -> None:
    for model in list(flow.world.models):
        for name in ("machines", "units"):
            flow.look_all(name, f"model {model.uuid}")


def _run(flow: Flow, limit: float) -> None:
    rounds: Counter[str] = Counter()
    moment = flow.now
    while True:
        _settle(flow)
        dues = flow.next_dues(limit)
        if not dues:
            return
        if flow.now > moment:
            moment = flow.now
            rounds.clear()
        for name, row_key in dues:
            rounds[row_key] += 1
            if rounds[row_key] > hooks.ROUNDS:
                raise hooks.RestlessError(f"{name} {row_key} had {hooks.ROUNDS} rounds at one moment, and has another.")
            row = table(flow.world, name).find(row_key)
            # what ended before it at this moment may have changed it
            if row is not None and 0.0 < getattr(row, "until", 0.0) <= flow.now:
                _ENDS[name](flow, row)


def _settle(flow: Flow) -> None:
    while (found := flow.next_look()) is not None:
        name, row_key = found
        row = table(flow.world, name).find(row_key)
        if row is not None and name in _LOOKS:
            _LOOKS[name](flow, row)


def _look_at_unit(flow: Flow, row: m.Unit) -> None:
    row = hooks.heard(flow, row)
    if row.life != "alive":
        ends.unit(flow, row)
    elif row.agent.status != "lost":
        hooks.look(flow, row)


def _unit_due(flow: Flow, row: m.Unit) -> None:
    if row.phase == "stopping":
        ends.stopped(flow, row)
    else:
        hooks.finish(flow, row)


def _look_at_machine(flow: Flow, row: m.Machine) -> None:
    host = flow.world.machines.find(key(row.model, row.parent)) if row.parent else None
    lost = row.off or faults.machine_lost(flow.world, row) or (host is not None and host.agent.status == "down")
    if row.phase == "started" and lost != (row.agent.status == "down"):
        agent = m.Status(*DOWN, flow.now) if lost else m.Status("started", "", flow.now)
        row = flow.put(replace(row, agent=agent))
    if row.life != "alive":
        ends.machine(flow, row)
    elif row.phase == "agent" and not row.until:
        flow.put(replace(row, until=flow.after("container agent" if row.parent else "machine agent")))


def _machine_due(flow: Flow, row: m.Machine) -> None:
    started = m.Status("started", "", flow.now)
    flow.put(replace(row, phase="started", until=0.0, agent=started))


def _look_at_relation(flow: Flow, row: m.Relation) -> None:
    if row.life != "alive":
        ends.relation(flow, row)
        return
    units = flow.index.keys("units", f"relation {key(row.model, row.id)}")
    there = {unit.application for unit in map(flow.world.units.find, units) if unit is not None}
    there |= {end.application for end in row.endpoints if key(row.model, end.application) in flow.world.remotes}
    word = "joined" if len(row.endpoints) == 1 or len(there) == len(row.endpoints) else "joining"
    if row.status.status != word:
        flow.put(replace(row, status=m.Status(word, "", flow.now)))


_SEVERITY: Final = ("error", "blocked", "waiting", "maintenance", "terminated", "active", "unknown")
"""Which of its units' statuses an application shows (juju core/status DeriveStatus)."""


def _look_at_application(flow: Flow, row: m.Application) -> None:
    if row.life != "alive":
        ends.application(flow, row)
        return
    names = flow.index.keys("units", f"application {key(row.model, row.name)}")
    units = [unit.workload for unit in map(flow.world.units.find, names) if unit is not None]
    worst = min(units, key=lambda each: _SEVERITY.index(each.status), default=m.Status("unknown", "", row.status.since))
    if (worst.status, worst.message) != (row.status.status, row.status.message):
        flow.put(replace(row, status=worst))


def _look_at_model(flow: Flow, row: m.Model) -> None:
    if row.life != "alive":
        ends.model(flow, row)


def _look_at_action(flow: Flow, row: m.Action) -> None:
    unit = flow.world.units.find(key(row.model, row.receiver))
    if row.status != "pending" or unit is None or unit.agent.status == "lost":
        return
    if unit.phase in {"configuring", "started"}:
        flow.put(replace(row, status="running", started=flow.now, until=flow.after("action")))


def _action_due(flow: Flow, row: m.Action) -> None:
    """Run an action for its effects, and let its unit see them."""
    unit = flow.world.units.get(key(row.model, row.receiver))
    ended = replace(row, until=0.0, completed=flow.now)
    try:
        outcome = behaviour.act(flow.world, row.model, unit, row.name, row.parameters, flow.now)
    except JujuError as error:
        flow.put(replace(ended, status="failed", message=error.message))
        return
    flow.put(replace(ended, status=outcome.status, message=outcome.message, output=outcome.output))
    app = flow.world.applications.get(key(row.model, unit.application))
    flow.put(replace(app, facts=hooks.merged(app.facts, outcome.facts)))
    flow.put(replace(unit, facts=hooks.merged(unit.facts, outcome.unit_facts)))


_LOOKS: Final[Mapping[str, Callable[[Flow, Any], None]]] = {
    "units": _look_at_unit,
    "machines": _look_at_machine,
    "relations": _look_at_relation,
    "applications": _look_at_application,
    "models": _look_at_model,
    "actions": _look_at_action,
}
_ENDS: Final[Mapping[str, Callable[[Flow, Any], None]]] = {
    "units": _unit_due,
    "machines": _machine_due,
    "actions": _action_due,
}
