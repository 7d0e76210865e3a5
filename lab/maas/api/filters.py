"""The filters of `GET machines/` (source: MAAS 3.5 node_constraint_filter_forms.py)."""

from collections.abc import Callable
from typing import TypeAlias

from lab.maas.errors import FormError
from lab.maas.models import Machine
from lab.maas.status import BY_FILTER_NAME
from lab.maas.wire import Data
from lab.maas.world import World

Test: TypeAlias = Callable[[World, Machine, list[str]], bool]


def _macs(_world: World, machine: Machine, wanted: list[str]) -> bool:
    lowered = {each.lower() for each in wanted}
    return any(each.mac_address in lowered for each in machine.interfaces)


def _status(_world: World, machine: Machine, wanted: list[str]) -> bool:
    return machine.status in {int(BY_FILTER_NAME[each]) for each in wanted}


def _arch(_world: World, machine: Machine, wanted: list[str]) -> bool:
    return any(machine.architecture == each or machine.architecture.split("/")[0] == each for each in wanted)


FILTERS: dict[str, Test] = {
    "id": lambda _w, machine, wanted: machine.system_id in wanted,
    "system_id": lambda _w, machine, wanted: machine.system_id in wanted,
    "hostname": lambda _w, machine, wanted: machine.hostname in wanted,
    "mac_address": _macs,
    "domain": lambda world, machine, wanted: world.domains.get(machine.domain_id).name in wanted,
    "zone": lambda world, machine, wanted: world.zones.get(machine.zone_id).name in wanted,
    "not_in_zone": lambda world, machine, wanted: world.zones.get(machine.zone_id).name not in wanted,
    "pool": lambda world, machine, wanted: world.pools.get(machine.pool_id).name in wanted,
    "not_in_pool": lambda world, machine, wanted: world.pools.get(machine.pool_id).name not in wanted,
    "tags": lambda _w, machine, wanted: set(wanted) <= set(machine.tags),
    "not_tags": lambda _w, machine, wanted: not set(wanted) & set(machine.tags),
    "arch": _arch,
    "cpu_count": lambda _w, machine, wanted: machine.cpu_count >= float(wanted[-1]),
    "mem": lambda _w, machine, wanted: machine.memory >= float(wanted[-1]),
    "status": _status,
    "power_state": lambda _w, machine, wanted: machine.power_state in wanted,
    "owner": lambda _w, machine, wanted: machine.owner in wanted,
    "agent_name": lambda _w, machine, wanted: machine.agent_name in wanted,
    "osystem": lambda _w, machine, wanted: machine.osystem in wanted,
    "distro_series": lambda _w, machine, wanted: machine.distro_series in wanted,
}


def matching(world: World, rows: list[Machine], data: Data) -> list[Machine]:
    """Keep the machines that pass every filter sent; an unknown one is 400 "No such constraint."."""
    chosen: list[tuple[Test, list[str]]] = []
    for name in data.names():
        if name == "op":
            continue
        if name not in FILTERS:
            raise FormError({name: "No such constraint."})
        _known_values(world, name, data)
        chosen.append((FILTERS[name], data.items(name)))
    return [row for row in rows if all(test(world, row, wanted) for test, wanted in chosen)]


def _known_values(world: World, name: str, data: Data) -> None:
    values = data.items(name)
    if name == "status" and not set(values) <= set(BY_FILTER_NAME):
        valid = ", ".join(f"'{each}'" for each in sorted(BY_FILTER_NAME))
        raise FormError({name: f"'{values[0]}' is not a valid status.  It should be one of: {valid}."})
    if name in {"tags", "not_tags"}:
        unknown_tags(world, name, values)
    if name in {"cpu_count", "mem"}:
        number(name, values)


def unknown_tags(world: World, name: str, values: list[str]) -> None:
    unknown = ", ".join(f"'{each}'" for each in values if each not in world.tags)
    if unknown:
        raise FormError({name: f"No such tag(s): {unknown}."})


def number(name: str, values: list[str]) -> None:
    try:
        float(values[-1])
    except (ValueError, IndexError) as error:
        raise FormError({name: f"Invalid {name}: number required"}) from error
