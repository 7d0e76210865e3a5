"""The waits for machines: which status is the goal, which is on the way, and how a failure is told.

status tables -> judges for `waiter` -> a machine, or WaitFailed that ends with MAAS's own last events.
Statuses are those of MAAS 3.5, node_status.py.
"""

from collections.abc import Collection

from providers.common.progress import say
from providers.common.waiter import Verdict
from providers.maas.errors import MaasError, WaitFailed
from providers.maas.models import Machine
from providers.maas.session import Session
from providers.maas.waiter import Judge

READY, DEPLOYED, DEPLOYING, ALLOCATED, NEW = "Ready", "Deployed", "Deploying", "Allocated", "New"
FAILED_DEPLOYMENT = "Failed deployment"
COMMISSIONING = frozenset({"Commissioning", "Testing"})
UNCOMMISSIONED = frozenset({NEW, "Failed commissioning"})
RELEASING = frozenset({"Releasing", "Disk erasing"})
_RESCUE = frozenset(
    {
        *("Rescue mode", "Entering rescue mode", "Failed to enter rescue mode"),
        *("Exiting rescue mode", "Failed to exit rescue mode"),
    }
)
HELD = _RESCUE | {
    *(ALLOCATED, DEPLOYED, DEPLOYING, FAILED_DEPLOYMENT, "Reserved"),
    *("Releasing failed", "Failed disk erasing"),
}
"""Statuses in which a machine is somebody's."""


def standing(machine: Machine) -> str:
    """Say where a machine is, e.g. `Deploying - Installing OS`."""
    message = machine.message
    return f"{machine.status} - {message}" if message and message != machine.status else machine.status


def until(goal: Collection[str], way: Collection[str], verb: str) -> Judge:
    """Make a judge: `goal` statuses end the wait, `way` statuses go on, any other fails; `verb` is what failed."""

    def judge(machine: Machine) -> Verdict:
        line = standing(machine)
        if machine.status in goal:
            return Verdict(line, done=True)
        if machine.status in way:
            return Verdict(line)
        return Verdict(line, failed=f"failed to {verb}: {line}")

    return judge


def follow(maas: Session, machine: Machine, judge: Judge, minutes: float) -> Machine:
    """Wait, telling the person; a failure ends with MAAS's events."""
    try:
        return maas.waiter.wait(machine.system_id, machine.hostname, judge, minutes * 60, say)
    except WaitFailed as failure:
        raise WaitFailed(f"{failure}. {told(maas, machine.system_id)}") from None
    finally:
        maas.snapshots.wrote("Machines", machine.system_id)


def told(maas: Session, system_id: str) -> str:
    """Quote MAAS's last events of a machine."""
    try:
        events = maas.events(system_id)
    except MaasError as error:
        return f"MAAS's events could not be read: {error}"
    return f"MAAS's last events: {' | '.join(events)}" if events else "MAAS has no events of it"
