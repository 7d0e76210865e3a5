"""The life cycle: begins, moves and ends what takes machines time, by the tables of `phases` and `status`.

`begin` puts a task on a machine; `advance(world, now)` moves every task, power action and image import to `now`;
`abort` ends one early. Every change of status goes through `moved`, which refuses what `status.TRANSITIONS` lacks.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lab.maas import faults, hardware, images, network, pace
from lab.maas.errors import ConflictError, PowerProblemError
from lab.maas.events import emit
from lab.maas.models import Json, Machine, PowerState, Sight, Task
from lab.maas.phases import PHASES, Phase, Step
from lab.maas.status import TRANSITIONS, Status, name_of
from lab.maas.world import World

S = Status

_RUNNING, _PASSED, _FAILED = 1, 2, 3

NO_BOOT: Final = "the machine was switched on, but never asked for its boot file"
"""The lab's hint about a machine that a `no-boot` fault strikes."""


class IllegalTransitionError(Exception):
    """The emulator itself tried a transition that MAAS has not: a defect of a handler, never of a caller."""


def moved(machine: Machine, status: Status) -> Machine:
    """Give the machine in another status, with the old one remembered."""
    if status != machine.status and status not in TRANSITIONS[Status(machine.status)]:
        raise IllegalTransitionError(
            f"{machine.hostname}: {name_of(machine.status)} -> {name_of(status)} is no transition of MAAS."
        )
    return replace(machine, status=status, previous_status=machine.status)


def put(world: World, machine: Machine) -> Machine:
    return world.machines.put(machine.system_id, machine)


def need_power(world: World, machine: Machine, operation: str = "") -> None:
    """503 where a `power` fault says that no rack controller reaches the machine's BMC."""
    if faults.strikes_machine(world, "power", machine, operation):
        raise PowerProblemError(f"No rack controllers can access the BMC of node {machine.hostname}")


def begin(world: World, machine: Machine, phase: str, now: float, options: Json | None = None) -> Machine:
    """Start `phase` on the machine: its status, its first events, when it ends, why it will fail if it will."""
    spec = PHASES[phase]
    machine = moved(machine, spec.status)
    machine = put(world, replace(machine, error_description="", power_due=None))
    seconds, doom, hint = _fate(world, machine, phase)
    task = Task(phase, now, now + seconds, doom=doom, hint=hint, options=options or {})
    if spec.started:
        emit(world, now, spec.started, machine)
    machine = put(world, replace(machine, task=task, netboot=machine.netboot or spec.boots))
    if spec.boots and not doom.startswith(hardware.REFUSED):
        machine = put(world, hardware.powered(world, machine, "on"))
    if not spec.boots and isinstance(deaf := _deaf(world, machine), str):
        emit(world, now, "NODE_POWER_OFF_FAILED", machine, f"Power off for the node failed: {deaf}")
    if phase == "deploying":
        _wipe(world, machine)
    # a driver is told of the reboot when it is reached, not when somebody next looks
    return _tell(world, machine, task, now) if world.hosted else machine


def _wipe(world: World, machine: Machine) -> None:
    physical = hardware.physical_of(world, machine)
    if physical and physical.full_disk:
        world.rack.put(physical.name, replace(physical, full_disk=""))


def _deaf(world: World, machine: Machine) -> str | None:
    """Why the BMC does not switch off a machine that MAAS has not seen off; None when it does, or need not."""
    if machine.power_state == "off" or machine.power_type != "amt":
        return None
    bmc = hardware.bmc_of(world, machine)
    return bmc if isinstance(bmc, str) else None


def _fate(world: World, machine: Machine, phase: str) -> tuple[float, str, str]:
    """(seconds until the phase ends, why it fails or "", the lab's hint)."""
    spec = PHASES[phase]
    if faults.strikes_machine(world, "hang", machine, phase) or (not spec.boots and _deaf(world, machine)):
        return (*_time_out(world, spec), "")
    if spec.boots and faults.strikes_machine(world, "no-boot", machine, phase):
        return (*_time_out(world, spec), NO_BOOT)
    trouble = hardware.obstacle(world, machine) if spec.boots else None
    if trouble is None:
        return pace.seconds_of(world.pace, phase), "", ""
    if trouble.at_once:
        return pace.seconds_of(world.pace, "power"), trouble.reason, ""
    return (*_time_out(world, spec), trouble.reason)


def _time_out(world: World, spec: Phase) -> tuple[float, str]:
    setting = world.settings.find("node_timeout")
    minutes = int(setting.value) if setting and setting.value else 30
    patience = spec.patience if spec.patience is not None else minutes * 60.0
    words = f"Node operation '{spec.operation}' timed out after {round(patience / 60)} minutes."
    return pace.scaled(world.pace, patience), words


def advance(world: World, now: float) -> None:
    """Move everything that takes time to `now` (seconds of the world's clock)."""
    for row in list(world.machines):
        if row.task or row.power_due is not None:
            _advance_machine(world, row, now)
    images.advance(world, now)


def next_due(world: World) -> float | None:
    """When something happens next on its own; None when nothing is under way."""
    dues = [row.task.ends for row in world.machines if row.task]
    dues += [row.power_due for row in world.machines if row.power_due is not None]
    if world.meta.image_import.running:
        dues.append(world.meta.image_import.ends)
    return min(dues, default=None)


def _advance_machine(world: World, machine: Machine, now: float) -> None:
    if machine.power_due is not None and machine.power_due <= now:
        machine = _power_settled(world, machine)
    while machine.task:
        machine = _tell(world, machine, machine.task, now)
        if machine.task is None or machine.task.ends > now or _awaited(world, machine, machine.task, now):
            return
        machine = _end(world, machine, machine.task)


def _unseen(world: World, task: Task) -> bool:
    """Whether the task ends with a system that answers, and none was seen to."""
    return world.hosted and task.phase == "deploying" and not task.doom and task.system != "up"


def _awaited(world: World, machine: Machine, task: Task, now: float) -> bool:
    """Whether MAAS still waits for the installed system to report.

    Its time-out does not end the wait for a host that is still booting: that takes its own time at every pace.
    """
    if not _unseen(world, task):
        return False
    physical = hardware.physical_of(world, machine)
    if task.system == "" and physical and physical.on:
        return True
    seconds, _ = _time_out(world, PHASES[task.phase])
    return world.pace.mode != "immediate" and now < task.began + seconds


def saw(world: World, name: str, sight: Sight, now: float) -> None:
    """Take in what a driver saw of the host `name`: up, lost, or off. What MAAS's own host does changes nothing."""
    physical = world.rack.find(name)
    if physical is None:
        return
    machine = hardware.taken_for(world, physical)
    if sight == "off":
        off = world.rack.put(name, replace(physical, on=False))
        if machine and hardware.bmc_of(world, machine) == off:
            put(world, replace(machine, power_state="off", power_due=None))
    elif machine and machine.task and machine.task.phase == "deploying":
        ends = max(machine.task.ends, now)
        put(world, replace(machine, task=replace(machine.task, system=sight, ends=ends)))
        advance(world, now)


def forget_sights(world: World) -> None:
    """Take back what an earlier driver saw of deployments under way: its hosts ended with it."""
    for machine in list(world.machines):
        if machine.task and machine.task.system:
            put(world, replace(machine, task=replace(machine.task, system="")))


def struck_dead(world: World, machine: Machine, now: float) -> Machine:
    """Give the machine whose hardware died: what it was busy with ends by MAAS's time-out."""
    task = machine.task
    if task is None or task.doom or not PHASES[task.phase].boots:
        return machine
    seconds, words = _time_out(world, PHASES[task.phase])
    return put(world, replace(machine, task=replace(task, ends=max(now, task.began + seconds), doom=words)))


def _tell(world: World, machine: Machine, task: Task, now: float) -> Machine:
    """Emit the events of the steps that have been reached."""
    steps = _steps(task)
    span = task.ends - task.began
    told = task.told
    while told < len(steps) and task.began + steps[told].at * span <= now:
        emit(world, task.began + steps[told].at * span, steps[told].event, machine, steps[told].description)
        told += 1
    if told == task.told:
        return machine
    return put(world, replace(machine, task=replace(task, told=told)))


def _steps(task: Task) -> tuple[Step, ...]:
    """Give the steps that the task gets to: all, or half when it hangs, or the first when it has no boot."""
    steps = PHASES[task.phase].steps
    if not task.doom:
        return steps
    booted = not task.hint and not task.doom.startswith(hardware.REFUSED)
    return steps[: len(steps) // 2] if booted else steps[:1]


def _end(world: World, machine: Machine, task: Task) -> Machine:
    struck = None if task.doom else faults.strikes_machine(world, "fail", machine, task.phase)
    if not struck and _unseen(world, task):
        return fail(world, machine, task.ends, _time_out(world, PHASES[task.phase])[1])
    if task.doom or struck:
        default = f"{PHASES[task.phase].operation} failed"
        return fail(world, machine, task.ends, task.doom or (struck.text if struck else "") or default)
    machine = put(world, replace(machine, task=None))
    return _FINISH[task.phase](world, machine, task)


_FAILURE_EVENTS: Final = {
    "commissioning": "NODE_COMMISSIONING_EVENT_FAILED",
    "deploying": "NODE_INSTALL_EVENT_FAILED",
}


def fail(world: World, machine: Machine, now: float, why: str) -> Machine:
    """End the machine's task in the phase's Failed status, with the reason in the events and the description."""
    task = machine.task
    if task is None:
        return machine
    spec = PHASES[task.phase]
    if task.hint:
        emit(world, now, "NODE_PXE_UNANSWERED", machine, task.hint)
    if task.doom.startswith(hardware.REFUSED):
        emit(world, now, "NODE_POWER_ON_FAILED", machine, why)
    elif not task.doom and task.phase in _FAILURE_EVENTS:
        emit(world, now, _FAILURE_EVENTS[task.phase], machine, why)
    machine = replace(moved(machine, spec.failed), task=None, error_description=why)
    if task.phase == "testing":
        machine = hardware.tested(machine, _FAILED)
    elif task.phase == "commissioning":
        machine = replace(machine, commissioning_result=_FAILED)
    machine = put(world, machine)
    emit(world, now, spec.failed.name, machine)
    emit(world, now, "NODE_MARKED_FAILED", machine, why)
    return _off_after_failure(world, machine, task.phase)


def _off_after_failure(world: World, machine: Machine, phase: str) -> Machine:
    """MAAS powers a machine off that failed to commission; the others stay as they are, to be looked at."""
    return put(world, hardware.powered(world, machine, "off")) if phase == "commissioning" else machine


def _commissioned(world: World, machine: Machine, task: Task) -> Machine:
    physical = hardware.physical_of(world, machine)
    if physical is not None:
        machine = put(world, hardware.report(world, machine, physical))
    machine = put(world, replace(machine, commissioning_result=_PASSED))
    if task.options.get("testing"):
        machine = put(world, hardware.tested(machine, _RUNNING))
        return begin(world, machine, "testing", task.ends, {"back": int(S.READY), **task.options})
    return _ready(world, machine, task)


def _ready(world: World, machine: Machine, task: Task) -> Machine:
    machine = put(world, moved(machine, S.READY))
    emit(world, task.ends, "READY", machine)
    return machine if task.options.get("enable_ssh") else _switched_off(world, machine, task.ends)


def _switched_off(world: World, machine: Machine, now: float) -> Machine:
    emit(world, now, "NODE_POWERED_OFF", machine)
    return put(world, hardware.powered(world, machine, "off"))


def _tested(world: World, machine: Machine, task: Task) -> Machine:
    machine = hardware.tested(machine, _PASSED)
    back = Status(int(str(task.options.get("back", int(S.READY)))))
    if back == S.READY:
        return _ready(world, machine, task)
    machine = put(world, moved(machine, back))
    emit(world, task.ends, "NODE_HW_SYNC" if back == S.DEPLOYED else "NODE_POWERED_OFF", machine)
    return machine if back == S.DEPLOYED else put(world, hardware.powered(world, machine, "off"))


def _deployed(world: World, machine: Machine, task: Task) -> Machine:
    machine = put(world, replace(moved(machine, S.DEPLOYED), netboot=False))
    emit(world, task.ends, "DEPLOYED", machine)
    images.deployed(world, f"{machine.osystem}/{machine.distro_series}", task.ends)
    return machine


def _released(world: World, machine: Machine, task: Task) -> Machine:
    machine = hardware.powered(world, machine, "off")
    machine = replace(network.without_addresses(moved(machine, S.READY)), owner="", netboot=True)
    emit(world, task.ends, "RELEASED", put(world, machine))
    return machine


def _erased(world: World, machine: Machine, task: Task) -> Machine:
    emit(world, task.ends, "ERASED_DISK", machine)
    return begin(world, machine, "releasing", task.ends)


def _in_rescue(world: World, machine: Machine, task: Task) -> Machine:
    back = int(str(task.options.get("back", machine.previous_status)))
    machine = put(world, replace(moved(machine, S.RESCUE_MODE), previous_status=back))
    emit(world, task.ends, "RESCUE_MODE", machine)
    return machine


def _out_of_rescue(world: World, machine: Machine, task: Task) -> Machine:
    back = Status(int(str(task.options.get("back", int(S.READY)))))
    state: PowerState = "on" if back == S.DEPLOYED else "off"
    machine = replace(hardware.powered(world, moved(machine, back), state), netboot=back != S.DEPLOYED)
    emit(world, task.ends, "EXITED_RESCUE_MODE", put(world, machine))
    return machine


_FINISH: Final[dict[str, Callable[[World, Machine, Task], Machine]]] = {
    "commissioning": _commissioned,
    "testing": _tested,
    "deploying": _deployed,
    "releasing": _released,
    "erasing": _erased,
    "entering_rescue": _in_rescue,
    "exiting_rescue": _out_of_rescue,
}

_ABORTS: Final[dict[Status, tuple[str, str]]] = {
    S.COMMISSIONING: ("REQUEST_NODE_ABORT_COMMISSIONING", "ABORTED_COMMISSIONING"),
    S.TESTING: ("REQUEST_NODE_ABORT_TESTING", "ABORTED_TESTING"),
    S.DEPLOYING: ("REQUEST_NODE_ABORT_DEPLOYMENT", "ABORTED_DEPLOYMENT"),
    S.DISK_ERASING: ("REQUEST_NODE_ABORT_ERASE_DISK", "ABORTED_DISK_ERASING"),
}


def abort(world: World, machine: Machine, now: float, user: str) -> Machine:
    """End the machine's task before its time (source: MAAS 3.5 API, machines/{id}/?op=abort)."""
    status = Status(machine.status)
    if status not in _ABORTS or machine.task is None:
        raise ConflictError(
            f"Cannot abort in current state: node {machine.system_id} is in state {name_of(machine.status)}."
        )
    asked, aborted = _ABORTS[status]
    emit(world, now, asked, machine, f"({user})", user)
    back = machine.task.options.get("back", int(S.READY)) if status == S.TESTING else int(_ABORTED_TO[status])
    machine = replace(moved(machine, Status(int(str(back)))), task=None)
    if status == S.DEPLOYING:
        machine = network.without_auto_addresses(replace(machine, osystem="", distro_series=""))
    emit(world, now, aborted, put(world, machine))
    return put(world, hardware.powered(world, machine, "off"))


_ABORTED_TO: Final = {
    S.COMMISSIONING: S.NEW,
    S.DEPLOYING: S.ALLOCATED,
    S.DISK_ERASING: S.FAILED_DISK_ERASING,
}


def switch_power(world: World, machine: Machine, now: float, target: PowerState) -> Machine:
    """Asks the BMC to switch the machine; it settles after the pace's `power` seconds."""
    event = "NODE_POWER_ON_STARTING" if target == "on" else "NODE_POWER_OFF_STARTING"
    emit(world, now, event, machine)
    due = now + pace.seconds_of(world.pace, "power")
    return put(world, replace(machine, power_due=due, power_target=target))


def _power_settled(world: World, machine: Machine) -> Machine:
    due, target = machine.power_due or 0.0, machine.power_target
    bmc = hardware.bmc_of(world, machine)
    if isinstance(bmc, str):
        event = "NODE_POWER_ON_FAILED" if target == "on" else "NODE_POWER_OFF_FAILED"
        emit(world, due, event, machine, f"Power {target} for the node failed: {bmc}")
        return put(world, replace(machine, power_state="error", power_due=None))
    emit(world, due, "NODE_POWERED_ON" if target == "on" else "NODE_POWERED_OFF", machine)
    return put(world, hardware.powered(world, machine, target))
