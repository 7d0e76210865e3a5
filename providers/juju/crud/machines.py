"""Machines: added to a model by themselves, so that applications can be placed on them by number.

inputs -> the machine that an earlier try left (by its annotation), or a new one -> wait for its agent -> outputs.
What an earlier try left and can't be taken goes first (`machine_seen.decide`). One that failed to be provisioned is
tried again in place; one that is lost is told, and replaced only by a reasoned `force`.
Source: juju 3.6 API, MachineManager: AddMachines, RetryProvisioning, DestroyMachineWithParams.
"""

import threading
from collections import defaultdict
from functools import partial

import pulumi
from pulumi.dynamic import DiffResult

from providers.common.cleaning import each, filled, flag, whole
from providers.common.fields import Field, Schema
from providers.common.progress import say
from providers.common.raw import mapping, mappings, maybe_whole, text, texts
from providers.juju import tags
from providers.juju.crud import claims
from providers.juju.crud import machine_seen as seen
from providers.juju.crud.applications import clean_base
from providers.juju.crud.base import Found, JujuProvider, Props, model_field, sure, surely_removed
from providers.juju.crud.charms import wire_base
from providers.juju.crud.cleaners import annotations, reason
from providers.juju.crud.second_try import provision
from providers.juju.errors import JujuError, NotFound, Refused, from_item
from providers.juju.link import STATUS, Link
from providers.juju.plan import constraints, lost, placement, storage
from providers.juju.session import Session
from providers.juju.status import Status
from providers.juju.waiter import Verdict

_BUSY = frozenset({"machine has assigned units", "machine is hosting containers"})
"""Juju's codes of a machine that is not empty."""
_BUSY_WORDS = ("machine has units", "machine has containers")
"""How Juju 4 says the same, without a code."""
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
            Field("annotations", clean=annotations),
            Field("claim", clean=filled),
            Field("wait", clean=flag, default=True),
            Field("keep_instance", clean=flag, default=False),
            Field("force", clean=reason),
            Field("minutes", clean=whole(1, 24 * 60), default=45),
            Field("drift", clean=each(filled), default=[]),
        ),
        delete_first=seen.delete_first,
        stables=("machine_id",),
    )

    def diff(self, _id: str, _olds: dict[str, object], _news: dict[str, object]) -> DiffResult:
        """Compare; one that the last refresh saw lost is replaced where `force` is given, and told where it isn't."""
        found = super().diff(_id, _olds, _news)
        if not found.changes or not seen.vanished(_olds):
            return found
        force = text(_news, "force")
        will = f"is replaced, because {force}" if force else f"is not replaced: {lost.advice()}"
        name = f"machine {text(_olds, 'machine_id')} ({text(_olds, 'hostname')})"
        pulumi.log.warn(f"{name} is lost and {will}")
        if force:
            found.replaces = [*(found.replaces or []), "drift"]
            found.delete_before_replace = False
        return found

    def make(self, juju: Session, props: Props) -> Found:
        link = juju.model(text(props, "model"))
        # read under the claim: what other machines are added meanwhile does not outdate it
        before = link.status(text(props, "claim"))
        id_ = _left(link, before, props) or _add(link, frozenset(before.machines), props)
        status = _settle(link, id_, props)
        return Found(f"{link.uuid}/{id_}", seen.observe(status.machines[id_]))

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
        outs = {"model": link.uuid, **seen.observe(found), **seen.imported(found, props), "drift": seen.drift(found)}
        if props.get("annotations") is not None:
            there = claims.annotations(link, [tags.machine(one) for one in status.machines]).get(
                tags.machine(number), {}
            )
            outs["annotations"] = claims.observed(mapping(props, "annotations"), there)
        return Found(id_, outs)

    def alter(self, juju: Session, id_: str, olds: Props, news: Props) -> Props:
        link, number = juju.model(text(news, "model")), id_.partition("/")[2]
        status = link.status(number)
        found = status.machines.get(number)
        if found is None:
            raise JujuError(f"Juju no longer has the machine {number}: after a refresh, up adds one again")
        if lost.lost(found):
            raise JujuError(lost.sentence(found, status, text(news, "force")))
        claims.bring(link, tags.machine(number), olds, news, f"annotate the machine {number}")
        if found.instance.status in seen.FAILED:
            provision(link, [number])
        return seen.observe(_settle(link, number, news, retried=found.instance.since).machines[number])

    def unmake(self, juju: Session, id_: str, props: Props) -> None:
        """Remove it and wait until it is gone; Juju refuses while units are on it, unless forced."""
        link, number = juju.model(text(props, "model")), id_.partition("/")[2]
        try:
            status = link.status(number)
            if number in status.machines:
                _remove(link, number, _why_forced(number, status, props), props)
                _wait_gone(link, number, props)
        except NotFound:
            return


def _left(link: Link, status: Status, props: Props) -> str | None:
    """Find the machine that an earlier try of this resource added; what can't be taken is removed."""
    claim = text(props, "claim")
    if not claim or not status.machines:
        return None
    known = claims.annotations(link, map(tags.machine, status.machines), text(props, "claim"))
    ours = [one for one in status.machines if known.get(tags.machine(one), {}).get(claims.CLAIM) == claim]
    return next((one for one in ours if _taken(link, one, status, props)), None)


def _taken(link: Link, id_: str, status: Status, props: Props) -> bool:
    """Carry out what is decided about one; one of which nothing can be told yet is waited for."""
    found = status.machines.get(id_)
    if found is None:
        return False
    step = seen.decide(found, status, props)
    if step.action == "refuse":
        raise JujuError(step.reason)
    if step.action == "wait":
        later = link.wait(id_, f"machine {id_}", partial(_decided, id_, props), _minutes(props), say)
        return _taken(link, id_, later, props)
    if step.action in {"remove", "force"}:
        say(f"{lost.label(found)} goes first: {step.reason}")
        # its cloud must have it back: the new one may be asked for at the same place
        _destroy(link, id_, forced=step.action == "force", keep=False)
        _wait_gone(link, id_, props)
    return step.action == "take"


def _decided(id_: str, props: Props, status: Status) -> Verdict:
    found = status.machines.get(id_)
    step = None if found is None else seen.decide(found, status, props)
    line = "gone" if found is None or step is None else f"{step.reason or 'there'}, {found.instance.line}"
    return Verdict(line, done=step is None or step.action != "wait")


def _add(link: Link, before: frozenset[str], props: Props) -> str:
    """Add it and mark it; where the answer was lost, the new machine that nobody marked is ours."""
    with _adding[link.uuid]:
        id_ = sure(lambda: _added(link, props), lambda: _unmarked(link, before, props))
        link.wrote(STATUS, id_)
        claims.annotate(link, tags.machine(id_), claims.wanted(props), f"annotate the machine {id_}")
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
    params, touches = {"params": [asked]}, {STATUS: text(props, "claim")}
    answer = link.change("MachineManager", "AddMachines", params, purpose=purpose, touches=touches)
    item = mappings(answer, "machines")[0]
    error = from_item(purpose, item)
    if error is not None:
        raise error
    return text(item, "machine")


def _disk(directive: str) -> dict[str, object]:
    found = storage.parse("a disk", directive)
    return {"Pool": found.get("pool", ""), "Size": found.get("size", 1024), "Count": found["count"]}


def _unmarked(link: Link, before: frozenset[str], props: Props) -> str | None:
    """Find the one machine that is new, as asked for, and nobody's."""
    status = link.status(text(props, "claim"))
    new = [one for id_, one in status.machines.items() if id_ not in before and one.life == "alive"]
    fitting = [one.id for one in new if seen.fits(one, props) and not status.units_on(one.id)]
    free = [id_ for id_ in fitting if not claims.claim_of(link, tags.machine(id_))]
    return free[0] if len(free) == 1 else None


def _settle(link: Link, id_: str, props: Props, retried: str = "") -> Status:
    """Wait until the machine is there and, if asked, its agent started; `retried`: since when a past error stands."""

    def judge(status: Status) -> Verdict:
        found = status.machines.get(id_)
        if found is None:
            return Verdict("gone", failed="was removed while it was waited for")
        line = found.instance.line if found.agent.status == "pending" else found.agent.line
        if found.instance.status in seen.FAILED and found.instance.since != retried:
            return Verdict(line, failed=f"can't be had: {found.instance.line}")
        started = found.agent.status == "started" and bool(found.instance_id)
        return Verdict(line, done=started or not props.get("wait"))

    return link.wait(id_, f"machine {id_}", judge, _minutes(props), say)


def _minutes(props: Props) -> int:
    return maybe_whole(props, "minutes") or 45


def _why_forced(id_: str, status: Status, props: Props) -> str:
    """Give the reason for force: a given one, or that nothing runs there and Juju would wait for its agent for ever."""
    found = status.machines[id_]
    bare = not status.units_on(id_) and not found.containers
    if props.get("force") is not None:
        return text(props, "force")
    if seen.failed(found):
        return f"it could not be had: {found.instance.line}"
    return f"nothing is on it, and it is {lost.words(found)}" if bare and lost.lost(found) else ""


def _destroy(link: Link, id_: str, *, forced: bool, keep: bool) -> None:
    params = {"machine-tags": [tags.machine(id_)], "force": forced, "keep": keep, "dry-run": False}
    purpose = f"remove the machine {id_}"

    def stands() -> bool:
        found = link.status(id_).machines.get(id_)
        return found is not None and found.life == "alive"

    surely_removed(
        lambda: link.change(
            "MachineManager", "DestroyMachineWithParams", params, purpose=purpose, touches={STATUS: None}
        ),
        stands,
    )


def _remove(link: Link, id_: str, force: str, props: Props) -> None:
    """Remove it, once what is on it and already goes is gone: Juju takes containers away after their last unit."""
    if force:
        say(f"machine {id_}: forced, because {force}")
    destroy = partial(_destroy, link, id_, forced=bool(force), keep=bool(props.get("keep_instance")))
    try:
        destroy()
    except Refused as refusal:
        if refusal.code not in _BUSY and not any(map(refusal.mentions, _BUSY_WORDS)):
            raise
        link.wait(id_, f"machine {id_}", partial(_emptied, id_, str(refusal)), _LEAVING_MINUTES, say)
        destroy()


def _emptied(id_: str, refusal: str, status: Status) -> Verdict:
    """Judge whether nothing is left on a machine, or something stays that nobody is removing."""
    units = [unit for one in status.applications.values() for unit in one.units.values() if _on(unit.machine, id_)]
    staying = [unit.name for unit in units if unit.life == "alive"]
    containers = [one for one in status.machines if one != id_ and _on(one, id_)]
    left = [*(unit.name for unit in units), *containers]
    failed = f"keeps {', '.join(staying)}: {refusal}" if staying else _never(id_, status, left)
    return Verdict(f"waiting for {', '.join(left)} to go", done=not left, failed=failed)


def _never(id_: str, status: Status, left: list[str]) -> str:
    """Say why nothing of what is going ever goes: the machine that it would go from is lost."""
    found = status.machines.get(id_)
    if found is None or not left or not lost.lost(found):
        return ""
    by_hand = f"start it again in MAAS, or take it away by hand: juju remove-machine --force {id_}"
    return f"is lost, Juju says {lost.words(found)}, and {', '.join(left)} can't go from it: {by_hand}"


def _on(machine: str, id_: str) -> bool:
    return machine == id_ or machine.startswith(f"{id_}/")


def _wait_gone(link: Link, id_: str, props: Props) -> None:
    def judge(status: Status) -> Verdict:
        found = status.machines.get(id_)
        return Verdict("removed", done=True) if found is None else Verdict(f"removing: {found.agent.line}")

    link.wait(id_, f"machine {id_}", judge, _minutes(props), say)
