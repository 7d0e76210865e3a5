"""`nodes/{system_id}/interfaces/`: list, make, change, link (source: MAAS 3.5 api/interfaces.py)."""

from dataclasses import replace
from typing import TypeAlias

from lab.maas import network
from lab.maas.api import links
from lab.maas.api.common import mac_address, owner_of_mac
from lab.maas.api.nics import bond_params, bridge_params, check_name, parents_of, physical_vlan, tags_of, vlan_of
from lab.maas.errors import ConflictError, FormError, not_found
from lab.maas.models import Device, Interface, Json, Machine, RackController
from lab.maas.render import networks as show
from lab.maas.status import NETWORK_EDITABLE, Status
from lab.maas.urls import Resource, crud, post
from lab.maas.wire import NO_CONTENT, Call, Reply
from lab.maas.world import World

Node: TypeAlias = Machine | Device
_MIN_MTU = 552


def _node(call: Call) -> Node:
    system_id = call.params["system_id"]
    found = call.world.machines.find(system_id) or call.world.devices.find(system_id)
    if found is None:
        raise not_found("Node")
    return found


def _put(world: World, node: Node, interfaces: tuple[Interface, ...]) -> Node:
    if isinstance(node, Machine):
        return world.machines.put(node.system_id, replace(node, interfaces=interfaces))
    return world.devices.put(node.system_id, replace(node, interfaces=interfaces))


def _need(node: Node, verb: str, kind: str = "") -> None:
    if isinstance(node, Machine) and node.status not in NETWORK_EDITABLE:
        what = f"{kind} interface" if kind else "interface"
        raise ConflictError(f"Cannot {verb} {what} because the machine is not New, Ready, Allocated, or Broken.")


def _found(call: Call) -> tuple[Node, Interface]:
    node, wanted = _node(call), call.params["id"]
    for each in node.interfaces:
        if wanted in {str(each.id), each.name}:
            return node, each
    raise not_found("Interface")


def _shown(call: Call, node: Node, interface: Interface) -> Json:
    return show.interface(call.world, node.system_id, interface, node.interfaces)


def _save(call: Call, node: Node, interface: Interface) -> Json:
    kept = [interface if each.id == interface.id else each for each in node.interfaces]
    if interface.id not in {each.id for each in node.interfaces}:
        kept.append(interface)
    return _shown(call, _put(call.world, node, tuple(kept)), interface)


def read_all(call: Call) -> list[Json]:
    """List all interfaces of a node; a rack controller's too."""
    rack: RackController | None = call.world.rackcontrollers.find(call.params["system_id"])
    if rack is not None:
        return [show.interface(call.world, rack.system_id, rack.interface, (rack.interface,))]
    node = _node(call)
    return [_shown(call, node, each) for each in node.interfaces]


def create_physical(call: Call) -> Json:
    """Create a physical interface."""
    node, data, world = _node(call), call.data, call.world
    _need(node, "create", "physical")
    if not data.text("mac_address"):
        raise FormError({"mac_address": ["This field is required."]})
    mac = mac_address(data.text("mac_address"), "mac_address")
    if owner_of_mac(world, mac):
        raise FormError({"mac_address": ["This MAC address is already in use by another interface."]})
    name = check_name(node, data.text("name") or f"eth{len(node.interfaces)}")
    row = Interface(world.next_id("interface"), name, "physical", mac, physical_vlan(world, data), tags=tags_of(data))
    return _save(call, node, replace(row, mtu=_mtu(call, row.mtu), enabled=data.boolean("enabled", True)))


def _mtu(call: Call, known: int | None) -> int | None:
    mtu = call.data.integer("mtu")
    if mtu is not None and mtu < _MIN_MTU:
        raise FormError({"mtu": [f"Ensure this value is greater than or equal to {_MIN_MTU}."]})
    return mtu or known


def create_bond(call: Call) -> Json:
    """Create a bond interface."""
    node, data = _node(call), call.data
    _need(node, "create", "bond")
    parents = parents_of(node, data, "parents")
    if len(parents) < 1:
        raise FormError({"parents": ["A bond interface must have one or more parents."]})
    return _stacked(call, node, parents, replace(_over(call, node, parents, "bond"), params=bond_params(data)))


def create_bridge(call: Call) -> Json:
    """Create a bridge interface; an Open vSwitch one with bridge_type=ovs."""
    node, data = _node(call), call.data
    _need(node, "create", "bridge")
    params = bridge_params(data, {})
    parents = parents_of(node, data, "parent")
    if len(parents) != 1:
        raise FormError({"parent": ["A bridge interface must have exactly one parent."]})
    if any(parents[0].id in each.parents and each.type == "bridge" for each in node.interfaces):
        raise FormError({"parents": [f"{parents[0].name} is already in-use by another interface."]})
    row = replace(_over(call, node, parents, "bridge"), params=params)
    # a bridge made while the machine is allocated is the user's, and goes with him
    acquired = isinstance(node, Machine) and node.status == Status.ALLOCATED
    return _stacked(call, node, parents, replace(row, acquired=acquired))


def create_vlan(call: Call) -> Json:
    """Create a VLAN interface."""
    node, data, world = _node(call), call.data, call.world
    _need(node, "create", "VLAN")
    parents = parents_of(node, data, "parent")
    if len(parents) != 1:
        raise FormError({"parent": ["A VLAN interface must have exactly one parent."]})
    vlan = vlan_of(world, data, "vlan", None)
    if vlan is None:
        raise FormError({"vlan": ["This field is required."]})
    name = check_name(node, f"{parents[0].name}.{vlan.vid}")
    mac = parents[0].mac_address
    row = Interface(world.next_id("interface"), name, "vlan", mac, vlan.id, (parents[0].id,), tags_of(data))
    return _save(call, node, replace(row, mtu=_mtu(call, row.mtu)))


def _over(call: Call, node: Node, parents: list[Interface], kind: str) -> Interface:
    """Give a bond or bridge over parents, with the first one's MAC address and VLAN unless told otherwise."""
    data, world = call.data, call.world
    name = data.text("name")
    if not name:
        raise FormError({"name": ["This field is required."]})
    check_name(node, name)
    mac = data.text("mac_address")
    vlan = vlan_of(world, data, "vlan", parents[0].vlan_id)
    return Interface(
        world.next_id("interface"),
        name,
        "bond" if kind == "bond" else "bridge",
        mac_address(mac, "mac_address") if mac else parents[0].mac_address,
        vlan.id if vlan else None,
        tuple(each.id for each in parents),
        tags_of(data),
        mtu=_mtu(call, None),
    )


def _stacked(call: Call, node: Node, parents: list[Interface], row: Interface) -> Json:
    """Put the new interface in; it takes over its parents' links."""
    taken = tuple(each for parent in parents for each in parent.links)
    below = {parent.id for parent in parents}
    kept = tuple(replace(each, links=()) if each.id in below else each for each in node.interfaces)
    row = replace(row, links=taken)
    return _shown(call, _put(call.world, node, (*kept, row)), row)


def read(call: Call) -> Json:
    """Read an interface."""
    return _shown(call, *_found(call))


def update(call: Call) -> Json:
    """Update an interface; what is not sent stays."""
    node, row = _found(call)
    data, world = call.data, call.world
    _need(node, "update")
    name = data.text("name", row.name)
    if name != row.name:
        check_name(node, name)
    mac = mac_address(data.text("mac_address", row.mac_address), "mac_address")
    if mac != row.mac_address and owner_of_mac(world, mac):
        raise FormError({"mac_address": ["This MAC address is already in use by another interface."]})
    vlan = vlan_of(world, data, "vlan", row.vlan_id)
    params = bridge_params(data, row.params) if row.type == "bridge" else row.params
    parents = parents_of(node, data, "parent" if row.type == "bridge" else "parents")
    row = replace(
        row,
        name=name,
        mac_address=mac,
        vlan_id=vlan.id if vlan else None,
        tags=tags_of(data) if "tags" in data else row.tags,
        mtu=_mtu(call, row.mtu),
        enabled=data.boolean("enabled", row.enabled),
        params=params,
        parents=tuple(each.id for each in parents) or row.parents,
    )
    return _save(call, node, row)


def delete(call: Call) -> Reply:
    """Delete an interface and those that lie on it; what it took over goes back to its parent."""
    node, row = _found(call)
    _need(node, "delete")
    if isinstance(node, Machine):
        node = network.without_interface(node, row)
    gone = network.above(node.interfaces, row.id)
    kept = tuple(each for each in node.interfaces if each.id not in gone)
    node = _put(call.world, node, kept)
    if isinstance(node, Machine) and network.boot_interface(node) is None:
        boot = kept[0].id if kept else None
        call.world.machines.put(node.system_id, replace(node, boot_interface_id=boot))
    return NO_CONTENT


def link_subnet(call: Call) -> Json:
    """Link an interface to a subnet."""
    node, row = _found(call)
    _need(node, "link subnet")
    return _save(call, node, links.linked(call.world, call.data, node, row))


def unlink_subnet(call: Call) -> Json:
    """Unlink an interface from a subnet."""
    node, row = _found(call)
    _need(node, "unlink subnet")
    return _save(call, node, links.unlinked(call.data, row))


def disconnect(call: Call) -> Json:
    """Disconnect an interface: no links, no VLAN."""
    node, row = _found(call)
    _need(node, "disconnect")
    return _save(call, node, replace(row, links=(), vlan_id=None))


def set_default_gateway(call: Call) -> Json:
    """Set the default gateway of a machine."""
    node, row = _found(call)
    gateways = [
        link for link in row.links if link.subnet_id is not None and call.world.subnets.get(link.subnet_id).gateway_ip
    ]
    if not gateways:
        raise FormError({"__all__": ["This interface has no usable gateways."]})
    return _shown(call, node, row)


def add_tag(call: Call) -> Json:
    """Add a tag to an interface."""
    node, row = _found(call)
    return _save(call, node, replace(row, tags=tuple(sorted({*row.tags, call.data.mandatory("tag")}))))


def remove_tag(call: Call) -> Json:
    """Remove a tag from an interface."""
    node, row = _found(call)
    gone = call.data.mandatory("tag")
    return _save(call, node, replace(row, tags=tuple(each for each in row.tags if each != gone)))


RESOURCES = (
    Resource(
        "Interfaces",
        "nodes/{system_id}/interfaces/",
        (
            crud("read", read_all),
            post("create_physical", create_physical, admin=True),
            post("create_bond", create_bond, admin=True),
            post("create_bridge", create_bridge, admin=True),
            post("create_vlan", create_vlan, admin=True),
        ),
    ),
    Resource(
        "Interface",
        "nodes/{system_id}/interfaces/{id}/",
        (
            crud("read", read),
            crud("update", update, admin=True),
            crud("delete", delete, admin=True),
            post("link_subnet", link_subnet, admin=True),
            post("unlink_subnet", unlink_subnet, admin=True),
            post("disconnect", disconnect, admin=True),
            post("set_default_gateway", set_default_gateway),
            post("add_tag", add_tag, admin=True),
            post("remove_tag", remove_tag, admin=True),
        ),
    ),
)
