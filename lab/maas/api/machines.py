"""`machines/` and `machines/{system_id}/`: create, read, update, delete, the filters of the list.

Operations are in `machine_ops` and `allocate`. Source: MAAS 3.5 api/machines.py, forms/__init__.py.
"""

import json
from dataclasses import replace
from typing import cast

from lab.maas import hardware, life
from lab.maas.api import allocate, commission, machine_ops
from lab.maas.api.common import domain_of, free_hostname, mac_address, owner_of_mac, pool_of, zone_of
from lab.maas.api.filters import matching
from lab.maas.errors import ConflictError, FormError
from lab.maas.events import emit
from lab.maas.models import Interface, Json, Machine
from lab.maas.render import machines as show
from lab.maas.status import Status
from lab.maas.urls import Resource, crud, get, post
from lab.maas.wire import NO_CONTENT, Call, Data, Reply
from lab.maas.world import World

POWER_TYPES = {
    "amt": ("power_address",), "apc": ("power_address", "node_outlet"), "hmc": ("power_address",),
    "ipmi": ("power_address",), "lxd": ("power_address", "instance_name"), "manual": (), "redfish": ("power_address",),
    "virsh": ("power_address", "power_id"), "webhook": ("power_on_uri", "power_off_uri", "power_query_uri"),
}  # fmt: skip
"""Power types and the parameters each needs."""

_ARCHITECTURES = ("amd64", "arm64", "armhf", "i386", "ppc64el", "s390x")


def read_all(call: Call) -> list[Json]:
    """List machines."""
    return show.machines(call.world, matching(call.world, list(call.world.machines), call.data))


def read(call: Call) -> Json:
    """Read a machine."""
    return show.machine(call.world, call.world.machines.get(call.params["system_id"]))


def create(call: Call) -> Json:
    """Create a new machine, and commission it unless told not to."""
    world, data = call.world, call.data
    macs = [mac_address(each) for each in data.items("mac_addresses")]
    hostname, problems = _new_name(world, data)
    taken = [(mac, owner_of_mac(world, mac)) for mac in macs]
    for mac, holder in taken:
        if holder:
            problems.setdefault("mac_addresses", []).append(f"MAC address {mac} already in use on {holder}.")
    power_type, parameters = power_of(data, "", {})
    if power_type and problems.get("mac_addresses"):
        problems["power_type"] = [f"Can't set power type to {power_type} without network interfaces"]
    architecture = _architecture(data, problems)
    if not macs and power_type not in {"ipmi", "virsh", "lxd", "webhook", "redfish"}:
        problems.setdefault("mac_addresses", ["This field is required."])
    if problems:
        raise FormError(problems)
    machine = Machine(
        world.draw_system_id(),
        hostname,
        domain_of(world, data),
        zone_of(world, data),
        pool_of(world, data),
        architecture,
        call.now,
        description=data.text("description"),
        min_hwe_kernel=data.text("min_hwe_kernel"),
        power_type=power_type,
        power_parameters=parameters,
        interfaces=tuple(_nic(world, mac, index) for index, mac in enumerate(macs)),
    )
    machine = replace(machine, boot_interface_id=machine.interfaces[0].id if machine.interfaces else None)
    machine = replace(life.put(world, machine), power_state=hardware.query(world, machine))
    emit(world, call.now, "NEW", life.put(world, machine))
    return _start(call, machine)


def _start(call: Call, machine: Machine) -> Json:
    data, world = call.data, call.world
    if data.boolean("deployed"):
        machine = replace(life.moved(machine, Status.DEPLOYED), owner=call.user.username)
        return show.machine(world, life.put(world, machine))
    if data.boolean("commission", call.user.is_superuser):
        machine = commission.start(world, machine, call.now, call.user.username, commission.options(data))
    return show.machine(world, machine)


def _new_name(world: World, data: Data) -> tuple[str, dict[str, list[str]]]:
    try:
        return free_hostname(world, data.text("hostname")), {}
    except FormError as error:
        return "", dict(cast("dict[str, list[str]]", json.loads(error.body)))


def _architecture(data: Data, problems: dict[str, list[str]], default: str = "") -> str:
    wanted = data.text("architecture", default)
    name, _, flavour = wanted.partition("/")
    if not wanted:
        problems["architecture"] = ["This field is required."]
    elif name not in _ARCHITECTURES:
        usable = ", ".join(f"'{each}/generic'" for each in ("amd64",))
        problems["architecture"] = [f"'{wanted}' is not a valid architecture.  It should be one of: {usable}."]
    return f"{name}/{flavour or 'generic'}"


def _nic(world: World, mac: str, index: int) -> Interface:
    return Interface(world.next_id("interface"), f"eth{index}", "physical", mac, hardware.default_vlan_id(world))


def power_of(data: Data, power_type: str, known: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Read the power type and its parameters, sent as JSON or one by one; 400 names what is missing."""
    kind = data.text("power_type", power_type)
    if kind and kind not in POWER_TYPES:
        valid = ", ".join(f"'{each}'" for each in sorted(POWER_TYPES))
        raise FormError({"power_type": f"'{kind}' is not a valid power type.  It should be one of: {valid}."})
    parameters = {**(known if kind == power_type else {}), **_sent_parameters(data)}
    skipped = data.boolean("power_parameters_skip_check")
    missing = [name for name in POWER_TYPES.get(kind, ()) if not parameters.get(name)]
    if missing and not skipped:
        raise FormError({"power_parameters": [f"{name}: This field is required." for name in missing]})
    return kind, parameters


def _sent_parameters(data: Data) -> dict[str, str]:
    whole = data.text("power_parameters")
    sent: dict[str, str] = {}
    if whole:
        try:
            parsed: object = json.loads(whole)
        except ValueError as error:
            raise FormError({"power_parameters": "Failed to parse JSON power_parameters"}) from error
        if isinstance(parsed, dict):
            sent = {str(name): str(value) for name, value in cast("dict[object, object]", parsed).items()}
    prefix = "power_parameters_"
    flat = {name.removeprefix(prefix): data.text(name) for name in data.names() if name.startswith(prefix)}
    flat.pop("skip_check", None)
    return {**sent, **flat}


def update(call: Call) -> Json:
    """Update a machine; what is not sent stays."""
    world, data = call.world, call.data
    machine = world.machines.get(call.params["system_id"])
    hostname = free_hostname(world, data.text("hostname", machine.hostname), machine.system_id)
    power_type, parameters = power_of(data, machine.power_type, machine.power_parameters)
    problems: dict[str, list[str]] = {}
    architecture = _architecture(data, problems, machine.architecture)
    if problems:
        raise FormError(problems)
    machine = replace(
        machine,
        hostname=hostname,
        architecture=architecture,
        domain_id=domain_of(world, data, machine.domain_id),
        zone_id=zone_of(world, data, machine.zone_id),
        pool_id=pool_of(world, data, machine.pool_id),
        description=data.text("description", machine.description),
        min_hwe_kernel=data.text("min_hwe_kernel", machine.min_hwe_kernel),
        cpu_count=_count(data, "cpu_count", machine.cpu_count),
        memory=_count(data, "memory", machine.memory),
        swap_size=data.integer("swap_size") if "swap_size" in data else machine.swap_size,
        power_type=power_type,
        power_parameters=parameters,
    )
    return show.machine(world, life.put(world, machine))


def _count(data: Data, name: str, default: int) -> int:
    value = data.integer(name)
    if value is not None and value < 0:
        raise FormError({name: "Ensure this value is greater than or equal to 0."})
    return default if value is None else value


def delete(call: Call) -> Reply:
    """Delete a machine."""
    machine = call.world.machines.get(call.params["system_id"])
    busy = machine.status in {Status.RELEASING, Status.DISK_ERASING}
    if busy and not call.data.boolean("force"):
        raise ConflictError(f"Cannot delete machine {machine.hostname} while it is being released.")
    call.world.machines.remove(machine.system_id)
    return NO_CONTENT


def is_registered(call: Call) -> bool:
    """Tell whether a MAC address is registered."""
    return owner_of_mac(call.world, mac_address(call.data.mandatory("mac_address"))) is not None


def power_parameters_of(call: Call) -> Json:
    """Get power parameters of several machines, in clear."""
    wanted = call.data.all("id")
    rows = [each for each in call.world.machines if not wanted or each.system_id in wanted]
    return {each.system_id: dict(each.power_parameters) for each in rows}


RESOURCES = (
    Resource(
        "Machines",
        "machines/",
        (
            crud("read", read_all),
            crud("create", create),
            post("allocate", allocate.allocate),
            post("release", machine_ops.release_many),
            post("accept", machine_ops.accept),
            post("accept_all", machine_ops.accept_all),
            get("list_allocated", machine_ops.list_allocated),
            get("is_registered", is_registered),
            get("power_parameters", power_parameters_of, admin=True),
        ),
    ),
    Resource(
        "Machine",
        "machines/{system_id}/",
        (
            crud("read", read),
            crud("update", update, admin=True),
            crud("delete", delete, admin=True),
            *machine_ops.ACTIONS,
        ),
    ),
)
