"""What the control socket can be asked: each order reads or changes the service and answers JSON."""

from collections.abc import Callable, Mapping
from typing import Final, cast

from lab.maas import faults, hands, network
from lab.maas.api import event
from lab.maas.events import LEVELS
from lab.maas.models import Fault, Json, Machine
from lab.maas.service import Service
from lab.maas.status import name_of
from lab.maas.world import World


def ping(_service: Service, _given: Mapping[str, object]) -> str:
    return "up"


def status(service: Service, _given: Mapping[str, object]) -> Json:
    """Tell everything at a glance: machines, rack, images, DHCP, pace, faults."""
    with service.transaction() as world:
        return {
            "time": service.now(),
            "machines": [_machine(world, each) for each in world.machines],
            "rack": [_physical(world, each.name) for each in world.rack],
            "images": [
                {"name": each.name, "architecture": each.architecture, "progress": each.progress}
                for each in world.boot_resources
            ],
            "importing": world.meta.image_import.running,
            "dhcp": [
                {"vlan": each.name, "fabric": world.fabrics.get(each.fabric_id).name, "on": each.dhcp_on}
                for each in world.vlans
            ],
            "pace": {"mode": world.pace.mode, "factor": world.pace.factor, "phases": dict(world.pace.phases)},
            "faults": [_fault(each) for each in world.faults],
            "served": len(service.served),
        }


def _machine(world: World, row: Machine) -> Json:
    return {
        "system_id": row.system_id,
        "hostname": row.hostname,
        "status": name_of(row.status),
        "power": row.power_state,
        "owner": row.owner,
        "locked": row.locked,
        "tags": list(row.tags),
        "addresses": network.addresses(row),
        "system": f"{row.osystem}/{row.distro_series}" if row.osystem else "",
        "memory": row.memory,
        "error": row.error_description,
        "pool": world.pools.get(row.pool_id).name,
    }


def _physical(world: World, name: str) -> Json:
    row = world.rack.get(name)
    enrolled = any(nic.mac_address in row.macs for each in world.machines for nic in each.interfaces)
    return {
        "name": row.name,
        "macs": list(row.macs),
        "amt_address": row.amt_address,
        "memory": row.memory,
        "cpus": row.cpus,
        "disks": [each.size for each in row.disks],
        "on": row.on,
        "dead": row.dead,
        "full_disk": row.full_disk,
        "enrolled": enrolled,
    }


def _fault(row: Fault) -> Json:
    shown: Json = {"id": row.id, "kind": row.kind, "hit": row.hit}
    for name in ("method", "path", "op", "machine", "phase", "text", "status", "retry_after", "seconds", "times"):
        value = cast("object", getattr(row, name))
        if value not in ("", 0, 0.0, None):
            shown[name] = value
    return shown if row.every == 1 else {**shown, "every": row.every}


def events(service: Service, given: Mapping[str, object]) -> list[Json]:
    """Give events in order: after an id, of a machine, of a level or above, the newest `limit` of them."""
    level = str(given.get("level") or "INFO").upper()
    if level not in LEVELS:
        raise ValueError(f"There is no level {level}; levels are {', '.join(LEVELS)}.")
    after, limit = _int(given, "after"), _int(given, "limit") or 100
    with service.transaction() as world:
        name = str(given.get("machine") or "")
        wanted = hands.machine_named(world, name).system_id if name else ""
        fitting = [
            event.shown(each)
            for each in world.events
            if each.id > after and LEVELS[each.level] >= LEVELS[level] and wanted in {"", each.system_id}
        ]
    return fitting[-limit:]


def _int(given: Mapping[str, object], name: str) -> int:
    return int(str(given.get(name) or 0))


def pace(service: Service, given: Mapping[str, object]) -> Json:
    """Change the pace when a mode is given; tell the pace."""
    if given.get("mode"):
        phases = cast("dict[str, float]", given.get("phases") or {})
        service.set_pace(str(given["mode"]), float(str(given.get("factor") or 1.0)), phases)
    if given.get("advance"):
        service.advance(float(str(given["advance"])))
    shown = service.world.pace
    return {"mode": shown.mode, "factor": shown.factor, "phases": dict(shown.phases)}


def fault_add(service: Service, given: Mapping[str, object]) -> Json:
    """Add a fault; `given` holds the fields of `models.Fault`."""
    retry = given.get("retry_after")
    times = given.get("times")
    row = Fault(
        0,
        str(given.get("kind") or ""),
        method=str(given.get("method") or ""),
        path=str(given.get("path") or ""),
        op=str(given.get("op") or ""),
        machine=str(given.get("machine") or ""),
        phase=str(given.get("phase") or ""),
        text=str(given.get("text") or ""),
        status=_int(given, "status"),
        retry_after=None if retry is None else int(str(retry)),
        seconds=float(str(given.get("seconds") or 0.0)),
        times=None if times is None else int(str(times)),
        every=_int(given, "every") or 1,
    )
    with service.transaction() as world:
        return _fault(faults.add(world, row))


def fault_list(service: Service, _given: Mapping[str, object]) -> list[Json]:
    return [_fault(each) for each in service.world.faults]


def fault_clear(service: Service, given: Mapping[str, object]) -> int:
    """Take away one fault, or all; how many went."""
    number = given.get("id")
    with service.transaction() as world:
        gone = faults.clear(world, None if number is None else int(str(number)))
    if number is not None and not gone:
        raise ValueError(f"There is no fault {number}.")
    return gone


def hand(service: Service, given: Mapping[str, object]) -> str:
    """Do something by hand."""
    target = [str(each) for each in cast("list[object]", given.get("target") or [])]
    with service.transaction() as world:
        return hands.do(world, service.now(), str(given.get("action") or ""), target)


def served(service: Service, _given: Mapping[str, object]) -> list[Json]:
    """List the calls served since the daemon started."""
    return [{"method": each.method, "path": each.path, "op": each.op, "status": each.status} for each in service.served]


ORDERS: Final[dict[str, Callable[[Service, Mapping[str, object]], object]]] = {
    "ping": ping,
    "status": status,
    "events": events,
    "pace": pace,
    "fault-add": fault_add,
    "fault-list": fault_list,
    "fault-clear": fault_clear,
    "hand": hand,
    "served": served,
}
