"""What is seen of a machine, and what is to be done with one that an earlier try of the same resource left.

machine + inputs -> outputs, drift; does it fit? -> `decide`: take it, wait, remove it, leave it, or refuse. Pure.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from providers.common.fields import has_unknown
from providers.common.raw import Raw, text
from providers.juju.crud.application_seen import place, zone
from providers.juju.crud.base import Props
from providers.juju.plan import constraints, placement
from providers.juju.plan.lost import ABSENT, label, listed, lost, provisioned, sentence, words
from providers.juju.plan.placement import Place
from providers.juju.status import Machine, Status

FAILED: Final = frozenset({"provisioning error", "error"})
Action: TypeAlias = Literal["take", "wait", "remove", "force", "leave", "refuse"]


@dataclass(frozen=True)
class Step:
    """What is done with a machine that is there, and why; "wait" until it can be told, or is gone."""

    action: Action
    reason: str = ""


def failed(machine: Machine) -> bool:
    """Say whether the cloud did not give it, so that nothing ever ran on it."""
    return machine.instance.status in FAILED and machine.agent.status != "started" and not lost(machine)


def fits(machine: Machine, props: Props) -> bool:
    """Say whether a machine is as asked for, as far as a status shows it."""
    if _other_kind(machine, props):
        return False
    return not _tells_where(machine, props) or _is_at(props, place(machine, machine.id))


def decide(machine: Machine, status: Status, props: Props) -> Step:
    """Choose what make does with a machine that its resource's claim is on.

    With `force` a lost one is replaced, and one that answers is not taken: where up replaces a lost machine the engine
    deletes that one afterwards, which would be this one.
    """
    force = text(props, "force")
    if lost(machine):
        return Step("force", force) if force else Step("refuse", sentence(machine, status))
    if machine.life != "alive":
        return Step("wait", "it is being removed")
    if failed(machine):
        return Step("force", f"it could not be had: {machine.instance.line}")
    if not _other_kind(machine, props) and not _tells_where(machine, props):
        return Step("wait", "it is not known yet where it is")
    return _of_present(machine, status, props)


def _of_present(machine: Machine, status: Status, props: Props) -> Step:
    held = [*(unit.name for unit in status.units_on(machine.id)), *_containers(machine, status)]
    fitting, force = fits(machine, props), text(props, "force")
    if fitting and not force:
        return Step("take")
    if not held:
        return Step("remove", "nothing is on it" if fitting else "it is another one than is asked for now")
    if fitting:
        there = f"{label(machine)} answers, with {listed(held)} on it, and is not replaced by force"
        return Step("refuse", f"{there}: up --refresh sees that; else take force away")
    if not _in_the_way(machine, props):
        return Step("leave")
    if force:
        return Step("force", force)
    stays = f"{label(machine)} is where the new one is asked for, and stays because of {listed(held)}"
    return Step("refuse", f"{stays}: give force with a reason, and it is removed with what is on it")


def _containers(machine: Machine, status: Status) -> list[str]:
    return [id_ for id_ in status.machines if id_.startswith(f"{machine.id}/")]


def _in_the_way(machine: Machine, props: Props) -> bool:
    """Say whether the cloud must have it back first: another machine of a zone is another machine."""
    wanted = placement.parse(text(props, "placement"))
    exclusive = wanted.kind == "cloud" and not wanted.directive.startswith("zone=")
    return exclusive and placement.fits(wanted, place(machine, machine.id))


def _other_kind(machine: Machine, props: Props) -> bool:
    """Say whether base, constraints, or being a container differ, which a status shows from the beginning."""
    base, wanted = text(props, "base"), placement.parse(text(props, "placement"))
    if base and machine.base and machine.base != base:
        return True
    if bool(machine.parent) != (wanted.kind == "container"):
        return True
    return not set(text(props, "constraints").split()) <= set(constraints.clean(machine.constraints).split())


def _tells_where(machine: Machine, props: Props) -> bool:
    """Say whether it can be told if it is where it is asked for: which machine of the cloud, only the cloud decides."""
    return provisioned(machine) or placement.parse(text(props, "placement")).kind != "cloud"


def _is_at(props: Props, where: Place) -> bool:
    wanted = placement.parse(text(props, "placement"))
    return wanted.kind == "anywhere" or placement.fits(wanted, where)


def delete_first(olds: Raw, news: Raw) -> bool:
    """Say whether the old machine must be gone before make looks for what an earlier try left.

    One that is visibly another is never taken for the new one: then the units on it move before it goes.
    """
    if vanished(olds) and news.get("force") is not None:
        return False
    if has_unknown([news.get("base"), news.get("placement")]):
        return True
    base, wanted = text(olds, "base"), text(news, "base")
    if base and wanted and base != wanted:
        return False
    if not _provisioned_of(olds) or not text(olds, "hostname"):
        return True
    where = Place(text(olds, "machine_id"), text(olds, "hostname"), text(olds, "instance_id"), text(olds, "zone"))
    return _is_at(news, where)


def vanished(state: Raw) -> bool:
    """Say whether the state remembers the machine as lost, as the last refresh saw it."""
    return text(state, "status") in ABSENT and _provisioned_of(state)


def _provisioned_of(state: Raw) -> bool:
    return text(state, "instance_id") not in {"", "pending"}


def drift(machine: Machine) -> list[str]:
    """Name what is wrong with a machine that is there."""
    if lost(machine):
        return [f"machine {machine.id}'s agent is {words(machine)}"]
    return [f"machine {machine.id}: {machine.instance.line}"] if machine.instance.status in FAILED else []


def imported(machine: Machine, props: Props) -> dict[str, object]:
    """Give the inputs that a machine shows, for an import; else what was asked for stands."""
    if props.get("base") is not None or props.get("claim") is not None:
        return {}
    return {"base": machine.base, "constraints": constraints.clean(machine.constraints)}


def observe(machine: Machine) -> dict[str, object]:
    """Give the outputs."""
    return {
        "machine_id": machine.id,
        "instance_id": machine.instance_id,
        "hostname": machine.hostname or machine.display_name,
        "addresses": list(machine.addresses),
        "hardware": machine.hardware,
        "zone": zone(machine),
        "status": machine.agent.status,
        "containers": list(machine.containers),
    }
