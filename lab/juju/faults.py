"""Misfortunes as data: which unit, machine or call they strike, how often, and what they do there.

Kinds that strike in a model (`model` a uuid or name, `target` a unit, application or machine id, both empty for any):

- `hook`: the hook `hook` (empty: any) of the target's units fails; the unit is in error until somebody resolves it.
  `text` follows Juju's words in the status message
- `agent-lost`: for as long as the fault is there, nobody hears the agents of the unit, application or machine, nor
  those in containers of the machine

Kinds that strike calls (`facade`, `method`, empty for any):

- `login`: Admin.Login is never answered
- `try-again`: answered with the code "try again"
- `call`: answered with `text` and `code`, without effect
- `drop`: the connection closes without an answer, and nothing was done
- `drop-after`: the call is carried out, then the connection closes without an answer
- `slow`: answered after `seconds`

A fault strikes at every `every`-th match, `times` times in all (None: for ever).
"""

from dataclasses import replace
from typing import Final

from lab.juju.models import Fault, Machine, Unit
from lab.juju.world import World

MODEL_KINDS: Final = ("hook", "agent-lost")
CALL_KINDS: Final = ("login", "try-again", "call", "drop", "drop-after", "slow")
KINDS: Final = (*MODEL_KINDS, *CALL_KINDS)


def add(world: World, fault: Fault) -> Fault:
    """Check a fault and put it into the world under a number of its own."""
    if fault.kind not in KINDS:
        raise ValueError(f"There is no fault '{fault.kind}'; faults are {', '.join(KINDS)}.")
    if fault.kind == "agent-lost" and not fault.target:
        raise ValueError("An agent-lost fault needs the unit, application or machine as its target.")
    if fault.kind == "slow" and not fault.seconds:
        raise ValueError("A slow fault needs the seconds that an answer takes.")
    if fault.kind == "call" and not fault.text:
        raise ValueError("A call fault needs the text that the call is answered with.")
    if fault.every < 1 or (fault.times is not None and fault.times < 1) or fault.seconds < 0:
        raise ValueError("A fault strikes at every first or later match, at least once, and waits no negative time.")
    if fault.model and not any(fault.model in {each.uuid, each.name} for each in world.models):
        raise ValueError(
            f"There is no model '{fault.model}'; there are {', '.join(each.name for each in world.models)}."
        )
    number = world.next_id("fault") + 1
    return world.faults.put(number, replace(fault, id=number))


def clear(world: World, number: int | None = None) -> int:
    """Take one fault away, or all of them; how many went."""
    gone = [fault.id for fault in world.faults if number is None or fault.id == number]
    for each in gone:
        world.faults.remove(each)
    return len(gone)


def strikes_hook(world: World, unit: Unit, hook: str) -> Fault | None:
    """Give the fault that this hook of the unit fails by, counted."""
    for fault in world.faults:
        if (
            fault.kind == "hook"
            and fault.hook in {"", hook}
            and _meets_unit(world, fault, unit)
            and _counted(world, fault)
        ):
            return fault
    return None


def unit_lost(world: World, unit: Unit) -> bool:
    """Whether nobody hears the unit's agent."""
    return any(fault.kind == "agent-lost" and _meets_unit(world, fault, unit) for fault in world.faults)


def machine_lost(world: World, machine: Machine) -> bool:
    """Whether nobody hears the machine's agent."""
    return any(
        fault.kind == "agent-lost" and fault.target == machine.id and _in_model(world, fault, machine.model)
        for fault in world.faults
    )


def strikes_call(world: World, model: str, facade: str, method: str) -> list[Fault]:
    """All the faults that strike this call now, counted; `model` is the model's uuid, "" on a controller login."""
    return [
        fault
        for fault in list(world.faults)
        if fault.kind in CALL_KINDS and _matches(world, fault, model, facade, method) and _counted(world, fault)
    ]


def _matches(world: World, fault: Fault, model: str, facade: str, method: str) -> bool:
    if fault.kind == "login" and (facade, method) != ("Admin", "Login"):
        return False
    return fault.facade in {"", facade} and fault.method in {"", method} and _in_model(world, fault, model)


def _in_model(world: World, fault: Fault, model: str) -> bool:
    row = world.models.find(model)
    return not fault.model or fault.model == model or (row is not None and fault.model == row.name)


def _meets_unit(world: World, fault: Fault, unit: Unit) -> bool:
    return fault.target in {"", unit.name, unit.application} and _in_model(world, fault, unit.model)


def _counted(world: World, fault: Fault) -> bool:
    """Count a match; true when the fault strikes at this one."""
    if fault.times is not None and fault.hit >= fault.times:
        return False
    strikes = (fault.seen + 1) % fault.every == 0
    world.faults.put(fault.id, replace(fault, seen=fault.seen + 1, hit=fault.hit + strikes))
    return strikes
