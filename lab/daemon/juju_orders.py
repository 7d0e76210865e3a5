"""What the control socket can be asked about Juju: each order reads or changes the controller and answers JSON."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final, cast

from lab.juju import faults, hands
from lab.juju.models import Fault, Json, Model
from lab.juju.site import JujuSite


def status(site: JujuSite, _given: Mapping[str, object]) -> Json | None:
    """Tell what the controller holds: its models with their applications and machines; None without a controller."""
    if site.controller is None:
        return None
    with site.service.transaction() as world:
        meta = world.meta
        return {
            "name": meta.name,
            "version": meta.version,
            "addresses": [f"{each}:{meta.port}" for each in meta.addresses],
            "answers": site.controller.reachable(),
            "models": [_model(each, site.status(each.uuid)) for each in world.models],
            "faults": [_fault(each) for each in world.faults],
        }


def _model(row: Model, full: Json) -> Json:
    """Give a model and its Juju FullStatus, without what a glance does not need."""
    machines = cast("dict[str, Json]", full["machines"])
    applications = cast("dict[str, Json]", full["applications"])
    return {
        "name": row.name,
        "uuid": row.uuid,
        "life": row.life,
        "machines": {number: each for name, one in machines.items() for number, each in _machines(name, one)},
        "applications": {name: _application(one) for name, one in applications.items()},
    }


def _machines(name: str, row: Json) -> list[tuple[str, Json]]:
    """Give a machine and its containers."""
    agent, instance = cast("Json", row["agent-status"]), cast("Json", row["instance-status"])
    shown: Json = {"host": row["hostname"], "address": row["dns-name"], "agent": agent["status"]}
    inside = cast("dict[str, Json]", row["containers"])
    own = {**shown, "instance": instance["status"], "message": instance["info"]}
    return [(name, own), *(each for number, one in inside.items() for each in _machines(number, one))]


def _application(row: Json) -> Json:
    own, units = cast("Json", row["status"]), cast("dict[str, Json]", row["units"] or {})
    workloads = {name: cast("Json", one["workload-status"]) for name, one in units.items()}
    return {
        "charm": row["charm"],
        "status": own["status"],
        "message": own["info"],
        "units": dict(Counter(str(each["status"]) for each in workloads.values())),
        "trouble": {name: each["info"] for name, each in workloads.items() if each["status"] == "error"},
    }


def _fault(row: Fault) -> Json:
    shown: Json = {"id": row.id, "kind": row.kind, "hit": row.hit}
    for name in ("model", "target", "hook", "facade", "method", "text", "code", "seconds", "times"):
        value = cast("object", getattr(row, name))
        if value not in ("", 0, 0.0, None):
            shown[name] = value
    return shown if row.every == 1 else {**shown, "every": row.every}


def fault_add(site: JujuSite, given: Mapping[str, object]) -> Json:
    """Add a fault; `given` holds the fields of `models.Fault`."""
    times = given.get("times")
    row = Fault(
        0,
        _text(given, "kind"),
        _text(given, "model"),
        _text(given, "target"),
        _text(given, "hook"),
        _text(given, "facade"),
        _text(given, "method"),
        _text(given, "text"),
        _text(given, "code"),
        float(_text(given, "seconds") or 0.0),
        None if times is None else int(str(times)),
        int(_text(given, "every") or 1),
    )
    with site.service.transaction() as world:
        return _fault(faults.add(world, row))


def _text(given: Mapping[str, object], name: str) -> str:
    return str(given.get(name) or "")


def fault_list(site: JujuSite, _given: Mapping[str, object]) -> list[Json]:
    return [_fault(each) for each in site.service.world.faults]


def fault_clear(site: JujuSite, given: Mapping[str, object]) -> int:
    """Take away one fault, or all; how many went."""
    number = given.get("id")
    with site.service.transaction() as world:
        gone = faults.clear(world, None if number is None else int(str(number)))
    if number is not None and not gone:
        raise ValueError(f"There is no fault {number}.")
    return gone


def hand(site: JujuSite, given: Mapping[str, object]) -> str:
    """Do something by hand."""
    target = [str(each) for each in cast("list[object]", given.get("target") or [])]
    with site.service.transaction() as world:
        return hands.do(world, site.service.now(), str(given.get("action") or ""), target)


ORDERS: Final[dict[str, Callable[[JujuSite, Mapping[str, object]], object]]] = {
    "juju-status": status,
    "juju-fault-add": fault_add,
    "juju-fault-list": fault_list,
    "juju-fault-clear": fault_clear,
    "juju-hand": hand,
}
