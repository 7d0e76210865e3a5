"""Machines: added to a model by themselves, so that applications can be placed on them by number.

inputs -> the machine that an earlier try left (by its annotation), or a new one -> wait for its agent -> outputs.
One that failed to be provisioned is tried again in place; nothing replaces a machine because of drift.
Source: juju 3.6 API, MachineManager: AddMachines, RetryProvisioning, DestroyMachineWithParams.
"""

import threading
from collections import defaultdict
from functools import partial

from providers.common.cleaning import each, filled, flag, whole
from providers.common.fields import Field, Schema
from providers.common.progress import say
from providers.common.raw import mapping, mappings, maybe_whole, text, texts
from providers.juju import tags
from providers.juju.crud import claims
from providers.juju.crud.application_seen import zone
from providers.juju.crud.applications import clean_base
from providers.juju.crud.base import Found, JujuProvider, Props, model_field, sure
from providers.juju.crud.charms import wire_base
from providers.juju.crud.cleaners import reason, strings
from providers.juju.errors import JujuError, NotFound, Refused, from_item
from providers.juju.link import STATUS, Link
from providers.juju.plan import constraints, placement, storage
from providers.juju.session import Session
from providers.juju.status import Machine, Status
from providers.juju.waiter import Verdict

_FAILED = frozenset({"provisioning error", "error"})
_ABSENT = frozenset({"down", "lost"})
_BUSY = frozenset({"machine has assigned units", "machine is hosting containers"})
"""Juju's codes of a machine that is not empty."""
_LEAVING_MINUTES = 15
_adding: dict[str, threading.Lock] = defaultdict(threading.Lock)
"""One lock per model: what was added when an answer was lost is told by comparing the machines before and after."""


class MachineProvider(JujuProvider):
    """See `providers.juju.resources.machines.Machine`."""

    schema = Schema(
        (
            model_field(),
            Field("base", clean=clean_base, replaces=True),
            Field("constraints", clean=constraints.clean, replaces=True),
            Field("placement", clean=placement.clean_for_machine, replaces=True),
            Field("disks", clean=each(filled), replaces=True),
            Field("annotations", clean=strings),
            Field("claim", clean=filled),
            Field("wait", clean=flag, default=True),
            Field("keep_instance", clean=flag, default=False),
            Field("force", clean=reason),
            Field("minutes", clean=whole(1, 24 * 60), default=45),
            Field("drift", clean=each(filled), default=[]),
        ),
        stables=("machine_id",),
    )

    def make(self, juju: Session, props: Props) -> Found:
        link = juju.model(text(props, "model"))
        id_ = _left(link, props) or _add(link, props)
        status = _settle(link, id_, props)
        return Found(f"{link.uuid}/{id_}", _observe(status.machines[id_]))

    def look(self, juju: Session, id_: str, props: Props) -> Found | None:
        model, _, number = id_.partition("/")
        link = juju.model(text(props, "model") or model)
        try:
            status = link.status()
        except NotFound:
            return None  # the whole model is gone
        found = status.machines.get(number)
        if found is None or found.life in {"dying", "dead"}:
            return None
        outs = {"model": link.uuid, **_observe(found), **_inputs(found, props), "drift": _drift(found)}
        if props.get("annotations") is not None:
            there = claims.annotations(link, [tags.machine(one) for one in status.machines]).get(
                tags.machine(number), {}
            )
            outs["annotations"] = claims.observed(mapping(props, "annotations"), there)
        return Found(id_, outs)

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        link, number = juju.model(text(news, "model")), id_.partition("/")[2]
        found = link.status(number).machines.get(number)
        if found is None:
            raise JujuError(f"Juju no longer has the machine {number}: after a refresh, up adds one again")
        _annotate(link, number, olds, news)
        if found.instance.status in _FAILED:
            _retry(link, number)
        return _observe(_settle(link, number, news, retried=found.instance.since).machines[number])

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Remove it and wait until it is gone; Juju refuses while units are on it, unless forced."""
        link, number = juju.model(text(props, "model")), id_.partition("/")[2]
        try:
            if number in link.status(number).machines:
                _remove(link, number, props)
                _wait_gone(link, number, props)
        except NotFound:
            return


def _left(link: Link, props: Props) -> str | None:
    """Find the machine that an earlier try of this resource added."""
    claim = text(props, "claim")
    machines = link.status().machines
    if not claim or not machines:
        return None
    known = claims.annotations(link, map(tags.machine, machines))
    return next((one for one in machines if known.get(tags.machine(one), {}).get(claims.CLAIM) == claim), None)


def _add(link: Link, props: Props) -> str:
    """Add it and mark it; where the answer was lost, the new machine that nobody marked is ours."""
    with _adding[link.uuid]:
        before = frozenset(link.status().machines)
        id_ = sure(lambda: _added(link, props), lambda: _unmarked(link, before))
        _annotate(link, id_, {}, props)
        return id_


def _added(link: Link, props: Props) -> str:
    asked: dict[str, object] = {
        "jobs": ["JobHostUnits"],
        "constraints": constraints.parse(text(props, "constraints")),
        "container-type": "",
        "parent-id": "",
        "instance-id": "",
        "nonce": "",
        "addresses": [],
        "hardware-characteristics": {},
        "disks": [_disk(one) for one in texts(props, "disks")],
    }
    asked |= wire_base(text(props, "base"))
    where = text(props, "placement")
    asked |= {"placement": placement.wire(placement.parse(where), link.uuid)} if where else {}
    purpose = f"add a machine{f' at {where}' if where else ''}"
    params = {"params": [asked]}
    answer = link.change("MachineManager", "AddMachines", params, purpose=purpose, touches={STATUS: None})
    item = mappings(answer, "machines")[0]
    error = from_item(purpose, item)
    if error is not None:
        raise error
    return text(item, "machine")


def _disk(directive: str) -> dict[str, object]:
    found = storage.parse("a disk", directive)
    return {"Pool": found.get("pool", ""), "Size": found.get("size", 1024), "Count": found["count"]}


def _unmarked(link: Link, before: frozenset[str]) -> str | None:
    new = [one for one in link.status("machines").machines if one not in before]
    free = [one for one in new if not claims.claim_of(link, tags.machine(one))]
    return free[0] if len(free) == 1 else None


def _annotate(link: Link, id_: str, olds: Props, news: Props) -> None:
    claims.bring(link, tags.machine(id_), olds, news, f"annotate the machine {id_}")


def _retry(link: Link, id_: str) -> None:
    params = {"machines": [tags.machine(id_)], "all": False}
    purpose = f"retry the provisioning of the machine {id_}"
    link.change("MachineManager", "RetryProvisioning", params, purpose=purpose, touches={STATUS: id_})


def _settle(link: Link, id_: str, props: Props, retried: str = "") -> Status:
    """Wait until the machine is there and, if asked, its agent started; `retried`: since when a past error stands."""

    def judge(status: Status) -> Verdict:
        found = status.machines.get(id_)
        if found is None:
            return Verdict("gone", failed="was removed while it was waited for")
        line = found.instance.line if found.agent.status == "pending" else found.agent.line
        if found.instance.status in _FAILED and found.instance.since != retried:
            return Verdict(line, failed=f"can't be had: {found.instance.line}")
        started = found.agent.status == "started" and bool(found.instance_id)
        return Verdict(line, done=started or not props.get("wait"))

    return link.wait(id_, f"machine {id_}", judge, maybe_whole(props, "minutes") or 45, say)


def _destroy(link: Link, id_: str, props: Props) -> None:
    params = {
        "machine-tags": [tags.machine(id_)],
        "force": props.get("force") is not None,
        "keep": bool(props.get("keep_instance")),
        "dry-run": False,
    }
    if props.get("force") is not None:
        say(f"machine {id_}: forced, because {text(props, 'force')}")
    purpose = f"remove the machine {id_}"
    link.change("MachineManager", "DestroyMachineWithParams", params, purpose=purpose, touches={STATUS: None})


def _remove(link: Link, id_: str, props: Props) -> None:
    """Remove it, once what is on it and already goes is gone: Juju takes containers away after their last unit."""
    try:
        _destroy(link, id_, props)
    except Refused as refusal:
        if refusal.code not in _BUSY:
            raise
        link.wait(id_, f"machine {id_}", partial(_emptied, id_, str(refusal)), _LEAVING_MINUTES, say)
        _destroy(link, id_, props)


def _emptied(id_: str, refusal: str, status: Status) -> Verdict:
    """Judge whether nothing is left on a machine, or something stays that nobody is removing."""
    units = [unit for one in status.applications.values() for unit in one.units.values() if _on(unit.machine, id_)]
    staying = [unit.name for unit in units if unit.life == "alive"]
    containers = [one for one in status.machines if one != id_ and _on(one, id_)]
    left = [*(unit.name for unit in units), *containers]
    failed = f"keeps {', '.join(staying)}: {refusal}" if staying else ""
    return Verdict(f"waiting for {', '.join(left)} to go", done=not left, failed=failed)


def _on(machine: str, id_: str) -> bool:
    return machine == id_ or machine.startswith(f"{id_}/")


def _wait_gone(link: Link, id_: str, props: Props) -> None:
    def judge(status: Status) -> Verdict:
        found = status.machines.get(id_)
        return Verdict("removed", done=True) if found is None else Verdict(f"removing: {found.agent.line}")

    link.wait(id_, f"machine {id_}", judge, maybe_whole(props, "minutes") or 45, say)


def _drift(machine: Machine) -> list[str]:
    """Name what is wrong with a machine that is there."""
    lines = [f"machine {machine.id}: {machine.instance.line}"] if machine.instance.status in _FAILED else []
    absent = machine.agent.status in _ABSENT
    return [*lines, f"machine {machine.id}'s agent is {machine.agent.line}"] if absent else lines


def _inputs(machine: Machine, props: Props) -> dict[str, object]:
    """Give the inputs that a machine shows, for an import; else what was asked for stands."""
    if props.get("base") is not None or props.get("claim") is not None:
        return {}
    return {"base": machine.base, "constraints": constraints.clean(machine.constraints)}


def _observe(machine: Machine) -> dict[str, object]:
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
