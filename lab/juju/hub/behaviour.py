"""What a charm's unit reports, and what its actions do (pure).

world ─> `settled` ─> Told(status, version, ports, facts)          after each hook
world ─> `act` ─> Outcome(status, output, message, facts)          when an action runs, `juju exec` among them

Called for every unit that something changed for: one call reads the unit's own neighbours only (`sight`).
Deadlocks cannot be: a unit waits for data, not for the other side's own waits; what arrived once stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from lab.juju.hub import actions, kinds
from lab.juju.hub.actions import Outcome
from lab.juju.hub.execs import EXEC
from lab.juju.hub.scene import ARRIVED, Scene, scene
from lab.juju.hub.script import Need
from lab.juju.models import Status, Unit
from lab.juju.world import World, key

__all__ = ["EXEC", "Outcome", "Told", "act", "settled"]

PAUSED: Final = "Paused. Use 'resume' action to resume normal service."


@dataclass(frozen=True, slots=True)
class Told:
    """What a unit says at the end of a hook. `status` keeps its time where its words did not change.

    `facts` are to be merged into the application's facts; a fact of None is to be dropped.
    """

    status: Status
    version: str = ""
    ports: tuple[str, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict[str, object])


def settled(world: World, model: str, unit: Unit, now: float) -> Told:
    """Say what a unit whose charm is installed reports now; JujuError when its application is not there."""
    seen = scene(world, model, unit, now)
    status, message = _said(seen)
    before = unit.workload
    same = (before.status, before.message) == (status, message)
    return Told(
        before if same else Status(status, message, now),
        _version(seen),
        # Vault must be reached before it is ready
        seen.script.ports if status == "active" or seen.script.kind == "vault" else unit.ports,
        {**_arrivals(seen), **_noted(seen)},
    )


def act(world: World, model: str, unit: Unit, action_name: str, params: Mapping[str, object], now: float) -> Outcome:
    """Run an action of a unit's charm, or `juju-exec`/`juju-run` with its "command".

    Raises JujuError in Juju's words for an action that the charm does not have, or parameters that do not fit.
    """
    return actions.act(scene(world, model, unit, now), action_name, params)


def _said(seen: Scene) -> tuple[str, str]:
    own = kinds.KINDS.get(seen.script.kind)
    if seen.unit.facts.get("paused") and seen.script.kind != "vault":
        return "maintenance", PAUSED
    return (own and own(seen)) or _waits(seen) or ("active", _ready(seen))


def _ready(seen: Scene) -> str:
    own = kinds.READY.get(seen.script.kind)
    if own:
        return own(seen)
    many = seen.script.clustered and len(seen.peers()) > 1
    text = seen.script.clustered if many else seen.script.active
    return text.replace("{principal}", seen.unit.principal)


def _waits(seen: Scene) -> tuple[str, str] | None:
    missing = [each for each in seen.script.needs if not each.optional and not _related(seen, each)]
    incomplete = [
        each for each in seen.script.needs if each.data and _related(seen, each) and not _complete(seen, each)
    ]
    if not missing and not incomplete:
        return None
    return ("blocked" if missing else "waiting"), _words(seen.script.words, missing, incomplete)


def _related(seen: Scene, need: Need) -> bool:
    return any(seen.is_related(each) for each in need.endpoints)


def _complete(seen: Scene, need: Need) -> bool:
    return any(seen.complete(each) for each in need.endpoints)


def _words(words: str, missing: list[Need], incomplete: list[Need]) -> str:
    if words == "reactive" or any(each.missing or each.incomplete for each in (*missing, *incomplete)):
        told = [each.missing or f"'{each.name}' missing" for each in missing]
        return ", ".join([*told, *(each.incomplete or f"'{each.name}' incomplete" for each in incomplete)])
    absent = ", ".join(sorted(each.name for each in missing))
    partial = ", ".join(sorted(each.name for each in incomplete))
    if not absent:
        return f"Incomplete relations: {partial}"
    return f"Missing relations: {absent}" + (f"; incomplete relations: {partial}" if partial else "")


def _version(seen: Scene) -> str:
    version = seen.script.version(seen.app.channel)
    if version != "os":
        return version
    machine = seen.world.machines.find(key(seen.model, seen.unit.machine))
    return seen.app.base if machine is None else machine.base


def _noted(seen: Scene) -> Mapping[str, object]:
    note = kinds.FACTS.get(seen.script.kind)
    return note(seen) if note else {}


def _arrivals(seen: Scene) -> dict[str, object]:
    """Give the fact of what arrived, where it changed: new data is noted, relations that are gone are forgotten."""
    before = seen.arrived()
    kept = frozenset(
        relation.id
        for endpoint in seen.script.awaits
        for relation in seen.related(endpoint)
        if relation.id in before or seen.served(relation)
    )
    return {} if kept == before else {ARRIVED: sorted(kept)}
