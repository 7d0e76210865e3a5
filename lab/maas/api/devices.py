"""Devices and rack controllers: nodes that MAAS does not deploy (source: MAAS 3.5 api/devices.py)."""

from collections.abc import Sequence
from dataclasses import replace

from lab.maas import hardware
from lab.maas.api.common import domain_of, free_hostname, mac_address, owner_of_mac, zone_of
from lab.maas.errors import ForbiddenError, FormError, not_found
from lab.maas.models import Device, Interface, Json, RackController
from lab.maas.render import machines as show
from lab.maas.render import networks
from lab.maas.urls import API, Resource, crud
from lab.maas.wire import NO_CONTENT, Call, Reply
from lab.maas.world import World

_SERVICES = (
    "dhcpd", "dhcpd6", "dns_rack", "http", "ntp_rack", "proxy_rack", "rackd", "syslog_rack", "tftp", "agent",
)  # fmt: skip


def _addresses(interfaces: Sequence[Interface]) -> list[str]:
    return [link.ip_address for each in interfaces for link in each.links if link.ip_address]


def device(world: World, row: Device) -> Json:
    """Show a device as MAAS does."""
    domain = world.domains.get(row.domain_id)
    return {
        "system_id": row.system_id,
        "hostname": row.hostname,
        "fqdn": f"{row.hostname}.{domain.name}",
        "description": row.description,
        "domain": show.domain(world, domain),
        "zone": show.zone(world.zones.get(row.zone_id)),
        "owner": row.owner,
        "owner_data": {},
        "workload_annotations": {},
        "parent": row.parent,
        "tag_names": list(row.tags),
        "address_ttl": None,
        "node_type": 1,
        "node_type_name": "Device",
        "ip_addresses": _addresses(row.interfaces),
        "interface_set": [networks.interface(world, row.system_id, each, row.interfaces) for each in row.interfaces],
        "resource_uri": f"{API}devices/{row.system_id}/",
    }


def read_all(call: Call) -> list[Json]:
    """List devices, filtered as machines are."""
    data = call.data
    known = {"op", "id", "system_id", "hostname", "mac_address", "zone", "domain"}
    for name in data.names():
        if name not in known:
            raise FormError({name: "No such constraint."})
    return [device(call.world, each) for each in call.world.devices if _wanted(call, each)]


def _wanted(call: Call, row: Device) -> bool:
    facts = {
        "id": {row.system_id},
        "system_id": {row.system_id},
        "hostname": {row.hostname},
        "mac_address": {each.mac_address for each in row.interfaces},
        "zone": {call.world.zones.get(row.zone_id).name},
        "domain": {call.world.domains.get(row.domain_id).name},
    }
    return all(
        not call.data.items(name) or held & {each.lower() if name == "mac_address" else each for each in asked}
        for name, held in facts.items()
        for asked in [call.data.items(name)]
    )


def create(call: Call) -> Json:
    """Create a device."""
    world, data = call.world, call.data
    macs = [mac_address(each) for each in data.items("mac_addresses")]
    if not macs:
        raise FormError({"mac_addresses": ["This field is required."]})
    for mac in macs:
        holder = owner_of_mac(world, mac)
        if holder:
            raise FormError({"mac_addresses": [f"MAC address {mac} already in use on {holder}."]})
    nics = tuple(
        Interface(world.next_id("interface"), f"eth{index}", "physical", mac, hardware.default_vlan_id(world))
        for index, mac in enumerate(macs)
    )
    row = Device(
        world.draw_system_id(),
        free_hostname(world, data.text("hostname")),
        domain_of(world, data),
        zone_of(world, data),
        call.user.username,
        data.text("description"),
        data.get("parent") or None,
        nics,
    )
    return device(world, world.devices.put(row.system_id, row))


def _found(call: Call) -> Device:
    row = call.world.devices.get(call.params["system_id"])
    if call.request.method != "GET" and not (call.user.is_superuser or row.owner == call.user.username):
        raise ForbiddenError("")
    return row


def read(call: Call) -> Json:
    """Read a device."""
    return device(call.world, _found(call))


def update(call: Call) -> Json:
    """Update a device."""
    row, world, data = _found(call), call.world, call.data
    row = replace(
        row,
        hostname=free_hostname(world, data.text("hostname", row.hostname), row.system_id),
        domain_id=domain_of(world, data, row.domain_id),
        zone_id=zone_of(world, data, row.zone_id),
        description=data.text("description", row.description),
        parent=(data.get("parent") or None) if "parent" in data else row.parent,
    )
    return device(world, world.devices.put(row.system_id, row))


def delete(call: Call) -> Reply:
    """Delete a device."""
    call.world.devices.remove(_found(call).system_id)
    return NO_CONTENT


def rack(world: World, row: RackController) -> Json:
    """Show a rack controller as MAAS does."""
    domain, zone = next(iter(world.domains)), next(iter(world.zones))
    interface = networks.interface(world, row.system_id, row.interface, (row.interface,))
    return {
        "system_id": row.system_id,
        "hostname": row.hostname,
        "fqdn": f"{row.hostname}.{domain.name}",
        "description": "",
        "domain": show.domain(world, domain),
        "zone": show.zone(zone),
        "architecture": "amd64/generic",
        "cpu_count": row.cpu_count,
        "cpu_speed": 1700,
        "memory": row.memory,
        "swap_size": None,
        "osystem": "ubuntu",
        "distro_series": "jammy",
        "power_type": "",
        "power_state": "unknown",
        "node_type": 4,
        "node_type_name": "Region and rack controller",
        "tag_names": [],
        "ip_addresses": _addresses((row.interface,)),
        "interface_set": [interface],
        "service_set": [{"name": name, "status": "running", "status_info": ""} for name in _SERVICES],
        "version": "3.5.10",
        "owner": None,
        "hardware_info": {},
        "resource_uri": f"{API}rackcontrollers/{row.system_id}/",
    }


def read_racks(call: Call) -> list[Json]:
    """List rack controllers."""
    return [rack(call.world, each) for each in call.world.rackcontrollers]


def read_rack(call: Call) -> Json:
    """Read a rack controller."""
    return rack(call.world, call.world.rackcontrollers.get(call.params["system_id"]))


def read_nodes(call: Call) -> list[Json]:
    """List nodes of every kind."""
    machines = show.machines(call.world, list(call.world.machines))
    devices = [device(call.world, each) for each in call.world.devices]
    wanted = call.data.items("id") or call.data.items("hostname")
    listed = [*machines, *devices, *read_racks(call)]
    return [each for each in listed if not wanted or {each["system_id"], each["hostname"]} & set(wanted)]


def read_node(call: Call) -> Json:
    """Read a node of any kind."""
    system_id = call.params["system_id"]
    machine = call.world.machines.find(system_id)
    if machine:
        return show.machine(call.world, machine)
    row = call.world.devices.find(system_id)
    if row:
        return device(call.world, row)
    controller = call.world.rackcontrollers.find(system_id)
    if controller is None:
        raise not_found("Node")
    return rack(call.world, controller)


RESOURCES = (
    Resource("Nodes", "nodes/", (crud("read", read_nodes),)),
    Resource("Node", "nodes/{system_id}/", (crud("read", read_node),)),
    Resource("RegionControllers", "regioncontrollers/", (crud("read", read_racks),)),
    Resource("RegionController", "regioncontrollers/{system_id}/", (crud("read", read_rack),)),
    Resource("Devices", "devices/", (crud("read", read_all), crud("create", create))),
    Resource("Device", "devices/{system_id}/", (crud("read", read), crud("update", update), crud("delete", delete))),
    Resource("RackControllers", "rackcontrollers/", (crud("read", read_racks),)),
    Resource("RackController", "rackcontrollers/{system_id}/", (crud("read", read_rack),)),
)
