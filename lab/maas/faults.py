"""Misfortunes as data: which call or which machine they strike, how often, and what they do there.

Kinds that strike machines (`machine` is a hostname or system id, `phase` one of `phases.PHASES`, both empty for any):

- `fail`: the phase ends in its Failed status, with `text` as the reason
- `hang`: the phase never ends; MAAS's own time-out ends it
- `no-boot`: the machine is switched on for the phase and never boots; MAAS's own time-out ends it
- `slow-ssh`: at the next boots of the installed system its sshd starts `seconds` later (machines that really run only)
- `power`: operations that need power answer 503 PowerProblem
- `import`: the image import stops in the middle

Kinds that strike calls (`method`, `path` as a regular expression, `op`, `machine` in the path):

- `status`: answered with `status` and `text`, with Retry-After when `retry_after` is given, and without effect
- `drop-before`, `drop-after`: the connection closes without an answer, before or after the effect
- `slow`: answered after `seconds`

A fault strikes at every `every`-th match, `times` times in all (None: for ever).
"""

import re
from dataclasses import replace
from typing import Final

from lab.maas.models import Fault, Machine
from lab.maas.phases import PHASES
from lab.maas.world import World

MACHINE_KINDS: Final = ("fail", "hang", "no-boot", "slow-ssh", "power", "import")
CALL_KINDS: Final = ("status", "drop-before", "drop-after", "slow")
KINDS: Final = (*MACHINE_KINDS, *CALL_KINDS)


def add(world: World, fault: Fault) -> Fault:
    """Check a fault and put it into the world under a number of its own."""
    if fault.kind not in KINDS:
        raise ValueError(f"There is no fault '{fault.kind}'; faults are {', '.join(KINDS)}.")
    if fault.phase and fault.phase not in PHASES:
        raise ValueError(f"There is no phase '{fault.phase}'; phases are {', '.join(PHASES)}.")
    if fault.kind == "status" and not 400 <= fault.status <= 599:
        raise ValueError(f"A status fault answers with 400 to 599, not with {fault.status}.")
    if fault.kind == "slow-ssh" and not fault.seconds:
        raise ValueError("A slow-ssh fault needs the seconds by which sshd starts later.")
    if fault.every < 1 or (fault.times is not None and fault.times < 1) or fault.seconds < 0:
        raise ValueError("A fault strikes at every first or later match, at least once, and waits no negative time.")
    try:
        re.compile(fault.path)
    except re.error as error:
        raise ValueError(f"The path '{fault.path}' is no regular expression: {error}.") from error
    number = world.next_id("fault")
    return world.faults.put(number, replace(fault, id=number))


def clear(world: World, number: int | None = None) -> int:
    """Take one fault away, or all of them; how many went."""
    gone = [fault.id for fault in world.faults if number is None or fault.id == number]
    for each in gone:
        world.faults.remove(each)
    return len(gone)


def strikes_machine(world: World, kind: str, machine: Machine | None, phase: str = "") -> Fault | None:
    """Give the fault that strikes this machine now, counted; None when there is none."""
    for fault in world.faults:
        named = not fault.machine or (machine and fault.machine in {machine.hostname, machine.system_id})
        if fault.kind == kind and named and (not fault.phase or fault.phase == phase) and _counted(world, fault):
            return fault
    return None


def strikes_call(world: World, method: str, path: str, op: str) -> list[Fault]:
    """All the faults that strike this call now, counted; `path` starts with /MAAS/."""
    return [
        fault
        for fault in world.faults
        if fault.kind in CALL_KINDS and _matches(world, fault, method, path, op) and _counted(world, fault)
    ]


def _matches(world: World, fault: Fault, method: str, path: str, op: str) -> bool:
    if fault.method and fault.method.upper() != method:
        return False
    if fault.op and fault.op != op:
        return False
    if fault.machine and not any(f"/{each}/" in path for each in _ids(world, fault.machine)):
        return False
    return not fault.path or re.search(fault.path, path) is not None


def _ids(world: World, name: str) -> list[str]:
    return [name, *(each.system_id for each in world.machines if each.hostname == name)]


def _counted(world: World, fault: Fault) -> bool:
    """Count a match; true when the fault strikes at this one."""
    if fault.times is not None and fault.hit >= fault.times:
        return False
    strikes = (fault.seen + 1) % fault.every == 0
    world.faults.put(fault.id, replace(fault, seen=fault.seen + 1, hit=fault.hit + strikes))
    return strikes
