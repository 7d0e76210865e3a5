"""Whose a machine is.

A deployment marks its machine twice: with `agent_name` in the very call that takes it (MAAS filters by it but does
not show it), and with the workload annotation `pulumi` right after (shown in every list). The first closes the gap
before the second. (machine, claim, our user) -> ours, free, or somebody else's. No machine is ever taken over.
"""

from providers.common.waiter import Verdict
from providers.maas.crud.waits import ALLOCATED, DEPLOYED, DEPLOYING, FAILED_DEPLOYMENT, HELD, READY, RELEASING
from providers.maas.errors import ForeignError, MaasError
from providers.maas.models import Machine
from providers.maas.session import Session

_OURS = frozenset({ALLOCATED, DEPLOYING, DEPLOYED, FAILED_DEPLOYMENT})


def foreign(machine: Machine, claim: str, me: str) -> bool:
    """Say whether somebody else holds it: another user, another claim, or another tool's annotations."""
    if machine.status not in HELD:
        return False
    return machine.owner != me or (bool(machine.annotations) and machine.claim != claim and bool(claim))


def held_by(machine: Machine, claim: str, me: str) -> bool:
    """Say whether it is held, and not by somebody else."""
    return machine.status in HELD and not foreign(machine, claim, me)


def ours(maas: Session, claim: str, system_id: str) -> Machine | None:
    """Find what an earlier try of this very deployment took; no call when nothing is in doubt."""
    machines = maas.machines(claim).values()
    marked = next((one for one in machines if one.claim == claim and one.status in _OURS), None)
    if marked is not None:
        return maas.machine(marked.system_id) or marked
    doubtful = [one for one in machines if one.status in _OURS and one.owner == maas.me and not one.annotations]
    if any(not system_id or one.system_id == system_id for one in doubtful):
        return by_agent(maas, claim)
    return None


def by_agent(maas: Session, claim: str) -> Machine | None:
    """Find the machine that was taken with this claim as its agent name."""
    found = maas.find_machine({"agent_name": claim}, f"find the machine that {claim} took")
    return next((one for one in found if one.status in _OURS), None)


def free_or_ours(maas: Session, system_id: str, claim: str, *, known: bool = False) -> Machine:
    """Return the machine if it may be deployed under this claim; raises ForeignError naming who holds it.

    `known`: state says that it was ours, so a lost annotation is forgiven.
    """
    machine = maas.machine(system_id)
    if machine is None:
        raise MaasError(f"MAAS has no machine {system_id} to deploy")
    if machine.status == READY or machine.status in RELEASING or machine.claim == claim:
        return machine
    if known and held_by(machine, claim, maas.me):
        return machine
    if machine.status in HELD:
        holder = machine.claim or ", ".join(f"{name}={value}" for name, value in sorted(machine.annotations.items()))
        marked = f"marked {holder}" if holder else "without a mark of this stack"
        raise ForeignError(
            f"{machine.hostname} ({system_id}) is {machine.status} for the user {machine.owner or 'nobody'}, {marked}: "
            "it is left alone; release it, or deploy another machine"
        )
    raise MaasError(f"{machine.hostname} ({system_id}) is {machine.status}, but must be Ready to be deployed")


def powered(machine: Machine, wanted: str) -> Verdict:
    """Judge a power action."""
    return Verdict(f"power is {machine.power_state}, asked {wanted}", done=machine.power_state == wanted)
