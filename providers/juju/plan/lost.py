"""Lost machines and agents: what Juju hears nothing of any more, and what a person can do about it.

a machine of a status -> is it lost? -> one sentence with what is on it and what helps. A wait's clock + the units that
are waited for -> `Absences` -> a Verdict that ends the wait once somebody has been lost for `PATIENCE`. Pure.

Nothing is taken away because an agent doesn't answer, which may be a cable: a person says so with a reasoned `force`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from providers.juju.status import Machine, Status, Unit
from providers.juju.waiter import Verdict, elapsed

PATIENCE: Final = 300.0
"""Seconds of a wait's clock that an agent may be lost before the wait ends: as long as a server may take to boot."""
ABSENT: Final = frozenset({"down", "lost"})
"""Juju's words for the agent of a machine that it does not hear."""
_LISTED: Final = 3


def provisioned(machine: Machine) -> bool:
    """Say whether the cloud has given it ("pending" is Juju's word for none)."""
    return machine.instance_id not in {"", "pending"}


def lost(machine: Machine) -> bool:
    """Say whether a machine that was there does not answer; Juju says "down" of one that it never got, too."""
    return machine.agent.status in ABSENT and provisioned(machine)


def label(machine: Machine) -> str:
    """Name a machine for a person: "machine 2 (server5)"."""
    name = machine.hostname or machine.display_name
    return f"machine {machine.id} ({name})" if name else f"machine {machine.id}"


def words(machine: Machine) -> str:
    """Give Juju's own words about a lost machine, and those about its instance where the cloud has it no more."""
    instance = f", its instance {machine.instance_id} {machine.instance.line}"
    return machine.agent.line + (instance if machine.instance.status == "unknown" else "")


def sentence(machine: Machine, status: Status, force: str = "") -> str:
    """Say all that a person must know to decide; `force`: the reason, where one is given already."""
    names = [unit.name for unit in status.units_on(machine.id)]
    load = f"on it: {listed(names)}" if names else "no unit is on it"
    helps = "up --refresh replaces it, since force is given" if force else advice(machine)
    return f"{label(machine)} is lost, Juju says {words(machine)}; {load}; {helps}"


def advice(machine: Machine | None = None) -> str:
    """Say what helps; without a machine for any."""
    given_back = machine is not None and machine.instance.status == "unknown"
    start = "" if given_back else "start it again in MAAS, or "
    return f"{start}give force with a reason, and up --refresh replaces it with what is on it"


def listed(names: Sequence[str]) -> str:
    """Shorten a list of names."""
    rest = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")


class Absences:
    """Since when the units that one wait is about are lost, by the wait's clock."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._since: dict[str, float] = {}

    def judged(self, verdict: Verdict, behind: Iterable[Unit], machines: Mapping[str, Machine]) -> Verdict:
        """End the wait where one of those `behind` has been lost all the time for `PATIENCE`; else as it was judged."""
        now, absent = self._now(), {unit.name: unit for unit in behind if unit.agent.status == "lost"}
        self._since = {name: self._since.get(name, now) for name in absent}
        overdue = [absent[name] for name, since in self._since.items() if now - since >= PATIENCE]
        if verdict.done or verdict.failed or not overdue:
            return verdict
        return Verdict(verdict.line, failed=_overdue(overdue, machines))


def _overdue(units: Sequence[Unit], machines: Mapping[str, Machine]) -> str:
    names = listed([unit.name for unit in units])
    hosts = dict.fromkeys(unit.machine.partition("/")[0] for unit in units)
    down = [machines[id_] for id_ in hosts if id_ in machines and lost(machines[id_])]
    where = "; ".join(f"{label(machine)}: {words(machine)}" for machine in down[:_LISTED])
    verb = "has" if len(units) == 1 else "have"
    reason = f"can't get there: {names} {verb} been lost for {elapsed(PATIENCE)}"
    return f"{reason}; {where}; {advice(down[0])}" if down else f"{reason}: start the agents again"
